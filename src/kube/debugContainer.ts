import type { DebugContainerQuery } from '../engine/ports';
import type { KubeObject } from '../shared/kubeObject';
import { segment } from './discovery';
import type { ObjectDoor } from './objects';
import type { Transport } from './transport';

/**
 * Adds an ephemeral container to a running pod, as `kubectl debug` does: a strategic merge patch of the subresource, which adds
 * to the list by name. Nothing can take such a container away again; it ends with its process and is gone with the pod.
 * @throws ClusterError
 */
export async function addDebugContainer(
  transport: Transport,
  door: ObjectDoor,
  query: DebugContainerQuery,
  signal: AbortSignal | undefined,
): Promise<KubeObject> {
  const { namespace, pod, name, image, target, command } = query;
  const container = {
    name,
    image,
    stdin: true,
    tty: true,
    terminationMessagePolicy: 'File',
    imagePullPolicy: 'IfNotPresent',
    ...(target === undefined ? {} : { targetContainerName: target }),
    ...(command === undefined ? {} : { command: [...command] }),
  };
  const answer = await transport.json({
    method: 'PATCH',
    path: `/api/v1/namespaces/${segment(namespace, 'namespace')}/pods/${segment(pod, 'name')}/ephemeralcontainers`,
    contentType: 'application/strategic-merge-patch+json',
    body: JSON.stringify({ spec: { ephemeralContainers: [container] } }),
    signal,
  });
  return door.incoming(answer, { apiVersion: 'v1', kind: 'Pod' });
}
