import type { JsonValue } from '../../../shared/json';
import { isJsonObject } from '../../../shared/json';
import type { KubeObject } from '../../../shared/kubeObject';
import type { NodeStatus } from '../../../shared/nodeStatus';
import type { Condition } from '../../status/verdict';
import { conditionsOf, numberAt, textAt, unsettled, verdict } from '../../status/verdict';

const brokenReasons: ReadonlySet<string> = new Set(['FailedGetScale', 'FailedUpdateScale', 'FailedGetResourceMetric', 'InvalidSelector']);

/** Conditions that say it cannot scale are errors; able to scale and at the wanted size is healthy; else it is scaling or waiting. */
export function autoscalerHealth(autoscaler: KubeObject): NodeStatus {
  const early = unsettled(autoscaler, { ready: 0, desired: 0 }, false);
  if (early !== undefined) return early;
  const conditions = autoscalerConditions(autoscaler);
  const broken = conditions.find(
    (condition) => (condition.type === 'AbleToScale' || condition.type === 'ScalingActive') && brokenReasons.has(condition.reason),
  );
  if (broken !== undefined) return verdict('error', broken.message, { reason: broken.reason });
  const able = conditions.find((condition) => condition.type === 'AbleToScale');
  const inactive = conditions.find((condition) => condition.type === 'ScalingActive' && condition.status === 'False' && condition.reason !== 'ScalingDisabled');
  if (able?.status !== 'True') return verdict('pending', able === undefined || able.message === '' ? 'Waiting to Autoscale' : able.message);
  if (inactive !== undefined) return verdict('pending', inactive.message, { reason: inactive.reason });
  const current = numberAt(autoscaler.status, ['currentReplicas']);
  const desired = numberAt(autoscaler.status, ['desiredReplicas']);
  if (current !== undefined && desired !== undefined && current !== desired) return verdict('partial', `Scaling from ${String(current)} to ${String(desired)}`);
  return verdict('healthy', desired === undefined ? 'Able to scale' : `At ${String(desired)} replicas`);
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
