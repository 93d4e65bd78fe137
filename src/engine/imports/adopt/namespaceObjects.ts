import { isJsonObject, valueAt } from '../../../shared/json';
import type { KubeObject } from '../../../shared/kubeObject';
import { groupOf, refOf } from '../../../shared/kubeObject';
import { workflowOf } from '../../labels';
import { limited } from '../../limited';
import type { Cluster, ResourceInfo } from '../../ports';
import { ClusterError } from '../../ports';

/** Why an object of a namespace is nobody's to write down. */
export type LeftOutReason =
  /** A controller makes it again, or the cluster writes it by itself. */
  | 'made'
  /** A workflow has it already. */
  | 'workflow'
  | 'ending'
  /** A Secret that a program keeps for itself, such as a token or a release of Helm. */
  | 'program'
  | 'empty-secret';

export interface LeftOut {
  readonly object: KubeObject;
  readonly reason: LeftOutReason;
  /** Who makes it, or whose it is. */
  readonly by: string;
}

export interface NamespaceObjects {
  readonly wanted: readonly KubeObject[];
  readonly leftOut: readonly LeftOut[];
  /** Kinds that may not be listed, so that what there is of them is not known. */
  readonly unread: readonly ResourceInfo[];
}

/** What programs write all the time and nobody keeps in a file, by group and kind. */
const passing: ReadonlySet<string> = new Set([
  '/Event',
  'events.k8s.io/Event',
  'coordination.k8s.io/Lease',
  'coordination.k8s.io/LeaseCandidate',
  'apps/ControllerRevision',
  'resource.k8s.io/ResourceClaim',
  'cilium.io/CiliumEndpoint',
  'cert-manager.io/CertificateRequest',
  'acme.cert-manager.io/Order',
  'acme.cert-manager.io/Challenge',
]);

/** ConfigMaps that a cluster puts into every namespace. */
const clustersConfigMaps: ReadonlySet<string> = new Set(['kube-root-ca.crt', 'openshift-service-ca.crt', 'istio-ca-root-cert']);
const programsSecrets: ReadonlySet<string> = new Set(['kubernetes.io/service-account-token', 'helm.sh/release.v1', 'bootstrap.kubernetes.io/token']);

/**
 * The objects of a namespace that somebody wrote, in the order of their kinds and names. `preferred` says by which version of a kind
 * that is served in several it is read.
 */
export async function namespaceObjects(
  cluster: Cluster,
  namespace: string,
  preferred: (kind: ResourceInfo) => boolean,
  signal?: AbortSignal,
): Promise<NamespaceObjects> {
  const kinds = new Map<string, ResourceInfo>();
  for (const kind of await cluster.resources(signal)) {
    const key = `${groupOf(kind.apiVersion)}/${kind.kind}`;
    const isKept = kind.namespaced && ['list', 'patch'].every((verb) => kind.verbs.includes(verb)) && !passing.has(key) && !key.startsWith('metrics.k8s.io/');
    if (isKept && (!kinds.has(key) || preferred(kind))) kinds.set(key, kind);
  }
  const unread: ResourceInfo[] = [];
  const lists = await limited(
    [...kinds.values()].map((kind) => async () => {
      try {
        return await cluster.list(kind, { namespace, ...(signal === undefined ? {} : { signal }) });
      } catch (error) {
        // A kind whose own server is away, or that this person may not see, is told of; all others are still worth having.
        if (!(error instanceof ClusterError) || !['forbidden', 'not-found', 'unavailable', 'other'].includes(error.failure.kind)) throw error;
        unread.push(kind);
        return [];
      }
    }),
  );
  const seen = new Set<string>();
  const all = lists.flat().filter(({ metadata: { uid = '' } }) => uid === '' || (!seen.has(uid) && seen.add(uid)));
  const leftOut: LeftOut[] = [];
  const wanted = all.filter((object) => {
    const found = reasonFor(object, all);
    if (found !== undefined) leftOut.push({ object, ...found });
    return found === undefined;
  });
  return { wanted: wanted.sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1)), leftOut, unread };
}

function orderOf(object: KubeObject): string {
  const { kind, name, apiVersion } = refOf(object);
  return `${kind} ${name} ${apiVersion}`;
}

function reasonFor(object: KubeObject, all: readonly KubeObject[]): Omit<LeftOut, 'object'> | undefined {
  const { apiVersion, kind, metadata } = object;
  const { name } = metadata;
  const type = `${groupOf(apiVersion)}/${kind}`;
  if (metadata.deletionTimestamp !== undefined) return { reason: 'ending', by: '' };
  const workflow = workflowOf(object);
  if (workflow !== undefined) return { reason: 'workflow', by: workflow };
  if (metadata.labels?.['applyset.kubernetes.io/id'] !== undefined)
    return { reason: 'made', by: metadata.annotations?.['applyset.kubernetes.io/tooling'] ?? 'another tool' };
  const owner = metadata.ownerReferences?.find((one) => one.controller === true);
  if (owner !== undefined) return { reason: 'made', by: `${owner.kind} ${owner.name}` };
  switch (type) {
    case '/ConfigMap':
      return clustersConfigMaps.has(name) ? { reason: 'made', by: 'the cluster' } : undefined;
    case '/ServiceAccount':
      return name === 'default' ? { reason: 'made', by: 'the cluster' } : undefined;
    case '/Service':
      return name === 'kubernetes' && metadata.namespace === 'default' ? { reason: 'made', by: 'the cluster' } : undefined;
    case '/Secret': {
      if (typeof object.type === 'string' && programsSecrets.has(object.type)) return { reason: 'program', by: object.type };
      return Object.keys(object.data ?? {}).length === 0 ? { reason: 'empty-secret', by: '' } : undefined;
    }
    case '/Endpoints': {
      const service = all.find((one) => one.kind === 'Service' && one.metadata.name === name);
      // Only of a Service that selects nothing somebody wrote them; without a Service they are a program's lock.
      return service !== undefined && valueAt(service.spec, ['selector']) === undefined ? undefined : { reason: 'made', by: `Service ${name}` };
    }
    case 'discovery.k8s.io/EndpointSlice': {
      const by = metadata.labels?.['endpointslice.kubernetes.io/managed-by'];
      return by?.endsWith('.k8s.io') === true ? { reason: 'made', by } : undefined;
    }
    case '/PersistentVolumeClaim': {
      const set = all.find((one) => one.kind === 'StatefulSet' && isClaimOf(one, name));
      return set === undefined ? undefined : { reason: 'made', by: `StatefulSet ${set.metadata.name}` };
    }
    case '/Pod':
      // A kubelet's own pod, of a file on its machine.
      return metadata.annotations?.['kubernetes.io/config.mirror'] === undefined ? undefined : { reason: 'made', by: 'a kubelet' };
    default:
      return undefined;
  }
}

/** Whether a claim of this name is one that a StatefulSet makes for a pod of its own. */
function isClaimOf({ spec, metadata }: KubeObject, claim: string): boolean {
  const templates = valueAt(spec, ['volumeClaimTemplates']);
  if (!Array.isArray(templates)) return false;
  return templates.some((template) => {
    const name = isJsonObject(template) ? valueAt(template, ['metadata', 'name']) : undefined;
    const start = typeof name === 'string' ? `${name}-${metadata.name}-` : claim;
    return claim.startsWith(start) && /^\d+$/.test(claim.slice(start.length));
  });
}
