import type { Disposable } from '../shared/disposables';

/** How long the extension host is kept at a time, in milliseconds: short enough that nobody who types or scrolls sees it. */
export const sliceMs = 15;

/**
 * Does work in slices, and lets everything else that waits take its turn between two of them. The first slice is done at
 * once: short work is done when this returns. Disposing gives the work up; neither `done` nor `failed` is called then.
 */
export function inSlices<T>(steps: Generator<void, T>, done: (result: T) => void, failed: (error: unknown) => void): Disposable {
  let isGivenUp = false;
  const slice = (): void => {
    if (isGivenUp) return;
    const until = performance.now() + sliceMs;
    let step: IteratorResult<void, T>;
    try {
      do step = steps.next();
      while (step.done !== true && performance.now() < until);
    } catch (error) {
      failed(error);
      return;
    }
    if (step.done === true) done(step.value);
    else setImmediate(slice);
  };
  slice();
  return {
    dispose: () => {
      isGivenUp = true;
    },
  };
}
