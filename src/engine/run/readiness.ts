import { refKey, refOf } from '../../shared/kubeObject';
import type { KubeObject } from '../../shared/kubeObject';
import type { NodeStatus } from '../../shared/nodeStatus';
import type { Problem } from '../../shared/problem';
import type { LiveWorkflow } from '../status/liveWorkflow';
import { conditionOf, numberAt } from '../status/verdict';

/** Kinds whose readiness a run that waits is about, beside those that a plugin has rules for. Addresses of Services and Ingresses only warn. */
const awaitedKinds: ReadonlySet<string> = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Pod', 'Job']);

/** Reasons after which no controller tries again. */
const finalReasons: ReadonlySet<string> = new Set([
  'ProgressDeadlineExceeded',
  'BackoffLimitExceeded',
  'DeadlineExceeded',
  'PodFailurePolicy',
  'FailedIndexes',
  'MaxFailedIndexesExceeded',
  'Lost',
]);

/** A node that something waits for, and the condition of its status that counts in place of its health. */
export interface AwaitedNode {
  readonly nodeId: string;
  /** `Available`, or `Progressing=False`. */
  readonly condition?: string | undefined;
}

export function isAwaited(kind: string, isNeeded: boolean): boolean {
  return awaitedKinds.has(kind) || (kind === 'PersistentVolumeClaim' && isNeeded);
}

export type Readiness = { readonly ready: true } | { readonly ready: false; readonly problem: Problem };

/**
 * Tells what the nodes of a run have come to. A verdict counts only when it is about the generation that was applied, or
 * a later one, of the very object that was applied: the one before may have been perfectly healthy.
 */
export class ReadinessCheck {
  readonly #live: LiveWorkflow;
  readonly #applied = new Map<string, Map<string, KubeObject>>();

  constructor(live: LiveWorkflow) {
    this.#live = live;
  }

  noteApplied(nodeId: string, object: KubeObject): void {
    const known = this.#applied.get(nodeId) ?? new Map<string, KubeObject>();
    known.set(refKey(refOf(object)), object);
    this.#applied.set(nodeId, known);
  }

  isReady({ nodeId, condition }: AwaitedNode): boolean {
    const status = this.#status(nodeId);
    if (status === undefined || status.staleSince !== undefined) return false;
    return condition === undefined ? status.state === 'healthy' : this.#live.objectsOf(nodeId).some((object) => hasCondition(object, condition));
  }

  /** Why it will never be ready by itself; undefined while it may. */
  finalProblem(nodeId: string): Problem | undefined {
    const status = this.#status(nodeId);
    if (status?.state !== 'error' || !this.#isFinal(nodeId, status)) return undefined;
    return { code: 'run.unhealthy', args: { node: nodeId, detail: status.message }, severity: 'error', nodeId };
  }

  /** `web (ImagePullBackOff: …)` for a message about nodes that are not ready. */
  describe(nodes: readonly AwaitedNode[]): string {
    const said = ({ nodeId, condition }: AwaitedNode): string => {
      const message = this.#live.statusOf(nodeId)?.message ?? 'unknown';
      return condition === undefined ? message : `waiting for ${condition}; ${message}`;
    };
    return nodes.map((one) => `${one.nodeId} (${said(one)})`).join(', ');
  }

  /** The status when it is about what was applied; undefined while the cluster has not told that much. */
  #status(nodeId: string): NodeStatus | undefined {
    const status = this.#live.statusOf(nodeId);
    const live = new Map(this.#live.objectsOf(nodeId).map((object) => [refKey(refOf(object)), object]));
    for (const [key, applied] of this.#applied.get(nodeId) ?? []) {
      const now = live.get(key);
      if (now === undefined || now.metadata.uid !== applied.metadata.uid) return undefined;
      if ((now.metadata.generation ?? 0) < (applied.metadata.generation ?? 0)) return undefined;
    }
    return status;
  }

  #isFinal(nodeId: string, status: NodeStatus): boolean {
    if (finalReasons.has(status.reason ?? '')) return true;
    // A Deployment past its deadline carries the Pod's reason, which says more; its own condition tells that it gave up.
    return this.#live.objectsOf(nodeId).some((object) => conditionOf(object, 'Progressing')?.reason === 'ProgressDeadlineExceeded');
  }
}

/** Whether a status that is about the present generation has the condition. */
function hasCondition(object: KubeObject, condition: string): boolean {
  const [type = '', wanted = 'True'] = condition.split('=');
  const found = conditionOf(object, type);
  if (found?.status !== wanted) return false;
  const seen = numberAt(object.status, ['observedGeneration']);
  return seen === undefined || seen >= (object.metadata.generation ?? 0);
}
