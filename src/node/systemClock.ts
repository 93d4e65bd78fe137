import type { Clock } from '../engine/ports';
import { disposable } from '../shared/disposables';

/** The Clock port on the machine's time. */
export function systemClock(): Clock {
  return {
    now: () => Date.now(),
    after(delayMs, callback) {
      const timer = setTimeout(callback, delayMs);
      return disposable(() => {
        clearTimeout(timer);
      });
    },
    sleep: (delayMs, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted === true) {
          reject(reasonOf(signal));
          return;
        }
        const abort = (): void => {
          clearTimeout(timer);
          reject(reasonOf(signal));
        };
        const timer = setTimeout(() => {
          signal?.removeEventListener('abort', abort);
          resolve();
        }, delayMs);
        signal?.addEventListener('abort', abort, { once: true });
      }),
  };
}

function reasonOf(signal: { readonly reason: unknown } | undefined): Error {
  const reason = signal?.reason;
  return reason instanceof Error ? reason : new Error('aborted');
}
