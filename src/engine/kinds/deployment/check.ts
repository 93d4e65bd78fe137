import type { JsonValue } from '../../../shared/json';
import type { KindCheck } from '../kindChecks';
import { checkPod, invalidOf } from '../podChecks';

/** A Deployment: its pods, and that an update can go on at all. */
export const checkDeployment: KindCheck = (input) => {
  checkPod(input);
  const { report, data, node } = input;
  const { maxSurge, maxUnavailable, minReadySeconds = 0, progressDeadlineSeconds = 600 } = data;
  if (data['strategy'] === 'Recreate') {
    for (const field of ['maxSurge', 'maxUnavailable']) {
      const args = { field, other: 'strategy', values: 'RollingUpdate' };
      if (node.data[field] !== undefined) report.add('node.noEffect', args, [field], { severity: 'info', what: 'key' });
    }
  } else if (isNone(maxSurge) && isNone(maxUnavailable)) invalidOf(report)(['maxUnavailable'], 'maxSurge is 0 too, so no pod could ever be replaced');
  if (typeof minReadySeconds === 'number' && typeof progressDeadlineSeconds === 'number' && progressDeadlineSeconds <= minReadySeconds)
    invalidOf(report)(['progressDeadlineSeconds'], `it is not above minReadySeconds (${minReadySeconds}), so every update would count as failed`);
};

/** Whether a number or part of pods is none at all. */
export function isNone(amount: JsonValue | undefined): boolean {
  return amount === 0 || (typeof amount === 'string' && /^0+%?$/.test(amount));
}
