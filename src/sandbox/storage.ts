import type { KindInfo } from './kinds';
import type { KubeObject } from './objects';

export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly info: KindInfo;
  readonly object: KubeObject;
  /** The object before this change; absent when it was made by it. */
  readonly previous?: KubeObject;
  /** The resourceVersion that this change made. */
  readonly version: number;
}

/** The kind whose objects are stored for this one: itself, but for a face. */
export function storedKind(info: KindInfo): KindInfo {
  return info.face?.of ?? info;
}

function shownBy(info: KindInfo, object: KubeObject): KubeObject {
  return info.face?.shown(object) ?? object;
}

/** A change as those see it who look at this kind; undefined for one of another kind. */
export function changeOf(info: KindInfo, change: Change): Change | undefined {
  if (change.info !== storedKind(info)) return undefined;
  if (info.face === undefined) return change;
  const { previous } = change;
  return { ...change, info, object: info.face.shown(change.object), ...(previous === undefined ? {} : { previous: info.face.shown(previous) }) };
}

interface Shelf {
  readonly namespaces: Map<string, Map<string, KubeObject>>;
  /** All objects by namespace and name; made again after an object came or went. */
  sorted: KubeObject[] | undefined;
}

/**
 * The cluster's memory: objects by kind, namespace and name, one counter of versions, and the latest changes for watches.
 * It checks nothing and knows no rule of any kind; that is the registry's work.
 */
export class Storage {
  readonly #shelves = new Map<KindInfo, Shelf>();
  readonly #dependents = new Map<string, Set<KubeObject>>();
  readonly #listeners = new Set<(change: Change) => void>();
  readonly #historyLimit: number;
  #history: Change[] = [];
  #version = 1;
  #oldest = 1;

  constructor(historyLimit: number) {
    this.#historyLimit = historyLimit;
  }

  /** The version of the latest change. */
  get version(): number {
    return this.#version;
  }

  get(info: KindInfo, namespace: string, name: string): KubeObject | undefined {
    const found = this.#shelves.get(storedKind(info))?.namespaces.get(namespace)?.get(name);
    return found === undefined ? undefined : shownBy(info, found);
  }

  /** All objects of a kind, or those of one namespace, in the order of namespace and name. The array is not to be changed. */
  list(info: KindInfo, namespace?: string): readonly KubeObject[] {
    if (info.face !== undefined) return this.list(info.face.of, namespace).map(info.face.shown);
    const shelf = this.#shelves.get(info);
    if (shelf === undefined) return [];
    if (namespace !== undefined) return [...(shelf.namespaces.get(namespace)?.values() ?? [])].sort(byName);
    shelf.sorted ??= [...shelf.namespaces.values()].flatMap((names) => [...names.values()]).sort(byName);
    return shelf.sorted;
  }

  /** The objects of one namespace in no order, for those who look at each. */
  each(info: KindInfo, namespace: string): Iterable<KubeObject> {
    if (info.face !== undefined) return this.list(info, namespace);
    return this.#shelves.get(info)?.namespaces.get(namespace)?.values() ?? [];
  }

  /** Objects that name `uid` among their owners. */
  ownedBy(uid: string): readonly KubeObject[] {
    return [...(this.#dependents.get(uid) ?? [])];
  }

  /** Whether any object of the kind lives in the namespace. */
  hasAny(info: KindInfo, namespace: string): boolean {
    return (this.#shelves.get(storedKind(info))?.namespaces.get(namespace)?.size ?? 0) > 0;
  }

  /** Stores a new version of the object and tells the listeners. The argument is not kept. */
  put(info: KindInfo, object: KubeObject): KubeObject {
    if (info.face !== undefined) return info.face.shown(this.put(info.face.of, info.face.stored(object)));
    const version = ++this.#version;
    const stored: KubeObject = { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
    const names = this.#namesOf(info, stored.metadata.namespace ?? '');
    const previous = names.get(stored.metadata.name);
    names.set(stored.metadata.name, stored);
    const shelf = this.#shelfOf(info);
    shelf.sorted = undefined;
    if (previous !== undefined) this.#unlink(previous);
    for (const owner of stored.metadata.ownerReferences ?? []) {
      const known = this.#dependents.get(owner.uid);
      if (known === undefined) this.#dependents.set(owner.uid, new Set([stored]));
      else known.add(stored);
    }
    this.#record(previous === undefined ? { type: 'ADDED', info, object: stored, version } : { type: 'MODIFIED', info, object: stored, previous, version });
    return stored;
  }

  /** Takes the object out; the change carries its last state under a version of its own, as etcd does. */
  remove(info: KindInfo, object: KubeObject): KubeObject {
    if (info.face !== undefined) return info.face.shown(this.remove(info.face.of, info.face.stored(object)));
    const names = this.#namesOf(info, object.metadata.namespace ?? '');
    const previous = names.get(object.metadata.name);
    if (previous === undefined) return object;
    const version = ++this.#version;
    names.delete(object.metadata.name);
    this.#shelfOf(info).sorted = undefined;
    this.#unlink(previous);
    const last: KubeObject = { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
    this.#record({ type: 'DELETED', info, object: last, previous, version });
    return last;
  }

  onChange(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** The changes after `version` in their order, or undefined when some of them are forgotten. */
  changesAfter(version: number): readonly Change[] | undefined {
    if (version < this.#oldest) return undefined;
    let low = 0;
    let high = this.#history.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#history[middle]?.version ?? 0) <= version) low = middle + 1;
      else high = middle;
    }
    return this.#history.slice(low);
  }

  #record(change: Change): void {
    this.#history.push(change);
    // Cut in large steps, so that the array is not moved on every write.
    if (this.#history.length > this.#historyLimit * 1.25 + 1) {
      this.#history = this.#history.slice(-this.#historyLimit);
      this.#oldest = (this.#history[0]?.version ?? this.#version) - 1;
    }
    for (const listener of [...this.#listeners]) listener(change);
  }

  #unlink(object: KubeObject): void {
    for (const owner of object.metadata.ownerReferences ?? []) {
      const known = this.#dependents.get(owner.uid);
      known?.delete(object);
      if (known?.size === 0) this.#dependents.delete(owner.uid);
    }
  }

  #shelfOf(info: KindInfo): Shelf {
    let shelf = this.#shelves.get(info);
    if (shelf === undefined) {
      shelf = { namespaces: new Map(), sorted: undefined };
      this.#shelves.set(info, shelf);
    }
    return shelf;
  }

  #namesOf(info: KindInfo, namespace: string): Map<string, KubeObject> {
    const shelf = this.#shelfOf(info);
    let names = shelf.namespaces.get(namespace);
    if (names === undefined) {
      names = new Map();
      shelf.namespaces.set(namespace, names);
    }
    return names;
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function byName(a: KubeObject, b: KubeObject): number {
  return compare(a.metadata.namespace ?? '', b.metadata.namespace ?? '') || compare(a.metadata.name, b.metadata.name);
}
