import { hashOf } from '../hash';
import { copyOf, sameValue, type JsonMap, type KubeObject } from '../objects';
import type { Deployment, PodTemplate, ReplicaSet } from '../objectTypes';
import { systemWrite } from '../registry';
import { selectorMatches } from '../selectors';
import type { Change } from '../storage';
import { deploymentStatus } from './deploymentStatus';
import { isFinished, podsAmong } from './podFacts';
import { boundsOf, newReplicas, oldReplicas } from './rollout';
import { controllerOf, type Behaviour, type Key, type Reconciler, type World } from './world';

export const revisionKey = 'deployment.kubernetes.io/revision';
const historyKey = 'deployment.kubernetes.io/revision-history';
const desiredKey = 'deployment.kubernetes.io/desired-replicas';
const maxKey = 'deployment.kubernetes.io/max-replicas';
const hashLabel = 'pod-template-hash';
const component = 'deployment-controller';
const manager = 'kube-controller-manager';

/** Annotations that belong to the deployment itself and do not travel to its replica sets. */
const ownAnnotations: ReadonlySet<string> = new Set(['kubectl.kubernetes.io/last-applied-configuration', revisionKey, historyKey, desiredKey, maxKey]);

/** Rolls a deployment out: one replica set per template, the newest growing while the others shrink. */
export class Deployments implements Behaviour {
  readonly plural = 'deployments';
  readonly #world: World;
  readonly #loop: Reconciler;

  constructor(world: World, loop: Reconciler) {
    this.#world = world;
    this.#loop = loop;
  }

  concerned(change: Change): KubeObject[] {
    const { registry } = this.#world;
    const info = registry.kinds.named('deployments');
    const namespace = change.object.metadata.namespace ?? '';
    let set: KubeObject | undefined = change.object;
    if (change.info.plural === 'pods') {
      // Only the end of a pod matters here: a Recreate waits for it. All else arrives through the replica set's status.
      const owner = controllerOf(change.object);
      if (change.type !== 'DELETED' || owner?.kind !== 'ReplicaSet') return [];
      set = registry.storage.get(registry.kinds.named('replicasets'), namespace, owner.name);
    } else if (change.info.plural !== 'replicasets') return [];
    const owner = set && controllerOf(set);
    const found = owner?.kind === 'Deployment' ? registry.storage.get(info, namespace, owner.name) : undefined;
    if (found !== undefined) return [found];
    if (set === undefined || owner !== undefined) return [];
    const labels = set.metadata.labels;
    return registry.storage.list(info, namespace).filter((one) => selectorMatches((one as Deployment).spec.selector, labels));
  }

  reconcile(_key: Key, object: KubeObject | undefined): void {
    if (object === undefined) return;
    const deployment = object as Deployment;
    const sets = this.#setsOf(deployment);
    if (deployment.metadata.deletionTimestamp === undefined) this.#rollOut(deployment, sets);
    this.#report(deployment);
  }

  #setsOf(deployment: Deployment): ReplicaSet[] {
    const { registry } = this.#world;
    const info = registry.kinds.named('replicasets');
    const own = registry.storage
      .ownedBy(deployment.metadata.uid ?? '')
      .filter((one) => one.kind === 'ReplicaSet' && controllerOf(one)?.uid === deployment.metadata.uid);
    for (const set of registry.storage.list(info, deployment.metadata.namespace)) {
      if (controllerOf(set) !== undefined || set.metadata.deletionTimestamp !== undefined) continue;
      if (!selectorMatches(deployment.spec.selector, set.metadata.labels)) continue;
      const adopted = registry.write(
        info,
        { ...set, metadata: { ...set.metadata, ownerReferences: [...(set.metadata.ownerReferences ?? []), ownerOf(deployment)] } },
        manager,
      );
      if (adopted !== undefined) own.push(adopted);
    }
    return (own as ReplicaSet[]).sort((a, b) => revisionOf(a) - revisionOf(b));
  }

  #rollOut(deployment: Deployment, sets: ReplicaSet[]): void {
    const { spec } = deployment;
    const recreate = spec.strategy?.type === 'Recreate';
    let fresh = sets.find((set) => sameTemplate(set.spec.template, spec.template));
    const old = sets.filter((set) => set !== fresh);
    if (spec.paused === true) {
      this.#scaleWhilePaused(deployment, sets);
      return;
    }
    if (recreate) {
      for (const set of old) this.#scale(deployment, set, 0);
      if (old.some((set) => this.#hasPods(set))) return;
      fresh ??= this.#create(deployment, sets, spec.replicas);
      fresh = this.#adorn(deployment, fresh, sets);
      if (fresh !== undefined) this.#scale(deployment, fresh, spec.replicas);
    } else {
      const { surge, unavailable } = boundsOf(spec.strategy?.rollingUpdate, spec.replicas);
      const oldWanted = old.reduce((sum, set) => sum + set.spec.replicas, 0);
      fresh ??= this.#create(deployment, sets, newReplicas(spec.replicas, 0, oldWanted, surge));
      fresh = this.#adorn(deployment, fresh, sets);
      if (fresh === undefined) return;
      const target = newReplicas(spec.replicas, fresh.spec.replicas, oldWanted + fresh.spec.replicas, surge);
      fresh = this.#scale(deployment, fresh, target) ?? fresh;
      const counts = old.map((set) => ({ wanted: set.spec.replicas, available: set.status.availableReplicas ?? 0 }));
      const freshCount = { wanted: fresh.spec.replicas, available: fresh.status.availableReplicas ?? 0 };
      const after = oldReplicas(spec.replicas, counts, freshCount, unavailable);
      for (const [index, set] of old.entries()) this.#scale(deployment, set, after[index] ?? set.spec.replicas);
    }
    this.#forget(deployment, old);
  }

  /** A paused deployment starts nothing new, but the newest set still follows the replicas. */
  #scaleWhilePaused(deployment: Deployment, sets: readonly ReplicaSet[]): void {
    const active = sets.filter((set) => set.spec.replicas > 0);
    const newest = active.at(-1) ?? sets.at(-1);
    if (newest === undefined) return;
    const others = sets.filter((set) => set !== newest).reduce((sum, set) => sum + set.spec.replicas, 0);
    this.#scale(deployment, newest, Math.max(0, deployment.spec.replicas - others));
  }

  #hasPods(set: ReplicaSet): boolean {
    return podsAmong(this.#world.registry.storage.ownedBy(set.metadata.uid ?? '')).some((pod) => !isFinished(pod));
  }

  #create(deployment: Deployment, sets: readonly ReplicaSet[], replicas: number): ReplicaSet | undefined {
    const { registry, events } = this.#world;
    const info = registry.kinds.named('replicasets');
    const hash = hashOf(deployment.spec.template);
    const template = copyOf(deployment.spec.template);
    const labels = { ...template.metadata?.labels, [hashLabel]: hash };
    template.metadata = { ...template.metadata, labels };
    const selector = { ...deployment.spec.selector, matchLabels: { ...deployment.spec.selector.matchLabels, [hashLabel]: hash } };
    const name = `${deployment.metadata.name}-${hash}`;
    const taken = registry.storage.get(info, deployment.metadata.namespace ?? '', name);
    if (taken !== undefined) return undefined;
    const body = {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: {
        name,
        namespace: deployment.metadata.namespace,
        labels,
        annotations: setAnnotations(deployment, nextRevision(sets)),
        ownerReferences: [ownerOf(deployment)],
      },
      spec: { replicas, selector, template, ...(deployment.spec.minReadySeconds ? { minReadySeconds: deployment.spec.minReadySeconds } : {}) },
    };
    const { object } = registry.create(info, deployment.metadata.namespace ?? '', body as unknown as JsonMap, systemWrite(manager));
    if (replicas > 0) {
      events.record(deployment, component, {
        type: 'Normal',
        reason: 'ScalingReplicaSet',
        message: `Scaled up replica set ${name} from 0 to ${String(replicas)}`,
      });
    }
    return object as ReplicaSet;
  }

  /** Numbers the newest set last, on the set and on the deployment, and carries the deployment's annotations over. */
  #adorn(deployment: Deployment, fresh: ReplicaSet | undefined, sets: readonly ReplicaSet[]): ReplicaSet | undefined {
    if (fresh === undefined) return undefined;
    const { registry } = this.#world;
    const others = sets.filter((set) => set.metadata.uid !== fresh.metadata.uid);
    const revision = Math.max(revisionOf(fresh), nextRevision(others));
    const annotations: Record<string, string> = { ...fresh.metadata.annotations, ...setAnnotations(deployment, revision) };
    if (revisionOf(fresh) > 0 && revision !== revisionOf(fresh)) {
      const history = fresh.metadata.annotations?.[historyKey];
      annotations[historyKey] = history ? `${history},${String(revisionOf(fresh))}` : String(revisionOf(fresh));
    }
    let made = fresh;
    const minReady = deployment.spec.minReadySeconds ?? 0;
    if (!sameValue(annotations, fresh.metadata.annotations ?? {}) || minReady !== (fresh.spec.minReadySeconds ?? 0)) {
      const next: ReplicaSet = { ...fresh, metadata: { ...fresh.metadata, annotations }, spec: { ...fresh.spec, minReadySeconds: minReady } };
      made = (registry.write(registry.kinds.named('replicasets'), next, manager) as ReplicaSet | undefined) ?? fresh;
    }
    if (deployment.metadata.annotations?.[revisionKey] !== String(revision)) {
      const next = {
        ...deployment,
        metadata: { ...deployment.metadata, annotations: { ...deployment.metadata.annotations, [revisionKey]: String(revision) } },
      };
      registry.write(registry.kinds.named('deployments'), next, manager, 'status');
    }
    return made;
  }

  #scale(deployment: Deployment, set: ReplicaSet, replicas: number): ReplicaSet | undefined {
    const { registry, events } = this.#world;
    const annotations = { ...set.metadata.annotations, ...countAnnotations(deployment) };
    if (set.spec.replicas === replicas && (replicas === 0 || sameValue(annotations, set.metadata.annotations))) return set;
    const next: ReplicaSet = { ...set, metadata: { ...set.metadata, annotations }, spec: { ...set.spec, replicas } };
    const written = registry.write(registry.kinds.named('replicasets'), next, manager) as ReplicaSet | undefined;
    if (written !== undefined && set.spec.replicas !== replicas) {
      const way = replicas > set.spec.replicas ? 'up' : 'down';
      const message = `Scaled ${way} replica set ${set.metadata.name} from ${String(set.spec.replicas)} to ${String(replicas)}`;
      events.record(deployment, component, { type: 'Normal', reason: 'ScalingReplicaSet', message });
    }
    return written;
  }

  /** Old sets beyond the history limit go, oldest first, once they have no pods. */
  #forget(deployment: Deployment, old: readonly ReplicaSet[]): void {
    const { registry } = this.#world;
    const info = registry.kinds.named('replicasets');
    const limit = deployment.spec.revisionHistoryLimit ?? 10;
    const idle = old.filter((set) => set.status.replicas === 0 && set.spec.replicas === 0 && set.metadata.deletionTimestamp === undefined);
    for (const set of idle.slice(0, Math.max(0, idle.length - limit))) registry.remove(info, set.metadata.namespace ?? '', set.metadata.name);
  }

  #report(before: Deployment): void {
    const { registry, clock } = this.#world;
    const info = registry.kinds.named('deployments');
    const deployment = registry.storage.get(info, before.metadata.namespace ?? '', before.metadata.name) as Deployment | undefined;
    if (deployment === undefined || deployment.metadata.uid !== before.metadata.uid) return;
    const sets = (registry.storage.ownedBy(deployment.metadata.uid ?? '') as ReplicaSet[]).filter((one) => one.kind === 'ReplicaSet');
    const fresh = sets.find((set) => sameTemplate(set.spec.template, deployment.spec.template));
    const { status, checkInMs } = deploymentStatus(deployment, sets, fresh, clock.now());
    if (checkInMs !== undefined) this.#loop.enqueueAfter(this, deployment, checkInMs);
    if (!sameValue(status, deployment.status)) registry.write(info, { ...deployment, status }, manager, 'status');
  }
}

function ownerOf(deployment: Deployment): { apiVersion: string; kind: string; name: string; uid: string; controller: true; blockOwnerDeletion: true } {
  const { name, uid = '' } = deployment.metadata;
  return { apiVersion: deployment.apiVersion, kind: deployment.kind, name, uid, controller: true, blockOwnerDeletion: true };
}

function sameTemplate(a: PodTemplate, b: PodTemplate): boolean {
  const bare = (template: PodTemplate): unknown => {
    const { [hashLabel]: _hash, ...labels } = template.metadata?.labels ?? {};
    return [labels, template.metadata?.annotations ?? {}, template.spec];
  };
  return sameValue(bare(a), bare(b));
}

export function revisionOf(set: KubeObject): number {
  return Number(set.metadata.annotations?.[revisionKey] ?? 0) || 0;
}

function nextRevision(sets: readonly ReplicaSet[]): number {
  return Math.max(0, ...sets.map(revisionOf)) + 1;
}

function countAnnotations({ spec }: Deployment): Record<string, string> {
  const { surge } = spec.strategy?.type === 'Recreate' ? { surge: 0 } : boundsOf(spec.strategy?.rollingUpdate, spec.replicas);
  return { [desiredKey]: String(spec.replicas), [maxKey]: String(spec.replicas + surge) };
}

function setAnnotations(deployment: Deployment, revision: number): Record<string, string> {
  const carried = Object.entries(deployment.metadata.annotations ?? {}).filter(([key]) => !ownAnnotations.has(key));
  return { ...Object.fromEntries(carried), ...countAnnotations(deployment), [revisionKey]: String(revision) };
}
