import { describe, expect, test } from 'vitest';
import { settle, VirtualClock } from '../testing/virtualClock';
import type { ClusterFailure } from './ports';
import { ClusterError } from './ports';
import { isBusy, isTransient, repeated, retryDelayMs, retryRuleOf } from './retry';

const failed = (kind: ClusterFailure['kind'], more: Partial<ClusterFailure> = {}): ClusterFailure => ({
  kind,
  code: 0,
  reason: '',
  message: kind,
  causes: [],
  conflicts: [],
  uncertain: false,
  ...more,
});
const node = (retry: object) => ({ id: 'web', type: 'deployment', data: { options: { retry } } }) as Parameters<typeof retryRuleOf>[0];

describe('trying again', () => {
  test('waits 1, 2, 4, 8 s by default, or as the node says', () => {
    const standard = retryRuleOf(undefined);
    expect([1, 2, 3, 4].map((attempt) => retryDelayMs(standard, attempt, failed('unreachable')))).toEqual([1000, 2000, 4000, 8000]);
    const linear = retryRuleOf(node({ max: 3, backoff: 'linear', ms: 200 }));
    expect(linear.max).toBe(3);
    expect([1, 2, 3].map((attempt) => retryDelayMs(linear, attempt, failed('unreachable')))).toEqual([200, 400, 600]);
    expect(retryRuleOf(node({ max: 0 })).max).toBe(1);
  });

  test('waits at least as long as the server asks and never more than a day', () => {
    const rule = retryRuleOf(undefined);
    expect(retryDelayMs(rule, 1, failed('too-many-requests', { retryAfterMs: 5000 }))).toBe(5000);
    expect(retryDelayMs(rule, 60, failed('unreachable'))).toBe(24 * 60 * 60 * 1000);
  });

  test('is for what may pass: busy servers and lost connections, not refusals', () => {
    for (const kind of ['unreachable', 'timeout', 'too-many-requests', 'unavailable', 'protocol'] as const)
      expect(isTransient(new ClusterError(failed(kind)))).toBe(true);
    for (const kind of ['forbidden', 'unauthorized', 'conflict', 'invalid', 'not-found', 'aborted'] as const)
      expect(isTransient(new ClusterError(failed(kind)))).toBe(false);
    expect(isTransient(new ClusterError(failed('other', { code: 500 })))).toBe(true);
    expect(isTransient(new ClusterError(failed('other', { code: 418 })))).toBe(false);
    expect(isBusy(new ClusterError(failed('unreachable')))).toBe(false);
    expect(isTransient(new Error('a bug'))).toBe(false);
  });

  test('ends with the first success, or with the fourth failure', async () => {
    const clock = new VirtualClock();
    let asked = 0;
    const busy = (until: number) => (): Promise<string> =>
      ++asked < until ? Promise.reject(new ClusterError(failed('unavailable'))) : Promise.resolve('done');
    const good = repeated(busy(3), isBusy, clock, undefined);
    await clock.advance(3000);
    expect(await good).toBe('done');
    asked = 0;
    const bad = repeated(busy(9), isBusy, clock, undefined);
    // Heard at once, so that the failure during the wait below is never an unhandled one.
    const outcome = bad.catch((error: unknown) => error);
    await clock.advance(60_000);
    expect(String(await outcome)).toContain('unavailable');
    expect(asked).toBe(4);
  });

  test('gives way to a cancel at once', async () => {
    const clock = new VirtualClock();
    const cancel = new AbortController();
    const waiting = repeated(() => Promise.reject(new ClusterError(failed('unavailable'))), isBusy, clock, cancel.signal);
    const outcome = waiting.catch((error: unknown) => error);
    await settle();
    cancel.abort(new Error('enough'));
    expect(String(await outcome)).toContain('enough');
    expect(clock.waiting).toBe(0);
  });
});
