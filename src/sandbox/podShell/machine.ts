// What commands and shell know of each other.
import type { Clock } from '../clock';
import type { FileSystem } from './fileSystem';
import type { Input, Output } from './streams';

export interface Machine {
  files: FileSystem;
  clock: Clock;
  hostname: string;
  /** The command line of the container's own process, and when it started, for `ps`. */
  process: string;
  startedAtMs: number;
  /** Size of the terminal; undefined without one. */
  terminal(): { columns: number; rows: number } | undefined;
}

export interface Streams {
  stdin: Input;
  stdout: Output;
  stderr: Output;
}

export interface ShellState {
  readonly machine: Machine;
  readonly variables: Map<string, string>;
  readonly exported: Set<string>;
  folder: string;
  lastCode: number;
  copy(): ShellState;
  run(source: string, streams: Streams, signal: AbortSignal): Promise<number>;
  program(args: readonly string[], streams: Streams, signal: AbortSignal): Promise<number | undefined>;
}

export interface Invocation extends Streams {
  shell: ShellState;
  name: string;
  args: readonly string[];
  signal: AbortSignal;
}

export interface CommandProgram {
  /** One line for `help`. */
  about: string;
  /** Part of the shell, and no program that could be run without one. */
  onlyInShell: boolean;
  run(invocation: Invocation): Promise<number> | number;
}

/** Ends the shell; `exit` throws it and only a subshell or the session catches it. */
export class ExitRequest extends Error {
  readonly code: number;

  constructor(code: number) {
    super(`exit ${String(code)}`);
    this.code = code;
  }
}

/** `exec sh` and the like: the shell gives way to one that reads what the client types. Only the session catches it. */
export class ShellRequest extends Error {
  constructor() {
    super('exec sh');
  }
}

/** Programs that are a shell when they get no script. */
export const shellNames: ReadonlySet<string> = new Set(['sh', 'bash', 'ash']);

export function program(about: string, run: CommandProgram['run']): CommandProgram {
  return { about, onlyInShell: false, run };
}

export function builtin(about: string, run: CommandProgram['run']): CommandProgram {
  return { about, onlyInShell: true, run };
}

/** Letters of options like `-la`, and what is left. An option that is not known is told, and undefined given. */
export function optionsIn(invocation: Invocation, known: string): { flags: Set<string>; rest: string[] } | undefined {
  const flags = new Set<string>();
  const rest: string[] = [];
  let literal = false;
  for (const arg of invocation.args) {
    if (literal || !/^-[A-Za-z0-9]/.test(arg)) {
      if (arg === '--' && !literal) literal = true;
      else rest.push(arg);
      continue;
    }
    for (const letter of arg.slice(1)) {
      if (!known.includes(letter)) {
        invocation.stderr.write(`${invocation.name}: unrecognized option: ${letter}\n`);
        return undefined;
      }
      flags.add(letter);
    }
  }
  return { flags, rest };
}
