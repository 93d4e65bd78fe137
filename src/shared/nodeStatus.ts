import type { StatusHint } from './statusHint';

/** How a node or object does. One closed set of words for canvas, CLI, journal and tree. */
export const nodeStates = ['healthy', 'partial', 'pending', 'error', 'suspended', 'missing', 'unknown'] as const;
export type NodeState = (typeof nodeStates)[number];

/**
 * The verdict on one object or one node, with what its kind has to tell beside it. A field that the kind does not have, or the
 * cluster does not say, is absent. Numbers without another word are counts of pods; times are RFC 3339 as the cluster gave them.
 */
export interface NodeStatus {
  readonly state: NodeState;
  /** One line for a person, already cleaned of escapes and secrets. */
  readonly message: string;
  /** A stable CamelCase word when the cluster gives one (`ImagePullBackOff`, `CrashLoopBackOff`). */
  readonly reason?: string;
  /** What helps, when that is known. */
  readonly hint?: StatusHint;
  /** Pods ready and wanted; 0 and 0 for kinds without pods. */
  readonly ready: number;
  readonly desired: number;
  readonly replicas?: number;
  readonly readyReplicas?: number;
  /** Pods of the newest template. */
  readonly updatedReplicas?: number;
  readonly currentReplicas?: number;
  readonly clusterIP?: string;
  readonly externalIP?: string;
  readonly nodePort?: number;
  readonly loadBalancerIP?: string;
  readonly loadBalancerHostname?: string;
  /** Rules of an Ingress. */
  readonly rulesCount?: number;
  /** Of a volume, as a Kubernetes quantity. */
  readonly capacity?: string;
  readonly volumeName?: string;
  /** Pods of a Job. */
  readonly active?: number;
  readonly succeeded?: number;
  readonly failed?: number;
  readonly schedule?: string;
  readonly suspend?: boolean;
  readonly concurrencyPolicy?: string;
  readonly lastScheduleTime?: string;
  readonly lastSuccessfulTime?: string;
  readonly activeJobs?: number;
  readonly minReplicas?: number;
  readonly maxReplicas?: number;
  readonly desiredReplicas?: number;
  /** What is scaled, as `Kind/name`. */
  readonly scaleTarget?: string;
  /** Percent of what is requested. */
  readonly cpuCurrent?: number;
  readonly cpuTarget?: number;
  readonly memoryCurrent?: number;
  readonly memoryTarget?: number;
  /** `Ingress`, `Egress` or both. */
  readonly policyTypes?: string;
  /** Which pods a NetworkPolicy is about, as kubectl writes selectors; `*` for all. */
  readonly podSelector?: string;
  readonly ingressRulesCount?: number;
  readonly egressRulesCount?: number;
  readonly phase?: string;
  /** Of all containers of a Pod. */
  readonly restarts?: number;
  /** Of a node that stands for a chart or base. */
  readonly objects?: number;
  readonly healthyObjects?: number;
  /** ISO 8601 time since when this is no longer known to be true; absent while it is live. */
  readonly staleSince?: string;
}

export function sameStatus(a: NodeStatus | undefined, b: NodeStatus | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]) as ReadonlySet<keyof NodeStatus>;
  for (const key of keys) if (a[key] !== b[key]) return false;
  return true;
}

/** From best to worst, for rolling several objects up into one node. */
const severityOrder: readonly NodeState[] = ['healthy', 'suspended', 'unknown', 'pending', 'partial', 'missing', 'error'];

export function worstState(states: Iterable<NodeState>): NodeState {
  let worst: NodeState = 'healthy';
  for (const state of states) if (severityOrder.indexOf(state) > severityOrder.indexOf(worst)) worst = state;
  return worst;
}
