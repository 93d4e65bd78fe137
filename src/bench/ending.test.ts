import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { until } from '../testing/until';

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('a bench that gets a %s ends what its programs have started', async (signal) => {
  const folder = await mkdtemp(join(tmpdir(), 'kubeorch-ending-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const pids = join(folder, 'pids');
  const made = join(folder, 'made');
  // As a test runner with an API server: it is ended by the signal itself, and knows nothing of what it has started.
  const program = `
    const { spawn } = require('node:child_process');
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    require('node:fs').writeFileSync(${JSON.stringify(pids)}, [process.pid, child.pid].join(' '));
    setInterval(() => {}, 1000);`;
  const bench = join(folder, 'bench.mjs');
  await writeFile(
    bench,
    `import { runGroup, whenEnded } from ${JSON.stringify(join(import.meta.dirname, 'ending.mjs'))};
     import { writeFileSync } from 'node:fs';
     whenEnded(() => writeFileSync(${JSON.stringify(made)}, 'put away'));
     whenEnded(() => Promise.reject(new Error('one step fails')));
     await runGroup(process.execPath, ['-e', ${JSON.stringify(program)}]);`,
  );
  const child = spawn(process.execPath, [bench], { stdio: 'ignore' });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  onTestFinished(() => void child.kill('SIGKILL'));
  let started: readonly number[] = [];
  await until('the programs', async () => {
    started = (await readFile(pids, 'utf8').catch(() => '')).split(' ').filter(Boolean).map(Number);
    return started.length === 2;
  });
  expect(started.every(alive)).toBe(true);
  child.kill(signal);
  expect(await ended).toBe({ SIGHUP: 129, SIGINT: 130, SIGTERM: 143 }[signal]);
  expect(started.filter(alive)).toEqual([]);
  expect(await readFile(made, 'utf8')).toBe('put away');
});
