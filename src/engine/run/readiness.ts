import { refKey, refOf } from '../../shared/kubeObject';
import type { KubeObject } from '../../shared/kubeObject';
import type { NodeStatus } from '../../shared/nodeStatus';
import type { Problem } from '../../shared/problem';
import type { LiveWorkflow } from '../status/liveWorkflow';
import { conditionOf } from '../status/verdict';

/** Kinds whose readiness a run that waits is about. Addresses of Services and Ingresses only warn. */
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

  isReady(nodeId: string): boolean {
    const status = this.#status(nodeId);
    return status?.state === 'healthy' && status.staleSince === undefined;
  }

  /** Why it will never be ready by itself; undefined while it may. */
  finalProblem(nodeId: string): Problem | undefined {
    const status = this.#status(nodeId);
    if (status?.state !== 'error' || !this.#isFinal(nodeId, status)) return undefined;
    return { code: 'run.unhealthy', args: { node: nodeId, detail: status.message }, severity: 'error', nodeId };
  }

  /** `web (ImagePullBackOff: …)` for a message about nodes that are not ready. */
  describe(nodeIds: readonly string[]): string {
    return nodeIds.map((nodeId) => `${nodeId} (${this.#live.statusOf(nodeId)?.message ?? 'unknown'})`).join(', ');
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
