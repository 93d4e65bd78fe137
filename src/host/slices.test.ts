import { expect, test, vi } from 'vitest';
import { inSlices, sliceMs } from './slices';

const unexpected = (error: unknown): void => expect.unreachable(String(error));

function* busy(steps: number, stepMs: number): Generator<void, string> {
  for (let step = 0; step < steps; step += 1) {
    const until = performance.now() + stepMs;
    while (performance.now() < until);
    yield;
  }
  return 'done';
}

test('short work is done at once', () => {
  const done = vi.fn<(result: string) => void>();
  inSlices(busy(3, 0.1), done, unexpected);
  expect(done).toHaveBeenCalledWith('done');
});

test('long work lets others take their turn, and ends with its result', async () => {
  let turns = 0;
  const counting = setInterval(() => (turns += 1), 1);
  expect(await new Promise((resolve, reject) => void inSlices(busy(80, 2), resolve, reject))).toBe('done');
  clearInterval(counting);
  expect(turns).toBeGreaterThanOrEqual(3);
  expect(sliceMs).toBeLessThan(50);
});

test('work that is given up says no more, and work that fails says why', async () => {
  const done = vi.fn<(result: string) => void>();
  const work = busy(1000, 1);
  inSlices(work, done, unexpected).dispose();
  await new Promise((resolve) => setImmediate(resolve));
  expect(done).not.toHaveBeenCalled();
  const failed = vi.fn<(error: unknown) => void>();
  inSlices(
    (function* (): Generator<void, string> {
      yield;
      throw new Error('no more');
    })(),
    done,
    failed,
  );
  expect(failed).toHaveBeenCalledWith(new Error('no more'));
});
