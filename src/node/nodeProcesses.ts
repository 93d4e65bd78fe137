import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import type { Clock, ProcessEnd, Processes, ProcessOptions } from '../engine/ports';
import type { Disposable } from '../shared/disposables';

const complaintLimitBytes = 16 * 1024;
const memoryLookMs = 200;

/** The Processes port of this machine. */
export function nodeProcesses(clock: Clock): Processes {
  return { run: (file, args, options) => run(clock, file, args, options) };
}

function run(clock: Clock, file: string, args: readonly string[], options: ProcessOptions): Promise<ProcessEnd> {
  const { cwd, env, input, timeoutMs, outputLimitBytes, memoryLimitBytes, signal } = options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      resolve({ stopped: 'cancelled', stdout: '', stderr: '' });
      return;
    }
    // A group of its own, so that what it starts ends with it. Windows has no such groups.
    const detached = process.platform !== 'win32';
    const child = spawn(file, [...args], {
      ...(cwd === undefined ? {} : { cwd }),
      env: { ...env },
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      shell: false,
      windowsHide: true,
      detached,
    });
    const { stdout, stderr, stdin } = child;
    if (stdout === null || stderr === null) throw new Error('a program was started without its pipes');
    const output: Buffer[] = [];
    const complaint: Buffer[] = [];
    let outputBytes = 0;
    let complaintBytes = 0;
    let stopped: ProcessEnd['stopped'];
    const stop = (why: NonNullable<ProcessEnd['stopped']>): void => {
      stopped ??= why;
      // Those who inherited the pipes must not keep us waiting either.
      stdout.destroy();
      stderr.destroy();
      try {
        if (detached && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
        else child.kill('SIGKILL');
      } catch {
        // It has ended by itself meanwhile.
      }
    };
    const late = clock.after(timeoutMs, () => stop('timeout'));
    const watching =
      memoryLimitBytes === undefined || child.pid === undefined ? undefined : watchMemory(clock, child.pid, memoryLimitBytes, () => stop('memory'));
    const onAbort = (): void => stop('cancelled');
    signal?.addEventListener('abort', onAbort, { once: true });
    const settle = (): void => {
      late.dispose();
      watching?.dispose();
      signal?.removeEventListener('abort', onAbort);
    };
    stdout.on('data', (chunk: Buffer) => {
      outputBytes += chunk.length;
      if (outputBytes > outputLimitBytes) stop('output');
      else output.push(chunk);
    });
    stderr.on('data', (chunk: Buffer) => {
      complaintBytes += chunk.length;
      if (complaintBytes <= complaintLimitBytes) complaint.push(chunk);
    });
    // A program that does not read its input ends it by ending; that is told by its exit code.
    stdin?.on('error', () => undefined);
    stdin?.end(input);
    child.once('error', (error) => {
      settle();
      reject(error);
    });
    child.once('close', (code) => {
      settle();
      const texts = { stdout: Buffer.concat(output).toString('utf8'), stderr: Buffer.concat(complaint).toString('utf8') };
      resolve({ ...texts, ...(code === null ? {} : { exitCode: code }), ...(stopped === undefined ? {} : { stopped }) });
    });
  });
}

/** Linux alone tells a process's memory without another program; elsewhere the program's own limit has to do. */
function watchMemory(clock: Clock, pid: number, limitBytes: number, onOver: () => void): Disposable {
  if (process.platform !== 'linux') return { dispose: () => undefined };
  let timer: Disposable | undefined;
  let over = false;
  const look = (): void => {
    timer = clock.after(memoryLookMs, () => {
      readFile(`/proc/${pid}/status`, 'utf8').then(
        (status) => {
          const kilobytes = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0);
          if (over) return;
          if (kilobytes * 1024 > limitBytes) onOver();
          else look();
        },
        // It has ended.
        () => undefined,
      );
    });
  };
  look();
  return {
    dispose: () => {
      over = true;
      timer?.dispose();
    },
  };
}
