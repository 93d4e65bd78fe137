// What becomes of a request's JSON when the API server reads it into its types: unknown fields and nulls fall out, zeros that
// mean nothing go, fields that are always written appear. Both sides of every comparison have this form.
import type { Json, JsonMap } from './mutableJson';
import { copyOf, isMap, setOwn } from './mutableJson';
import type { OpenApi } from './resource';
import type { ObjectSchema, Schema } from './schema';

/** The value in the form in which the server keeps it. Wrong types must have been refused before. */
export function normalised(openApi: OpenApi, schema: Schema, value: Json): Json {
  switch (schema.type) {
    case 'scalar':
      if (value === null) return schema.scalar === 'boolean' ? false : schema.scalar === 'integer' || schema.scalar === 'number' ? 0 : '';
      return schema.scalar === 'quantity' && typeof value !== 'object' ? String(value).trim() : value;
    case 'list':
      return Array.isArray(value) ? value.map((item) => normalised(openApi, schema.items, item)) : [];
    case 'object':
      return normalisedObject(openApi, schema, isMap(value) ? value : {});
    case 'any':
      return copyOf(value);
  }
}

function normalisedObject(openApi: OpenApi, schema: ObjectSchema, value: JsonMap): JsonMap {
  const rules = openApi.encodingOf(schema.name ?? '');
  const made: JsonMap = {};
  for (const [key, field] of schema.fields) {
    const given = Object.hasOwn(value, key) ? value[key] : undefined;
    if (given === undefined || given === null) {
      if (rules.writesNull.includes(key)) made[key] = null;
      else if (isEmptyMap(field.default)) made[key] = normalised(openApi, field.schema, {});
      else if (isZero(field.default)) made[key] = field.default;
      else if (field.schema.type === 'scalar' && field.schema.scalar === 'quantity' && !rules.keepsZero.includes(key)) made[key] = '0';
      continue;
    }
    const item = normalised(openApi, field.schema, given);
    if (rules.keepsZero.includes(key) || rules.writesNull.includes(key) || isZero(field.default) || !isDropped(field.schema, item, field.default))
      made[key] = item;
  }
  if (schema.values !== undefined) {
    for (const [key, item] of Object.entries(value)) if (!schema.fields.has(key)) setOwn(made, key, normalised(openApi, schema.values, item));
  }
  return made;
}

function isEmptyMap(value: unknown): boolean {
  return isMap(value) && Object.keys(value).length === 0;
}

function isZero(value: unknown): value is '' | 0 | false {
  return value === '' || value === 0 || value === false;
}

/** Storage knows no difference between an empty list and an absent one: both are null where the field is always written. In place. */
export function forgetEmptyLists(openApi: OpenApi, schema: Schema, value: Json): void {
  if (schema.type === 'list' && Array.isArray(value)) for (const item of value) forgetEmptyLists(openApi, schema.items, item);
  if (schema.type !== 'object' || !isMap(value)) return;
  const { writesNull } = openApi.encodingOf(schema.name ?? '');
  for (const [key, item] of Object.entries(value)) {
    const child = schema.fields.get(key)?.schema ?? schema.values;
    if (Array.isArray(item) && item.length === 0 && writesNull.includes(key)) value[key] = null;
    else if (child !== undefined) forgetEmptyLists(openApi, child, item);
  }
}

/** Whether Go's `omitempty` leaves this out: zero scalars, empty lists and maps; structs never. */
function isDropped(schema: Schema, value: Json, fieldDefault: unknown): boolean {
  if (schema.type === 'scalar') return schema.scalar !== 'intOrString' && isZero(value) && !isZero(fieldDefault);
  if (schema.type === 'list') return Array.isArray(value) && value.length === 0;
  return schema.type === 'object' && schema.fields.size === 0 && isEmptyMap(value);
}
