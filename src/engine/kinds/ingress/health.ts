import type { KubeObject } from '../../../shared/kubeObject';
import type { NodeStatus } from '../../../shared/nodeStatus';
import type { Related } from '../../status/verdict';
import { anyRecentWarning } from '../../status/warnings';
import { itemsAt, textAt, unsettled, verdict } from '../../status/verdict';

/** Healthy once a controller has given it an address; without a controller it waits, which is for a person to see. */
export function ingressHealth(ingress: KubeObject, related: Related): NodeStatus {
  const address = itemsAt(ingress.status, ['loadBalancer', 'ingress'])[0];
  const loadBalancerIP = textAt(address, ['ip']);
  const loadBalancerHostname = textAt(address, ['hostname']);
  const externalIP = loadBalancerIP ?? loadBalancerHostname;
  const facts = {
    rulesCount: itemsAt(ingress.spec, ['rules']).length,
    ...(externalIP === undefined ? {} : { externalIP }),
    ...(loadBalancerIP === undefined ? {} : { loadBalancerIP }),
    ...(loadBalancerHostname === undefined ? {} : { loadBalancerHostname }),
  };
  const early = unsettled(ingress, { ready: 0, desired: 0 }, false);
  if (early !== undefined) return { ...early, ...facts };
  if (address === undefined) {
    const why = anyRecentWarning(ingress, related);
    return verdict('pending', `Waiting for LoadBalancer address assignment${why === undefined ? '' : `: ${why.message}`}`, {
      ...facts,
      reason: why === undefined ? 'NoAddress' : why.reason,
    });
  }
  return verdict('healthy', 'Ingress is active', facts);
}
