import type { JsonObject, JsonValue } from '../../shared/json';
import { isJsonObject, jsonObject, valueAt } from '../../shared/json';
import type { WorkflowNode } from '../../shared/workflow';

/** Types of Secrets that the kind `secret` knows; another one is left to its default. */
const secretTypes: ReadonlySet<JsonValue> = new Set([
  'kubernetes.io/tls',
  'kubernetes.io/dockerconfigjson',
  'kubernetes.io/basic-auth',
  'kubernetes.io/ssh-auth',
]);

/** The keys of a Secret object, from both of the maps that may hold its values. */
export function secretKeys(secret: JsonObject): readonly string[] {
  return [...new Set(['data', 'stringData'].flatMap((part) => (isJsonObject(secret[part]) ? Object.keys(secret[part]) : [])))];
}

/** A node for a Secret object: it names the keys, and has none of the values. */
export function secretNode(id: string, secret: JsonObject): WorkflowNode {
  const name = valueAt(secret, ['metadata', 'name']);
  const { type, immutable } = secret;
  const data: [string, JsonValue][] = [];
  if (typeof name === 'string' && name !== id) data.push(['name', name]);
  data.push(['keys', secretKeys(secret)]);
  if (type !== undefined && secretTypes.has(type)) data.push(['secretType', type]);
  if (immutable === true) data.push(['immutable', true]);
  return { id, type: 'secret', data: jsonObject(data) };
}
