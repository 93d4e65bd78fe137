/** How a node or object does. One closed set of words for canvas, CLI, journal and tree. */
export const nodeStates = ['healthy', 'partial', 'pending', 'error', 'suspended', 'missing', 'unknown'] as const;
export type NodeState = (typeof nodeStates)[number];

/** The verdict on one object or one node. Numbers are counts of pods. */
export interface NodeStatus {
  readonly state: NodeState;
  /** One line for a person, already cleaned of escapes and secrets. */
  readonly message: string;
  /** A stable CamelCase word when the cluster gives one (`ImagePullBackOff`, `CrashLoopBackOff`). */
  readonly reason?: string;
  /** Pods ready and wanted; 0 and 0 for kinds without pods. */
  readonly ready: number;
  readonly desired: number;
  readonly replicas?: number;
  readonly readyReplicas?: number;
  readonly clusterIP?: string;
  readonly externalIP?: string;
  readonly nodePort?: number;
  /** ISO 8601 time since when this is no longer known to be true; absent while it is live. */
  readonly staleSince?: string;
}

export function sameStatus(a: NodeStatus | undefined, b: NodeStatus | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  const keys: readonly (keyof NodeStatus)[] = [
    'state',
    'message',
    'reason',
    'ready',
    'desired',
    'replicas',
    'readyReplicas',
    'clusterIP',
    'externalIP',
    'nodePort',
    'staleSince',
  ];
  return keys.every((key) => a[key] === b[key]);
}

/** From best to worst, for rolling several objects up into one node. */
const severityOrder: readonly NodeState[] = ['healthy', 'suspended', 'unknown', 'pending', 'partial', 'missing', 'error'];

export function worstState(states: Iterable<NodeState>): NodeState {
  let worst: NodeState = 'healthy';
  for (const state of states) if (severityOrder.indexOf(state) > severityOrder.indexOf(worst)) worst = state;
  return worst;
}
