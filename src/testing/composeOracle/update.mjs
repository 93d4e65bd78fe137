// Makes the golden files anew: `node src/testing/composeOracle/update.mjs`.
import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { composeCases, goldenFolder } from './cases.mjs';
import { askOracle } from './oracle.mjs';

const answers = await askOracle(await composeCases());
await rm(goldenFolder, { recursive: true, force: true });
await mkdir(goldenFolder, { recursive: true });
for (const [name, { project, refused }] of answers)
  await writeFile(join(goldenFolder, `${name}.json`), `${JSON.stringify(refused === undefined ? { project } : { refused }, undefined, 2)}\n`);
await promisify(execFile)(process.execPath, [join(import.meta.dirname, '../../../node_modules/oxfmt/bin/oxfmt'), goldenFolder]);
console.log(`${answers.size} golden files, ${[...answers.values()].filter((answer) => answer.refused !== undefined).length} of them refusals`);
