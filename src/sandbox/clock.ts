// Every timer and every "now" of the sandbox goes through a clock, so that tests run in virtual time.

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Runs `task` once after `delayMs`; returns what cancels it. */
  after(delayMs: number, task: () => void): () => void;
}

/** The machine's clock. Its timers do not keep the process alive. */
export function systemClock(): Clock {
  return {
    now: () => Date.now(),
    after: (delayMs, task) => {
      const timer = setTimeout(task, delayMs);
      timer.unref();
      return () => {
        clearTimeout(timer);
      };
    },
  };
}

/** The same clock, whose tasks tell their failures to `fault` instead of ending the process. */
export function guardedClock(clock: Clock, fault: (error: unknown) => void): Clock {
  return {
    now: () => clock.now(),
    after: (delayMs, task) =>
      clock.after(delayMs, () => {
        try {
          task();
        } catch (error) {
          fault(error);
        }
      }),
  };
}

interface Due {
  atMs: number;
  order: number;
  task: () => void;
}

/** A clock that stands still until it is told to go on. Timers run in the order of their due times, ties in the order they were set. */
export class VirtualClock implements Clock {
  #nowMs: number;
  #order = 0;
  #due: Due[] = [];

  constructor(startMs: number = Date.UTC(2026, 0, 1)) {
    this.#nowMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  after(delayMs: number, task: () => void): () => void {
    const due: Due = { atMs: this.#nowMs + Math.max(0, delayMs), order: this.#order++, task };
    this.#due.push(due);
    return () => {
      this.#due = this.#due.filter((other) => other !== due);
    };
  }

  /** Moves time forward and runs what becomes due on the way, also what these tasks set up themselves. */
  advance(byMs: number): void {
    const untilMs = this.#nowMs + byMs;
    for (;;) {
      let next: Due | undefined;
      for (const due of this.#due) {
        if (due.atMs > untilMs) continue;
        if (next === undefined || due.atMs < next.atMs || (due.atMs === next.atMs && due.order < next.order)) next = due;
      }
      if (next === undefined) break;
      const running = next;
      this.#due = this.#due.filter((other) => other !== running);
      this.#nowMs = Math.max(this.#nowMs, running.atMs);
      running.task();
    }
    this.#nowMs = untilMs;
  }

  /** How many timers wait; a closed server leaves none. */
  get waiting(): number {
    return this.#due.length;
  }
}

/** RFC 3339 with seconds, the way Kubernetes writes metav1.Time. */
export function timestampOf(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** RFC 3339 with microseconds, the way Kubernetes writes metav1.MicroTime. */
export function microTimestampOf(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 23)}000Z`;
}
