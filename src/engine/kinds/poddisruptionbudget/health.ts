import type { KubeObject } from '../../../shared/kubeObject';
import type { NodeStatus } from '../../../shared/nodeStatus';
import { conditionOf, numberAt, unsettled, verdict } from '../../status/verdict';

/** Well as soon as its controller has counted (kstatus); that no pod may be evicted now is a fact and no fault. */
export function disruptionBudgetHealth(budget: KubeObject): NodeStatus {
  const early = unsettled(budget, { ready: 0, desired: 0 }, true);
  if (early !== undefined) return early;
  const failed = conditionOf(budget, 'DisruptionAllowed');
  if (failed?.reason === 'SyncFailed')
    return verdict('error', failed.message === '' ? 'Its pods could not be counted' : failed.message, { reason: failed.reason });
  const allowed = numberAt(budget.status, ['disruptionsAllowed']) ?? 0;
  const current = numberAt(budget.status, ['currentHealthy']) ?? 0;
  const desired = numberAt(budget.status, ['desiredHealthy']) ?? 0;
  return verdict('healthy', `${String(allowed)} of ${String(current)} pods may be evicted, ${String(desired)} must stay`);
}
