import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Json, JsonMap } from '../../sandbox/objects';
import { isMap } from '../../sandbox/objects';
import { startServer } from '../../sandbox/startServer';
import type { ApiServer } from '../../testing/apiServer';
import { startApiServer } from '../../testing/apiServer';
import type { Answer, Wire } from './differential';
import { comparable, differences, sendExchange, wireOf } from './differential';
import type { Exchange } from './differentialCases';

// Events have one store and two faces. What is written by one of them is read by both, on the sandbox and on a real API server.

const core = '/api/v1/namespaces/$ns/events';
const newer = '/apis/events.k8s.io/v1/namespaces/$ns/events';
const json = 'application/json';
const merge = 'application/merge-patch+json';

const about: JsonMap = { kind: 'Pod', namespace: 'default', name: 'web-0', apiVersion: 'v1', fieldPath: 'spec.containers{web}' };
const told = (name: string, more: JsonMap = {}): JsonMap => ({
  apiVersion: 'events.k8s.io/v1',
  kind: 'Event',
  metadata: { name },
  eventTime: '2026-03-01T12:00:00.123456Z',
  regarding: about,
  reason: 'Pulled',
  action: 'Pulling',
  note: 'Pulled the image',
  type: 'Normal',
  reportingController: 'kubeorch.dev/test',
  reportingInstance: 'test-1',
  ...more,
});
const old = (name: string, more: JsonMap = {}): JsonMap => ({
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name },
  involvedObject: about,
  reason: 'Pulled',
  message: 'Pulled the image',
  type: 'Normal',
  source: { component: 'kubelet', host: 'node-1' },
  firstTimestamp: '2026-03-01T12:00:00Z',
  lastTimestamp: '2026-03-01T12:05:00Z',
  count: 3,
  ...more,
});

const post = (title: string, path: string, body: JsonMap): Exchange => ({ title, method: 'POST', path, contentType: json, body });
const get = (path: string): Exchange => ({ title: `read ${path}`, method: 'GET', path });
const patch = (title: string, path: string, body: Json): Exchange => ({ title, method: 'PATCH', path, contentType: merge, body });
const without = (body: JsonMap, ...fields: readonly string[]): JsonMap => Object.fromEntries(Object.entries(body).filter(([field]) => !fields.includes(field)));

const exchanges: readonly Exchange[] = [
  post('an event of the newer group', newer, told('new')),
  get(`${newer}/new`),
  get(`${core}/new`),
  post('an event of the core group', core, old('old')),
  get(`${core}/old`),
  get(`${newer}/old`),
  post('one that is there under the other face', core, old('new')),
  post('one of the wrong version', newer, old('wrong')),
  post('one without its time', newer, without(told('no-time'), 'eventTime')),
  post('one without controller, instance, action and reason', newer, without(told('bare'), 'reportingController', 'reportingInstance', 'action', 'reason')),
  post('one of another type', newer, told('type', { type: 'Loud' })),
  post(
    'one with fields of old',
    newer,
    told('fields', { deprecatedCount: 2, deprecatedSource: { component: 'a' }, deprecatedFirstTimestamp: '2026-03-01T12:00:00Z' }),
  ),
  post('one with a series of one', newer, told('series', { series: { count: 1, lastObservedTime: '2026-03-01T12:00:00.000000Z' } })),
  post('one about another namespace without a time', core, old('elsewhere', { involvedObject: { ...about, namespace: 'kube-system' } })),
  post('one about another namespace', newer, told('far', { regarding: { ...about, namespace: 'kube-system' } })),
  post('one with words that are too long', newer, told('long', { note: 'x'.repeat(1025), action: 'y'.repeat(129) })),
  post('one with a controller that is no name', newer, told('name', { reportingController: 'not a name' })),
  post('one with a field that nobody knows', `${newer}?fieldValidation=Strict`, told('unknown', { message: 'of the other face' })),
  patch('a series', `${newer}/new`, { series: { count: 2, lastObservedTime: '2026-03-01T12:01:00.000000Z' } }),
  get(`${core}/new`),
  patch('another reason', `${newer}/new`, { reason: 'Failed' }),
  patch('another note and object', `${newer}/new`, { note: 'Failed', regarding: { name: 'web-1' } }),
  patch('a count by the core group', `${core}/old`, { count: 4, lastTimestamp: '2026-03-01T12:06:00Z' }),
  get(`${newer}/old`),
  patch('a label by the newer group', `${newer}/old`, { metadata: { labels: { a: 'b' } } }),
  get(`${core}/old`),
  patch('a label by the core group', `${core}/new`, { metadata: { labels: { a: 'b' } } }),
  get(`${newer}/new`),
  get(`${newer}?fieldSelector=regarding.name%3Dweb-0,metadata.name%3Dold`),
  get(`${newer}?fieldSelector=involvedObject.name%3Dweb-0`),
  get(`${core}?fieldSelector=regarding.name%3Dweb-0`),
  { title: 'delete by the newer group what the core group made', method: 'DELETE', path: `${newer}/old` },
  get(`${core}/old`),
  { title: 'delete by the core group what the newer group made', method: 'DELETE', path: `${core}/new` },
  get(`${newer}/new`),
];

let server: ApiServer;
let real: Wire;
let ours: Wire;
let stop: () => Promise<void>;

beforeAll(async () => {
  server = await startApiServer();
  await server.untilReady();
  const sandbox = await startServer();
  stop = () => sandbox.close();
  real = wireOf(server.kubeconfig);
  ours = wireOf(sandbox.kubeconfig);
}, 120_000);
afterAll(async () => {
  real?.close();
  ours?.close();
  await stop?.();
  await server?.close();
});

/** Of a list, each of its items: no two lists have the same version. */
function compared({ code, body }: Answer): Json {
  return Array.isArray(body['items'])
    ? { code, items: body['items'].filter(isMap).map((item) => comparable({ code, body: item })) }
    : comparable({ code, body });
}

it('both faces of events answer as those of a real API server do', async () => {
  const found: string[] = [];
  for (const exchange of exchanges) {
    const [left, right] = [await sendExchange(real, exchange, 'default'), await sendExchange(ours, exchange, 'default')];
    found.push(...differences(compared(left), compared(right)).map((one) => `${exchange.title}: ${one}`));
  }
  expect(found).toEqual([]);
}, 60_000);
