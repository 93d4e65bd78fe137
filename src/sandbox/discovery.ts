// What a client learns before its first real request: groups, versions, resources, in the old and in the aggregated form.
import { apiVersionOf, servesSubresource, type KindInfo, type Kinds } from './kinds';
import { reviewGroups } from './requestInfo';

interface ApiResource {
  name: string;
  singularName: string;
  namespaced: boolean;
  group?: string;
  version?: string;
  kind: string;
  verbs: readonly string[];
  shortNames?: readonly string[];
  categories?: readonly string[];
}

interface Sub {
  name: string;
  kind: string;
  verbs: readonly string[];
  group?: string;
  version?: string;
}

function subresourcesOf(info: KindInfo): Sub[] {
  return info.subresources
    .filter((sub) => servesSubresource(info, sub.name))
    .map(({ name, kind, verbs, group, version }) =>
      group === info.group && version === info.version ? { name, kind, verbs } : { name, kind, verbs, group, version },
    );
}

/** Group versions in the order in which clients prefer them: core first. */
function groupVersions(kinds: Kinds): { group: string; version: string }[] {
  const found = new Map<string, { group: string; version: string }>();
  for (const { group, version } of [...kinds.all, ...reviewGroups]) found.set(`${group}/${version}`, { group, version });
  return [...found.values()];
}

/** `/api/v1` and `/apis/GROUP/VERSION`; undefined for a group version that is not served. */
export function apiResourceList(kinds: Kinds, group: string, version: string): object | undefined {
  const resources: ApiResource[] = [];
  for (const info of kinds.all) {
    if (info.group !== group || info.version !== version) continue;
    resources.push({
      name: info.plural,
      singularName: info.singular,
      namespaced: info.namespaced,
      kind: info.kind,
      verbs: info.verbs,
      ...(info.shortNames.length > 0 ? { shortNames: info.shortNames } : {}),
      ...(info.categories.length > 0 ? { categories: info.categories } : {}),
    });
    for (const { name, ...sub } of subresourcesOf(info)) {
      resources.push({ name: `${info.plural}/${name}`, singularName: '', namespaced: info.namespaced, ...sub });
    }
  }
  for (const review of reviewGroups) {
    if (review.group !== group || review.version !== version) continue;
    for (const { resource, kind } of review.reviews) {
      resources.push({ name: resource, singularName: kind.toLowerCase(), namespaced: false, kind, verbs: ['create'] });
    }
  }
  if (resources.length === 0) return undefined;
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: apiVersionOf({ group, version }), resources };
}

/** `/api` in the old form. */
export function apiVersions(server: string): object {
  return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: server }] };
}

function groupOf(kinds: Kinds, group: string): object {
  const versions = groupVersions(kinds)
    .filter((one) => one.group === group)
    .map((one) => ({ groupVersion: apiVersionOf(one), version: one.version }));
  return { name: group, versions, preferredVersion: versions[0] };
}

/** `/apis` in the old form. */
export function apiGroupList(kinds: Kinds): object {
  const names = [...new Set(groupVersions(kinds).map((one) => one.group))].filter((group) => group !== '');
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: names.map((group) => groupOf(kinds, group)) };
}

/** `/apis/GROUP`; undefined for a group that is not served. */
export function apiGroup(kinds: Kinds, group: string): object | undefined {
  if (group === '' || !groupVersions(kinds).some((one) => one.group === group)) return undefined;
  return { kind: 'APIGroup', apiVersion: 'v1', ...groupOf(kinds, group) };
}

function aggregatedResources(kinds: Kinds, group: string, version: string): object[] {
  const made: object[] = [];
  for (const info of kinds.all) {
    if (info.group !== group || info.version !== version) continue;
    const scope = info.namespaced ? 'Namespaced' : 'Cluster';
    const subresources = subresourcesOf(info).map((sub) => ({
      subresource: sub.name,
      responseKind: { group: sub.group ?? group, version: sub.version ?? version, kind: sub.kind },
      verbs: sub.verbs,
    }));
    made.push({
      resource: info.plural,
      responseKind: { group, version, kind: info.kind },
      scope,
      singularResource: info.singular,
      verbs: info.verbs,
      ...(info.shortNames.length > 0 ? { shortNames: info.shortNames } : {}),
      ...(info.categories.length > 0 ? { categories: info.categories } : {}),
      ...(subresources.length > 0 ? { subresources } : {}),
    });
  }
  for (const review of reviewGroups) {
    if (review.group !== group || review.version !== version) continue;
    for (const { resource, kind } of review.reviews) {
      made.push({ resource, responseKind: { group, version, kind }, scope: 'Cluster', singularResource: kind.toLowerCase(), verbs: ['create'] });
    }
  }
  return made;
}

/** `/api` (core only) or `/apis` (all others) in the aggregated form that kubectl asks for first. */
export function aggregatedDiscovery(kinds: Kinds, core: boolean): object {
  const names = [...new Set(groupVersions(kinds).map((one) => one.group))].filter((group) => (group === '') === core);
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
    metadata: {},
    items: names.map((group) => ({
      metadata: group === '' ? {} : { name: group },
      versions: groupVersions(kinds)
        .filter((one) => one.group === group)
        .map(({ version }) => ({ version, resources: aggregatedResources(kinds, group, version), freshness: 'Current' })),
    })),
  };
}
