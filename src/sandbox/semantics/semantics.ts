// The face of the object semantics: see `Semantics` in request.ts for what each call takes and gives.
import type { ObjectSchema, OpenApi } from '../../openapi';
import { apiVersionOf, completeAddresses, completed, createErrors, findingsOf, forgetEmptyLists, normalised, text, updateErrors } from '../../openapi';
import { ApiError, badRequest, conflict, invalid, modifiedConflict } from '../apiStatus';
import type { Json, JsonMap, KubeObject } from '../objects';
import { copyOf, isMap, sameValue } from '../objects';
import { decode } from './decode';
import { kubectlManager, lastAppliedPaths, updateLastApplied } from './lastApplied';
import type { Actor, Applied } from './managedFields';
import { applyConfig, managedFieldsAfterUpdate } from './managedFields';
import { jsonPatched, mergePatched, strategicallyPatched } from './patches';
import { removed } from './removal';
import type { PatchType, Semantics, WriteOutcome, WriteRequest } from './request';
import { scaleOf } from './scale';
import { keepAllocated } from './service';
import { admitChange, admitNew, prepareChange, prepareNew, resetFields } from './strategy';
import { typeErrors } from './typed';

/** Makes the semantics for the kinds of one API; it holds no state but the resolved schemas. */
export function semanticsOf(openApi: OpenApi): Semantics {
  return {
    create: (request, body) => created(openApi, request, body),
    update: (request, live, body) => (request.subresource === 'scale' ? scaled(openApi, request, live, body) : updated(openApi, request, live, body)),
    patch: (request, live, type, body) => patched(openApi, request, live, type, body),
    apply: (request, live, body, force) => applied(openApi, request, live, body, force),
    remove: removed,
    scaleOf,
  };
}

function schemaOf(openApi: OpenApi, request: WriteRequest): ObjectSchema {
  const { group, version, kind } = request.resource;
  const schema = openApi.schemaOf(apiVersionOf(group, version), kind);
  if (schema === undefined) throw new ApiError(501, 'NotImplemented', `the sandbox does not know the structure of ${apiVersionOf(group, version)} ${kind}`);
  return schema;
}

function actorOf(request: WriteRequest): Actor {
  const { group, version } = request.resource;
  return { manager: request.manager, apiVersion: apiVersionOf(group, version), subresource: request.subresource ?? '', now: request.now };
}

/** Objects that come from JSON maps: the semantics guarantee metadata, and the type says the rest. */
function asObject(json: JsonMap): KubeObject {
  return json as unknown as KubeObject;
}

function asMap(object: KubeObject): JsonMap {
  return object as unknown as JsonMap;
}

/** Reads the object, fills in kind and defaults, and gives it the form in which the server keeps it. */
function read(openApi: OpenApi, request: WriteRequest, body: JsonMap): { readonly object: KubeObject; readonly strictErrors: readonly string[] } {
  const { group, version, kind } = request.resource;
  const schema = schemaOf(openApi, request);
  const apiVersion = apiVersionOf(group, version);
  if (body['kind'] !== undefined && body['kind'] !== kind)
    throw badRequest(
      `${text(body['kind'])} in version "${version}" cannot be handled as a ${kind}: no kind "${text(body['kind'])}" is registered for this resource`,
    );
  if (body['apiVersion'] !== undefined && body['apiVersion'] !== apiVersion) {
    throw badRequest(`the API version in the data (${text(body['apiVersion'])}) does not match the expected API version (${apiVersion})`);
  }
  const { object, strictErrors } = decode(openApi, schema, { ...body, apiVersion, kind }, kind, version);
  return { object: settled(openApi, request, object), strictErrors };
}

/** The last steps of reading, which a merged object goes through as well. */
function settled(openApi: OpenApi, request: WriteRequest, object: Json): KubeObject {
  const schema = schemaOf(openApi, request);
  return asObject(completed(openApi, schema, request.resource.kind, object));
}

function refuseUnknownFields(request: WriteRequest, strictErrors: readonly string[]): readonly string[] {
  if (strictErrors.length === 0 || request.fieldValidation === 'Ignore') return [];
  if (request.fieldValidation === 'Warn') return strictErrors;
  const { kind, version } = request.resource;
  throw badRequest(`${kind} in version "${version}" cannot be handled as a ${kind}: strict decoding error: ${strictErrors.join(', ')}`);
}

function created(openApi: OpenApi, request: WriteRequest, body: JsonMap): WriteOutcome {
  const { object, strictErrors } = read(openApi, request, body);
  const warnings = refuseUnknownFields(request, strictErrors);
  // What a client says of these is wiped, not refused.
  for (const key of ['uid', 'creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds', 'selfLink'] as const) delete object.metadata[key];
  checkNamespace(request, object);
  if (object.metadata.resourceVersion !== undefined) throw new ApiError(500, '', 'resourceVersion should not be set on objects to be created', {});
  const schema = schemaOf(openApi, request);
  const empty = asObject(normalised(openApi, schema, { apiVersion: object.apiVersion, kind: object.kind }) as JsonMap);
  const given = object.metadata.managedFields;
  delete object.metadata.managedFields;
  object.metadata.managedFields = managedFieldsAfterUpdate(schema, empty, object, actorOf(request), resetFields(request.resource, undefined), given);
  return stored(openApi, request, object, warnings);
}

/** The steps from an object that says what is wanted to one that can be stored as new. */
function stored(openApi: OpenApi, request: WriteRequest, object: KubeObject, warnings: readonly string[]): WriteOutcome {
  const { kind, group, namespaced } = request.resource;
  admitNew(request, object);
  object.metadata.creationTimestamp = request.now;
  object.metadata.uid = request.newUid();
  if (!object.metadata.name && object.metadata.generateName) object.metadata.name = `${object.metadata.generateName}${request.newSuffix()}`;
  if (kind === 'Service') completeAddresses(asMap(object));
  request.allocate?.(object, undefined);
  prepareNew(request, object);
  const errors = createErrors(kind, namespaced, asMap(object));
  if (errors.causes.length > 0) throw invalid(group, kind, object.metadata.name ?? '', errors.causes);
  return { object: finished(openApi, request, object), created: true, changed: true, gone: false, warnings };
}

function finished(openApi: OpenApi, request: WriteRequest, object: KubeObject): KubeObject {
  if (object.metadata.managedFields?.length === 0) delete object.metadata.managedFields;
  const schema = schemaOf(openApi, request);
  const made = normalised(openApi, schema, asMap(object)) as JsonMap;
  forgetEmptyLists(openApi, schema, made);
  return asObject(made);
}

function checkNamespace(request: WriteRequest, object: KubeObject): void {
  const wanted = request.resource.namespaced ? request.namespace : '';
  // A namespace is in none, and what it says of one is forgotten.
  if (request.resource.kind === 'Namespace') delete object.metadata.namespace;
  if (!object.metadata.namespace) {
    if (wanted !== '') object.metadata.namespace = wanted;
  } else if (object.metadata.namespace !== wanted) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
}

function checkName(request: WriteRequest, object: KubeObject): void {
  if (!object.metadata.name) throw badRequest('name must be provided');
  if (object.metadata.name !== request.name)
    throw badRequest(`the name of the object (${object.metadata.name}) does not match the name on the URL (${request.name})`);
}

/** Kinds that may be replaced only by someone who says what they have read. */
const versionedKinds: ReadonlySet<string> = new Set(['Lease', 'PodDisruptionBudget']);

function updated(openApi: OpenApi, request: WriteRequest, live: KubeObject, body: JsonMap): WriteOutcome {
  const { object, strictErrors } = read(openApi, request, body);
  const warnings = refuseUnknownFields(request, strictErrors);
  checkNamespace(request, object);
  checkName(request, object);
  if (object.metadata.uid !== undefined && object.metadata.uid !== live.metadata.uid) {
    throw conflict(
      request.resource,
      request.name,
      `Precondition failed: UID in precondition: ${object.metadata.uid}, UID in object meta: ${live.metadata.uid ?? ''}`,
    );
  }
  if (object.metadata.resourceVersion === undefined && versionedKinds.has(request.resource.kind)) {
    const cause = { reason: 'FieldValueInvalid', message: 'Invalid value: 0: must be specified for an update', field: 'metadata.resourceVersion' };
    throw invalid(request.resource.group, request.resource.plural, request.name, [cause]);
  }
  return replaced(openApi, request, live, owned(openApi, request, live, object), warnings);
}

/** `object` with the managedFields that follow from what it changes. */
function owned(openApi: OpenApi, request: WriteRequest, live: KubeObject, object: KubeObject): KubeObject {
  const { managedFields: given, ...metadata } = object.metadata;
  const next: KubeObject = { ...object, metadata };
  const entries = managedFieldsAfterUpdate(schemaOf(openApi, request), live, next, actorOf(request), resetFields(request.resource, request.subresource), given);
  return { ...next, metadata: { ...metadata, managedFields: entries } };
}

/** The steps from a wanted object to one that may take the place of the live one. */
function replaced(openApi: OpenApi, request: WriteRequest, live: KubeObject, wanted: KubeObject, warnings: readonly string[]): WriteOutcome {
  const { kind, group } = request.resource;
  const next = copyOf(wanted);
  if (next.metadata.resourceVersion === undefined) Object.assign(next.metadata, { resourceVersion: live.metadata.resourceVersion });
  else if (next.metadata.resourceVersion !== live.metadata.resourceVersion) throw modifiedConflict(request.resource, request.name);
  admitChange(kind, next, live);
  if (kind === 'Service' && request.subresource === undefined) keepAllocated(next, live);
  request.allocate?.(next, live);
  prepareChange(request.resource, request.subresource, next, live);
  const errors = updateErrors(kind, asMap(next), asMap(live), request.subresource);
  if (errors.causes.length > 0) throw invalid(group, kind, next.metadata.name, errors.causes);
  const object = finished(openApi, request, next);
  if (sameButTimes(object, live)) return { object: live, created: false, changed: false, gone: false, warnings };
  const gone = live.metadata.deletionTimestamp !== undefined && !object.metadata.finalizers?.length && !object.metadata.deletionGracePeriodSeconds;
  return { object, created: false, changed: true, gone, warnings };
}

/** Whether two objects differ at most in when their owners wrote last, which alone is no change. */
function sameButTimes(next: KubeObject, live: KubeObject): boolean {
  const timeless = (object: KubeObject): unknown => ({
    ...object,
    metadata: { ...object.metadata, managedFields: object.metadata.managedFields?.map(({ time: _time, ...entry }) => entry) },
  });
  return sameValue(timeless(next), timeless(live));
}

function patched(openApi: OpenApi, request: WriteRequest, live: KubeObject, type: PatchType, body: unknown): WriteOutcome {
  const target = request.subresource === 'scale' ? scaleOf(live) : live;
  const result = patchResult(openApi, request, target, type, body);
  if (!isMap(result)) throw invalidPatch('the result of the patch is no object');
  if (request.subresource === 'scale') return scaled(openApi, request, live, result);
  const { kind, version } = request.resource;
  const { object, strictErrors } = readPatched(openApi, request, result);
  if (strictErrors.length > 0 && request.fieldValidation === 'Strict')
    throw invalidPatch(`${kind} in version "${version}" cannot be handled: strict decoding error: ${strictErrors.join(', ')}`);
  if (object.metadata.uid === undefined && live.metadata.uid !== undefined) object.metadata.uid = live.metadata.uid;
  checkNamespace(request, object);
  checkName(request, object);
  return replaced(openApi, request, live, owned(openApi, request, live, object), request.fieldValidation === 'Warn' ? strictErrors : []);
}

/** In a patch, a wrong type is a fault of the patch and told as such. */
function readPatched(openApi: OpenApi, request: WriteRequest, result: JsonMap): ReturnType<typeof read> {
  try {
    return read(openApi, request, result);
  } catch (error) {
    if (error instanceof ApiError && error.code === 400) throw invalidPatch(error.message);
    throw error;
  }
}

function patchResult(openApi: OpenApi, request: WriteRequest, target: KubeObject, type: PatchType, body: unknown): Json {
  if (type === 'application/json-patch+json') return jsonPatched(asMap(target), body);
  if (!isMap(body)) throw badRequest('error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}');
  if (type === 'application/merge-patch+json') return mergePatched(asMap(target), body);
  return strategicallyPatched(schemaOf(openApi, request), asMap(target), body);
}

function invalidPatch(detail: string): ApiError {
  return invalid('', '', '', [{ reason: 'FieldValueInvalid', message: `Invalid value: ${detail}`, field: 'patch' }]);
}

function applied(openApi: OpenApi, request: WriteRequest, live: KubeObject | undefined, body: JsonMap, force: boolean): WriteOutcome {
  if (request.manager === '') {
    throw invalid('meta.k8s.io', 'PatchOptions', '', [
      { reason: 'FieldValueRequired', message: 'Required value: is required for apply patch', field: 'fieldManager' },
    ]);
  }
  const schema = schemaOf(openApi, request);
  const config = request.subresource === 'scale' ? scaleConfig(request, body) : body;
  checkConfig(request, schema, config);
  const empty = asObject(normalised(openApi, schema, { apiVersion: config['apiVersion'] ?? '', kind: config['kind'] ?? '' }) as JsonMap);
  const base = live ?? empty;
  const { object, managedFields } = laidOver(schema, request, base, empty, config, force);
  const next = object === undefined ? copyOf(base) : settled(openApi, request, readable(request, schema, asMap(object)));
  next.metadata.managedFields = managedFields;
  if (request.manager === kubectlManager) updateLastApplied(next, config);
  if (live === undefined && next.metadata.uid !== undefined) {
    throw conflict(request.resource, request.name, `uid mismatch: the provided object specified uid ${next.metadata.uid}, and no existing object was found`);
  }
  checkNamespace(request, next);
  checkName(request, next);
  return live === undefined ? stored(openApi, request, next, []) : replaced(openApi, request, live, next, []);
}

/** The merge, tried again by force when all that kubectl would take away is what it applied from the client before. */
function laidOver(schema: ObjectSchema, request: WriteRequest, base: KubeObject, empty: KubeObject, config: JsonMap, force: boolean): Applied {
  const reset = resetFields(request.resource, request.subresource);
  try {
    return applyConfig(schema, base, empty, config, actorOf(request), reset, force);
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 409 || request.manager !== kubectlManager) throw error;
    const own = lastAppliedPaths(schema, base);
    if (!(error.status.details?.causes ?? []).every((cause) => own.has(cause.field ?? ''))) throw error;
    return applyConfig(schema, base, empty, config, actorOf(request), reset, true);
  }
}

/** Throws what the server says to a config that it cannot merge; unknown fields and wrong types are errors of the server's own, code 500. */
function checkConfig(request: WriteRequest, schema: ObjectSchema, config: JsonMap): void {
  const { group, version, kind } = request.resource;
  const apiVersion = apiVersionOf(group, version);
  if (config['kind'] !== kind || config['apiVersion'] !== apiVersion)
    throw badRequest(`invalid object type: ${text(config['apiVersion'])}, Kind=${text(config['kind'])}`);
  const metadata = isMap(config['metadata']) ? config['metadata'] : {};
  if (metadata['managedFields'] !== undefined && metadata['managedFields'] !== null) throw badRequest('metadata.managedFields must be nil');
  const wrong = typeErrors(schema, config, false);
  if (wrong.length === 0) return;
  const detail = wrong.length === 1 ? (wrong[0] ?? '') : `errors:\n${wrong.map((one) => `  ${one}`).join('\n')}`;
  throw new ApiError(
    500,
    '',
    `failed to create typed patch object (${text(metadata['namespace'])}/${text(metadata['name'])}; ${apiVersion}, Kind=${kind}): ${detail}`,
    {},
  );
}

/** A merged object whose values cannot be read (a quantity, base64) is an error of the server's own, too. */
function readable(request: WriteRequest, schema: ObjectSchema, merged: JsonMap): JsonMap {
  const wrong = findingsOf(schema, merged, { required: false, enums: false }).find((one) => one.code === 'wrongType' || one.code === 'badFormat');
  if (wrong === undefined) return merged;
  throw new ApiError(
    500,
    '',
    `failed to convert new typed object (${request.namespace}/${request.name}) to object: ${wrong.path.join('.')} is not of type ${wrong.expected}`,
    {},
  );
}

/** A Scale that is applied means the replicas of its parent. */
function scaleConfig(request: WriteRequest, body: JsonMap): JsonMap {
  const { group, version, kind } = request.resource;
  const replicas = isMap(body['spec']) ? body['spec']['replicas'] : undefined;
  return {
    apiVersion: apiVersionOf(group, version),
    kind,
    metadata: { name: request.name, namespace: request.namespace },
    spec: replicas === undefined ? {} : { replicas },
  };
}

function scaled(openApi: OpenApi, request: WriteRequest, live: KubeObject, scale: JsonMap): WriteOutcome {
  const metadata = isMap(scale['metadata']) ? scale['metadata'] : {};
  const wanted = isMap(scale['spec']) ? scale['spec']['replicas'] : undefined;
  if (wanted !== undefined && typeof wanted !== 'number')
    throw badRequest('Scale in version "v1" cannot be handled as a Scale: json: cannot unmarshal into Go struct field ScaleSpec.spec.replicas of type int32');
  const replicas = wanted ?? 0;
  if (replicas < 0) {
    throw invalid('autoscaling', 'Scale', request.name, [
      { reason: 'FieldValueInvalid', message: `Invalid value: ${replicas}: must be greater than or equal to 0`, field: 'spec.replicas' },
    ]);
  }
  if (metadata['resourceVersion'] !== undefined && metadata['resourceVersion'] !== live.metadata.resourceVersion)
    throw modifiedConflict(request.resource, request.name);
  const next: KubeObject = { ...live, spec: { ...(live.spec as JsonMap), replicas } };
  return replaced(openApi, request, live, owned(openApi, request, live, next), []);
}
