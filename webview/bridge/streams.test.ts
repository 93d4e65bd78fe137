import { describe, expect, it } from 'vitest';
import type { NodeStatus } from '../../src/shared/nodeStatus';
import type { CanvasSnapshot } from '../../src/shared/protocol';
import type { WorkflowStreamBody, WorkflowStreamEvent } from '../../src/shared/stream';
import { emptyWorkflow } from '../../src/shared/workflow';
import type { WorkflowSink } from './streams';
import { WorkflowStream } from './streams';

const status = (message: string): NodeStatus => ({ state: 'healthy', message, ready: 1, desired: 1 });

function event(sequenceNumber: number, body: WorkflowStreamBody): WorkflowStreamEvent {
  return { stream_key: 'workflow:shop', sequenceNumber, timestamp: '2026-11-21T10:00:00Z', ...body };
}

const update = (sequenceNumber: number, id: string, message: string): WorkflowStreamEvent =>
  event(sequenceNumber, { event_type: 'node_update', data: { updates: [{ node_id: id, type: 'app', status: status(message) }] } });

function snapshot(sequenceNumber: number, nodes: Readonly<Record<string, NodeStatus>>): CanvasSnapshot {
  return {
    document: { revision: 1, workflow: emptyWorkflow('shop'), problems: [], readOnly: false, positions: {}, relations: {}, derived: {}, derivedFrom: [] },
    catalog: { kinds: [] },
    target: null,
    chosen: null,
    live: { nodes, health: { connected: true }, sequenceNumber },
    run: null,
    plan: null,
    drift: { nodes: {} },
    texts: {},
    trusted: true,
    ownKeys: true,
  };
}

/** A stream with frames and answers that the test releases by hand. */
function setUp(sequenceNumber = 0) {
  const flushed: Record<string, string>[] = [];
  const replaced: string[][] = [];
  const frames: (() => void)[] = [];
  const delays: { ms: number; run: () => void }[] = [];
  const answers: { resolve: (snapshot: CanvasSnapshot) => void; reject: (error: Error) => void }[] = [];
  const sink: WorkflowSink = {
    replace: (nodes) => void replaced.push(Object.keys(nodes)),
    update: (statuses) => void flushed.push(Object.fromEntries([...statuses].map(([id, { message }]) => [id, message]))),
  };
  const stream = new WorkflowStream({
    sink,
    frames: { next: (run) => void frames.push(run), after: (ms, run) => void delays.push({ ms, run }) },
    sequenceNumber,
    sync: () => new Promise((resolve, reject) => answers.push({ resolve, reject })),
    onSnapshot: () => undefined,
  });
  const frame = (): void => {
    for (const run of frames.splice(0)) run();
  };
  const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));
  return { stream, flushed, replaced, frames, delays, answers, frame, settle };
}

describe('the stream of a workflow', () => {
  it('collects statuses per node and hands over the last of each once per frame', () => {
    const { stream, flushed, frames, frame } = setUp();
    stream.receive(update(1, 'a', 'one'));
    stream.receive(update(2, 'b', 'two'));
    stream.receive(update(3, 'a', 'three'));
    expect(flushed).toEqual([]);
    expect(frames).toHaveLength(1);
    frame();
    expect(flushed).toEqual([{ a: 'three', b: 'two' }]);
  });

  it('goes on from the number of the snapshot the page began with and passes over older events', () => {
    const { stream, flushed, frame, answers } = setUp(7);
    stream.receive(update(7, 'a', 'old'));
    stream.receive(update(8, 'a', 'new'));
    frame();
    expect(flushed).toEqual([{ a: 'new' }]);
    expect(answers).toHaveLength(0);
  });

  it('asks for the snapshot once after a gap, and then goes on with what came meanwhile', async () => {
    const { stream, flushed, replaced, frame, answers, settle } = setUp();
    stream.receive(update(1, 'a', 'one'));
    stream.receive(update(3, 'b', 'three'));
    stream.receive(update(4, 'c', 'four'));
    stream.receive(update(5, 'd', 'five'));
    expect(answers).toHaveLength(1);
    answers[0]?.resolve(snapshot(4, { a: status('x'), b: status('x') }));
    await settle();
    frame();
    expect(replaced).toEqual([['a', 'b']]);
    // What the snapshot contains is not told again; what is newer is.
    expect(flushed).toEqual([{ d: 'five' }]);
  });

  it('asks again when there was a second gap behind the snapshot', async () => {
    const { stream, answers, settle } = setUp();
    stream.receive(update(2, 'a', 'two'));
    stream.receive(update(9, 'b', 'nine'));
    answers[0]?.resolve(snapshot(3, {}));
    await settle();
    expect(answers).toHaveLength(2);
    answers[1]?.resolve(snapshot(9, {}));
    await settle();
    expect(answers).toHaveLength(2);
  });

  it('tries again after three seconds when the snapshot could not be had', async () => {
    const { stream, answers, delays, settle } = setUp();
    stream.synchronize();
    answers[0]?.reject(new Error('closed'));
    await settle();
    expect(delays.map(({ ms }) => ms)).toEqual([3000]);
    delays[0]?.run();
    expect(answers).toHaveLength(2);
  });

  it('takes a new subscription as the whole truth, whatever number came before', () => {
    const { stream, replaced, flushed, frame, answers } = setUp(40);
    stream.receive(
      event(1, {
        event_type: 'metadata',
        data: {
          target: { label: 'x', sandbox: true, context: 'x', server: 'x', clusterUid: 'x', namespace: 'x', protected: false },
          health: { connected: true },
          nodes: { a: status('x') },
        },
      }),
    );
    stream.receive(update(2, 'a', 'two'));
    frame();
    expect(replaced).toEqual([['a']]);
    expect(flushed).toEqual([{ a: 'two' }]);
    expect(answers).toHaveLength(0);
  });

  it('does not let statuses that waited for a frame come after a snapshot that is newer', async () => {
    const { stream, flushed, frame, answers, settle } = setUp();
    stream.receive(update(1, 'a', 'old'));
    stream.synchronize();
    answers[0]?.resolve(snapshot(5, { a: status('new') }));
    await settle();
    frame();
    expect(flushed).toEqual([]);
  });

  it('passes over events of a kind that it does not know', () => {
    const { stream, frames } = setUp();
    stream.receive({ ...update(1, 'a', 'x'), event_type: 'weather', data: {} } as never);
    expect(frames).toHaveLength(0);
  });
});
