import { applyPatch, Pointer } from 'rfc6902';
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
  for (const operation of patch as Operation[]) {
    const [failed] = applyPatch(copy, [leniently(copy, operation)]);
    if (failed !== null) throw new ApiError(422, 'Invalid', 'the server rejected our request due to an error in our request', {});
  }
  return copy;
}

/** The API server replaces a map's key that is not there yet, against the RFC. */
function leniently(target: JsonMap, operation: Operation): Operation {
  if (operation.op !== 'replace' || !operation.path.includes('/')) return operation;
  const parent: unknown = Pointer.fromJSON(operation.path.slice(0, operation.path.lastIndexOf('/'))).get(target);
  return isMap(parent) ? { op: 'add', path: operation.path, value: operation.value } : operation;
}

const deleteListPrefix = '$deleteFromPrimitiveList/';
const orderPrefix = '$setElementOrder/';

/** Strategic merge: like a merge patch, but lists that declare a merge strategy merge by their key or as sets. */
export function strategicallyPatched(schema: Schema | undefined, target: Json | undefined, patch: Json, field?: FieldSchema): Json {
  if (Array.isArray(patch)) return mergedList(schema, Array.isArray(target) ? target : undefined, patch, field, undefined);
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
    else if (Array.isArray(value)) setOwn(made, key, mergedList(child, Array.isArray(before) ? before : undefined, value, own, patch[`${orderPrefix}${key}`]));
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
      if (Array.isArray(list) && Array.isArray(value)) made[name] = ordered(list, list, value, own?.patchMergeKey);
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
  live: readonly Json[] | undefined,
  patch: readonly Json[],
  field: FieldSchema | undefined,
  order: Json | undefined,
): Json[] {
  const isDirective = (item: Json, directive: string): boolean => isMap(item) && item['$patch'] === directive;
  const plain = patch.filter((item) => !isMap(item) || item['$patch'] === undefined);
  const merges = field?.patchStrategies.includes('merge') === true && !patch.some((item) => isDirective(item, 'replace'));
  if (live === undefined || !merges) return copyOf(plain);
  const key = field.patchMergeKey;
  const given = Array.isArray(order) ? order : patch;
  if (key === undefined) return ordered([...live, ...plain.filter((item) => !live.some((old) => sameValue(old, item)))], live, given, undefined);
  const items = schema?.type === 'list' ? schema.items : undefined;
  let merged: Json[] = [...live];
  for (const item of patch) {
    if (!isMap(item)) throw badRequest('a list of maps is patched with something else');
    const id = item[key];
    if (id === undefined) throw new ApiError(400, 'BadRequest', `map: ${JSON.stringify(item)} does not contain declared merge key: ${key}`);
    const at = merged.findIndex((old) => isMap(old) && sameValue(old[key], id));
    if (isDirective(item, 'delete')) merged = merged.filter((old) => !(isMap(old) && sameValue(old[key], id)));
    else if (at < 0) merged.push(strategicallyPatched(items, undefined, item));
    else merged[at] = strategicallyPatched(items, merged[at], item);
  }
  return ordered(merged, live, given, key);
}

/**
 * Items that the order names stand in its order, the others in the live list's; where both lists know two items, the live
 * list decides which comes first, and otherwise the named one does.
 */
function ordered(merged: readonly Json[], live: readonly Json[], order: readonly Json[], key: string | undefined): Json[] {
  const id = (item: Json): Json => (key !== undefined && isMap(item) ? (item[key] ?? null) : item);
  const indexIn = (list: readonly Json[], item: Json): number => list.findIndex((one) => sameValue(id(one), id(item)));
  const sortedBy = (list: readonly Json[], items: readonly Json[]): Json[] => items.toSorted((a, b) => indexIn(list, a) - indexIn(list, b));
  const named = sortedBy(
    order,
    merged.filter((item) => indexIn(order, item) >= 0),
  );
  const others = sortedBy(
    live,
    merged.filter((item) => indexIn(order, item) < 0),
  );
  const made: Json[] = [];
  while (named.length > 0 && others.length > 0) {
    const [left, right] = [indexIn(live, others[0] ?? null), indexIn(live, named[0] ?? null)];
    made.push(...(left >= 0 && right >= 0 && left < right ? others : named).splice(0, 1));
  }
  return [...made, ...named, ...others];
}
