import type { JsonObject, JsonValue } from '../shared/json';
import { isJsonObject, jsonObject, sameJson } from '../shared/json';

/** By which keys the API tells the items of a list apart; the first of several that all items have counts. */
const listKeys: Readonly<Record<string, readonly (readonly string[])[]>> = {
  containers: [['name']],
  initContainers: [['name']],
  ephemeralContainers: [['name']],
  env: [['name']],
  volumes: [['name']],
  volumeMounts: [['mountPath']],
  volumeDevices: [['devicePath']],
  imagePullSecrets: [['name']],
  hostAliases: [['ip']],
  topologySpreadConstraints: [['topologyKey', 'whenUnsatisfiable']],
  ports: [
    ['containerPort', 'protocol'],
    ['port', 'protocol'],
  ],
  conditions: [['type']],
  ownerReferences: [['uid']],
  resourceClaims: [['name']],
};

/** What a key is when an item does not say it. */
const keyDefaults: Readonly<Record<string, JsonValue>> = { protocol: 'TCP' };

/**
 * An object with a patch laid on it, as `kubectl apply` does it: maps merge, null removes, lists whose items the API tells
 * apart by a key merge item by item, and everything else replaces. An item with `$patch: delete` removes the one it names, and
 * one item that is only `$patch: replace` makes the others replace the list.
 */
export function patchedObject(target: JsonValue | undefined, patch: JsonValue, field = ''): JsonValue {
  if (Array.isArray(patch)) return patchedList(target, patch as readonly JsonValue[], field);
  if (!isJsonObject(patch)) return patch;
  const made = jsonObject(isJsonObject(target) ? Object.entries(target) : []);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete made[key];
    else made[key] = patchedObject(made[key], value, key);
  }
  return made;
}

function patchedList(target: JsonValue | undefined, patch: readonly JsonValue[], field: string): JsonValue {
  const isReplaced = patch.some((item) => isJsonObject(item) && item['$patch'] === 'replace' && Object.keys(item).length === 1);
  if (isReplaced) return patch.filter((item) => !isJsonObject(item) || item['$patch'] !== 'replace').map((item) => patchedObject(undefined, item));
  const before = Array.isArray(target) ? (target as readonly JsonValue[]) : [];
  const keys = keysOfItems(field, [...before, ...patch]);
  // A null inside of what is new stands for nothing, as it does everywhere in a patch.
  if (keys === undefined) return patch.map((item) => (isJsonObject(item) ? patchedObject(undefined, item) : item));
  const made = [...before];
  for (const item of patch) {
    if (!isJsonObject(item)) continue;
    const index = made.findIndex((one) => isSameItem(one, item, keys));
    const { $patch: directive, ...changes } = item;
    if (directive === 'delete') {
      if (index >= 0) made.splice(index, 1);
    } else if (index < 0) made.push(patchedObject(undefined, changes));
    else made[index] = patchedObject(made[index], changes);
  }
  return made;
}

/** By which keys a patch tells the items of the list `field` apart; undefined when it can only replace the list. */
export function keysOfItems(field: string, items: readonly JsonValue[]): readonly string[] | undefined {
  const named = Object.hasOwn(listKeys, field) ? (listKeys[field] ?? []) : [];
  return named.find((candidate) => items.every((item) => isJsonObject(item) && candidate.every((key) => keyOf(item, key) !== undefined)));
}

/** Whether two items of a list are the same one for a patch. */
export function isSameItem(a: JsonValue, b: JsonValue, keys: readonly string[]): boolean {
  return isJsonObject(a) && isJsonObject(b) && keys.every((key) => sameJson(keyOf(a, key), keyOf(b, key)));
}

function keyOf(item: JsonObject, key: string): JsonValue | undefined {
  return Object.hasOwn(item, key) ? item[key] : keyDefaults[key];
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
