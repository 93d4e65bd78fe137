// Runs what syntax.ts has read: words become arguments, commands get their streams, and the last exit code is remembered.
import { commands } from './commands/commands';
import { FileError, FileSystem } from './fileSystem';
import { ExitRequest, type Invocation, type Machine, type ShellState, type Streams } from './machine';
import { Interrupted, inputOf, Pipe, type Output } from './streams';
import { parseScript, SyntaxError, type Command, type List, type Pipeline, type Redirect, type Word } from './syntax';

/** Loops give the event loop a turn, so that a busy one can be interrupted. */
const loopPauseMs = 1;

interface Field {
  text: string;
  /** Holds unquoted wildcards. */
  globs: boolean;
}

export class Shell implements ShellState {
  readonly machine: Machine;
  readonly variables: Map<string, string>;
  readonly exported: Set<string>;
  folder: string;
  lastCode = 0;
  #depth = 0;

  constructor(machine: Machine, environment: ReadonlyMap<string, string>, folder: string) {
    this.machine = machine;
    this.variables = new Map(environment);
    this.exported = new Set(environment.keys());
    this.folder = folder;
  }

  /** A copy that can change nothing of this shell but the files. */
  copy(): Shell {
    const made = new Shell(this.machine, this.variables, this.folder);
    made.exported.clear();
    for (const name of this.exported) made.exported.add(name);
    made.lastCode = this.lastCode;
    made.#depth = this.#depth + 1;
    return made;
  }

  /** Runs a script and gives its exit code. Throws ExitRequest for `exit`; a syntax error is told on stderr, code 2. */
  async run(source: string, streams: Streams, signal: AbortSignal): Promise<number> {
    if (this.#depth > 50) {
      streams.stderr.write('sh: too deeply nested\n');
      return 2;
    }
    let list: List;
    try {
      list = parseScript(source);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      streams.stderr.write(`sh: syntax error: ${error.message}\n`);
      this.lastCode = 2;
      return 2;
    }
    return await this.#list(list, streams, signal);
  }

  /** Runs one program with its arguments as they are, without reading them as shell text. Undefined when there is no such program. */
  async program(args: readonly string[], streams: Streams, signal: AbortSignal): Promise<number | undefined> {
    const name = (args[0] ?? '').split('/').at(-1) ?? '';
    const found = commands.get(name);
    if (found === undefined || found.onlyInShell) return undefined;
    return await this.#invoke({ stdin: streams.stdin, stdout: streams.stdout, stderr: streams.stderr, shell: this, name, args: args.slice(1), signal });
  }

  async #list(list: List, streams: Streams, signal: AbortSignal): Promise<number> {
    for (const { join, pipeline } of list) {
      if (signal.aborted) throw new Interrupted();
      if (join === '&&' && this.lastCode !== 0) continue;
      if (join === '||' && this.lastCode === 0) continue;
      this.lastCode = await this.#pipeline(pipeline, streams, signal);
    }
    return this.lastCode;
  }

  async #pipeline(pipeline: Pipeline, streams: Streams, signal: AbortSignal): Promise<number> {
    const { commands: parts, negated } = pipeline;
    const [only] = parts;
    if (parts.length === 1 && only !== undefined) {
      const code = await this.#command(only, streams, signal);
      return negated ? Number(code === 0) : code;
    }
    const pipes = parts.slice(1).map(() => new Pipe());
    const codes = await Promise.all(
      parts.map(async (part, index) => {
        const own: Streams = { stdin: pipes[index - 1] ?? streams.stdin, stdout: pipes[index] ?? streams.stdout, stderr: streams.stderr };
        try {
          // Every part of a pipeline is a subshell of its own.
          return await this.copy().#contained(part, own, signal);
        } finally {
          pipes[index]?.end();
          pipes[index - 1]?.abandon();
        }
      }),
    );
    const code = codes.at(-1) ?? 0;
    return negated ? Number(code === 0) : code;
  }

  async #contained(command: Command, streams: Streams, signal: AbortSignal): Promise<number> {
    try {
      return await this.#command(command, streams, signal);
    } catch (error) {
      if (error instanceof ExitRequest) return error.code;
      throw error;
    }
  }

  async #command(command: Command, streams: Streams, signal: AbortSignal): Promise<number> {
    switch (command.kind) {
      case 'simple':
        return await this.#simple(command, streams, signal);
      case 'group': {
        const own = await this.#redirected(command.redirects, streams, signal);
        if (own === undefined) return 1;
        if (!command.subshell) return await this.#list(command.body, own, signal);
        const inner = this.copy();
        try {
          return await inner.#list(command.body, own, signal);
        } catch (error) {
          if (error instanceof ExitRequest) return error.code;
          throw error;
        }
      }
      case 'if': {
        for (const { test, body } of command.branches) if ((await this.#list(test, streams, signal)) === 0) return await this.#list(body, streams, signal);
        this.lastCode = 0;
        return command.otherwise === undefined ? 0 : await this.#list(command.otherwise, streams, signal);
      }
      case 'while': {
        let code = 0;
        while (((await this.#list(command.test, streams, signal)) === 0) !== command.until) {
          code = await this.#list(command.body, streams, signal);
          await this.#turn(signal);
        }
        return code;
      }
      case 'for': {
        let code = 0;
        for (const value of await this.#words(command.words, streams, signal)) {
          this.variables.set(command.name, value);
          code = await this.#list(command.body, streams, signal);
          await this.#turn(signal);
        }
        return code;
      }
    }
  }

  async #turn(signal: AbortSignal): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, loopPauseMs));
    if (signal.aborted) throw new Interrupted();
  }

  async #simple(command: Extract<Command, { kind: 'simple' }>, streams: Streams, signal: AbortSignal): Promise<number> {
    const args = await this.#words(command.words, streams, signal);
    const own = await this.#redirected(command.redirects, streams, signal);
    if (own === undefined) return 1;
    const [name, ...rest] = args;
    if (name === undefined) {
      this.lastCode = 0;
      for (const { name: variable, value } of command.assignments) this.variables.set(variable, (await this.#words([value], own, signal, true))[0] ?? '');
      return this.lastCode;
    }
    const before = new Map<string, string | undefined>();
    for (const { name: variable, value } of command.assignments) {
      before.set(variable, this.variables.get(variable));
      this.variables.set(variable, (await this.#words([value], own, signal, true))[0] ?? '');
      this.exported.add(variable);
    }
    try {
      return await this.#invoke({ ...own, shell: this, name: name.split('/').at(-1) ?? '', args: rest, signal }, name);
    } finally {
      for (const [variable, value] of before) {
        if (value === undefined) this.variables.delete(variable);
        else this.variables.set(variable, value);
      }
    }
  }

  async #invoke(invocation: Invocation, shown = invocation.name): Promise<number> {
    const { name, stderr } = invocation;
    const found = commands.get(name);
    if (found === undefined) {
      stderr.write(`sh: ${shown}: not found\n`);
      return 127;
    }
    try {
      return await found.run(invocation);
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      stderr.write(`${name}: ${error.message}\n`);
      return 1;
    }
  }

  /** The streams after redirections, or undefined when one failed, which has been told. */
  async #redirected(redirects: readonly Redirect[], streams: Streams, signal: AbortSignal): Promise<Streams | undefined> {
    const own: Streams = { stdin: streams.stdin, stdout: streams.stdout, stderr: streams.stderr };
    for (const { fd, kind, target } of redirects) {
      const text = (await this.#words([target], streams, signal, true))[0] ?? '';
      if (kind === 'duplicate') {
        const from = text === '1' ? own.stdout : text === '2' ? own.stderr : undefined;
        if (from === undefined) {
          streams.stderr.write(`sh: ${text}: bad file descriptor\n`);
          return undefined;
        }
        if (fd === 2) own.stderr = from;
        else own.stdout = from;
        continue;
      }
      const path = FileSystem.resolve(this.folder, text);
      try {
        if (kind === 'read') own.stdin = inputOf(path === '/dev/null' ? '' : this.machine.files.read(path));
        else {
          const output = this.#fileOutput(path, kind === 'append');
          if (fd === 2) own.stderr = output;
          else own.stdout = output;
        }
      } catch (error) {
        if (!(error instanceof FileError)) throw error;
        streams.stderr.write(`sh: can't ${kind === 'read' ? 'open' : 'create'} ${text}: ${error.message}\n`);
        return undefined;
      }
    }
    return own;
  }

  #fileOutput(path: string, append: boolean): Output {
    if (path === '/dev/null') return { write: () => true };
    const { files } = this.machine;
    files.write(path, '', append);
    return {
      write: (text) => {
        files.write(path, text, true);
        return true;
      },
    };
  }

  /** Words as arguments: expanded, split at blanks where unquoted, and matched against file names. */
  async #words(words: readonly Word[], streams: Streams, signal: AbortSignal, whole = false): Promise<string[]> {
    const made: string[] = [];
    for (const word of words) {
      // `current` is the argument being built; null while nothing of it has come.
      const fields: Field[] = [];
      let current = null as Field | null;
      for (const part of word) {
        const value =
          part.kind === 'text'
            ? part.text
            : part.kind === 'variable'
              ? await this.#variable(part, streams, signal)
              : await this.#captured(part.source, streams, signal);
        if (part.quoted || whole || part.kind === 'text') {
          const globs = part.kind === 'text' && !part.quoted && !whole && /[*?]/.test(value);
          current = { text: (current?.text ?? '') + value, globs: (current?.globs ?? false) || globs };
          continue;
        }
        const pieces = value.split(/[ \t\n]+/);
        for (const [index, piece] of pieces.entries()) {
          if (index > 0 && current !== null) {
            fields.push(current);
            current = null;
          }
          if (piece !== '') current = { text: (current?.text ?? '') + piece, globs: current?.globs ?? false };
        }
      }
      if (current !== null) fields.push(current);
      for (const field of fields) {
        const home = !whole && /^~(?=\/|$)/.test(field.text) && word[0]?.kind === 'text' && !word[0].quoted;
        const text = home ? field.text.replace('~', this.variables.get('HOME') ?? '/root') : field.text;
        made.push(...(field.globs ? this.#matches(text) : [text]));
      }
    }
    return made;
  }

  async #variable(part: Extract<Word[number], { kind: 'variable' }>, streams: Streams, signal: AbortSignal): Promise<string> {
    const value = this.#value(part.name);
    const empty = value === undefined || value === '';
    const argument = async (): Promise<string> => (await this.#words([parsedArgument(part.argument)], streams, signal, true))[0] ?? '';
    switch (part.operator) {
      case ':-':
        return empty ? await argument() : value;
      case '-':
        return value ?? (await argument());
      case ':+':
        return empty ? '' : await argument();
      case ':=':
        if (empty) this.variables.set(part.name, await argument());
        return this.variables.get(part.name) ?? '';
      case '#':
        return String((value ?? '').length);
      default:
        return value ?? '';
    }
  }

  #value(name: string): string | undefined {
    if (name === '?') return String(this.lastCode);
    if (name === '$') return '7';
    if (name === '#') return '0';
    if (name === '0') return 'sh';
    return this.variables.get(name);
  }

  async #captured(source: string, streams: Streams, signal: AbortSignal): Promise<string> {
    let text = '';
    const inner = this.copy();
    const stdout: Output = {
      write: (more) => {
        text += more;
        return text.length < 1_000_000;
      },
    };
    try {
      this.lastCode = await inner.run(source, { ...streams, stdout }, signal);
    } catch (error) {
      if (!(error instanceof ExitRequest)) throw error;
      this.lastCode = error.code;
    }
    return text.replace(/\n+$/, '');
  }

  /** File names that fit a pattern, or the pattern itself when none does. */
  #matches(pattern: string): string[] {
    const cut = pattern.lastIndexOf('/') + 1;
    const folder = pattern.slice(0, cut);
    const path = FileSystem.resolve(this.folder, folder === '' ? '.' : folder);
    if (/[*?]/.test(folder) || !this.machine.files.isFolder(path)) return [pattern];
    const wanted = pattern.slice(cut);
    const names = this.machine.files
      .list(path)
      .map((entry) => entry.name)
      .filter((name) => (!name.startsWith('.') || wanted.startsWith('.')) && fits(name, wanted));
    return names.length === 0 ? [pattern] : names.map((name) => `${folder}${name}`);
  }
}

function parsedArgument(text: string): Word {
  const [first] = parseScript(`: "${text.replaceAll('"', '\\"')}"`);
  const command = first?.pipeline.commands[0];
  return command?.kind === 'simple' ? (command.words[1] ?? []) : [];
}

/** Whether a name fits a pattern of `*` and `?`, in time that is at most the product of their lengths. */
function fits(name: string, pattern: string): boolean {
  let at = 0;
  let place = 0;
  let star = -1;
  let restart = 0;
  while (at < name.length) {
    if (pattern[place] === '*') {
      star = place++;
      restart = at;
    } else if (pattern[place] === '?' || pattern[place] === name[at]) {
      place++;
      at++;
    } else if (star >= 0) {
      place = star + 1;
      at = ++restart;
    } else return false;
  }
  while (pattern[place] === '*') place++;
  return place === pattern.length;
}
