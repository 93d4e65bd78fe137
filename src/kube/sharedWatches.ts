import type { KubeObject, ObjectRef } from '../shared/kubeObject';
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
    const key = keyFor(kind, query);
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

  /** What a watch that goes on with exactly this query has, while that is as good as a list. */
  held(kind: KindRef, query: WatchQuery): readonly KubeObject[] | undefined {
    return this.#reflectors.get(keyFor(kind, query))?.held();
  }

  /** This client wrote an object: the copies that will be told of it are behind until they are. */
  wrote(object: KubeObject, isAnswered: boolean): void {
    for (const { reflector, query } of this.#of(object)) if (reflector.holds(object) || maySelect(query, object)) reflector.wrote(object, isAnswered);
  }

  deleted(ref: ObjectRef): void {
    const object = { ...ref, metadata: { name: ref.name, ...(ref.namespace === '' ? {} : { namespace: ref.namespace }) } };
    for (const { reflector } of this.#of(object)) reflector.deleted(object);
  }

  #of({ apiVersion, kind, metadata }: KubeObject): readonly { readonly reflector: Reflector; readonly query: WatchQuery }[] {
    return [...this.#reflectors.values()].flatMap((reflector) => {
      const { kind: watched, query } = reflector;
      const isThere = query.namespace === undefined || query.namespace === '' || query.namespace === metadata.namespace;
      return watched.apiVersion === apiVersion && watched.kind === kind && isThere ? [{ reflector, query }] : [];
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

function keyFor(kind: KindRef, query: WatchQuery): string {
  return JSON.stringify([kind.apiVersion, kind.kind, query.namespace ?? '', query.labelSelector ?? '', query.fieldSelector ?? '']);
}

/** Only `label=value` is judged here; whatever is more than that may select anything. */
function maySelect({ labelSelector = '' }: WatchQuery, { metadata }: KubeObject): boolean {
  const [, label, value] = /^([^=!,() ]+)=([^=!,() ]*)$/.exec(labelSelector) ?? [];
  return label === undefined || metadata.labels === undefined || metadata.labels[label] === value;
}
