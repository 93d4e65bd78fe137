/** Plain data as JSON carries it. Objects made from foreign text have no prototype, so that no key can reach one. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** A step into a JSON tree: a key of an object or an index of an array. */
export type JsonPath = readonly (string | number)[];

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An object without a prototype, holding the given entries. Use it wherever a key comes from foreign text. */
export function jsonObject(entries: Iterable<readonly [string, JsonValue]> = []): Record<string, JsonValue> {
  const made = Object.create(null) as Record<string, JsonValue>;
  for (const [key, value] of entries) made[key] = value;
  return made;
}

/** The value at `path`, or undefined when a step is missing. Inherited properties are never followed. */
export function valueAt(root: JsonValue | undefined, path: JsonPath): JsonValue | undefined {
  let at: JsonValue | undefined = root;
  for (const step of path) {
    if (Array.isArray(at)) at = typeof step === 'number' ? (at as readonly JsonValue[])[step] : undefined;
    else if (isJsonObject(at)) at = Object.hasOwn(at, step) ? at[step] : undefined;
    else return undefined;
  }
  return at;
}

/**
 * A copy of `root` with `value` at `path`; missing maps on the way are made, `undefined` removes the key (or array item).
 * Maps that the removal leaves empty stay: whether an empty map means something is the caller's to know.
 */
export function withValueAt(root: JsonValue | undefined, path: JsonPath, value: JsonValue | undefined): JsonValue | undefined {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  if (typeof step === 'number') {
    const items = Array.isArray(root) ? [...(root as readonly JsonValue[])] : [];
    const next = withValueAt(items[step], rest, value);
    if (next === undefined) items.splice(step, 1);
    else items[step] = next;
    return items;
  }
  const copy = jsonObject(isJsonObject(root) ? Object.entries(root) : []);
  const next = withValueAt(copy[step], rest, value);
  if (next === undefined) delete copy[step];
  else copy[step] = next;
  return copy;
}

/** Whether two JSON values are the same; the order of an object's keys does not count. */
export function sameJson(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => sameJson(item as JsonValue, b[index] as JsonValue));
  }
  if (isJsonObject(a) && isJsonObject(b)) {
    const keys = Object.keys(a);
    return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && sameJson(a[key], b[key]));
  }
  return false;
}
