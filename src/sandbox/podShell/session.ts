// One exec into a container: a single command, a script, or a shell at a terminal.
import { FileSystem } from './fileSystem';
import { LineEditor } from './lineEditor';
import { ExitRequest, shellNames, ShellRequest, type Machine, type Streams } from './machine';
import { Shell } from './shell';
import { Interrupted, Pipe, type Output } from './streams';
import { IncompleteError, parseScript } from './syntax';

export interface SessionOptions {
  machine: Machine;
  environment: ReadonlyMap<string, string>;
  folder: string;
  command: readonly string[];
  tty: boolean;
  /** Where the client's input arrives; ended when the client ends it or has none. */
  hasInput: boolean;
  stdout: Output;
  stderr: Output;
}

const interruptedCode = 130;

export class Session {
  readonly #options: SessionOptions;
  readonly #input = new Pipe();
  readonly #shell: Shell;
  /** Aborts the command that runs now; a new one is made for each. */
  #running = new AbortController();
  #editor: LineEditor | undefined;
  #lines: Pipe | undefined;
  #closed = false;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#shell = new Shell(options.machine, options.environment, FileSystem.resolve('/', options.folder));
    if (!options.hasInput) this.#input.end();
  }

  /** What the client typed or piped in. */
  write(text: string): void {
    if (this.#editor === undefined) this.#input.write(text);
    else this.#editor.input(text);
  }

  endInput(): void {
    this.#input.end();
    this.#lines?.end();
  }

  /** The client has gone; whatever runs is ended. */
  close(): void {
    this.#closed = true;
    this.endInput();
    this.#running.abort();
  }

  /** Runs to the end and gives the exit code; undefined when there is no such program to run. */
  async run(): Promise<number | undefined> {
    const { command, tty, hasInput } = this.#options;
    const name = (command[0] ?? '').split('/').at(-1) ?? '';
    const interactive = shellNames.has(name) && command.slice(1).every((arg) => /^-[il]+$/.test(arg));
    try {
      if (interactive && tty) return await this.#atTerminal();
      const streams = this.#streams(hasInput && tty ? this.#terminalLines() : this.#input);
      if (interactive) return await this.#fromInput(streams);
      try {
        return await this.#shell.program(command, streams, this.#running.signal);
      } catch (error) {
        if (!(error instanceof ShellRequest)) throw error;
        // The script has chosen its shell; what is typed from here on goes to that one.
      }
      if (!tty) return await this.#fromInput(streams);
      this.#editor = undefined;
      return await this.#atTerminal();
    } catch (error) {
      if (error instanceof ExitRequest) return error.code;
      if (error instanceof Interrupted) return interruptedCode;
      throw error;
    }
  }

  #streams(stdin: Pipe): Streams {
    const { stdout, stderr, tty } = this.#options;
    if (!tty) return { stdin, stdout, stderr };
    // A terminal has one output, and shows a line feed alone as one step down.
    const output: Output = { write: (text) => stdout.write(text.replace(/\r?\n/g, '\r\n')) };
    return { stdin, stdout: output, stderr: output };
  }

  /** Lines as the terminal's driver hands them to a program: after Enter, with an echo. */
  #terminalLines(): Pipe {
    const lines = new Pipe();
    this.#lines = lines;
    this.#editor = new LineEditor({
      show: (text) => this.#options.stdout.write(text),
      line: (text) => lines.write(`${text}\n`),
      interrupt: () => {
        this.#running.abort();
      },
      end: () => {
        lines.end();
      },
    });
    return lines;
  }

  /** A shell that reads its script from a pipe, line by line. */
  async #fromInput(streams: Streams): Promise<number> {
    let script = '';
    for (;;) {
      const line = await this.#input.line(this.#running.signal);
      if (line === undefined) break;
      script += line;
      if (isIncomplete(script)) continue;
      const source = script;
      script = '';
      await this.#shell.run(source, streams, this.#running.signal);
    }
    if (script !== '') await this.#shell.run(script, streams, this.#running.signal);
    return this.#shell.lastCode;
  }

  async #atTerminal(): Promise<number> {
    const { stdout, machine } = this.#options;
    let ended = false;
    const typed = new Pipe();
    let programInput: Pipe | undefined;
    const editor = new LineEditor({
      show: (text) => stdout.write(text),
      line: (text) => (programInput ?? typed).write(`${text}\n`),
      interrupt: () => {
        if (programInput === undefined) {
          partial = '';
          editor.prompt = prompt();
          editor.begin();
        } else this.#running.abort();
      },
      end: () => {
        if (programInput === undefined) {
          ended = true;
          typed.end();
        } else programInput.end();
      },
    });
    const prompt = (): string => `root@${machine.hostname}:${this.#shell.folder === '/root' ? '~' : this.#shell.folder}# `;
    let partial = '';
    this.#editor = editor;
    this.#lines = typed;
    stdout.write('[sandbox] scripted shell: no real container runs here; type help for its commands\r\n');
    // The client may be gone while the prompt waits, and may press Ctrl-C while a command runs: two different signals.
    const forever = new AbortController().signal;
    for (;;) {
      editor.prompt = partial === '' ? prompt() : '> ';
      editor.begin();
      const line = await typed.line(forever);
      if (line === undefined || ended || this.#closed) {
        if (!this.#closed) stdout.write('exit\r\n');
        return this.#shell.lastCode;
      }
      partial += line;
      if (isIncomplete(partial)) continue;
      const source = partial;
      partial = '';
      this.#running = new AbortController();
      programInput = new Pipe();
      try {
        await this.#shell.run(source, this.#streams(programInput), this.#running.signal);
      } catch (error) {
        if (!(error instanceof Interrupted)) throw error;
        this.#shell.lastCode = interruptedCode;
      }
      programInput = undefined;
      if (this.#closed) return this.#shell.lastCode;
    }
  }
}

function isIncomplete(script: string): boolean {
  try {
    parseScript(script);
    return false;
  } catch (error) {
    return error instanceof IncompleteError && script.trim() !== '';
  }
}
