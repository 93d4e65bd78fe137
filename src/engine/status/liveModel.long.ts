import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { liveOneLife, liveSteps } from '../../testing/liveModel';

// `OPERATIONS=100000 npm run test:long -- liveModel`: random lives until so many operations have been compared, or LIMIT_S seconds are over.
const wanted = Number(process.env['OPERATIONS'] ?? 100_000);
const limitMs = Number(process.env['LIMIT_S'] ?? 900) * 1_000;

test(
  `a live graph says what judging everything anew says, after each of ${String(wanted)} operations`,
  async () => {
    const seed = Number(process.env['KUBEORCH_SEED'] ?? Date.now() % 2_147_483_647);
    const endMs = performance.now() + limitMs;
    const done = { operations: 0 };
    for (let batch = 0; done.operations < wanted && performance.now() < endMs; batch += 1) {
      fc.assert(
        fc.property(liveSteps, (steps) => {
          liveOneLife(steps, (told, expected) => expect(told).toEqual(expected));
          done.operations += steps.length;
        }),
        { numRuns: 20, seed: seed + batch },
      );
      // The runner learns that this test is alive, and may end it.
      await setImmediate();
    }
    console.log(`liveModel: ${String(done.operations)} operations, no mismatch (seed ${String(seed)})`);
    expect(done.operations, `operations compared within ${String(limitMs / 1_000)} s, without a mismatch`).toBeGreaterThanOrEqual(wanted);
  },
  limitMs + 60_000,
);
