import type { Cluster, KindRef, WatchEvent } from '../engine/ports';
import type { Disposable } from '../shared/disposables';
import { disposable } from '../shared/disposables';
import type { KubeObject } from '../shared/kubeObject';
import { refKey, refOf } from '../shared/kubeObject';

type Query = Parameters<Cluster['watch']>[1];

interface Listener {
  readonly kind: KindRef;
  readonly query: Query;
  readonly tell: (event: WatchEvent) => void;
}

/** Objects with watches that see what their selectors choose, without a server: events come at once and in order. */
export class WatchedObjects implements Pick<Cluster, 'watch'> {
  readonly objects = new Map<string, KubeObject>();
  readonly #listeners = new Set<Listener>();

  watch(kind: KindRef, query: Query, onEvent: (event: WatchEvent) => void): Disposable {
    const listener: Listener = { kind, query, tell: onEvent };
    this.#listeners.add(listener);
    for (const object of this.objects.values()) if (isChosen(listener, object)) onEvent({ type: 'upsert', object });
    onEvent({ type: 'synced' });
    return disposable(() => this.#listeners.delete(listener));
  }

  put(object: KubeObject): void {
    const key = refKey(refOf(object));
    const before = this.objects.get(key);
    this.objects.set(key, object);
    for (const listener of [...this.#listeners]) {
      if (isChosen(listener, object)) listener.tell({ type: 'upsert', object });
      // An object that no longer matches leaves the watch, as the API server tells it.
      else if (before !== undefined && isChosen(listener, before)) listener.tell({ type: 'delete', object });
    }
  }

  remove(key: string): void {
    const object = this.objects.get(key);
    if (object === undefined) return;
    this.objects.delete(key);
    for (const listener of [...this.#listeners]) if (isChosen(listener, object)) listener.tell({ type: 'delete', object });
  }
}

function isChosen({ kind, query }: Listener, object: KubeObject): boolean {
  if (object.kind !== kind.kind || object.apiVersion !== kind.apiVersion) return false;
  if (query.namespace !== undefined && query.namespace !== object.metadata.namespace) return false;
  if (query.fieldSelector?.startsWith('metadata.name=') === true && query.fieldSelector !== `metadata.name=${object.metadata.name}`) return false;
  const [key = '', values] = (query.labelSelector ?? '').split(/ in |=/);
  if (values === undefined) return true;
  const found = object.metadata.labels?.[key];
  return found !== undefined && values.replaceAll(/[()]/g, '').split(',').includes(found);
}
