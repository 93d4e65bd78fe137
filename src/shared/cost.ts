/** What one unit of a resource costs, in the same currency. 0: not known. */
export interface Prices {
  readonly cpuCoreHour: number;
  readonly memoryGibHour: number;
  readonly storageGibMonth: number;
  /** Said after each amount, such as `USD`. */
  readonly currency: string;
}

/** What pods ask to have kept for them, and claims for storage. */
export interface ResourceAmount {
  readonly cpuCores: number;
  readonly memoryBytes: number;
  readonly storageBytes: number;
}

/** What one node keeps of the cluster for itself, and what that costs in a month of 730 hours. */
export interface NodeCost extends ResourceAmount {
  readonly nodeId: string;
  /** Hundred-millionths of the currency's unit, so that sums stay whole. 0 without prices. */
  readonly costMicrocents: number;
  /** Why a part of it is not in the amounts. */
  readonly unpriced?: 'no-requests' | 'per-cluster-node' | 'runs-at-times';
}

/** An estimate from requests and limits; what the cluster really charges nobody here knows. */
export interface PlanCost {
  /** Nodes that make pods or claims, in the order of the file. */
  readonly nodes: readonly NodeCost[];
  /** Absent when no prices are known. */
  readonly currency?: string;
}

const microcentsPerUnit = 1e8;

export function hasPrices({ cpuCoreHour, memoryGibHour, storageGibMonth }: Prices): boolean {
  return cpuCoreHour > 0 || memoryGibHour > 0 || storageGibMonth > 0;
}

/** `0.10 USD`; small amounts with as many digits as they need to be none of nothing. */
export function amountText(microcents: number, currency: string): string {
  const amount = microcents / microcentsPerUnit;
  const digits = amount !== 0 && Math.abs(amount) < 0.1 ? 4 : 2;
  return `${amount.toFixed(digits)} ${currency}`.trim();
}

/** Whole microcents of an amount in the currency's unit. */
export function microcents(amount: number): number {
  return Math.round(amount * microcentsPerUnit);
}

/** The sum of some nodes. */
export function sumOf(nodes: readonly NodeCost[]): ResourceAmount & { readonly costMicrocents: number } {
  const add = (of: (node: NodeCost) => number): number => nodes.reduce((sum, node) => sum + of(node), 0);
  return {
    cpuCores: Number(add((node) => node.cpuCores).toFixed(6)),
    memoryBytes: add((node) => node.memoryBytes),
    storageBytes: add((node) => node.storageBytes),
    costMicrocents: add((node) => node.costMicrocents),
  };
}
