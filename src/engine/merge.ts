import type { JsonObject, JsonValue } from '../shared/json';
import { isJsonObject, jsonObject } from '../shared/json';

/** JSON Merge Patch (RFC 7386): maps merge, null removes, everything else replaces. */
export function mergePatched(target: JsonValue | undefined, patch: JsonValue): JsonValue {
  if (!isJsonObject(patch)) return patch;
  const made = jsonObject(isJsonObject(target) ? Object.entries(target) : []);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete made[key];
    else made[key] = mergePatched(made[key], value);
  }
  return made;
}

/** `over` laid on `below`: maps merge, everything else replaces, and a null stays, because in a node it says "none, not even the default". */
export function overlaid(below: JsonObject, over: JsonObject): JsonObject {
  const made = jsonObject(Object.entries(below));
  for (const [key, value] of Object.entries(over)) {
    const present = made[key];
    made[key] = isJsonObject(present) && isJsonObject(value) ? overlaid(present, value) : value;
  }
  return made;
}
