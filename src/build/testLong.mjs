// `npm run test:long -- NAME`: one of the long suites (`NAME.long.ts` beside its subject). Each prints its figure, its seeds
// and the commit; without a name the names are listed.
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { root } from './paths.mjs';
import { printSummary, readResults } from './results.mjs';
import { runVitest } from './vitest.mjs';

const [name, ...args] = process.argv.slice(2);
const names = (await Promise.all(['src', 'webview'].map((room) => readdir(join(root, room), { recursive: true }))))
  .flat()
  .filter((file) => file.endsWith('.long.ts'))
  .map((file) => basename(file, '.long.ts'))
  .sort();
if (name === undefined || !names.includes(name)) {
  console.log(`Long suites: ${names.join(', ') || 'none yet'}. Run one with: npm run test:long -- NAME`);
  process.exitCode = name === undefined ? 0 : 2;
} else {
  process.exitCode = await runVitest({ part: `long-${name}`, config: 'vitest.long.config.mjs', args: [`/${name}.long.ts`, ...args] });
  printSummary(await readResults((part) => part === `long-${name}`));
}
