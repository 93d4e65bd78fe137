import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { userInfo } from 'node:os';
import { basename } from 'node:path';
import type { Clock, Logger } from '../engine/ports';

export type ProcessEnvironment = Readonly<Record<string, string | undefined>>;

export interface ShellEnvironmentOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Asked each time: a login shell runs the person's own files, which an untrusted workspace must not bring about. */
  readonly isTrusted: () => boolean;
  /** Default: the process's own. */
  readonly environment?: ProcessEnvironment;
  readonly platform?: NodeJS.Platform;
  readonly timeoutMs?: number;
}

const timeoutMs = 10_000;
const outputLimitBytes = 8 * 1024 * 1024;
/** Set for the child alone: the editor's own binary is Node when it is told so, and rc files may look at the other one. */
const ours = ['ELECTRON_RUN_AS_NODE', 'ELECTRON_NO_ATTACH_CONSOLE', 'VSCODE_RESOLVING_ENVIRONMENT'];

/**
 * The environment of the person's login shell. An editor that was started from a dock or by a service has another PATH than the
 * person's terminal, and credential programs are found in that one. The shell is started once, when it is first asked for; when it
 * does not answer, the log says why and the process's own environment counts.
 */
export class ShellEnvironment {
  readonly #options: ShellEnvironmentOptions;
  #resolved: Promise<ProcessEnvironment> | undefined;

  constructor(options: ShellEnvironmentOptions) {
    this.#options = options;
  }

  /** Never fails. On Windows there is one environment for all, so that one is given. */
  get(): Promise<ProcessEnvironment> {
    const { isTrusted, environment = process.env, platform = process.platform, logger } = this.#options;
    if (platform === 'win32' || !isTrusted()) return Promise.resolve(environment);
    this.#resolved ??= this.#resolve(environment).catch((error: unknown) => {
      logger.warn(`The login shell's environment could not be read: ${error instanceof Error ? error.message : String(error)}`);
      return environment;
    });
    return this.#resolved;
  }

  async #resolve(environment: ProcessEnvironment): Promise<ProcessEnvironment> {
    const shell = environment['SHELL'] || userInfo().shell || '';
    if (shell === '') throw new Error('there is no SHELL');
    const mark = randomBytes(16).toString('hex');
    const program = `'${process.execPath.replaceAll("'", `'\\''`)}'`;
    const script = `"${mark}" + JSON.stringify(process.env) + "${mark}"`;
    const name = basename(shell);
    const powerShell = /^(?:pwsh|powershell)/.test(name);
    const args = powerShell
      ? ['-Login', '-Command', `& ${program} -p '${script}'`]
      : // csh takes -l as its only flag, so it is an interactive one here.
        [/^t?csh$/.test(name) ? '-ic' : '-ilc', `${program} -p '${script}'`];
    const text = await this.#run(shell, args, { ...environment, ...Object.fromEntries(ours.map((variable) => [variable, '1'])) }, mark);
    const found = environmentIn(text, shell);
    for (const variable of ours) {
      const before = environment[variable];
      if (before === undefined) delete found[variable];
      else found[variable] = before;
    }
    return found;
  }

  #run(shell: string, args: readonly string[], environment: ProcessEnvironment, mark: string): Promise<string> {
    const { clock } = this.#options;
    return new Promise((resolve, reject) => {
      // A session of its own: an interactive shell would otherwise take the terminal that a command line was started in.
      const child = spawn(shell, [...args], { env: { ...environment }, stdio: ['ignore', 'pipe', 'ignore'], detached: true });
      const chunks: Buffer[] = [];
      let length = 0;
      let settled = false;
      const settle = (): boolean => {
        if (settled) return false;
        settled = true;
        late.dispose();
        child.stdout.destroy();
        return true;
      };
      const fail = (error: Error): void => {
        if (!settle()) return;
        try {
          if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
        } catch {
          // It has ended by itself meanwhile.
        }
        reject(error);
      };
      const told = (): string | undefined => Buffer.concat(chunks).toString('utf8').split(mark)[1];
      const limitMs = this.#options.timeoutMs ?? timeoutMs;
      const late = clock.after(limitMs, () => fail(new Error(`${shell} did not answer in ${limitMs / 1_000} s`)));
      child.once('error', fail);
      child.stdout.on('data', (chunk: Buffer) => {
        length += chunk.length;
        chunks.push(chunk);
        if (length > outputLimitBytes) fail(new Error(`${shell} wrote more than ${outputLimitBytes} bytes`));
        // The pipe may stay open for as long as something lives that the person's files started in the background.
        const text = chunk.toString('latin1').trimEnd().endsWith(mark) ? told() : undefined;
        if (text !== undefined && text !== '' && settle()) resolve(text);
      });
      child.once('close', (code) => {
        const text = told();
        if (text === undefined) fail(new Error(`${shell} ended with ${code ?? 'a signal'} and told nothing`));
        else if (settle()) resolve(text);
      });
    });
  }
}

/** Its variables may be secret, and a parser quotes what it could not read: the message says no more than that. */
function environmentIn(text: string, shell: string): Record<string, string> {
  try {
    return JSON.parse(text) as Record<string, string>;
  } catch {
    throw new Error(`what ${shell} wrote between its marks is no JSON`);
  }
}
