import type { JsonObject } from '../../shared/json';
import type { KubeObject } from '../../shared/kubeObject';
import { groupOf, refKey, refOf } from '../../shared/kubeObject';
import type { KindRef } from '../ports';
import { serviceOfSlice } from '../status/objectIndex';
import type { ClusterView, Hidden, Seen } from './clusterView';
import { isPresent, kinds, resourceName } from './clusterView';
import { matchesSelector } from './selectors';

/** Objects by kind and namespace, each once. */
export class ObjectsByPlace {
  readonly #places = new Map<string, Map<string, KubeObject>>();
  readonly #slices = new Map<string, Map<string, KubeObject>>();

  get(kind: KindRef, namespace: string, name: string): KubeObject | undefined {
    return this.#places.get(placeOf(kind, namespace))?.get(refKey({ ...kind, namespace, name }));
  }

  inPlace(kind: KindRef, namespace: string): readonly KubeObject[] {
    return [...(this.#places.get(placeOf(kind, namespace))?.values() ?? [])].toSorted(byName);
  }

  inCluster(kind: KindRef): readonly KubeObject[] {
    const prefix = placeOf(kind, '');
    return [...this.#places].flatMap(([place, objects]) => (place.startsWith(prefix) ? [...objects.values()] : [])).toSorted(byName);
  }

  slicesOf(service: string): readonly KubeObject[] {
    return [...(this.#slices.get(service)?.values() ?? [])].toSorted(byName);
  }

  put(object: KubeObject): void {
    const key = refKey(refOf(object));
    const place = placeOf(object, object.metadata.namespace ?? '');
    const before = this.#places.get(place)?.get(key);
    if (before !== undefined) this.remove(before);
    setIn(this.#places, place, key, object);
    const service = serviceOfSlice(object);
    if (service !== undefined) setIn(this.#slices, service, key, object);
  }

  remove(object: KubeObject): void {
    const key = refKey(refOf(object));
    this.#places.get(placeOf(object, object.metadata.namespace ?? ''))?.delete(key);
    const service = serviceOfSlice(object);
    if (service !== undefined) this.#slices.get(service)?.delete(key);
  }
}

function setIn(maps: Map<string, Map<string, KubeObject>>, name: string, key: string, object: KubeObject): void {
  const map = maps.get(name) ?? new Map<string, KubeObject>();
  maps.set(name, map.set(key, object));
}

function placeOf({ apiVersion, kind }: KindRef, namespace: string): string {
  return `${groupOf(apiVersion)}/${kind}/${namespace}`;
}

function byName(a: KubeObject, b: KubeObject): number {
  const [one, other] = [refKey(refOf(a)), refKey(refOf(b))];
  return one < other ? -1 : one > other ? 1 : 0;
}

/** What of a cluster may be relied on: whether everything of a kind in a namespace, or one object by its name, was told. */
export interface Sight {
  readonly objects: ObjectsByPlace;
  /** Undefined when everything was told; `name` and `labels` narrow what is asked for. */
  whyHidden(
    kind: KindRef,
    namespace: string,
    narrowed?: { readonly name?: string; readonly service?: string; readonly labels?: JsonObject },
  ): Hidden | undefined;
}

/** What a judgement looked at, so that it is judged anew exactly when that changes. */
export interface ReadLog {
  object(kind: KindRef, namespace: string, name: string): void;
  place(kind: KindRef, namespace: string): void;
  pods(namespace: string, selector: JsonObject): void;
  slices(service: string): void;
}

export function viewOf(sight: Sight, log?: ReadLog): ClusterView {
  const seen = <T>(kind: KindRef, why: Hidden | undefined, value: () => T): Seen<T> =>
    why === undefined ? { known: true, value: value() } : { known: false, why, what: resourceName(kind) };
  return {
    find(kind, namespace, name) {
      log?.object(kind, namespace, name);
      const found = sight.objects.get(kind, namespace, name);
      const why = sight.whyHidden(kind, namespace, { name });
      // What was told is there, even where a list is not whole yet.
      return found === undefined ? seen(kind, why, () => undefined) : { known: true, value: found };
    },
    all(kind, namespace) {
      log?.place(kind, namespace);
      return seen(kind, sight.whyHidden(kind, namespace), () => (namespace === '' ? sight.objects.inCluster(kind) : sight.objects.inPlace(kind, namespace)));
    },
    pods(namespace, selector) {
      log?.pods(namespace, selector);
      return seen(kinds.pod, sight.whyHidden(kinds.pod, namespace, { labels: selector }), () =>
        sight.objects.inPlace(kinds.pod, namespace).filter((pod) => isPresent(pod) && matchesSelector(selector, pod.metadata.labels)),
      );
    },
    slicesOf(namespace, service) {
      log?.slices(`${namespace}/${service}`);
      return seen(kinds.endpointSlice, sight.whyHidden(kinds.endpointSlice, namespace, { service }), () => sight.objects.slicesOf(`${namespace}/${service}`));
    },
  };
}
