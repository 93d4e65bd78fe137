import type { ClusterFailure } from '../../engine/ports';

/** What is said of a cluster: `disconnected` is not reachable, `error` is reached or configured in a way that cannot work. */
export type ClusterStatus = 'connected' | 'disconnected' | 'error' | 'unknown';

/** Facts about a cluster that change seldom. A part that the credentials may not read, or that was not asked, is absent. */
export interface ClusterMetadata {
  /** The uid of its namespace kube-system, which stands for the cluster however it is reached. */
  readonly uid?: string;
  readonly version?: string;
  /** Operating system and architecture of the machines, such as `linux/amd64`. */
  readonly platform?: string;
  /** The scheme of the machines' provider ids (`aws`, `gce`, `kind`). */
  readonly provider?: string;
  readonly region?: string;
  readonly nodeCount?: number;
  /** Millicores of all machines together. */
  readonly cpuMillis?: number;
  readonly memoryBytes?: number;
  readonly podCount?: number;
  /** What claims have been given. */
  readonly storageBytes?: number;
  readonly storageClasses?: readonly string[];
  readonly namespaces?: readonly string[];
  /** API groups beyond the core that matter here: `metrics`, `ingress`, `gateway`, `snapshots`, … */
  readonly capabilities?: readonly string[];
  /** Machines that carry the control-plane taint alone: no workload can run on a cluster with one machine then. */
  readonly singleNodeTainted?: boolean;
  readonly lastUpdatedMs: number;
}

/** The result of the last check of one cluster. */
export interface HealthRecord {
  readonly status: ClusterStatus;
  readonly reachable: boolean;
  readonly latencyMs?: number;
  /** When it was checked last, in milliseconds since the epoch. */
  readonly atMs: number;
  /** Why it is not connected, already in the reader's language. */
  readonly detail?: string;
  /** No consent was given yet to run the program that signs in; nothing was started. */
  readonly needsSignIn?: boolean;
}

/** A health record as it may be shown now: a stale one is `unknown`. */
export interface ShownHealth {
  readonly status: ClusterStatus;
  readonly isStale: boolean;
  readonly isOnline: boolean;
  readonly lastCheckMs?: number;
  readonly latencyMs?: number;
  readonly detail?: string;
  readonly needsSignIn: boolean;
  readonly metadata?: ClusterMetadata;
}

export const staleAfterMs = 120_000;

export function shownHealth(record: HealthRecord | undefined, metadata: ClusterMetadata | undefined, nowMs: number): ShownHealth {
  const known = metadata === undefined ? {} : { metadata };
  if (record === undefined) return { status: 'unknown', isStale: false, isOnline: false, needsSignIn: false, ...known };
  const isStale = nowMs - record.atMs > staleAfterMs;
  return {
    status: isStale ? 'unknown' : record.status,
    isStale,
    isOnline: !isStale && record.reachable,
    lastCheckMs: record.atMs,
    ...(isStale || record.latencyMs === undefined ? {} : { latencyMs: record.latencyMs }),
    ...(isStale || record.detail === undefined ? {} : { detail: record.detail }),
    needsSignIn: record.needsSignIn === true,
    ...known,
  };
}

/** What a failed request says of its cluster. An answer that refuses us for lack of rights is still an answer. */
export function statusOfFailure(failure: Pick<ClusterFailure, 'kind' | 'reason' | 'code'>): { readonly status: ClusterStatus; readonly reachable: boolean } {
  switch (failure.kind) {
    case 'forbidden':
      return { status: 'connected', reachable: true };
    case 'unreachable':
      // A certificate that is not trusted is not a matter of waiting: somebody has to correct the configuration.
      return /CERT|SELF_SIGNED|UNABLE_TO_|^ERR_TLS|^ERR_SSL/.test(failure.reason)
        ? { status: 'error', reachable: false }
        : { status: 'disconnected', reachable: false };
    case 'timeout':
    case 'unavailable':
    case 'too-many-requests':
      return { status: 'disconnected', reachable: false };
    default:
      return { status: 'error', reachable: failure.code !== 0 };
  }
}

/** What several clusters have together, of those that tell. */
export interface ClusterTotals {
  readonly clusters: number;
  readonly nodes: number;
  /** Millicores. */
  readonly cpuMillis: number;
  readonly memoryBytes: number;
  /** Absent where no cluster tells. */
  readonly pods?: number;
  readonly storageBytes?: number;
}

/** Adds up what is known of clusters that answer now. One that is reached in two ways counts once. */
export function totalsOf(all: Iterable<readonly [id: string, health: ShownHealth]>): ClusterTotals {
  const each = new Map<string, ClusterMetadata>();
  for (const [id, { isOnline, metadata }] of all) if (isOnline && metadata?.nodeCount !== undefined) each.set(metadata.uid ?? id, metadata);
  const told = (of: (one: ClusterMetadata) => number | undefined): readonly number[] => [...each.values()].flatMap((one) => of(one) ?? []);
  const sum = (of: (one: ClusterMetadata) => number | undefined): number => told(of).reduce((total, one) => total + one, 0);
  return {
    clusters: each.size,
    nodes: sum((one) => one.nodeCount),
    cpuMillis: sum((one) => one.cpuMillis),
    memoryBytes: sum((one) => one.memoryBytes),
    ...(told((one) => one.podCount).length > 0 && { pods: sum((one) => one.podCount) }),
    ...(told((one) => one.storageBytes).length > 0 && { storageBytes: sum((one) => one.storageBytes) }),
  };
}
