// Custom objects against the schema of their definition: what is pruned, what is filled in, what is refused. A structural
// schema is a tree of plain types; the rules written in CEL (x-kubernetes-validations) are not evaluated.
import type { SchemaJson } from './schema';
import { isDateTime, isQuantity } from './format';
import type { Json, JsonMap } from './mutableJson';
import { copyOf, isMap, sameValue, setOwn } from './mutableJson';
import { FieldErrors, numberOf } from './rules/fieldErrors';

/** A schema as a CustomResourceDefinition carries it. */
export interface StructuralSchema extends SchemaJson {
  readonly properties?: Readonly<Record<string, StructuralSchema>>;
  readonly items?: StructuralSchema;
  readonly additionalProperties?: StructuralSchema | boolean;
  readonly nullable?: boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: boolean;
  readonly exclusiveMaximum?: boolean;
  readonly multipleOf?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly allOf?: readonly StructuralSchema[];
  readonly anyOf?: readonly StructuralSchema[];
  readonly oneOf?: readonly StructuralSchema[];
  readonly not?: StructuralSchema;
  readonly 'x-kubernetes-embedded-resource'?: boolean;
}

const rootFields: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata']);

function valuesOf(schema: StructuralSchema): StructuralSchema | undefined {
  return typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined;
}

/** The value without the fields that the schema does not know; these are named in `unknown`, as `spec.sise`. */
export function pruned(schema: StructuralSchema | undefined, value: Json, unknown: string[], path = ''): Json {
  if (Array.isArray(value)) return value.map((item, index) => pruned(schema?.items, item, unknown, `${path}[${String(index)}]`));
  if (!isMap(value)) return value;
  const keepsAll = schema === undefined || schema['x-kubernetes-preserve-unknown-fields'] === true || schema.additionalProperties === true;
  const made: JsonMap = {};
  for (const [key, item] of Object.entries(value)) {
    const at = path === '' ? key : `${path}.${key}`;
    const own = schema?.properties !== undefined && Object.hasOwn(schema.properties, key) ? schema.properties[key] : undefined;
    const child = own ?? (schema === undefined ? undefined : valuesOf(schema));
    const root = (path === '' || schema?.['x-kubernetes-embedded-resource'] === true) && rootFields.has(key);
    if (root) setOwn(made, key, copyOf(item));
    else if (child !== undefined) setOwn(made, key, pruned(child, item, unknown, at));
    else if (keepsAll) setOwn(made, key, copyOf(item));
    else unknown.push(at);
  }
  return made;
}

/** Fills in the defaults, from the outside in; a null where null is not allowed counts as absent. In place. */
export function fillDefaults(schema: StructuralSchema | undefined, value: Json): void {
  if (schema === undefined) return;
  if (Array.isArray(value)) {
    for (const item of value) fillDefaults(schema.items, item);
    return;
  }
  if (!isMap(value)) return;
  for (const [key, child] of Object.entries(schema.properties ?? {})) {
    const present = Object.hasOwn(value, key) ? value[key] : undefined;
    if (present === null && child.nullable !== true && child.default !== undefined) delete value[key];
    if (child.default !== undefined && (present === undefined || (present === null && child.nullable !== true)))
      setOwn(value, key, copyOf(child.default as Json));
  }
  for (const [key, item] of Object.entries(value)) {
    const own = schema.properties !== undefined && Object.hasOwn(schema.properties, key) ? schema.properties[key] : valuesOf(schema);
    fillDefaults(own, item);
  }
}

/** What is wrong with the value, with the reasons and fields of the API server. */
export function schemaErrors(schema: StructuralSchema | undefined, value: Json): FieldErrors {
  const errors = new FieldErrors();
  if (schema !== undefined && isMap(value)) {
    const { metadata: _metadata, apiVersion: _apiVersion, kind: _kind, ...rest } = value;
    const { required = [] } = schema;
    check(errors, { ...schema, required: required.filter((key) => !rootFields.has(key)) }, rest, '');
  }
  return errors;
}

function check(errors: FieldErrors, schema: StructuralSchema, value: Json, at: string): void {
  if (value === null && schema.nullable === true) return;
  const wanted = schema['x-kubernetes-int-or-string'] === true ? 'int-or-string' : (schema.type ?? '');
  if (wanted !== '' && !hasType(wanted, value)) {
    errors.wrongType(at, typeName(value), `${at} in body must be of type ${wanted === 'int-or-string' ? 'integer,string' : wanted}: "${typeName(value)}"`);
    return;
  }
  if (schema.enum !== undefined && !schema.enum.some((one) => sameValue(one, value))) {
    errors.notSupported(at, value, schema.enum.map(String));
  }
  checkBounds(errors, schema, value, at);
  checkJunctors(errors, schema, value, at);
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) if (schema.items !== undefined) check(errors, schema.items, item, `${at}[${String(index)}]`);
  } else if (isMap(value)) checkFields(errors, schema, value, at);
}

function checkFields(errors: FieldErrors, schema: StructuralSchema, value: JsonMap, at: string): void {
  const under = (key: string): string => (at === '' ? key : `${at}.${key}`);
  for (const key of schema.required ?? []) if (!Object.hasOwn(value, key)) errors.required(under(key));
  for (const [key, item] of Object.entries(value)) {
    const own = schema.properties !== undefined && Object.hasOwn(schema.properties, key) ? schema.properties[key] : valuesOf(schema);
    if (own !== undefined) check(errors, own, item, under(key));
  }
  const count = Object.keys(value).length;
  if (schema.minProperties !== undefined && count < schema.minProperties)
    errors.invalid(at, count, `${at} in body should have at least ${schema.minProperties} properties`);
  if (schema.maxProperties !== undefined && count > schema.maxProperties) errors.tooMany(at, count, schema.maxProperties);
}

function checkBounds(errors: FieldErrors, schema: StructuralSchema, value: Json, at: string): void {
  const say = (text: string): void => errors.invalid(at, value, `${at} in body ${text}`);
  const number = numberOf(value);
  if (number !== undefined) {
    const { minimum, maximum, multipleOf } = schema;
    if (minimum !== undefined && (schema.exclusiveMinimum === true ? number <= minimum : number < minimum))
      say(`should be greater than ${schema.exclusiveMinimum === true ? '' : 'or equal to '}${String(minimum)}`);
    if (maximum !== undefined && (schema.exclusiveMaximum === true ? number >= maximum : number > maximum))
      say(`should be less than ${schema.exclusiveMaximum === true ? '' : 'or equal to '}${String(maximum)}`);
    if (multipleOf !== undefined && !Number.isInteger(number / multipleOf)) say(`should be a multiple of ${String(multipleOf)}`);
  }
  if (typeof value === 'string') {
    const length = [...value].length;
    if (schema.minLength !== undefined && length < schema.minLength) say(`should be at least ${String(schema.minLength)} chars long`);
    if (schema.maxLength !== undefined && length > schema.maxLength) errors.tooLong(at, schema.maxLength);
    if (schema.pattern !== undefined && !matches(schema.pattern, value)) say(`should match '${schema.pattern}'`);
    if (schema.format === 'date-time' && !isDateTime(value)) say(`must be of type date-time: "${value}"`);
    if (schema.format === 'quantity' && !isQuantity(value)) say(`must be of type quantity: "${value}"`);
  }
  if (Array.isArray(value)) {
    if (schema.minItems !== undefined && value.length < schema.minItems) say(`should have at least ${String(schema.minItems)} items`);
    if (schema.maxItems !== undefined && value.length > schema.maxItems) errors.tooMany(at, value.length, schema.maxItems);
    const keys = schema['x-kubernetes-list-map-keys'];
    const isSet = schema.uniqueItems === true || schema['x-kubernetes-list-type'] === 'set';
    const identity = (item: Json): Json => (keys !== undefined && isMap(item) ? keys.map((key) => item[key] ?? null) : item);
    if (!isSet && keys === undefined) return;
    for (const [index, item] of value.entries()) {
      if (value.slice(0, index).some((before) => sameValue(identity(before), identity(item)))) errors.duplicate(`${at}[${String(index)}]`, identity(item));
    }
  }
}

function checkJunctors(errors: FieldErrors, schema: StructuralSchema, value: Json, at: string): void {
  const holds = (one: StructuralSchema): boolean => {
    const found = new FieldErrors();
    check(found, one, value, at);
    return found.count === 0;
  };
  for (const one of schema.allOf ?? []) check(errors, one, value, at);
  if (schema.anyOf !== undefined && !schema.anyOf.some(holds)) errors.invalid(at, value, `${at} in body must validate at least one schema (anyOf)`);
  if (schema.oneOf !== undefined && schema.oneOf.filter(holds).length !== 1)
    errors.invalid(at, value, `${at} in body must validate one and only one schema (oneOf)`);
  if (schema.not !== undefined && holds(schema.not)) errors.invalid(at, value, `${at} in body must not validate the schema (not)`);
}

function matches(pattern: string, value: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(value);
  } catch (error) {
    // Go's expressions know a few forms that these do not; such a pattern refuses nothing here.
    if (error instanceof SyntaxError) return true;
    throw error;
  }
}

function hasType(type: string, value: Json): boolean {
  switch (type) {
    case 'object':
      return isMap(value);
    case 'array':
      return Array.isArray(value);
    case 'integer':
      return typeof value === 'number' && Number.isInteger(value);
    case 'int-or-string':
      return typeof value === 'string' || (typeof value === 'number' && Number.isInteger(value));
    default:
      return typeof value === type;
  }
}

function typeName(value: Json): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}
