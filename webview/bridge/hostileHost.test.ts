import { afterEach, describe, expect, it } from 'vitest';
import type { ChannelMessage, Transport } from '../../src/shared/channel';
import { Channel, ChannelError } from '../../src/shared/channel';
import type { CanvasSnapshot, HostEvents, HostRequests, WebviewEvents } from '../../src/shared/protocol';
import { emptyWorkflow } from '../../src/shared/workflow';
import { mutatedMessages } from '../../src/testing/mutatedMessages';
import { createLogStore } from '../logs/logStore';
import { createDocumentStore } from '../store/documentStore';
import { NodeTails } from '../store/nodeTails';
import { createPlanStore } from '../store/planStore';
import { createRunStore } from '../store/runStore';
import { WorkflowStream } from './streams';

const unhandled: unknown[] = [];
process.on('unhandledRejection', (error) => void unhandled.push(error));
afterEach(() => {
  expect(unhandled.splice(0)).toEqual([]);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
});

const snapshot = (revision: number): CanvasSnapshot => ({
  document: { revision, workflow: emptyWorkflow('shop'), problems: [], readOnly: false, positions: {}, relations: {}, derived: {}, derivedFrom: [] },
  catalog: { kinds: [] },
  target: null,
  chosen: null,
  live: { nodes: {}, health: { connected: true }, sequenceNumber: 0 },
  run: null,
  plan: null,
  drift: { nodes: {} },
  texts: {},
  trusted: true,
  ownKeys: true,
});

/** The page's end without a page: the real channel, stream and stores, with frames that the test lets pass. */
function rig() {
  const posted: ChannelMessage[] = [];
  const faults: string[] = [];
  const frames: (() => void)[] = [];
  let hear: (message: unknown) => void = () => undefined;
  const transport: Transport = {
    post: (message) => void posted.push(message),
    listen: (listener) => {
      hear = listener;
      return { dispose: () => undefined };
    },
  };
  const browserFrames = { next: (run: () => void) => void frames.push(run), after: (_: number, run: () => void) => void frames.push(run) };
  const documents = createDocumentStore(snapshot(1).document, { kinds: [] });
  const runs = createRunStore({ trusted: true, target: null, chosen: null, nodes: {}, health: { connected: true }, run: null });
  const plans = createPlanStore(null);
  const log = createLogStore(
    (text) => text,
    browserFrames,
    () => undefined,
  );
  const tails = new NodeTails({ frames: browserFrames, tellWanted: () => undefined });
  const channel = new Channel<HostRequests, WebviewEvents, object, HostEvents>({
    transport,
    serve: {},
    hear: {
      catalogChanged: () => undefined,
      documentChanged: (document) => documents.getState().confirm(document),
      documentPatched: (patch) => void documents.getState().patch(patch),
      targetChanged: ({ target, chosen }) => runs.getState().retarget(target, chosen),
      driftChanged: (drift) => runs.getState().showDrift(drift),
      planChanged: ({ plan }) => plans.getState().show(plan),
      stream: (event) => stream.receive(event),
      tail: ({ nodeId, event }) => {
        tails.receive(nodeId, event);
        log.receive(event);
      },
      focusNode: () => undefined,
      command: () => undefined,
    },
    onFault: (message) => void faults.push(message),
  });
  const stream = new WorkflowStream({
    sink: runs.getState(),
    frames: browserFrames,
    sequenceNumber: 0,
    sync: () => channel.request('workflowSync', {}),
    onSnapshot: (next) => documents.getState().confirm(next.document),
  });
  tails.subscribe('web', () => undefined);
  return { channel, send: (message: unknown) => hear(message), posted, faults, frames, runs };
}

const answer = (id: number, result: unknown): object => ({ kind: 'response', id, result });
const failure = (id: number): object => ({ kind: 'failure', id, error: { code: 'refused', message: 'No.' } });

describe('a page that is told nonsense', () => {
  it('ends every request, with a result or an error, whatever comes as the answer', async () => {
    const { channel, send, posted } = rig();
    const answers = mutatedMessages([failure(1), answer(1, null)], 10_000) as readonly Record<string, unknown>[];
    let typed = 0;
    for (const broken of answers) {
      const ended = channel.request('previewManifest', { nodeId: 'web' }).then(
        () => true,
        (error: unknown) => {
          if (error instanceof ChannelError && typeof error.error.code === 'string' && typeof error.message === 'string') typed++;
          else throw error;
          return true;
        },
      );
      const id = (posted.at(-1) as { id: number }).id;
      // Where the number itself is broken it is the answer to nothing.
      send(broken !== null && typeof broken === 'object' && broken['id'] === 1 ? { ...broken, id } : broken);
      send(answer(id, null));
      expect(await ended).toBe(true);
    }
    expect(typed).toBeGreaterThan(1_000);
  });

  it('throws nothing at whoever brings ten thousand broken events, and goes on with the next sound one', { timeout: 60_000 }, () => {
    const { send, faults, frames, runs } = rig();
    const line = { id: 1, pod: 'web-1', container: 'web', timestamp: '', message: 'hello' };
    const stream = (event_type: string, data: object): object => ({
      stream_key: 'workflow:shop',
      sequenceNumber: 1,
      timestamp: '2026-11-21T10:00:00Z',
      event_type,
      data,
    });
    const health = { connected: true };
    const status = { state: 'healthy', message: '', ready: 1, desired: 1 };
    const run = { runId: 'r', timestamp: '', sequenceNumber: 1, type: 'node:completed', nodeId: 'web', durationMs: 1 };
    const valid = [
      { kind: 'event', name: 'documentChanged', data: snapshot(2).document },
      { kind: 'event', name: 'documentPatched', data: { base: 2, revision: 3, readOnly: false, positions: { set: { web: [1, 2] }, gone: [] } } },
      { kind: 'event', name: 'targetChanged', data: { target: null, chosen: 'prod' } },
      { kind: 'event', name: 'planChanged', data: { plan: null } },
      { kind: 'event', name: 'stream', data: stream('node_update', { updates: [{ node_id: 'web', type: 'deployment', status }] }) },
      { kind: 'event', name: 'stream', data: stream('workflow_sync', { nodes: { web: status }, health, run: { runId: 'r', events: [run] }, target: null }) },
      { kind: 'event', name: 'stream', data: stream('run', run) },
      { kind: 'event', name: 'stream', data: stream('error', { message: 'gone', health }) },
      { kind: 'event', name: 'tail', data: { nodeId: 'web', event: stream('log', { lines: [line] }) } },
      { kind: 'event', name: 'tail', data: { nodeId: 'web', event: stream('metadata', { nodeId: 'web', namespace: 'a', cluster: 'b', containers: [] }) } },
      { kind: 'event', name: 'focusNode', data: { nodeId: 'web' } },
      { kind: 'request', id: 1, name: 'anything', params: {} },
    ];
    for (const message of mutatedMessages(valid, 10_000)) {
      send(message);
      // What waits for the next frame is as broken as what came; the browser has nobody to tell it to but the page itself.
      for (const run of frames.splice(0)) run();
    }
    expect(faults.length).toBeGreaterThan(1_000);
    const target = { label: 'Sandbox', sandbox: true, context: 'c', server: 'https://127.0.0.1', clusterUid: 'u', namespace: 'n', protected: false };
    send({ kind: 'event', name: 'targetChanged', data: { target, chosen: 'Sandbox' } });
    expect(runs.getState().target).toBe(target);
  });
});
