import { applyPatch } from 'rfc6902';
import type { Operation } from 'rfc6902';
import type { FieldSchema, Schema } from '../../openapi';
import { ApiError, badRequest } from '../apiStatus';
import type { Json, JsonMap } from '../objects';
import { copyOf, isMap, sameValue, setOwn } from '../objects';

/** RFC 7386: null removes, maps merge, everything else replaces. */
export function mergePatched(target: Json | undefined, patch: Json): Json {
  if (!isMap(patch)) return copyOf(patch);
  const made: JsonMap = isMap(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete made[key];
    else setOwn(made, key, mergePatched(Object.hasOwn(made, key) ? made[key] : undefined, value));
  }
  return made;
}

/** RFC 6902. All operations or none: a failed one, a failed test included, is a 422. */
export function jsonPatched(target: JsonMap, patch: unknown): Json {
  if (!Array.isArray(patch)) throw badRequest('error decoding patch: json: cannot unmarshal object into Go value of type jsonpatch.Patch');
  const copy = copyOf(target);
  const failed = applyPatch(copy, patch as Operation[]).find((result) => result !== null);
  if (failed !== undefined) throw new ApiError(422, 'Invalid', 'the server rejected our request due to an error in our request', {});
  return copy;
}

const deleteListPrefix = '$deleteFromPrimitiveList/';
const orderPrefix = '$setElementOrder/';

/** Strategic merge: like a merge patch, but lists that declare a merge strategy merge by their key or as sets. */
export function strategicallyPatched(schema: Schema | undefined, target: Json | undefined, patch: Json, field?: FieldSchema): Json {
  if (Array.isArray(patch)) return mergedList(schema, Array.isArray(target) ? target : [], patch, field, undefined);
  if (!isMap(patch)) return copyOf(patch);
  if (patch['$patch'] === 'replace') return copyOf(without(patch, '$patch'));
  if (patch['$patch'] === 'delete') return {};
  const made: JsonMap = isMap(target) ? { ...target } : {};
  const retained = patch['$retainKeys'];
  if (Array.isArray(retained)) for (const key of Object.keys(made)) if (!retained.includes(key)) delete made[key];
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith('$')) continue;
    const own = schema?.type === 'object' ? schema.fields.get(key) : undefined;
    const child = own?.schema ?? (schema?.type === 'object' ? schema.values : undefined);
    const before = Object.hasOwn(made, key) ? made[key] : undefined;
    if (value === null) delete made[key];
    else if (Array.isArray(value)) setOwn(made, key, mergedList(child, Array.isArray(before) ? before : [], value, own, patch[`${orderPrefix}${key}`]));
    else if (own?.patchStrategies.includes('replace') === true) setOwn(made, key, copyOf(value));
    else setOwn(made, key, strategicallyPatched(child, before, value, own));
  }
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith(deleteListPrefix)) {
      const name = key.slice(deleteListPrefix.length);
      const list = made[name];
      if (Array.isArray(list) && Array.isArray(value)) made[name] = list.filter((item) => !value.some((gone) => sameValue(gone, item)));
    } else if (key.startsWith(orderPrefix) && !Object.hasOwn(patch, key.slice(orderPrefix.length))) {
      // An order without a list of its own only sorts what is there.
      const name = key.slice(orderPrefix.length);
      const own = schema?.type === 'object' ? schema.fields.get(name) : undefined;
      const list = made[name];
      if (Array.isArray(list)) made[name] = ordered(list, Array.isArray(list) ? list : [], value, own?.patchMergeKey);
    }
  }
  return made;
}

function without(map: JsonMap, key: string): JsonMap {
  const { [key]: _dropped, ...rest } = map;
  return rest;
}

function mergedList(
  schema: Schema | undefined,
  target: readonly Json[],
  patch: readonly Json[],
  field: FieldSchema | undefined,
  order: Json | undefined,
): Json {
  const items = schema?.type === 'list' ? schema.items : undefined;
  if (field?.patchStrategies.includes('merge') !== true) return copyOf([...patch]);
  const key = field.patchMergeKey;
  if (key === undefined) {
    const merged = [...target, ...patch.filter((item) => !target.some((old) => sameValue(old, item)))];
    return ordered(merged, target, order, undefined);
  }
  if (patch.some((item) => isMap(item) && item['$patch'] === 'replace')) return copyOf(patch.filter((item) => !(isMap(item) && item['$patch'] === 'replace')));
  let merged: Json[] = [...target];
  for (const item of patch) {
    if (!isMap(item)) throw badRequest('map: the patch has a list item that is no map');
    const id = item[key];
    if (id === undefined) throw new ApiError(422, 'Invalid', `map: ${JSON.stringify(item)} does not contain declared merge key: ${key}`, {});
    const at = merged.findIndex((old) => isMap(old) && sameValue(old[key], id));
    if (item['$patch'] === 'delete') merged = merged.filter((old) => !(isMap(old) && sameValue(old[key], id)));
    else if (at < 0) merged.push(strategicallyPatched(items, undefined, item));
    else merged[at] = strategicallyPatched(items, merged[at], item);
  }
  return ordered(merged, target, order, key);
}

/**
 * Items that the order names stand in its order; others keep their place relative to the ones before them in the live list.
 * Without an order, the merged list is as it came.
 */
function ordered(merged: readonly Json[], live: readonly Json[], order: Json | undefined, key: string | undefined): Json[] {
  if (!Array.isArray(order)) return [...merged];
  const id = (item: Json): Json => (key !== undefined && isMap(item) ? (item[key] ?? null) : item);
  const wanted = order.map(id);
  const rank = (item: Json): number => wanted.findIndex((one) => sameValue(one, id(item)));
  const named = merged.filter((item) => rank(item) >= 0).sort((a, b) => rank(a) - rank(b));
  const place = (item: Json): number => live.findIndex((one) => sameValue(id(one), id(item)));
  const made: Json[] = [];
  for (const server of merged.filter((item) => rank(item) < 0)) {
    while (named[0] !== undefined && place(named[0]) >= 0 && place(named[0]) < place(server)) made.push(...named.splice(0, 1));
    made.push(server);
  }
  return [...made, ...named];
}
