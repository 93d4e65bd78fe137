import { canonicalQuantity, quantityNanos } from '../../openapi';
import { ApiError, notFound } from '../apiStatus';
import { servesSubresource, type KindInfo } from '../kinds';
import { sameValue, type KubeObject } from '../objects';
import type { Condition } from '../objectTypes';
import { systemWrite } from '../registry';
import { selectorMatches, type LabelSelector } from '../selectors';
import type { Autoscaler, MetricSpec } from '../workloadTypes';
import { loadOf, replicasFor, sizeNow, targetPercent, type Recommendation, type ScaleEvent } from './autoscaling';
import { withCondition, withoutCondition } from './conditions';
import { manager } from './ownedPods';
import { isActive, podsAmong } from './podFacts';
import { nowText, type Behaviour, type Key, type World } from './world';

const component = 'horizontal-pod-autoscaler';
const syncMs = 15_000;
/** Scripts the load of the target, as there are no metrics: percent of one pod's request, for all pods together. */
const loadAnnotation = 'sandbox.kubeorch.dev/load';
/** No window is longer than an hour. */
const rememberMs = 3_600_000;

interface Memory {
  uid: string;
  /** What a person last asked for; a change of it is looked at at once. */
  asked: unknown;
  recommendations: Recommendation[];
  events: ScaleEvent[];
  cancel?: () => void;
}

interface Scaled extends KubeObject {
  spec: { replicas: number; selector: LabelSelector };
  status: { replicas?: number };
}

type CurrentMetrics = NonNullable<Autoscaler['status']['currentMetrics']>;

/** Why no size can be computed: reason and words of the real controller. */
class MetricFailure extends Error {
  readonly reason: string;
  constructor(reason: string, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** Scales what a horizontal autoscaler targets by a scripted load. Without one it finds no metrics, and says so. */
export class Autoscalers implements Behaviour {
  readonly plural = 'horizontalpodautoscalers';
  readonly #world: World;
  readonly #memories = new Map<string, Memory>();

  constructor(world: World) {
    this.#world = world;
  }

  reconcile(key: Key, object: KubeObject | undefined): void {
    const id = `${key.namespace}/${key.name}`;
    const known = this.#memories.get(id);
    if (object === undefined || (known !== undefined && known.uid !== object.metadata.uid)) {
      known?.cancel?.();
      this.#memories.delete(id);
      if (object === undefined) return;
    }
    const asked = [object.spec, object.metadata.annotations?.[loadAnnotation]];
    const memory = this.#memories.get(id) ?? { uid: object.metadata.uid ?? '', asked: undefined, recommendations: [], events: [] };
    // Its own writes of the status are no reason to look again.
    if (sameValue(memory.asked, asked)) return;
    this.#memories.set(id, { ...memory, asked });
    this.#syncAndRepeat(key, id);
  }

  close(): void {
    for (const memory of this.#memories.values()) memory.cancel?.();
    this.#memories.clear();
  }

  #syncAndRepeat(key: Key, id: string): void {
    const memory = this.#memories.get(id);
    const scaler = this.#world.registry.storage.get(key.info, key.namespace, key.name) as Autoscaler | undefined;
    if (memory === undefined || scaler === undefined) return;
    memory.cancel?.();
    this.#sync(key.info, scaler, memory);
    memory.cancel = this.#world.clock.after(syncMs, () => {
      this.#syncAndRepeat(key, id);
    });
  }

  #sync(info: KindInfo, scaler: Autoscaler, memory: Memory): void {
    const conditions = new ConditionList(scaler.status.conditions ?? [], nowText(this.#world));
    const status: Autoscaler['status'] = { ...scaler.status, desiredReplicas: scaler.status.desiredReplicas ?? 0 };
    try {
      const target = this.#targetOf(scaler);
      conditions.set('AbleToScale', true, 'SucceededGetScale', "the HPA controller was able to get the target's current scale");
      status.currentReplicas = target.object.status.replicas ?? 0;
      this.#scale(scaler, target, status, conditions, memory);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      conditions.set('AbleToScale', false, 'FailedGetScale', `the HPA controller was unable to get the target's current scale: ${error.message}`);
      this.#tell(scaler, 'Warning', 'FailedGetScale', error.message);
    }
    status.conditions = conditions.all;
    this.#world.registry.write(info, { ...scaler, status }, manager, 'status');
  }

  #targetOf({ spec, metadata }: Autoscaler): { info: KindInfo; object: Scaled } {
    const { registry } = this.#world;
    const { apiVersion, kind, name } = spec.scaleTargetRef;
    const info = registry.kinds.ofKind(apiVersion, kind);
    if (info === undefined || !servesSubresource(info, 'scale')) {
      throw new ApiError(404, 'NotFound', `no matches for kind "${kind}" in group "${apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : ''}"`);
    }
    const object = registry.storage.get(info, metadata.namespace ?? '', name);
    if (object === undefined) throw notFound(info, name);
    return { info, object: object as Scaled };
  }

  #scale(scaler: Autoscaler, target: { info: KindInfo; object: Scaled }, status: Autoscaler['status'], conditions: ConditionList, memory: Memory): void {
    const { spec } = scaler;
    const nowMs = this.#world.clock.now();
    const current = target.object.spec.replicas;
    const min = spec.minReplicas ?? 1;
    if (current === 0 && min !== 0) {
      conditions.set('ScalingActive', false, 'ScalingDisabled', 'scaling is disabled since the replica count of the target is zero');
      status.desiredReplicas = 0;
      return;
    }
    let size = current;
    let reason = '';
    if (current > spec.maxReplicas) [size, reason] = [spec.maxReplicas, 'Current number of replicas above Spec.MaxReplicas'];
    else if (current < min) [size, reason] = [min, 'Current number of replicas below Spec.MinReplicas'];
    else {
      const wanted = this.#wanted(scaler, target.object, current, status, conditions);
      if (wanted === undefined) return;
      memory.recommendations = [...memory.recommendations.filter((one) => nowMs - one.atMs < rememberMs), { atMs: nowMs, replicas: wanted.replicas }];
      const limits = { min, max: spec.maxReplicas, scaleUp: spec.behavior?.scaleUp, scaleDown: spec.behavior?.scaleDown };
      const verdict = sizeNow(current, wanted.replicas, limits, memory.recommendations, memory.events, nowMs);
      size = verdict.replicas;
      reason = size > current ? `${wanted.metric} above target` : 'All metrics below target';
      const held = verdict.stabilized === 'ScaleUpStabilized' ? ['lower', 'lowest'] : ['higher', 'highest'];
      if (verdict.stabilized === undefined) conditions.set('AbleToScale', true, 'ReadyForNewScale', 'recommended size matches current size');
      else {
        const text = `recent recommendations were ${held[0] ?? ''} than current one, applying the ${held[1] ?? ''} recent recommendation`;
        conditions.set('AbleToScale', true, verdict.stabilized, text);
      }
      const { limited } = verdict;
      conditions.set(
        'ScalingLimited',
        limited !== undefined,
        limited?.reason ?? 'DesiredWithinRange',
        limited?.message ?? 'the desired count is within the acceptable range',
      );
    }
    status.desiredReplicas = size;
    if (size === current) return;
    this.#resize(target, scaler, size);
    conditions.set('AbleToScale', true, 'SucceededRescale', `the HPA controller was able to update the target scale to ${String(size)}`);
    this.#tell(scaler, 'Normal', 'SuccessfulRescale', `New size: ${String(size)}; reason: ${reason}`);
    status.lastScaleTime = nowText(this.#world);
    memory.events = [...memory.events.filter((one) => nowMs - one.atMs < rememberMs), { atMs: nowMs, by: size - current }];
  }

  /** The largest size that a metric asks for; undefined when none can be had, which is told. */
  #wanted(
    scaler: Autoscaler,
    target: Scaled,
    current: number,
    status: Autoscaler['status'],
    conditions: ConditionList,
  ): { replicas: number; metric: string } | undefined {
    const metrics = scaler.spec.metrics ?? [];
    const found: CurrentMetrics = [];
    let best: { replicas: number; metric: string } | undefined;
    const failures: MetricFailure[] = [];
    for (const metric of metrics) {
      try {
        const { percent, entry } = this.#measure(scaler, target, metric, current);
        found.push(entry);
        const replicas = replicasFor(current, percent, targetPercent(metric));
        const name = metric.resource?.name ?? '';
        const title = metric.resource?.target.averageValue === undefined ? `${name} resource utilization (percentage of request)` : `${name} resource`;
        if (best === undefined || replicas > best.replicas) best = { replicas, metric: title };
      } catch (error) {
        if (!(error instanceof MetricFailure)) throw error;
        failures.push(error);
        this.#tell(scaler, 'Warning', error.reason, error.message);
      }
    }
    const [first] = failures;
    // With a part of the metrics missing it is not safe to shrink.
    if (first !== undefined && (best === undefined || best.replicas < current)) {
      conditions.set('ScalingActive', false, first.reason, `the HPA was unable to compute the replica count: ${first.message}`);
      const counts = `${String(failures.length)} invalid out of ${String(metrics.length)}`;
      const what = `failed to get ${metrics[0]?.resource?.name ?? ''} resource metric value: ${first.message}`;
      this.#tell(scaler, 'Warning', 'FailedComputeMetricsReplicas', `invalid metrics (${counts}), first error is: ${what}`);
      return undefined;
    }
    if (best === undefined) return undefined;
    conditions.set('ScalingActive', true, 'ValidMetricFound', `the HPA was able to successfully calculate a replica count from ${best.metric}`);
    status.currentMetrics = found;
    return best;
  }

  #measure(scaler: Autoscaler, target: Scaled, metric: MetricSpec, current: number): { percent: number; entry: CurrentMetrics[number] } {
    const { resource } = metric;
    if (metric.type !== 'Resource' || resource === undefined) {
      const api = metric.type === 'External' ? 'external' : 'custom';
      throw new MetricFailure(`FailedGet${metric.type}Metric`, `unable to fetch metrics from ${api} metrics API: no ${api} metrics API is served`);
    }
    const load = loadOf(scaler.metadata.annotations?.[loadAnnotation], resource.name);
    const what = resource.target.averageValue === undefined ? 'utilization' : 'usage';
    if (load === undefined) {
      const missing = 'unable to fetch metrics from resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)';
      throw new MetricFailure(
        'FailedGetResourceMetric',
        `failed to get ${resource.name} ${what}: unable to get metrics for resource ${resource.name}: ${missing}`,
      );
    }
    const percent = Math.floor(load / current);
    if (resource.target.averageValue !== undefined) {
      const share = ((quantityNanos(resource.target.averageValue) ?? 0n) * BigInt(percent)) / 100n;
      return {
        percent,
        entry: { type: 'Resource', resource: { name: resource.name, current: { averageValue: quantityText(share, resource.target.averageValue) } } },
      };
    }
    const requested = this.#requested(target, resource.name);
    const averageValue = quantityText((requested.nanos * BigInt(percent)) / 100n, requested.text);
    return { percent, entry: { type: 'Resource', resource: { name: resource.name, current: { averageUtilization: percent, averageValue } } } };
  }

  /** What one pod of the target asks for. A container that asks for nothing has no utilization. */
  #requested(target: Scaled, resource: string): { nanos: bigint; text: string } {
    const { registry } = this.#world;
    const pods = podsAmong([...registry.storage.each(registry.kinds.named('pods'), target.metadata.namespace ?? '')]);
    const pod = pods.find((one) => isActive(one) && selectorMatches(target.spec.selector, one.metadata.labels));
    if (pod === undefined)
      throw new MetricFailure('FailedGetResourceMetric', `failed to get ${resource} utilization: no pods returned by selector while calculating replica count`);
    let nanos = 0n;
    let text = '';
    for (const container of pod.spec.containers) {
      const amount = container.resources?.requests?.[resource];
      if (amount === undefined) {
        const where = `missing request for ${resource} in container ${container.name} of Pod ${pod.metadata.name}`;
        throw new MetricFailure('FailedGetResourceMetric', `failed to get ${resource} utilization: ${where}`);
      }
      text ||= amount;
      nanos += quantityNanos(amount) ?? 0n;
    }
    return { nanos, text };
  }

  #resize(target: { info: KindInfo; object: Scaled }, scaler: Autoscaler, replicas: number): void {
    const { namespace = '', name } = target.object.metadata;
    const scale = { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name, namespace }, spec: { replicas } };
    this.#world.registry.update(target.info, scaler.metadata.namespace ?? '', name, 'scale', scale, systemWrite(manager));
  }

  #tell(scaler: Autoscaler, type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.#world.events.record(scaler, component, { type, reason, message });
  }
}

/** An amount in the family of suffixes of another one. */
function quantityText(nanos: bigint, like: string): string {
  const millis = nanos / 1_000_000n;
  if (!like.endsWith('i')) return canonicalQuantity(`${String(millis)}m`);
  return canonicalQuantity(`${String(nanos / 1_000_000_000n / 1024n)}Ki`);
}

class ConditionList {
  all: Condition[];
  readonly #now: string;

  constructor(all: Condition[], now: string) {
    this.all = all;
    this.#now = now;
  }

  /** The newest stands where it stood before; an autoscaler that cannot compute keeps what it knew else. */
  set(type: string, holds: boolean, reason: string, message: string): void {
    this.all = withCondition(this.all, { type, status: holds ? 'True' : 'False', reason, message }, this.#now);
    if (type === 'AbleToScale' && !holds) this.all = withoutCondition(this.all, 'ScalingLimited');
  }
}
