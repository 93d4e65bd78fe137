import fc from 'fast-check';
import { expect, test } from 'vitest';
import { liveOneLife, liveSteps } from '../../testing/liveModel';

test('a live graph says of every node, after every change, what judging everything anew says', () => {
  fc.assert(
    fc.property(liveSteps, (steps) => {
      liveOneLife(steps, (told, expected) => expect(told).toEqual(expected));
    }),
    { numRuns: 80 },
  );
});
