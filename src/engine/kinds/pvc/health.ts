import type { KubeObject } from '../../../shared/kubeObject';
import type { NodeStatus } from '../../../shared/nodeStatus';
import type { Related } from '../../status/verdict';
import { recentWarning } from '../../status/warnings';
import { textAt, unsettled, verdict } from '../../status/verdict';

const troubles: ReadonlySet<string> = new Set(['ProvisioningFailed', 'FailedBinding', 'ExternalExpanding', 'VolumeResizeFailed']);

/** Bound is well and lost is not; a claim that waits says why when the provisioner has complained. */
export function claimHealth(claim: KubeObject, related: Related): NodeStatus {
  const phase = textAt(claim.status, ['phase']);
  const capacity = textAt(claim.status, ['capacity', 'storage']);
  const volumeName = textAt(claim.spec, ['volumeName']);
  const facts = {
    ...(phase === undefined ? {} : { phase }),
    ...(capacity === undefined ? {} : { capacity }),
    ...(volumeName === undefined ? {} : { volumeName }),
  };
  const early = unsettled(claim, { ready: 0, desired: 0 }, false);
  if (early !== undefined) return { ...early, ...facts };
  if (phase === 'Bound') {
    return verdict('healthy', `Volume bound successfully${capacity === undefined ? '' : ` (${capacity})`}`, facts);
  }
  if (phase === 'Lost') return verdict('error', 'Volume has been lost', { ...facts, reason: 'Lost' });
  if (phase !== undefined && phase !== 'Pending') return verdict('unknown', `Phase ${phase}`, facts);
  const why = recentWarning(claim, troubles, related);
  if (why === undefined) {
    // The controller says this in an event that is no warning; it follows from the claim, which would have been given a default class.
    if (textAt(claim.spec, ['storageClassName']) !== undefined || phase === undefined || volumeName !== undefined)
      return verdict('pending', 'Waiting for volume to be provisioned', facts);
    return verdict('pending', 'Waiting for volume to be provisioned: no persistent volumes available for this claim and no storage class is set', {
      ...facts,
      reason: 'FailedBinding',
    });
  }
  return verdict('pending', `Waiting for volume to be provisioned: ${why.message}`, { ...facts, reason: why.reason });
}
