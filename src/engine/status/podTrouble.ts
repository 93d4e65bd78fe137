import { podHealth } from '../kinds/pod/health';
import type { NodeStatus } from '../../shared/nodeStatus';
import type { Related } from './verdict';
import { verdict } from './verdict';

/**
 * Why a workload's Pods do not come up, when one of them says so: its verdict carries the Pod's reason. With Pods that
 * serve the workload is partial, without any it is an error when the Pod's trouble is one. Undefined when no Pod has trouble.
 */
export function podTrouble(
  related: Related,
  counts: { readonly ready: number; readonly desired: number; readonly replicas: number; readonly readyReplicas: number },
): NodeStatus | undefined {
  let worst: NodeStatus | undefined;
  for (const pod of related.pods ?? []) {
    if (pod.metadata.deletionTimestamp !== undefined) continue;
    const status = podHealth(pod, related);
    if (status.reason === undefined || status.reason === 'NotReady' || status.state === 'healthy') continue;
    if (worst === undefined || (worst.state !== 'error' && status.state === 'error')) worst = status;
  }
  if (worst === undefined) return undefined;
  const message = counts.ready > 0 ? `${String(counts.ready)}/${String(counts.desired)} pods ready: ${worst.message}` : worst.message;
  return verdict(counts.ready > 0 ? 'partial' : worst.state, message, { ...counts, ...(worst.reason === undefined ? {} : { reason: worst.reason }) });
}
