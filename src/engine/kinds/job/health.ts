import type { KubeObject } from '../../../shared/kubeObject';
import type { NodeStatus } from '../../../shared/nodeStatus';
import { isLive, newestFailed, worstOf } from '../../status/podTrouble';
import { refusedPods } from '../../status/warnings';
import type { Related } from '../../status/verdict';
import { conditionOf, numberAt, textAt, unsettled, verdict } from '../../status/verdict';
import { podHealth } from '../pod/health';

/**
 * The controller's conditions decide, so that completions and back-off limit are respected. A running Job is on its way
 * (gitops-engine); kstatus calls it current as soon as it has started, which would let a dependent begin too early.
 */
export function jobHealth(job: KubeObject, related: Related): NodeStatus {
  const desired = numberAt(job.spec, ['completions']) ?? numberAt(job.spec, ['parallelism']) ?? 1;
  const succeeded = numberAt(job.status, ['succeeded']) ?? 0;
  const failed = numberAt(job.status, ['failed']) ?? 0;
  const active = numberAt(job.status, ['active']) ?? 0;
  const counts = { ready: succeeded, desired, active, succeeded, failed };
  const early = unsettled(job, counts, false);
  if (early !== undefined) return early;
  const pods = related.pods ?? [];
  const lastFailed = newestFailed(pods);
  const ended = conditionOf(job, 'Failed');
  if (ended?.status === 'True') {
    const why = [ended.message, lastFailed === undefined ? '' : podHealth(lastFailed, related).message].filter((words) => words !== '').join(': ');
    return verdict('error', `Failed (${String(failed)} failed)${why === '' ? '' : `: ${why}`}`, {
      ...counts,
      reason: ended.reason === '' ? 'Failed' : ended.reason,
    });
  }
  if (conditionOf(job, 'Complete')?.status === 'True') return verdict('healthy', `Completed successfully (${String(succeeded)} succeeded)`, counts);
  if (conditionOf(job, 'Suspended')?.status === 'True') return verdict('suspended', 'Job is suspended', counts);
  const trouble = worstOf(pods.filter(isLive), related);
  if (trouble !== undefined) return verdict(trouble.state, trouble.message, { ...counts, ...(trouble.reason === undefined ? {} : { reason: trouble.reason }) });
  const refused = active + succeeded + failed === 0 ? refusedPods(job, related) : undefined;
  if (refused !== undefined) return verdict('error', refused.message, { ...counts, reason: refused.reason });
  if (textAt(job.status, ['startTime']) === undefined) return verdict('pending', 'Not started', counts);
  const state = active > 0 || succeeded > 0 ? 'partial' : 'pending';
  // A Pod that failed is tried again until the controller gives up, so it is told and is no verdict.
  const tried = lastFailed === undefined ? undefined : podHealth(lastFailed, related);
  if (tried === undefined) return verdict(state, `Running (${String(active)} active)`, counts);
  return verdict(state, `Running (${String(active)} active), ${String(failed)} failed: ${tried.message}`, {
    ...counts,
    ...(tried.reason === undefined ? {} : { reason: tried.reason }),
  });
}
