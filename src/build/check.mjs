// `npm run check`: everything that can be said about the sources without running them. All checks run, also after one failed.
import { build } from 'esbuild';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeBundle } from './bundles.mjs';
import { checkFences } from './fences.mjs';
import { checkManifest } from './manifest.mjs';
import { root } from './paths.mjs';
import { capture } from './processes.mjs';
import { failureOf, printSummary, writeResult } from './results.mjs';

const tool = (script) => join(root, 'node_modules', script);

/** Runs a tool of node_modules; what it prints are the problems. */
async function problemsOf(script, ...args) {
  const { code, stdout, stderr } = await capture(process.execPath, [tool(script), ...args], { cwd: root });
  return code === 0 ? [] : [(stdout + stderr).trim()];
}

/** Each fixture is compiled with its room's settings and must not compile. */
async function checkTypeFences() {
  const folder = 'src/build/fences/types';
  const configs = (await readdir(join(root, folder))).filter((name) => name.endsWith('.json'));
  const results = await Promise.all(configs.map(async (name) => ({ name, problems: await problemsOf('typescript/bin/tsc', '-p', `${folder}/${name}`) })));
  return results.flatMap(({ name, problems }) => {
    if (problems.length === 0) return [`${folder}/${name} compiles: the room's settings let something in`];
    // A fixture that fails for another reason (a moved file, a wrong option) guards nothing.
    return problems.every((text) => /error TS(2304|2580|2584|2591|2552)\b/.test(text)) && !/error TS(5|6|18)\d+/.test(problems.join())
      ? []
      : [`${folder}/${name} fails for the wrong reason:\n${problems.join('\n')}`];
  });
}

/** A bundle of a room without an editor must not build when anything in it imports one. */
async function checkBundleFence() {
  const folder = await mkdtemp(join(tmpdir(), 'kubeorch-fence-'));
  try {
    const options = nodeBundle({ production: false }, 'src/build/fences/imports/cli-knows-no-editor.ts', join(folder, 'cli.js'));
    await build({ ...options, logLevel: 'silent' });
    return ['a bundle that imports vscode builds though it may not leave it unresolved'];
  } catch (error) {
    return /Could not resolve "vscode"/.test(error.message) ? [] : [`the fixture of the bundle fence fails for the wrong reason: ${error.message}`];
  } finally {
    await rm(folder, { recursive: true });
  }
}

const checks = [
  ['types', () => problemsOf('typescript/bin/tsc', '-b')],
  ['type fences', checkTypeFences],
  ['import fences', checkFences],
  ['bundle fence', checkBundleFence],
  ['lint', () => problemsOf('oxlint/bin/oxlint', '--type-aware')],
  ['format', () => problemsOf('oxfmt/bin/oxfmt', '--check', '.')],
  ['manifest', checkManifest],
];

const startedAtMs = performance.now();
const result = { part: 'check', passed: 0, failed: 0, failures: [], skipped: [], durationMs: 0 };
for (const [name, check] of checks) {
  const beganAtMs = performance.now();
  const problems = await check();
  console.log(`${problems.length === 0 ? 'ok    ' : 'FAILED'} ${name.padEnd(14)} ${((performance.now() - beganAtMs) / 1000).toFixed(1)} s`);
  for (const problem of problems) console.log(problem.replaceAll(/^/gm, '  '));
  if (problems.length === 0) result.passed++;
  else {
    result.failed++;
    result.failures.push(failureOf(name, problems.join('\n')));
  }
}
result.durationMs = Math.round(performance.now() - startedAtMs);
await writeResult(result);
// Within `npm test` the sum of all parts comes last.
if (process.env['KUBEORCH_PART_OF_TEST'] === undefined) printSummary([result]);
process.exitCode = result.failed > 0 ? 1 : 0;
