import { isNone } from '../deployment/check';
import type { KindCheck } from '../kindChecks';
import { checkPod, invalidOf } from '../podChecks';

/** A DaemonSet: its pods, and that an update either starts the new pod first or ends the old one first. */
export const checkDaemonSet: KindCheck = (input) => {
  checkPod(input);
  const { report, data, node } = input;
  if (data['updateStrategy'] !== 'RollingUpdate') return;
  const { maxSurge } = data;
  const surges = maxSurge !== undefined && !isNone(maxSurge);
  // A surge alone says what it means; the default of the other field is taken back then.
  const { maxUnavailable } = surges ? node.data : data;
  if (surges && maxUnavailable !== undefined && maxUnavailable !== null && !isNone(maxUnavailable))
    report.add('node.exclusive', { field: 'maxSurge', other: 'maxUnavailable' }, ['maxUnavailable']);
  else if (!surges && isNone(maxUnavailable)) invalidOf(report)(['maxUnavailable'], 'maxSurge is 0 too, so no pod could ever be replaced');
};
