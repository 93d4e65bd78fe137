// Garbage collection by owner references: dependents follow their owners, in the way the owner's deletion asked for.
import type { KindInfo } from '../kinds';
import type { KubeObject, OwnerReference } from '../objects';
import type { Change } from '../storage';
import type { World } from './world';

const foreground = 'foregroundDeletion';
const orphan = 'orphan';
const manager = 'kube-controller-manager';

export class GarbageCollector {
  readonly #world: World;
  readonly #stopListening: () => void;
  readonly #due = new Map<string, { info: KindInfo; object: KubeObject }>();
  #cancelRun: (() => void) | undefined;

  constructor(world: World) {
    this.#world = world;
    this.#stopListening = world.registry.storage.onChange((change) => {
      this.#changed(change);
    });
  }

  close(): void {
    this.#stopListening();
    this.#cancelRun?.();
  }

  #changed(change: Change): void {
    const { object, info, type } = change;
    // An object without owners and dependents is nothing to the collector unless a deletion waits for it.
    if (type === 'DELETED') {
      for (const dependent of this.#world.registry.storage.ownedBy(object.metadata.uid ?? '')) this.#look(dependent);
      for (const reference of object.metadata.ownerReferences ?? []) {
        const owner = this.#ownerOf(object, reference);
        if (owner?.metadata.deletionTimestamp !== undefined) this.#look(owner);
      }
      return;
    }
    const held = object.metadata.finalizers?.some((one) => one === foreground || one === orphan) === true;
    if ((held && object.metadata.deletionTimestamp !== undefined) || (object.metadata.ownerReferences?.length && type === 'ADDED')) {
      this.#due.set(keyOf(object), { info, object });
      this.#plan();
    } else if (type === 'MODIFIED' && (change.previous?.metadata.ownerReferences?.length ?? 0) !== (object.metadata.ownerReferences?.length ?? 0)) {
      this.#look(object);
    }
  }

  #look(object: KubeObject): void {
    const info = this.#world.registry.kinds.ofKind(object.apiVersion, object.kind);
    if (info === undefined) return;
    this.#due.set(keyOf(object), { info, object });
    this.#plan();
  }

  #plan(): void {
    this.#cancelRun ??= this.#world.clock.after(this.#world.delays.reconcileMs, () => {
      this.#cancelRun = undefined;
      const due = [...this.#due.values()];
      this.#due.clear();
      for (const { info, object } of due) this.#collect(info, object);
    });
  }

  #collect(info: KindInfo, seen: KubeObject): void {
    const { registry } = this.#world;
    const object = registry.storage.get(info, seen.metadata.namespace ?? '', seen.metadata.name);
    if (object === undefined || object.metadata.uid !== seen.metadata.uid) return;
    if (object.metadata.deletionTimestamp !== undefined) {
      if (object.metadata.finalizers?.includes(orphan)) this.#orphanDependents(info, object);
      else if (object.metadata.finalizers?.includes(foreground)) this.#deleteDependents(info, object);
      return;
    }
    const references = object.metadata.ownerReferences ?? [];
    if (references.length === 0) return;
    const alive = references.filter((reference) => this.#ownerOf(object, reference) !== undefined);
    if (alive.length === references.length) return;
    if (alive.length > 0) {
      registry.write(info, { ...object, metadata: { ...object.metadata, ownerReferences: alive } }, manager);
      return;
    }
    registry.remove(info, object.metadata.namespace ?? '', object.metadata.name, {
      propagationPolicy: object.metadata.finalizers?.includes(foreground) ? 'Foreground' : 'Background',
      preconditions: { uid: object.metadata.uid ?? '' },
    });
  }

  /** The owner that a reference means: the same uid, or nothing. An owner of a kind that is not served counts as there. */
  #ownerOf(object: KubeObject, reference: OwnerReference): KubeObject | undefined {
    const { registry } = this.#world;
    const info = registry.kinds.ofKind(reference.apiVersion, reference.kind);
    if (info === undefined) return object;
    const found = registry.storage.get(info, info.namespaced ? (object.metadata.namespace ?? '') : '', reference.name);
    return found?.metadata.uid === reference.uid ? found : undefined;
  }

  #orphanDependents(info: KindInfo, owner: KubeObject): void {
    const { registry } = this.#world;
    for (const dependent of registry.storage.ownedBy(owner.metadata.uid ?? '')) {
      const kind = registry.kinds.ofKind(dependent.apiVersion, dependent.kind);
      const ownerReferences = (dependent.metadata.ownerReferences ?? []).filter((one) => one.uid !== owner.metadata.uid);
      if (kind !== undefined) registry.write(kind, { ...dependent, metadata: { ...dependent.metadata, ownerReferences } }, manager);
    }
    this.#release(info, owner, orphan);
  }

  #deleteDependents(info: KindInfo, owner: KubeObject): void {
    const { registry } = this.#world;
    let blocked = false;
    for (const dependent of registry.storage.ownedBy(owner.metadata.uid ?? '')) {
      const kind = registry.kinds.ofKind(dependent.apiVersion, dependent.kind);
      if (kind === undefined) continue;
      const { namespace = '', name, deletionTimestamp } = dependent.metadata;
      if (deletionTimestamp === undefined) registry.remove(kind, namespace, name, { propagationPolicy: 'Foreground' });
      const blocks = dependent.metadata.ownerReferences?.some((one) => one.uid === owner.metadata.uid && one.blockOwnerDeletion === true) === true;
      if (blocks && registry.storage.get(kind, namespace, name)?.metadata.uid === dependent.metadata.uid) blocked = true;
    }
    if (!blocked) this.#release(info, owner, foreground);
  }

  #release(info: KindInfo, owner: KubeObject, finalizer: string): void {
    const { registry } = this.#world;
    const present = registry.storage.get(info, owner.metadata.namespace ?? '', owner.metadata.name);
    if (present === undefined || present.metadata.uid !== owner.metadata.uid) return;
    const finalizers = (present.metadata.finalizers ?? []).filter((one) => one !== finalizer);
    registry.write(info, { ...present, metadata: { ...present.metadata, finalizers } }, manager);
  }
}

function keyOf(object: KubeObject): string {
  return object.metadata.uid ?? `${object.kind}/${object.metadata.namespace ?? ''}/${object.metadata.name}`;
}
