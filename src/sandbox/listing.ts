// Lists: snapshots at a version, pages, and what a selector leaves of them.
import { ApiError, badRequest, expired, invalid } from './apiStatus';
import type { KindInfo } from './kinds';
import type { KubeObject } from './objects';
import type { Matcher } from './selectors';
import type { Storage } from './storage';
import { changeOf } from './storage';

export interface ListRequest {
  namespace: string;
  matcher: Matcher | undefined;
  limit: number | undefined;
  continueToken: string;
  resourceVersion: string;
  resourceVersionMatch: string;
}

export interface Page {
  items: readonly KubeObject[];
  version: number;
  continueToken: string;
  /** Known only when no selector hides how many are left. */
  remaining: number | undefined;
}

interface Token {
  v: 'meta.k8s.io/v1';
  /** The version of the snapshot; 0 goes on with the newest state where the snapshot is forgotten. */
  rv: number;
  /** `namespace/name` of the last object of the page before. */
  start: string;
}

const tooOld =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, ' +
  'or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - ' +
  'objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.';

export function pageOf(storage: Storage, info: KindInfo, request: ListRequest): Page {
  const token = request.continueToken === '' ? undefined : tokenOf(request.continueToken);
  if (token !== undefined && request.resourceVersion !== '' && request.resourceVersion !== '0') {
    throw badRequest('specifying resource version is not allowed when using continue');
  }
  const version = token === undefined ? versionOf(storage, request) : token.rv === 0 ? storage.version : token.rv;
  let objects = objectsAt(storage, info, request.namespace, version);
  if (objects === undefined) {
    const status = expired(token === undefined ? `The resourceVersion for the provided list is too old.` : tooOld);
    if (token !== undefined) (status.status.metadata as { continue?: string }).continue = textOf({ ...token, rv: 0 });
    throw status;
  }
  if (token !== undefined) objects = objects.slice(firstAfter(objects, token.start));
  const { limit, matcher } = request;
  if (limit === undefined || limit <= 0) {
    return { items: matcher ? objects.filter(matcher) : objects, version, continueToken: '', remaining: undefined };
  }
  const items: KubeObject[] = [];
  let at = 0;
  for (; at < objects.length && items.length < limit; at++) {
    const object = objects[at];
    if (object !== undefined && (matcher === undefined || matcher(object))) items.push(object);
  }
  const last = objects[at - 1];
  const more = matcher === undefined ? at < objects.length : objects.slice(at).some(matcher);
  if (!more || last === undefined) return { items, version, continueToken: '', remaining: undefined };
  return {
    items,
    version,
    continueToken: textOf({ v: 'meta.k8s.io/v1', rv: version, start: keyOf(last) }),
    remaining: matcher ? undefined : objects.length - at,
  };
}

/** The objects as they were at a version: the present ones with the later changes taken back. Undefined when it is too long ago. */
function objectsAt(storage: Storage, info: KindInfo, namespace: string, version: number): readonly KubeObject[] | undefined {
  const scope = namespace === '' ? undefined : namespace;
  const present = storage.list(info, scope);
  if (version === storage.version) return present;
  const changes = storage.changesAfter(version);
  if (changes === undefined) return undefined;
  const concerned = changes
    .flatMap((change) => changeOf(info, change) ?? [])
    .filter((change) => scope === undefined || change.object.metadata.namespace === scope);
  if (concerned.length === 0) return present;
  const objects = new Map(present.map((object) => [keyOf(object), object]));
  for (const change of concerned.toReversed()) {
    if (change.previous === undefined) objects.delete(keyOf(change.object));
    else objects.set(keyOf(change.object), change.previous);
  }
  return [...objects.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
}

function versionOf(storage: Storage, request: ListRequest): number {
  const { resourceVersion, resourceVersionMatch } = request;
  if (resourceVersionMatch !== '' && resourceVersion === '') {
    throw invalid('meta.k8s.io', 'ListOptions', '', [
      {
        reason: 'FieldValueForbidden',
        message: 'Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
        field: 'resourceVersionMatch',
      },
    ]);
  }
  if (!['', 'Exact', 'NotOlderThan'].includes(resourceVersionMatch)) {
    const message = `Unsupported value: "${resourceVersionMatch}": supported values: "Exact", "NotOlderThan", ""`;
    throw invalid('meta.k8s.io', 'ListOptions', '', [{ reason: 'FieldValueNotSupported', message, field: 'resourceVersionMatch' }]);
  }
  if (resourceVersion === '' || resourceVersion === '0') return storage.version;
  const wanted = parseVersion(resourceVersion);
  if (wanted > storage.version) throw tooLarge(wanted, storage.version);
  const exact = resourceVersionMatch === 'Exact' || (resourceVersionMatch === '' && request.limit !== undefined && request.limit > 0);
  return exact ? wanted : storage.version;
}

export function parseVersion(text: string): number {
  if (!/^\d{1,15}$/.test(text)) {
    throw new ApiError(400, 'BadRequest', `Invalid value: "${text}": strconv.ParseUint: parsing "${text}": invalid syntax`);
  }
  return Number(text);
}

function tooLarge(wanted: number, current: number): ApiError {
  return new ApiError(504, 'Timeout', `Timeout: Too large resource version: ${String(wanted)}, current: ${String(current)}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  });
}

function keyOf(object: KubeObject): string {
  // A zero byte sorts before every character of a name, so that keys sort as (namespace, name) pairs do.
  return `${object.metadata.namespace ?? ''}\0${object.metadata.name}`;
}

function firstAfter(objects: readonly KubeObject[], key: string): number {
  const at = objects.findIndex((object) => keyOf(object) > key);
  return at < 0 ? objects.length : at;
}

function textOf(token: Token): string {
  return Buffer.from(JSON.stringify(token)).toString('base64url');
}

function tokenOf(text: string): Token {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    throw badRequest('continue key is not valid');
  }
  const token = value as Partial<Token> | null;
  if (token?.v !== 'meta.k8s.io/v1' || typeof token.rv !== 'number' || typeof token.start !== 'string') throw badRequest('continue key is not valid');
  return { v: token.v, rv: token.rv, start: token.start };
}
