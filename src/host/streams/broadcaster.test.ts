import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NodeStatus } from '../../shared/nodeStatus';
import type { RunEvent } from '../../shared/runEvent';
import type { LogStreamBody, LogStreamEvent, StreamEventOf, WorkflowStreamBody, WorkflowStreamEvent } from '../../shared/stream';
import { resourceKey } from '../../shared/stream';
import { MemoryLogger } from '../../testing/memoryLogger';
import { settle, VirtualClock } from '../../testing/virtualClock';
import { Broadcaster } from './broadcaster';

const key = 'workflow:shop';

function rig(): { clock: VirtualClock; log: MemoryLogger; broadcaster: Broadcaster } {
  const clock = new VirtualClock();
  const log = new MemoryLogger();
  return { clock, log, broadcaster: new Broadcaster({ clock, log }) };
}

const status = (message: string): NodeStatus => ({ state: 'partial', message, ready: 0, desired: 1 });
const update = (...nodes: readonly (readonly [string, string])[]): WorkflowStreamBody => ({
  event_type: 'node_update',
  data: { updates: nodes.map(([node_id, message]) => ({ node_id, type: 'deployment', status: status(message) })) },
});
const runEvent = (sequenceNumber: number): RunEvent => ({
  runId: 'r1',
  timestamp: '2026-03-01T12:00:00.000Z',
  sequenceNumber,
  type: 'node:skipped',
  nodeId: 'web',
  reason: 'unchanged',
});
const run = (sequenceNumber: number): WorkflowStreamBody => ({ event_type: 'run', data: runEvent(sequenceNumber) });
const sync = (message = 'all'): WorkflowStreamBody => ({
  event_type: 'workflow_sync',
  data: { nodes: { web: status(message) }, health: { connected: true }, run: null },
});
const linesOf = (count: number): LogStreamBody => ({
  event_type: 'log',
  data: { lines: Array.from({ length: count }, (_, id) => ({ id, pod: 'p', container: 'c', timestamp: '', message: 'm' })) },
});

/** Takes one event after another, each only when it is let go. */
class SlowView<E> {
  readonly events: E[] = [];
  readonly #held: (() => void)[] = [];

  readonly deliver = (event: E): Promise<void> => {
    this.events.push(event);
    return new Promise((resolve) => this.#held.push(resolve));
  };

  get busy(): boolean {
    return this.#held.length > 0;
  }

  /** Lets go of the oldest event that it has, and gives the next one time to arrive. */
  async take(): Promise<void> {
    for (let turn = 0; turn < 4; turn += 1) await Promise.resolve();
    this.#held.shift()?.();
    for (let turn = 0; turn < 6; turn += 1) await Promise.resolve();
  }

  async takeAll(queued: () => number): Promise<void> {
    do await this.take();
    while (this.busy || queued() > 0);
  }
}

describe('Broadcaster', () => {
  it('numbers the envelopes of each subscription from 1 and stamps them with the time of the clock', async () => {
    const { broadcaster } = rig();
    const early: WorkflowStreamEvent[] = [];
    const late: WorkflowStreamEvent[] = [];
    broadcaster.subscribe(key, { deliver: (event) => void early.push(event), snapshot: sync });
    broadcaster.publish(key, run(1));
    await settle();
    broadcaster.subscribe(key, { deliver: (event) => void late.push(event), snapshot: sync });
    broadcaster.publish(key, run(2));
    await settle();
    expect(early.map((event) => [event.sequenceNumber, event.event_type, event.stream_key, event.timestamp])).toEqual([
      [1, 'run', key, '2026-03-01T12:00:00.000Z'],
      [2, 'run', key, '2026-03-01T12:00:00.000Z'],
    ]);
    expect(late.map((event) => event.sequenceNumber)).toEqual([1]);
  });

  it('hands nothing over inside publish, and nothing to those who listen to another key', async () => {
    const { broadcaster } = rig();
    const heard: string[] = [];
    broadcaster.subscribe(key, { deliver: () => void heard.push('shop'), snapshot: sync });
    broadcaster.subscribe('workflow:blog', { deliver: () => void heard.push('blog'), snapshot: sync });
    broadcaster.publish(key, run(1));
    expect(heard).toEqual([]);
    await settle();
    expect(heard).toEqual(['shop']);
  });

  it('keeps one subscriber from the faults and the slowness of another', async () => {
    const { broadcaster, log } = rig();
    const heard: number[] = [];
    broadcaster.subscribe(key, {
      deliver: () => {
        throw new Error('broken view');
      },
      snapshot: sync,
    });
    broadcaster.subscribe(key, { deliver: () => Promise.reject(new Error('lost view')), snapshot: sync });
    broadcaster.subscribe(key, { deliver: () => new Promise(() => undefined), snapshot: sync });
    broadcaster.subscribe(key, { deliver: (event) => void heard.push(event.sequenceNumber), snapshot: sync });
    for (let number = 1; number <= 3; number += 1) {
      broadcaster.publish(key, run(number));
      await settle();
    }
    expect(heard).toEqual([1, 2, 3]);
    expect(log.lines.filter((line) => line.startsWith('error'))).toEqual([
      'error A view of workflow:shop could not take event 1.: broken view',
      'error A view of workflow:shop could not take event 1.: lost view',
    ]);
  });

  it('shows an envelope that a view threw on as a gap of its numbers', async () => {
    const { broadcaster } = rig();
    const heard: number[] = [];
    broadcaster.subscribe(key, {
      deliver: (event) => {
        if (event.sequenceNumber === 2) throw new Error('once');
        heard.push(event.sequenceNumber);
      },
      snapshot: sync,
    });
    for (let number = 1; number <= 3; number += 1) broadcaster.publish(key, run(number));
    await settle();
    expect(heard).toEqual([1, 3]);
  });

  it('gives a slow view the newest status of each node and none that was superseded', async () => {
    const { broadcaster } = rig();
    const view = new SlowView<WorkflowStreamEvent>();
    const subscription = broadcaster.subscribe(key, { deliver: view.deliver, snapshot: sync });
    broadcaster.publish(key, run(1));
    await settle();
    broadcaster.publish(key, update(['web', 'old'], ['db', 'kept']));
    broadcaster.publish(key, run(2));
    broadcaster.publish(key, update(['web', 'new']));
    broadcaster.publish(key, update(['cache', 'joined']));
    await view.takeAll(() => subscription.queued);
    expect(
      view.events.slice(1).map((event) => (event.event_type === 'node_update' ? event.data.updates.map((one) => one.status.message) : event.event_type)),
    ).toEqual([['kept'], 'run', ['new', 'joined']]);
  });

  it('has four envelopes on their way to a view of a workflow, and joins what waits behind them', async () => {
    const { broadcaster } = rig();
    const view = new SlowView<WorkflowStreamEvent>();
    const subscription = broadcaster.subscribe(key, { deliver: view.deliver, snapshot: sync });
    for (const message of ['1', '2', '3', '4', '5', '6']) {
      broadcaster.publish(key, update(['web', message]));
      await settle();
    }
    const told = (): unknown[] =>
      view.events.map((event) => [event.sequenceNumber, event.event_type === 'node_update' && event.data.updates[0]?.status.message]);
    const firstFour = [1, 2, 3, 4].map((number) => [number, String(number)]);
    expect(told()).toEqual(firstFour);
    expect(subscription.queued).toBe(1);
    await view.take();
    expect(told()).toEqual([...firstFour, [5, '6']]);
    const ended = broadcaster.close();
    await view.takeAll(() => subscription.queued);
    await ended;
    expect(view.events.at(-1)?.event_type).toBe('complete');
  });

  it('sends the snapshot in place of what does not fit, says how many were dropped, and still tells the end of the run', async () => {
    const { broadcaster, log } = rig();
    const view = new SlowView<WorkflowStreamEvent>();
    const subscription = broadcaster.subscribe(key, { deliver: view.deliver, snapshot: () => sync('at delivery') });
    broadcaster.publish(key, run(1));
    await settle();
    for (let number = 2; number <= 40; number += 1) broadcaster.publish(key, run(number));
    broadcaster.publish(key, { event_type: 'complete', data: { runId: 'r1', status: 'completed' } });
    expect(subscription.queued).toBe(2);
    await view.takeAll(() => subscription.queued);
    expect(view.events.map((event) => [event.sequenceNumber, event.event_type])).toEqual([
      [1, 'run'],
      [2, 'workflow_sync'],
      [3, 'complete'],
    ]);
    expect(log.lines).toEqual(['warn workflow:shop: 39 events or lines were dropped for a view that is slow.']);
  });

  it('does not send again what a view was given with a snapshot in another way', async () => {
    const { broadcaster } = rig();
    const view = new SlowView<WorkflowStreamEvent>();
    const subscription = broadcaster.subscribe(key, { deliver: view.deliver, snapshot: sync });
    broadcaster.publish(key, run(1));
    await settle();
    broadcaster.publish(key, run(2));
    broadcaster.publish(key, update(['web', 'x']));
    expect(subscription.caughtUp()).toBe(1);
    broadcaster.publish(key, run(3));
    await view.takeAll(() => subscription.queued);
    expect(view.events.map((event) => [event.sequenceNumber, event.event_type === 'run' ? event.data.sequenceNumber : 0])).toEqual([
      [1, 1],
      [2, 3],
    ]);
  });

  it('says in the place of log lines that did not fit how many they were, and keeps the end of each container', async () => {
    const { broadcaster, log } = rig();
    const view = new SlowView<LogStreamEvent>();
    const subscription = broadcaster.subscribe('pod-logs:web', { deliver: view.deliver, capacity: 3 });
    broadcaster.publish('pod-logs:web', linesOf(1));
    await settle();
    for (let number = 0; number < 10; number += 1) broadcaster.publish('pod-logs:web', linesOf(2));
    broadcaster.publish('pod-logs:web', { event_type: 'complete', data: { pod: 'p', container: 'c' } });
    await view.takeAll(() => subscription.queued);
    const told = view.events.map((event) => (event.event_type === 'log' ? [event.data.lines.length, event.data.dropped ?? 0] : event.event_type));
    expect(told).toEqual([[1, 0], [0, 18], [2, 0], 'complete']);
    expect(log.lines).toEqual(['warn pod-logs:web: 18 events or lines were dropped for a view that is slow.']);
  });

  it('counts its subscribers and forgets keys that nobody listens to', async () => {
    const { broadcaster } = rig();
    const heard: string[] = [];
    const resource = resourceKey('uid-1', { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' });
    const first = broadcaster.subscribe(key, { deliver: () => void heard.push('first'), snapshot: sync });
    const second = broadcaster.subscribe(key, { deliver: () => void heard.push('second'), snapshot: sync });
    broadcaster.subscribe('build:1', { deliver: () => undefined });
    expect([broadcaster.subscriberCount(key), broadcaster.subscriberCount(resource)]).toEqual([2, 0]);
    expect(resource).toBe('resource:uid-1/apps/v1/Deployment/shop/web');
    first.dispose();
    first.dispose();
    broadcaster.publish(key, run(1));
    second.dispose();
    await settle();
    expect(heard).toEqual([]);
    expect(broadcaster.keys()).toEqual(['build:1']);
  });

  it('ends every stream with complete, after what was waiting, and is silent from then on', async () => {
    const { broadcaster } = rig();
    const workflow: WorkflowStreamEvent[] = [];
    const logs: StreamEventOf<'pod-logs:web'>[] = [];
    broadcaster.subscribe(key, { deliver: (event) => void workflow.push(event), snapshot: sync });
    broadcaster.subscribe('pod-logs:web', { deliver: (event) => void logs.push(event) });
    broadcaster.publish(key, run(1));
    await broadcaster.close();
    broadcaster.publish(key, run(2));
    broadcaster.subscribe(key, { deliver: (event) => void workflow.push(event), snapshot: sync }).resync();
    await settle();
    expect(workflow.map((event) => event.event_type)).toEqual(['run', 'complete']);
    expect(workflow.at(-1)).toMatchObject({ data: { runId: '', status: 'closed' } });
    expect(logs.map((event) => event.event_type)).toEqual(['complete']);
    expect(broadcaster.keys()).toEqual([]);
  });

  it('does not wait for a view that takes nothing any more when it closes', async () => {
    const { broadcaster, clock } = rig();
    broadcaster.subscribe(key, { deliver: () => new Promise(() => undefined), snapshot: sync });
    broadcaster.publish(key, run(1));
    await settle();
    let closed = false;
    void broadcaster.close(500).then(() => (closed = true));
    await clock.advance(499);
    expect(closed).toBe(false);
    await clock.advance(1);
    expect(closed).toBe(true);
    expect(clock.waiting).toBe(0);
  });
});

/** A view that follows the contract: in order, nothing twice, and a gap means asking for the snapshot. */
class ModelView {
  readonly nodes = new Map<string, string>();
  readonly runs: number[] = [];
  ended = 0;
  readonly #ask: () => { readonly number: number; readonly nodes: ReadonlyMap<string, string>; readonly runs: readonly number[] };
  #expected = 1;

  constructor(ask: () => { readonly number: number; readonly nodes: ReadonlyMap<string, string>; readonly runs: readonly number[] }) {
    this.#ask = ask;
  }

  take(event: WorkflowStreamEvent): void {
    if (event.sequenceNumber !== this.#expected && event.event_type !== 'workflow_sync') {
      const { number, nodes, runs } = this.#ask();
      this.#expected = number + 1;
      this.#replace(nodes, runs);
      return;
    }
    this.#expected = event.sequenceNumber + 1;
    if (event.event_type === 'workflow_sync') {
      this.#replace(
        new Map(Object.entries(event.data.nodes).map(([id, one]) => [id, one.message])),
        event.data.run?.events.map((one) => one.sequenceNumber) ?? [],
      );
    } else if (event.event_type === 'node_update') for (const one of event.data.updates) this.nodes.set(one.node_id, one.status.message);
    else if (event.event_type === 'run') this.runs.push(event.data.sequenceNumber);
    else if (event.event_type === 'complete') this.ended += 1;
  }

  #replace(nodes: ReadonlyMap<string, string>, runs: readonly number[]): void {
    this.nodes.clear();
    for (const [id, message] of nodes) this.nodes.set(id, message);
    this.runs.splice(0, this.runs.length, ...runs);
  }
}

type Step =
  | { readonly type: 'status'; readonly nodes: readonly string[] }
  | { readonly type: 'run' }
  | { readonly type: 'take' }
  | { readonly type: 'lose' }
  | { readonly type: 'resync' };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant('status' as const), nodes: fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1 }) }) },
  { weight: 6, arbitrary: fc.constant({ type: 'run' as const }) },
  { weight: 5, arbitrary: fc.constant({ type: 'take' as const }) },
  { weight: 1, arbitrary: fc.constant({ type: 'lose' as const }) },
  { weight: 1, arbitrary: fc.constant({ type: 'resync' as const }) },
);

describe('A view that follows the contract', () => {
  it('ends with what the publisher has, however slow it was and whatever got lost on the way', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 80 }), fc.integer({ min: 1, max: 12 }), async (steps, capacity) => {
        const { broadcaster } = rig();
        const nodes = new Map<string, string>();
        const runs: number[] = [];
        const slow = new SlowView<WorkflowStreamEvent>();
        let losing = false;
        const snapshot = (): WorkflowStreamBody => ({
          event_type: 'workflow_sync',
          data: {
            nodes: Object.fromEntries([...nodes].map(([id, message]) => [id, status(message)])),
            health: { connected: true },
            run: { runId: 'r1', events: runs.map(runEvent) },
          },
        });
        const view = new ModelView(() => ({ number: subscription.caughtUp(), nodes, runs }));
        const subscription = broadcaster.subscribe(key, {
          capacity,
          snapshot,
          deliver: async (event) => {
            await slow.deliver(event);
            if (!losing) view.take(event);
            losing = false;
          },
        });
        let change = 0;
        for (const one of steps) {
          if (one.type === 'status') {
            change += 1;
            for (const id of one.nodes) nodes.set(id, String(change));
            broadcaster.publish(key, update(...one.nodes.map((id) => [id, String(change)] as const)));
          } else if (one.type === 'run') {
            runs.push(runs.length + 1);
            broadcaster.publish(key, run(runs.length));
          } else if (one.type === 'resync') subscription.resync();
          else {
            losing = one.type === 'lose' && slow.busy;
            await slow.take();
          }
          expect(subscription.queued).toBeLessThanOrEqual(capacity);
        }
        // One more event, so that a view that lost the last one notices; then everything is taken.
        await slow.takeAll(() => subscription.queued);
        runs.push(runs.length + 1);
        broadcaster.publish(key, run(runs.length));
        await slow.takeAll(() => subscription.queued);
        expect(slow.events.map((event) => event.sequenceNumber)).toEqual(slow.events.map((_, index) => index + 1));
        expect(view.runs).toEqual(runs);
        expect(Object.fromEntries(view.nodes)).toEqual(Object.fromEntries(nodes));
      }),
      { numRuns: 400 },
    );
  });

  it('can account for every log line: shown, or counted in a marker', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.integer({ min: 1, max: 5 }), fc.constant(0)), { maxLength: 120 }),
        fc.integer({ min: 2, max: 8 }),
        async (steps, capacity) => {
          const { broadcaster } = rig();
          const seen: number[] = [];
          let dropped = 0;
          const slow = new SlowView<LogStreamEvent>();
          const subscription = broadcaster.subscribe('pod-logs:web', {
            capacity,
            deliver: (event) => {
              if (event.event_type === 'log') {
                seen.push(...event.data.lines.map((line) => line.id));
                dropped += event.data.dropped ?? 0;
              }
              return slow.deliver(event);
            },
          });
          let id = 0;
          for (const count of steps) {
            if (count === 0) await slow.take();
            else {
              const told = Array.from({ length: count }, () => ({ id: id++, pod: 'p', container: 'c', timestamp: '', message: '' }));
              broadcaster.publish('pod-logs:web', { event_type: 'log', data: { lines: told } });
            }
            expect(subscription.queued).toBeLessThanOrEqual(capacity);
          }
          await slow.takeAll(() => subscription.queued);
          expect(seen.length + dropped).toBe(id);
          expect(seen).toEqual([...seen].sort((a, b) => a - b));
        },
      ),
      { numRuns: 300 },
    );
  });
});
