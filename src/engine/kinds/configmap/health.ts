import { isJsonObject } from '../../../shared/json';
import type { KubeObject } from '../../../shared/kubeObject';
import type { NodeStatus } from '../../../shared/nodeStatus';
import { unsettled, verdict } from '../../status/verdict';

/** To exist is all its health. */
export function configMapHealth(configMap: KubeObject): NodeStatus {
  return unsettled(configMap, { ready: 0, desired: 0 }, false) ?? verdict('healthy', keyCount(configMap));
}

/** `3 keys`; the names and values stay where they are. */
export function keyCount(object: KubeObject): string {
  const count = isJsonObject(object.data) ? Object.keys(object.data).length : 0;
  return count === 1 ? '1 key' : `${String(count)} keys`;
}
