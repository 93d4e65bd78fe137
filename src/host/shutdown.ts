import type { Clock, Logger } from '../engine/ports';

export interface ShutdownStep {
  /** In words, for the log. */
  readonly name: string;
  readonly run: () => void | Promise<void>;
}

/**
 * Ends the parts of the extension in the order given, each after the one before has ended. One that fails does not keep the
 * others from ending. VS Code waits a few seconds and then ends the process: when `limitMs` is over, what is left is still
 * asked to end, in the same order, but no longer waited for.
 */
export async function shutDown(
  steps: readonly ShutdownStep[],
  parts: { readonly clock: Clock; readonly log: Logger; readonly limitMs: number },
): Promise<void> {
  const { clock, log, limitMs } = parts;
  const over = Symbol('over');
  const timer = new AbortController();
  const limit = clock.sleep(limitMs, timer.signal).then(
    () => over,
    () => undefined,
  );
  for (const { name, run } of steps) {
    const ending = (async (): Promise<void> => run())().catch((error: unknown) => log.error(`${name}: could not be ended in order.`, error));
    if ((await Promise.race([ending, limit])) === over) log.warn(`${name}: took longer than ${String(limitMs)} ms, counted from the beginning of the end.`);
  }
  timer.abort();
}
