import type { LogStreamBody, ResourceStreamBody, StreamBodies, StreamFamily, StreamKey, WorkflowStreamBody, WorkStreamBody } from '../../shared/stream';

/** What may happen to the events of one family of keys while a subscriber is slow. */
export interface StreamRules<B> {
  /** How many envelopes wait for a slow subscriber. */
  readonly capacity: number;
  /**
   * How many envelopes may be on their way to a subscriber that has not taken the first of them. With one, each change waits for the
   * answer to the one before, which takes as long as a message there and back.
   */
  readonly atOnce: number;
  /** What is left of a waiting event once `next` is known: itself, a part of it, or nothing. */
  after(waiting: B, next: B): B | undefined;
  /** Both in one event, when `next` directly follows `last` and they may travel together. */
  joined(last: B, next: B): B | undefined;
  /** Whether a snapshot of the stream tells the same. Streams without a snapshot tell nothing again. */
  inSnapshot(body: B): boolean;
  /** What leaving the event out costs, in the unit that `marker` counts; 0 for what may not be left out. */
  weight(body: B): number;
  /** Stands for `count` that were left out. Undefined for families that have a snapshot. */
  marker(count: number): B | undefined;
  /** The last event, when the stream itself ends. */
  closing(key: StreamKey): B;
}

const workflowRules: StreamRules<WorkflowStreamBody> = {
  capacity: 10,
  atOnce: 4,
  after(waiting, next) {
    switch (waiting.event_type) {
      case 'node_update': {
        if (next.event_type === 'metadata' || next.event_type === 'workflow_sync') return undefined;
        if (next.event_type !== 'node_update') return waiting;
        const newer = new Set(next.data.updates.map((update) => update.node_id));
        const updates = waiting.data.updates.filter((update) => !newer.has(update.node_id));
        if (updates.length === waiting.data.updates.length) return waiting;
        return updates.length === 0 ? undefined : { ...waiting, data: { updates } };
      }
      case 'diagnosis_update': {
        if (next.event_type === 'metadata' || next.event_type === 'workflow_sync') return next.data.diagnosis === undefined ? waiting : undefined;
        if (next.event_type !== 'diagnosis_update') return waiting;
        const edges = without(waiting.data.edges, next.data.edges);
        const nodes = without(waiting.data.nodes, next.data.nodes);
        return Object.keys(edges).length + Object.keys(nodes).length === 0 ? undefined : { ...waiting, data: { edges, nodes } };
      }
      case 'workflow_sync':
        // A sync that carries a run is replaced only by one that does so, too.
        if (next.event_type === 'workflow_sync') return keepsAll(waiting.data, next.data) ? undefined : waiting;
        return next.event_type === 'metadata' && waiting.data.run === undefined ? undefined : waiting;
      case 'metadata':
        return next.event_type === 'metadata' ? undefined : waiting;
      case 'error':
        return next.event_type === 'error' || next.event_type === 'metadata' || next.event_type === 'workflow_sync' ? undefined : waiting;
      case 'complete':
        // The snapshot's run says how an earlier one ended.
        return next.event_type === 'complete' ? undefined : waiting;
      case 'run':
        return waiting;
    }
  },
  joined(last, next) {
    if (last.event_type === 'diagnosis_update' && next.event_type === 'diagnosis_update') {
      const data = { edges: { ...last.data.edges, ...next.data.edges }, nodes: { ...last.data.nodes, ...next.data.nodes } };
      return { event_type: 'diagnosis_update', data };
    }
    if (last.event_type !== 'node_update' || next.event_type !== 'node_update') return undefined;
    return { event_type: 'node_update', data: { updates: [...last.data.updates, ...next.data.updates] } };
  },
  inSnapshot: (body) => body.event_type !== 'complete',
  weight: () => 0,
  marker: () => undefined,
  closing: () => ({ event_type: 'complete', data: { runId: '', status: 'closed' } }),
};

type Optional = { readonly run?: unknown; readonly target?: unknown; readonly diagnosis?: unknown };

function keepsAll(earlier: Optional, later: Optional): boolean {
  return (['run', 'target', 'diagnosis'] as const).every((part) => earlier[part] === undefined || later[part] !== undefined);
}

/** What of `earlier` is not told again by `later`. */
function without<T>(earlier: Readonly<Record<string, T>>, later: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(earlier).filter(([key]) => !Object.hasOwn(later, key)));
}

const resourceRules: StreamRules<ResourceStreamBody> = {
  capacity: 10,
  atOnce: 1,
  after(waiting, next) {
    if (next.event_type === 'metadata') return waiting.event_type === 'complete' ? waiting : undefined;
    if (waiting.event_type === 'event' && next.event_type === 'event') return waiting.data.event.uid === next.data.event.uid ? undefined : waiting;
    return waiting.event_type === next.event_type && waiting.event_type !== 'event' ? undefined : waiting;
  },
  joined: () => undefined,
  inSnapshot: (body) => body.event_type !== 'complete',
  weight: () => 0,
  marker: () => undefined,
  closing: (key) => ({ event_type: 'complete', data: { resource_id: key.slice(key.indexOf(':') + 1) } }),
};

const logRules: StreamRules<LogStreamBody> = {
  capacity: 100,
  atOnce: 1,
  after(waiting, next) {
    if (waiting.event_type === 'metadata') return next.event_type === 'metadata' ? undefined : waiting;
    if (waiting.event_type !== 'complete' || next.event_type !== 'complete') return waiting;
    return waiting.data.pod === next.data.pod && waiting.data.container === next.data.container ? undefined : waiting;
  },
  joined: () => undefined,
  inSnapshot: () => false,
  weight(body) {
    if (body.event_type === 'log') return body.data.lines.length + (body.data.dropped ?? 0);
    return body.event_type === 'error' ? 1 : 0;
  },
  marker: (count) => ({ event_type: 'log', data: { lines: [], dropped: count } }),
  closing: () => ({ event_type: 'complete', data: { pod: '', container: '' } }),
};

const workRules: StreamRules<WorkStreamBody> = {
  capacity: 100,
  atOnce: 1,
  after(waiting, next) {
    return waiting.event_type === next.event_type && (next.event_type === 'metadata' || next.event_type === 'complete') ? undefined : waiting;
  },
  joined: () => undefined,
  inSnapshot: () => false,
  // What it is about and how it ended is never left out.
  weight: (body) => (['metadata', 'complete', 'failed', 'cancelled'].includes(body.event_type) ? 0 : 1 + (body.data.dropped ?? 0)),
  marker: (count) => ({ event_type: 'dropped', data: { dropped: count } }),
  closing: () => ({ event_type: 'complete', data: {} }),
};

const rules: { readonly [F in StreamFamily]: StreamRules<StreamBodies[F]> } = {
  workflow: workflowRules,
  resource: resourceRules,
  'pod-logs': logRules,
  build: workRules,
  import: workRules,
};

/** The rules of the family that a key belongs to. */
export function rulesOf(key: StreamKey): StreamRules<StreamBodies[StreamFamily]> {
  // A family's rules see the bodies of its own keys only: `publish` and `subscribe` take no others.
  return rules[key.slice(0, key.indexOf(':')) as StreamFamily];
}
