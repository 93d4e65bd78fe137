import type { KubeObject } from '../../../shared/kubeObject';
import type { NodeStatus } from '../../../shared/nodeStatus';
import { podTrouble } from '../../status/podTrouble';
import type { Related } from '../../status/verdict';
import { refusedPods } from '../../status/warnings';
import { numberAt, onItsWay, textAt, unsettled, verdict } from '../../status/verdict';

/**
 * Healthy when all Pods are ready and the rollout has reached the newest revision, or the partition it was told to stop at.
 * The controller sets no conditions, so the counts and revisions decide (kstatus, gitops-engine).
 */
export function statefulSetHealth(statefulSet: KubeObject, related: Related): NodeStatus {
  const desired = numberAt(statefulSet.spec, ['replicas']) ?? 1;
  const count = (field: string): number => numberAt(statefulSet.status, [field]) ?? 0;
  const ready = count('readyReplicas');
  const replicas = count('replicas');
  const counts = { ready, desired, replicas, readyReplicas: ready, updatedReplicas: count('updatedReplicas'), currentReplicas: count('currentReplicas') };
  const early = unsettled(statefulSet, counts, true);
  if (early !== undefined) return early;
  if (ready < desired || replicas < desired) {
    const refused = replicas < desired ? refusedPods(statefulSet, related) : undefined;
    if (refused !== undefined) return verdict(ready > 0 ? 'partial' : 'error', refused.message, { ...counts, reason: refused.reason });
    return (
      podTrouble(related, counts) ?? verdict(onItsWay(ready), ready === 0 ? 'No pods are ready' : `${String(ready)}/${String(desired)} pods ready`, counts)
    );
  }
  if (replicas > desired) return verdict(onItsWay(ready), `${String(replicas - desired)} pods are ending`, counts);
  const allReady = desired === 0 ? 'StatefulSet scaled to 0' : `All ${String(ready)} pods ready`;
  // Under OnDelete a person decides when Pods take the new template, so nothing is outstanding.
  if (textAt(statefulSet.spec, ['updateStrategy', 'type']) === 'OnDelete') return verdict('healthy', allReady, counts);
  const updated = count('updatedReplicas');
  const partition = numberAt(statefulSet.spec, ['updateStrategy', 'rollingUpdate', 'partition']);
  if (partition !== undefined) {
    const wanted = Math.max(0, desired - partition);
    const stop = partition > 0 ? ` (partition ${String(partition)})` : '';
    if (updated < wanted) return verdict(onItsWay(ready), `Rolling out: ${String(updated)}/${String(wanted)} pods updated${stop}`, counts);
    return verdict('healthy', allReady, counts);
  }
  const newest = textAt(statefulSet.status, ['updateRevision']);
  if (count('currentReplicas') < desired || newest !== textAt(statefulSet.status, ['currentRevision'])) {
    return verdict(onItsWay(ready), `Rolling out: ${String(updated)}/${String(desired)} pods updated`, counts);
  }
  return verdict('healthy', allReady, counts);
}
