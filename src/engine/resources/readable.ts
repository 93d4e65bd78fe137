import type { JsonObject, JsonValue } from '../../shared/json';
import { isJsonObject } from '../../shared/json';
import type { KubeObject } from '../../shared/kubeObject';
import { objectYaml } from '../manifestText';

/**
 * The size of a Secret's value in bytes, from the stand-in that the cluster port puts in its place (`hidden:<digest>:<bytes>`);
 * undefined for what is no such stand-in.
 */
export function hiddenSize(value: JsonValue | undefined): number | undefined {
  const match = typeof value === 'string' ? /^hidden:[0-9a-f]+:(\d+)$/.exec(value) : null;
  return match?.[1] === undefined ? undefined : Number(match[1]);
}

/** Key names of a ConfigMap or Secret with the size of each value in bytes, where it is known. */
export function dataKeys(object: KubeObject): readonly { readonly key: string; readonly bytes: number | undefined }[] {
  const secret = object.kind === 'Secret';
  return ['data', 'binaryData', 'stringData'].flatMap((field) => {
    const values = (object as unknown as JsonObject)[field];
    if (!isJsonObject(values)) return [];
    return Object.entries(values).map(([key, value]) => ({
      key,
      bytes: secret ? hiddenSize(value) : typeof value !== 'string' ? undefined : field === 'binaryData' ? base64Bytes(value) : utf8Bytes(value),
    }));
  });
}

/** What a text takes in UTF-8, without making the bytes. */
function utf8Bytes(text: string): number {
  let bytes = 0;
  for (const sign of text) {
    const code = sign.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}

function base64Bytes(text: string): number {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  return Math.max(0, (text.length / 4) * 3 - padding);
}

/**
 * An object as YAML for reading. Managed fields are left out unless they are asked for; of a Secret's values only the sizes
 * are there, whatever the object given carries.
 */
export function readableYaml(object: KubeObject, options: { readonly managedFields: boolean }): string {
  const { managedFields, ...metadata } = object.metadata;
  const shown = { ...object, metadata: options.managedFields && managedFields !== undefined ? { ...metadata, managedFields } : metadata };
  return objectYaml(object.kind === 'Secret' ? withoutValues(shown) : shown);
}

function withoutValues(secret: KubeObject): KubeObject {
  const made: Record<string, JsonValue> = { ...(secret as unknown as JsonObject) };
  for (const field of ['data', 'stringData']) {
    const values = made[field];
    if (!isJsonObject(values)) continue;
    made[field] = Object.fromEntries(
      Object.entries(values).map(([key, value]) => {
        const bytes = hiddenSize(value);
        return [key, bytes === undefined ? '(hidden)' : `(hidden, ${String(bytes)} bytes)`];
      }),
    );
  }
  return made as unknown as KubeObject;
}
