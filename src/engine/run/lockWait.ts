import { failure } from '../../shared/problem';
import type { RunLock } from '../inventory';
import { readInventory } from '../inventory';
import type { Clock, Cluster } from '../ports';
import { isTransient, repeated } from '../retry';

/** How often the lock is looked at, in milliseconds. */
const lookMs = 1000;

/**
 * Resolves when no run holds the lock of this workflow on this target, at once when none does. A lock that has run out is none. Throws
 * `run.locked` when it is still held at `untilMs` (milliseconds since the epoch). `onWait` is called once for each run that is waited for.
 * A plan is made after this, since that run changes what it finds.
 */
export async function waitForLock(options: {
  readonly cluster: Pick<Cluster, 'get'>;
  readonly clock: Clock;
  readonly workflow: string;
  readonly namespace: string;
  readonly untilMs: number;
  readonly onWait: (lock: RunLock) => Promise<void>;
  readonly signal?: AbortSignal;
}): Promise<void> {
  const { cluster, clock, workflow, namespace, untilMs, onWait, signal } = options;
  let told: string | undefined;
  for (;;) {
    const { lock } = await repeated(() => readInventory(cluster, workflow, namespace, signal), isTransient, clock, signal);
    if (lock === undefined || Date.parse(lock.until) <= clock.now()) return;
    const leftMs = untilMs - clock.now();
    if (leftMs <= 0) throw failure('run.locked', { run: lock.runId, by: lock.by ?? 'unknown', until: lock.until });
    if (told !== lock.runId) await onWait(lock);
    told = lock.runId;
    await clock.sleep(Math.min(lookMs, leftMs), signal);
  }
}
