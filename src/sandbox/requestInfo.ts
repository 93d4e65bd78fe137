import type { KindInfo, Kinds } from './kinds';

/** What a path under /api or /apis asks for. */
export interface ResourceRequest {
  info: KindInfo;
  /** '' for cluster-wide requests. */
  namespace: string;
  /** '' for collections. */
  name: string;
  /** '' for the object itself. */
  subresource: string;
  /** What follows the subresource, for proxies. */
  rest: string;
}

function decoded(segments: string[]): string[] | undefined {
  try {
    return segments.map((segment) => decodeURIComponent(segment));
  } catch {
    return undefined;
  }
}

/** Reads `/api/v1/…` and `/apis/GROUP/VERSION/…`; undefined when the path names nothing that is served. */
export function resourceRequestOf(kinds: Kinds, path: string): ResourceRequest | undefined {
  const segments = decoded(path.split('/').filter((segment) => segment !== ''));
  if (segments === undefined) return undefined;
  const core = segments[0] === 'api';
  if (!core && segments[0] !== 'apis') return undefined;
  const [group = '', version = ''] = core ? ['', segments[1]] : [segments[1], segments[2]];
  let rest = segments.slice(core ? 2 : 3);
  let namespace = '';
  if (rest[0] === 'namespaces' && rest[1] !== undefined) {
    const inside = rest[2] === undefined ? undefined : kinds.at(group, version, rest[2]);
    if (inside?.namespaced === true) {
      namespace = rest[1];
      rest = rest.slice(2);
    }
  }
  const info = rest[0] === undefined ? undefined : kinds.at(group, version, rest[0]);
  if (info === undefined) return undefined;
  const [, name = '', subresource = '', ...more] = rest;
  // A namespaced object without its namespace in the path does not exist; only the list over all namespaces does.
  if (info.namespaced && namespace === '' && name !== '') return undefined;
  return { info, namespace, name, subresource, rest: more.join('/') };
}

/** Groups whose only resources are reviews: they are created and answered, never stored. */
export const reviewGroups = [
  { group: 'authentication.k8s.io', version: 'v1', reviews: [{ resource: 'selfsubjectreviews', kind: 'SelfSubjectReview' }] },
  {
    group: 'authorization.k8s.io',
    version: 'v1',
    reviews: [
      { resource: 'selfsubjectaccessreviews', kind: 'SelfSubjectAccessReview' },
      { resource: 'selfsubjectrulesreviews', kind: 'SelfSubjectRulesReview' },
    ],
  },
] as const;
