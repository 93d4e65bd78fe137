import { spawn } from 'node:child_process';
import type { Clock } from '../engine/ports';
import { cleanLine, redactText } from './clean';

export interface ProgramRun {
  readonly path: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** A program that waits for a person who cannot see it must not hold every request forever. */
export const programTimeoutMs = 60_000;
/** Far above two certificates and a token. */
const outputLimitBytes = 1024 * 1024;
const complaintLimitBytes = 16 * 1024;

/**
 * Runs a program without a shell and without input, and gives what it wrote to its standard output. Its error output is for
 * the message of its failure only, redacted.
 * @throws Error in one clean line
 */
export function runProgram({ path, args, environment, clock, signal }: ProgramRun): Promise<string> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(new Error('cancelled'));
      return;
    }
    // A group of its own, so that what it starts ends with it. Windows has no such groups.
    const detached = process.platform !== 'win32';
    const child = spawn(path, [...args], { env: environment, stdio: ['ignore', 'pipe', 'pipe'], shell: false, windowsHide: true, detached });
    const output: Buffer[] = [];
    const complaint: Buffer[] = [];
    let outputBytes = 0;
    let complaintBytes = 0;
    let stopped: string | undefined;
    const stop = (why: string): void => {
      stopped ??= why;
      // Those who inherited the pipes must not keep us waiting either.
      child.stdout.destroy();
      child.stderr.destroy();
      try {
        if (detached && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
        else child.kill('SIGKILL');
      } catch {
        // It has ended by itself meanwhile.
      }
    };
    const late = clock.after(programTimeoutMs, () => stop(`no credentials after ${programTimeoutMs / 1_000} s`));
    const onAbort = (): void => stop('cancelled');
    signal.addEventListener('abort', onAbort, { once: true });
    child.stdout.on('data', (chunk: Buffer) => {
      outputBytes += chunk.length;
      if (outputBytes > outputLimitBytes) stop(`it wrote more than ${outputLimitBytes} bytes`);
      else output.push(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      complaintBytes += chunk.length;
      if (complaintBytes <= complaintLimitBytes) complaint.push(chunk);
    });
    const settle = (): void => {
      late.dispose();
      signal.removeEventListener('abort', onAbort);
    };
    child.once('error', (error) => {
      settle();
      const code = 'code' in error ? String(error.code) : '';
      reject(new Error(code === 'ENOENT' ? 'it could not be started (its interpreter may be missing)' : `it could not be started (${code})`));
    });
    child.once('close', (code, killedBy) => {
      settle();
      if (stopped !== undefined) reject(new Error(stopped));
      else if (code === 0) resolve(Buffer.concat(output).toString('utf8'));
      else {
        const said = cleanLine(redactText(Buffer.concat(complaint).toString('utf8').trim(), secretValues(environment)), 1_024);
        reject(new Error(`${code === null ? `it was ended by ${killedBy ?? 'a signal'}` : `exit code ${code}`}${said === '' ? '' : `: ${said}`}`));
      }
    });
  });
}

/** Values that must not be shown when the program repeats them; short ones are words rather than secrets. */
function secretValues(environment: Readonly<Record<string, string>>): string[] {
  return Object.entries(environment)
    .filter(([name, value]) => value.length >= 8 && /TOKEN|SECRET|PASS|KEY|CREDENTIAL/i.test(name))
    .map(([, value]) => value);
}
