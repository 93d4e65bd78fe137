import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunningSandbox } from './options';
import { startServer } from './startServer';
import { call, nextEvent, openLines } from './tests/client';

// How both faces answer to single requests is compared with a real API server in src/e2e/cluster/events.cluster.test.ts.

const core = '/api/v1/namespaces/default/events';
const newer = '/apis/events.k8s.io/v1/namespaces/default/events';
let sandbox: RunningSandbox;

beforeAll(async () => {
  sandbox = await startServer();
});
afterAll(() => sandbox.close());

const event = (name: string) => ({
  apiVersion: 'events.k8s.io/v1',
  kind: 'Event',
  metadata: { name },
  eventTime: '2026-03-01T12:00:00.000000Z',
  regarding: { kind: 'Pod', namespace: 'default', name: 'web-0' },
  reason: 'Pulled',
  action: 'Pulling',
  note: 'Pulled the image',
  type: 'Normal',
  reportingController: 'kubeorch.dev/test',
  reportingInstance: 'test-1',
});

test('a watch of either face hears of every event under its own names', async () => {
  const { json } = await call(sandbox, 'GET', newer);
  const from = (json['metadata'] as { resourceVersion: string }).resourceVersion;
  // One change before the watches begin, and one after.
  await call(sandbox, 'POST', newer, { body: event('a') });
  const [old, fresh] = [
    await openLines(sandbox, `${core}?watch=true&resourceVersion=${from}&fieldSelector=involvedObject.name=web-0`),
    await openLines(sandbox, `${newer}?watch=true&resourceVersion=${from}&fieldSelector=regarding.name=web-0`),
  ];
  await call(sandbox, 'DELETE', `${core}/a`);
  for (const type of ['ADDED', 'DELETED']) {
    expect(await nextEvent(old)).toMatchObject({ type, object: { apiVersion: 'v1', message: 'Pulled the image', involvedObject: { name: 'web-0' } } });
    expect(await nextEvent(fresh)).toMatchObject({ type, object: { apiVersion: 'events.k8s.io/v1', note: 'Pulled the image', regarding: { name: 'web-0' } } });
  }
  old.close();
  fresh.close();
});

test('both list the same events, also in pages, and the table is the same', async () => {
  for (const name of ['b', 'c', 'd']) expect((await call(sandbox, 'POST', newer, { body: event(name) })).status).toBe(201);
  const names = async (path: string): Promise<readonly string[]> =>
    ((await call(sandbox, 'GET', path)).json['items'] as { metadata: { name: string } }[]).map(({ metadata }) => metadata.name);
  expect(await names(newer)).toEqual(await names(core));
  const first = (await call(sandbox, 'GET', `${newer}?limit=2`)).json['metadata'] as { continue: string };
  await call(sandbox, 'DELETE', `${newer}/d`);
  // The second page is of the moment of the first.
  expect(await names(`${newer}?limit=2&continue=${first.continue}`)).toContain('d');
  const cells = async (path: string): Promise<unknown> =>
    ((await call(sandbox, 'GET', path, { headers: { accept: 'application/json;as=Table;g=meta.k8s.io;v=v1' } })).json['rows'] as { cells: unknown }[]).map(
      (row) => row.cells,
    );
  expect(await cells(newer)).toEqual(await cells(core));
});

test('a namespace takes its events along, whichever group made them', async () => {
  const gone = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'gone' } };
  await call(sandbox, 'POST', '/api/v1/namespaces', { body: gone });
  const path = newer.replace('default', 'gone');
  await call(sandbox, 'POST', path, { body: { ...event('e'), regarding: { kind: 'Pod', namespace: 'gone', name: 'web-0' } } });
  await call(sandbox, 'DELETE', '/api/v1/namespaces/gone');
  await expect.poll(async () => (await call(sandbox, 'GET', '/api/v1/namespaces/gone')).status).toBe(404);
  expect((await call(sandbox, 'GET', path)).json['items']).toEqual([]);
});
