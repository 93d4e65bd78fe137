import type { KubeObject } from '../../../shared/kubeObject';
import type { NodeStatus } from '../../../shared/nodeStatus';
import { podTrouble } from '../../status/podTrouble';
import type { Related } from '../../status/verdict';
import { refusedPods } from '../../status/warnings';
import { numberAt, onItsWay, textAt, unsettled, verdict } from '../../status/verdict';

/** Healthy when every machine that should have a Pod has an available one of the newest template. */
export function daemonSetHealth(daemonSet: KubeObject, related: Related): NodeStatus {
  const wanted = numberAt(daemonSet.status, ['desiredNumberScheduled']);
  const count = (field: string): number => numberAt(daemonSet.status, [field]) ?? 0;
  const desired = wanted ?? 0;
  const ready = count('numberReady');
  const counts = { ready, desired, replicas: count('currentNumberScheduled'), readyReplicas: ready, updatedReplicas: count('updatedNumberScheduled') };
  const early = unsettled(daemonSet, counts, true);
  if (early !== undefined) return early;
  if (wanted === undefined) return verdict('pending', 'Waiting for its machines to be counted', counts);
  if (textAt(daemonSet.spec, ['updateStrategy', 'type']) === 'OnDelete' && ready >= desired)
    return verdict('healthy', `All ${String(ready)} pods ready`, counts);
  if (count('currentNumberScheduled') < desired || ready < desired || count('numberAvailable') < desired) {
    const refused = count('currentNumberScheduled') < desired ? refusedPods(daemonSet, related) : undefined;
    if (refused !== undefined) return verdict(ready > 0 ? 'partial' : 'error', refused.message, { ...counts, reason: refused.reason });
    return (
      podTrouble(related, counts) ?? verdict(onItsWay(ready), ready === 0 ? 'No pods are ready' : `${String(ready)}/${String(desired)} pods ready`, counts)
    );
  }
  if (count('updatedNumberScheduled') < desired) {
    return (
      podTrouble(related, counts) ?? verdict(onItsWay(ready), `Rolling out: ${String(count('updatedNumberScheduled'))}/${String(desired)} pods updated`, counts)
    );
  }
  return verdict('healthy', desired === 0 ? 'No machine wants one' : `All ${String(ready)} pods ready`, counts);
}
