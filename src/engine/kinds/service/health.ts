import type { JsonObject, JsonValue } from '../../../shared/json';
import { isJsonObject, valueAt } from '../../../shared/json';
import type { KubeObject } from '../../../shared/kubeObject';
import type { NodeStatus } from '../../../shared/nodeStatus';
import type { Related } from '../../status/verdict';
import { recentWarning } from '../../status/warnings';
import { itemsAt, numberAt, textAt, unsettled, verdict } from '../../status/verdict';

const addressTroubles: ReadonlySet<string> = new Set(['SyncLoadBalancerFailed', 'CreatingLoadBalancerFailed', 'AllocationFailed']);
/** How long nothing may match a new Service before that counts as a fault, in milliseconds: its Pods may be made after it. */
const selectorWindowMs = 15_000;

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
  if (type === 'LoadBalancer' && externalIP === undefined) {
    const why = recentWarning(service, addressTroubles, related);
    return verdict('partial', `Waiting for LoadBalancer IP assignment${why === undefined ? '' : `: ${why.message}`}`, {
      ...addresses,
      reason: why === undefined ? 'NoLoadBalancerAddress' : why.reason,
    });
  }
  const selector = valueAt(service.spec, ['selector']);
  if (related.endpointSlices === undefined || !isJsonObject(selector) || Object.keys(selector).length === 0)
    return verdict('healthy', 'Service is active', addresses);
  const ready = readyEndpoints(related.endpointSlices);
  if (ready === 0) return { ...withoutEndpoints(service, selector, related.endpointSlices, related), ...addresses };
  return verdict('healthy', ready === 1 ? '1 endpoint ready' : `${String(ready)} endpoints ready`, addresses);
}

/** Why nothing answers: no Pod matches, or those that do are not ready or not there yet. */
function withoutEndpoints(service: KubeObject, selector: JsonObject, slices: readonly KubeObject[], related: Related): NodeStatus {
  const unready = endpointCounts(slices).known;
  if (unready > 0)
    return verdict('pending', `No ready endpoints: ${unready === 1 ? 'its pod is not ready' : `none of its ${String(unready)} pods is ready`}`, {
      reason: 'NoReadyEndpoints',
    });
  const workload = related.workloads?.[0];
  if (workload !== undefined) {
    const called = `${workload.kind} ${workload.metadata.name}`;
    if (related.workloads?.every((one) => valueAt(one.spec, ['replicas']) === 0) === true)
      return verdict('suspended', `No endpoints: ${called} is scaled to 0`, { reason: 'ScaledToZero' });
    return verdict('pending', `No endpoints yet: no pod of ${called} has an address`, { reason: 'NoReadyEndpoints' });
  }
  const wanted = Object.entries(selector)
    .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(',');
  const late = serviceChangesInMs(service, related.nowMs) <= 0;
  return verdict(late ? 'error' : 'pending', `No running pod matches its selector ${wanted}`, { reason: 'NoMatchingPods' });
}

/** In how many milliseconds a Service that no Pod matches turns into a fault. Not positive when that time is over. */
export function serviceChangesInMs(service: KubeObject, nowMs: number): number {
  const made = Date.parse(service.metadata.creationTimestamp ?? '');
  return Number.isNaN(made) ? 0 : made + selectorWindowMs - nowMs;
}

/** Whether a Service's selector takes Pods of this workload, or this Pod. */
export function isSelected(selector: JsonValue | undefined, workload: KubeObject): boolean {
  const labels = workload.kind === 'Pod' ? workload.metadata.labels : valueAt(workload.spec, ['template', 'metadata', 'labels']);
  if (!isJsonObject(selector) || !isJsonObject(labels)) return false;
  const wanted = Object.entries(selector);
  return wanted.length > 0 && wanted.every(([key, value]) => Object.hasOwn(labels, key) && labels[key] === value);
}

/** Distinct ready endpoints: a dual-stack Service has the same Pod once in each address family's slice. */
export function readyEndpoints(slices: readonly KubeObject[]): number {
  return endpointCounts(slices).ready;
}

/** Each endpoint once, however many slices name it. */
export function endpointCounts(slices: readonly KubeObject[]): { readonly ready: number; readonly known: number } {
  const ready = new Set<string>();
  const known = new Set<string>();
  for (const slice of slices) {
    for (const endpoint of endpointsOf(slice)) {
      const pod = textAt(endpoint, ['targetRef', 'uid']) ?? textAt(endpoint, ['targetRef', 'name']);
      const named = pod ?? JSON.stringify(valueAt(endpoint, ['addresses']) ?? null);
      known.add(named);
      // An unset condition counts as ready, as the API says.
      if (valueAt(endpoint, ['conditions', 'ready']) !== false) ready.add(named);
    }
  }
  return { ready: ready.size, known: known.size };
}

export function endpointsOf(slice: KubeObject): readonly JsonObject[] {
  // EndpointSlice keeps its endpoints at the top level, beside metadata.
  return itemsAt(slice as unknown as JsonObject, ['endpoints']);
}
