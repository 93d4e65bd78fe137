import type { AccessRules, Cluster } from '../../engine/ports';
import { isJsonObject } from '../../shared/json';
import type { KubeObject } from '../../shared/kubeObject';
import { ifAllowed, resourceIn, storageOf, sumOf, textIn } from './clusterMetadata';

/** A part of the control plane, as far as the cluster tells of it. */
export interface ComponentHealth {
  readonly name: 'API Server' | 'etcd' | 'Scheduler' | 'Controller Manager';
  readonly health: 'healthy' | 'unhealthy' | 'unknown';
  /** Why, in the server's words; empty when there is nothing to add. */
  readonly detail: string;
}

/** What is used of what there is; absent where it may not be read. CPU in millicores, the rest in bytes or counts. */
export interface ClusterMetrics {
  readonly nodes?: number;
  readonly readyNodes?: number;
  readonly pods?: number;
  readonly podCapacity?: number;
  readonly cpuMillis?: Amount;
  readonly memoryBytes?: Amount;
  /** What claims have been given. */
  readonly storageBytes?: number;
  /** `usage` from the metrics server, else what pods have requested. */
  readonly source: 'usage' | 'requests' | 'capacity';
}

export interface Amount {
  readonly used?: number;
  readonly total: number;
}

/** A lease that was renewed more recently than this is held by something alive; leases are renewed every few seconds. */
const leaseAgeMs = 60_000;

/**
 * The health of the control plane: the API server's own probe with its parts, and the leases that scheduler and controller
 * manager hold. What the cluster does not tell is `unknown` or, for leases that are not there at all, left out.
 * @throws ClusterError when the API server does not answer
 */
export async function componentsOf(cluster: Cluster, nowMs: number, signal?: AbortSignal): Promise<readonly ComponentHealth[]> {
  const [probe, scheduler, controllers] = await Promise.all([
    cluster.probe('/readyz', signal),
    leaseOf(cluster, 'kube-scheduler', signal),
    leaseOf(cluster, 'kube-controller-manager', signal),
  ]);
  const checks = probeChecks(probe.text);
  const failed = checks.filter(({ ok }) => !ok);
  const components: ComponentHealth[] = [{ name: 'API Server', health: probe.ok ? 'healthy' : 'unhealthy', detail: failed.map(({ name }) => name).join(', ') }];
  const etcd = checks.filter(({ name }) => name === 'etcd' || name === 'etcd-readiness');
  if (etcd.length > 0)
    components.push({
      name: 'etcd',
      health: etcd.every(({ ok }) => ok) ? 'healthy' : 'unhealthy',
      detail: etcd
        .filter(({ ok }) => !ok)
        .map(({ detail }) => detail)
        .join(', '),
    });
  for (const [name, lease] of [
    ['Scheduler', scheduler],
    ['Controller Manager', controllers],
  ] as const) {
    if (lease === undefined) continue;
    const renewed = textIn(lease.spec, 'renewTime') ?? '';
    const ageMs = nowMs - Date.parse(renewed);
    // The clocks of two machines differ, so an old lease is no proof that anything is ill.
    components.push({ name, health: ageMs < leaseAgeMs ? 'healthy' : 'unknown', detail: ageMs < leaseAgeMs ? '' : renewed });
  }
  return components;
}

/** The lines of a verbose probe: `[+]etcd ok`, `[-]etcd failed: reason withheld`. */
export function probeChecks(text: string): readonly { readonly name: string; readonly ok: boolean; readonly detail: string }[] {
  return [...text.matchAll(/^\[([+-])\](\S+)[ \t]*(.*)$/gm)].map(([, sign, name = '', detail = '']) => ({ name, ok: sign === '+', detail }));
}

async function leaseOf(cluster: Cluster, name: string, signal: AbortSignal | undefined): Promise<KubeObject | undefined> {
  return ifAllowed(() => cluster.get({ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace: 'kube-system', name }, signal));
}

/**
 * Capacity and use: measured where the cluster has a metrics server, else what pods have requested, else what there is.
 * @throws ClusterError when the cluster does not answer
 */
export async function metricsOf(cluster: Cluster, signal?: AbortSignal): Promise<ClusterMetrics> {
  const query = signal === undefined ? {} : { signal };
  const [nodes, pods, measured, claims] = await Promise.all([
    ifAllowed(() => cluster.list({ apiVersion: 'v1', kind: 'Node' }, query)),
    ifAllowed(() => cluster.list({ apiVersion: 'v1', kind: 'Pod' }, { ...query, fieldSelector: 'status.phase!=Succeeded,status.phase!=Failed' })),
    ifAllowed(() => cluster.list({ apiVersion: 'metrics.k8s.io/v1beta1', kind: 'NodeMetrics' }, query)),
    ifAllowed(() => cluster.list({ apiVersion: 'v1', kind: 'PersistentVolumeClaim' }, query)),
  ]);
  const total = (name: string): number => sumOf(nodes ?? [], (node) => resourceIn(node.status?.['allocatable'] ?? node.status?.['capacity'], name));
  const source = measured !== undefined && measured.length > 0 ? 'usage' : pods !== undefined ? 'requests' : 'capacity';
  const used = (name: string): number | undefined => {
    if (source === 'usage') return sumOf(measured ?? [], (one) => resourceIn((one as KubeObject & { readonly usage?: unknown }).usage, name));
    return source === 'requests' ? sumOf(pods ?? [], (pod) => requestOf(pod, name)) : undefined;
  };
  const amount = (name: string, scale: number): Amount => {
    const value = used(name);
    return { total: Math.round(total(name) * scale), ...(value === undefined ? {} : { used: Math.round(value * scale) }) };
  };
  return {
    source,
    ...(nodes === undefined
      ? {}
      : {
          nodes: nodes.length,
          readyNodes: nodes.filter(isReady).length,
          podCapacity: total('pods'),
          cpuMillis: amount('cpu', 1_000),
          memoryBytes: amount('memory', 1),
        }),
    ...(pods === undefined ? {} : { pods: pods.length }),
    ...(claims === undefined ? {} : { storageBytes: storageOf(claims) }),
  };
}

function isReady(node: KubeObject): boolean {
  const conditions = node.status?.['conditions'];
  return Array.isArray(conditions) && conditions.some((condition: unknown) => textIn(condition, 'type') === 'Ready' && textIn(condition, 'status') === 'True');
}

/** What the scheduler counts for a pod: the larger of all its containers together and its largest init container. */
function requestOf(pod: KubeObject, name: string): number {
  const each = (key: string): number[] => {
    const containers: unknown = pod.spec?.[key];
    return (Array.isArray(containers) ? containers : []).map((container: unknown) =>
      isJsonObject(container) && isJsonObject(container['resources']) ? resourceIn(container['resources']['requests'], name) : 0,
    );
  };
  return Math.max(
    each('containers').reduce((sum, one) => sum + one, 0),
    0,
    ...each('initContainers'),
  );
}

/** What deploying here touches, in the order in which it is shown. */
const deployed: readonly (readonly [group: string, resource: string])[] = [
  ['apps', 'deployments'],
  ['apps', 'statefulsets'],
  ['apps', 'daemonsets'],
  ['batch', 'jobs'],
  ['batch', 'cronjobs'],
  ['', 'services'],
  ['networking.k8s.io', 'ingresses'],
  ['networking.k8s.io', 'networkpolicies'],
  ['', 'configmaps'],
  ['', 'secrets'],
  ['', 'persistentvolumeclaims'],
  ['', 'serviceaccounts'],
  ['autoscaling', 'horizontalpodautoscalers'],
  ['', 'pods'],
  ['', 'pods/log'],
  ['', 'pods/exec'],
  ['', 'pods/portforward'],
];

/** What deploying needs of a resource; a subresource is only asked for or connected to. */
const verbsFor = (resource: string): readonly string[] =>
  resource === 'pods/log' ? ['get'] : resource.includes('/') ? ['create', 'get'] : ['get', 'list', 'watch', 'create', 'patch', 'delete'];

export interface Right {
  readonly resource: string;
  readonly may: 'everything' | 'reading' | 'something' | 'nothing';
  /** The verbs that deploying needs and that are missing. */
  readonly missing: readonly string[];
}

/** What the rules allow of what deploying needs. A rule for single objects by name allows nothing in general. */
export function rightsFrom({ rules }: AccessRules): readonly Right[] {
  const allows = (verb: string, group: string, resource: string): boolean =>
    rules.some(
      (rule) =>
        rule.names.length === 0 &&
        (rule.verbs.includes('*') || rule.verbs.includes(verb)) &&
        (rule.groups.includes('*') || rule.groups.includes(group)) &&
        rule.resources.some((one) => one === '*' || one === resource || (one.startsWith('*/') && resource.endsWith(one.slice(1)))),
    );
  return deployed.map(([group, resource]) => {
    const verbs = verbsFor(resource);
    // To connect to a pod, servers differ in which of the two verbs they ask for; either one is of use.
    const either = resource.includes('/') && verbs.length === 2;
    const missing = verbs.filter((verb) => !allows(verb, group, resource));
    if (missing.length === 0 || (either && missing.length < verbs.length)) return { resource, may: 'everything', missing: [] };
    const reads = ['get', 'list', 'watch'].every((verb) => !missing.includes(verb)) && !resource.includes('/');
    return { resource, may: reads ? 'reading' : missing.length < verbs.length ? 'something' : 'nothing', missing };
  });
}
