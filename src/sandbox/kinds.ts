// The kinds that the sandbox serves, and what of each a client may ask. Discovery, routing and storage all read this table.

export type Verb = 'create' | 'delete' | 'deletecollection' | 'get' | 'list' | 'patch' | 'update' | 'watch';

export interface KindInfo {
  group: string;
  version: string;
  kind: string;
  /** Plural, lower case: the name in the URL. */
  resource: string;
  singular: string;
  namespaced: boolean;
  shortNames?: readonly string[];
  categories?: readonly string[];
  /** `status` is writable on its own; `scale` reads and writes spec.replicas. */
  subresources: readonly ('status' | 'scale')[];
  /** spec changes count up metadata.generation. */
  hasGeneration: boolean;
}

const all: readonly Verb[] = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

export function verbsOf(info: KindInfo): readonly Verb[] {
  return info.resource === 'namespaces' ? all.filter((verb) => verb !== 'deletecollection') : all;
}

function kind(group: string, version: string, name: string, resource: string, more: Partial<KindInfo> = {}): KindInfo {
  return { group, version, kind: name, resource, singular: name.toLowerCase(), namespaced: true, subresources: [], hasGeneration: false, ...more };
}

export const kinds: readonly KindInfo[] = [
  kind('', 'v1', 'ConfigMap', 'configmaps', { shortNames: ['cm'] }),
  kind('', 'v1', 'Endpoints', 'endpoints', { shortNames: ['ep'] }),
  kind('', 'v1', 'Event', 'events', { shortNames: ['ev'] }),
  kind('', 'v1', 'LimitRange', 'limitranges', { shortNames: ['limits'] }),
  kind('', 'v1', 'Namespace', 'namespaces', { shortNames: ['ns'], namespaced: false, subresources: ['status'] }),
  kind('', 'v1', 'Node', 'nodes', { shortNames: ['no'], namespaced: false, subresources: ['status'] }),
  kind('', 'v1', 'PersistentVolumeClaim', 'persistentvolumeclaims', { shortNames: ['pvc'], subresources: ['status'] }),
  kind('', 'v1', 'PersistentVolume', 'persistentvolumes', { shortNames: ['pv'], namespaced: false, subresources: ['status'] }),
  kind('', 'v1', 'Pod', 'pods', { shortNames: ['po'], categories: ['all'], subresources: ['status'], hasGeneration: true }),
  kind('', 'v1', 'ResourceQuota', 'resourcequotas', { shortNames: ['quota'], subresources: ['status'] }),
  kind('', 'v1', 'Secret', 'secrets'),
  kind('', 'v1', 'ServiceAccount', 'serviceaccounts', { shortNames: ['sa'] }),
  kind('', 'v1', 'Service', 'services', { shortNames: ['svc'], categories: ['all'], subresources: ['status'] }),
  kind('apps', 'v1', 'Deployment', 'deployments', { shortNames: ['deploy'], categories: ['all'], subresources: ['status', 'scale'], hasGeneration: true }),
  kind('apps', 'v1', 'ReplicaSet', 'replicasets', { shortNames: ['rs'], categories: ['all'], subresources: ['status', 'scale'], hasGeneration: true }),
  kind('coordination.k8s.io', 'v1', 'Lease', 'leases'),
  kind('discovery.k8s.io', 'v1', 'EndpointSlice', 'endpointslices', { hasGeneration: true }),
  kind('networking.k8s.io', 'v1', 'IngressClass', 'ingressclasses', { namespaced: false, hasGeneration: true }),
  kind('networking.k8s.io', 'v1', 'Ingress', 'ingresses', { shortNames: ['ing'], subresources: ['status'], hasGeneration: true }),
];

export function kindOfResource(group: string, version: string, resource: string): KindInfo | undefined {
  return kinds.find((info) => info.group === group && info.version === version && info.resource === resource);
}

export function kindOfName(group: string, kindName: string): KindInfo | undefined {
  return kinds.find((info) => info.group === group && info.kind === kindName);
}

export function apiVersionOf(info: { group: string; version: string }): string {
  return info.group === '' ? info.version : `${info.group}/${info.version}`;
}

/** Group and version of an apiVersion text; the core group is ''. */
export function groupVersionOf(apiVersion: string): { group: string; version: string } {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? { group: '', version: apiVersion } : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}

/** The kind with this plural name; for the sandbox's own parts, which ask only for kinds that exist. */
export function kindNamed(resource: string): KindInfo {
  const found = kinds.find((info) => info.resource === resource);
  if (found === undefined) throw new Error(`the sandbox has no resource ${resource}`);
  return found;
}
