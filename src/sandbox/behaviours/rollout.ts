// The arithmetic of a rolling update, apart from the objects.

/** A count or a percentage of `total`; percentages of surge round up, those of unavailability down. */
export function resolved(value: number | string | undefined, total: number, roundUp: boolean): number {
  if (value === undefined) return 0;
  if (typeof value === 'number') return value;
  const share = (Number(value.replace('%', '')) * total) / 100;
  return roundUp ? Math.ceil(share) : Math.floor(share);
}

export interface Bounds {
  surge: number;
  unavailable: number;
}

/** Both zero would stop the rollout for good, so then one may be unavailable. */
export function boundsOf(strategy: { maxSurge?: number | string; maxUnavailable?: number | string } | undefined, replicas: number): Bounds {
  const surge = resolved(strategy?.maxSurge, replicas, true);
  const unavailable = Math.min(replicas, resolved(strategy?.maxUnavailable, replicas, false));
  return surge === 0 && unavailable === 0 ? { surge, unavailable: 1 } : { surge, unavailable };
}

/** How many replicas the new set may have now. `all` counts the pods of every set, as wanted. */
export function newReplicas(wanted: number, current: number, all: number, surge: number): number {
  if (current >= wanted) return wanted;
  const room = wanted + surge - all;
  return room <= 0 ? current : Math.min(wanted, current + room);
}

export interface SetCounts {
  wanted: number;
  available: number;
}

/**
 * To how many replicas each old set goes down now, oldest first: first those that do not work anyway, then working ones as
 * long as enough stay available.
 */
export function oldReplicas(wanted: number, old: readonly SetCounts[], fresh: SetCounts, unavailable: number): number[] {
  const after = old.map((one) => one.wanted);
  const all = fresh.wanted + after.reduce((sum, count) => sum + count, 0);
  const freshMissing = fresh.wanted - fresh.available;
  let removable = all - (wanted - unavailable) - freshMissing;
  if (removable <= 0) return after;
  for (const [index, one] of old.entries()) {
    const broken = Math.max(0, one.wanted - one.available);
    const cut = Math.min(removable, broken);
    after[index] = one.wanted - cut;
    removable -= cut;
  }
  let spare = fresh.available + old.reduce((sum, one) => sum + one.available, 0) - (wanted - unavailable);
  for (const [index, count] of after.entries()) {
    if (spare <= 0) break;
    const cut = Math.min(spare, count);
    after[index] = count - cut;
    spare -= cut;
  }
  return after;
}
