import type { JsonValue } from './json';
import { isJsonObject, ownValue } from './json';
import { cleanSchema } from './foreignSchema';
import type { OpenApi, ResourceType } from './resource';
import { apiVersionOf } from './resource';
import type { ObjectSchema, SchemaJson } from './schema';
import { SchemaResolver } from './schema';

/** A kind that a CustomResourceDefinition makes. */
export interface KindDefinition {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  /** `openAPIV3Schema`, as it stands there; it need not be sound. */
  readonly schema: unknown;
}

/** Every kind and version that a CustomResourceDefinition serves; none where it is no sound one. `crd` need not be. */
export function definitionsIn(crd: JsonValue): readonly KindDefinition[] {
  const at = (value: JsonValue | undefined, key: string): JsonValue | undefined => (isJsonObject(value ?? null) ? ownValue(value as never, key) : undefined);
  const textAt = (value: JsonValue | undefined, key: string): string | undefined => {
    const found = at(value, key);
    return typeof found === 'string' && found !== '' && found.length <= 253 ? found : undefined;
  };
  const spec = at(crd, 'spec');
  const names = at(spec, 'names');
  const [group, kind, plural] = [textAt(spec, 'group'), textAt(names, 'kind'), textAt(names, 'plural')];
  const versions = at(spec, 'versions');
  if (textAt(crd, 'kind') !== 'CustomResourceDefinition' || group === undefined || kind === undefined || plural === undefined || !Array.isArray(versions))
    return [];
  // A definition in a file that claims the API's own groups would take their place.
  if (!group.includes('.') || group.endsWith('.k8s.io')) return [];
  return (versions as readonly JsonValue[]).slice(0, 50).flatMap((version): readonly KindDefinition[] => {
    const name = textAt(version, 'name');
    if (name === undefined || at(version, 'served') === false) return [];
    return [{ group, version: name, kind, plural, namespaced: textAt(spec, 'scope') !== 'Cluster', schema: at(at(version, 'schema'), 'openAPIV3Schema') }];
  });
}

const metadataName = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';
const refPrefix = '#/components/schemas/';

/** The same Kubernetes with more kinds. A kind that it has already stays as it is; of two definitions of one kind the first counts. */
export function withDefinitions(base: OpenApi, definitions: readonly KindDefinition[]): OpenApi {
  const components = new Map<string, () => SchemaJson>();
  const names = new Map<string, string>();
  const resources: ResourceType[] = [];
  for (const { group, version, kind, plural, namespaced, schema } of definitions) {
    const apiVersion = apiVersionOf(group, version);
    const key = `${apiVersion} ${kind}`;
    if (names.has(key) || base.schemaName(apiVersion, kind) !== undefined) continue;
    const name = `custom.${group}.${version}.${kind}`;
    names.set(key, name);
    components.set(name, () => rootSchema(cleanSchema(schema)));
    resources.push({
      group,
      version,
      kind,
      plural,
      singular: kind.toLowerCase(),
      shortNames: [],
      categories: [],
      namespaced,
      verbs: [],
      subresources: [],
      schema: name,
    });
  }
  return layered(base, names, components, resources);
}

/** What every object has, whatever its definition says of it. */
function rootSchema(schema: SchemaJson): SchemaJson {
  if (schema.properties === undefined && schema.additionalProperties === undefined) return { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const own = { apiVersion: { type: 'string' }, kind: { type: 'string' }, metadata: { $ref: `${refPrefix}${metadataName}` } };
  return { ...schema, type: 'object', properties: { ...schema.properties, ...own } };
}

/** The same Kubernetes as a cluster has it: what the documents of its group versions say wins over what `base` knows. The documents need not be sound. */
export function withDocuments(base: OpenApi, documents: readonly unknown[]): OpenApi {
  const components = new Map<string, () => SchemaJson>();
  const names = new Map<string, string>();
  for (const document of documents) {
    const parts = isJsonObject(document) ? ownValue(document, 'components') : undefined;
    const schemas = isJsonObject(parts ?? null) ? ownValue(parts as never, 'schemas') : undefined;
    if (!isJsonObject(schemas ?? null)) continue;
    for (const [name, schema] of Object.entries(schemas as Readonly<Record<string, JsonValue>>)) {
      if (components.has(name)) continue;
      components.set(name, () => cleanSchema(schema));
      const kinds = isJsonObject(schema) ? ownValue(schema, 'x-kubernetes-group-version-kind') : undefined;
      // Kinds of all groups, such as DeleteOptions, are listed once for each of them.
      if (!Array.isArray(kinds) || kinds.length !== 1) continue;
      const [one] = cleanSchema({ 'x-kubernetes-group-version-kind': kinds })['x-kubernetes-group-version-kind'] ?? [];
      if (one !== undefined) names.set(`${apiVersionOf(one.group, one.version)} ${one.kind}`, name);
    }
  }
  return layered(base, names, components, []);
}

function layered(
  base: OpenApi,
  names: ReadonlyMap<string, string>,
  components: ReadonlyMap<string, () => SchemaJson>,
  resources: readonly ResourceType[],
): OpenApi {
  if (names.size === 0) return base;
  const resolver = new SchemaResolver((name) => components.get(name)?.() ?? base.schemaJson(name));
  const all = [...base.resources, ...resources];
  const byKind = new Map(resources.map((one) => [`${apiVersionOf(one.group, one.version)} ${one.kind}`, one]));
  return {
    ...base,
    resources: all,
    groupVersions: [...new Set([...base.groupVersions, ...resources.map((one) => apiVersionOf(one.group, one.version))])],
    resourceOf: (apiVersion, kind) => byKind.get(`${apiVersion} ${kind}`) ?? base.resourceOf(apiVersion, kind),
    schemaName: (apiVersion, kind) => names.get(`${apiVersion} ${kind}`) ?? base.schemaName(apiVersion, kind),
    schemaOf(apiVersion, kind): ObjectSchema | undefined {
      const name = names.get(`${apiVersion} ${kind}`);
      if (name === undefined) return base.schemaOf(apiVersion, kind);
      const schema = resolver.named(name);
      return schema?.type === 'object' ? schema : undefined;
    },
    schemaNamed: (name) => resolver.named(name) ?? base.schemaNamed(name),
    schemaJson: (name) => components.get(name)?.() ?? base.schemaJson(name),
  };
}
