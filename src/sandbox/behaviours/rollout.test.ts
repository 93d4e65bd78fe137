import fc from 'fast-check';
import { expect, test } from 'vitest';
import { boundsOf, newReplicas, oldReplicas, resolved } from './rollout';

test('percentages of surge round up and those of unavailability down', () => {
  expect(resolved('25%', 3, true)).toBe(1);
  expect(resolved('25%', 3, false)).toBe(0);
  expect(boundsOf({ maxSurge: 0, maxUnavailable: '10%' }, 3)).toEqual({ surge: 0, unavailable: 1 });
});

test('a step of a rollout never promises more pods than wanted plus surge, nor removes available ones below the bound', () => {
  const counts = fc.record({ wanted: fc.nat(8), available: fc.nat(8) }).map(({ wanted, available }) => ({ wanted, available: Math.min(wanted, available) }));
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10 }), fc.array(counts, { maxLength: 3 }), counts, fc.nat(4), fc.nat(4), (wanted, old, fresh, surge, unavailable) => {
      const oldWanted = old.reduce((sum, one) => sum + one.wanted, 0);
      const next = newReplicas(wanted, Math.min(fresh.wanted, wanted), oldWanted + fresh.wanted, surge);
      expect(next).toBeLessThanOrEqual(Math.max(wanted, fresh.wanted));
      if (next > fresh.wanted) expect(next + oldWanted).toBeLessThanOrEqual(wanted + surge);
      const after = oldReplicas(wanted, old, fresh, unavailable);
      const availableBefore = fresh.available + old.reduce((sum, one) => sum + one.available, 0);
      const availableAfter = fresh.available + old.reduce((sum, one, index) => sum + Math.min(one.available, after[index] ?? 0), 0);
      expect(after.every((count, index) => count >= 0 && count <= (old[index]?.wanted ?? 0))).toBe(true);
      expect(availableAfter).toBeGreaterThanOrEqual(Math.min(availableBefore, wanted - unavailable));
    }),
    { numRuns: 1_000 },
  );
});
