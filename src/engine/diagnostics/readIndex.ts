import type { JsonObject } from '../../shared/json';
import type { KubeObject } from '../../shared/kubeObject';
import { groupOf } from '../../shared/kubeObject';
import type { KindRef } from '../ports';
import { serviceOfSlice } from '../status/objectIndex';
import type { ReadLog } from './objectView';
import { matchesSelector } from './selectors';

/** Which judgement looked at what. An object that changes touches only those that looked at it, or at a list it belongs to. */
export class ReadIndex {
  readonly #readers = new Map<string, Set<string>>();
  readonly #reads = new Map<string, Set<string>>();
  /** Selections of Pods by namespace; each is looked up by its own text. */
  readonly #selections = new Map<string, Map<string, JsonObject>>();

  /** Begins a judgement anew: what it looked at before is forgotten. */
  begin(reader: string): ReadLog {
    this.forget(reader);
    const add = (read: string): void => {
      addTo(this.#readers, read, reader);
      addTo(this.#reads, reader, read);
    };
    return {
      object: (kind, namespace, name) => add(objectRead(kind, namespace, name)),
      place: (kind, namespace) => add(placeRead(kind, namespace)),
      slices: (service) => add(`slices ${service}`),
      pods: (namespace, selector) => {
        const read = `pods ${namespace} ${JSON.stringify(selector)}`;
        const selections = this.#selections.get(namespace) ?? new Map<string, JsonObject>();
        this.#selections.set(namespace, selections.set(read, selector));
        add(read);
      },
    };
  }

  forget(reader: string): void {
    for (const read of this.#reads.get(reader) ?? []) {
      const readers = this.#readers.get(read);
      readers?.delete(reader);
      if (readers?.size !== 0) continue;
      this.#readers.delete(read);
      if (read.startsWith('pods ')) this.#selections.get(read.split(' ')[1] ?? '')?.delete(read);
    }
    this.#reads.delete(reader);
  }

  /** Who looked at an object, or at a list that it belongs to. */
  *readersOf(object: KubeObject): Generator<string> {
    const { namespace = '', name, labels } = object.metadata;
    const reads = [objectRead(object, namespace, name), placeRead(object, namespace), placeRead(object, '')];
    const service = serviceOfSlice(object);
    if (service !== undefined) reads.push(`slices ${service}`);
    for (const read of reads) yield* this.#readers.get(read) ?? [];
    if (object.kind !== 'Pod') return;
    for (const [read, selector] of this.#selections.get(namespace) ?? []) if (matchesSelector(selector, labels)) yield* this.#readers.get(read) ?? [];
  }
}

function addTo(sets: Map<string, Set<string>>, name: string, item: string): void {
  const set = sets.get(name);
  if (set === undefined) sets.set(name, new Set([item]));
  else set.add(item);
}

function objectRead({ apiVersion, kind }: KindRef, namespace: string, name: string): string {
  return `object ${groupOf(apiVersion)}/${kind}/${namespace}/${name}`;
}

function placeRead({ apiVersion, kind }: KindRef, namespace: string): string {
  return `place ${groupOf(apiVersion)}/${kind}/${namespace}`;
}
