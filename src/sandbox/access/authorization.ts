// From a request to the question that RBAC answers, and its refusal in the API server's words.
import { ApiError, forbidden } from '../apiStatus';
import type { Exchange } from '../exchange';
import type { IncomingHttpHeaders } from 'node:http';
import type { Registry } from '../registry';
import type { ResourceRequest } from '../requestInfo';
import { serviceAccountUser, type User } from './accounts';
import { decide, decidePath, type Attributes } from './rbac';

const verbs: Readonly<Record<string, readonly [one: string, all: string]>> = {
  GET: ['get', 'list'],
  HEAD: ['get', 'list'],
  POST: ['create', 'create'],
  PUT: ['update', 'update'],
  PATCH: ['patch', 'patch'],
  DELETE: ['delete', 'deletecollection'],
};

export function attributesOf(request: ResourceRequest, method: string, watches: boolean): Attributes {
  const [one, all] = verbs[method] ?? ['', ''];
  const { info, namespace, name, subresource } = request;
  const verb = watches && (method === 'GET' || method === 'HEAD') ? 'watch' : name === '' ? all : one;
  return { verb, group: info.group, resource: subresource === '' ? info.plural : `${info.plural}/${subresource}`, namespace, name };
}

/** Throws 403 unless the user may do this. */
export function requireAccess(registry: Registry, user: User, request: ResourceRequest, attributes: Attributes): void {
  if (!decide(registry, user, attributes).allowed) throw refusal(user, request, attributes);
}

/** Throws 403 unless the user may send this request for a resource. */
export function authorizeResource(registry: Registry, user: User, exchange: Exchange, request: ResourceRequest): void {
  const attributes = attributesOf(request, exchange.method, exchange.flag('watch'));
  requireAccess(registry, user, request, attributes);
  const { info, namespace, name, subresource } = request;
  // An apply that makes its object is a create as well.
  const creates = exchange.method === 'PATCH' && exchange.header('content-type').startsWith('application/apply-patch') && subresource === '';
  if (creates && registry.storage.get(info, namespace, name) === undefined) requireAccess(registry, user, request, { ...attributes, verb: 'create' });
}

/** Throws 403 unless the user may ask for this path outside the resources. */
export function authorizePath(registry: Registry, user: User, method: string, path: string): void {
  const verb = method.toLowerCase();
  if (decidePath(registry, user, verb, path).allowed) return;
  throw new ApiError(403, 'Forbidden', `forbidden: User "${user.username}" cannot ${verb} path "${path}"`, {});
}

function refusal(user: User, { info, name }: ResourceRequest, { verb, group, resource, namespace }: Attributes): ApiError {
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  const text = `User "${user.username}" cannot ${verb} resource "${resource}" in API group "${group}" ${where}`;
  return forbidden(info, name, text);
}

/**
 * Who the request is to count for: the user, or whom it asks to stand in for (`kubectl --as`), if it may. Throws 403 when it
 * may not.
 */
export function effectiveUser(registry: Registry, user: User, headers: IncomingHttpHeaders): User {
  const asked = textOf(headers['impersonate-user']);
  const groups = listOf(headers['impersonate-group']);
  if (asked === '') {
    if (groups.length === 0) return user;
    throw new ApiError(500, 'InternalError', 'Internal error occurred: requested groups without impersonating a user');
  }
  const account = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(asked);
  const wanted: Attributes[] = [
    account === null
      ? { verb: 'impersonate', group: '', resource: 'users', namespace: '', name: asked }
      : { verb: 'impersonate', group: '', resource: 'serviceaccounts', namespace: account[1] ?? '', name: account[2] ?? '' },
    ...groups.map((name) => ({ verb: 'impersonate', group: '', resource: 'groups', namespace: '', name })),
  ];
  for (const attributes of wanted) {
    if (decide(registry, user, attributes).allowed) continue;
    const where = attributes.namespace === '' ? 'at the cluster scope' : `in the namespace "${attributes.namespace}"`;
    const text = `User "${user.username}" cannot impersonate resource "${attributes.resource}" in API group "" ${where}`;
    throw forbidden({ group: '', plural: attributes.resource }, attributes.name, text);
  }
  const implied = account === null ? [] : serviceAccountUser(account[1] ?? '', account[2] ?? '', '').groups;
  return { username: asked, groups: [...new Set([...implied, ...groups, 'system:authenticated'])] };
}

function textOf(value: string | string[] | undefined): string {
  return typeof value === 'string' ? value : (value?.[0] ?? '');
}

/** Repeated headers arrive joined over HTTP/1.1. */
function listOf(value: string | string[] | undefined): string[] {
  const all = typeof value === 'string' ? value.split(',') : (value ?? []);
  return all.map((one) => one.trim()).filter((one) => one !== '');
}
