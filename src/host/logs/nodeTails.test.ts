import { expect, test } from 'vitest';
import type { PodInfo } from '../../engine/index';
import { disposable } from '../../shared/disposables';
import type { Target } from '../../shared/plan';
import type { LogStreamBody } from '../../shared/stream';
import { Emitter } from '../../shared/emitter';
import { MemoryLogger } from '../../testing/memoryLogger';
import { scriptedLogs } from '../../testing/scriptedLogs';
import { VirtualClock } from '../../testing/virtualClock';
import { LogStreams } from './logStreams';
import { NodeTails } from './nodeTails';

const words = {
  failure: String,
  restarted: () => 'restarted',
  replaced: () => 'replaced',
  ended: () => 'ended',
  lost: () => 'lost',
  setAside: () => 'set aside',
};
const target: Target = { label: 'sandbox', sandbox: true, context: 'c', server: 's', clusterUid: 'u', namespace: 'shop', protected: false };
const pod = (name: string): PodInfo => ({
  namespace: 'shop',
  name,
  uid: name,
  phase: 'Running',
  ready: true,
  createdAt: '',
  terminating: false,
  containers: [
    { name: 'main', init: false, ephemeral: false, restarts: 0, started: true },
    { name: 'setup', init: true, ephemeral: false, restarts: 0, started: true },
  ],
});

function rig() {
  const script = scriptedLogs();
  const clock = new VirtualClock();
  const log = new MemoryLogger();
  const streams = new LogStreams({ clock, log, words });
  const fail = (error: unknown): never => {
    throw error;
  };
  const patches = new Emitter<void>(fail);
  const retargeted = new Emitter<void>(fail);
  const told: { readonly nodeId: string; readonly body: LogStreamBody }[] = [];
  const state = { target: target as Target | null, held: 0, pods: new Map([['web', [pod('web-1')]]]) };
  const tails = new NodeTails({
    live: {
      get target() {
        return state.target;
      },
      podsOf: (nodeId) => state.pods.get(nodeId) ?? [],
      onPatch: patches.on,
      onDidChangeTarget: retargeted.on,
      connect: async () => {
        state.held++;
        const hold = disposable(() => void state.held--);
        return { cluster: script.cluster, target, dispose: () => hold.dispose() };
      },
    },
    streams,
    clock,
    log,
    words,
    publish: (nodeId, body) => told.push({ nodeId, body }),
  });
  const messages = (): string[] =>
    told.flatMap(({ nodeId, body }) => (body.event_type === 'log' ? body.data.lines.map((line) => `${nodeId}: ${line.message}`) : []));
  return { ...script, clock, streams, state, tails, patches, retargeted, messages };
}

const at = (second: string): string => `2026-03-01T12:00:${second}Z`;

test('the newest line of a node is told, at most ten times a second, and nothing of nodes that nobody holds', async () => {
  const { tails, clock, readings, reading, messages, state, streams } = rig();
  await clock.advance(1000);
  expect(readings).toHaveLength(0);
  const first = tails.hold('web');
  const second = tails.hold('web');
  await clock.advance(10);
  // The container that runs, and not the one that ran before it.
  expect(readings.map(({ query }) => query.container)).toEqual(['main']);
  expect(reading(0).query).toMatchObject({ follow: true, tailLines: 1 });
  for (let line = 0; line < 100; line++) {
    reading(0).say([at('01'), `line ${line}`]);
    await clock.advance(10);
  }
  await clock.advance(200);
  expect(messages().length).toBeGreaterThan(5);
  expect(messages().length).toBeLessThan(14);
  expect(messages().at(-1)).toBe('web: line 99');
  first.dispose();
  first.dispose();
  expect(streams.size).toBe(1);
  second.dispose();
  expect(streams.size).toBe(0);
  expect(state.held).toBe(0);
  expect(reading(0).query.signal?.aborted).toBe(true);
});

test('lines of one node never appear at another', async () => {
  const { tails, clock, readings, state, messages } = rig();
  state.pods.set('db', [pod('db-1')]);
  tails.hold('web');
  tails.hold('db');
  await clock.advance(10);
  for (let line = 0; line < 20; line++) {
    for (const one of readings) one.say([at('01'), `${one.query.pod} says ${line}`]);
    await clock.advance(37);
  }
  expect(messages().length).toBeGreaterThan(4);
  for (const message of messages()) expect(message).toMatch(/^(web: web-1|db: db-1) says/);
  tails.dispose();
});

test('another target is followed anew, and none at all is asked nothing', async () => {
  const { tails, clock, readings, state, retargeted } = rig();
  state.target = null;
  tails.hold('web');
  await clock.advance(10_000);
  expect(readings).toHaveLength(0);
  state.target = target;
  retargeted.emit();
  await clock.advance(10);
  expect(readings).toHaveLength(1);
  retargeted.emit();
  await clock.advance(10);
  expect(readings).toHaveLength(2);
  expect(readings[0]?.query.signal?.aborted).toBe(true);
  tails.dispose();
  await clock.advance(10);
  expect(readings[1]?.query.signal?.aborted).toBe(true);
});
