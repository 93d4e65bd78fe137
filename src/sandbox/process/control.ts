// Starting, finding and stopping the sandbox process of a workspace, from the editor and from the command line alike.
import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { request } from 'node:https';
import { homedir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { isAlive, kubeconfigPath, logPath, makeStateDir, readRecord, removeState, type SandboxRecord } from './stateFiles';

export interface SandboxProcess {
  readonly kubeconfigPath: string;
  /** `https://127.0.0.1:PORT` */
  readonly server: string;
  readonly pid: number;
}

export interface StartSandboxOptions {
  /** The folder of its files; see `sandboxStateDir`. */
  readonly stateDir: string;
  /** Path of the bundled `sandbox.js`. */
  readonly entry: string;
  /** The Node (or Electron) to run it with; usually `process.execPath`. */
  readonly execPath: string;
  /** It ends by itself after this long without a request or watch; default 30. */
  readonly idleMinutes?: number;
  /** Added to the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Gives up waiting, and ends the process if this call has started it. */
  readonly signal?: AbortSignal;
}

const startTimeoutMs = 20_000;
const pollMs = 15;
const stopTimeoutMs = 5_000;

/** The exit code by which a sandbox process says that another one was here first. */
export const anotherRunsExitCode = 3;

/**
 * Where the sandbox of a workspace folder keeps its files: in the user's cache folder, never in the workspace. The editor and
 * the command line come to the same place for the same folder, however it is spelled.
 */
export function sandboxStateDir(workspaceFolder: string): string {
  let folder = resolve(workspaceFolder);
  try {
    folder = realpathSync.native(folder);
  } catch {
    // A folder that is not there yet has one spelling only.
  }
  const key = process.platform === 'win32' ? folder.toLowerCase() : folder;
  const hash = createHash('sha256').update(key).digest('hex').slice(0, 16);
  const title = basename(folder)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 24);
  return join(cacheFolder(), 'kubeorch', 'sandboxes', title === '' ? hash : `${title}-${hash}`);
}

function cacheFolder(): string {
  if (process.platform === 'win32') return process.env['LOCALAPPDATA'] ?? join(homedir(), 'AppData', 'Local');
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches');
  const xdg = process.env['XDG_CACHE_HOME'];
  return xdg !== undefined && xdg !== '' ? xdg : join(homedir(), '.cache');
}

/** The sandbox that runs for this folder and answers, or undefined. */
export async function findSandbox(stateDir: string): Promise<SandboxProcess | undefined> {
  const record = await readRecord(stateDir);
  if (record === undefined || !isAlive(record.pid) || !(await answers(stateDir, record))) return undefined;
  return { kubeconfigPath: kubeconfigPath(stateDir), server: record.server, pid: record.pid };
}

/**
 * Starts the sandbox of this folder, or finds the one that runs. Two calls at once, also from two processes, end with the
 * same sandbox. Rejects with what the process had to say when it does not come up, and when `signal` aborts.
 */
export async function startSandbox(options: StartSandboxOptions): Promise<SandboxProcess & { readonly already: boolean }> {
  const { stateDir, signal } = options;
  signal?.throwIfAborted();
  await makeStateDir(stateDir);
  const running = await findSandbox(stateDir);
  if (running !== undefined) return { ...running, already: true };
  const deadlineMs = Date.now() + startTimeoutMs;
  let child = await spawnSandbox(options);
  for (;;) {
    const found = await findSandbox(stateDir);
    if (found !== undefined) {
      // Of several that were started at once one stays; the others end by themselves.
      return { ...found, already: found.pid !== child.pid };
    }
    if (signal?.aborted === true) {
      child.kill();
      signal.throwIfAborted();
    }
    if (child.exitCode === anotherRunsExitCode) {
      // Another one had the lock. If it has ended since, without ever answering, it is our turn again.
      const record = await readRecord(stateDir);
      if (record !== undefined && !isAlive(record.pid)) child = await spawnSandbox(options);
    } else if (child.exitCode !== null || child.signalCode !== null) throw new Error(await failureText(stateDir, child));
    if (Date.now() > deadlineMs) {
      child.kill();
      throw new Error(`the sandbox did not start within ${String(startTimeoutMs / 1000)} seconds; its log is ${logPath(stateDir)}`);
    }
    await new Promise((done) => setTimeout(done, pollMs));
  }
}

/** Ends the sandbox of this folder; resolves when it has gone. False when none was running. */
export async function stopSandbox(stateDir: string): Promise<boolean> {
  const record = await readRecord(stateDir);
  if (record === undefined) return false;
  // Only a process that answers with this sandbox's certificate is the one meant: a pid alone may be somebody else's by now.
  if (!isAlive(record.pid) || !(await answers(stateDir, record))) {
    if (!isAlive(record.pid)) await removeState(stateDir, record.nonce);
    return false;
  }
  process.kill(record.pid, 'SIGTERM');
  const deadlineMs = Date.now() + stopTimeoutMs;
  while (isAlive(record.pid)) {
    if (Date.now() > deadlineMs) throw new Error(`the sandbox (process ${String(record.pid)}) does not end`);
    await new Promise((done) => setTimeout(done, pollMs));
  }
  // On Windows the process had no chance to remove them itself.
  await removeState(stateDir, record.nonce);
  return true;
}

async function spawnSandbox(options: StartSandboxOptions): Promise<ChildProcess> {
  const { stateDir, entry, execPath } = options;
  const log = await open(logPath(stateDir), 'a', 0o600);
  try {
    const args = [entry, '--state-dir', stateDir, '--idle-minutes', String(options.idleMinutes ?? 30)];
    const child = spawn(execPath, args, {
      detached: true,
      windowsHide: true,
      stdio: ['ignore', log.fd, log.fd],
      // In the editor execPath is Electron, which is Node only when it is told so.
      env: { ...process.env, ELECTRON_RUN_AS_NODE: '1', ...options.env },
    });
    await new Promise<void>((done, fail) => {
      child.once('spawn', done);
      child.once('error', fail);
    });
    child.unref();
    return child;
  } finally {
    await log.close();
  }
}

async function failureText(stateDir: string, child: ChildProcess): Promise<string> {
  const log = await readFile(logPath(stateDir), 'utf8').catch(() => '');
  const tail = log.trim().split('\n').slice(-5).join('\n');
  return `the sandbox ended at its start (${child.signalCode ?? `exit code ${String(child.exitCode)}`})${tail === '' ? '' : `: ${tail}`}`;
}

/** Whether the server of the record answers, with the certificate that the kubeconfig names. */
async function answers(stateDir: string, record: SandboxRecord): Promise<boolean> {
  const text = await readFile(kubeconfigPath(stateDir), 'utf8').catch(() => '');
  const encoded = /certificate-authority-data: (\S+)/.exec(text)?.[1];
  if (encoded === undefined || !text.includes(record.server)) return false;
  const ca = Buffer.from(encoded, 'base64');
  return await new Promise<boolean>((done) => {
    const probe = request(`${record.server}/readyz`, { ca, agent: false, timeout: 2_000 }, (response) => {
      response.resume();
      done(response.statusCode === 200);
    });
    probe.on('timeout', () => probe.destroy());
    probe.on('error', () => {
      done(false);
    });
    probe.end();
  });
}
