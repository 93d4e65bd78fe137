import { ApiError } from '../apiStatus';
import { sameValue, type JsonMap, type KubeObject } from '../objects';
import type { Pod, ReplicaSet } from '../objectTypes';
import { systemWrite } from '../registry';
import { selectorMatches } from '../selectors';
import type { Change } from '../storage';
import { withCondition, withoutCondition } from './conditions';
import { availableInMs, isActive, isFinished, isReady, podsAmong } from './podFacts';
import { controllerOf, nowText, type Behaviour, type Key, type Reconciler, type World } from './world';

const component = 'replicaset-controller';
const manager = 'kube-controller-manager';

/** Keeps as many pods as a replica set wants, and tells in its status how many there are. */
export class ReplicaSets implements Behaviour {
  readonly plural = 'replicasets';
  readonly #world: World;
  readonly #loop: Reconciler;

  constructor(world: World, loop: Reconciler) {
    this.#world = world;
    this.#loop = loop;
  }

  concerned(change: Change): KubeObject[] {
    if (change.info.plural !== 'pods') return [];
    const { registry } = this.#world;
    const sets = registry.kinds.named('replicasets');
    const owner = controllerOf(change.object);
    const namespace = change.object.metadata.namespace ?? '';
    if (owner?.kind === 'ReplicaSet') {
      const found = registry.storage.get(sets, namespace, owner.name);
      return found === undefined ? [] : [found];
    }
    // A pod that nobody controls may be adopted by whoever selects it.
    if (owner !== undefined || change.type === 'DELETED') return [];
    return registry.storage.list(sets, namespace).filter((set) => selectorMatches((set as ReplicaSet).spec.selector, change.object.metadata.labels));
  }

  reconcile(_key: Key, object: KubeObject | undefined): void {
    if (object === undefined) return;
    const set = object as ReplicaSet;
    const pods = this.#podsOf(set);
    if (set.metadata.deletionTimestamp === undefined) this.#match(set, pods.filter(isActive));
    else this.#report(set);
  }

  #podsOf(set: ReplicaSet): Pod[] {
    const { registry } = this.#world;
    const info = registry.kinds.named('pods');
    const own: Pod[] = [];
    for (const pod of podsAmong(registry.storage.ownedBy(set.metadata.uid ?? ''))) {
      if (controllerOf(pod)?.uid !== set.metadata.uid) continue;
      if (selectorMatches(set.spec.selector, pod.metadata.labels)) own.push(pod);
      else this.#release(pod, set);
    }
    if (set.metadata.deletionTimestamp !== undefined) return own;
    for (const pod of podsAmong([...registry.storage.each(info, set.metadata.namespace ?? '')])) {
      if (controllerOf(pod) !== undefined || !isActive(pod) || !selectorMatches(set.spec.selector, pod.metadata.labels)) continue;
      const adopted = registry.write(
        info,
        { ...pod, metadata: { ...pod.metadata, ownerReferences: [...(pod.metadata.ownerReferences ?? []), ownerOf(set)] } },
        manager,
      );
      if (adopted !== undefined) own.push(adopted as Pod);
    }
    return own;
  }

  /** A pod whose labels no longer match is let go; it lives on without an owner. */
  #release(pod: Pod, set: ReplicaSet): void {
    const info = this.#world.registry.kinds.named('pods');
    const ownerReferences = (pod.metadata.ownerReferences ?? []).filter((one) => one.uid !== set.metadata.uid);
    this.#world.registry.write(info, { ...pod, metadata: { ...pod.metadata, ownerReferences } }, manager);
  }

  #match(set: ReplicaSet, active: readonly Pod[]): void {
    const missing = set.spec.replicas - active.length;
    let failure = '';
    for (let made = 0; made < missing && failure === ''; made++) failure = this.#create(set);
    if (missing < 0) for (const pod of [...active].sort(byWorth).slice(0, -missing)) this.#remove(set, pod);
    this.#report(set, failure);
  }

  #create(set: ReplicaSet): string {
    const { registry, events } = this.#world;
    const { metadata, spec } = set.spec.template;
    const body = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        generateName: `${set.metadata.name.slice(0, 57)}-`,
        namespace: set.metadata.namespace,
        ...(metadata?.labels ? { labels: metadata.labels } : {}),
        ...(metadata?.annotations ? { annotations: metadata.annotations } : {}),
        ownerReferences: [ownerOf(set)],
      },
      spec,
    };
    try {
      const { object } = registry.create(registry.kinds.named('pods'), set.metadata.namespace ?? '', body as unknown as JsonMap, systemWrite(manager));
      events.record(set, component, { type: 'Normal', reason: 'SuccessfulCreate', message: `Created pod: ${object.metadata.name}` });
      return '';
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      events.record(set, component, { type: 'Warning', reason: 'FailedCreate', message: `Error creating: ${error.message}` });
      return error.message;
    }
  }

  #remove(set: ReplicaSet, pod: Pod): void {
    const { registry, events } = this.#world;
    registry.remove(registry.kinds.named('pods'), pod.metadata.namespace ?? '', pod.metadata.name, { propagationPolicy: 'Background' });
    events.record(set, component, { type: 'Normal', reason: 'SuccessfulDelete', message: `Deleted pod: ${pod.metadata.name}` });
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

function ownerOf(set: ReplicaSet): { apiVersion: string; kind: string; name: string; uid: string; controller: true; blockOwnerDeletion: true } {
  return { apiVersion: set.apiVersion, kind: set.kind, name: set.metadata.name, uid: set.metadata.uid ?? '', controller: true, blockOwnerDeletion: true };
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
