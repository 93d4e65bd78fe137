/** Work that can be stopped between any two of its steps, each of a few milliseconds. It has no effect outside of what it returns. */
export type Steps<T> = Generator<void, T>;

/** Does all of it at once. */
export function finished<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
