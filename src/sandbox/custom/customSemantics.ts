// What the API server does with custom objects between request and storage: they are plain JSON, so that nothing is dropped
// or written for being zero, and their definition alone says what they may hold.
import type { ObjectSchema, OpenApi } from '../../openapi';
import { apiVersionOf, checkMetadata, checkMetadataUpdate, fillDefaults, mapOf, pruned, schemaErrors, text } from '../../openapi';
import { badRequest, conflict, invalid, modifiedConflict, unsupportedMediaType, ApiError } from '../apiStatus';
import type { KindInfo } from '../kinds';
import { copyOf, isMap, sameValue, type Json, type JsonMap, type KubeObject, type ManagedFieldsEntry } from '../objects';
import { decode } from '../semantics/decode';
import { FieldSet } from '../semantics/fieldSet';
import { applyConfig, managedFieldsAfterUpdate, type Actor } from '../semantics/managedFields';
import { jsonPatched, mergePatched } from '../semantics/patches';
import { removed } from '../semantics/removal';
import type { Semantics, WriteOutcome, WriteRequest } from '../semantics/request';
import { scaleOf } from '../semantics/scale';
import { typeErrors } from '../semantics/typed';
import type { CustomKind } from './definitions';

/** The semantics of one custom kind. */
export function customSemantics(base: OpenApi, info: KindInfo, custom: CustomKind): Semantics {
  const kind: Custom = { base, info, custom, schema: schemaOf(info, custom) };
  return {
    create: (request, body) => created(kind, request, body),
    update: (request, live, body) => updated(kind, request, live, body),
    patch: (request, live, type, body) => {
      if (type === 'application/strategic-merge-patch+json')
        throw unsupportedMediaType('application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml');
      const result = type === 'application/json-patch+json' ? jsonPatched(asMap(live), body) : mergePatched(asMap(live), mapIn(body));
      return patched(kind, request, live, result);
    },
    apply: (request, live, body, force) => applied(kind, request, live, body, force),
    remove: (request, live) => removed({ ...request, resource: { ...request.resource, kind: '' } }, live),
    scaleOf,
  };
}

interface Custom {
  base: OpenApi;
  info: KindInfo;
  custom: CustomKind;
  schema: ObjectSchema;
}

function schemaOf(info: KindInfo, custom: CustomKind): ObjectSchema {
  const found = custom.openApi.schemaOf(apiVersionOf(info.group, info.version), info.kind);
  if (found === undefined) throw new Error(`the definition of ${info.kind} has no schema`);
  return found;
}

function asMap(object: KubeObject): JsonMap {
  return object as unknown as JsonMap;
}

function mapIn(body: unknown): JsonMap {
  if (isMap(body)) return body;
  throw badRequest('error decoding patch: json: cannot unmarshal into Go value of type map[string]interface {}');
}

function actorOf({ info }: Custom, request: WriteRequest): Actor {
  return { manager: request.manager, apiVersion: apiVersionOf(info.group, info.version), subresource: request.subresource ?? '', now: request.now };
}

function resetOf({ custom }: Custom, subresource: string | undefined): FieldSet {
  if (!custom.hasStatus) return FieldSet.empty;
  return subresource === 'status' ? FieldSet.of([['f:spec'], ['f:metadata']]) : FieldSet.of([['f:status']]);
}

/** Reads an object: metadata as every kind has it, the rest pruned and with its defaults. */
function read(kind: Custom, request: WriteRequest, body: JsonMap): { object: KubeObject; warnings: readonly string[] } {
  const { info } = kind;
  const apiVersion = apiVersionOf(info.group, info.version);
  if (body['kind'] !== undefined && body['kind'] !== info.kind)
    throw badRequest(`the kind in the data (${text(body['kind'])}) does not match the expected kind (${info.kind})`);
  if (body['apiVersion'] !== undefined && body['apiVersion'] !== apiVersion)
    throw badRequest(`the API version in the data (${text(body['apiVersion'])}) does not match the expected API version (${apiVersion})`);
  const metaSchema = kind.base.schemaNamed('io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta');
  if (metaSchema?.type !== 'object') throw new Error('the schema of ObjectMeta is missing');
  const metadata = decode(kind.base, metaSchema, mapOf(body['metadata']), info.kind, info.version);
  const unknown: string[] = metadata.strictErrors.map((one) => one.replace('unknown field "', 'unknown field "metadata.'));
  const extra: string[] = [];
  const rest = pruned(kind.custom.schema, { ...body, apiVersion, kind: info.kind }, extra) as JsonMap;
  unknown.push(...extra.map((path) => `unknown field ${JSON.stringify(path)}`));
  fillDefaults(kind.custom.schema, rest);
  if (unknown.length > 0 && request.fieldValidation === 'Strict')
    throw badRequest(`${info.kind} in version "${info.version}" cannot be handled as a ${info.kind}: strict decoding error: ${unknown.join(', ')}`);
  const { metadata: _metadata, ...fields } = rest;
  const object = { ...fields, metadata: metadata.object } as unknown as KubeObject;
  return { object, warnings: request.fieldValidation === 'Ignore' ? [] : unknown };
}

function checkPlace(request: WriteRequest, object: KubeObject, named: boolean): void {
  const wanted = request.resource.namespaced ? request.namespace : '';
  if (!object.metadata.namespace) {
    if (wanted !== '') object.metadata.namespace = wanted;
  } else if (object.metadata.namespace !== wanted) throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  if (!named) return;
  if (!object.metadata.name) throw badRequest('name must be provided');
  if (object.metadata.name !== request.name)
    throw badRequest(`the name of the object (${object.metadata.name}) does not match the name on the URL (${request.name})`);
}

function refuse(kind: Custom, object: KubeObject, live: KubeObject | undefined): void {
  const errors = schemaErrors(kind.custom.schema, asMap(object));
  if (live === undefined) checkMetadata(errors, mapOf(asMap(object)['metadata']), 'CustomResource', kind.info.namespaced);
  else checkMetadataUpdate(errors, mapOf(asMap(object)['metadata']), mapOf(asMap(live)['metadata']), 'CustomResource');
  if (errors.causes.length > 0) throw invalid(kind.info.group, kind.info.kind, object.metadata.name, errors.causes);
}

function created(kind: Custom, request: WriteRequest, body: JsonMap): WriteOutcome {
  const { object, warnings } = read(kind, request, body);
  for (const key of ['uid', 'creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds', 'selfLink'] as const) delete object.metadata[key];
  checkPlace(request, object, false);
  if (object.metadata.resourceVersion !== undefined) throw new ApiError(500, '', 'resourceVersion should not be set on objects to be created', {});
  return stored(kind, request, withOwners(kind, request, emptyOf(kind), object), warnings);
}

function emptyOf({ info }: Custom): KubeObject {
  return { apiVersion: apiVersionOf(info.group, info.version), kind: info.kind, metadata: {} } as unknown as KubeObject;
}

function withOwners(kind: Custom, request: WriteRequest, before: KubeObject, object: KubeObject): KubeObject {
  const { managedFields: given, ...metadata } = object.metadata;
  const next: KubeObject = { ...object, metadata };
  const managedFields = managedFieldsAfterUpdate(kind.schema, before, next, actorOf(kind, request), resetOf(kind, request.subresource), given);
  return withEntries(next, managedFields);
}

function withEntries(object: KubeObject, managedFields: ManagedFieldsEntry[]): KubeObject {
  const { managedFields: _before, ...metadata } = object.metadata;
  return { ...object, metadata: managedFields.length === 0 ? metadata : { ...metadata, managedFields } };
}

function stored(kind: Custom, request: WriteRequest, object: KubeObject, warnings: readonly string[]): WriteOutcome {
  object.metadata.creationTimestamp = request.now;
  object.metadata.uid = request.newUid();
  object.metadata.generation = 1;
  if (!object.metadata.name && object.metadata.generateName) object.metadata.name = `${object.metadata.generateName}${request.newSuffix()}`;
  if (kind.custom.hasStatus) delete object.status;
  refuse(kind, object, undefined);
  return { object, created: true, changed: true, gone: false, warnings };
}

function updated(kind: Custom, request: WriteRequest, live: KubeObject, body: JsonMap): WriteOutcome {
  const { object, warnings } = read(kind, request, body);
  checkPlace(request, object, true);
  if (object.metadata.uid !== undefined && object.metadata.uid !== live.metadata.uid)
    throw conflict(kind.info, request.name, `Precondition failed: UID in precondition: ${object.metadata.uid}, UID in object meta: ${live.metadata.uid ?? ''}`);
  if (object.metadata.resourceVersion === undefined) {
    const cause = { reason: 'FieldValueInvalid', message: 'Invalid value: 0: must be specified for an update', field: 'metadata.resourceVersion' };
    throw invalid(kind.info.group, kind.info.plural, request.name, [cause]);
  }
  return replaced(kind, request, live, withOwners(kind, request, live, object), warnings);
}

function patched(kind: Custom, request: WriteRequest, live: KubeObject, result: Json): WriteOutcome {
  if (!isMap(result)) throw refusedPatch('the result of the patch is no object');
  const { object, warnings } = readPatched(kind, request, result);
  object.metadata.uid ??= live.metadata.uid ?? '';
  checkPlace(request, object, true);
  return replaced(kind, request, live, withOwners(kind, request, live, object), warnings);
}

/** In a patch, what cannot be read is a fault of the patch and told as such. */
function readPatched(kind: Custom, request: WriteRequest, result: JsonMap): ReturnType<typeof read> {
  const { group, version, kind: own } = kind.info;
  for (const [field, wanted] of [
    ['apiVersion', apiVersionOf(group, version)],
    ['kind', own],
  ] as const) {
    if (result[field] === wanted) continue;
    const message = `Invalid value: ${JSON.stringify(result[field] ?? '')}: must be ${wanted}`;
    throw invalid(group, own, request.name, [{ reason: 'FieldValueInvalid', message, field }]);
  }
  try {
    return read(kind, request, result);
  } catch (error) {
    if (error instanceof ApiError && error.code === 400) throw refusedPatch(error.message);
    throw error;
  }
}

function refusedPatch(detail: string): ApiError {
  return invalid('', '', '', [{ reason: 'FieldValueInvalid', message: `Invalid value: ${detail}`, field: 'patch' }]);
}

function applied(kind: Custom, request: WriteRequest, live: KubeObject | undefined, config: JsonMap, force: boolean): WriteOutcome {
  if (request.manager === '') {
    const cause = { reason: 'FieldValueRequired', message: 'Required value: is required for apply patch', field: 'fieldManager' };
    throw invalid('meta.k8s.io', 'PatchOptions', '', [cause]);
  }
  const wrong = typeErrors(kind.schema, config, false);
  if (wrong.length > 0)
    throw new ApiError(
      500,
      '',
      `failed to create typed patch object (${request.namespace}/${request.name}; ${actorOf(kind, request).apiVersion}, Kind=${kind.info.kind}): ${wrong.join(', ')}`,
      {},
    );
  if (mapOf(config['metadata'])['managedFields'] !== undefined) throw badRequest('metadata.managedFields must be nil');
  const empty = emptyOf(kind);
  const result = applyConfig(kind.schema, live ?? empty, empty, config, actorOf(kind, request), resetOf(kind, request.subresource), force);
  const merged = result.object === undefined ? copyOf(live ?? empty) : result.object;
  const { object, warnings } = read(kind, { ...request, fieldValidation: 'Ignore' }, asMap(merged));
  const next = withEntries(object, result.managedFields);
  if (live === undefined && next.metadata.uid !== undefined)
    throw conflict(kind.info, request.name, `uid mismatch: the provided object specified uid ${next.metadata.uid}, and no existing object was found`);
  checkPlace(request, next, true);
  return live === undefined ? stored(kind, request, next, warnings) : replaced(kind, request, live, next, warnings);
}

/** The steps from a wanted object to one that may take the place of the live one. */
function replaced(kind: Custom, request: WriteRequest, live: KubeObject, wanted: KubeObject, warnings: readonly string[]): WriteOutcome {
  let next = copyOf(wanted);
  const { resourceVersion } = next.metadata;
  if (resourceVersion !== undefined && resourceVersion !== live.metadata.resourceVersion) throw modifiedConflict(kind.info, request.name);
  if (request.subresource === 'status') {
    const { managedFields } = next.metadata;
    const { status } = next;
    next = { ...copyOf(live), metadata: { ...live.metadata, ...(managedFields === undefined ? {} : { managedFields }) } };
    if (status === undefined) delete next.status;
    else next.status = status;
  } else if (kind.custom.hasStatus) {
    if (live.status === undefined) delete next.status;
    else next.status = copyOf(live.status);
  }
  const { metadata } = live;
  for (const key of ['resourceVersion', 'generation', 'creationTimestamp', 'deletionTimestamp', 'uid', 'deletionGracePeriodSeconds'] as const) {
    if (metadata[key] === undefined) delete next.metadata[key];
    else Object.assign(next.metadata, { [key]: metadata[key] });
  }
  const content = (object: KubeObject): unknown => {
    const { metadata: _metadata, status, ...rest } = object;
    return kind.custom.hasStatus ? rest : { ...rest, status };
  };
  if (!sameValue(content(next), content(live))) next.metadata.generation = (metadata.generation ?? 0) + 1;
  refuse(kind, next, live);
  const timeless = (object: KubeObject): unknown => ({
    ...object,
    metadata: { ...object.metadata, managedFields: object.metadata.managedFields?.map(({ time: _time, ...entry }) => entry) },
  });
  if (sameValue(timeless(next), timeless(live))) return { object: live, created: false, changed: false, gone: false, warnings };
  const gone = metadata.deletionTimestamp !== undefined && !next.metadata.finalizers?.length;
  return { object: next, created: false, changed: true, gone, warnings };
}
