import type { Cluster } from '../../engine/ports';
import { isJsonObject } from '../../shared/json';
import type { JsonObject, JsonValue } from '../../shared/json';
import type { KubeObject, ObjectRef } from '../../shared/kubeObject';
import { isReadyPod, podsOfObject } from '../clusters/podsOfObject';

/** A port that an object declares: a Service's own number, or that of a container. */
export interface DeclaredPort {
  readonly port: number;
  readonly name: string;
  /** What serves it: the container, or the Service's target port. */
  readonly detail: string;
}

/** Where one connection goes: a pod that is ready now, and the port in it. */
export interface PodPort {
  readonly namespace: string;
  readonly pod: string;
  readonly port: number;
}

/** The TCP ports that an object declares; other protocols cannot be forwarded. */
export function portsOf(object: KubeObject): readonly DeclaredPort[] {
  const spec = isJsonObject(object.spec) ? object.spec : {};
  if (object.kind === 'Service') {
    return tcp(spec['ports']).flatMap((port) => {
      const number = port['port'];
      const target = port['targetPort'];
      return typeof number === 'number'
        ? [{ port: number, name: text(port['name']), detail: target === undefined || !isScalar(target) ? String(number) : String(target) }]
        : [];
    });
  }
  const containers = podSpecOf(object)['containers'];
  return (Array.isArray(containers) ? (containers as readonly JsonValue[]) : []).filter(isJsonObject).flatMap((container) =>
    tcp(container['ports']).flatMap((port) => {
      const number = port['containerPort'];
      return typeof number === 'number' ? [{ port: number, name: text(port['name']), detail: text(container['name']) }] : [];
    }),
  );
}

/** Whether connections can be forwarded to such an object: it is a pod, or has pods by a selector. */
export function isForwardable(kind: string): boolean {
  return ['Service', 'Pod', 'Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job', 'ReplicationController'].includes(kind);
}

/**
 * Finds a pod for one connection. A Service is asked for its ready endpoints, which also know what number a named target port
 * has in each pod; a workload for a ready pod. Undefined while there is none. `avoid` was tried just now and did not answer.
 * @throws ClusterError when the cluster cannot tell
 */
export async function podPortOf(
  cluster: Cluster,
  ref: ObjectRef,
  port: number,
  avoid: ReadonlySet<string>,
  signal?: AbortSignal,
): Promise<PodPort | undefined> {
  const found = ref.kind === 'Service' ? await endpointsOf(cluster, ref, port, signal) : await readyPodsOf(cluster, ref, port, signal);
  return found.find((one) => !avoid.has(one.pod)) ?? found[0];
}

async function readyPodsOf(cluster: Cluster, ref: ObjectRef, port: number, signal: AbortSignal | undefined): Promise<readonly PodPort[]> {
  const pods = await podsOfObject(cluster, ref, signal);
  return pods.filter(isReadyPod).map((pod) => ({ namespace: ref.namespace, pod: pod.metadata.name, port }));
}

async function endpointsOf(cluster: Cluster, ref: ObjectRef, port: number, signal: AbortSignal | undefined): Promise<readonly PodPort[]> {
  const service = await cluster.get(ref, signal);
  if (service === undefined) return [];
  const declared = tcp(isJsonObject(service.spec) ? service.spec['ports'] : undefined).find((one) => one['port'] === port);
  if (declared === undefined) return [];
  const slices = await cluster.list(
    { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice' },
    { namespace: ref.namespace, labelSelector: `kubernetes.io/service-name=${ref.name}`, ...(signal === undefined ? {} : { signal }) },
  );
  return slices.flatMap((slice) => {
    // The fields of a slice stand at its top, beside metadata.
    const { ports, endpoints } = slice as unknown as { readonly ports?: JsonValue; readonly endpoints?: JsonValue };
    const number = tcp(ports).find((one) => text(one['name']) === text(declared['name']))?.['port'];
    if (typeof number !== 'number' || !Array.isArray(endpoints)) return [];
    return (endpoints as readonly JsonValue[]).filter(isJsonObject).flatMap((endpoint) => {
      const conditions = isJsonObject(endpoint['conditions']) ? endpoint['conditions'] : {};
      const target = isJsonObject(endpoint['targetRef']) ? endpoint['targetRef'] : {};
      // Unknown counts as ready, as it does for kube-proxy.
      if (conditions['ready'] === false || conditions['terminating'] === true || target['kind'] !== 'Pod' || typeof target['name'] !== 'string') return [];
      return [{ namespace: ref.namespace, pod: target['name'], port: number }];
    });
  });
}

function podSpecOf(object: KubeObject): JsonObject {
  const spec = isJsonObject(object.spec) ? object.spec : {};
  if (object.kind === 'Pod') return spec;
  const template = isJsonObject(spec['template']) ? spec['template'] : {};
  return isJsonObject(template['spec']) ? template['spec'] : {};
}

function tcp(ports: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(ports) ? (ports as readonly JsonValue[]).filter(isJsonObject).filter((port) => (port['protocol'] ?? 'TCP') === 'TCP') : [];
}

function text(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

function isScalar(value: JsonValue): value is string | number {
  return typeof value === 'string' || typeof value === 'number';
}
