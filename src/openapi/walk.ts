import type { JsonValue } from './json';
import { isJsonList, isJsonObject } from './json';
import type { Schema } from './schema';
import { childSchema } from './schema';

/**
 * Visits every value of an object together with its schema (undefined where the schema does not know the field), parents
 * before children. `visit` answers whether to go below the value.
 */
export function walkObject(
  schema: Schema | undefined,
  value: JsonValue,
  visit: (value: JsonValue, schema: Schema | undefined, path: readonly (string | number)[]) => boolean,
  path: readonly (string | number)[] = [],
): void {
  if (!visit(value, schema, path)) return;
  if (isJsonList(value)) {
    const items = schema?.type === 'list' ? schema.items : schema?.type === 'any' ? schema : undefined;
    value.forEach((item, index) => walkObject(items, item, visit, [...path, index]));
  } else if (isJsonObject(value)) {
    for (const [key, item] of Object.entries(value)) walkObject(schema && childSchema(schema, key), item, visit, [...path, key]);
  }
}

/** The schema at a path of field names and list indexes (any index leads to the items); undefined when nothing is there. */
export function schemaAt(root: Schema, path: readonly (string | number)[]): Schema | undefined {
  let at: Schema | undefined = root;
  for (const step of path) {
    if (at === undefined || at.type === 'any') return at;
    at = at.type === 'list' ? at.items : childSchema(at, String(step));
  }
  return at;
}
