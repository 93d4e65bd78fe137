// The face of this room: what Kubernetes' own API looks like, as data. It knows no file system and no cluster; whoever uses
// it reads `data/kubernetes.json` (shipped as `dist/openapi.json`) and hands the parsed JSON to `openApiFromJson`.
import { documentOf } from './document';
import type { JsonObject } from './json';
import { ownValue } from './json';
import type { EncodingRules, OpenApi, OpenApiData } from './resource';
import { apiVersionOf } from './resource';
import { SchemaResolver } from './schema';
import type { Finding, ValidateOptions } from './validate';
import { findingsOf } from './validate';

export { canonicalQuantity } from './canonicalQuantity';
export { checkObject, pathOfField } from './checkObject';
export type { CheckedObject } from './checkObject';
export { isTimeZone, nextTime, parseCronSchedule } from './cronSchedule';
export type { CronSchedule } from './cronSchedule';
export { completed } from './defaults/defaults';
export { completeAddresses, labelJob, podSpecIn, setTemplateGeneration, templateGeneration } from './defaults/conversion';
export { isBase64, isDateTime, isQuantity, quantityNanos } from './format';
export { isJsonList, isJsonObject, ownValue } from './json';
export type { JsonObject, JsonValue } from './json';
export { meetsRequirement } from './labelRequirement';
export { definitionsIn, withDefinitions, withDocuments } from './layers';
export type { KindDefinition } from './layers';
export { copyOf, isMap, sameValue, setOwn } from './mutableJson';
export type { Json, JsonMap } from './mutableJson';
export { forgetEmptyLists, normalised } from './normalise';
export { apiVersionOf, splitApiVersion } from './resource';
export type { EncodingRules, OpenApi, OpenApiData, OpenApiDocument, ResourceType, Subresource } from './resource';
export { isCidr, isCidrInside } from './rules/addresses';
export { FieldErrors, mapOf, maps, numberOf, text } from './rules/fieldErrors';
export type { FieldCause, FieldError, FieldErrorType } from './rules/fieldErrors';
export { checkMetadata, checkMetadataUpdate } from './rules/metadata';
export { createErrors, updateErrors } from './rules/objectRules';
export { childSchema } from './schema';
export type { AnySchema, FieldSchema, GroupVersionKind, ListSchema, ObjectSchema, ScalarSchema, Schema, SchemaJson } from './schema';
export { fillDefaults, pruned, schemaErrors } from './structural';
export type { StructuralSchema } from './structural';
export { findingsOf, itemKey, keyOfItem } from './validate';
export type { Finding, FindingCode, ValidateOptions } from './validate';
export { schemaAt, walkObject } from './walk';

const noRules: EncodingRules = { keepsZero: [], writesNull: [] };

/** Makes the look-ups; schemas are resolved on first use, so this costs a millisecond. */
export function openApiFromJson(data: OpenApiData): OpenApi {
  const byKind = new Map(data.resources.map((one) => [`${apiVersionOf(one.group, one.version)} ${one.kind}`, one]));
  const byPlural = new Map(data.resources.map((one) => [`${apiVersionOf(one.group, one.version)} ${one.plural}`, one]));
  const names = new Map<string, string>();
  for (const [name, schema] of Object.entries(data.schemas)) {
    for (const gvk of schema['x-kubernetes-group-version-kind'] ?? []) names.set(`${apiVersionOf(gvk.group, gvk.version)} ${gvk.kind}`, name);
  }
  const resolver = new SchemaResolver((name) => (Object.hasOwn(data.schemas, name) ? data.schemas[name] : undefined));
  const groupVersions = [...new Set(data.resources.map((one) => apiVersionOf(one.group, one.version)))];
  const openApi: OpenApi = {
    version: data.version,
    resources: data.resources,
    groupVersions,
    resourceOf: (apiVersion, kind) => byKind.get(`${apiVersion} ${kind}`),
    resourceAt: (group, version, plural) => byPlural.get(`${apiVersionOf(group, version)} ${plural}`),
    schemaName: (apiVersion, kind) => names.get(`${apiVersion} ${kind}`),
    schemaOf(apiVersion, kind) {
      const name = names.get(`${apiVersion} ${kind}`);
      const schema = name === undefined ? undefined : resolver.named(name);
      return schema?.type === 'object' ? schema : undefined;
    },
    schemaNamed: (name) => resolver.named(name),
    encodingOf: (name) => (Object.hasOwn(data.encoding, name) ? data.encoding[name] : undefined) ?? noRules,
    schemaJson: (name) => (Object.hasOwn(data.schemas, name) ? data.schemas[name] : undefined),
    document: (group, version) => documentOf(openApi, group, version),
  };
  return openApi;
}

/**
 * Checks a whole object by its apiVersion and kind: unknown fields, wrong types, missing required fields, values outside an
 * enumeration, bad formats, duplicate list items. Findings are in document order; an unknown kind is one finding.
 */
export function validateObject(openApi: OpenApi, object: JsonObject, options: ValidateOptions = {}): readonly Finding[] {
  const apiVersion = ownValue(object, 'apiVersion');
  const kind = ownValue(object, 'kind');
  const schema = typeof apiVersion === 'string' && typeof kind === 'string' ? openApi.schemaOf(apiVersion, kind) : undefined;
  if (schema === undefined) {
    const found = [apiVersion, kind].filter((one) => typeof one === 'string').join(' ');
    return [{ path: [], code: 'unknownKind', expected: '', found }];
  }
  return findingsOf(schema, object, options);
}
