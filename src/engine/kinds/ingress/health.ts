import type { KubeObject } from '../../../shared/kubeObject';
import type { NodeStatus } from '../../../shared/nodeStatus';
import { itemsAt, textAt, unsettled, verdict } from '../../status/verdict';

/** Healthy once a controller has given it an address; without a controller it waits, which is for a person to see. */
export function ingressHealth(ingress: KubeObject): NodeStatus {
  const early = unsettled(ingress, { ready: 0, desired: 0 }, false);
  if (early !== undefined) return early;
  const address = itemsAt(ingress.status, ['loadBalancer', 'ingress'])[0];
  if (address === undefined) return verdict('pending', 'Waiting for LoadBalancer address assignment', { reason: 'NoAddress' });
  const externalIP = textAt(address, ['ip']) ?? textAt(address, ['hostname']);
  return verdict('healthy', 'Ingress is active', externalIP === undefined ? {} : { externalIP });
}
