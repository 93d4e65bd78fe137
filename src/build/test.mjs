// `npm test [-- FILTER…]`: check, then unit, property and contract suites, then the real VS Code. Every part runs whatever the
// ones before it came to; the last line is the sum.
import { join } from 'node:path';
import { root } from './paths.mjs';
import { run } from './processes.mjs';
import { forgetResults, printSummary, readResults } from './results.mjs';
import { runVitest } from './vitest.mjs';

const filters = process.argv.slice(2);
const parts = ['check', 'unit', 'e2e'];
const script = (name, ...args) =>
  run(process.execPath, [join(root, 'src/build', name), ...args], { cwd: root, env: { ...process.env, KUBEORCH_PART_OF_TEST: '1' } });

await forgetResults(parts);
const codes = [];
if (filters.length === 0) codes.push(await script('check.mjs'));
codes.push(await runVitest({ part: 'unit', config: 'vitest.config.mjs', args: [...filters, ...(filters.length > 0 ? ['--passWithNoTests'] : [])] }));
if (filters.length === 0) codes.push(await script('testE2e.mjs'));
const failed = printSummary(await readResults((part) => parts.includes(part)));
process.exitCode = failed > 0 || codes.some((code) => code !== 0) ? 1 : 0;
