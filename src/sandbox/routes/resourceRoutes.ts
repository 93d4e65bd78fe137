// The verbs on objects and collections.
import { ApiError, badRequest, invalid, methodNotAllowed, notFound, pageNotFound, unsupportedMediaType } from '../apiStatus';
import type { Clock } from '../clock';
import type { Exchange } from '../exchange';
import { pageOf, type ListRequest } from '../listing';
import { isMap, type JsonMap, type KubeObject } from '../objects';
import { representationOf, sendText, textOfObject, textOfPage } from '../representation';
import { bodyData, contentTypeOf, objectInBody, optionsInBody } from '../requestBody';
import type { ResourceRequest } from '../requestInfo';
import { requireSubresource, type Registry, type RemoveOptions, type WriteOptions } from '../registry';
import { both, fieldMatcher, labelMatcher, type Matcher } from '../selectors';
import type { PatchType } from '../semantics/request';
import type { WatchHub } from '../watching';

export interface ResourceRoutes {
  registry: Registry;
  watches: WatchHub;
  clock: Clock;
}

const patchTypes = 'application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json, application/apply-patch+yaml';

/** Serves a request for a collection, an object, or its `status` or `scale`. */
export async function serveResource(routes: ResourceRoutes, exchange: Exchange, request: ResourceRequest): Promise<void> {
  const { info, subresource, name } = request;
  if (subresource !== '') {
    requireSubresource(info, subresource);
    if (subresource === 'finalize') return serveFinalize(routes, exchange, request);
  }
  if (request.rest !== '') throw pageNotFound();
  if (name === '') return serveCollection(routes, exchange, request);
  switch (exchange.method) {
    case 'GET':
    case 'HEAD': {
      if (exchange.flag('watch')) return serveWatch(routes, exchange, request);
      answer(routes, exchange, request, 200, routes.registry.get(info, request.namespace, name));
      return;
    }
    case 'PUT': {
      const body = await objectInBody(exchange);
      const written = routes.registry.update(info, request.namespace, name, subresource, body, writeOptionsOf(exchange));
      answer(routes, exchange, request, written.created ? 201 : 200, written.object);
      return;
    }
    case 'PATCH':
      return servePatch(routes, exchange, request);
    case 'DELETE': {
      if (subresource !== '') throw methodNotAllowed('the server does not allow this method on the requested resource');
      return serveDelete(routes, exchange, request);
    }
    default:
      throw methodNotAllowed('the server does not allow this method on the requested resource');
  }
}

/** `fieldManager`, `fieldValidation` and `dryRun` of a write. */
export function writeOptionsOf(exchange: Exchange): WriteOptions {
  const kind = exchange.method === 'POST' ? 'CreateOptions' : exchange.method === 'PUT' ? 'UpdateOptions' : 'PatchOptions';
  const validation = exchange.param('fieldValidation');
  if (!['', 'Strict', 'Warn', 'Ignore'].includes(validation)) {
    throw unsupported(kind, 'fieldValidation', JSON.stringify(validation), ['', 'Ignore', 'Strict', 'Warn']);
  }
  return {
    manager: exchange.param('fieldManager') || agentOf(exchange),
    fieldValidation: validation === 'Strict' || validation === 'Ignore' ? validation : 'Warn',
    dryRun: isDryRun(kind, exchange.query.getAll('dryRun')),
    warnings: exchange.warnings,
  };
}

function agentOf(exchange: Exchange): string {
  return (exchange.header('user-agent').split('/')[0] ?? '').slice(0, 128) || 'unknown';
}

function isDryRun(kind: string, values: readonly unknown[]): boolean {
  const set = values.filter((value) => value !== '');
  if (set.some((value) => value !== 'All')) throw unsupported(kind, 'dryRun', JSON.stringify(set), ['All']);
  return set.length > 0;
}

function unsupported(kind: string, field: string, value: string, known: readonly string[]): ApiError {
  const message = `Unsupported value: ${value}: supported values: ${known.map((one) => `"${one}"`).join(', ')}`;
  return invalid('meta.k8s.io', kind, '', [{ reason: 'FieldValueNotSupported', message, field }]);
}

function answer(routes: ResourceRoutes, exchange: Exchange, request: ResourceRequest, code: number, object: KubeObject): void {
  const form = representationOf(exchange);
  if (request.subresource === 'scale') {
    sendText(exchange, code, JSON.stringify(routes.registry.scaleOf(object)), form);
    return;
  }
  sendText(exchange, code, textOfObject(request.info, object, form, routes.clock.now()), form);
}

async function serveCollection(routes: ResourceRoutes, exchange: Exchange, request: ResourceRequest): Promise<void> {
  const { info, namespace } = request;
  switch (exchange.method) {
    case 'GET':
    case 'HEAD': {
      if (exchange.flag('watch')) return serveWatch(routes, exchange, request);
      const form = representationOf(exchange);
      sendText(exchange, 200, textOfPage(info, pageOf(routes.registry.storage, info, listRequestOf(exchange, request)), form, routes.clock.now()), form);
      return;
    }
    case 'POST': {
      const body = await objectInBody(exchange);
      // Without a namespace in the path there is nowhere to create a namespaced object.
      if (info.namespaced && namespace === '') throw methodNotAllowed('the server does not allow this method on the requested resource');
      answer(routes, exchange, request, 201, routes.registry.create(info, namespace, body, writeOptionsOf(exchange)).object);
      return;
    }
    case 'DELETE': {
      if (!info.verbs.includes('deletecollection')) throw methodNotAllowed('the server does not allow this method on the requested resource');
      const options = removeOptionsOf(exchange, await optionsInBody(exchange));
      const form = representationOf(exchange);
      const page = pageOf(routes.registry.storage, info, listRequestOf(exchange, request));
      for (const object of page.items) {
        if (routes.registry.storage.get(info, object.metadata.namespace ?? '', object.metadata.name) === undefined) continue;
        routes.registry.remove(info, object.metadata.namespace ?? '', object.metadata.name, options);
      }
      sendText(exchange, 200, textOfPage(info, page, form, routes.clock.now()), form);
      return;
    }
    default:
      throw methodNotAllowed('the server does not allow this method on the requested resource');
  }
}

function matcherOf(exchange: Exchange, request: ResourceRequest): Matcher | undefined {
  return both(labelMatcher(exchange.param('labelSelector')), fieldMatcher(request.info, exchange.param('fieldSelector')));
}

function listRequestOf(exchange: Exchange, request: ResourceRequest): ListRequest {
  return {
    namespace: request.namespace,
    matcher: matcherOf(exchange, request),
    limit: exchange.count('limit'),
    continueToken: exchange.param('continue'),
    resourceVersion: exchange.param('resourceVersion'),
    resourceVersionMatch: exchange.param('resourceVersionMatch'),
  };
}

function serveWatch(routes: ResourceRoutes, exchange: Exchange, request: ResourceRequest): void {
  const { info, namespace, name } = request;
  const only: Matcher | undefined = name === '' ? undefined : (object) => object.metadata.name === name;
  routes.watches.serve(exchange, {
    info,
    namespace,
    matcher: both(only, matcherOf(exchange, request)),
    form: representationOf(exchange),
    resourceVersion: exchange.param('resourceVersion'),
    resourceVersionMatch: exchange.param('resourceVersionMatch'),
    bookmarks: exchange.flag('allowWatchBookmarks'),
    sendInitialEvents: exchange.query.has('sendInitialEvents') ? exchange.flag('sendInitialEvents') : undefined,
    timeoutSeconds: exchange.count('timeoutSeconds'),
  });
}

async function servePatch(routes: ResourceRoutes, exchange: Exchange, request: ResourceRequest): Promise<void> {
  const { info, namespace, name, subresource } = request;
  const type = contentTypeOf(exchange);
  const options = writeOptionsOf(exchange);
  if (type === 'application/apply-patch+yaml') {
    const data = await bodyData(exchange, true);
    if (!isMap(data)) throw badRequest('error decoding YAML: the body is not an object');
    const applied = { ...options, manager: exchange.param('fieldManager') };
    const written = routes.registry.apply(info, namespace, name, subresource, data, exchange.flag('force'), applied);
    answer(routes, exchange, request, written.created ? 201 : 200, written.object);
    return;
  }
  if (!isPatchType(type)) throw unsupportedMediaType(patchTypes);
  const body = await bodyData(exchange, false);
  if (exchange.query.has('force')) {
    throw invalid('meta.k8s.io', 'PatchOptions', '', [
      { reason: 'FieldValueForbidden', message: 'Forbidden: may not be specified for non-apply patch', field: 'force' },
    ]);
  }
  answer(routes, exchange, request, 200, routes.registry.patch(info, namespace, name, subresource, type, body, options).object);
}

function isPatchType(type: string): type is PatchType {
  return type === 'application/json-patch+json' || type === 'application/merge-patch+json' || type === 'application/strategic-merge-patch+json';
}

/** DeleteOptions from the body, and from the query where the body leaves them out. */
export function removeOptionsOf(exchange: Exchange, body: JsonMap): RemoveOptions {
  const options: RemoveOptions = {};
  const grace = body['gracePeriodSeconds'] ?? exchange.count('gracePeriodSeconds');
  if (typeof grace === 'number') options.gracePeriodSeconds = grace;
  const orphan = body['orphanDependents'] ?? (exchange.query.has('orphanDependents') ? exchange.flag('orphanDependents') : undefined);
  const policy = body['propagationPolicy'] ?? (exchange.param('propagationPolicy') || undefined);
  if (typeof policy === 'string') {
    if (!['Foreground', 'Background', 'Orphan'].includes(policy)) {
      throw unsupported('DeleteOptions', 'propagationPolicy', JSON.stringify(policy), ['Foreground', 'Background', 'Orphan', 'nil']);
    }
    options.propagationPolicy = policy;
  } else if (typeof orphan === 'boolean') options.propagationPolicy = orphan ? 'Orphan' : 'Background';
  const dryRun = Array.isArray(body['dryRun']) ? body['dryRun'] : exchange.query.getAll('dryRun');
  if (isDryRun('DeleteOptions', dryRun)) options.dryRun = true;
  const wanted = body['preconditions'];
  if (isMap(wanted)) {
    const { uid, resourceVersion } = wanted;
    options.preconditions = { ...(typeof uid === 'string' ? { uid } : {}), ...(typeof resourceVersion === 'string' ? { resourceVersion } : {}) };
  }
  return options;
}

/** Kinds of which a delete answers with the object itself even when it is gone at once. */
const answersWithObject: ReadonlySet<string> = new Set([
  'pods',
  'services',
  'serviceaccounts',
  'persistentvolumeclaims',
  'persistentvolumes',
  'resourcequotas',
]);

async function serveDelete(routes: ResourceRoutes, exchange: Exchange, request: ResourceRequest): Promise<void> {
  const { info, namespace, name } = request;
  const options = removeOptionsOf(exchange, await optionsInBody(exchange));
  const removed = routes.registry.remove(info, namespace, name, options);
  if (!removed.gone || (info.custom === undefined && answersWithObject.has(info.plural))) {
    answer(routes, exchange, request, 200, removed.object);
    return;
  }
  exchange.json(200, {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: { name, ...(info.group === '' ? {} : { group: info.group }), kind: info.plural, uid: removed.object.metadata.uid },
  });
}

async function serveFinalize(routes: ResourceRoutes, exchange: Exchange, request: ResourceRequest): Promise<void> {
  if (exchange.method !== 'PUT') throw methodNotAllowed('the server does not allow this method on the requested resource');
  if (request.name === '') throw notFound(request.info, '');
  answer(routes, exchange, request, 200, routes.registry.finalizeNamespace(request.name, await objectInBody(exchange)));
}
