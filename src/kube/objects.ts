import { createHmac, randomBytes } from 'node:crypto';
import { isJsonObject } from '../shared/json';
import type { JsonObject, JsonValue } from '../shared/json';
import type { KubeObject } from '../shared/kubeObject';
import { failureWithoutAnswer } from './failures';

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';
const digestMark = 'hidden:';

/** Whether this is one of the digests that stand for a Secret's values. */
export function isHiddenValue(value: JsonValue | undefined): boolean {
  return typeof value === 'string' && value.startsWith(digestMark);
}

/**
 * Takes out of objects what must not travel on: Secret values become digests with a salt of this connection's own, so that
 * "changed" and the size can be told and nothing else; the copy of a whole manifest that kubectl leaves in an annotation goes.
 */
export class ObjectDoor {
  readonly #salt = randomBytes(32);
  readonly #fieldManager: string;

  /** Whose field set a watch keeps. */
  get fieldManager(): string {
    return this.#fieldManager;
  }

  /** `fieldManager` is the one whose field set a watch keeps. */
  constructor(fieldManager: string) {
    this.#fieldManager = fieldManager;
  }

  /** An object of an answer; `kind` is what was asked for, since items of lists do not say it. */
  incoming(value: JsonValue | undefined, kind: { readonly apiVersion: string; readonly kind: string }): KubeObject {
    const meta = isJsonObject(value) ? value['metadata'] : undefined;
    if (!isJsonObject(value) || !isJsonObject(meta) || typeof meta['name'] !== 'string') {
      throw failureWithoutAnswer('protocol', `the server sent a ${kind.kind} without a name`, false);
    }
    const annotations = meta['annotations'];
    const hasLastApplied = isJsonObject(annotations) && Object.hasOwn(annotations, lastApplied);
    const isSecret = kind.kind === 'Secret' && kind.apiVersion === 'v1';
    // Most objects of a watch say what they are and hold nothing to take out: a copy of each would cost as much as reading it.
    if (!hasLastApplied && !isSecret && typeof value['apiVersion'] === 'string' && typeof value['kind'] === 'string') return value as unknown as KubeObject;
    const object: Record<string, JsonValue> = { apiVersion: kind.apiVersion, kind: kind.kind, ...value };
    if (hasLastApplied) {
      const { [lastApplied]: _, ...others } = annotations;
      const { annotations: __, ...rest } = meta;
      object['metadata'] = Object.keys(others).length === 0 ? rest : { ...meta, annotations: others };
    }
    if (isSecret) this.#hide(object, typeof meta['namespace'] === 'string' ? meta['namespace'] : '', meta['name']);
    // The shape was checked above as far as the type promises more than JSON; everything else in it is optional.
    return object as unknown as KubeObject;
  }

  /** For a cache that stays in memory: the field sets of other managers are most of an object and nobody asks for them. */
  cached(object: KubeObject): KubeObject {
    const entries = object.metadata.managedFields;
    if (entries === undefined) return object;
    const { managedFields: _, ...metadata } = object.metadata;
    const ours = entries.filter((entry) => entry.manager === this.#fieldManager);
    return { ...object, metadata: ours.length === 0 ? metadata : { ...metadata, managedFields: ours } };
  }

  #hide(object: Record<string, JsonValue>, namespace: string, name: string): void {
    const digest = (key: string, bytes: Buffer): string => {
      const hash = createHmac('sha256', this.#salt)
        .update(JSON.stringify([namespace, name, key]))
        .update('\0')
        .update(bytes);
      // The size travels with it: it is what a list of keys shows, and a description by kubectl tells it too.
      return `${digestMark}${hash.digest('hex').slice(0, 32)}:${bytes.length}`;
    };
    for (const field of ['data', 'stringData'] as const) {
      const values = object[field];
      if (!isJsonObject(values)) continue;
      // stringData gives the digest of the data that it will become.
      object[field] = Object.fromEntries(
        Object.entries(values).map(([key, value]) => [
          key,
          digest(key, Buffer.from(typeof value === 'string' ? value : JSON.stringify(value), field === 'data' ? 'base64' : 'utf8')),
        ]),
      );
    }
  }
}

/** What a write of this object must keep out of messages, and the words that such messages may quote. */
export function sensitiveIn(object: JsonObject | KubeObject): { readonly secrets?: readonly string[]; readonly quotable?: ReadonlySet<string> } {
  if (object['kind'] !== 'Secret') return {};
  const parts = object as {
    readonly apiVersion?: JsonValue;
    readonly data?: JsonValue;
    readonly stringData?: JsonValue;
    readonly metadata?: { readonly name?: string; readonly namespace?: string };
    readonly type?: JsonValue;
  };
  const secrets: string[] = [];
  const quotable = new Set([
    'Secret',
    'v1',
    parts.metadata?.name ?? '',
    parts.metadata?.namespace ?? '',
    typeof parts.type === 'string' ? parts.type : '',
    'secrets',
    'kubeorch',
  ]);
  for (const values of [parts.data, parts.stringData]) {
    if (!isJsonObject(values)) continue;
    for (const [key, value] of Object.entries(values)) {
      quotable.add(key);
      if (typeof value !== 'string') continue;
      const decoded = values === parts.data ? Buffer.from(value, 'base64').toString('utf8') : Buffer.from(value, 'utf8').toString('base64');
      secrets.push(value, decoded);
    }
  }
  return { secrets, quotable };
}

/** The body of a write. @throws ClusterError when a digest would be written in place of a Secret's value. */
export function outgoing(object: KubeObject): JsonObject {
  const { managedFields: _, ...metadata } = object.metadata;
  const body = { ...object, metadata } as unknown as JsonObject;
  if (object.kind === 'Secret') {
    for (const field of ['data', 'stringData'] as const) {
      const values = body[field];
      if (isJsonObject(values) && Object.values(values).some(isHiddenValue)) {
        throw failureWithoutAnswer('invalid', `Secret "${object.metadata.name}" was read without its values and cannot be written back`, false, {
          reason: 'HiddenValues',
        });
      }
    }
  }
  return body;
}
