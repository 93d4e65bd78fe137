import { isBase64, isDateTime, isQuantity } from './format';
import type { JsonObject, JsonScalar, JsonValue } from './json';
import { isJsonList, isJsonObject, ownValue } from './json';
import type { ListSchema, ObjectSchema, ScalarSchema, Schema } from './schema';

export type FindingCode =
  /** No kind of this apiVersion is known; nothing else was checked. */
  | 'unknownKind'
  | 'unknownField'
  | 'wrongType'
  | 'missingRequired'
  | 'notInEnum'
  | 'badFormat'
  /** Two items of a keyed list or set are the same. */
  | 'duplicateItem';

/** One way in which an object differs from its schema. */
export interface Finding {
  /** From the object's root: field names and list indexes. */
  readonly path: readonly (string | number)[];
  readonly code: FindingCode;
  /** What would be right: a type (`string`, `list`, `map`), a format, or the allowed values joined by `, `. */
  readonly expected: string;
  /** What stands there, in a few words; empty for a missing field. Never the value of anything but an enumeration. */
  readonly found: string;
}

export interface ValidateOptions {
  /** Whether a missing required field is a finding; default true. The API server's decoder does not look for them. */
  readonly required?: boolean;
  /** Whether a value outside an enumeration is a finding; default true. */
  readonly enums?: boolean;
}

/** Checks `value` against `schema`; findings in document order. A null counts as absent, as it does for the API server. */
export function findingsOf(schema: Schema, value: JsonValue, options: ValidateOptions = {}): Finding[] {
  const findings: Finding[] = [];
  new Walk(findings, options.required ?? true, options.enums ?? true).visit(schema, value, []);
  return findings;
}

type Path = readonly (string | number)[];

class Walk {
  readonly #findings: Finding[];
  readonly #required: boolean;
  readonly #enums: boolean;

  constructor(findings: Finding[], required: boolean, enums: boolean) {
    this.#findings = findings;
    this.#required = required;
    this.#enums = enums;
  }

  visit(schema: Schema, value: JsonValue, path: Path): void {
    if (value === null) return;
    if (schema.type === 'object') this.#object(schema, value, path);
    else if (schema.type === 'list') this.#list(schema, value, path);
    else if (schema.type === 'scalar') this.#scalar(schema, value, path);
  }

  #report(path: Path, code: FindingCode, expected: string, found: string): void {
    this.#findings.push({ path, code, expected, found });
  }

  #object(schema: ObjectSchema, value: JsonValue, path: Path): void {
    if (!isJsonObject(value)) return this.#report(path, 'wrongType', 'map', wordFor(value));
    for (const [key, item] of Object.entries(value)) {
      const child = schema.fields.get(key)?.schema ?? schema.values;
      if (child === undefined) this.#report([...path, key], 'unknownField', [...schema.fields.keys()].join(', '), wordFor(item));
      else this.visit(child, item, [...path, key]);
    }
    if (!this.#required) return;
    for (const key of schema.required) if ((ownValue(value, key) ?? null) === null) this.#report([...path, key], 'missingRequired', key, '');
  }

  #list(schema: ListSchema, value: JsonValue, path: Path): void {
    if (!isJsonList(value)) return this.#report(path, 'wrongType', 'list', wordFor(value));
    const seen = new Set<string>();
    value.forEach((item, index) => {
      this.visit(schema.items, item, [...path, index]);
      const key = schema.listType === 'atomic' ? undefined : itemKey(schema, item);
      if (key === undefined) return;
      if (seen.has(key)) this.#report([...path, index], 'duplicateItem', schema.keys.join(', '), key);
      seen.add(key);
    });
  }

  #scalar(schema: ScalarSchema, value: JsonValue, path: Path): void {
    const wrong = typeMismatch(schema, value);
    if (wrong !== undefined) return this.#report(path, wrong, schema.format ?? schema.scalar, wordFor(value));
    if (!this.#enums || schema.enum === undefined || (isScalar(value) && schema.enum.includes(value))) return;
    this.#report(path, 'notInEnum', schema.enum.join(', '), isScalar(value) ? String(value) : wordFor(value));
  }
}

function typeMismatch(schema: ScalarSchema, value: JsonValue): 'wrongType' | 'badFormat' | undefined {
  switch (schema.scalar) {
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'wrongType';
    case 'number':
      return typeof value === 'number' ? undefined : 'wrongType';
    case 'integer':
      if (typeof value !== 'number' || !Number.isInteger(value)) return 'wrongType';
      return schema.format === 'int32' && Math.abs(value) > 2 ** 31 ? 'badFormat' : undefined;
    case 'intOrString':
      return typeof value === 'string' || (typeof value === 'number' && Number.isInteger(value)) ? undefined : 'wrongType';
    case 'quantity':
      if (typeof value !== 'string' && typeof value !== 'number') return 'wrongType';
      return isQuantity(String(value)) ? undefined : 'badFormat';
    case 'string':
      if (typeof value !== 'string') return 'wrongType';
      if (schema.format === 'date-time') return isDateTime(value) ? undefined : 'badFormat';
      return schema.format === 'byte' && !isBase64(value) ? 'badFormat' : undefined;
  }
}

/**
 * What tells items of a keyed list or a set apart, as one string; absent keys count with their default. Undefined for items
 * that have no key at all.
 */
export function itemKey(schema: ListSchema, item: JsonValue): string | undefined {
  if (schema.listType === 'set') return typeof item === 'object' ? undefined : JSON.stringify(item);
  const values = isJsonObject(item) ? keyOfItem(schema, item) : undefined;
  return values === undefined ? undefined : JSON.stringify(values);
}

/** The key fields of a keyed list's item, defaults filled in, sorted by name; undefined when none is there. */
export function keyOfItem(schema: ListSchema, item: JsonObject): JsonObject | undefined {
  const key: Record<string, JsonValue> = {};
  const fields = schema.items.type === 'object' ? schema.items.fields : undefined;
  for (const name of schema.keys.toSorted()) {
    const value = ownValue(item, name) ?? fields?.get(name)?.default;
    if (value !== undefined) key[name] = value;
  }
  return Object.keys(key).length === 0 ? undefined : key;
}

function isScalar(value: JsonValue): value is JsonScalar {
  return typeof value !== 'object' || value === null;
}

function wordFor(value: JsonValue): string {
  if (value === null) return 'null';
  if (isJsonList(value)) return 'list';
  return typeof value === 'object' ? 'map' : typeof value;
}
