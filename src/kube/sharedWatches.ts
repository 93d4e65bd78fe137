import type { KindRef, WatchEvent } from '../engine/ports';
import type { Disposable } from '../shared/disposables';
import { disposable } from '../shared/disposables';
import type { WatchParts, WatchQuery } from './reflector';
import { Reflector } from './reflector';

/** One reflector for each kind, namespace and selectors, however many listen; it ends with its last listener. */
export class SharedWatches implements Disposable {
  readonly #parts: WatchParts;
  readonly #reflectors = new Map<string, Reflector>();
  #disposed = false;

  constructor(parts: WatchParts) {
    this.#parts = parts;
  }

  get count(): number {
    return this.#reflectors.size;
  }

  watch(kind: KindRef, query: WatchQuery, onEvent: (event: WatchEvent) => void): Disposable {
    if (this.#disposed) return disposable(() => undefined);
    const key = JSON.stringify([kind.apiVersion, kind.kind, query.namespace ?? '', query.labelSelector ?? '', query.fieldSelector ?? '']);
    let reflector = this.#reflectors.get(key);
    if (reflector === undefined) {
      reflector = new Reflector(this.#parts, kind, query);
      this.#reflectors.set(key, reflector);
      reflector.start();
    }
    const shared = reflector;
    const subscription = shared.subscribe(onEvent);
    return disposable(() => {
      subscription.dispose();
      if (shared.subscribers > 0) return;
      // A reflector has one life: whoever comes next gets a new one, so that nothing of a stopped one can come back.
      shared.dispose();
      if (this.#reflectors.get(key) === shared) this.#reflectors.delete(key);
    });
  }

  /** Those that wait for their next attempt make it now. */
  retryNow(): void {
    for (const reflector of this.#reflectors.values()) reflector.retryNow();
  }

  dispose(): void {
    this.#disposed = true;
    for (const reflector of this.#reflectors.values()) reflector.dispose();
    this.#reflectors.clear();
  }
}
