import { completeAddresses, labelJob } from './defaults/conversion';
import { completed } from './defaults/defaults';
import type { JsonObject } from './json';
import { ownValue } from './json';
import type { JsonMap } from './mutableJson';
import { copyOf, isMap } from './mutableJson';
import type { OpenApi } from './resource';
import { splitApiVersion } from './resource';
import type { FieldError } from './rules/fieldErrors';
import { createErrors } from './rules/objectRules';
import type { ObjectSchema } from './schema';
import type { Finding } from './validate';
import { findingsOf } from './validate';

/** What is wrong with a whole object. */
export interface CheckedObject {
  /** Against its schema: unknown fields, types, enumerations, formats, doubles. In the order of the object. */
  readonly structure: readonly Finding[];
  /** Against the rules that a schema cannot say. Places that `structure` speaks of are left out. */
  readonly rules: readonly FieldError[];
}

/** A uid that no object has, for what is made from the uid of a new object. */
const someUid = '00000000-0000-0000-0000-000000000000';

/**
 * Judges an object as the API server judges a new one: its structure, then, with all defaults filled in, the rules of its
 * kind. Nothing that only a cluster knows counts (quotas, webhooks, what exists). A namespace may still be missing.
 */
export function checkObject(openApi: OpenApi, object: JsonObject): CheckedObject {
  const apiVersion = ownValue(object, 'apiVersion');
  const kind = ownValue(object, 'kind');
  const schema = typeof apiVersion === 'string' && typeof kind === 'string' ? openApi.schemaOf(apiVersion, kind) : undefined;
  if (schema === undefined || typeof apiVersion !== 'string' || typeof kind !== 'string') {
    const found = [apiVersion, kind].filter((one) => typeof one === 'string').join(' ');
    return { structure: [{ path: [], code: 'unknownKind', expected: '', found }], rules: [] };
  }
  const structure = findingsOf(schema, object);
  const resource = openApi.resourceOf(apiVersion, kind);
  if (resource === undefined || !hasRules(apiVersion)) return { structure, rules: [] };
  const rules = ruleErrors(openApi, schema, kind, resource.namespaced, copyOf(object) as JsonMap);
  const told = new Set(structure.map((finding) => placeText(finding.path)));
  const wrong = structure.filter(({ code }) => code === 'wrongType' || code === 'badFormat' || code === 'unknownField').map(({ path }) => path);
  // What stands in something that is missing is missing too.
  const missing = structure.filter(({ code }) => code === 'missingRequired').map(({ path }) => path);
  const options = structure.filter(({ code }) => code === 'notInEnum');
  const isTold = (error: FieldError): boolean => {
    const place = pathOfField(error.field);
    return (
      told.has(placeText(place)) ||
      wrong.some((path) => concerns(path, error)) ||
      missing.some((path) => path.every((step, index) => step === place[index])) ||
      options.some((finding) => saysOfWhole(finding, error))
    );
  };
  return { structure, rules: rules.filter((error) => !isTold(error)) };
}

/** Kinds of other groups may bear the names of core kinds. */
function hasRules(apiVersion: string): boolean {
  const { group } = splitApiVersion(apiVersion);
  return !group.includes('.') || group.endsWith('.k8s.io');
}

function ruleErrors(openApi: OpenApi, schema: ObjectSchema, kind: string, namespaced: boolean, object: JsonMap): readonly FieldError[] {
  const made = completed(openApi, schema, kind, object);
  const metadata = isMap(made['metadata']) ? made['metadata'] : {};
  metadata['uid'] = someUid;
  if (namespaced && (metadata['namespace'] ?? '') === '') metadata['namespace'] = 'default';
  // A namespace is in none, and what it says of one is forgotten.
  if (kind === 'Namespace') delete metadata['namespace'];
  made['metadata'] = metadata;
  if (kind === 'Service') completeAddresses(made);
  if (kind === 'Job') labelJob(made);
  return createErrors(kind, namespaced, made).all;
}

/** What a value of a wrong type was read as says nothing about what stands there or around it. */
function concerns(path: readonly (string | number)[], error: FieldError): boolean {
  const place = pathOfField(error.field);
  const length = Math.min(path.length, place.length);
  return place.slice(0, length).every((step, index) => step === path[index]);
}

/** Some rules say of a whole strategy what its schema says of the `type` in it: that it is none of the options. */
function saysOfWhole({ path, expected }: Finding, { field, allowed, detail }: FieldError): boolean {
  if (placeText(pathOfField(field)) !== placeText(path.slice(0, -1))) return false;
  return expected.split(', ').every((option) => (allowed === undefined ? detail.includes(option) : allowed.includes(option)));
}

function placeText(path: readonly (string | number)[]): string {
  return JSON.stringify(path);
}

/** The path that a field of an error means: `spec.ports[0].name` → spec, ports, 0, name; `data[a.b]` → data, a.b. */
export function pathOfField(field: string): readonly (string | number)[] {
  const path: (string | number)[] = [];
  for (const [, key, inner] of field.matchAll(/([^.[\]]+)|\[([^\]]*)\]/g)) {
    if (key !== undefined) path.push(key);
    else if (inner !== undefined) path.push(/^\d+$/.test(inner) ? Number(inner) : inner);
  }
  return path;
}
