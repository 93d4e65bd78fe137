// `npm run bench [-- NAME [argument…]]`: measurements against peers, each a script in src/bench. Without a name they are listed.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from './paths.mjs';
import { run } from './processes.mjs';

const folder = join(root, 'src/bench');
const [name, ...args] = process.argv.slice(2);
const names = (await readdir(folder)).filter((file) => file.endsWith('.mjs')).map((file) => file.slice(0, -4));
if (name === undefined || !names.includes(name)) {
  console.log(`Benches: ${names.join(', ')}. Run one with: npm run bench -- NAME`);
  process.exitCode = name === undefined ? 0 : 2;
} else {
  process.exitCode = await run(process.execPath, [join(folder, `${name}.mjs`), ...args], { cwd: root });
}
