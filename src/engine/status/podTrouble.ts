import type { KubeObject } from '../../shared/kubeObject';
import { podHealth } from '../kinds/pod/health';
import type { NodeStatus } from '../../shared/nodeStatus';
import type { Related } from './verdict';
import { onItsWay, textAt, verdict } from './verdict';

type Counts = Pick<NodeStatus, 'ready' | 'desired' | 'replicas' | 'readyReplicas' | 'updatedReplicas' | 'currentReplicas'>;

/**
 * Why a workload's Pods do not come up, when one of them says so: its verdict carries the Pod's reason. With Pods that
 * serve the workload is partial, without any it is an error when the Pod's trouble is one. A Pod that has failed counts only
 * while nothing has taken its place, and so does one that does not go away. Undefined when no Pod has trouble.
 */
export function podTrouble(related: Related, counts: Counts): NodeStatus | undefined {
  const live: KubeObject[] = [];
  const failed: KubeObject[] = [];
  const leaving: KubeObject[] = [];
  for (const pod of related.pods ?? []) (pod.metadata.deletionTimestamp !== undefined ? leaving : isFailed(pod) ? failed : live).push(pod);
  const isShort = live.length < counts.desired;
  const worst = worstOf(live, related) ?? (isShort ? worstOf(failed, related) : undefined);
  if (worst !== undefined) {
    const message = counts.ready > 0 ? `${String(counts.ready)}/${String(counts.desired)} pods ready: ${worst.message}` : worst.message;
    return verdict(counts.ready > 0 ? 'partial' : worst.state, message, { ...counts, ...(worst.reason === undefined ? {} : { reason: worst.reason }) });
  }
  const stays = isShort ? leaving[0] : undefined;
  if (stays === undefined) return undefined;
  const why = podHealth(stays, related);
  return verdict(onItsWay(counts.ready), `Waiting for pod ${stays.metadata.name} to go: ${why.message}`, { ...counts, reason: 'Terminating' });
}

/** What the worst of these Pods says; a fault before what may still pass. */
export function worstOf(pods: readonly KubeObject[], related: Related): NodeStatus | undefined {
  let worst: NodeStatus | undefined;
  for (const pod of pods) {
    const status = podHealth(pod, related);
    if (status.reason === undefined || status.reason === 'NotReady' || status.state === 'healthy') continue;
    if (worst === undefined || (worst.state !== 'error' && status.state === 'error')) worst = status;
  }
  return worst;
}

function isFailed(pod: KubeObject): boolean {
  return textAt(pod.status, ['phase']) === 'Failed';
}

/** Neither failed nor on its way out. */
export function isLive(pod: KubeObject): boolean {
  return pod.metadata.deletionTimestamp === undefined && !isFailed(pod);
}

/** The Pod that failed last, of those that are still there. */
export function newestFailed(pods: readonly KubeObject[] = []): KubeObject | undefined {
  const madeAt = (pod: KubeObject): number => Date.parse(pod.metadata.creationTimestamp ?? '');
  return pods.filter(isFailed).toSorted((a, b) => madeAt(b) - madeAt(a))[0];
}
