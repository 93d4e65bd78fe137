import type { Cluster, ResourceInfo } from '../../engine/ports';
import { ClusterError } from '../../engine/ports';
import { isJsonObject } from '../../shared/json';
import type { JsonValue } from '../../shared/json';
import type { KubeObject } from '../../shared/kubeObject';
import { quantityValue } from '../../shared/quantity';
import type { ClusterMetadata } from './clusterHealth';

/** As many names as are kept; a cluster with more says so by the count. */
const namesLimit = 1_000;

/** What being served means to somebody who deploys. */
const capabilityByGroup: Readonly<Record<string, string>> = {
  'metrics.k8s.io': 'metrics',
  'gateway.networking.k8s.io': 'gateway',
  'snapshot.storage.k8s.io': 'snapshots',
  'cert-manager.io': 'cert-manager',
  'external-secrets.io': 'external-secrets',
  'monitoring.coreos.com': 'prometheus',
  'argoproj.io': 'argo',
  'kustomize.toolkit.fluxcd.io': 'flux',
  'keda.sh': 'keda',
  'policy.networking.k8s.io': 'network-policies',
};

/** The taints that keep workloads off the machines that run the control plane. */
export const controlPlaneTaints: readonly string[] = ['node-role.kubernetes.io/control-plane', 'node-role.kubernetes.io/master'];

/**
 * Reads what is known of a cluster, each part on its own: what the credentials may not read, or the server does not serve, is
 * left out.
 * @throws ClusterError when the cluster cannot be reached or does not let us in at all
 */
export async function readMetadata(cluster: Cluster, nowMs: number, signal: AbortSignal): Promise<ClusterMetadata> {
  const [version, nodes, namespaces, classes, resources, pods, claims] = await Promise.all([
    ifAllowed(() => cluster.version(signal)),
    ifAllowed(() => cluster.list({ apiVersion: 'v1', kind: 'Node' }, { signal })),
    ifAllowed(() => cluster.list({ apiVersion: 'v1', kind: 'Namespace' }, { signal })),
    ifAllowed(() => cluster.list({ apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass' }, { signal })),
    ifAllowed(() => cluster.resources(signal)),
    ifAllowed(() => cluster.count({ apiVersion: 'v1', kind: 'Pod' }, { signal })),
    ifAllowed(() => cluster.list({ apiVersion: 'v1', kind: 'PersistentVolumeClaim' }, { signal })),
  ]);
  const names = (objects: readonly KubeObject[]): string[] =>
    objects
      .slice(0, namesLimit)
      .map(({ metadata }) => metadata.name)
      .sort((a, b) => (a < b ? -1 : 1));
  const uid = namespaces?.find(({ metadata }) => metadata.name === 'kube-system')?.metadata.uid;
  return {
    ...(uid === undefined ? {} : { uid }),
    ...(version === undefined ? {} : { version }),
    ...(nodes === undefined ? {} : machinesOf(nodes)),
    ...(pods === undefined ? {} : { podCount: pods }),
    ...(claims === undefined ? {} : { storageBytes: storageOf(claims) }),
    ...(namespaces === undefined ? {} : { namespaces: names(namespaces) }),
    ...(classes === undefined ? {} : { storageClasses: names(classes) }),
    ...(resources === undefined ? {} : { capabilities: capabilitiesOf(resources) }),
    lastUpdatedMs: nowMs,
  };
}

function machinesOf(nodes: readonly KubeObject[]): Partial<ClusterMetadata> {
  const common = (of: (node: KubeObject) => string | undefined): string | undefined => {
    const values = [...new Set(nodes.map((node) => of(node) ?? '').filter((value) => value !== ''))];
    return values.length === 0 ? undefined : values.sort((a, b) => (a < b ? -1 : 1)).join(', ');
  };
  const platform = common((node) => {
    const info = node.status?.['nodeInfo'];
    const from = (key: string, label: string): string => textIn(info, key) ?? node.metadata.labels?.[label] ?? '';
    return [from('operatingSystem', 'kubernetes.io/os'), from('architecture', 'kubernetes.io/arch')].filter((part) => part !== '').join('/');
  });
  const provider = common(
    (node) => /^([a-z][a-z0-9+.-]*):\/\//i.exec(textIn(node.spec, 'providerID') ?? '')?.[1] ?? node.metadata.labels?.['kubernetes.io/cloud-provider'],
  );
  const region = common((node) => node.metadata.labels?.['topology.kubernetes.io/region']);
  return {
    nodeCount: nodes.length,
    cpuMillis: Math.round(sumOf(nodes, (node) => resourceIn(node.status?.['capacity'], 'cpu')) * 1_000),
    memoryBytes: Math.round(sumOf(nodes, (node) => resourceIn(node.status?.['capacity'], 'memory'))),
    singleNodeTainted: nodes.length === 1 && nodes.some((node) => taintsOf(node).some(({ key }) => controlPlaneTaints.includes(key))),
    ...(platform === undefined ? {} : { platform }),
    ...(provider === undefined ? {} : { provider }),
    ...(region === undefined ? {} : { region }),
  };
}

function capabilitiesOf(resources: readonly ResourceInfo[]): string[] {
  const found = new Set<string>();
  for (const { apiVersion, kind } of resources) {
    const slash = apiVersion.indexOf('/');
    const group = slash < 0 ? '' : apiVersion.slice(0, slash);
    const capability = Object.hasOwn(capabilityByGroup, group) ? capabilityByGroup[group] : undefined;
    if (capability !== undefined) found.add(capability);
    if (group === 'networking.k8s.io' && kind === 'Ingress') found.add('ingress');
    if (group === 'autoscaling' && kind === 'HorizontalPodAutoscaler') found.add('autoscaling');
  }
  return [...found].sort((a, b) => (a < b ? -1 : 1));
}

export interface Taint {
  readonly key: string;
  readonly effect: string;
  readonly value?: string;
  readonly timeAdded?: string;
}

export function taintsOf(node: KubeObject): readonly Taint[] {
  const taints = node.spec?.['taints'];
  return Array.isArray(taints)
    ? (taints as readonly JsonValue[]).filter(isJsonObject).map((taint) => ({
        key: textIn(taint, 'key') ?? '',
        effect: textIn(taint, 'effect') ?? '',
        ...(textIn(taint, 'value') === undefined ? {} : { value: textIn(taint, 'value') ?? '' }),
        ...(textIn(taint, 'timeAdded') === undefined ? {} : { timeAdded: textIn(taint, 'timeAdded') ?? '' }),
      }))
    : [];
}

/** Undefined where the server says that this is not for us, or not served; any other failure goes on. */
export async function ifAllowed<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof ClusterError && (error.failure.kind === 'forbidden' || error.failure.kind === 'not-found')) return undefined;
    throw error;
  }
}

export function textIn(value: unknown, key: string): string | undefined {
  if (!isJsonObject(value) || !Object.hasOwn(value, key)) return undefined;
  const found = value[key];
  return typeof found === 'string' ? found : undefined;
}

/** A quantity in a map of resources; what is not there, or is no quantity, counts nothing. */
export function resourceIn(map: unknown, name: string): number {
  return isJsonObject(map) && Object.hasOwn(map, name) ? (quantityValue(map[name]) ?? 0) : 0;
}

/** What claims have been given. */
export function storageOf(claims: readonly KubeObject[]): number {
  return sumOf(claims, (claim) => resourceIn(claim.status?.['capacity'], 'storage'));
}

export function sumOf<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
