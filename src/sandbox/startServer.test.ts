import { request } from 'node:https';
import { connect } from 'node:http2';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunningSandbox } from './options';
import { startServer } from './startServer';
import { call, configMap } from './tests/client';

let sandbox: RunningSandbox;

beforeAll(async () => {
  sandbox = await startServer({ seed: 'server' });
});
afterAll(() => sandbox.close());

test('nobody comes in without the token, but health is for all', async () => {
  expect(await call(sandbox, 'GET', '/api', { headers: { authorization: 'Bearer wrong' } })).toMatchObject({
    status: 401,
    json: { reason: 'Unauthorized', code: 401 },
  });
  expect(await call(sandbox, 'GET', '/readyz', { headers: { authorization: '' } })).toMatchObject({ status: 200, text: 'ok' });
});

test('a request under another host name, or from a web page, is refused', async () => {
  expect((await call(sandbox, 'GET', '/api', { headers: { host: `evil.example:${String(sandbox.port)}` } })).status).toBe(403);
  expect((await call(sandbox, 'GET', '/api', { headers: { origin: 'https://evil.example' } })).status).toBe(403);
  expect((await call(sandbox, 'GET', '/readyz', { headers: { origin: 'null' } })).status).toBe(403);
});

test('the server speaks HTTP/2 as well', async () => {
  const session = connect(sandbox.server, { ca: sandbox.caPem });
  const text = await new Promise<string>((resolve, reject) => {
    const stream = session.request({ ':path': '/api/v1/namespaces/default', authorization: `Bearer ${sandbox.token}` });
    let received = '';
    stream.setEncoding('utf8');
    stream.on('data', (part: string) => (received += part));
    stream.on('end', () => {
      resolve(received);
    });
    stream.on('error', reject);
  });
  session.close();
  expect(JSON.parse(text)).toMatchObject({ kind: 'Namespace', metadata: { name: 'default' } });
});

test('discovery names every kind in the old and in the aggregated form alike', async () => {
  const old = (await call(sandbox, 'GET', '/apis/apps/v1')).json;
  expect((old['resources'] as { name: string }[]).map((one) => one.name)).toEqual([
    'controllerrevisions',
    'daemonsets',
    'daemonsets/status',
    'deployments',
    'deployments/scale',
    'deployments/status',
    'replicasets',
    'replicasets/scale',
    'replicasets/status',
    'statefulsets',
    'statefulsets/scale',
    'statefulsets/status',
  ]);
  const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
  const aggregated = await call(sandbox, 'GET', '/apis', { headers: { accept } });
  expect(aggregated.headers['content-type']).toBe(accept);
  expect(aggregated.json).toMatchObject({
    kind: 'APIGroupDiscoveryList',
    items: expect.arrayContaining([expect.objectContaining({ metadata: { name: 'apps' } })]) as unknown,
  });
  expect((await call(sandbox, 'GET', '/apis/nonsense.example/v1')).status).toBe(404);
  expect((await call(sandbox, 'GET', '/version')).json['gitVersion']).toMatch(/^v1\.36\.\d+\+sandbox$/);
});

test('OpenAPI v3 is there for each group version, and v2 is honestly not', async () => {
  const index = (await call(sandbox, 'GET', '/openapi/v3')).json['paths'] as Record<string, { serverRelativeURL: string }>;
  const apps = await call(sandbox, 'GET', index['apis/apps/v1']?.serverRelativeURL ?? '');
  expect(apps.json).toMatchObject({ openapi: '3.0.0', components: { schemas: { 'io.k8s.api.apps.v1.Deployment': {} } } });
  expect((await call(sandbox, 'GET', '/openapi/v2')).status).toBe(406);
});

test('what is not served is not found, and what is not implemented says so', async () => {
  expect((await call(sandbox, 'GET', '/apis/autoscaling/v1/horizontalpodautoscalers')).status).toBe(404);
  expect((await call(sandbox, 'GET', '/metrics')).json).toMatchObject({ code: 501, reason: 'NotImplemented' });
  expect((await call(sandbox, 'GET', '/api/v1/namespaces/default/pods/none/portforward')).json).toMatchObject({ code: 404 });
});

test('a body that is no JSON, of an unknown type, or too large is refused as the API does', async () => {
  const path = '/api/v1/namespaces/default/configmaps';
  expect((await call(sandbox, 'POST', path, { body: '{"kind":' })).status).toBe(400);
  expect((await call(sandbox, 'POST', path, { body: 'x', contentType: 'text/plain' })).status).toBe(415);
  expect((await call(sandbox, 'POST', path, { body: configMap('big', { data: { a: 'x'.repeat(3_200_000) } }) })).status).toBe(413);
  expect((await call(sandbox, 'GET', path, { headers: { accept: 'text/html' } })).status).toBe(406);
});

test('YAML is read as kubectl writes it and given when it is asked for', async () => {
  const body = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: from-yaml\ndata:\n  when: "2026-01-01"\n';
  const made = await call(sandbox, 'POST', '/api/v1/namespaces/default/configmaps', {
    body,
    contentType: 'application/yaml',
    headers: { accept: 'application/yaml' },
  });
  expect(made.status).toBe(201);
  expect(made.text).toContain('name: from-yaml');
});

test('reviews tell who one is and what one may do', async () => {
  const review = (kind: string, group: string, resource: string, spec = {}) =>
    call(sandbox, 'POST', `/apis/${group}/v1/${resource}`, { body: { apiVersion: `${group}/v1`, kind, spec } });
  expect((await review('SelfSubjectReview', 'authentication.k8s.io', 'selfsubjectreviews')).json).toMatchObject({
    status: { userInfo: { username: 'sandbox-admin' } },
  });
  expect(
    (await review('SelfSubjectAccessReview', 'authorization.k8s.io', 'selfsubjectaccessreviews', { resourceAttributes: { verb: 'get' } })).json,
  ).toMatchObject({ status: { allowed: true } });
  expect((await review('SelfSubjectRulesReview', 'authorization.k8s.io', 'selfsubjectrulesreviews', { namespace: 'default' })).json).toMatchObject({
    status: { incomplete: false },
  });
});

test('a sandbox that is closed cuts its connections and frees its port', async () => {
  const own = await startServer();
  const open = request(`${own.server}/api/v1/namespaces?watch=true`, { ca: own.caPem, agent: false, headers: { authorization: `Bearer ${own.token}` } });
  const cut = new Promise<void>((resolve) => {
    open.on('response', (response) => {
      response.on('error', () => {
        resolve();
      });
      response.on('end', () => {
        resolve();
      });
      response.resume();
      void own.close();
    });
    open.on('error', () => {
      resolve();
    });
  });
  open.end();
  await cut;
  const again = await startServer({ port: own.port });
  expect(again.port).toBe(own.port);
  await again.close();
});

test('a taken port is told, and leaves nothing running', async () => {
  await expect(startServer({ port: sandbox.port })).rejects.toThrow(/EADDRINUSE/);
});

test('the kubeconfig names the certificate and the token', () => {
  expect(sandbox.kubeconfig).toContain(`server: ${sandbox.server}`);
  expect(sandbox.kubeconfig).toContain(`token: ${sandbox.token}`);
  expect(sandbox.kubeconfig).toContain(Buffer.from(sandbox.caPem).toString('base64'));
});
