import type { Clock } from '../engine/ports';
import { nodeProcesses } from '../node/nodeProcesses';
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

/**
 * Runs a program without a shell and without input, and gives what it wrote to its standard output. Its error output is for
 * the message of its failure only, redacted.
 * @throws Error in one clean line
 */
export async function runProgram({ path, args, environment, clock, signal }: ProgramRun): Promise<string> {
  let end;
  try {
    end = await nodeProcesses(clock).run(path, args, { env: environment, timeoutMs: programTimeoutMs, outputLimitBytes, signal });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    throw new Error(code === 'ENOENT' ? 'it could not be started (its interpreter may be missing)' : `it could not be started (${code})`, { cause: error });
  }
  const { exitCode, stopped, stdout, stderr } = end;
  if (stopped === 'timeout') throw new Error(`no credentials after ${programTimeoutMs / 1_000} s`);
  if (stopped === 'output') throw new Error(`it wrote more than ${outputLimitBytes} bytes`);
  if (stopped !== undefined) throw new Error(stopped);
  if (exitCode === 0) return stdout;
  const said = cleanLine(redactText(stderr.trim(), secretValues(environment)), 1_024);
  throw new Error(`${exitCode === undefined ? 'it was ended by a signal' : `exit code ${exitCode}`}${said === '' ? '' : `: ${said}`}`);
}

/** Values that must not be shown when the program repeats them; short ones are words rather than secrets. */
function secretValues(environment: Readonly<Record<string, string>>): string[] {
  return Object.entries(environment)
    .filter(([name, value]) => value.length >= 8 && /TOKEN|SECRET|PASS|KEY|CREDENTIAL/i.test(name))
    .map(([, value]) => value);
}
