// The sandbox process: `sandbox.js --state-dir DIR [--idle-minutes N] [--port N]`. One runs per folder; it ends when nobody
// has asked it anything for a while, or when it is told to. Its cluster lives in memory: the next start is a fresh one.
import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { anotherRunsExitCode } from './process/control';
import { makeStateDir, ownsLock, removeState, takeLock, writeState } from './process/stateFiles';
import { startServer } from './startServer';

const checkEveryMs = 1_000;

interface Arguments {
  stateDir: string;
  idleMs: number;
  port: number;
}

function argumentsOf(args: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: [...args],
    options: { 'state-dir': { type: 'string' }, 'idle-minutes': { type: 'string', default: '30' }, port: { type: 'string', default: '0' } },
  });
  const stateDir = values['state-dir'];
  if (stateDir === undefined || stateDir === '') throw new Error('--state-dir is missing');
  const idleMinutes = Number(values['idle-minutes']);
  if (!(idleMinutes > 0)) throw new Error('--idle-minutes is to be a number above 0');
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error('--port is to be a whole number from 0 to 65535');
  return { stateDir, idleMs: idleMinutes * 60_000, port };
}

async function run({ stateDir, idleMs, port }: Arguments): Promise<number> {
  const nonce = randomUUID();
  await makeStateDir(stateDir);
  if (!(await takeLock(stateDir, nonce))) return anotherRunsExitCode;
  const told = new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });
  try {
    const server = await startServer({ port });
    try {
      await writeState(stateDir, server.kubeconfig, { pid: process.pid, server: server.server, nonce });
      await Promise.race([told, untilIdle(stateDir, nonce, idleMs, () => server.idleMs())]);
    } finally {
      await server.close();
    }
  } finally {
    await removeState(stateDir, nonce);
  }
  return 0;
}

/** Resolves when nobody has asked for long enough, or when the folder belongs to another run. */
function untilIdle(stateDir: string, nonce: string, idleLimitMs: number, idleMs: () => number): Promise<void> {
  return new Promise((resolve) => {
    const check = async (): Promise<void> => {
      if (idleMs() >= idleLimitMs || !(await ownsLock(stateDir, nonce))) resolve();
      else setTimeout(() => void check(), checkEveryMs).unref();
    };
    setTimeout(() => void check(), checkEveryMs).unref();
  });
}

async function main(): Promise<number> {
  let args: Arguments;
  try {
    args = argumentsOf(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`sandbox: ${error instanceof Error ? error.message : String(error)}\n`);
    return 2;
  }
  return await run(args);
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`sandbox: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exit(1);
  },
);
