import { sameValue, type KubeObject } from '../objects';
import type { Pod, ReplicaSet } from '../objectTypes';
import type { Change } from '../storage';
import { withCondition, withoutCondition } from './conditions';
import { claimPods, createPod, manager, ownersOfPod, podBody, removePod } from './ownedPods';
import { availableInMs, isActive, isFinished, isReady, podsAmong } from './podFacts';
import { controllerOf, nowText, type Behaviour, type Key, type Reconciler, type World } from './world';

const component = 'replicaset-controller';
const firstPauseMs = 1_000;
const maxPauseMs = 60_000;

/** Keeps as many pods as a replica set wants, and tells in its status how many there are. */
export class ReplicaSets implements Behaviour {
  readonly plural = 'replicasets';
  readonly #world: World;
  readonly #loop: Reconciler;
  /** Pauses after refused pods, by the set's uid. Each refusal is told in the status, which would else lead to the next try at once. */
  readonly #pauses = new Map<string, { untilMs: number; nextMs: number; failure: string }>();

  constructor(world: World, loop: Reconciler) {
    this.#world = world;
    this.#loop = loop;
  }

  concerned(change: Change): KubeObject[] {
    return ownersOfPod(this.#world, 'replicasets', 'ReplicaSet', change);
  }

  reconcile(_key: Key, object: KubeObject | undefined): void {
    if (object === undefined) return;
    const set = object as ReplicaSet;
    if (set.metadata.deletionTimestamp !== undefined) this.#pauses.delete(set.metadata.uid ?? '');
    const pods = claimPods(this.#world, set, set.spec.selector);
    if (set.metadata.deletionTimestamp === undefined) this.#match(set, pods.filter(isActive));
    else this.#report(set);
  }

  #match(set: ReplicaSet, active: readonly Pod[]): void {
    const missing = set.spec.replicas - active.length;
    const failure = missing > 0 ? this.#grow(set, missing) : '';
    if (failure === '') this.#pauses.delete(set.metadata.uid ?? '');
    if (missing < 0) for (const pod of [...active].sort(byWorth).slice(0, -missing)) removePod(this.#world, set, component, pod);
    this.#report(set, failure);
  }

  /** Makes the missing pods; why that failed, also while it is not tried again yet. */
  #grow(set: ReplicaSet, missing: number): string {
    const { uid = '' } = set.metadata;
    const nowMs = this.#world.clock.now();
    const pause = this.#pauses.get(uid);
    if (pause !== undefined && nowMs < pause.untilMs) return pause.failure;
    let failure = '';
    for (let made = 0; made < missing && failure === ''; made++) failure = this.#create(set);
    if (failure === '') return '';
    const delayMs = pause?.nextMs ?? firstPauseMs;
    this.#pauses.set(uid, { untilMs: nowMs + delayMs, nextMs: Math.min(maxPauseMs, delayMs * 2), failure });
    this.#loop.enqueueAfter(this, set, delayMs);
    return failure;
  }

  #create(set: ReplicaSet): string {
    return createPod(this.#world, set, component, podBody(set, set.spec.template, { generateName: `${set.metadata.name.slice(0, 57)}-` }));
  }

  #report(before: ReplicaSet, failure = ''): void {
    const { registry, clock } = this.#world;
    const info = registry.kinds.named('replicasets');
    const set = registry.storage.get(info, before.metadata.namespace ?? '', before.metadata.name) as ReplicaSet | undefined;
    if (set === undefined || set.metadata.uid !== before.metadata.uid) return;
    const pods = podsAmong(registry.storage.ownedBy(set.metadata.uid ?? '')).filter((pod) => controllerOf(pod)?.uid === set.metadata.uid);
    const active = pods.filter(isActive);
    const waits = active.map((pod) => availableInMs(pod, set.spec.minReadySeconds ?? 0, clock.now()));
    const soon = Math.min(...waits.filter((wait) => wait !== undefined && wait > 0).map(Number));
    if (Number.isFinite(soon)) this.#loop.enqueueAfter(this, set, soon);
    const ready = active.filter(isReady).length;
    const available = waits.filter((wait) => wait === 0).length;
    const terminating = pods.filter((pod) => pod.metadata.deletionTimestamp !== undefined && !isFinished(pod)).length;
    const labels = Object.entries(set.spec.template.metadata?.labels ?? {});
    const labeled = active.filter((pod) => labels.every(([key, value]) => pod.metadata.labels?.[key] === value)).length;
    const status: ReplicaSet['status'] = {
      replicas: active.length,
      ...(labeled > 0 ? { fullyLabeledReplicas: labeled } : {}),
      ...(ready > 0 ? { readyReplicas: ready } : {}),
      ...(available > 0 ? { availableReplicas: available } : {}),
      terminatingReplicas: terminating,
      observedGeneration: set.metadata.generation ?? 1,
    };
    const conditions =
      failure === ''
        ? withoutCondition(set.status.conditions, 'ReplicaFailure')
        : withCondition(set.status.conditions, { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: failure }, nowText(this.#world));
    if (conditions.length > 0) status.conditions = conditions;
    if (!sameValue(status, set.status)) registry.write(info, { ...set, status }, manager, 'status');
  }
}

/** Those that are missed least come first: not scheduled, not running, not ready, cheap by their own word, young. */
function byWorth(a: Pod, b: Pod): number {
  const phases = ['Pending', 'Unknown', 'Running'];
  const cost = (pod: Pod): number => Number(pod.metadata.annotations?.['controller.kubernetes.io/pod-deletion-cost'] ?? 0) || 0;
  return (
    Number(a.spec.nodeName !== undefined) - Number(b.spec.nodeName !== undefined) ||
    phases.indexOf(a.status.phase) - phases.indexOf(b.status.phase) ||
    Number(isReady(a)) - Number(isReady(b)) ||
    cost(a) - cost(b) ||
    Date.parse(b.metadata.creationTimestamp ?? '') - Date.parse(a.metadata.creationTimestamp ?? '')
  );
}
