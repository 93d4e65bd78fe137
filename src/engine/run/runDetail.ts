import type { ObjectRef } from '../../shared/kubeObject';
import type { PlanAction } from '../../shared/plan';
import type { Problem } from '../../shared/problem';
import type { GateAnswer, RunEvent, RunSummary } from '../../shared/runEvent';
import type { Journal } from '../journal';
import { summaryOf } from '../journal';

type Event<T extends RunEvent['type']> = Extract<RunEvent, { type: T }>;

/** How far a run came with one node, and what it took. */
export interface NodeTrace {
  readonly nodeId: string;
  readonly state: 'started' | 'done' | 'failed' | 'skipped';
  readonly startedAt?: string;
  /** From its first object to its last, in milliseconds, pauses before further attempts included. */
  readonly durationMs?: number;
  /** Attempts of the object that took most of them. */
  readonly attempts: number;
  readonly objects: readonly { readonly ref: ObjectRef; readonly action: PlanAction; readonly durationMs?: number }[];
  readonly reason?: Event<'node:skipped'>['reason'];
  readonly problem?: Problem;
}

/** A question of a run, and its answer when there is one. One that was answered beforehand was never asked. */
export interface GateTrace {
  readonly gateId: string;
  readonly nodeId: string;
  readonly asked?: Omit<Event<'human_gate:paused'>, 'type' | 'runId' | 'sequenceNumber' | 'nodeId' | 'gateId'>;
  readonly answer?: GateAnswer;
}

/** A run as its journal tells it, without a cluster. */
export interface RunDetail extends RunSummary {
  readonly digest: string;
  readonly triggeredBy: Event<'run:started'>['triggeredBy'];
  readonly counts: Event<'run:started'>['counts'];
  readonly nodes: readonly NodeTrace[];
  readonly gates: readonly GateTrace[];
  readonly warnings: readonly Problem[];
  /** Lines of the journal that are no event. */
  readonly damagedLines: number;
  readonly events: readonly RunEvent[];
}

/** What a journal says of its run; undefined for one without a beginning. */
export function runDetail(journal: Journal): RunDetail | undefined {
  const { events, damagedLines } = journal;
  const summary = summaryOf(journal);
  const started = events.find((event) => event.type === 'run:started');
  if (summary === undefined || started === undefined) return undefined;
  const { digest, triggeredBy, counts } = started;
  return {
    ...summary,
    ...{ digest, triggeredBy, counts, damagedLines, events },
    nodes: nodeTraces(events),
    gates: gateTraces(events),
    warnings: events.flatMap((event) => (event.type === 'run:warning' ? [event.problem] : [])),
  };
}

/** In the order in which the run came to the nodes. */
function nodeTraces(events: readonly RunEvent[]): readonly NodeTrace[] {
  const traces = new Map<string, NodeTrace>();
  const update = (nodeId: string, change: (before: NodeTrace) => Partial<NodeTrace>): void => {
    const before = traces.get(nodeId) ?? { nodeId, state: 'started', attempts: 1, objects: [] };
    traces.set(nodeId, { ...before, ...change(before) });
  };
  const since = (before: NodeTrace, event: RunEvent): { readonly durationMs?: number } =>
    before.startedAt === undefined ? {} : { durationMs: Date.parse(event.timestamp) - Date.parse(before.startedAt) };
  for (const event of events) {
    if (event.type === 'node:started') update(event.nodeId, (before) => ({ state: 'started', startedAt: before.startedAt ?? event.timestamp }));
    else if (event.type === 'node:retrying') update(event.nodeId, (before) => ({ attempts: Math.max(before.attempts, event.attemptNumber) }));
    else if (event.type === 'node:skipped') update(event.nodeId, () => ({ state: 'skipped', reason: event.reason }));
    else if (event.type === 'node:failed') update(event.nodeId, (before) => ({ state: 'failed', problem: event.problem, ...since(before, event) }));
    else if (event.type === 'node:completed') {
      const { ref, action, durationMs } = event;
      update(event.nodeId, (before) => ({
        state: before.state === 'failed' ? 'failed' : 'done',
        objects: [...before.objects, { ref, action, durationMs }],
        ...since(before, event),
      }));
    }
  }
  return [...traces.values()];
}

function gateTraces(events: readonly RunEvent[]): readonly GateTrace[] {
  const traces = new Map<string, GateTrace>();
  for (const event of events) {
    if (event.type === 'human_gate:paused') {
      const { type: _type, runId: _run, sequenceNumber: _number, nodeId, gateId, ...asked } = event;
      traces.set(gateId, { gateId, nodeId, asked });
    } else if (event.type === 'human_gate:resumed') {
      const { nodeId, gateId, decision, decidedBy, decidedAt, comment, payload } = event;
      const words = { ...(comment === undefined ? {} : { comment }), ...(payload === undefined ? {} : { payload }) };
      traces.set(gateId, { ...(traces.get(gateId) ?? { gateId, nodeId }), answer: { decision, decidedBy, decidedAt, ...words } });
    }
  }
  return [...traces.values()];
}
