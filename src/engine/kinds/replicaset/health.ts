import type { KubeObject } from '../../../shared/kubeObject';
import type { NodeStatus } from '../../../shared/nodeStatus';
import { podTrouble } from '../../status/podTrouble';
import type { Related } from '../../status/verdict';
import { conditionOf, numberAt, onItsWay, unsettled, verdict } from '../../status/verdict';

/** Healthy with exactly the wanted number of available Pods; a refused Pod (quota, admission) is an error with its words. */
export function replicaSetHealth(replicaSet: KubeObject, related: Related): NodeStatus {
  const desired = numberAt(replicaSet.spec, ['replicas']) ?? 1;
  const count = (field: string): number => numberAt(replicaSet.status, [field]) ?? 0;
  const ready = count('readyReplicas');
  const counts = { ready, desired, replicas: count('replicas'), readyReplicas: ready };
  const early = unsettled(replicaSet, counts, true);
  if (early !== undefined) return early;
  const refused = conditionOf(replicaSet, 'ReplicaFailure');
  if (refused?.status === 'True') return verdict('error', refused.message, { ...counts, reason: refused.reason });
  if (count('availableReplicas') < desired || ready < desired || count('fullyLabeledReplicas') < desired) {
    return (
      podTrouble(related, counts) ?? verdict(onItsWay(ready), ready === 0 ? 'No pods are ready' : `${String(ready)}/${String(desired)} pods ready`, counts)
    );
  }
  if (counts.replicas > desired) return verdict(onItsWay(ready), `${String(counts.replicas - desired)} pods are ending`, counts);
  return verdict('healthy', desired === 0 ? 'Scaled to 0' : `All ${String(ready)} pods ready`, counts);
}
