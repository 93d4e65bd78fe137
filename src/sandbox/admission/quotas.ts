// What objects count against resource quotas, and the refusal of what would exceed one.
import { canonicalQuantity, quantityNanos } from '../../openapi';
import { ApiError, forbidden } from '../apiStatus';
import type { ServiceSpec } from '../allocation';
import type { KindInfo, Kinds } from '../kinds';
import type { KubeObject } from '../objects';
import type { Container, Pod } from '../objectTypes';
import type { Storage } from '../storage';
import type { ResourceQuota } from '../workloadTypes';

/** Amounts by the name under which a quota knows them, in billionths. */
export type Usage = ReadonlyMap<string, bigint>;

const one = 1_000_000_000n;
/** Kinds that are also counted by their bare name. */
const bareNames: ReadonlySet<string> = new Set([
  'configmaps',
  'persistentvolumeclaims',
  'pods',
  'replicationcontrollers',
  'resourcequotas',
  'secrets',
  'services',
]);
const computed = ['cpu', 'memory', 'ephemeral-storage'] as const;

function isOver(pod: Pod): boolean {
  return pod.status.phase === 'Succeeded' || pod.status.phase === 'Failed';
}

/** What an object of a kind uses; a pod that has ended uses no more than its place in `count/pods`. */
export function usageOf(info: KindInfo, object: KubeObject): Usage {
  const usage = new Map<string, bigint>([[`count/${info.plural}${info.group === '' ? '' : `.${info.group}`}`, one]]);
  if (info.group !== '') return usage;
  const over = info.plural === 'pods' && isOver(object as Pod);
  if (bareNames.has(info.plural) && !over) usage.set(info.plural, one);
  if (info.plural === 'pods' && !over) addPod(usage, object as Pod);
  if (info.plural === 'services') addService(usage, object.spec as ServiceSpec);
  if (info.plural === 'persistentvolumeclaims') addClaim(usage, object);
  return usage;
}

function addPod(usage: Map<string, bigint>, pod: Pod): void {
  for (const part of ['requests', 'limits'] as const) {
    for (const resource of computed) {
      const amount = (container: Container): bigint => quantityNanos(container.resources?.[part]?.[resource] ?? '0') ?? 0n;
      const together = pod.spec.containers.reduce((sum, container) => sum + amount(container), 0n);
      // Init containers run one after the other before the rest.
      const total = (pod.spec.initContainers ?? []).reduce((most, container) => (amount(container) > most ? amount(container) : most), together);
      if (total === 0n) continue;
      usage.set(`${part}.${resource}`, total);
      if (part === 'requests') usage.set(resource, total);
    }
  }
}

function addService(usage: Map<string, bigint>, spec: ServiceSpec): void {
  const ports = BigInt(spec.ports?.length ?? 0) * one;
  if (spec.type === 'LoadBalancer') usage.set('services.loadbalancers', one);
  if (spec.type === 'NodePort' || (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false)) usage.set('services.nodeports', ports);
}

function addClaim(usage: Map<string, bigint>, claim: KubeObject): void {
  const spec = claim.spec as { storageClassName?: string; resources?: { requests?: { storage?: string } } };
  const storage = quantityNanos(spec.resources?.requests?.storage ?? '0') ?? 0n;
  usage.set('requests.storage', storage);
  if (!spec.storageClassName) return;
  const prefix = `${spec.storageClassName}.storageclass.storage.k8s.io/`;
  usage.set(`${prefix}requests.storage`, storage);
  usage.set(`${prefix}persistentvolumeclaims`, one);
}

function scopeMatches(scope: string, pod: Pod): boolean {
  const bestEffort = pod.status.qosClass === 'BestEffort';
  const terminating = (pod.spec as { activeDeadlineSeconds?: number }).activeDeadlineSeconds !== undefined;
  switch (scope) {
    case 'BestEffort':
      return bestEffort;
    case 'NotBestEffort':
      return !bestEffort;
    case 'Terminating':
      return terminating;
    case 'NotTerminating':
      return !terminating;
    default:
      return false;
  }
}

/** Quotas with scopes are about pods alone. */
function applies(quota: ResourceQuota, info: KindInfo, object: KubeObject): boolean {
  const scopes = quota.spec.scopes ?? [];
  if (scopes.length === 0) return true;
  return info.plural === 'pods' && info.group === '' && scopes.every((scope) => scopeMatches(scope, object as Pod));
}

/** What the namespace of a quota uses of each resource that it bounds. */
export function usedBy(kinds: Kinds, storage: Storage, quota: ResourceQuota): Record<string, string> {
  const totals = new Map(Object.keys(quota.spec.hard ?? {}).map((name) => [name, 0n]));
  for (const info of kinds.all) {
    if (!info.namespaced) continue;
    for (const object of storage.each(info, quota.metadata.namespace ?? '')) {
      if (!applies(quota, info, object)) continue;
      for (const [name, amount] of usageOf(info, object)) {
        const before = totals.get(name);
        if (before !== undefined) totals.set(name, before + amount);
      }
    }
  }
  return Object.fromEntries([...totals].map(([name, amount]) => [name, amountText(amount, quota.spec.hard?.[name] ?? '')]));
}

function amountText(nanos: bigint, like: string): string {
  if (like.endsWith('i') && nanos % (1024n * one) === 0n) return canonicalQuantity(`${String(nanos / one / 1024n)}Ki`);
  return canonicalQuantity(`${String(nanos / 1_000_000n)}m`);
}

/** Throws 403 when what is written would exceed a quota of its namespace, or says too little for one. */
export function checkQuotas(kinds: Kinds, storage: Storage, info: KindInfo, object: KubeObject, live: KubeObject | undefined): void {
  const { namespace = '' } = object.metadata;
  const quotas = storage.list(kinds.named('resourcequotas'), namespace) as readonly ResourceQuota[];
  if (quotas.length === 0) return;
  const before = live === undefined ? new Map<string, bigint>() : usageOf(info, live);
  const after = usageOf(info, object);
  for (const quota of quotas) {
    if (!applies(quota, info, object)) continue;
    const hard = Object.keys(quota.spec.hard ?? {});
    if (info.plural === 'pods' && info.group === '' && live === undefined) requireAmounts(info, object as Pod, quota, hard);
    const grows = hard.filter((name) => (after.get(name) ?? 0n) > (before.get(name) ?? 0n));
    if (grows.length === 0) continue;
    const used = usedBy(kinds, storage, quota);
    const added = (name: string): bigint => (after.get(name) ?? 0n) - (before.get(name) ?? 0n);
    const bound = (name: string): string => quota.spec.hard?.[name] ?? '0';
    const exceeded = grows.filter((name) => (quantityNanos(used[name] ?? '0') ?? 0n) + added(name) > (quantityNanos(bound(name)) ?? 0n)).sort();
    if (exceeded.length === 0) continue;
    const list = (of: (name: string) => string): string => exceeded.map((name) => `${name}=${of(name)}`).join(',');
    const asked = list((name) => amountText(added(name), bound(name)));
    throw refused(
      info,
      object,
      `exceeded quota: ${quota.metadata.name}, requested: ${asked}, used: ${list((name) => used[name] ?? '0')}, limited: ${list(bound)}`,
    );
  }
}

/** Where a quota bounds an amount, each container has to say how much it takes. */
function requireAmounts(info: KindInfo, pod: Pod, quota: ResourceQuota, hard: readonly string[]): void {
  const missing: string[] = [];
  for (const name of [...hard].sort()) {
    const [part, resource] = name.startsWith('limits.') ? (['limits', name.slice(7)] as const) : (['requests', name.replace('requests.', '')] as const);
    if (!computed.some((known) => known === resource)) continue;
    const silent = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].filter((container) => container.resources?.[part]?.[resource] === undefined);
    if (silent.length > 0) missing.push(`${name} for: ${silent.map((container) => container.name).join(',')}`);
  }
  if (missing.length > 0) throw refused(info, pod, `failed quota: ${quota.metadata.name}: must specify ${missing.join('; ')}`);
}

function refused(info: KindInfo, object: KubeObject, text: string): ApiError {
  return forbidden(info, object.metadata.name || (object.metadata.generateName ?? ''), text);
}
