import type { Clock, Cluster, ExecExit, Logger } from '../../engine/ports';
import type { PodPlace } from './terminalSession';

const markName = 'KUBEORCH_TERMINAL';
/** A container that does not answer by then keeps the shell. */
const farewellMs = 3_000;

/**
 * The shell asked for, else bash where the image has it, else sh. The choice is made inside the container, so that one
 * exec is enough whatever the image holds. `mark` goes into the environment of a shell that was chosen here, so that it can
 * be found again to be ended; letters, digits and hyphens only.
 */
export function shellCommand(shell: string, mark: string): readonly string[] {
  if (shell !== '') return [shell];
  return ['/bin/sh', '-c', `export ${markName}=${mark}; if command -v bash >/dev/null 2>&1; then exec bash; else exec sh; fi`];
}

/**
 * Hangs up on what carries the mark, as closing a real terminal would. Kubernetes does not do it: a shell whose connection is
 * closed stays in its container and waits for ever (https://github.com/kubernetes/kubernetes/issues/89031).
 */
export async function hangUp(cluster: Cluster, place: PodPlace, mark: string, clock: Clock, log: Logger): Promise<void> {
  const find = `grep -q ${markName}=${mark} "$p/environ" 2>/dev/null`;
  const script = `for p in /proc/[0-9]*; do if ${find}; then kill -HUP "\${p#/proc/}"; fi; done`;
  const giveUp = new AbortController();
  const late = clock.after(farewellMs, () => giveUp.abort());
  try {
    const session = await cluster.exec({ ...place, command: ['/bin/sh', '-c', script], tty: false, stdin: false, signal: giveUp.signal });
    await session.exit;
    session.dispose();
  } catch (error) {
    // A pod that is gone has taken its shells with it.
    log.debug(`terminal: ${place.namespace}/${place.pod}: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    late.dispose();
  }
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
