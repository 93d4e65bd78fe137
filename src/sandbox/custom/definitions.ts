// From a CustomResourceDefinition to a kind that is served: its place in the API, and its structure for everything that
// walks schemas.
import { openApiFromJson, type OpenApi, type SchemaJson } from '../../openapi';
import type { KindInfo } from '../kinds';
import type { KubeObject } from '../objects';
import type { Condition } from '../objectTypes';
import type { StructuralSchema } from '../../openapi';

export interface DefinitionNames {
  kind: string;
  plural: string;
  singular?: string;
  listKind?: string;
  shortNames?: string[];
  categories?: string[];
}

export interface DefinitionVersion {
  name: string;
  served: boolean;
  storage: boolean;
  schema?: { openAPIV3Schema?: StructuralSchema };
  subresources?: { status?: object; scale?: object };
  additionalPrinterColumns?: { name: string; type: string; jsonPath: string; priority?: number }[];
}

export interface Definition extends KubeObject {
  spec: { group: string; scope: string; names: DefinitionNames; versions: DefinitionVersion[] };
  status: { conditions?: Condition[] | null; acceptedNames?: DefinitionNames; storedVersions?: string[] | null };
}

/** What a custom kind has besides what every kind has. */
export interface CustomKind {
  readonly schema: StructuralSchema | undefined;
  readonly hasStatus: boolean;
  readonly columns: readonly { name: string; type: string; jsonPath: string; priority?: number }[];
  /** The structure of this kind alone, and its document. */
  readonly openApi: OpenApi;
}

const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const metaPrefix = '#/components/schemas/';
const objectMeta = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';
const listMeta = 'io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta';
const metaKinds = ['DeleteOptions', 'Status', 'WatchEvent'].map((kind) => `io.k8s.apimachinery.pkg.apis.meta.v1.${kind}`);

/**
 * The kind as it is served: in its storage version, as the sandbox converts nothing. Undefined while no version is both
 * served and stored.
 */
export function kindOf(definition: Definition, base: OpenApi): KindInfo | undefined {
  const { group, names, scope, versions } = definition.spec;
  const version = versions.find((one) => one.storage && one.served);
  if (version === undefined) return undefined;
  const structure = version.schema?.openAPIV3Schema;
  const hasStatus = version.subresources?.status !== undefined;
  const name = [...group.split('.').toReversed(), version.name, names.kind].join('.');
  const own = { group, version: version.name, kind: names.kind };
  const info = {
    ...own,
    plural: names.plural,
    singular: names.singular ?? names.kind.toLowerCase(),
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
    namespaced: scope === 'Namespaced',
    verbs,
    subresources: hasStatus ? [{ name: 'status', ...own, verbs: ['get', 'patch', 'update'] }] : [],
    schema: name,
  };
  const schemas = { ...metaSchemas(base), [name]: objectSchema(structure, own), [`${name}List`]: listSchema(name, own) };
  const openApi = openApiFromJson({ version: base.version, resources: [info], schemas, encoding: {} });
  return { ...info, custom: { schema: structure, hasStatus, columns: version.additionalPrinterColumns ?? [], openApi } };
}

function reference(name: string): SchemaJson {
  return { allOf: [{ $ref: `${metaPrefix}${name}` }] };
}

function objectSchema(structure: StructuralSchema | undefined, own: { group: string; version: string; kind: string }): SchemaJson {
  const properties = { ...structure?.properties, apiVersion: { type: 'string' }, kind: { type: 'string' }, metadata: reference(objectMeta) };
  // Whatever the definition says of them, every object has these three.
  return { ...structure, type: 'object', properties, 'x-kubernetes-group-version-kind': [own] };
}

function listSchema(name: string, own: { group: string; version: string; kind: string }): SchemaJson {
  return {
    type: 'object',
    required: ['items'],
    properties: { apiVersion: { type: 'string' }, kind: { type: 'string' }, metadata: reference(listMeta), items: { type: 'array', items: reference(name) } },
    'x-kubernetes-group-version-kind': [{ ...own, kind: `${own.kind}List` }],
  };
}

function metaSchemas(base: OpenApi): Record<string, SchemaJson> {
  const found: Record<string, SchemaJson> = {};
  const queue = [objectMeta, listMeta, ...metaKinds];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    const json = Object.hasOwn(found, name) ? undefined : base.schemaJson(name);
    if (json === undefined) continue;
    found[name] = json;
    for (const [, next] of JSON.stringify(json).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) if (next !== undefined) queue.push(next);
  }
  return found;
}
