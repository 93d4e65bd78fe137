// Watching against @kubernetes/client-node's informer and a client-go informer. Parts by name, all without one:
//   npm run bench -- watch [ingest] [quiet [MINUTES]] [pixel] [logs]
import { ingest } from './watch/ingest.mjs';
import { pixel } from './watch/pixel.mjs';
import { quiet } from './watch/quiet.mjs';

const parts = { ingest: () => ingest(), quiet, pixel };
const [wanted = 'all', ...args] = process.argv.slice(2);
if (wanted !== 'all' && !Object.hasOwn(parts, wanted)) {
  console.error(`There is no part ${wanted}. Parts: ${Object.keys(parts).join(', ')}.`);
  process.exit(2);
}
let met = true;
for (const [name, part] of Object.entries(parts)) if (wanted === 'all' || wanted === name) met = (await part(...args)) && met;
process.exitCode = met ? 0 : 1;
