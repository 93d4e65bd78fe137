// One way to run vitest for every tier: the usual output for people, and a result file for the summary.
import { join } from 'node:path';
import { root } from './paths.mjs';
import { failureOf, forgetResults, readResults, writeResult } from './results.mjs';
import { run } from './processes.mjs';

/** The command line of a vitest run. @param {string} config @param {string[]} args */
export const vitestCommand = (config, args) => [
  join(root, 'node_modules/vitest/vitest.mjs'),
  'run',
  '--config',
  join(root, config),
  '--reporter=default',
  `--reporter=${join(root, 'src/build/resultsReporter.mjs')}`,
  ...args,
];

/**
 * Runs a tier and makes sure that a result stands, even when vitest itself died.
 * @param {{part: string, config: string, args?: string[], env?: NodeJS.ProcessEnv, prefix?: string[]}} tier prefix: a command that the run is wrapped in
 * @returns {Promise<number>} the exit code
 */
export async function runVitest({ part, config, args = [], env = {}, prefix = [] }) {
  await forgetResults([part]);
  const startedAtMs = performance.now();
  const [command, ...rest] = [...prefix, process.execPath, ...vitestCommand(config, args)];
  const code = await run(command, rest, { cwd: root, env: { ...process.env, ...env, KUBEORCH_TEST_PART: part } });
  const [result] = await readResults((name) => name === part);
  if (result === undefined || (code !== 0 && result.failed === 0)) {
    const base = result ?? { part, passed: 0, failed: 0, failures: [], skipped: [], durationMs: Math.round(performance.now() - startedAtMs) };
    const failure = failureOf('the run', `vitest ended with code ${code}${result === undefined ? ' before it wrote a result' : ''}`);
    await writeResult({ ...base, failed: base.failed + 1, failures: [...(base.failures ?? []), failure] });
    return code === 0 ? 1 : code;
  }
  return code;
}
