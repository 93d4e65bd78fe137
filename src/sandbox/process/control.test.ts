import { execFileSync } from 'node:child_process';
import { copyFile, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { openApiFile } from '../tests/client';
import { findSandbox, sandboxStateDir, startSandbox, stopSandbox, type StartSandboxOptions } from './control';
import { isAlive, kubeconfigPath, lockPath, logPath } from './stateFiles';

let folder: string;
let stateDir: string;
let options: StartSandboxOptions;
let count = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sandbox-control-'));
  const entry = join(folder, 'sandbox.js');
  await build({
    entryPoints: [join(__dirname, '../main.ts')],
    outfile: entry,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    mainFields: ['module', 'main'],
    logLevel: 'error',
  });
  await copyFile(openApiFile, join(folder, 'openapi.json'));
  options = { stateDir: '', entry, execPath: process.execPath };
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function fresh(): StartSandboxOptions {
  stateDir = join(folder, `state-${String(count++)}`);
  return { ...options, stateDir };
}
afterEach(() => stopSandbox(stateDir));

test('two that start at once come to the same sandbox, and a third finds it', async () => {
  const mine = fresh();
  const started = await Promise.all([startSandbox(mine), startSandbox(mine), startSandbox(mine)]);
  expect(new Set(started.map((one) => one.pid)).size).toBe(1);
  expect(started.filter((one) => !one.already)).toHaveLength(1);
  expect(await startSandbox(mine)).toMatchObject({ pid: started[0].pid, already: true });
  expect(await findSandbox(stateDir)).toMatchObject({ pid: started[0].pid });
});

test.skipIf(process.platform === 'win32')('its files are for the user only', async () => {
  await startSandbox(fresh());
  expect((await stat(stateDir)).mode & 0o777).toBe(0o700);
  expect((await stat(kubeconfigPath(stateDir))).mode & 0o777).toBe(0o600);
});

test('stopping ends the process and takes its files away', async () => {
  const { pid } = await startSandbox(fresh());
  expect(await stopSandbox(stateDir)).toBe(true);
  expect(isAlive(pid)).toBe(false);
  expect((await readdir(stateDir)).filter((name) => name !== 'sandbox.log')).toEqual([]);
  expect(await stopSandbox(stateDir)).toBe(false);
  expect(await findSandbox(stateDir)).toBeUndefined();
});

test('a sandbox that was killed is not found, and a new one takes its place', async () => {
  const mine = fresh();
  const { pid } = await startSandbox(mine);
  process.kill(pid, 'SIGKILL');
  while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(await findSandbox(stateDir)).toBeUndefined();
  expect(await startSandbox(mine)).toMatchObject({ already: false });
});

test('it ends by itself when nobody asks it anything', async () => {
  const { pid } = await startSandbox({ ...fresh(), idleMinutes: 0.02 });
  const deadlineMs = Date.now() + 10_000;
  while (isAlive(pid) && Date.now() < deadlineMs) await new Promise((resolve) => setTimeout(resolve, 50));
  expect(isAlive(pid)).toBe(false);
  expect((await readdir(stateDir)).filter((name) => name !== 'sandbox.log')).toEqual([]);
});

test('it ends when its folder is taken from it', async () => {
  const { pid } = await startSandbox(fresh());
  await rm(lockPath(stateDir));
  const deadlineMs = Date.now() + 10_000;
  while (isAlive(pid) && Date.now() < deadlineMs) await new Promise((resolve) => setTimeout(resolve, 50));
  expect(isAlive(pid)).toBe(false);
});

test('a sandbox that cannot start says why', async () => {
  const mine = fresh();
  const broken = join(folder, 'broken.js');
  await writeFile(broken, 'console.error("no way"); process.exit(5);');
  await expect(startSandbox({ ...mine, entry: broken })).rejects.toThrow(/exit code 5\): no way/);
  await expect(startSandbox({ ...mine, execPath: join(folder, 'no-node') })).rejects.toThrow(/ENOENT/);
});

test('an aborted start ends what it began', async () => {
  const aborted = AbortSignal.abort(new Error('never mind'));
  await expect(startSandbox({ ...fresh(), signal: aborted })).rejects.toThrow('never mind');
  expect(await findSandbox(stateDir)).toBeUndefined();
});

test('wrong arguments are told with exit code 2', () => {
  let code: number | null = 0;
  try {
    execFileSync(process.execPath, [options.entry, '--idle-minutes', 'x'], { stdio: 'pipe' });
  } catch (error) {
    code = (error as { status: number | null }).status;
  }
  expect(code).toBe(2);
});

test('one folder has one state, however it is spelled, and never inside the folder', async () => {
  const link = join(folder, 'link');
  await symlink(folder, link, 'junction');
  expect(sandboxStateDir(link)).toBe(sandboxStateDir(folder));
  expect(sandboxStateDir(`${folder}/.`)).toBe(sandboxStateDir(folder));
  expect(sandboxStateDir(join(folder, 'other'))).not.toBe(sandboxStateDir(folder));
  expect(sandboxStateDir(folder).startsWith(folder)).toBe(false);
  expect(logPath(sandboxStateDir(folder))).toContain('kubeorch');
});
