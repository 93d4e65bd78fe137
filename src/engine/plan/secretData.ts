import type { JsonObject } from '../../shared/json';
import { isJsonObject } from '../../shared/json';
import type { KubeObject } from '../../shared/kubeObject';
import type { Target } from '../../shared/plan';
import { base64 } from '../digest';
import type { Secrets } from '../ports';

/** The keys that a Secret must have, and whose it is: values are kept by cluster, namespace, workflow and node. */
export interface SecretNeed {
  readonly target: Target;
  readonly workflow: string;
  readonly nodeId: string;
  readonly keys: readonly string[];
}

export type SecretData =
  /** Every key has a value: `data` as it is applied. It goes into one request and nowhere else. */
  | { readonly kind: 'given'; readonly data: JsonObject }
  /** No key was given a value and the cluster has them all: the Secret stays as it is. */
  | { readonly kind: 'kept' }
  /** Keys without a value. Applying the others alone would take these away, so nothing is applied. */
  | { readonly kind: 'missing'; readonly keys: readonly string[] };

/** What is known of a Secret's values. The cluster's own values are never read back: `live` tells which keys it has. */
export async function secretData(secrets: Secrets, need: SecretNeed, live: KubeObject | undefined): Promise<SecretData> {
  const { target, workflow, nodeId, keys } = need;
  const data: Record<string, string> = {};
  const missing: string[] = [];
  for (const key of keys) {
    const value = await secrets.get({ clusterUid: target.clusterUid, namespace: target.namespace, workflow, nodeId, key });
    if (value === undefined) missing.push(key);
    else data[key] = base64(new TextEncoder().encode(value));
  }
  if (missing.length === 0) return { kind: 'given', data };
  const has = live?.data;
  const isKept = missing.length === keys.length && isJsonObject(has) && keys.every((key) => Object.hasOwn(has, key));
  return isKept ? { kind: 'kept' } : { kind: 'missing', keys: missing };
}
