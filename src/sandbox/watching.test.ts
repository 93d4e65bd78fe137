import { afterEach, beforeEach, expect, test } from 'vitest';
import { VirtualClock } from './clock';
import type { RunningSandbox } from './options';
import { startServer } from './startServer';
import { call, configMap, nextEvent, openLines } from './tests/client';

const maps = '/api/v1/namespaces/default/configmaps';
let clock: VirtualClock;
let sandbox: RunningSandbox;

beforeEach(async () => {
  clock = new VirtualClock();
  sandbox = await startServer({ clock, seed: 'watch', historyLimit: 50 });
  // The cluster furnishes its namespaces first.
  clock.advance(100);
});
afterEach(() => sandbox.close());

const post = (name: string, more: Record<string, unknown> = {}) => call(sandbox, 'POST', maps, { body: configMap(name, more) });

async function version(): Promise<string> {
  return ((await call(sandbox, 'GET', maps)).json['metadata'] as { resourceVersion: string }).resourceVersion;
}

test('a watch goes on from a version and tells every change once, in order', async () => {
  await post('before');
  const from = await version();
  await post('missed');
  const stream = await openLines(sandbox, `${maps}?watch=true&resourceVersion=${from}`);
  await call(sandbox, 'PATCH', `${maps}/missed`, { body: { data: { a: '1' } }, contentType: 'application/merge-patch+json' });
  await call(sandbox, 'DELETE', `${maps}/missed`);
  const seen = [await nextEvent(stream), await nextEvent(stream), await nextEvent(stream)];
  expect(seen.map((event) => [event?.type, event?.object.metadata.name])).toEqual([
    ['ADDED', 'missed'],
    ['MODIFIED', 'missed'],
    ['DELETED', 'missed'],
  ]);
  const versions = seen.map((event) => Number(event?.object.metadata.resourceVersion));
  expect(versions).toEqual([...versions].sort((a, b) => a - b));
  expect(seen[0]?.object).toMatchObject({ kind: 'ConfigMap', apiVersion: 'v1' });
  stream.close();
});

test('an object that stops matching the selector is told as deleted, and as added when it matches again', async () => {
  await post('m', { metadata: { name: 'm', labels: { on: 'yes' } } });
  const stream = await openLines(sandbox, `${maps}?watch=true&labelSelector=on=yes`);
  expect(await nextEvent(stream)).toMatchObject({ type: 'ADDED' });
  for (const on of ['no', 'yes'])
    await call(sandbox, 'PATCH', `${maps}/m`, { body: { metadata: { labels: { on } } }, contentType: 'application/merge-patch+json' });
  expect(await nextEvent(stream)).toMatchObject({ type: 'DELETED', object: { metadata: { labels: { on: 'yes' } } } });
  expect(await nextEvent(stream)).toMatchObject({ type: 'ADDED', object: { metadata: { labels: { on: 'yes' } } } });
  stream.close();
});

test('a version that is too old gets 410 in the stream', async () => {
  const from = await version();
  for (let number = 0; number < 80; number++) await post(`m${String(number)}`);
  const stream = await openLines(sandbox, `${maps}?watch=true&resourceVersion=${from}`);
  expect(stream.status).toBe(200);
  expect(await nextEvent(stream)).toMatchObject({ type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } });
  expect(await stream.next()).toBeUndefined();
});

test('a page that is asked for too late is expired', async () => {
  for (const name of ['a', 'b', 'c']) await post(name);
  const first = await call(sandbox, 'GET', `${maps}?limit=1`);
  const token = (first.json['metadata'] as { continue: string }).continue;
  for (let number = 0; number < 80; number++) await post(`m${String(number)}`);
  const late = await call(sandbox, 'GET', `${maps}?limit=1&continue=${token}`);
  expect(late.json).toMatchObject({ code: 410, reason: 'Expired' });
  const fresh = (late.json['metadata'] as { continue: string }).continue;
  expect((await call(sandbox, 'GET', `${maps}?limit=1&continue=${fresh}`)).status).toBe(200);
});

test('sendInitialEvents gives what is there and then marks the end of it', async () => {
  await post('a');
  const query = 'watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
  const stream = await openLines(sandbox, `${maps}?${query}`);
  const names: string[] = [];
  for (let event = await nextEvent(stream); event?.type !== 'BOOKMARK'; event = await nextEvent(stream)) {
    if (event === undefined) throw new Error('the stream ended without its bookmark');
    names.push(event.object.metadata.name);
    if (names.length > 10) break;
  }
  expect(names).toContain('a');
  stream.close();
  expect((await call(sandbox, 'GET', `${maps}?watch=true&sendInitialEvents=true`)).json).toMatchObject({
    code: 422,
    details: { causes: [{ field: 'resourceVersionMatch' }] },
  });
});

test('bookmarks come while nothing happens, and before the end that timeoutSeconds sets', async () => {
  const stream = await openLines(sandbox, `${maps}?watch=true&allowWatchBookmarks=true&timeoutSeconds=90&resourceVersion=${await version()}`);
  clock.advance(60_000);
  expect(await nextEvent(stream)).toMatchObject({ type: 'BOOKMARK', object: { kind: 'ConfigMap', metadata: { resourceVersion: await version() } } });
  clock.advance(30_000);
  expect(await nextEvent(stream)).toMatchObject({ type: 'BOOKMARK' });
  expect(await stream.next()).toBeUndefined();
});

test('a watched table names its columns in the first event only', async () => {
  await post('a');
  const stream = await openLines(sandbox, `${maps}?watch=true&fieldSelector=metadata.name=a`, { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' });
  await call(sandbox, 'PATCH', `${maps}/a`, { body: { data: { x: '1' } }, contentType: 'application/merge-patch+json' });
  const first = await nextEvent(stream);
  const second = await nextEvent(stream);
  expect(first?.object).toMatchObject({
    kind: 'Table',
    columnDefinitions: [{ name: 'Name' }, { name: 'Data' }, { name: 'Age' }],
    rows: [{ cells: ['a', 0, '0s'] }],
  });
  expect(second?.object).toMatchObject({ columnDefinitions: null, rows: [{ cells: ['a', 1, '0s'] }] });
  stream.close();
});
