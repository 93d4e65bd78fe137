import type { NodeCost } from './cost';
import type { DerivedLink } from './derivedLink';
import type { NodeStatus } from './nodeStatus';
import type { ObjectRef } from './kubeObject';
import type { ApprovalClass, GateInput, GateType, Plan, PlanAction, PlanAsked, Target } from './plan';
import type { Problem } from './problem';

export const runStatuses = ['pending', 'running', 'paused', 'completed', 'failed', 'cancelled'] as const;
export type RunStatus = (typeof runStatuses)[number];

/** Every event of a run carries this; `sequenceNumber` begins at 1 and has no gaps, `timestamp` is ISO 8601 with milliseconds. */
export interface RunEnvelope {
  readonly runId: string;
  readonly timestamp: string;
  readonly sequenceNumber: number;
}

export const gateDecisions = ['approved', 'rejected', 'input_provided'] as const;
export type GateDecision = (typeof gateDecisions)[number];

/** How a gate was answered, and by whom as the cluster knows them. */
export interface GateAnswer {
  readonly decision: GateDecision;
  /** `timeout` when nobody answered and the gate says that it is then approved. */
  readonly decidedBy: string;
  /** ISO 8601. */
  readonly decidedAt: string;
  readonly comment?: string;
  /** What an input gate was given, by the input's name. */
  readonly payload?: Readonly<Record<string, string>>;
}

/** What a node says of how it is run; absent is what every node has. */
export interface NodeRunOptions {
  readonly timeoutMs?: number;
  readonly retry?: { readonly max: number; readonly backoff: 'linear' | 'exponential'; readonly ms: number };
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
      /** What the plan was asked for beyond the file; absent in journals of earlier releases. */
      readonly asked?: PlanAsked;
    }
  /** What edges filled in for the nodes that are written. */
  | { readonly type: 'run:linked'; readonly links: readonly DerivedLink[] }
  /** With what the node says of its own time and attempts. */
  | ({ readonly type: 'node:started'; readonly nodeId: string; readonly ref: ObjectRef; readonly action: PlanAction } & NodeRunOptions)
  /** Applied, which is not yet ready. `resourceVersion` is the cluster's after the write. */
  | {
      readonly type: 'node:completed';
      readonly nodeId: string;
      readonly ref: ObjectRef;
      readonly action: PlanAction;
      readonly durationMs: number;
      readonly resourceVersion: string;
      /** The attempt that did it, from 1; absent in journals of earlier releases. */
      readonly attemptNumber?: number;
    }
  | {
      readonly type: 'node:failed';
      readonly nodeId: string;
      readonly ref: ObjectRef;
      readonly problem: Problem;
      /** The last attempt, from 1; absent in journals of earlier releases. */
      readonly attemptNumber?: number;
      /** The same again may go well: the cluster was busy, out of reach, or written to by somebody else at the same moment. */
      readonly retryable?: boolean;
    }
  | {
      readonly type: 'node:skipped';
      readonly nodeId: string;
      readonly reason: 'unchanged' | 'upstream_unreachable' | 'cancelled' | 'gate_rejected';
      readonly because?: string;
    }
  | { readonly type: 'node:retrying'; readonly nodeId: string; readonly attemptNumber: number; readonly delayMs: number; readonly problem: Problem }
  /** What a node that was made is estimated to cost in a month, and all that the run made so far. Told only where prices are known. */
  | ({
      readonly type: 'cost:updated';
      readonly cumulativeCostMicrocents: number;
      readonly currency: string;
    } & NodeCost)
  /** A live verdict seen during the run, so that a journal replays without a cluster. */
  | { readonly type: 'node:status'; readonly nodeId: string; readonly status: NodeStatus }
  /** A question to a person. What is behind it waits; nothing of its wave is written before the answer. */
  | {
      readonly type: 'human_gate:paused';
      /** Empty for objects that no node makes any more. */
      readonly nodeId: string;
      readonly gateId: string;
      readonly gateType: GateType;
      /** What it would do to the objects; absent at a gate node. */
      readonly approval?: ApprovalClass;
      /** What the answer is about. */
      readonly refs: readonly ObjectRef[];
      /** The question of a gate node, in the file's words. */
      readonly message?: string;
      readonly assignee?: string;
      readonly inputs?: readonly GateInput[];
      readonly timeoutMs?: number;
      /** `reject` when absent. */
      readonly timeoutAction?: 'reject' | 'approve';
      /** ISO 8601; who has not answered by then has rejected, unless `timeoutAction` says otherwise. */
      readonly expiresAt?: string;
    }
  | ({ readonly type: 'human_gate:resumed'; readonly nodeId: string; readonly gateId: string } & GateAnswer)
  /** The run holds no lock and no process any more until it is resumed. `digest` is of the plan of what is left. */
  | { readonly type: 'run:paused'; readonly pendingGateCount: number; readonly gateIds: readonly string[]; readonly digest: string }
  | { readonly type: 'run:warning'; readonly problem: Problem }
  | {
      readonly type: 'run:completed';
      readonly durationMs: number;
      readonly applied: number;
      readonly unchanged: number;
      readonly ready: boolean;
      /** What was waited for and was not ready when the time was over, such as `web (ImagePullBackOff: …)`. Absent when nobody waited. */
      readonly notReady?: string;
      /** Objects with changes that an answer kept from being made. Absent when there are none. */
      readonly leftOut?: number;
    }
  | { readonly type: 'run:failed'; readonly durationMs: number; readonly problem: Problem }
  | { readonly type: 'run:cancelled'; readonly durationMs: number };

export type RunEvent = RunEnvelope & RunEventBody;

/** Exactly one event of these types ends a run. */
export function isTerminal(event: Pick<RunEvent, 'type'>): boolean {
  return event.type === 'run:completed' || event.type === 'run:failed' || event.type === 'run:cancelled';
}

/** Whether a run came to its end and still did not do all that was asked: something is not ready, or an answer left something out. */
export function isPartial(event: RunEventBody): boolean {
  return event.type === 'run:completed' && (event.notReady !== undefined || event.leftOut !== undefined);
}

/** The objects that answers kept a run from making or deleting. Not all of them: a gate that was answered before it was asked names nothing. */
export function leftOutOf(events: readonly RunEventBody[]): readonly ObjectRef[] {
  const rejected = new Set(events.flatMap((event) => (event.type === 'human_gate:resumed' && event.decision === 'rejected' ? [event.gateId] : [])));
  return events.flatMap((event) => (event.type === 'human_gate:paused' && rejected.has(event.gateId) ? event.refs : []));
}

/** The first line of a journal that is no event. */
export interface JournalDamage {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** The field that is not as it has to be; empty when the line is no JSON object at all. */
  readonly field: string;
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
  /** It is completed, but something is not ready or was left out after an answer. */
  readonly partial?: true;
  /** Its journal has lines that could not be read. */
  readonly damage?: JournalDamage;
}
