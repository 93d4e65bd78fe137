import type { Disposable } from './disposables';
import { disposable } from './disposables';

export type Listener<T> = (value: T) => void;

/** Listeners called in order of subscription. One that throws does not keep the others from hearing. */
export class Emitter<T> implements Disposable {
  readonly #listeners = new Set<Listener<T>>();
  readonly #onError: (error: unknown) => void;

  /** `onError` hears what a listener throws; it must not throw itself. */
  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  get size(): number {
    return this.#listeners.size;
  }

  readonly on = (listener: Listener<T>): Disposable => {
    // A wrapper of its own, so that the same function may subscribe twice.
    const own: Listener<T> = (value) => listener(value);
    this.#listeners.add(own);
    return disposable(() => this.#listeners.delete(own));
  };

  emit(value: T): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(value);
      } catch (error) {
        this.#onError(error);
      }
    }
  }

  dispose(): void {
    this.#listeners.clear();
  }
}
