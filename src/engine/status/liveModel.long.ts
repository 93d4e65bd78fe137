import fc from 'fast-check';
import { expect, test } from 'vitest';
import { liveOneLife, liveSteps } from '../../testing/liveModel';

// `OPERATIONS=100000 npm run test:long -- liveModel`: random lives until so many operations have been compared.
const wanted = Number(process.env['OPERATIONS'] ?? 100_000);

test(`a live graph says what judging everything anew says, after each of ${String(wanted)} operations`, () => {
  const seed = Number(process.env['KUBEORCH_SEED'] ?? Date.now() % 2_147_483_647);
  const done = { operations: 0 };
  for (let batch = 0; done.operations < wanted; batch += 1) {
    fc.assert(
      fc.property(liveSteps, (steps) => {
        done.operations += steps.length;
        liveOneLife(steps, (told, expected) => expect(told).toEqual(expected));
      }),
      { numRuns: 200, seed: seed + batch },
    );
  }
  console.log(`liveModel: ${String(done.operations)} operations, no mismatch (seed ${String(seed)})`);
}, 900_000);
