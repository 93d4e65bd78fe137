// The sandbox's object semantics without its server, for kinds that the server does not serve: a store in memory behind the
// same wire as a real API server.
import type { OpenApi } from '../../openapi';
import { alreadyExists, ApiError, conflict, notFound } from '../../sandbox/apiStatus';
import type { JsonMap, KubeObject } from '../../sandbox/objects';
import type { FieldValidation, PatchType, WriteOutcome, WriteRequest } from '../../sandbox/semantics/request';
import { semanticsOf } from '../../sandbox/semantics/semantics';
import type { Answer, Wire } from './differential';

/** Resources whose deletion is answered with the object. */
const shownWhenDeleted = ['pods', 'services', 'serviceaccounts', 'resourcequotas', 'persistentvolumes', 'persistentvolumeclaims'];

export function semanticsWire(openApi: OpenApi): Wire {
  const semantics = semanticsOf(openApi);
  const stored = new Map<string, KubeObject>();
  let version = 1;

  const commit = (key: string, outcome: WriteOutcome, dryRun: boolean): Answer => {
    const object =
      outcome.changed && !dryRun ? { ...outcome.object, metadata: { ...outcome.object.metadata, resourceVersion: String(++version) } } : outcome.object;
    if (!dryRun && outcome.gone) stored.delete(key);
    else if (!dryRun && outcome.changed) stored.set(key, object);
    return { code: outcome.created ? 201 : 200, body: object as unknown as JsonMap };
  };

  const answer = (method: string, url: URL, contentType: string, data: unknown): Answer => {
    const found = /^\/(?:api|apis\/([^/]+))\/([^/]+)\/namespaces\/([^/]+)\/([^/]+)(?:\/([^/]+))?$/.exec(url.pathname);
    const [, group = '', apiVersion = '', namespace = '', plural = '', name = ''] = found ?? [];
    const resource = openApi.resourceAt(group, apiVersion, plural);
    if (resource === undefined) throw new Error(`no resource at ${url.pathname}`);
    const body = data as JsonMap;
    const request: WriteRequest = {
      resource,
      namespace,
      name,
      manager: url.searchParams.get('fieldManager') ?? 'node',
      fieldValidation: (url.searchParams.get('fieldValidation') ?? 'Warn') as FieldValidation,
      now: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
      newUid: () => crypto.randomUUID(),
      newSuffix: () => 'abcde',
    };
    const dryRun = url.searchParams.get('dryRun') === 'All';
    const keyOf = (own: string): string => `${plural}/${own}`;
    if (method === 'POST') {
      const outcome = semantics.create(request, body);
      const own = outcome.object.metadata.name;
      if (stored.has(keyOf(own))) throw alreadyExists(resource, own);
      return commit(keyOf(own), outcome, dryRun);
    }
    const live = stored.get(keyOf(name));
    if (method === 'PATCH' && contentType.includes('apply'))
      return commit(keyOf(name), semantics.apply(request, live, body, url.searchParams.get('force') === 'true'), dryRun);
    if (live === undefined) throw notFound(resource, name);
    if (method === 'PUT') return commit(keyOf(name), semantics.update(request, live, body), dryRun);
    if (method === 'PATCH') return commit(keyOf(name), semantics.patch(request, live, contentType as PatchType, data), dryRun);
    if (method !== 'DELETE') return { code: 200, body: live as unknown as JsonMap };
    const preconditions = (body?.['preconditions'] ?? {}) as { uid?: string; resourceVersion?: string };
    if (preconditions.uid === 'none') throw conflict(resource, name, 'the object has no uid');
    const outcome = semantics.remove(
      {
        resource,
        now: request.now,
        preconditions,
        ...(typeof body?.['propagationPolicy'] === 'string' ? { propagationPolicy: body['propagationPolicy'] } : {}),
      },
      live,
    );
    if (outcome.gone && !dryRun) stored.delete(keyOf(name));
    if (outcome.changed && !outcome.gone && !dryRun) stored.set(keyOf(name), outcome.object);
    return outcome.gone && !shownWhenDeleted.includes(plural)
      ? { code: 200, body: { kind: 'Status', status: 'Success' } }
      : { code: 200, body: outcome.object as unknown as JsonMap };
  };

  return {
    send(method, path, contentType, body) {
      try {
        return Promise.resolve(answer(method, new URL(path, 'https://sandbox.invalid'), contentType ?? '', body === undefined ? undefined : JSON.parse(body)));
      } catch (error) {
        if (error instanceof ApiError) return Promise.resolve({ code: error.code, body: error.status as unknown as JsonMap });
        return Promise.reject(error instanceof Error ? error : new Error(String(error)));
      }
    },
    close: () => stored.clear(),
  };
}
