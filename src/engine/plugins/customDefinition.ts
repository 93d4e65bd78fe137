import type { JsonObject, JsonValue } from '../../shared/json';
import { isJsonObject, valueAt } from '../../shared/json';
import { groupOf } from '../../shared/kubeObject';
import { failure, ProblemError, problemText } from '../../shared/problem';
import { dnsSubdomain } from '../../shared/workflow';
import { objectsFromManifest } from '../manifestObjects';
import { itemsAt, textAt } from '../status/verdict';
import type { Cluster, ResourceInfo } from '../ports';
import { ClusterError } from '../ports';

/** What a plugin is generated from: the names of a custom kind, and as much of its structure as is known. */
export interface CustomDefinitionSource {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly scope: 'Namespaced' | 'Cluster';
  /** An OpenAPI v3 schema. */
  readonly schema: JsonObject | undefined;
  readonly columns: readonly { readonly name: string; readonly jsonPath: string }[];
  /** Schemas that `$ref` may lead to. */
  readonly components: JsonObject;
}

export function isCustomDefinition(object: JsonObject): boolean {
  return object['kind'] === 'CustomResourceDefinition' && groupOf(textAt(object, ['apiVersion']) ?? '') === 'apiextensions.k8s.io';
}

/** Reads a CustomResourceDefinition; of its versions the one that is stored, as far as it is served. Throws `plugin.noDefinition`. */
export function definitionFromCrd(crd: JsonObject): CustomDefinitionSource {
  const spec = crd['spec'];
  const versions = itemsAt(spec, ['versions']);
  const served = versions.filter((version) => version['served'] === true);
  const version = served.find((one) => one['storage'] === true) ?? served[0];
  const names = {
    group: textAt(spec, ['group']),
    version: textAt(version, ['name']),
    kind: textAt(spec, ['names', 'kind']),
    plural: textAt(spec, ['names', 'plural']),
  };
  const { group, kind, plural } = names;
  if (group === undefined || kind === undefined || plural === undefined || names.version === undefined)
    throw failure('plugin.noDefinition', { detail: 'a CustomResourceDefinition needs "group", "names" and a version that is served' });
  // These become the name of a file and lines of it; a cluster takes no others.
  if (
    !dnsSubdomain.test(group) ||
    !/^[A-Z][A-Za-z0-9]{0,62}$/.test(kind) ||
    !/^[a-z][-a-z0-9]{0,62}$/.test(plural) ||
    !/^v[0-9][a-z0-9]{0,20}$/.test(names.version)
  )
    throw failure('plugin.noDefinition', { detail: 'its group, version, kind or plural is none that a cluster would take' });
  const schema = valueAt(version, ['schema', 'openAPIV3Schema']);
  return {
    group,
    version: names.version,
    kind,
    plural,
    scope: textAt(spec, ['scope']) === 'Cluster' ? 'Cluster' : 'Namespaced',
    schema: isJsonObject(schema) ? schema : undefined,
    columns: itemsAt(version, ['additionalPrinterColumns']).flatMap((column) => {
      const [name, jsonPath] = [textAt(column, ['name']), textAt(column, ['jsonPath'])];
      return name === undefined || jsonPath === undefined ? [] : [{ name, jsonPath }];
    }),
    components: {},
  };
}

/** A definition of a manifest, by its names; `read` tells what is wrong with it. */
export interface FoundDefinition {
  readonly kind: string;
  readonly group: string;
  /** Throws `plugin.noDefinition`. */
  readonly read: () => CustomDefinitionSource;
}

/** The definitions of a manifest, at least one. One that is broken leaves the others as they are. Throws `plugin.noDefinitionIn`. */
export function definitionsInManifest(text: string, file: string): readonly FoundDefinition[] {
  let objects: readonly JsonObject[];
  try {
    objects = objectsFromManifest(text) as unknown as readonly JsonObject[];
  } catch (cause) {
    if (!(cause instanceof ProblemError)) throw cause;
    throw failure('plugin.noDefinitionIn', { file, detail: unreadable(cause) }, { cause });
  }
  const found = objects.filter(isCustomDefinition);
  if (found.length === 0) throw failure('plugin.noDefinitionIn', { file, detail: 'it holds no CustomResourceDefinition' });
  return found.map((object) => ({
    kind: textAt(object, ['spec', 'names', 'kind']) ?? textAt(object, ['metadata', 'name']) ?? '',
    group: textAt(object, ['spec', 'group']) ?? '',
    read: () => definitionFromCrd(object),
  }));
}

function unreadable({ problem }: ProblemError): string {
  if (problem.code === 'manifest.notAnObject') return 'something in it is no Kubernetes object, which has apiVersion, kind and metadata.name';
  if (problem.code === 'yaml.syntax') return `its YAML is broken, ${problem.args['detail'] ?? ''}`;
  return problemText(problem).replace(/\.$/, '');
}

type DefinitionCluster = Pick<Cluster, 'resources' | 'get' | 'openApi'>;

/**
 * A kind as a cluster has it: by its definition, or by the cluster's OpenAPI for who may not read definitions and for kinds
 * that an aggregated API serves. `name` is `GROUP/KIND`, or the kind alone where one group has it. Throws `plugin.noDefinition`.
 */
export async function definitionFromCluster(cluster: DefinitionCluster, name: string, signal?: AbortSignal): Promise<CustomDefinitionSource> {
  const slash = name.lastIndexOf('/');
  const [group, kind] = slash < 0 ? [undefined, name] : [name.slice(0, slash), name.slice(slash + 1)];
  const found = (await cluster.resources(signal)).filter(
    (one) => (one.kind === kind || one.resource === kind) && !one.resource.includes('/') && (group === undefined || groupOf(one.apiVersion) === group),
  );
  const groups = [...new Set(found.map((one) => groupOf(one.apiVersion)))];
  const [first] = found;
  if (first === undefined) throw failure('plugin.noDefinition', { detail: `the cluster has no ${name}` });
  if (groups.length > 1) throw failure('plugin.noDefinition', { detail: `several groups have ${name}: ${groups.map((one) => `${one}/${kind}`).join(', ')}` });
  if (groups[0] === '') throw failure('plugin.noDefinition', { detail: `${name} is a kind of Kubernetes itself` });
  const crd = await definitionOf(cluster, first, signal);
  return crd === undefined ? fromOpenApi(cluster, first, signal) : definitionFromCrd(crd);
}

async function definitionOf(cluster: DefinitionCluster, info: ResourceInfo, signal: AbortSignal | undefined): Promise<JsonObject | undefined> {
  const ref = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', namespace: '', name: `${info.resource}.${groupOf(info.apiVersion)}` };
  try {
    return (await cluster.get(ref, signal)) as unknown as JsonObject | undefined;
  } catch (error) {
    if (error instanceof ClusterError && error.failure.kind === 'forbidden') return undefined;
    throw error;
  }
}

async function fromOpenApi(cluster: DefinitionCluster, info: ResourceInfo, signal: AbortSignal | undefined): Promise<CustomDefinitionSource> {
  const group = groupOf(info.apiVersion);
  const version = info.apiVersion.slice(group.length + 1);
  const components = valueAt(await cluster.openApi(info.apiVersion, signal), ['components', 'schemas']);
  const schemas = isJsonObject(components) ? components : {};
  const isOurs = (schema: JsonValue): schema is JsonObject =>
    isJsonObject(schema) &&
    itemsAt(schema, ['x-kubernetes-group-version-kind']).some((one) => one['group'] === group && one['version'] === version && one['kind'] === info.kind);
  const schema = Object.values(schemas).find(isOurs);
  return {
    group,
    version,
    kind: info.kind,
    plural: info.resource,
    scope: info.namespaced ? 'Namespaced' : 'Cluster',
    schema,
    columns: [],
    components: schemas,
  };
}
