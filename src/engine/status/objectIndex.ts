import type { KubeObject } from '../../shared/kubeObject';
import { refKey, refOf } from '../../shared/kubeObject';

/** The objects that are known of a cluster, found by name, by uid and by owner. */
export class ObjectIndex {
  readonly #byKey = new Map<string, KubeObject>();
  readonly #keyByUid = new Map<string, string>();
  readonly #childrenByOwner = new Map<string, Set<string>>();
  readonly #slicesByService = new Map<string, Set<string>>();

  get size(): number {
    return this.#byKey.size;
  }

  get(key: string): KubeObject | undefined {
    return this.#byKey.get(key);
  }

  withUid(uid: string): KubeObject | undefined {
    const key = this.#keyByUid.get(uid);
    return key === undefined ? undefined : this.#byKey.get(key);
  }

  put(object: KubeObject): void {
    const key = refKey(refOf(object));
    const known = this.#byKey.get(key);
    if (known !== undefined) this.#forget(key, known);
    this.#byKey.set(key, object);
    const uid = object.metadata.uid;
    if (uid !== undefined) this.#keyByUid.set(uid, key);
    for (const owner of object.metadata.ownerReferences ?? []) addTo(this.#childrenByOwner, owner.uid, key);
    const service = serviceOfSlice(object);
    if (service !== undefined) addTo(this.#slicesByService, service, key);
  }

  remove(object: KubeObject): void {
    const key = refKey(refOf(object));
    const known = this.#byKey.get(key);
    if (known === undefined) return;
    this.#forget(key, known);
    this.#byKey.delete(key);
  }

  #forget(key: string, object: KubeObject): void {
    // A new object of the same name has its own uid by now; only this one's is forgotten.
    if (object.metadata.uid !== undefined && this.#keyByUid.get(object.metadata.uid) === key) this.#keyByUid.delete(object.metadata.uid);
    for (const owner of object.metadata.ownerReferences ?? []) takeFrom(this.#childrenByOwner, owner.uid, key);
    const service = serviceOfSlice(object);
    if (service !== undefined) takeFrom(this.#slicesByService, service, key);
  }

  /** The EndpointSlices of a Service. */
  slicesOf(service: KubeObject): readonly KubeObject[] {
    const keys = this.#slicesByService.get(`${service.metadata.namespace ?? ''}/${service.metadata.name}`) ?? [];
    return [...keys].flatMap((key) => this.#byKey.get(key) ?? []);
  }

  childrenOf(object: KubeObject): readonly KubeObject[] {
    const found: KubeObject[] = [];
    for (const key of this.#childrenByOwner.get(object.metadata.uid ?? '') ?? []) {
      const child = this.#byKey.get(key);
      if (child !== undefined) found.push(child);
    }
    return found;
  }

  /** The object itself, its owners and theirs, as far as they are known. A circle of owners ends. */
  *upwardsFrom(object: KubeObject): Generator<KubeObject> {
    const seen = new Set<string>();
    const queue = [object];
    for (let at = queue.shift(); at !== undefined; at = queue.shift()) {
      yield at;
      for (const owner of at.metadata.ownerReferences ?? []) {
        const known = seen.has(owner.uid) ? undefined : this.withUid(owner.uid);
        seen.add(owner.uid);
        if (known !== undefined) queue.push(known);
      }
    }
  }

  /** Everything of a kind below an object, at any depth. */
  below(object: KubeObject, kind: string): readonly KubeObject[] {
    const found: KubeObject[] = [];
    const seen = new Set<string>();
    const queue = [object];
    for (let at = queue.shift(); at !== undefined; at = queue.shift()) {
      for (const child of this.childrenOf(at)) {
        const key = refKey(refOf(child));
        if (seen.has(key)) continue;
        seen.add(key);
        if (child.kind === kind) found.push(child);
        queue.push(child);
      }
    }
    return found;
  }
}

function addTo(sets: Map<string, Set<string>>, name: string, key: string): void {
  const set = sets.get(name);
  if (set === undefined) sets.set(name, new Set([key]));
  else set.add(key);
}

function takeFrom(sets: Map<string, Set<string>>, name: string, key: string): void {
  const set = sets.get(name);
  set?.delete(key);
  if (set?.size === 0) sets.delete(name);
}

/** `namespace/name` of the Service that a slice belongs to; its controller always sets the label. */
export function serviceOfSlice(object: KubeObject): string | undefined {
  const name = object.kind === 'EndpointSlice' ? object.metadata.labels?.['kubernetes.io/service-name'] : undefined;
  return name === undefined ? undefined : `${object.metadata.namespace ?? ''}/${name}`;
}
