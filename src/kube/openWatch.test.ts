import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Cluster } from '../engine/ports';
import { startServer } from '../sandbox/startServer';
import type { Watching } from '../testing/contractRig';
import { configMap, watching } from '../testing/contractRig';
import type { Fault, FaultProxy, ProxiedRequest } from '../testing/faultProxy';
import { startFaultProxy } from '../testing/faultProxy';
import { MemoryLogger } from '../testing/memoryLogger';
import { until } from '../testing/until';
import { VirtualClock } from '../testing/virtualClock';
import { clusterFromKubeconfig } from './connect';

// Behind an intermediary that shows nothing of a watch before its first event, and kinds that nobody changes.

let server: Awaited<ReturnType<typeof startServer>>;
let writer: Cluster;
let proxy: FaultProxy;
let clock: VirtualClock;
let reader: Cluster;
let watch: Watching | undefined;
let nth = 0;

beforeAll(async () => {
  server = await startServer();
  writer = await clusterFromKubeconfig({ text: server.kubeconfig, clock: new VirtualClock(), logger: new MemoryLogger(), environment: {} });
});
afterAll(async () => {
  writer.dispose();
  await server.close();
});
beforeEach(async () => {
  nth++;
  await writer.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: `late-${nth}` } }, { fieldManager: 'kubeorch' });
  proxy = await startFaultProxy(server.kubeconfig);
  clock = new VirtualClock();
  reader = await clusterFromKubeconfig({ text: proxy.kubeconfig, clock, logger: new MemoryLogger(), environment: {}, random: () => 0.5 });
});
afterEach(async () => {
  watch?.stop();
  reader.dispose();
  await proxy.close();
});

const asked = (path: string, isWatch = false): number =>
  proxy.requests.filter((request) => request.watch === isWatch && (path === '' ? request.path.includes('/configmaps') : request.path === path)).length;
const write = (name: string) =>
  writer.apply(configMap(`late-${nth}`, name, { a: '1' }, { metadata: { name, namespace: `late-${nth}` } }), { fieldManager: 'kubeorch' });
const told = (): readonly string[] => watch?.events.map((event) => event.type) ?? [];

/** Begins to watch, and lets five seconds pass without the head of its answer. */
async function watchWithoutHead(fault: (request: ProxiedRequest) => Fault | undefined): Promise<void> {
  proxy.fault = fault;
  watch = watching(reader, 'ConfigMap', `late-${nth}`, { fieldSelector: 'metadata.name=a' });
  await until('the watch', () => asked('', true) === 1);
  // The time limit of the watch, and the patience with its head.
  await until('the wait for its head', () => clock.waiting === 2);
  await clock.advance(5_000);
  await until('the question', () => asked('/version') === 1);
}
/** Only the watch's own time limit is left. */
const answered = () => until('the answer', () => clock.waiting === 1);
const lateHead = ({ watch: isWatch }: ProxiedRequest): Fault | undefined => (isWatch ? { fault: 'lateHead' } : undefined);

test('a quiet kind is not called stale, and its first event comes through', async () => {
  await watchWithoutHead(lateHead);
  await answered();
  await clock.advance(100_000);
  await write('a');
  await until('the event', () => watch?.copy()['a'] !== undefined);
  expect(told()).toEqual(['synced', 'upsert']);
  expect([asked(''), asked('', true), asked('/version')]).toEqual([1, 1, 1]);
});

test('a head that never comes from a server that answers makes it list again', async () => {
  await watchWithoutHead(({ watch: isWatch }) => (isWatch ? { fault: 'hold' } : undefined));
  await answered();
  await write('a');
  await clock.advance(145_000);
  await until('the second list', () => watch?.copy()['a'] !== undefined);
  expect(told()).toEqual(['synced', 'upsert', 'synced']);
});

test('after an outage a server that answers is connected again, head or no head', async () => {
  proxy.fault = lateHead;
  watch = watching(reader, 'ConfigMap', `late-${nth}`, { fieldSelector: 'metadata.name=a' });
  await until('the wait for its head', () => asked('', true) === 1 && clock.waiting === 2);
  await proxy.stop();
  await until('the loss', () => told().includes('disconnected'));
  await proxy.start();
  while (asked('', true) < 2 || clock.waiting !== 2) await clock.advance(500);
  expect(told()).toEqual(['synced', 'disconnected']);
  await clock.advance(5_000);
  await until('the answer', () => told().includes('connected'));
  expect(told()).toEqual(['synced', 'disconnected', 'connected']);
});

test.each([
  ['says nothing at all', { fault: 'hold' }, 'timeout'],
  ['is only told of by a gateway', { fault: 'answer', status: 503, body: 'no server behind' }, 'unavailable'],
] as const)('a server that %s is found within half a minute', async (_, fault, kind) => {
  let began = false;
  await watchWithoutHead((request) => {
    began ||= request.watch;
    return request.watch ? { fault: 'hold' } : began ? fault : undefined;
  });
  await clock.advance(25_000);
  await until('the loss', () => told().includes('disconnected'));
  expect(watch?.events.find((event) => event.type === 'disconnected')?.failure.kind).toBe(kind);
});
