import { ApiError } from '../apiStatus';
import { sameValue, type KubeObject } from '../objects';
import type { Pod } from '../objectTypes';
import type { Registry } from '../registry';
import { selectorMatches } from '../selectors';
import type { Change } from '../storage';
import type { DisruptionBudget } from '../workloadTypes';
import { withCondition } from './conditions';
import { manager } from './ownedPods';
import { isActive, isFinished, isReady } from './podFacts';
import { resolved } from './rollout';
import { nowText, type Behaviour, type Key, type World } from './world';

const component = 'controllermanager';

/** Counts how many pods of a budget may be disrupted now; evictions ask `evictionRefusal`. */
export class DisruptionBudgets implements Behaviour {
  readonly plural = 'poddisruptionbudgets';
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** Its pods, and the wanted sizes of those who control them. */
  concerned(change: Change): KubeObject[] {
    const { registry } = this.#world;
    const info = registry.kinds.named('poddisruptionbudgets');
    const { namespace = '', labels } = change.object.metadata;
    if (change.info.plural === 'pods') {
      return registry.storage.list(info, namespace).filter((budget) => {
        const { selector } = (budget as DisruptionBudget).spec;
        return selectorMatches(selector, labels) || selectorMatches(selector, change.previous?.metadata.labels);
      });
    }
    if (!['deployments', 'replicasets', 'statefulsets'].includes(change.info.plural) || change.type !== 'MODIFIED') return [];
    return [...registry.storage.list(info, namespace)];
  }

  reconcile(_key: Key, object: KubeObject | undefined): void {
    if (object === undefined || object.metadata.deletionTimestamp !== undefined) return;
    const budget = object as DisruptionBudget;
    const { registry, events } = this.#world;
    const pods = selectedPods(registry, budget);
    if (pods.length === 0) events.record(budget, component, { type: 'Normal', reason: 'NoPods', message: 'No matching pods found' });
    const { expectedPods, desiredHealthy } = this.#wanted(budget, pods);
    const currentHealthy = pods.filter((pod) => isReady(pod) && isActive(pod)).length;
    const disruptionsAllowed = expectedPods <= 0 ? 0 : Math.max(0, currentHealthy - desiredHealthy);
    const observedGeneration = budget.metadata.generation ?? 1;
    const condition = {
      type: 'DisruptionAllowed',
      status: disruptionsAllowed > 0 ? 'True' : 'False',
      reason: disruptionsAllowed > 0 ? 'SufficientPods' : 'InsufficientPods',
      message: '',
      observedGeneration,
    } as const;
    const conditions = withCondition(budget.status.conditions, condition, nowText(this.#world));
    const status: DisruptionBudget['status'] = { currentHealthy, desiredHealthy, disruptionsAllowed, expectedPods, observedGeneration, conditions };
    const info = registry.kinds.named('poddisruptionbudgets');
    if (!sameValue(status, budget.status)) registry.write(info, { ...budget, status }, manager, 'status');
  }

  #wanted({ spec }: DisruptionBudget, pods: readonly Pod[]): { expectedPods: number; desiredHealthy: number } {
    if (spec.maxUnavailable !== undefined) {
      const expectedPods = this.#scaleOf(pods);
      return { expectedPods, desiredHealthy: Math.max(0, expectedPods - resolved(spec.maxUnavailable, expectedPods, true)) };
    }
    if (typeof spec.minAvailable === 'string') {
      const expectedPods = this.#scaleOf(pods);
      return { expectedPods, desiredHealthy: resolved(spec.minAvailable, expectedPods, true) };
    }
    return { expectedPods: pods.length, desiredHealthy: spec.minAvailable ?? 0 };
  }

  #controllerOf(object: KubeObject): KubeObject | undefined {
    const { registry } = this.#world;
    const reference = object.metadata.ownerReferences?.find((one) => one.controller === true);
    const info = reference && registry.kinds.ofKind(reference.apiVersion, reference.kind);
    return info && registry.storage.get(info, object.metadata.namespace ?? '', reference.name);
  }

  /** How many pods those who control the pods want together; a pod without a controller does not count. */
  #scaleOf(pods: readonly Pod[]): number {
    const sizes = new Map<string, number>();
    for (const pod of pods) {
      let owner: KubeObject = pod;
      for (let next = this.#controllerOf(owner); next !== undefined; next = this.#controllerOf(owner)) owner = next;
      const replicas = owner === pod ? undefined : (owner.spec as { replicas?: number } | undefined)?.replicas;
      if (replicas !== undefined) sizes.set(owner.metadata.uid ?? '', replicas);
    }
    return [...sizes.values()].reduce((sum, size) => sum + size, 0);
  }
}

function selectedPods(registry: Registry, { metadata, spec }: DisruptionBudget): Pod[] {
  const pods = registry.storage.list(registry.kinds.named('pods'), metadata.namespace) as readonly Pod[];
  return pods.filter((pod) => selectorMatches(spec.selector, pod.metadata.labels) && !isFinished(pod));
}

/** Why a pod may not be evicted now: 429 with the budget's own words; undefined when it may. */
export function evictionRefusal(registry: Registry, pod: Pod): ApiError | undefined {
  if (isFinished(pod) || pod.metadata.deletionTimestamp !== undefined || pod.status.phase === 'Pending') return undefined;
  const all = registry.storage.list(registry.kinds.named('poddisruptionbudgets'), pod.metadata.namespace) as readonly DisruptionBudget[];
  const budgets = all.filter((budget) => selectorMatches(budget.spec.selector, pod.metadata.labels));
  const [budget, ...more] = budgets;
  if (budget === undefined) return undefined;
  if (more.length > 0) {
    return new ApiError(500, 'InternalError', 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.');
  }
  const { status, spec, metadata } = budget;
  // Counted anew: the status follows a moment after the last eviction.
  const healthy = selectedPods(registry, budget).filter((one) => isReady(one) && isActive(one)).length;
  const desired = status.desiredHealthy ?? 0;
  // A pod that does not work anyway is no loss, while enough others do or the policy says so.
  const enough = healthy >= desired && desired > 0;
  if (!isReady(pod) && (spec.unhealthyPodEvictionPolicy === 'AlwaysAllow' || enough)) return undefined;
  const refused = (message: string, retryAfterSeconds?: number): ApiError =>
    new ApiError(429, 'TooManyRequests', "Cannot evict pod as it would violate the pod's disruption budget.", {
      causes: [{ reason: 'DisruptionBudget', message }],
      ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    });
  if ((status.observedGeneration ?? 0) < (metadata.generation ?? 1)) {
    return refused(`The disruption budget ${metadata.name} is still being processed by the server.`, 10);
  }
  if ((status.expectedPods ?? 0) > 0 && healthy > desired) return undefined;
  return refused(`The disruption budget ${metadata.name} needs ${String(desired)} healthy pods and has ${String(healthy)} currently`);
}
