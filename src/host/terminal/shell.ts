import type { ExecExit } from '../../engine/ports';

/**
 * The shell asked for, else bash where the image has it, else sh. The choice is made inside the container, so that one
 * exec is enough whatever the image holds.
 */
export function shellCommand(shell: string): readonly string[] {
  if (shell !== '') return [shell];
  return ['/bin/sh', '-c', 'if command -v bash >/dev/null 2>&1; then exec bash; else exec sh; fi'];
}

/**
 * Whether the command never ran because the image has no such program. Runtimes say it in two ways: without an exit code and
 * with the reason in words, or as a shell would (126, 127), where a shell that did run would have written something first.
 */
export function isMissingShell(exit: ExecExit, sawOutput: boolean): boolean {
  if (!exit.clean) return false;
  if (exit.exitCode === 126 || exit.exitCode === 127) return !sawOutput;
  return exit.exitCode === undefined && /executable file not found|no such file or directory|permission denied|not found in/i.test(exit.message);
}

/** Whether a signal ended the shell, as when its container is stopped: 128 and the signal's number. */
export function wasKilled(exit: ExecExit): boolean {
  return exit.exitCode !== undefined && [129, 137, 143].includes(exit.exitCode);
}
