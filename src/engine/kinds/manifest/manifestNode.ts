import type { JsonObject, JsonPath } from '../../../shared/json';
import { isJsonObject, jsonObject, valueAt } from '../../../shared/json';

/** What the API server sets and no manifest should: copied out of a cluster, it would be refused or mean nothing. */
export const serverFields: readonly JsonPath[] = [
  ['metadata', 'uid'],
  ['metadata', 'resourceVersion'],
  ['metadata', 'generation'],
  ['metadata', 'creationTimestamp'],
  ['metadata', 'deletionTimestamp'],
  ['metadata', 'deletionGracePeriodSeconds'],
  ['metadata', 'managedFields'],
  ['metadata', 'selfLink'],
  ['metadata', 'generateName'],
  ['status'],
];

/** The object without what the API server sets. */
export function withoutServerFields(object: JsonObject): JsonObject {
  const { status: _status, metadata, ...rest } = object;
  if (!isJsonObject(metadata)) return metadata === undefined ? rest : { metadata, ...rest };
  const dropped = new Set(serverFields.flatMap(([section, key]) => (section === 'metadata' && typeof key === 'string' ? [key] : [])));
  return { metadata: jsonObject(Object.entries(metadata).filter(([key]) => !dropped.has(key))), ...rest };
}

/** Whether an object is a Secret with values in it, which belong in no file. */
export function hasSecretValues(object: JsonObject): boolean {
  return (
    object['kind'] === 'Secret' && object['apiVersion'] === 'v1' && ['data', 'stringData'].some((key) => (valueAt(object, [key]) ?? undefined) !== undefined)
  );
}
