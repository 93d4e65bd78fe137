import type { NodeCost, PlanCost, Prices, ResourceAmount } from '../shared/cost';
import { hasPrices, microcents } from '../shared/cost';
import type { JsonValue } from '../shared/json';
import { isJsonObject, valueAt } from '../shared/json';
import type { KubeObject } from '../shared/kubeObject';
import { quantityValue } from '../shared/quantity';
import type { RenderedObject } from './render';

const gib = 2 ** 30;
const hoursPerMonth = 730;

/** How much a workload asks for, and whether all of it is known. */
interface Asked extends ResourceAmount {
  readonly unpriced?: NodeCost['unpriced'];
}

const nothing: ResourceAmount = { cpuCores: 0, memoryBytes: 0, storageBytes: 0 };

/** What the nodes ask to have kept for them and what that costs by these prices; undefined when none of them makes pods or claims. */
export function costOf(objects: readonly RenderedObject[], prices?: Prices): PlanCost | undefined {
  const known = prices !== undefined && hasPrices(prices) ? prices : undefined;
  const leastCopies = copiesOfAutoscalers(objects);
  const nodes = new Map<string, NodeCost>();
  for (const { nodeId, object } of objects) {
    const asked = askedBy(object, leastCopies);
    if (asked === undefined) continue;
    const before = nodes.get(nodeId) ?? { nodeId, ...nothing, costMicrocents: 0 };
    const unpriced = before.unpriced ?? asked.unpriced;
    nodes.set(nodeId, {
      nodeId,
      cpuCores: before.cpuCores + asked.cpuCores,
      memoryBytes: before.memoryBytes + asked.memoryBytes,
      storageBytes: before.storageBytes + asked.storageBytes,
      costMicrocents: before.costMicrocents + (known === undefined ? 0 : priceOf(asked, known)),
      ...(unpriced === undefined ? {} : { unpriced }),
    });
  }
  if (nodes.size === 0) return undefined;
  return { nodes: [...nodes.values()], ...(known === undefined ? {} : { currency: known.currency }) };
}

function priceOf({ cpuCores, memoryBytes, storageBytes }: ResourceAmount, prices: Prices): number {
  const perHour = cpuCores * prices.cpuCoreHour + (memoryBytes / gib) * prices.memoryGibHour;
  return microcents(perHour * hoursPerMonth + (storageBytes / gib) * prices.storageGibMonth);
}

function askedBy(object: KubeObject, leastCopies: ReadonlyMap<string, number>): Asked | undefined {
  const { kind, metadata, spec } = object;
  switch (kind) {
    case 'Deployment':
    case 'ReplicaSet':
    case 'StatefulSet': {
      const replicas = valueAt(spec, ['replicas']);
      const copies = typeof replicas === 'number' ? replicas : (leastCopies.get(`${kind}/${metadata.name}`) ?? 1);
      const claims = kind === 'StatefulSet' ? listAt(spec, 'volumeClaimTemplates').map((claim) => claimed(valueAt(claim, ['spec']))) : [];
      return times(copies, [podAsks(valueAt(spec, ['template', 'spec'])), ...claims]);
    }
    case 'Pod':
      return podAsks(spec);
    case 'PersistentVolumeClaim':
      return claimed(spec);
    // How many cluster nodes there are, and for how long a job runs, the file does not say.
    case 'DaemonSet':
      return { ...nothing, unpriced: 'per-cluster-node' };
    case 'Job':
    case 'CronJob':
      return { ...nothing, unpriced: 'runs-at-times' };
    default:
      return undefined;
  }
}

function times(copies: number, parts: readonly Asked[]): Asked {
  const sum = (of: (part: Asked) => number): number => copies * parts.reduce((total, part) => total + of(part), 0);
  const unpriced = copies === 0 ? undefined : parts.find((part) => part.unpriced !== undefined)?.unpriced;
  return {
    cpuCores: sum((part) => part.cpuCores),
    memoryBytes: sum((part) => part.memoryBytes),
    storageBytes: sum((part) => part.storageBytes),
    ...(unpriced === undefined ? {} : { unpriced }),
  };
}

/**
 * As the scheduler counts: containers and sidecars side by side, the other init containers one after the other before them. A limit
 * without a request is the request.
 */
function podAsks(spec: JsonValue | undefined): Asked {
  const containers = listAt(spec, 'containers');
  const init = listAt(spec, 'initContainers');
  const isSidecar = (container: JsonValue): boolean => valueAt(container, ['restartPolicy']) === 'Always';
  const lasting = [...containers, ...init.filter(isSidecar)];
  const amount = (resource: 'cpu' | 'memory'): number => {
    const together = lasting.reduce<number>((sum, container) => sum + (requestOf(container, resource) ?? 0), 0);
    return Math.max(together, ...init.filter((one) => !isSidecar(one)).map((container) => requestOf(container, resource) ?? 0));
  };
  const isKnown = lasting.every((container) => requestOf(container, 'cpu') !== undefined && requestOf(container, 'memory') !== undefined);
  return { cpuCores: amount('cpu'), memoryBytes: amount('memory'), storageBytes: 0, ...(isKnown ? {} : { unpriced: 'no-requests' }) };
}

function requestOf(container: JsonValue, resource: 'cpu' | 'memory'): number | undefined {
  return quantityValue(valueAt(container, ['resources', 'requests', resource]) ?? valueAt(container, ['resources', 'limits', resource]));
}

function claimed(spec: JsonValue | undefined): Asked {
  const storage = quantityValue(valueAt(spec, ['resources', 'requests', 'storage']));
  return { ...nothing, storageBytes: storage ?? 0, ...(storage === undefined ? { unpriced: 'no-requests' as const } : {}) };
}

/** The copies that an autoscaler keeps at least, by `Kind/name` of what it scales. */
function copiesOfAutoscalers(objects: readonly RenderedObject[]): ReadonlyMap<string, number> {
  return new Map(
    objects.flatMap(({ object: { kind, spec } }): [string, number][] => {
      const least = valueAt(spec, ['minReplicas']);
      const [scaled, name] = [valueAt(spec, ['scaleTargetRef', 'kind']), valueAt(spec, ['scaleTargetRef', 'name'])];
      if (kind !== 'HorizontalPodAutoscaler' || typeof scaled !== 'string' || typeof name !== 'string') return [];
      return [[`${scaled}/${name}`, typeof least === 'number' ? least : 1]];
    }),
  );
}

function listAt(value: JsonValue | undefined, key: string): readonly JsonValue[] {
  const found = isJsonObject(value) ? value[key] : undefined;
  return Array.isArray(found) ? (found as readonly JsonValue[]) : [];
}
