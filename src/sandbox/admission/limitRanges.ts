// Limit ranges of a namespace: what containers that say nothing get, and what nobody may ask for.
import { quantityNanos } from '../../openapi';
import { forbidden } from '../apiStatus';
import type { Kinds } from '../kinds';
import type { KubeObject } from '../objects';
import type { Container, Pod } from '../objectTypes';
import type { Storage } from '../storage';

type Amounts = Record<string, string>;

interface Limit {
  type: string;
  max?: Amounts;
  min?: Amounts;
  default?: Amounts;
  defaultRequest?: Amounts;
}

interface LimitRange extends KubeObject {
  spec: { limits: Limit[] };
}

function limitsIn(kinds: Kinds, storage: Storage, namespace: string): Limit[] {
  return (storage.list(kinds.named('limitranges'), namespace) as readonly LimitRange[]).flatMap((range) => range.spec.limits ?? []);
}

/** Fills in defaults and refuses with 403 what is out of range. Changes `pod`, which is new. */
export function limitPod(kinds: Kinds, storage: Storage, pod: Pod): void {
  const limits = limitsIn(kinds, storage, pod.metadata.namespace ?? '');
  if (limits.length === 0) return;
  const containers = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
  const set: string[] = [];
  for (const limit of limits) if (limit.type === 'Container') for (const container of containers) complete(container, limit, set);
  if (set.length > 0) pod.metadata.annotations = { ...pod.metadata.annotations, 'kubernetes.io/limit-ranger': `LimitRanger plugin set: ${set.join('; ')}` };
  const wrong = limits.flatMap((limit) => {
    if (limit.type === 'Container')
      return containers.flatMap((container) => violations(limit, container.resources?.requests ?? {}, container.resources?.limits ?? {}));
    return limit.type === 'Pod' ? violations(limit, totals(pod, 'requests'), totals(pod, 'limits')) : [];
  });
  if (wrong.length === 0) return;
  const text = wrong.length === 1 ? (wrong[0] ?? '') : `[${wrong.join(', ')}]`;
  throw forbidden(kinds.named('pods'), pod.metadata.name || (pod.metadata.generateName ?? ''), text);
}

function complete(container: Container, limit: Limit, set: string[]): void {
  const resources = { ...container.resources };
  for (const [part, defaults, word] of [
    ['requests', limit.defaultRequest, 'request'],
    ['limits', limit.default, 'limit'],
  ] as const) {
    const missing = Object.entries(defaults ?? {}).filter(([name]) => resources[part]?.[name] === undefined);
    if (missing.length === 0) continue;
    resources[part] = { ...resources[part], ...Object.fromEntries(missing) };
    const names = missing.map(([name]) => name).sort();
    set.push(`${names.join(', ')} ${word} for container ${container.name}`);
  }
  container.resources = resources;
}

function totals(pod: Pod, part: 'requests' | 'limits'): Amounts {
  const sums = new Map<string, bigint>();
  for (const container of pod.spec.containers) {
    for (const [name, amount] of Object.entries(container.resources?.[part] ?? {})) sums.set(name, (sums.get(name) ?? 0n) + (quantityNanos(amount) ?? 0n));
  }
  return Object.fromEntries([...sums].map(([name, nanos]) => [name, `${String(nanos / 1_000_000n)}m`]));
}

function violations(limit: Limit, requests: Amounts, limits: Amounts): string[] {
  const found: string[] = [];
  const nanos = (amount: string | undefined): bigint | undefined => (amount === undefined ? undefined : quantityNanos(amount));
  for (const [name, least] of Object.entries(limit.min ?? {})) {
    const asked = nanos(requests[name]);
    if (asked === undefined) found.push(`minimum ${name} usage per ${limit.type} is ${least}.  No request is specified`);
    else if (asked < (nanos(least) ?? 0n)) found.push(`minimum ${name} usage per ${limit.type} is ${least}, but request is ${requests[name] ?? ''}`);
  }
  for (const [name, most] of Object.entries(limit.max ?? {})) {
    const bound = nanos(limits[name]);
    if (bound === undefined) found.push(`maximum ${name} usage per ${limit.type} is ${most}.  No limit is specified`);
    else if (bound > (nanos(most) ?? 0n)) found.push(`maximum ${name} usage per ${limit.type} is ${most}, but limit is ${limits[name] ?? ''}`);
  }
  return found;
}
