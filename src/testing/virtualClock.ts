import type { Clock } from '../engine/ports';
import type { Disposable } from '../shared/disposables';
import { disposable } from '../shared/disposables';

interface Timer {
  readonly atMs: number;
  readonly order: number;
  readonly callback: () => void;
}

/** The Clock port standing still until it is told to go on. Timers run in the order of their times, ties as they were set. */
export class VirtualClock implements Clock {
  #nowMs: number;
  #order = 0;
  readonly #timers = new Set<Timer>();

  constructor(startMs: number = Date.UTC(2026, 2, 1, 12)) {
    this.#nowMs = startMs;
  }

  get waiting(): number {
    return this.#timers.size;
  }

  now(): number {
    return this.#nowMs;
  }

  after(delayMs: number, callback: () => void): Disposable {
    const timer: Timer = { atMs: this.#nowMs + Math.max(0, delayMs), order: this.#order++, callback };
    this.#timers.add(timer);
    return disposable(() => this.#timers.delete(timer));
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(signal.reason as Error);
      const abort = (): void => {
        timer.dispose();
        reject(signal?.reason as Error);
      };
      const timer = this.after(delayMs, () => {
        signal?.removeEventListener('abort', abort);
        resolve();
      });
      signal?.addEventListener('abort', abort, { once: true });
    });
  }

  /** Moves time on and runs what becomes due, with a pause after each for the promises that it settles. */
  async advance(byMs: number): Promise<void> {
    const untilMs = this.#nowMs + byMs;
    await settle();
    for (let next = this.#due(untilMs); next !== undefined; next = this.#due(untilMs)) {
      this.#run(next);
      await settle();
    }
    this.#nowMs = untilMs;
  }

  /** The same for what waits for timers alone and for no promise: it has all happened when this returns. */
  tick(byMs: number): void {
    const untilMs = this.#nowMs + byMs;
    for (let next = this.#due(untilMs); next !== undefined; next = this.#due(untilMs)) this.#run(next);
    this.#nowMs = untilMs;
  }

  #due(untilMs: number): Timer | undefined {
    return [...this.#timers].filter((timer) => timer.atMs <= untilMs).sort((a, b) => a.atMs - b.atMs || a.order - b.order)[0];
  }

  #run(timer: Timer): void {
    this.#timers.delete(timer);
    this.#nowMs = Math.max(this.#nowMs, timer.atMs);
    timer.callback();
  }
}

/** Lets promises that are ready run on, as far as they get without a timer. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve));
}
