import type { KubeObject } from '../../../shared/kubeObject';
import type { NodeStatus } from '../../../shared/nodeStatus';
import { unsettled, verdict } from '../../status/verdict';
import { keyCount } from '../configmap/health';

/** To exist is all its health; its values are never looked at. */
export function secretHealth(secret: KubeObject): NodeStatus {
  return unsettled(secret, { ready: 0, desired: 0 }, false) ?? verdict('healthy', keyCount(secret));
}
