// The files by which a sandbox process is found, all in one folder that only its user may enter:
//   lock          who runs here; the process that made it owns the folder
//   kubeconfig    how to reach the cluster; holds the token
//   sandbox.json  address and pid, written last: where it stands, the server answers
//   sandbox.log   what the process had to say
import { randomUUID } from 'node:crypto';
import { chmod, link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface SandboxRecord {
  pid: number;
  server: string;
  /** Tells this run from an earlier one that had the same pid. */
  nonce: string;
}

export function lockPath(stateDir: string): string {
  return join(stateDir, 'lock');
}

export function kubeconfigPath(stateDir: string): string {
  return join(stateDir, 'kubeconfig');
}

export function recordPath(stateDir: string): string {
  return join(stateDir, 'sandbox.json');
}

export function logPath(stateDir: string): string {
  return join(stateDir, 'sandbox.log');
}

/** Makes the folder, and takes it from everybody else also where it stood before. */
export async function makeStateDir(stateDir: string): Promise<void> {
  await mkdir(stateDir, { recursive: true, mode: 0o700 });
  if (process.platform !== 'win32') await chmod(stateDir, 0o700);
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // The process is there, but it is not ours to signal.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function readJson(path: string): Promise<Partial<SandboxRecord> | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'));
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    // Absent, or half written by a process that died: either way it tells nothing.
    return undefined;
  }
}

export async function readRecord(stateDir: string): Promise<SandboxRecord | undefined> {
  const { pid, server, nonce } = (await readJson(recordPath(stateDir))) ?? {};
  return typeof pid === 'number' && typeof server === 'string' && typeof nonce === 'string' ? { pid, server, nonce } : undefined;
}

/** Whole or not at all, readable by the user only. */
async function writeWhole(path: string, text: string): Promise<void> {
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, text, { mode: 0o600, flag: 'wx' });
  await rename(draft, path);
}

export async function writeState(stateDir: string, kubeconfig: string, record: SandboxRecord): Promise<void> {
  await writeWhole(kubeconfigPath(stateDir), kubeconfig);
  await writeWhole(recordPath(stateDir), `${JSON.stringify(record)}\n`);
}

/**
 * Takes the lock for this process. False when a living process has it. A lock whose process has died is moved aside first;
 * should that move have caught the fresh lock of a third process, it is put back, so that there is always at most one owner.
 */
export async function takeLock(stateDir: string, nonce: string): Promise<boolean> {
  const path = lockPath(stateDir);
  const draft = `${path}.${nonce}`;
  await writeFile(draft, JSON.stringify({ pid: process.pid, nonce }), { mode: 0o600, flag: 'wx' });
  try {
    for (let tries = 0; tries < 20; tries++) {
      try {
        // A link is made only if nothing stands there, and the file is whole from its first moment.
        await link(draft, path);
        return true;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const holder = await readJson(path);
      if (holder?.pid !== undefined && isAlive(holder.pid)) return false;
      const aside = `${path}.stale.${randomUUID()}`;
      try {
        await rename(path, aside);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') continue;
        throw error;
      }
      const moved = await readJson(aside);
      if (moved?.pid !== undefined && isAlive(moved.pid)) {
        await link(aside, path).catch((error: NodeJS.ErrnoException) => {
          if (error.code !== 'EEXIST') throw error;
        });
      }
      await rm(aside, { force: true });
    }
    return false;
  } finally {
    await rm(draft, { force: true });
  }
}

/** Whether the lock still names this run. A sandbox that lost its folder has to end. */
export async function ownsLock(stateDir: string, nonce: string): Promise<boolean> {
  return (await readJson(lockPath(stateDir)))?.nonce === nonce;
}

/** Removes what the run with this nonce has written, the lock last. Files of another run stay. */
export async function removeState(stateDir: string, nonce: string): Promise<void> {
  if (!(await ownsLock(stateDir, nonce))) return;
  await rm(recordPath(stateDir), { force: true });
  await rm(kubeconfigPath(stateDir), { force: true });
  await rm(lockPath(stateDir), { force: true });
}
