import { afterAll, beforeAll, expect, test } from 'vitest';
import type { KubeObject } from '../objects';
import type { RunningSandbox } from '../options';
import { startServer } from '../startServer';
import { call, configMap, type CallOptions } from '../tests/client';

let sandbox: RunningSandbox;
const maps = '/api/v1/namespaces/default/configmaps';

beforeAll(async () => {
  sandbox = await startServer({ seed: 'objects' });
});
afterAll(() => sandbox.close());

const get = (path: string, options?: CallOptions) => call(sandbox, 'GET', path, options);
const post = (path: string, body: unknown) => call(sandbox, 'POST', path, { body });

function items(json: Record<string, unknown>): KubeObject[] {
  return json['items'] as KubeObject[];
}

function metaOf(json: Record<string, unknown>): Record<string, string> {
  return json['metadata'] as Record<string, string>;
}

test('an object is made, read, replaced, patched and deleted', async () => {
  const made = await post(maps, configMap('one', { data: { a: '1' } }));
  expect(made).toMatchObject({ status: 201, json: { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'one', namespace: 'default' } } });
  expect(metaOf(made.json)['uid']).toMatch(/^[0-9a-f-]{36}$/);
  expect((await post(maps, configMap('one'))).json).toMatchObject({ code: 409, reason: 'AlreadyExists' });
  const put = await call(sandbox, 'PUT', `${maps}/one`, { body: { ...made.json, data: { a: '2' } } });
  expect(put).toMatchObject({ status: 200, json: { data: { a: '2' } } });
  const stale = await call(sandbox, 'PUT', `${maps}/one`, { body: { ...made.json, data: { a: '3' } } });
  expect(stale.json).toMatchObject({ code: 409, reason: 'Conflict', details: { name: 'one', kind: 'configmaps' } });
  const patches: [string, unknown][] = [
    ['application/merge-patch+json', { data: { b: '1' } }],
    ['application/strategic-merge-patch+json', { data: { c: '1' } }],
    ['application/json-patch+json', [{ op: 'add', path: '/data/d', value: '1' }]],
  ];
  for (const [contentType, body] of patches) expect((await call(sandbox, 'PATCH', `${maps}/one`, { body, contentType })).status).toBe(200);
  const applied = await call(sandbox, 'PATCH', `${maps}/one?fieldManager=m`, {
    body: configMap('one', { data: { e: '1' } }),
    contentType: 'application/apply-patch+yaml',
  });
  expect(applied.json['data']).toEqual({ a: '2', b: '1', c: '1', d: '1', e: '1' });
  expect((await call(sandbox, 'DELETE', `${maps}/one`)).json).toMatchObject({
    kind: 'Status',
    status: 'Success',
    details: { name: 'one', kind: 'configmaps' },
  });
  expect((await get(`${maps}/one`)).json).toMatchObject({ code: 404, reason: 'NotFound', message: 'configmaps "one" not found' });
});

test('a write that changes nothing makes no new version', async () => {
  const apply = () =>
    call(sandbox, 'PATCH', `${maps}/same?fieldManager=m`, { body: configMap('same', { data: { a: '1' } }), contentType: 'application/apply-patch+yaml' });
  const first = await apply();
  expect(first.status).toBe(201);
  expect((await apply()).json).toEqual(first.json);
});

test('a dry run answers as the write would and keeps nothing', async () => {
  const answer = await call(sandbox, 'POST', `${maps}?dryRun=All`, { body: configMap('dry') });
  expect(answer).toMatchObject({ status: 201, json: { metadata: { name: 'dry' } } });
  expect((await get(`${maps}/dry`)).status).toBe(404);
  expect((await call(sandbox, 'POST', `${maps}?dryRun=Some`, { body: configMap('dry') })).status).toBe(422);
});

test('an unknown field is refused under Strict and told in a Warning header otherwise', async () => {
  const body = configMap('odd', { datta: {} });
  expect((await call(sandbox, 'POST', `${maps}?fieldValidation=Strict`, { body })).json).toMatchObject({ code: 400, reason: 'BadRequest' });
  const warned = await call(sandbox, 'POST', maps, { body });
  expect(warned.status).toBe(201);
  expect(warned.headers['warning']).toMatch(/^299 - "unknown field/);
});

test('names are generated, and a missing namespace is 404', async () => {
  const made = await post(maps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { generateName: 'gen-' } });
  expect(metaOf(made.json)['name']).toMatch(/^gen-[a-z0-9]{5}$/);
  expect((await post('/api/v1/namespaces/nowhere/configmaps', configMap('x'))).json).toMatchObject({ code: 404, message: 'namespaces "nowhere" not found' });
});

test('a list comes in pages that show one moment, and says how many are left', async () => {
  await post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'paged' } });
  const path = '/api/v1/namespaces/paged/secrets';
  for (const name of ['a', 'b', 'c', 'd', 'e']) await post(path, { apiVersion: 'v1', kind: 'Secret', metadata: { name } });
  const first = (await get(`${path}?limit=2`)).json;
  expect(items(first).map((one) => one.metadata.name)).toEqual(['a', 'b']);
  expect(first).toMatchObject({ kind: 'SecretList', metadata: { remainingItemCount: 3 } });
  expect(items(first)[0]?.kind).toBeUndefined();
  await call(sandbox, 'DELETE', `${path}/d`);
  await post(path, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'cc' } });
  const second = (await get(`${path}?limit=10&continue=${metaOf(first)['continue'] ?? ''}`)).json;
  expect(items(second).map((one) => one.metadata.name)).toEqual(['c', 'd', 'e']);
  expect(metaOf(second)['resourceVersion']).toBe(metaOf(first)['resourceVersion']);
  expect((await get(`${path}?limit=1&continue=nonsense`)).status).toBe(400);
});

test('selectors choose by labels and fields, and refuse fields that the kind does not know', async () => {
  await post(maps, { ...configMap('red'), metadata: { name: 'red', labels: { color: 'red', size: '1' } } });
  await post(maps, { ...configMap('blue'), metadata: { name: 'blue', labels: { color: 'blue' } } });
  const names = async (query: string): Promise<string[]> => items((await get(`${maps}?${query}`)).json).map((one) => one.metadata.name);
  expect(await names('labelSelector=color=red')).toEqual(['red']);
  expect(await names('labelSelector=color%20in%20(red,blue),size')).toEqual(['red']);
  expect(await names('labelSelector=color,color!=red')).toEqual(['blue']);
  expect(await names('labelSelector=color,!size')).toEqual(['blue']);
  expect(await names('fieldSelector=metadata.name=red')).toEqual(['red']);
  expect((await get(`${maps}?fieldSelector=data.a=1`)).status).toBe(400);
  expect((await get(`${maps}?labelSelector=a=%20b`)).status).toBe(200);
  expect((await get(`${maps}?labelSelector=${encodeURIComponent('a b=c')}`)).status).toBe(400);
});

test('a delete heeds its preconditions, and finalizers keep the object until the last is gone', async () => {
  const made = await post(maps, { ...configMap('held'), metadata: { name: 'held', finalizers: ['example.com/hold'] } });
  const wrong = await call(sandbox, 'DELETE', `${maps}/held`, { body: { preconditions: { uid: 'another' } } });
  expect(wrong.json).toMatchObject({ code: 409, reason: 'Conflict' });
  const marked = await call(sandbox, 'DELETE', `${maps}/held`, { body: { preconditions: { uid: metaOf(made.json)['uid'] } } });
  expect(metaOf(marked.json)['deletionTimestamp']).toBeDefined();
  await call(sandbox, 'PATCH', `${maps}/held`, { body: { metadata: { finalizers: null } }, contentType: 'application/merge-patch+json' });
  expect((await get(`${maps}/held`)).status).toBe(404);
});

test('deletecollection takes what its selector chooses', async () => {
  for (const name of ['x1', 'x2']) await post(maps, { ...configMap(name), metadata: { name, labels: { bunch: 'x' } } });
  const gone = await call(sandbox, 'DELETE', `${maps}?labelSelector=bunch=x`);
  expect(items(gone.json)).toHaveLength(2);
  expect(items((await get(`${maps}?labelSelector=bunch=x`)).json)).toEqual([]);
  expect((await call(sandbox, 'DELETE', '/api/v1/namespaces')).status).toBe(405);
});

test('tables and metadata alone are given when they are asked for', async () => {
  await post(maps, configMap('shown', { data: { a: '1', b: '2' } }));
  const table = (await get(`${maps}/shown`, { headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' } })).json;
  expect(table).toMatchObject({
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    rows: [{ cells: ['shown', 2, '0s'], object: { kind: 'PartialObjectMetadata' } }],
  });
  expect((table['columnDefinitions'] as { name: string }[]).map((one) => one.name)).toEqual(['Name', 'Data', 'Age']);
  const partial = (await get(`${maps}/shown`, { headers: { accept: 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io' } })).json;
  expect(Object.keys(partial).sort()).toEqual(['apiVersion', 'kind', 'metadata']);
});

test('scale reads and sets the replicas, and status keeps apart from spec', async () => {
  const path = '/apis/apps/v1/namespaces/default/deployments';
  const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } };
  await post(path, { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'd' }, spec: { selector: { matchLabels: { a: 'b' } }, template } });
  expect((await get(`${path}/d/scale`)).json).toMatchObject({ kind: 'Scale', apiVersion: 'autoscaling/v1', spec: { replicas: 1 } });
  const scaled = await call(sandbox, 'PATCH', `${path}/d/scale`, { body: { spec: { replicas: 3 } }, contentType: 'application/merge-patch+json' });
  expect(scaled.json).toMatchObject({ kind: 'Scale', spec: { replicas: 3 } });
  const status = await call(sandbox, 'PATCH', `${path}/d/status`, {
    body: { spec: { replicas: 9 }, status: { replicas: 7 } },
    contentType: 'application/merge-patch+json',
  });
  expect(status.json).toMatchObject({ spec: { replicas: 3 } });
  expect((await get(`${path}/d/nonsense`)).status).toBe(404);
});

test('kinds that the sandbox only stores say so in a warning', async () => {
  const policy = { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name: 'p' }, spec: { podSelector: {} } };
  const made = await post('/apis/networking.k8s.io/v1/namespaces/default/networkpolicies', policy);
  expect(made.status).toBe(201);
  expect(made.headers['warning']).toContain('does not act on them');
});
