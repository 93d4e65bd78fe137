import type { CatalogField } from '../../shared/catalog';
import type { JsonObject, JsonValue } from '../../shared/json';
import { isJsonObject, jsonObject } from '../../shared/json';

/**
 * A node's data as templates take it: defaults filled in where a field is absent (inside maps and lists too, where those are
 * there), maps written in place of text brought to that text, and everything that is null left out, so that a null says
 * "none, not even the default". Keys that are no fields stay.
 */
export function withDefaults(fields: readonly CatalogField[], data: JsonObject): JsonObject {
  const made = jsonObject();
  for (const [key, value] of Object.entries(data)) if (value !== null) made[key] = value;
  for (const field of fields) {
    const value = Object.hasOwn(data, field.name) ? data[field.name] : undefined;
    if (value === undefined) {
      if (field.default !== undefined) made[field.name] = filled(field, field.default);
    } else if (value !== null) made[field.name] = filled(field, value);
  }
  return made;
}

function filled(field: CatalogField, value: JsonValue): JsonValue {
  if (field.orMapWith !== undefined && isJsonObject(value)) return filled(field, value[field.orMapWith] ?? '');
  // Names, images, paths and the like never have spaces around them on purpose.
  if (typeof value === 'string' && field.format !== undefined) return value.trim();
  if (field.free === true) return value;
  if (field.type === 'object' && isJsonObject(value)) return withDefaults(field.fields ?? [], value);
  const { items } = field;
  if (items === undefined) return value;
  if (field.type === 'array' && Array.isArray(value)) return (value as readonly JsonValue[]).map((item) => filled(items, item));
  if (field.type === 'map' && isJsonObject(value)) {
    return jsonObject(Object.entries(value).flatMap(([key, item]) => (item === null ? [] : [[key, filled(items, item)] as const])));
  }
  return value;
}

/** The default of a top-level field of a kind. */
export function defaultOf(fields: readonly CatalogField[], name: string): JsonValue | undefined {
  return fields.find((field) => field.name === name)?.default;
}

/** Whether a required field is filled in: an empty text, list or map is not. */
export function hasValue(value: JsonValue | undefined): boolean {
  if (value === undefined || value === null) return false;
  if (typeof value === 'string') return value.trim() !== '';
  if (Array.isArray(value)) return value.length > 0;
  return typeof value !== 'object' || Object.keys(value).length > 0;
}
