import type { Condition } from '../objectTypes';

export function conditionOf(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
  return conditions?.find((one) => one.type === type);
}

/**
 * The conditions with one of them set. The transition time moves only with the status, the update time with the reason or
 * message too, where the kind keeps one.
 */
export function withCondition(conditions: readonly Condition[] | undefined, next: Condition, now: string, keepsUpdateTime = false): Condition[] {
  const before = conditionOf(conditions, next.type);
  const sameStatus = before?.status === next.status;
  const same = sameStatus && before.reason === next.reason && before.message === next.message;
  const made: Condition = { ...next, lastTransitionTime: sameStatus ? (before.lastTransitionTime ?? now) : now };
  if (keepsUpdateTime) made.lastUpdateTime = same ? (before.lastUpdateTime ?? now) : now;
  const all = conditions ?? [];
  return before === undefined ? [...all, made] : all.map((one) => (one.type === next.type ? made : one));
}

export function withoutCondition(conditions: readonly Condition[] | undefined, type: string): Condition[] {
  return (conditions ?? []).filter((one) => one.type !== type);
}
