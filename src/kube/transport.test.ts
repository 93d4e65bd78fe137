import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { createServer } from 'node:http';
import { connect as netConnect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import type { Cluster, ClusterFailure } from '../engine/ports';
import { ClusterError } from '../engine/ports';
import { MemoryLogger } from '../testing/memoryLogger';
import { PacedClock } from '../testing/pacedClock';
import { kubeconfigFor, startTlsServer } from '../testing/tlsServer';
import type { TlsServer } from '../testing/tlsServer';
import { until } from '../testing/until';
import { VirtualClock } from '../testing/virtualClock';
import { clusterFromKubeconfig } from './connect';

const cleanup: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const end of cleanup.splice(0).reverse()) await end();
});

const kinds = {
  kind: 'APIGroupDiscoveryList',
  items: [
    {
      metadata: { name: '' },
      versions: [
        {
          version: 'v1',
          resources: [
            { resource: 'configmaps', responseKind: { group: '', version: 'v1', kind: 'ConfigMap' }, scope: 'Namespaced', verbs: ['get', 'list', 'patch'] },
            { resource: 'secrets', responseKind: { group: '', version: 'v1', kind: 'Secret' }, scope: 'Namespaced', verbs: ['get', 'list', 'patch'] },
          ],
        },
      ],
    },
  ],
};
const groups = {
  kind: 'APIGroupDiscoveryList',
  items: [
    {
      metadata: { name: 'rbac.authorization.k8s.io' },
      versions: [{ version: 'v1', resources: [{ resource: 'clusterroles', responseKind: { kind: 'ClusterRole' }, scope: 'Cluster', verbs: ['get'] }] }],
    },
  ],
};

function answer(response: Http2ServerResponse, body: unknown, code = 200, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(code, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

type Route = (request: Http2ServerRequest, response: Http2ServerResponse, body: string) => void;

async function serve(
  route: Route,
  speed = 1,
  clock: PacedClock | VirtualClock = new PacedClock(speed),
): Promise<{ server: TlsServer; cluster: Cluster; logger: MemoryLogger; clock: PacedClock | VirtualClock }> {
  const server = await startTlsServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString('utf8')));
    request.on('end', () => {
      if (request.url === '/api') answer(response, kinds);
      else if (request.url === '/apis') answer(response, groups);
      else route(request, response, body);
    });
  });
  const logger = new MemoryLogger();
  const cluster = await clusterFromKubeconfig({ text: server.kubeconfig(), clock, logger, environment: {} });
  cleanup.push(
    () => server.close(),
    () => cluster.dispose(),
  );
  return { server, cluster, logger, clock };
}

async function failureOf(work: Promise<unknown>): Promise<ClusterFailure> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ClusterError)) throw new Error(`expected a ClusterError, got ${String(error)}`, { cause: error });
  return error.failure;
}

const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'n' } };
const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'n', name: 'a' };

describe('requests', () => {
  test('fifty at once share at most two connections', async () => {
    const { server, cluster } = await serve((request, response) =>
      setTimeout(() => answer(response, { ...map, metadata: { ...map.metadata, name: request.url.split('/').at(-1) } }), 20),
    );
    const objects = await Promise.all(Array.from({ length: 50 }, (_, index) => cluster.get({ ...ref, name: `m${index}` })));
    expect(objects.map((object) => object?.metadata.name)).toEqual(Array.from({ length: 50 }, (_, index) => `m${index}`));
    expect(server.connectionsMade()).toBeLessThanOrEqual(2);
    expect(new Set(server.seen.map((request) => request.httpVersion))).toEqual(new Set(['2.0']));
  });

  test('a name with upper case and colons is asked for as it is', async () => {
    const { server, cluster } = await serve((_, response) => answer(response, { metadata: { name: 'system:Foo:BAR' } }));
    await cluster.get({ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', namespace: '', name: 'system:Foo:BAR' });
    const path = server.seen.at(-1)?.url ?? '';
    expect(decodeURIComponent(path)).toBe('/apis/rbac.authorization.k8s.io/v1/clusterroles/system:Foo:BAR');
  });

  test.each(['', '.', '..', 'a/b', '../x', 'a%2fb'])('the name %j reaches no path at all', async (name) => {
    const { server, cluster } = await serve((_, response) => answer(response, map));
    expect(await failureOf(cluster.get({ ...ref, name }))).toMatchObject({ kind: 'invalid' });
    expect(server.seen.filter((request) => !/^\/apis?$/.test(request.url))).toEqual([]);
  });

  test('fields that no model knows go out and come back, and no time becomes a Date', async () => {
    let sent: unknown;
    const { cluster } = await serve((_, response, body) => {
      sent = JSON.parse(body);
      answer(response, { ...(sent as object), status: { newInThisVersion: { deep: [1] }, at: '2026-01-01T00:00:00Z' } });
    });
    const object = { ...map, spec: { invented: { from: 1, default: 2, continue: 3 } }, alpha: true };
    const applied = await cluster.apply(object, { fieldManager: 'kubeorch' });
    expect(sent).toEqual(object);
    expect(applied).toMatchObject({ spec: object.spec, alpha: true, status: { newInThisVersion: { deep: [1] }, at: '2026-01-01T00:00:00Z' } });
  });

  test('an apply names its manager, never forces by itself, and asks for strict validation', async () => {
    const { server, cluster } = await serve((_, response) => answer(response, map));
    await cluster.apply(
      { ...map, metadata: { ...map.metadata, uid: 'old', resourceVersion: '5', managedFields: [{ manager: 'x' }] } },
      { fieldManager: 'kubeorch' },
    );
    const request = server.seen.at(-1);
    const query = new URLSearchParams(request?.url.split('?')[1]);
    expect(Object.fromEntries(query)).toEqual({ fieldManager: 'kubeorch', force: 'false', fieldValidation: 'Strict' });
    expect(request?.headers['content-type']).toBe('application/apply-patch+yaml');
  });

  test('reads are asked again after 429 and 503, when the server says', async () => {
    const codes = [429, 503, 200];
    const { cluster, server, clock } = await serve((_, response) => {
      const code = codes.shift() ?? 200;
      answer(response, code === 200 ? map : { kind: 'Status', code, message: 'later' }, code, code === 200 ? {} : { 'retry-after': '2' });
    }, 50);
    const started = clock.now();
    expect((await cluster.get(ref))?.metadata.name).toBe('a');
    expect(clock.now() - started).toBeGreaterThanOrEqual(4_000);
    expect(server.seen.filter((request) => request.url.includes('configmaps'))).toHaveLength(3);
  });

  test('writes are never asked again here, whatever comes back', async () => {
    for (const code of [429, 500, 503]) {
      const { cluster, server } = await serve((_, response) => answer(response, { kind: 'Status', code, message: 'no' }, code));
      expect(await failureOf(cluster.apply(map, { fieldManager: 'kubeorch' }))).toMatchObject({ code });
      expect(server.seen.filter((request) => request.method === 'PATCH')).toHaveLength(1);
    }
  });

  test('a read on a connection that the server had closed is asked again', async () => {
    let resets = 1;
    const { cluster, server } = await serve((request, response) => (resets-- > 0 ? server.reset(request) : answer(response, map)));
    expect((await cluster.get(ref))?.metadata.name).toBe('a');
  });

  test('no answer in time is a timeout, and a write may have happened', async () => {
    const { cluster } = await serve(() => undefined, 100);
    expect(await failureOf(cluster.apply(map, { fieldManager: 'kubeorch' }))).toMatchObject({ kind: 'timeout', code: 0, uncertain: true });
    expect(await failureOf(cluster.get(ref))).toMatchObject({ kind: 'timeout', uncertain: false });
    expect(await failureOf(cluster.apply(map, { fieldManager: 'kubeorch', dryRun: true }))).toMatchObject({ kind: 'timeout', uncertain: false });
  });

  test('a connection that swallows a request is not used for the next one', async () => {
    const ports = new Set<number>();
    let dead: number | undefined;
    const { cluster } = await serve((request, response) => {
      const port = request.socket.remotePort ?? 0;
      ports.add(port);
      dead ??= port;
      if (port !== dead) answer(response, map);
    }, 100);
    expect(await failureOf(cluster.get(ref))).toMatchObject({ kind: 'timeout' });
    expect((await cluster.get(ref))?.metadata.name).toBe('a');
    expect(ports.size).toBe(2);
  });

  test('an aborted request says so at once, whoever aborts', async () => {
    const { cluster } = await serve(() => undefined);
    const stop = new AbortController();
    await cluster.resources();
    const reading = failureOf(cluster.get(ref, stop.signal));
    stop.abort();
    expect(await reading).toMatchObject({ kind: 'aborted', uncertain: false });
    const closing = failureOf(cluster.get(ref));
    setTimeout(() => cluster.dispose(), 50);
    expect(await closing).toMatchObject({ kind: 'aborted' });
  });

  test('an answer that breaks off or is no JSON is a protocol error that quotes nothing', async () => {
    const { cluster } = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end('{"metadata": {"name": "hunter2"');
    });
    const failure = await failureOf(cluster.apply(map, { fieldManager: 'kubeorch' }));
    expect(failure).toMatchObject({ kind: 'protocol', uncertain: true });
    expect(failure.message).not.toContain('hunter2');
  });

  test('a redirect is not followed, so the credentials stay with their server', async () => {
    const other = await startTlsServer((_, response) => answer(response, map));
    cleanup.push(() => other.close());
    const { cluster } = await serve((_, response) => answer(response, {}, 307, { location: `${other.server}/api/v1/namespaces/n/configmaps/a` }));
    expect(await failureOf(cluster.get(ref))).toMatchObject({ code: 307 });
    expect(other.seen).toEqual([]);
  });

  test('a server that prints our token back does not get it into a message', async () => {
    const { cluster } = await serve((request, response) =>
      answer(response, { kind: 'Status', code: 400, message: `bad header ${String(request.headers.authorization)} \u001b[31m` }, 400),
    );
    const { message } = await failureOf(cluster.get(ref));
    expect(message).not.toContain('test-token');
    expect(message).not.toContain('\u001b');
  });

  test('a list asks page by page, and in one piece when a page expires', async () => {
    const asked: string[] = [];
    const { cluster } = await serve((request, response) => {
      const query = new URL(request.url, 'https://x').searchParams;
      asked.push(`${query.get('limit') ?? 'all'} ${query.get('continue') ?? ''}`.trim());
      if (query.get('continue') === 'two') answer(response, { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' }, 410);
      else if (query.has('limit'))
        answer(response, { metadata: { continue: query.has('continue') ? 'two' : 'one' }, items: [{ metadata: { name: 'stale' } }] });
      else answer(response, { metadata: {}, items: [{ metadata: { name: 'x' } }, { metadata: { name: 'y' } }] });
    });
    const objects = await cluster.list({ apiVersion: 'v1', kind: 'ConfigMap' }, { namespace: 'n' });
    expect(objects.map((object) => object.metadata.name)).toEqual(['x', 'y']);
    expect(asked).toEqual(['500', '500 one', '500 two', 'all']);
  });

  test('after the end nothing is left open', async () => {
    const { cluster, server, clock } = await serve((request, response) => {
      if (!request.url.includes('watch=true')) answer(response, { metadata: { resourceVersion: '1' }, items: [] });
      else response.writeHead(200);
    });
    cluster.watch({ apiVersion: 'v1', kind: 'ConfigMap' }, { namespace: 'n' }, () => undefined);
    await until('the watch', () => server.seen.some((request) => request.url.includes('watch=true')));
    cluster.dispose();
    await until('no connection', () => server.connectionsOpen() === 0);
    expect(clock.waiting).toBe(0);
  });
});

describe('discovery', () => {
  test('falls back to the lists of each version, and one broken group hides no other', async () => {
    const server = await startTlsServer((request, response) => {
      if (request.url === '/api') answer(response, { kind: 'APIVersions', versions: ['v1'] });
      else if (request.url === '/apis') {
        answer(response, {
          kind: 'APIGroupList',
          groups: [
            { name: 'apps', versions: [{ groupVersion: 'apps/v1' }] },
            { name: 'broken.io', versions: [{ groupVersion: 'broken.io/v1' }] },
          ],
        });
      } else if (request.url === '/api/v1') {
        answer(response, {
          resources: [
            { name: 'pods', kind: 'Pod', namespaced: true, verbs: ['get'] },
            { name: 'pods/log', kind: 'Pod', namespaced: true, verbs: ['get'] },
          ],
        });
      } else if (request.url === '/apis/apps/v1')
        answer(response, { resources: [{ name: 'deployments', kind: 'Deployment', namespaced: true, verbs: ['get', 'patch'] }] });
      else answer(response, { kind: 'Status', code: 500, message: 'the server of this group is down' }, 500);
    });
    const logger = new MemoryLogger();
    const cluster = await clusterFromKubeconfig({ text: server.kubeconfig(), clock: new PacedClock(50), logger, environment: {} });
    cleanup.push(
      () => server.close(),
      () => cluster.dispose(),
    );
    expect(await cluster.resources()).toEqual([
      { apiVersion: 'v1', kind: 'Pod', resource: 'pods', namespaced: true, verbs: ['get'] },
      { apiVersion: 'apps/v1', kind: 'Deployment', resource: 'deployments', namespaced: true, verbs: ['get', 'patch'] },
    ]);
    expect(logger.lines.join()).toContain('broken.io/v1');
  });

  test('is asked once for all, and again when an unknown kind is asked for later', async () => {
    const clock = new VirtualClock();
    const { cluster, server } = await serve((_, response) => answer(response, map), 1, clock);
    await Promise.all([cluster.resources(), cluster.get(ref), cluster.resourceOf(ref)]);
    const rounds = (): number => server.seen.filter((request) => request.url === '/api').length;
    expect(rounds()).toBe(1);
    expect(await cluster.resourceOf({ apiVersion: 'v1', kind: 'New' })).toBeUndefined();
    expect(rounds()).toBe(1);
    await clock.advance(3_000);
    expect(await cluster.resourceOf({ apiVersion: 'v1', kind: 'New' })).toBeUndefined();
    expect(rounds()).toBe(2);
  });
});

describe('proxies', () => {
  async function connectProxy(authorization?: string) {
    const tunnels: string[] = [];
    const sockets = new Set<Socket>();
    const http = createServer((_, response) => response.writeHead(405).end());
    http.on('connect', (request, socket, head) => {
      tunnels.push(request.url ?? '');
      if (authorization !== undefined && request.headers['proxy-authorization'] !== authorization) {
        socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
        return;
      }
      const [, port] = (request.url ?? '').split(':');
      const behind = netConnect(Number(port), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        behind.write(head);
        behind.pipe(socket);
        socket.pipe(behind);
      });
      sockets.add(behind);
      for (const side of [behind, socket]) side.on('error', () => undefined);
    });
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    cleanup.push(() => {
      http.closeAllConnections();
      for (const socket of sockets) socket.destroy();
      http.close();
    });
    return { url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`, tunnels };
  }

  test('requests and streams go through the kubeconfig’s proxy with its credentials', async () => {
    const proxy = await connectProxy(`Basic ${Buffer.from('me:pw').toString('base64')}`);
    const server = await startTlsServer((request, response) => {
      if (request.url === '/api') answer(response, kinds);
      else if (request.url === '/apis') answer(response, groups);
      else if (request.url.includes('/log')) response.end('2026-01-01T00:00:00Z through the proxy\n');
      else answer(response, map);
    });
    cleanup.push(() => server.close());
    const text = kubeconfigFor(server.server, server.caPem, { token: 't' }, { 'proxy-url': proxy.url.replace('http://', 'http://me:pw@') });
    const cluster = await clusterFromKubeconfig({ text, clock: new PacedClock(), logger: new MemoryLogger(), environment: {} });
    cleanup.push(() => cluster.dispose());
    expect((await cluster.get(ref))?.metadata.name).toBe('a');
    const lines = [];
    for await (const line of cluster.logs({ namespace: 'n', pod: 'p', container: 'c', follow: false })) lines.push(line.message);
    expect(lines).toEqual(['through the proxy']);
    expect(proxy.tunnels).toEqual([`127.0.0.1:${server.port}`, `127.0.0.1:${server.port}`]);
  });

  test('a proxy that is not there makes the server unreachable', async () => {
    const text = kubeconfigFor('https://127.0.0.1:1', '', { token: 't' }, { 'proxy-url': 'http://127.0.0.1:1' });
    const cluster = await clusterFromKubeconfig({ text, clock: new PacedClock(50), logger: new MemoryLogger(), environment: {} });
    cleanup.push(() => cluster.dispose());
    expect(await failureOf(cluster.apply(map, { fieldManager: 'kubeorch' }))).toMatchObject({ kind: 'unreachable' });
  });
});
