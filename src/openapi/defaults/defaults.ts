import { normalised } from '../normalise';
import type { OpenApi } from '../resource';
import type { ObjectSchema, Schema } from '../schema';
import { convert } from './conversion';
import type { Json, JsonMap } from '../mutableJson';
import { isMap } from '../mutableJson';
import { canonicalResourceList, completions, resourceListFields } from './byType';

/** The object as the API server has it after reading: converted, with its defaults, in the form in which it is kept. */
export function completed(openApi: OpenApi, schema: ObjectSchema, kind: string, object: Json): JsonMap {
  const made = normalised(openApi, schema, object) as JsonMap;
  convert(kind, made);
  setDefaults(schema, made);
  return normalised(openApi, schema, made) as JsonMap;
}

/** Fills in every default below `value`, in place. The value is the caller's own copy. */
export function setDefaults(schema: Schema, value: Json): void {
  if (schema.type === 'list') {
    if (Array.isArray(value)) for (const item of value) setDefaults(schema.items, item);
    return;
  }
  if (schema.type !== 'object' || !isMap(value)) return;
  for (const [key, field] of schema.fields) {
    // Empty and zero defaults are the business of the encoding, which writes such fields in any case.
    if (typeof field.default === 'string' && field.default !== '' && (value[key] ?? '') === '') value[key] = field.default;
    if ((typeof field.default === 'number' || field.default === true) && field.default !== 0 && (value[key] ?? null) === null) value[key] = field.default;
  }
  completions.get(schema.name ?? '')?.(value);
  for (const [key, item] of Object.entries(value)) {
    const child = schema.fields.get(key)?.schema ?? schema.values;
    if (child === undefined) continue;
    if (isMap(item) && resourceListFields.has(key) && child.type === 'object' && child.fields.size === 0 && isQuantityMap(child)) canonicalResourceList(item);
    setDefaults(child, item);
  }
}

function isQuantityMap(schema: Schema): boolean {
  return schema.type === 'object' && schema.values?.type === 'scalar' && schema.values.scalar === 'quantity';
}
