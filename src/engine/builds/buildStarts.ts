import type { BuildStage, LogLineLevel } from '../../shared/build';
import { failure } from '../../shared/problem';
import { jsonObject } from '../../shared/json';
import type { BuildTools, ProcessEnd, PtyProcess } from '../ports';
import { BuildLines, levelOf } from './buildLines';
import type { BuildParts } from './buildParts';

type StartParts = Pick<BuildParts, 'tools' | 'processes' | 'pty' | 'clean' | 'clock'>;

interface Heard {
  line(message: string, level: LogLineLevel): void;
  output(text: string): void;
  /** Places of this machine and what the file calls them. */
  readonly hidden: ReadonlyMap<string, string>;
}

const lineLimit = 4096;
const askedMs = 60_000;

/** Starts the programs of one build: in its terminal, or unseen for what only asks or signs in. */
export class BuildStarts {
  readonly #parts: StartParts;
  readonly #scratch: string;
  readonly #signal: AbortSignal;
  readonly #heard: Heard;
  #size: { columns: number; rows: number };
  #running: PtyProcess | undefined;

  constructor(parts: StartParts, scratch: string, size: { columns: number; rows: number }, signal: AbortSignal, heard: Heard) {
    this.#parts = parts;
    this.#scratch = scratch;
    this.#size = size;
    this.#signal = signal;
    this.#heard = heard;
  }

  /** The person's environment without what was given to KubeOrch itself, and with plain progress, whose lines can be told. */
  static async environment(tools: BuildTools): Promise<Record<string, string>> {
    const own = Object.entries(await tools.environment()).flatMap(([name, value]) =>
      value === undefined || name.toUpperCase().startsWith('KUBEORCH_') ? [] : [[name, value] as const],
    );
    return { ...(jsonObject(own) as Record<string, string>), BUILDKIT_PROGRESS: 'plain' };
  }

  input(text: string): void {
    this.#running?.write(text);
  }

  resize(columns: number, rows: number): void {
    this.#size = { columns, rows };
    this.#running?.resize(columns, rows);
  }

  /** Runs a program in the build's terminal until it ends. Throws `build.failed` with its last complaint when that is no success. */
  async run(
    stage: BuildStage,
    program: string,
    path: string,
    args: readonly string[],
    more: { readonly env?: Readonly<Record<string, string>>; readonly limitMs?: number } = {},
  ): Promise<void> {
    const { tools, pty, clean, clock } = this.#parts;
    this.#signal.throwIfAborted();
    if (!tools.isAllowed()) throw failure('build.untrusted');
    let complaint = '';
    let last = '';
    const lines = new BuildLines((line, error) => {
      let shown = line;
      for (const [place, name] of this.#heard.hidden) shown = shown.replaceAll(place, name);
      shown = clean(shown, lineLimit);
      if (shown.trim() === '') return;
      const level = levelOf(shown, error, pty.isTerminal);
      if (level === 'error') complaint = shown;
      last = shown;
      this.#heard.line(shown, level);
    });
    const started = { ...(await BuildStarts.environment(tools)), ...more.env };
    this.#signal.throwIfAborted();
    let child: PtyProcess;
    try {
      child = pty.open(path, args, { cwd: this.#scratch, env: started, ...this.#size });
    } catch (error) {
      throw failure('build.failed', { stage: program, detail: `${path} could not be started` }, { cause: error });
    }
    this.#running = child;
    const onAbort = (): void => child.end();
    this.#signal.addEventListener('abort', onAbort, { once: true });
    let isLate = false;
    const late =
      more.limitMs === undefined
        ? undefined
        : clock.after(more.limitMs, () => {
            isLate = true;
            child.end();
          });
    child.onData((text, error) => {
      this.#heard.output(text);
      lines.add(text, error);
    });
    try {
      const exitCode = await new Promise<number | undefined>((resolve) => child.onExit(resolve));
      lines.end();
      this.#signal.throwIfAborted();
      if (isLate) throw failure('build.failed', { stage: stageWords[stage], detail: `${program} took longer than ${(more.limitMs ?? 0) / 1000} s` });
      if (exitCode !== 0) {
        const why = [complaint, last].find((text) => text !== '') ?? '';
        throw failure('build.failed', {
          stage: stageWords[stage],
          detail: `${program} ended with code ${exitCode ?? 'unknown'}${why === '' ? '' : `: ${why}`}`,
        });
      }
    } finally {
      late?.dispose();
      this.#signal.removeEventListener('abort', onAbort);
      this.#running = undefined;
      child.dispose();
    }
  }

  /** Runs a program unseen. What it is given on standard input reaches nothing else. */
  async ask(
    path: string,
    args: readonly string[],
    more: { readonly input?: string; readonly env?: Readonly<Record<string, string>> } = {},
  ): Promise<ProcessEnd> {
    const { tools, processes } = this.#parts;
    if (!tools.isAllowed()) throw failure('build.untrusted');
    const end = await processes.run(path, args, {
      cwd: this.#scratch,
      env: { ...(await BuildStarts.environment(tools)), ...more.env },
      ...(more.input === undefined ? {} : { input: more.input }),
      timeoutMs: askedMs,
      outputLimitBytes: 8 * 1024 * 1024,
      signal: this.#signal,
    });
    this.#signal.throwIfAborted();
    return end;
  }

  /** A complaint of a program that was asked, as it may be shown. */
  complaint(end: ProcessEnd): string {
    const said = (end.stderr.trim() === '' ? end.stdout : end.stderr).trim();
    const lines = said.split('\n');
    // What follows a complaint may be where in the program it arose.
    const last = lines.findLast((line) => /^\s*error\b/i.test(line)) ?? lines.at(-1) ?? '';
    return this.#parts.clean(last, 1024) || `exit code ${end.exitCode ?? 'unknown'}`;
  }
}

const stageWords: Readonly<Record<BuildStage, string>> = {
  pending: 'Starting',
  cloning: 'Reading the source',
  dockerfile: 'Making the Dockerfile',
  building: 'Building',
  pushing: 'Pushing',
  loading: 'Loading the image',
  done: 'Ending',
};
