import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import type { Clock, Pty, PtyProcess } from '../engine/ports';
import { disposable } from '../shared/disposables';

/** What is used of the package `node-pty`, which is native: it is there only where somebody brought it for this machine. */
interface NodePty {
  spawn(
    file: string,
    args: string[],
    options: { name: string; cols: number; rows: number; cwd: string; env: Record<string, string> },
  ): {
    readonly pid: number;
    onData(listener: (text: string) => void): { dispose(): void };
    onExit(listener: (end: { exitCode: number; signal?: number }) => void): { dispose(): void };
    write(text: string): void;
    resize(columns: number, rows: number): void;
  };
}

const patienceMs = 3000;

/**
 * The Pty port of this machine: a real terminal by the first of these copies of `node-pty` that loads, else pipes.
 * @param places absolute folders in which the package may lie
 */
export function programTerminal(clock: Clock, places: readonly string[]): Pty {
  const native = loaded(places);
  return {
    isTerminal: native !== undefined,
    open: (file, args, options) => (native === undefined ? onPipes(clock, file, args, options) : inTerminal(clock, native, file, args, options)),
  };
}

function loaded(places: readonly string[]): NodePty | undefined {
  for (const place of places) {
    try {
      const found: unknown = createRequire(join(place, 'package.json'))(place);
      if (typeof found === 'object' && found !== null && 'spawn' in found && typeof found.spawn === 'function') return found as NodePty;
    } catch {
      // Not there, or built for another machine: pipes do the same work without the colours.
    }
  }
  return undefined;
}

type Options = Parameters<Pty['open']>[2];

function inTerminal(clock: Clock, native: NodePty, file: string, args: readonly string[], { cwd, env, columns, rows }: Options): PtyProcess {
  const child = native.spawn(file, [...args], { name: 'xterm-256color', cols: columns, rows, cwd, env: { ...env } });
  let over = false;
  child.onExit(() => (over = true));
  const end = ending(clock, () => (over ? undefined : child.pid));
  return {
    onData: (listener) => child.onData((text) => listener(text, false)),
    onExit: (listener) => child.onExit(({ exitCode, signal }) => listener(signal === undefined || signal === 0 ? exitCode : undefined)),
    write: (text) => {
      if (!over) child.write(text);
    },
    resize: (width, height) => {
      if (!over && width > 0 && height > 0) child.resize(width, height);
    },
    end,
    dispose: end,
  };
}

function onPipes(clock: Clock, file: string, args: readonly string[], { cwd, env }: Options): PtyProcess {
  // A group of its own, so that what it starts ends with it. Windows has no such groups.
  const child = spawn(file, [...args], {
    cwd,
    env: { ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
    shell: false,
    windowsHide: true,
    detached: process.platform !== 'win32',
  });
  const dataListeners = new Set<(text: string, error: boolean) => void>();
  const exitListeners = new Set<(exitCode: number | undefined) => void>();
  let ended: { readonly code: number | undefined } | undefined;
  const settle = (code: number | undefined): void => {
    if (ended !== undefined) return;
    ended = { code };
    for (const listener of exitListeners) listener(code);
  };
  const tell = (text: string, error: boolean): void => {
    if (text !== '') for (const listener of dataListeners) listener(text, error);
  };
  for (const [stream, error] of [
    [child.stdout, false],
    [child.stderr, true],
  ] as const) {
    const decoder = new StringDecoder('utf8');
    stream.on('data', (chunk: Buffer) => tell(decoder.write(chunk), error));
    stream.on('end', () => tell(decoder.end(), error));
  }
  // A program that reads nothing ends its input by ending.
  child.stdin.on('error', () => undefined);
  child.once('error', (error: NodeJS.ErrnoException) => {
    tell(`${file}: ${error.code ?? error.message}\n`, true);
    settle(127);
  });
  child.once('close', (code) => settle(code ?? undefined));
  const end = ending(clock, () => (ended === undefined && !hasEnded(child) ? child.pid : undefined));
  return {
    onData: (listener) => {
      dataListeners.add(listener);
      return disposable(() => dataListeners.delete(listener));
    },
    onExit: (listener) => {
      if (ended === undefined) exitListeners.add(listener);
      else queueMicrotask(() => listener(ended?.code));
      return disposable(() => exitListeners.delete(listener));
    },
    write: (text) => void child.stdin.write(text),
    resize: () => undefined,
    end,
    dispose: end,
  };
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** Asks the program's whole group to end, and after a moment ends it. */
function ending(clock: Clock, pidOf: () => number | undefined): () => void {
  let asked = false;
  const signal = (name: 'SIGTERM' | 'SIGKILL'): void => {
    const pid = pidOf();
    if (pid === undefined) return;
    try {
      process.kill(process.platform === 'win32' ? pid : -pid, name);
    } catch {
      // It has ended by itself meanwhile.
    }
  };
  return () => {
    if (asked || pidOf() === undefined) return;
    asked = true;
    signal('SIGTERM');
    clock.after(patienceMs, () => signal('SIGKILL'));
  };
}
