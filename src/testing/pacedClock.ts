import type { Clock } from '../engine/ports';
import { disposable } from '../shared/disposables';
import type { Disposable } from '../shared/disposables';

/**
 * The Clock port on real timers that run `speed` times as fast, for tests with real sockets: a silence of 150 s is over in
 * 1.5 s at speed 100, and everything that waits keeps its order.
 */
export class PacedClock implements Clock {
  readonly #speed: number;
  readonly #startedAtMs = Date.now();
  readonly #aheadMs: number;
  readonly #timers = new Set<Disposable>();

  /** `aheadMs`: how far it is ahead of the time of day when it starts. */
  constructor(speed = 1, aheadMs = 0) {
    this.#speed = speed;
    this.#aheadMs = aheadMs;
  }

  /** How many timers are set; after everything was disposed it is none. */
  get waiting(): number {
    return this.#timers.size;
  }

  now(): number {
    return this.#startedAtMs + this.#aheadMs + (Date.now() - this.#startedAtMs) * this.#speed;
  }

  after(delayMs: number, callback: () => void): Disposable {
    // Infinity and long delays would overflow into an immediate call.
    const timeout = setTimeout(
      () => {
        this.#timers.delete(timer);
        callback();
      },
      Math.min(delayMs / this.#speed, 0x7fff_ffff),
    );
    const timer = disposable(() => {
      clearTimeout(timeout);
      this.#timers.delete(timer);
    });
    this.#timers.add(timer);
    return timer;
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(signal.reason as Error);
        return;
      }
      const onAbort = (): void => {
        timer.dispose();
        reject(signal?.reason as Error);
      };
      const timer = this.after(delayMs, () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      });
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }
}
