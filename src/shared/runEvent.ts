import type { DerivedLink } from './derivedLink';
import type { NodeStatus } from './nodeStatus';
import type { ObjectRef } from './kubeObject';
import type { Plan, PlanAction, Target } from './plan';
import type { Problem } from './problem';

export const runStatuses = ['pending', 'running', 'paused', 'completed', 'failed', 'cancelled'] as const;
export type RunStatus = (typeof runStatuses)[number];

/** Every event of a run carries this; `sequenceNumber` begins at 1 and has no gaps, `timestamp` is ISO 8601 with milliseconds. */
export interface RunEnvelope {
  readonly runId: string;
  readonly timestamp: string;
  readonly sequenceNumber: number;
}

/** What happens in a run, without its envelope. Names are those of the published stream. */
export type RunEventBody =
  | {
      readonly type: 'run:started';
      readonly workflow: string;
      readonly version: number;
      readonly digest: string;
      readonly target: Target;
      readonly triggeredBy: 'manual' | 'cli' | 'schedule' | 'restore';
      readonly counts: Plan['counts'];
    }
  /** What edges filled in for the nodes that are written. */
  | { readonly type: 'run:linked'; readonly links: readonly DerivedLink[] }
  | { readonly type: 'node:started'; readonly nodeId: string; readonly ref: ObjectRef; readonly action: PlanAction }
  /** Applied, which is not yet ready. `resourceVersion` is the cluster's after the write. */
  | {
      readonly type: 'node:completed';
      readonly nodeId: string;
      readonly ref: ObjectRef;
      readonly action: PlanAction;
      readonly durationMs: number;
      readonly resourceVersion: string;
    }
  | { readonly type: 'node:failed'; readonly nodeId: string; readonly ref: ObjectRef; readonly problem: Problem }
  | {
      readonly type: 'node:skipped';
      readonly nodeId: string;
      readonly reason: 'unchanged' | 'upstream_unreachable' | 'cancelled' | 'secret_missing';
      readonly because?: string;
    }
  | { readonly type: 'node:retrying'; readonly nodeId: string; readonly attemptNumber: number; readonly delayMs: number; readonly problem: Problem }
  /** A live verdict seen during the run, so that a journal replays without a cluster. */
  | { readonly type: 'node:status'; readonly nodeId: string; readonly status: NodeStatus }
  | { readonly type: 'run:warning'; readonly problem: Problem }
  | { readonly type: 'run:completed'; readonly durationMs: number; readonly applied: number; readonly unchanged: number; readonly ready: boolean }
  | { readonly type: 'run:failed'; readonly durationMs: number; readonly problem: Problem }
  | { readonly type: 'run:cancelled'; readonly durationMs: number };

export type RunEvent = RunEnvelope & RunEventBody;

/** Exactly one event of these types ends a run. */
export function isTerminal(event: Pick<RunEvent, 'type'>): boolean {
  return event.type === 'run:completed' || event.type === 'run:failed' || event.type === 'run:cancelled';
}

/** One line of the list of runs. */
export interface RunSummary {
  readonly runId: string;
  readonly workflow: string;
  readonly version: number;
  readonly status: RunStatus;
  readonly target: string;
  readonly startedAt: string;
  readonly durationMs?: number;
  readonly error?: string;
}
