/** Those who wait until something holds. Whoever changes what they look at has them look again. */
export class Waiters {
  readonly #checks = new Set<() => void>();

  /** Resolves as soon as `done` holds, now or when it is looked at again. Rejects with the signal's reason. */
  until(done: () => boolean, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(signal.reason);
      const abort = (): void => {
        this.#checks.delete(check);
        reject(signal?.reason);
      };
      const check = (): void => {
        if (!done()) return;
        this.#checks.delete(check);
        signal?.removeEventListener('abort', abort);
        resolve();
      };
      this.#checks.add(check);
      signal?.addEventListener('abort', abort, { once: true });
      check();
    });
  }

  look(): void {
    for (const check of [...this.#checks]) check();
  }

  /** Nobody is answered any more. */
  clear(): void {
    this.#checks.clear();
  }
}
