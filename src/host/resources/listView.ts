import type { ResourceInfo } from '../../engine/ports';
import type { KubeObject, ObjectRef } from '../../shared/kubeObject';
import { groupOf } from '../../shared/kubeObject';
import type { Engine } from '../rooms';

export const sortFields = ['created', 'name', 'namespace', 'status'] as const;
export type SortField = (typeof sortFields)[number];

/** What a person asked the lists to show. */
export interface ListView {
  /** Part of a name, a namespace or a tag; case does not count. Empty for everything. */
  readonly text: string;
  readonly hideSystem: boolean;
  readonly sort: SortField;
  readonly descending: boolean;
  readonly group: 'namespace' | 'kind';
  /** `group/Kind` of the kinds to show; empty for all. */
  readonly kinds: readonly string[];
}

export const plainView: ListView = { text: '', hideSystem: false, sort: 'created', descending: true, group: 'namespace', kinds: [] };

/** The tags that a person gave an object. */
export type TagsOf = (object: KubeObject) => readonly string[];

type Judge = Pick<Engine, 'listStatus' | 'isSystemObject'>;

/** The objects that the view lets through, in its order, favourites first. Linear but for the sort. */
export function selectObjects(
  objects: Iterable<KubeObject>,
  view: ListView,
  parts: { readonly engine: Judge; readonly nowMs: number; readonly isFavourite: (object: KubeObject) => boolean; readonly tagsOf: TagsOf },
): readonly KubeObject[] {
  const passes = filterOf(view, parts.engine, parts.tagsOf);
  const found: { readonly object: KubeObject; readonly first: boolean; readonly key: string }[] = [];
  for (const object of objects) if (passes(object)) found.push({ object, first: parts.isFavourite(object), key: sortKey(object, view.sort, parts) });
  const turn = view.descending ? -1 : 1;
  found.sort((a, b) => {
    if (a.first !== b.first) return a.first ? -1 : 1;
    if (a.key !== b.key) return a.key < b.key ? -turn : turn;
    return a.object.metadata.name < b.object.metadata.name ? -1 : 1;
  });
  return found.map(({ object }) => object);
}

/** How many objects the view lets through, without putting them in order. */
export function countObjects(objects: Iterable<KubeObject>, view: ListView, engine: Pick<Judge, 'isSystemObject'>, tagsOf: TagsOf): number {
  const passes = filterOf(view, engine, tagsOf);
  let count = 0;
  for (const object of objects) if (passes(object)) count++;
  return count;
}

function filterOf(view: ListView, engine: Pick<Judge, 'isSystemObject'>, tagsOf: TagsOf): (object: KubeObject) => boolean {
  const text = view.text.toLowerCase();
  return (object) => {
    const { name, namespace = '' } = object.metadata;
    const matches = (one: string): boolean => one.toLowerCase().includes(text);
    if (text !== '' && !matches(name) && !matches(namespace) && !tagsOf(object).some((tag) => matches(tag) || matches(`#${tag}`))) return false;
    return !view.hideSystem || !engine.isSystemObject({ kind: object.kind, namespace, name });
  };
}

function sortKey(object: KubeObject, sort: SortField, parts: { readonly engine: Judge; readonly nowMs: number }): string {
  switch (sort) {
    case 'created':
      return object.metadata.creationTimestamp ?? '';
    case 'name':
      return object.metadata.name;
    case 'namespace':
      return object.metadata.namespace ?? '';
    case 'status':
      return parts.engine.listStatus(object, parts.nowMs);
  }
}

/** How a kind is named in a filter, whatever its version. */
export function kindKey(kind: { readonly apiVersion: string; readonly kind: string }): string {
  return `${groupOf(kind.apiVersion)}/${kind.kind}`;
}

export interface KindGroups {
  /** Kinds that lists know by name, in the order of their table. */
  readonly known: readonly ResourceInfo[];
  /** All others by API group; the core group's key is empty. */
  readonly others: ReadonlyMap<string, readonly ResourceInfo[]>;
}

/** The kinds of a cluster that can be listed, each in one version, in the order in which they are shown. */
export function kindGroups(
  resources: readonly ResourceInfo[],
  namespaced: boolean,
  kinds: readonly string[],
  engine: Pick<Engine, 'resourceTypes'>,
): KindGroups {
  const wanted = new Set(kinds);
  const order = new Map(engine.resourceTypes.map(({ group, kind }, index) => [`${group}/${kind}`, index]));
  const byKey = new Map<string, ResourceInfo>();
  for (const resource of resources) {
    const key = kindKey(resource);
    // The events of both groups are the same objects.
    if (key === 'events.k8s.io/Event' || resource.namespaced !== namespaced || !resource.verbs.includes('list')) continue;
    if (wanted.size > 0 && !wanted.has(key)) continue;
    // The API server names its preferred version first.
    if (!byKey.has(key)) byKey.set(key, resource);
  }
  const known: ResourceInfo[] = [];
  const others = new Map<string, ResourceInfo[]>();
  for (const [key, resource] of byKey) {
    if (order.has(key)) known.push(resource);
    else {
      const group = groupOf(resource.apiVersion);
      others.set(group, [...(others.get(group) ?? []), resource]);
    }
  }
  known.sort((a, b) => (order.get(kindKey(a)) ?? 0) - (order.get(kindKey(b)) ?? 0));
  for (const list of others.values()) list.sort((a, b) => (a.kind < b.kind ? -1 : 1));
  return { known, others: new Map([...others].sort(([a], [b]) => (a < b ? -1 : 1))) };
}

/** How a favourite is kept: by cluster, kind without its version, namespace and name. */
export function favouriteKey(clusterKey: string, ref: ObjectRef): string {
  return JSON.stringify([clusterKey, ref.apiVersion, ref.kind, ref.namespace, ref.name]);
}

/** Undefined for a text that is none. */
export function parseFavourite(text: string): { readonly clusterKey: string; readonly ref: ObjectRef } | undefined {
  let parts: unknown;
  try {
    parts = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!Array.isArray(parts) || parts.length !== 5 || !parts.every((part) => typeof part === 'string')) return undefined;
  const [clusterKey = '', apiVersion = '', kind = '', namespace = '', name = ''] = parts;
  return { clusterKey, ref: { apiVersion, kind, namespace, name } };
}
