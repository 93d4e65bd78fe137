import { valueAt } from '../../../shared/json';
import type { KubeObject } from '../../../shared/kubeObject';
import type { NodeStatus } from '../../../shared/nodeStatus';
import { itemsAt, textAt, unsettled, verdict } from '../../status/verdict';

/** A CronJob is well when it exists; how its Jobs end is theirs to say. A suspended one says so. */
export function cronJobHealth(cronJob: KubeObject): NodeStatus {
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
  const ran = last === undefined ? 'not yet run' : `last run ${last}`;
  return verdict('healthy', `Schedule ${schedule}, ${ran}${active > 0 ? `, ${String(active)} active` : ''}`, facts);
}
