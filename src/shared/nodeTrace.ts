import type { ObjectRef } from './kubeObject';
import type { PlanAction } from './plan';
import type { Problem } from './problem';
import type { NodeRunOptions, RunEvent } from './runEvent';

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
  /** What the node says of its own time and attempts. */
  readonly options?: NodeRunOptions;
  /** What it is estimated to cost in a month, where prices were known. */
  readonly cost?: Pick<Event<'cost:updated'>, 'costMicrocents' | 'currency' | 'unpriced'>;
  readonly objects: readonly { readonly ref: ObjectRef; readonly action: PlanAction; readonly durationMs?: number }[];
  readonly reason?: Event<'node:skipped'>['reason'];
  readonly problem?: Problem;
}

/** In the order in which the run came to the nodes. */
export function nodeTraces(events: readonly RunEvent[]): readonly NodeTrace[] {
  const traces = new Map<string, NodeTrace>();
  const update = (nodeId: string, change: (before: NodeTrace) => Partial<NodeTrace>): void => {
    const before = traces.get(nodeId) ?? { nodeId, state: 'started', attempts: 1, objects: [] };
    traces.set(nodeId, { ...before, ...change(before) });
  };
  const since = (before: NodeTrace, event: RunEvent): { readonly durationMs?: number } =>
    before.startedAt === undefined ? {} : { durationMs: Date.parse(event.timestamp) - Date.parse(before.startedAt) };
  for (const event of events) {
    if (event.type === 'node:started') {
      const { timeoutMs, retry } = event;
      const options = { ...(timeoutMs === undefined ? {} : { timeoutMs }), ...(retry === undefined ? {} : { retry }) };
      const said = Object.keys(options).length === 0 ? {} : { options };
      update(event.nodeId, (before) => ({ state: 'started', startedAt: before.startedAt ?? event.timestamp, ...said }));
    } else if (event.type === 'cost:updated') {
      const { nodeId, costMicrocents, currency, unpriced } = event;
      update(nodeId, () => ({ cost: { costMicrocents, currency, ...(unpriced === undefined ? {} : { unpriced }) } }));
    } else if (event.type === 'node:retrying') update(event.nodeId, (before) => ({ attempts: Math.max(before.attempts, event.attemptNumber) }));
    else if (event.type === 'node:skipped') {
      update(event.nodeId, () => ({ state: 'skipped', reason: event.reason }));
      // Applied, it did not become ready: that is why what waits for it was left out.
      if (event.reason === 'upstream_unreachable' && event.because !== undefined && traces.has(event.because))
        update(event.because, () => ({ state: 'failed' }));
    } else if (event.type === 'run:failed') {
      const { problem } = event;
      if (problem.nodeId !== undefined && traces.has(problem.nodeId))
        update(problem.nodeId, (before) => ({ state: 'failed', problem: before.problem ?? problem }));
    } else if (event.type === 'node:failed') update(event.nodeId, (before) => ({ state: 'failed', problem: event.problem, ...since(before, event) }));
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
