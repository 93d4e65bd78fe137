import type { KubeObject } from '../../../shared/kubeObject';
import type { NodeStatus } from '../../../shared/nodeStatus';
import { unsettled, verdict } from '../../status/verdict';
import { endpointCounts } from '../service/health';

/** A record of what is there: it is well when it exists, and says how many answer. That none does is its Service's to judge. */
export function endpointSliceHealth(slice: KubeObject): NodeStatus {
  const early = unsettled(slice, { ready: 0, desired: 0 }, false);
  if (early !== undefined) return early;
  const { ready, known } = endpointCounts([slice]);
  return verdict('healthy', known === 0 ? 'No endpoints' : `${String(ready)} of ${String(known)} endpoints ready`);
}
