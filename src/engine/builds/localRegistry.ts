import { imageReference } from '../../shared/imageReference';
import { isJsonObject } from '../../shared/json';
import { placedData } from '../fileProblems';
import type { Cluster } from '../ports';
import { ClusterError } from '../ports';

const hosting = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'kube-public', name: 'local-registry-hosting' };

/**
 * The registry beside a local cluster, as the cluster itself tells it
 * (https://github.com/kubernetes/enhancements/tree/master/keps/sig-cluster-lifecycle/generic/1755-communicating-a-local-registry).
 * Undefined when it tells none, or may not be asked.
 */
export async function localRegistryOf(cluster: Pick<Cluster, 'get'>, signal?: AbortSignal): Promise<string | undefined> {
  let found;
  try {
    found = await cluster.get(hosting, signal);
  } catch (error) {
    if (error instanceof ClusterError && error.failure.kind === 'forbidden') return undefined;
    throw error;
  }
  const text = isJsonObject(found?.data) ? found.data['localRegistryHosting.v1'] : undefined;
  const told = typeof text === 'string' && text.length < 10_000 ? placedData(text).data : undefined;
  const host = isJsonObject(told) ? told['host'] : undefined;
  // It becomes a part of an image's name, and comes from a cluster.
  return typeof host === 'string' && imageReference(`${host}/a`)?.host === host ? host : undefined;
}
