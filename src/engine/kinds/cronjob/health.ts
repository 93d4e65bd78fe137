import { valueAt } from '../../../shared/json';
import type { KubeObject } from '../../../shared/kubeObject';
import type { NodeStatus } from '../../../shared/nodeStatus';
import { isLive, newestFailed, worstOf } from '../../status/podTrouble';
import type { Related } from '../../status/verdict';
import { itemsAt, textAt, unsettled, verdict } from '../../status/verdict';
import { podHealth } from '../pod/health';

/** A CronJob is well when it exists, unless its last run is over and did not succeed. A suspended one says so. */
export function cronJobHealth(cronJob: KubeObject, related: Related): NodeStatus {
  const schedule = textAt(cronJob.spec, ['schedule']) ?? '';
  const suspend = valueAt(cronJob.spec, ['suspend']) === true;
  const active = itemsAt(cronJob.status, ['active']).length;
  const last = textAt(cronJob.status, ['lastScheduleTime']);
  const succeeded = textAt(cronJob.status, ['lastSuccessfulTime']);
  const facts = {
    schedule,
    suspend,
    concurrencyPolicy: textAt(cronJob.spec, ['concurrencyPolicy']) ?? 'Allow',
    activeJobs: active,
    ...(last === undefined ? {} : { lastScheduleTime: last }),
    ...(succeeded === undefined ? {} : { lastSuccessfulTime: succeeded }),
  };
  const early = unsettled(cronJob, { ready: 0, desired: 0 }, false);
  if (early !== undefined) return { ...early, ...facts };
  if (suspend) return verdict('suspended', `Suspended (schedule ${schedule})`, facts);
  // With no run going on, a success that is older than the last start means that the last run did not end well.
  if (active === 0 && last !== undefined && succeeded !== undefined && Date.parse(succeeded) < Date.parse(last)) {
    const failed = newestFailed(related.pods?.filter((pod) => Date.parse(pod.metadata.creationTimestamp ?? '') >= Date.parse(last)));
    const why = failed === undefined ? '' : `: ${podHealth(failed, related).message}`;
    return verdict('error', `The run of ${last} did not succeed${why}`, { ...facts, reason: 'LastRunFailed' });
  }
  const trouble = active === 0 ? undefined : worstOf(related.pods?.filter(isLive) ?? [], related);
  if (trouble?.state === 'error')
    return verdict('partial', `Its present run has trouble: ${trouble.message}`, {
      ...facts,
      ...(trouble.reason === undefined ? {} : { reason: trouble.reason }),
    });
  const ran = last === undefined ? 'not yet run' : `last run ${last}`;
  return verdict('healthy', `Schedule ${schedule}, ${ran}${active > 0 ? `, ${String(active)} active` : ''}`, facts);
}
