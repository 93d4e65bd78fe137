import type { JsonObject, JsonValue } from '../../../shared/json';
import { isJsonObject } from '../../../shared/json';
import type { KubeObject } from '../../../shared/kubeObject';
import type { NodeStatus } from '../../../shared/nodeStatus';
import type { Condition } from '../../status/verdict';
import { conditionsOf, itemsAt, numberAt, textAt, unsettled, verdict } from '../../status/verdict';

const brokenReasons: ReadonlySet<string> = new Set(['FailedGetScale', 'FailedUpdateScale', 'FailedGetResourceMetric', 'InvalidSelector']);

/** Conditions that say it cannot scale are errors; able to scale and at the wanted size is healthy; else it is scaling or waiting. */
export function autoscalerHealth(autoscaler: KubeObject): NodeStatus {
  const facts = factsOf(autoscaler);
  const early = unsettled(autoscaler, { ready: 0, desired: 0 }, false);
  if (early !== undefined) return { ...early, ...facts };
  const conditions = autoscalerConditions(autoscaler);
  const broken = conditions.find(
    (condition) => (condition.type === 'AbleToScale' || condition.type === 'ScalingActive') && brokenReasons.has(condition.reason),
  );
  if (broken !== undefined) return verdict('error', broken.message, { ...facts, reason: broken.reason });
  const able = conditions.find((condition) => condition.type === 'AbleToScale');
  const inactive = conditions.find((condition) => condition.type === 'ScalingActive' && condition.status === 'False' && condition.reason !== 'ScalingDisabled');
  if (able?.status !== 'True') return verdict('pending', able === undefined || able.message === '' ? 'Waiting to Autoscale' : able.message, facts);
  if (inactive !== undefined) return verdict('pending', inactive.message, { ...facts, reason: inactive.reason });
  const { currentReplicas: current, desiredReplicas: desired } = facts;
  if (current !== undefined && desired !== undefined && current !== desired)
    return verdict('partial', `Scaling from ${String(current)} to ${String(desired)}`, facts);
  return verdict('healthy', desired === undefined ? 'Able to scale' : `At ${String(desired)} replicas`, facts);
}

/** Bounds, sizes and the utilisation of CPU and memory, as autoscaling/v1 and v2 write them. */
function factsOf(
  autoscaler: KubeObject,
): Pick<
  NodeStatus,
  'minReplicas' | 'maxReplicas' | 'currentReplicas' | 'desiredReplicas' | 'scaleTarget' | 'cpuCurrent' | 'cpuTarget' | 'memoryCurrent' | 'memoryTarget'
> {
  const { spec, status } = autoscaler;
  const target = (name: string): number | undefined => utilisation(itemsAt(spec, ['metrics']), name, ['target', 'averageUtilization']);
  const current = (name: string): number | undefined => utilisation(itemsAt(status, ['currentMetrics']), name, ['current', 'averageUtilization']);
  const kind = textAt(spec, ['scaleTargetRef', 'kind']);
  const named = {
    minReplicas: numberAt(spec, ['minReplicas']) ?? 1,
    maxReplicas: numberAt(spec, ['maxReplicas']),
    currentReplicas: numberAt(status, ['currentReplicas']),
    desiredReplicas: numberAt(status, ['desiredReplicas']),
    scaleTarget: kind === undefined ? undefined : `${kind}/${textAt(spec, ['scaleTargetRef', 'name']) ?? ''}`,
    cpuTarget: target('cpu') ?? numberAt(spec, ['targetCPUUtilizationPercentage']),
    cpuCurrent: current('cpu') ?? numberAt(status, ['currentCPUUtilizationPercentage']),
    memoryTarget: target('memory'),
    memoryCurrent: current('memory'),
  };
  return Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined));
}

function utilisation(metrics: readonly JsonObject[], resource: string, path: readonly string[]): number | undefined {
  const metric = metrics.find((one) => textAt(one, ['resource', 'name']) === resource);
  return numberAt(metric, ['resource', ...path]);
}

/** autoscaling/v1 has its conditions as JSON in an annotation, later versions in the status. */
function autoscalerConditions(autoscaler: KubeObject): readonly Condition[] {
  const written = autoscaler.metadata.annotations?.['autoscaling.alpha.kubernetes.io/conditions'];
  if (written === undefined) return conditionsOf(autoscaler);
  let parsed: JsonValue;
  try {
    parsed = JSON.parse(written) as JsonValue;
  } catch {
    // Anyone may write an annotation; one that is no JSON says nothing.
    return [];
  }
  if (!Array.isArray(parsed)) return [];
  return (parsed as readonly JsonValue[]).filter(isJsonObject).map((item) => ({
    type: textAt(item, ['type']) ?? '',
    status: textAt(item, ['status']) ?? '',
    reason: textAt(item, ['reason']) ?? '',
    message: textAt(item, ['message']) ?? '',
  }));
}
