import type { KubeObject } from '../../../shared/kubeObject';
import type { NodeStatus } from '../../../shared/nodeStatus';
import { textAt, unsettled, verdict } from '../../status/verdict';

export function claimHealth(claim: KubeObject): NodeStatus {
  const early = unsettled(claim, { ready: 0, desired: 0 }, false);
  if (early !== undefined) return early;
  const phase = textAt(claim.status, ['phase']);
  if (phase === 'Bound') {
    const capacity = textAt(claim.status, ['capacity', 'storage']);
    return verdict('healthy', `Volume bound successfully${capacity === undefined ? '' : ` (${capacity})`}`);
  }
  if (phase === 'Lost') return verdict('error', 'Volume has been lost', { reason: 'Lost' });
  if (phase === undefined || phase === 'Pending') return verdict('pending', 'Waiting for volume to be provisioned');
  return verdict('unknown', `Phase ${phase}`);
}
