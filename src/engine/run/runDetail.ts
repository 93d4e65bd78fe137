import type { NodeTrace } from '../../shared/nodeTrace';
import { nodeTraces } from '../../shared/nodeTrace';
import type { Problem } from '../../shared/problem';
import type { GateAnswer, RunEvent, RunSummary } from '../../shared/runEvent';
import type { Journal } from '../journal';
import { summaryOf } from '../journal';

type Event<T extends RunEvent['type']> = Extract<RunEvent, { type: T }>;

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
