import type { Cluster, KindRef } from '../../engine/ports';
import type { JsonObject } from '../../shared/json';
import { valueAt } from '../../shared/json';
import type { KubeObject, ObjectRef } from '../../shared/kubeObject';
import { groupOf, refOf } from '../../shared/kubeObject';
import { ifAllowed } from '../clusters/clusterMetadata';

/** kubectl's own annotation for it, so that either tool sees the other's restarts. */
const restartedAt = 'kubectl.kubernetes.io/restartedAt';

const ownedKinds: readonly KindRef[] = [
  { apiVersion: 'apps/v1', kind: 'ReplicaSet' },
  { apiVersion: 'batch/v1', kind: 'Job' },
  { apiVersion: 'v1', kind: 'Pod' },
];

/** Kinds that are counted when their namespace goes. */
const namespaceKinds: readonly KindRef[] = [
  { apiVersion: 'apps/v1', kind: 'Deployment' },
  { apiVersion: 'apps/v1', kind: 'StatefulSet' },
  { apiVersion: 'apps/v1', kind: 'DaemonSet' },
  { apiVersion: 'batch/v1', kind: 'Job' },
  { apiVersion: 'batch/v1', kind: 'CronJob' },
  { apiVersion: 'v1', kind: 'Pod' },
  { apiVersion: 'v1', kind: 'Service' },
  { apiVersion: 'v1', kind: 'ConfigMap' },
  { apiVersion: 'v1', kind: 'Secret' },
  { apiVersion: 'v1', kind: 'PersistentVolumeClaim' },
];

/** Kinds that may own others: only for these is the cluster asked what goes with them. */
const owners: ReadonlySet<string> = new Set(['apps/Deployment', 'apps/StatefulSet', 'apps/DaemonSet', 'apps/ReplicaSet', 'batch/Job', 'batch/CronJob']);

type Asked = Pick<Cluster, 'list' | 'resourceOf'>;

/**
 * What the cluster deletes with an object: counts by kind, from its owner references or, for a namespace, all that is in it
 * of the kinds that matter. `unknown` names kinds that may not be listed, so that nobody takes silence for nothing.
 */
export async function goesWith(
  cluster: Asked,
  object: KubeObject,
  signal?: AbortSignal,
): Promise<{ readonly counts: ReadonlyMap<string, number>; readonly unknown: readonly string[] }> {
  const isNamespace = object.kind === 'Namespace' && object.apiVersion === 'v1';
  const kinds = isNamespace ? namespaceKinds : owners.has(`${groupOf(object.apiVersion)}/${object.kind}`) ? ownedKinds : [];
  const namespace = isNamespace ? object.metadata.name : (object.metadata.namespace ?? '');
  const unknown: string[] = [];
  const found = await Promise.all(
    kinds.map(async (kind) => {
      try {
        if ((await cluster.resourceOf(kind, signal)) === undefined) return [];
        return await cluster.list(kind, { namespace, ...(signal === undefined ? {} : { signal }) });
      } catch {
        // A kind that cannot be listed is told as such; the deletion itself is still the person's choice.
        unknown.push(kind.kind);
        return [];
      }
    }),
  );
  const counts = new Map<string, number>();
  const belonging = isNamespace ? found.flat() : belowOf(object, found.flat());
  for (const { kind } of belonging) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return { counts, unknown };
}

function belowOf(object: KubeObject, candidates: readonly KubeObject[]): readonly KubeObject[] {
  const byOwner = new Map<string, KubeObject[]>();
  for (const candidate of candidates) {
    for (const { uid } of candidate.metadata.ownerReferences ?? []) byOwner.set(uid, [...(byOwner.get(uid) ?? []), candidate]);
  }
  const found = new Set<KubeObject>();
  const queue = [object.metadata.uid ?? ''];
  for (let uid = queue.shift(); uid !== undefined; uid = queue.shift()) {
    for (const child of byOwner.get(uid) ?? []) {
      if (found.has(child)) continue;
      found.add(child);
      queue.push(child.metadata.uid ?? '');
    }
  }
  return [...found];
}

/** Whether data is lost for good with an object: claims and volumes hold it, namespaces and definitions hold everything below them. */
export function holdsData(ref: Pick<ObjectRef, 'apiVersion' | 'kind'>): boolean {
  return ['/PersistentVolumeClaim', '/PersistentVolume', '/Namespace', 'apiextensions.k8s.io/CustomResourceDefinition'].includes(
    `${groupOf(ref.apiVersion)}/${ref.kind}`,
  );
}

/**
 * Whether a protected environment covers a namespace of its cluster. One that names no namespace covers all; what belongs to no
 * namespace (empty) is covered by each, because it may serve every one of them.
 */
export function isCovered(environment: { readonly protected?: boolean | undefined; readonly namespace?: string | undefined }, namespace: string): boolean {
  if (environment.protected !== true) return false;
  return environment.namespace === undefined || namespace === '' || environment.namespace === namespace;
}

/** The patch that makes a workload start its pods anew, one after another as its strategy says. */
export function restartPatch(nowMs: number): JsonObject {
  return { spec: { template: { metadata: { annotations: { [restartedAt]: new Date(nowMs).toISOString() } } } } };
}

/** The autoscalers that would change the number of an object back. None where they may not be listed. */
export async function autoscalersOf(cluster: Asked, object: KubeObject): Promise<readonly string[]> {
  const kind = { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler' };
  if ((await cluster.resourceOf(kind)) === undefined) return [];
  // Who may scale need not be allowed to see autoscalers.
  const found = (await ifAllowed(() => cluster.list(kind, { namespace: object.metadata.namespace ?? '' }))) ?? [];
  return found
    .filter(({ spec }) => valueAt(spec, ['scaleTargetRef', 'kind']) === object.kind && valueAt(spec, ['scaleTargetRef', 'name']) === object.metadata.name)
    .map(({ metadata }) => metadata.name);
}

/** Undefined for what is no whole number from 0 up to a bound that no cluster reaches by accident. */
export function replicasFrom(text: string): number | undefined {
  const replicas = /^\d{1,5}$/.test(text.trim()) ? Number(text) : Number.NaN;
  return replicas <= 10_000 ? replicas : undefined;
}

/** The words after `kubectl get` that name an object on any shell. */
export function kubectlReference(object: KubeObject | ObjectRef, resource: string, context: string | undefined): string {
  const ref = 'metadata' in object ? refOf(object) : object;
  const words = [`${resource}/${ref.name}`, ...(ref.namespace === '' ? [] : ['-n', ref.namespace]), ...(context === undefined ? [] : ['--context', context])];
  return words.map((word) => (/^[A-Za-z0-9@%+=:,./_-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(' ');
}
