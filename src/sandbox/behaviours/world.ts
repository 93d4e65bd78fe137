// What every behaviour works with, and the loop that calls behaviours when something changes.
import type { Clock } from '../clock';
import { timestampOf } from '../clock';
import type { KindInfo } from '../kinds';
import type { KubeObject } from '../objects';
import type { Delays } from '../options';
import type { Registry } from '../registry';
import type { Change } from '../storage';
import type { EventRecorder } from './events';

export interface World {
  registry: Registry;
  clock: Clock;
  delays: Delays;
  events: EventRecorder;
  /** Is told of a fault of ours. */
  fault: (error: unknown) => void;
  /** PEM that pods find as their cluster's authority. */
  caPem: string;
}

/** Makes the world be as the object wants it. Called again after every change that may matter, so it only looks and acts. */
export interface Behaviour {
  /** The kind whose objects are reconciled. */
  readonly plural: string;
  /** Which objects of that kind a change concerns, beyond a change of the object itself. */
  concerned?(change: Change): readonly KubeObject[];
  /** Whether changes of custom objects are shown to `concerned` as well. */
  readonly watchesCustom?: boolean;
  /** `object` is undefined when it has gone. */
  reconcile(key: Key, object: KubeObject | undefined): void;
}

export interface Key {
  info: KindInfo;
  namespace: string;
  name: string;
}

/**
 * Collects what has to be looked at and looks at it a moment later, each object once however often it changed. A controller
 * of a real cluster does the same with its work queue.
 */
export class Reconciler {
  readonly #world: World;
  readonly #behaviours = new Map<KindInfo, Behaviour[]>();
  readonly #observers: Behaviour[] = [];
  readonly #queue = new Map<Behaviour, Map<string, Key>>();
  readonly #timers = new Set<() => void>();
  readonly #stopListening: () => void;
  #cancelRun: (() => void) | undefined;

  constructor(world: World) {
    this.#world = world;
    this.#stopListening = world.registry.storage.onChange((change) => {
      this.#changed(change);
    });
  }

  add(behaviour: Behaviour): void {
    const info = this.#world.registry.kinds.named(behaviour.plural);
    this.#behaviours.set(info, [...(this.#behaviours.get(info) ?? []), behaviour]);
    if (behaviour.concerned !== undefined) this.#observers.push(behaviour);
  }

  enqueue(behaviour: Behaviour, object: KubeObject): void {
    const info = this.#world.registry.kinds.named(behaviour.plural);
    const { namespace = '', name } = object.metadata;
    const keys = this.#queue.get(behaviour) ?? new Map<string, Key>();
    this.#queue.set(behaviour, keys.set(`${namespace}/${name}`, { info, namespace, name }));
    this.#cancelRun ??= this.#world.clock.after(this.#world.delays.reconcileMs, () => {
      this.#run();
    });
  }

  /** Looks at the object again after a while, whatever happens until then. */
  enqueueAfter(behaviour: Behaviour, object: KubeObject, delayMs: number): void {
    const cancel = this.#world.clock.after(delayMs, () => {
      this.#timers.delete(cancel);
      this.enqueue(behaviour, object);
    });
    this.#timers.add(cancel);
  }

  close(): void {
    this.#stopListening();
    this.#cancelRun?.();
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
    this.#queue.clear();
  }

  #changed(change: Change): void {
    for (const behaviour of this.#behaviours.get(change.info) ?? []) this.enqueue(behaviour, change.object);
    for (const behaviour of this.#observers) {
      // Most look at the name of a kind, which a definition may give to something else.
      if (change.info.custom !== undefined && behaviour.watchesCustom !== true) continue;
      for (const object of behaviour.concerned?.(change) ?? []) this.enqueue(behaviour, object);
    }
  }

  #run(): void {
    const due = [...this.#queue];
    this.#queue.clear();
    this.#cancelRun = undefined;
    for (const [behaviour, keys] of due) {
      for (const key of keys.values()) {
        // One object that cannot be reconciled must not keep the others waiting.
        try {
          behaviour.reconcile(key, this.#world.registry.storage.get(key.info, key.namespace, key.name));
        } catch (error) {
          this.#world.fault(error);
        }
      }
    }
  }
}

export function nowText(world: World): string {
  return timestampOf(world.clock.now());
}

/** The owner that controls the object, if any. */
export function controllerOf(object: KubeObject): { kind: string; name: string; uid: string } | undefined {
  return object.metadata.ownerReferences?.find((one) => one.controller === true);
}
