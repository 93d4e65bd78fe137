import type { JsonObject } from '../../../shared/json';
import { isJsonObject, valueAt } from '../../../shared/json';
import type { KubeObject } from '../../../shared/kubeObject';
import type { NodeStatus } from '../../../shared/nodeStatus';
import type { Related } from '../../status/verdict';
import { itemsAt, numberAt, textAt, unsettled, verdict } from '../../status/verdict';

/**
 * A load balancer without an address is on its way; so is a Service that selects Pods while none of them is ready, when
 * its EndpointSlices are known. Everything else about a Service is true as soon as it exists.
 */
export function serviceHealth(service: KubeObject, related: Related): NodeStatus {
  const type = textAt(service.spec, ['type']) ?? 'ClusterIP';
  const clusterIP = textAt(service.spec, ['clusterIP']);
  const nodePort = itemsAt(service.spec, ['ports'])
    .map((port) => numberAt(port, ['nodePort']))
    .find((port) => port !== undefined);
  const address = itemsAt(service.status, ['loadBalancer', 'ingress'])[0];
  const externalIP = address === undefined ? undefined : (textAt(address, ['ip']) ?? textAt(address, ['hostname']));
  const addresses = {
    ...(clusterIP === undefined ? {} : { clusterIP }),
    ...(externalIP === undefined ? {} : { externalIP }),
    ...(nodePort === undefined ? {} : { nodePort }),
  };
  const early = unsettled(service, { ready: 0, desired: 0 }, false);
  if (early !== undefined) return { ...early, ...addresses };
  if (type === 'ExternalName') return verdict('healthy', `Alias of ${textAt(service.spec, ['externalName']) ?? ''}`, addresses);
  if (type === 'LoadBalancer' && externalIP === undefined) return verdict('partial', 'Waiting for LoadBalancer IP assignment', addresses);
  const selector = valueAt(service.spec, ['selector']);
  if (related.endpointSlices === undefined || !isJsonObject(selector) || Object.keys(selector).length === 0)
    return verdict('healthy', 'Service is active', addresses);
  const ready = readyEndpoints(related.endpointSlices);
  if (ready === 0) return verdict('pending', 'No ready endpoints', { ...addresses, reason: 'NoEndpoints' });
  return verdict('healthy', ready === 1 ? '1 endpoint ready' : `${String(ready)} endpoints ready`, addresses);
}

/** Distinct ready endpoints: a dual-stack Service has the same Pod once in each address family's slice. */
export function readyEndpoints(slices: readonly KubeObject[]): number {
  const seen = new Set<string>();
  for (const slice of slices) {
    for (const endpoint of endpointsOf(slice)) {
      // An unset condition counts as ready, as the API says.
      if (valueAt(endpoint, ['conditions', 'ready']) === false) continue;
      const pod = textAt(endpoint, ['targetRef', 'uid']) ?? textAt(endpoint, ['targetRef', 'name']);
      const addresses = valueAt(endpoint, ['addresses']);
      seen.add(pod ?? JSON.stringify(addresses ?? null));
    }
  }
  return seen.size;
}

export function endpointsOf(slice: KubeObject): readonly JsonObject[] {
  // EndpointSlice keeps its endpoints at the top level, beside metadata.
  return itemsAt(slice as unknown as JsonObject, ['endpoints']);
}
