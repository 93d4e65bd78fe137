// Watching against @kubernetes/client-node's informer and a client-go informer. Parts by name, all without one:
//   npm run bench -- watch [ingest | quiet [MINUTES] | pixel [SECONDS] | logs]
import { fileURLToPath } from 'node:url';
import { runGroup } from './ending.mjs';
import { ingest } from './watch/ingest.mjs';
import { pixel } from './watch/pixel.mjs';
import { quiet } from './watch/quiet.mjs';

/** A bench of its own, in a process of its own. */
const logs = async () => (await runGroup(process.execPath, [fileURLToPath(new URL('logs.mjs', import.meta.url))])) === 0;
const parts = { ingest: () => ingest(), quiet, pixel, logs };
const [wanted = 'all', ...args] = process.argv.slice(2);
if (wanted !== 'all' && !Object.hasOwn(parts, wanted)) {
  console.error(`There is no part ${wanted}. Parts: ${Object.keys(parts).join(', ')}.`);
  process.exit(2);
}
let met = true;
for (const [name, part] of Object.entries(parts)) if (wanted === 'all' || wanted === name) met = (await part(...args)) && met;
process.exitCode = met ? 0 : 1;
