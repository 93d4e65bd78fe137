import { ApiError } from '../apiStatus';
import type { JsonMap, KubeObject } from '../objects';
import type { Pod, PodTemplate, Volume } from '../objectTypes';
import { systemWrite } from '../registry';
import type { Change } from '../storage';
import type { ClaimTemplate, ControllerRevision, StatefulSet } from '../workloadTypes';
import { claimPods, manager, ownerReferenceOf, ownersOfPod, podBody, tryCreatePod } from './ownedPods';
import { availableInMs, isFinished, isReady } from './podFacts';
import { forgetRevisions, revisionHashLabel, syncRevisions } from './revisions';
import type { Behaviour, Key, Reconciler, World } from './world';

const component = 'statefulset-controller';
const retryMs = 5_000;

/** Runs the pods of a stateful set under stable names: started in order, replaced and removed from the highest ordinal down. */
export class StatefulSets implements Behaviour {
  readonly plural = 'statefulsets';
  readonly #world: World;
  readonly #loop: Reconciler;

  constructor(world: World, loop: Reconciler) {
    this.#world = world;
    this.#loop = loop;
  }

  concerned(change: Change): KubeObject[] {
    return ownersOfPod(this.#world, 'statefulsets', 'StatefulSet', change);
  }

  reconcile(_key: Key, object: KubeObject | undefined): void {
    if (object === undefined) return;
    const set = object as StatefulSet;
    const { metadata } = set;
    const pods = (): Pod[] => claimPods(this.#world, set, set.spec.selector, (pod) => ordinalOf(set, pod) !== undefined);
    if (metadata.deletionTimestamp !== undefined) {
      this.#report(set, undefined, pods());
      return;
    }
    const { current: update, all } = syncRevisions(this.#world, set);
    const current = all.find((one) => one.metadata.name === set.status.currentRevision) ?? update;
    this.#move(set, pods(), current, update);
    this.#report(set, update, pods());
    forgetRevisions(this.#world, set, (one) => one === update || one === current || pods().some((pod) => revisionOf(pod) === one.metadata.name));
  }

  /** One step towards what is wanted; with ordered pods, the step ends at the first one that has to be waited for. */
  #move(set: StatefulSet, pods: readonly Pod[], current: ControllerRevision, update: ControllerRevision): void {
    const { spec } = set;
    const start = spec.ordinals?.start ?? 0;
    const ordered = spec.podManagementPolicy !== 'Parallel';
    const byOrdinal = new Map(pods.map((pod) => [ordinalOf(set, pod) ?? -1, pod]));
    const partition = spec.updateStrategy?.rollingUpdate?.partition ?? 0;
    for (let ordinal = start; ordinal < start + spec.replicas; ordinal++) {
      const pod = byOrdinal.get(ordinal);
      if (pod === undefined) {
        const made = this.#create(set, ordinal, ordinal < start + partition ? current : update);
        if (!made || ordered) return;
        continue;
      }
      if (isFinished(pod) && pod.metadata.deletionTimestamp === undefined) {
        this.#remove(set, pod);
        return;
      }
      this.#createClaims(set, ordinal, pod.metadata.name);
      if (ordered && !this.#isAvailable(set, pod)) return;
    }
    const condemned = [...byOrdinal].filter(([ordinal]) => ordinal < start || ordinal >= start + spec.replicas).sort(([a], [b]) => b - a);
    const firstUnhealthy = [...byOrdinal].sort(([a], [b]) => a - b).find(([, pod]) => !this.#isAvailable(set, pod))?.[1];
    for (const [ordinal, pod] of condemned) {
      if (pod.metadata.deletionTimestamp !== undefined) {
        if (ordered) return;
        continue;
      }
      if (ordered && !this.#isAvailable(set, pod) && pod !== firstUnhealthy) return;
      this.#letClaimsFollow(set, ordinal, pod);
      this.#remove(set, pod);
      if (ordered) return;
    }
    if (spec.updateStrategy?.type === 'OnDelete') return;
    const kept = [...byOrdinal].filter(([ordinal]) => ordinal >= start && ordinal < start + spec.replicas).sort(([a], [b]) => b - a);
    if (kept.some(([, pod]) => !this.#isAvailable(set, pod))) return;
    const outdated = kept.find(([ordinal, pod]) => ordinal >= start + partition && revisionOf(pod) !== update.metadata.name);
    if (outdated !== undefined) this.#remove(set, outdated[1]);
  }

  #isAvailable(set: StatefulSet, pod: Pod): boolean {
    if (pod.metadata.deletionTimestamp !== undefined || !isReady(pod)) return false;
    const waitMs = availableInMs(pod, set.spec.minReadySeconds ?? 0, this.#world.clock.now());
    if (waitMs !== undefined && waitMs > 0) this.#loop.enqueueAfter(this, set, waitMs);
    return waitMs === 0;
  }

  /** False when it could not be made; it is tried again a while later. */
  #create(set: StatefulSet, ordinal: number, revision: ControllerRevision): boolean {
    const name = podName(set, ordinal);
    const claims = this.#createClaims(set, ordinal, name);
    const template = templateIn(revision);
    const identity = {
      name,
      labels: {
        'apps.kubernetes.io/pod-index': String(ordinal),
        [revisionHashLabel]: revision.metadata.name,
        'statefulset.kubernetes.io/pod-name': name,
      },
    };
    const body = podBody(set, template, identity, {
      hostname: name,
      ...(set.spec.serviceName ? { subdomain: set.spec.serviceName } : {}),
      ...volumesWithClaims(template, set, ordinal),
    });
    const refusal = claims ?? tryCreatePod(this.#world, set, body).refusal;
    if (refusal === undefined) {
      this.#tell(set, 'Normal', 'SuccessfulCreate', `create Pod ${name} in StatefulSet ${set.metadata.name} successful`);
      return true;
    }
    this.#tell(set, 'Warning', 'FailedCreate', `create Pod ${name} in StatefulSet ${set.metadata.name} failed error: ${refusal.message}`);
    this.#loop.enqueueAfter(this, set, retryMs);
    return false;
  }

  /** Makes the claims of a pod that are not there yet. What the API server refuses is told and comes back. */
  #createClaims(set: StatefulSet, ordinal: number, pod: string): ApiError | undefined {
    const { registry } = this.#world;
    const info = registry.kinds.named('persistentvolumeclaims');
    const { namespace = '' } = set.metadata;
    for (const template of set.spec.volumeClaimTemplates ?? []) {
      const name = claimName(set, template, ordinal);
      if (registry.storage.get(info, namespace, name) !== undefined) continue;
      const follows = set.spec.persistentVolumeClaimRetentionPolicy?.whenDeleted === 'Delete';
      const { name: _name, ...metadata } = template.metadata;
      const body = {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: {
          ...metadata,
          name,
          namespace,
          labels: { ...metadata.labels, ...set.spec.selector.matchLabels },
          ...(follows ? { ownerReferences: [ownerReferenceOf(set)] } : {}),
        },
        spec: template.spec,
      };
      try {
        registry.create(info, namespace, body as unknown as JsonMap, systemWrite(manager));
        this.#tell(set, 'Normal', 'SuccessfulCreate', `create Claim ${name} Pod ${pod} in StatefulSet ${set.metadata.name} success`);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        this.#tell(set, 'Warning', 'FailedCreate', `create Claim ${name} for Pod ${pod} in StatefulSet ${set.metadata.name} failed error: ${error.message}`);
        return error;
      }
    }
    return undefined;
  }

  /** Claims that are not to outlive a scale-down become the pod's, and go with it. */
  #letClaimsFollow(set: StatefulSet, ordinal: number, pod: Pod): void {
    if (set.spec.persistentVolumeClaimRetentionPolicy?.whenScaled !== 'Delete') return;
    const { registry } = this.#world;
    const info = registry.kinds.named('persistentvolumeclaims');
    for (const template of set.spec.volumeClaimTemplates ?? []) {
      const claim = registry.storage.get(info, set.metadata.namespace ?? '', claimName(set, template, ordinal));
      if (claim === undefined || claim.metadata.ownerReferences?.some((one) => one.uid === pod.metadata.uid) === true) continue;
      const others = (claim.metadata.ownerReferences ?? []).filter((one) => one.uid !== set.metadata.uid);
      const ownerReferences = [...others, { ...ownerReferenceOf(pod), apiVersion: 'v1', kind: 'Pod' }];
      registry.write(info, { ...claim, metadata: { ...claim.metadata, ownerReferences } }, manager);
    }
  }

  #remove(set: StatefulSet, pod: Pod): void {
    const { registry } = this.#world;
    registry.remove(registry.kinds.named('pods'), pod.metadata.namespace ?? '', pod.metadata.name, { propagationPolicy: 'Background' });
    this.#tell(set, 'Normal', 'SuccessfulDelete', `delete Pod ${pod.metadata.name} in StatefulSet ${set.metadata.name} successful`);
  }

  #tell(set: StatefulSet, type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.#world.events.record(set, component, { type, reason, message });
  }

  #report(before: StatefulSet, update: ControllerRevision | undefined, pods: readonly Pod[]): void {
    const { registry } = this.#world;
    const info = registry.kinds.named('statefulsets');
    const set = registry.storage.get(info, before.metadata.namespace ?? '', before.metadata.name) as StatefulSet | undefined;
    if (set === undefined || set.metadata.uid !== before.metadata.uid) return;
    const updateRevision = update?.metadata.name ?? set.status.updateRevision ?? '';
    let currentRevision = set.status.currentRevision || updateRevision;
    const alive = pods.filter((pod) => pod.metadata.deletionTimestamp === undefined);
    const ready = pods.filter(isReady).length;
    const updated = alive.filter((pod) => revisionOf(pod) === updateRevision).length;
    const rolls = set.spec.updateStrategy?.type !== 'OnDelete';
    // The rollout is complete once every replica is of the new revision and ready; until then both revisions are told.
    if (rolls && currentRevision !== updateRevision && updated === set.spec.replicas && alive.length === updated && alive.every(isReady)) {
      currentRevision = updateRevision;
    }
    const status: StatefulSet['status'] = {
      ...set.status,
      observedGeneration: before.metadata.generation ?? 1,
      replicas: pods.length,
      readyReplicas: ready,
      availableReplicas: alive.filter((pod) => this.#isAvailable(set, pod)).length,
      currentReplicas: alive.filter((pod) => revisionOf(pod) === currentRevision).length,
      updatedReplicas: updated,
      currentRevision,
      updateRevision,
      collisionCount: set.status.collisionCount ?? 0,
    };
    registry.write(info, { ...set, status }, manager, 'status');
  }
}

function podName(set: StatefulSet, ordinal: number): string {
  return `${set.metadata.name}-${String(ordinal)}`;
}

function claimName(set: StatefulSet, template: ClaimTemplate, ordinal: number): string {
  return `${template.metadata.name}-${podName(set, ordinal)}`;
}

/** The number in a pod's name; undefined for a name that the set did not give. */
function ordinalOf(set: StatefulSet, pod: Pod): number | undefined {
  const prefix = `${set.metadata.name}-`;
  const rest = pod.metadata.name.startsWith(prefix) ? pod.metadata.name.slice(prefix.length) : '';
  return /^\d+$/.test(rest) ? Number(rest) : undefined;
}

function revisionOf(pod: Pod): string {
  return pod.metadata.labels?.[revisionHashLabel] ?? '';
}

/** The template that a revision stands for, without the directive that makes it a patch. */
function templateIn(revision: ControllerRevision): PodTemplate {
  const { $patch: _directive, ...template } = revision.data.spec.template as PodTemplate & { $patch?: string };
  return template;
}

/** A claim takes the place of a volume of the same name. */
function volumesWithClaims(template: PodTemplate, set: StatefulSet, ordinal: number): { volumes?: Volume[] } {
  const claims = (set.spec.volumeClaimTemplates ?? []).map((one) => ({
    name: one.metadata.name,
    persistentVolumeClaim: { claimName: claimName(set, one, ordinal) },
  }));
  if (claims.length === 0) return {};
  const others = (template.spec.volumes ?? []).filter((volume) => claims.every((claim) => claim.name !== volume.name));
  return { volumes: [...claims, ...others] };
}
