import type { GroupVersionKind, SchemaJson } from './schema';
import type { Method, OpenApi, OpenApiDocument, Operation, PathItem, ResourceType } from './resource';

/** Query parameters by action; kubectl looks for `fieldValidation` and `dryRun` here before it relies on the server. */
const writeParameters = ['dryRun', 'fieldManager', 'fieldValidation'];

const itemActions: readonly (readonly [verb: string, method: Method, action: string, parameters: readonly string[]])[] = [
  ['get', 'get', 'get', []],
  ['update', 'put', 'put', writeParameters],
  ['patch', 'patch', 'patch', [...writeParameters, 'force']],
  ['delete', 'delete', 'delete', ['dryRun', 'gracePeriodSeconds', 'orphanDependents', 'propagationPolicy']],
];

const collectionActions: typeof itemActions = [
  ['list', 'get', 'list', ['labelSelector', 'fieldSelector', 'limit', 'continue', 'resourceVersion', 'watch', 'timeoutSeconds']],
  ['create', 'post', 'post', writeParameters],
  ['deletecollection', 'delete', 'deletecollection', ['dryRun', 'labelSelector', 'fieldSelector']],
];

/** Where a group version's paths start: `/api/v1` or `/apis/apps/v1`. */
export function pathPrefix(group: string, version: string): string {
  return group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
}

/** The document of one group version, made from its resources and the schemas they reach. */
export function documentOf(openApi: OpenApi, group: string, version: string): OpenApiDocument | undefined {
  const resources = openApi.resources.filter((one) => one.group === group && one.version === version);
  if (resources.length === 0) return undefined;
  const paths: Record<string, PathItem> = {};
  const roots = new Set<string>();
  for (const resource of resources) {
    addPaths(paths, resource);
    roots.add(resource.schema);
    roots.add(`${resource.schema}List`);
    for (const sub of resource.subresources) {
      const name = openApi.schemaName(sub.group === '' ? sub.version : `${sub.group}/${sub.version}`, sub.kind);
      if (name !== undefined) roots.add(name);
    }
  }
  for (const meta of ['DeleteOptions', 'Status', 'WatchEvent']) roots.add(`io.k8s.apimachinery.pkg.apis.meta.v1.${meta}`);
  return { openapi: '3.0.0', info: { title: 'Kubernetes', version: openApi.version }, paths, components: { schemas: reachable(openApi, roots) } };
}

function addPaths(paths: Record<string, PathItem>, resource: ResourceType): void {
  const prefix = pathPrefix(resource.group, resource.version);
  const base = resource.namespaced ? `${prefix}/namespaces/{namespace}/${resource.plural}` : `${prefix}/${resource.plural}`;
  const own = { group: resource.group, version: resource.version, kind: resource.kind };
  const collection = operations(collectionActions, resource.verbs, own, resource.namespaced ? ['namespace'] : []);
  const item = operations(itemActions, resource.verbs, own, resource.namespaced ? ['namespace', 'name'] : ['name']);
  if (Object.keys(collection).length > 0) paths[base] = collection;
  if (resource.namespaced && collection.get !== undefined) paths[`${prefix}/${resource.plural}`] = { get: collection.get };
  if (Object.keys(item).length > 0) paths[`${base}/{name}`] = item;
  for (const sub of resource.subresources) {
    const made = operations(
      [...itemActions, ['create', 'post', 'post', writeParameters]],
      sub.verbs,
      sub,
      resource.namespaced ? ['namespace', 'name'] : ['name'],
    );
    if (Object.keys(made).length > 0) paths[`${base}/{name}/${sub.name}`] = made;
  }
}

function operations(actions: typeof itemActions, verbs: readonly string[], gvk: GroupVersionKind, pathParameters: readonly string[]): PathItem {
  const made: Partial<Record<Method, Operation>> = {};
  for (const [verb, method, action, query] of actions) {
    if (!verbs.includes(verb)) continue;
    made[method] = {
      'x-kubernetes-action': action,
      'x-kubernetes-group-version-kind': { group: gvk.group, version: gvk.version, kind: gvk.kind },
      parameters: [
        ...pathParameters.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } }) as const),
        ...query.map((name) => ({ name, in: 'query', schema: { type: name === 'force' || name === 'watch' ? 'boolean' : 'string' } }) as const),
      ],
      responses: { '200': { description: 'OK' } },
    };
  }
  return made;
}

function reachable(openApi: OpenApi, roots: Iterable<string>): Record<string, SchemaJson> {
  const found = new Map<string, SchemaJson>();
  const queue = [...roots];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    const json = found.has(name) ? undefined : openApi.schemaJson(name);
    if (json === undefined) continue;
    found.set(name, json);
    for (const [, next] of JSON.stringify(json).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) if (next !== undefined) queue.push(next);
  }
  return Object.fromEntries([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}
