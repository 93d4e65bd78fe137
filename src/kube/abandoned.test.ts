import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { afterEach, describe, expect, test } from 'vitest';
import type { Cluster } from '../engine/ports';
import { MemoryLogger } from '../testing/memoryLogger';
import { startTlsServer } from '../testing/tlsServer';
import type { TlsServer } from '../testing/tlsServer';
import { until } from '../testing/until';
import { VirtualClock } from '../testing/virtualClock';
import { clusterFromKubeconfig } from './connect';

const cleanup: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const end of cleanup.splice(0).reverse()) await end();
});

const kind = { apiVersion: 'v1', kind: 'ConfigMap' };
const kinds = JSON.stringify({
  kind: 'APIGroupDiscoveryList',
  items: [
    {
      metadata: { name: '' },
      versions: [
        {
          version: 'v1',
          resources: [{ resource: 'configmaps', responseKind: { group: '', version: 'v1', kind: 'ConfigMap' }, scope: 'Namespaced', verbs: ['get', 'list'] }],
        },
      ],
    },
  ],
});
const map = { metadata: { name: 'a', namespace: 'n', resourceVersion: '1', uid: 'u' } };
/** More than the window of one stream, so that an answer nobody reads stays on its way. */
const longList = JSON.stringify({ metadata: { resourceVersion: '1' }, items: [{ ...map, data: { text: 'x'.repeat(400_000) } }] });

async function serve(route: (request: Http2ServerRequest, response: Http2ServerResponse) => void) {
  const server: TlsServer = await startTlsServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    if (request.url === '/api') response.end(kinds);
    else if (request.url === '/apis') response.end('{"kind":"APIGroupDiscoveryList","items":[]}');
    else route(request, response);
  });
  const clock = new VirtualClock();
  const cluster: Cluster = await clusterFromKubeconfig({ text: server.kubeconfig(), clock, logger: new MemoryLogger(), environment: {} });
  cleanup.push(
    () => server.close(),
    () => cluster.dispose(),
  );
  await cluster.resources();
  return { server, clock, cluster };
}

/** What would have ended the process while `work` ran. */
async function faultsDuring(work: () => Promise<void>): Promise<readonly unknown[]> {
  const faults: unknown[] = [];
  const note = (fault: unknown): void => void faults.push(fault);
  process.on('uncaughtException', note);
  process.on('unhandledRejection', note);
  try {
    await work();
  } finally {
    process.off('uncaughtException', note);
    process.off('unhandledRejection', note);
  }
  return faults;
}

/** Long enough for streams and sockets that were just destroyed to tell of it. */
const turns = async (count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
};

describe('a request that nobody waits for any more', () => {
  // The answer comes before its request is given up, at about the same time, or long after.
  test.each([0, 2, 10, undefined])('200 watches stopped during their first list leave nothing behind (answers after %s ms)', async (delayMs) => {
    const held: (() => void)[] = [];
    let late = delayMs === undefined;
    const shared = new Set<unknown>();
    const { server, clock, cluster } = await serve((request, response) => {
      // Streams have connections of their own, by HTTP/1.1.
      if (request.httpVersionMajor === 2) shared.add(request.stream.session);
      const answer = (): void => void response.end(longList);
      if (late) held.push(answer);
      else setTimeout(answer, delayMs ?? 0);
    });
    let heard = 0;
    const faults = await faultsDuring(async () => {
      for (let round = 0; round < 40; round++) {
        const watches = Array.from({ length: 5 }, (_, index) => cluster.watch(kind, { namespace: `n${round}-${index}` }, () => heard++));
        await new Promise((resolve) => setTimeout(resolve, round % 12));
        for (const watch of watches) watch.dispose();
        heard = 0;
        for (const answer of held.splice(0)) answer();
        await turns(round % 3);
        expect(heard).toBe(0);
      }
      late = false;
      for (const answer of held.splice(0)) answer();
      await until('every answer was read', () => clock.waiting === 0);
      cluster.dispose();
      await until('no connection', () => server.connectionsOpen() === 0);
      await turns(20);
    });
    expect(faults).toEqual([]);
    expect(clock.waiting).toBe(0);
    // Given up or not, all lists share a connection or two.
    expect(shared.size).toBeGreaterThan(0);
    expect(shared.size).toBeLessThanOrEqual(3);
  });

  test('closing the cluster while answers are still on their way ends them without a fault', async () => {
    const { server, clock, cluster } = await serve((_, response) => void response.write(longList.slice(0, -1)));
    const faults = await faultsDuring(async () => {
      const stop = new AbortController();
      const reads = Array.from({ length: 20 }, (_, index) => cluster.list(kind, { namespace: `n${index}`, signal: stop.signal }));
      const results = Promise.allSettled(reads);
      await until('the requests', () => server.seen.filter((request) => request.url.includes('configmaps')).length === 20);
      stop.abort();
      expect((await results).map((result) => result.status)).toEqual(Array<string>(20).fill('rejected'));
      cluster.dispose();
      await until('no connection', () => server.connectionsOpen() === 0);
      await turns(20);
    });
    expect(faults).toEqual([]);
    expect(clock.waiting).toBe(0);
  });

  test('one that is never answered costs its connection after a while, and nothing else', async () => {
    let silent = true;
    const { server, clock, cluster } = await serve((_, response) => {
      if (!silent) response.end(JSON.stringify(map));
    });
    const stop = new AbortController();
    const reading = cluster.get({ ...kind, namespace: 'n', name: 'a' }, stop.signal).catch((error: unknown) => error);
    await until('the request', () => server.seen.some((request) => request.url.endsWith('/a')));
    stop.abort();
    expect(await reading).toMatchObject({ failure: { kind: 'aborted' } });
    silent = false;
    // The time to come to an end, and then the time that others on the same connection may need.
    expect(server.connectionsOpen()).toBe(1);
    await clock.advance(30_000);
    expect(server.connectionsOpen()).toBe(1);
    await clock.advance(60_000);
    await until('the connection is ended', () => server.connectionsOpen() === 0);
    expect(clock.waiting).toBe(0);
    expect((await cluster.get({ ...kind, namespace: 'n', name: 'b' }))?.metadata.name).toBe('a');
  });

  test('one without an end is not read for ever', async () => {
    let written = 0;
    const { server, clock, cluster } = await serve((_, response) => {
      const more = (): void => {
        if (response.destroyed || written >= 500 * 1024 * 1024) return;
        written += 1024 * 1024;
        response.write(Buffer.alloc(1024 * 1024, 0x20), () => more());
      };
      more();
    });
    const stop = new AbortController();
    const reading = cluster.get({ ...kind, namespace: 'n', name: 'a' }, stop.signal).catch((error: unknown) => error);
    await until('the answer', () => written > 0);
    stop.abort();
    await reading;
    await until('its connection takes nothing new', () => written > 40 * 1024 * 1024, 60_000);
    await clock.advance(60_000);
    await until('its connection is ended', () => server.connectionsOpen() === 0);
  });

  test('a write that was not sent yet never goes out', async () => {
    const { server, cluster } = await serve((_, response) => void response.end(JSON.stringify(map)));
    await cluster.get({ ...kind, namespace: 'n', name: 'a' });
    const stop = new AbortController();
    const writing = cluster
      .apply({ ...kind, metadata: { name: 'a', namespace: 'n' } }, { fieldManager: 'kubeorch', signal: stop.signal })
      .catch((error: unknown) => error);
    stop.abort();
    expect(await writing).toMatchObject({ failure: { kind: 'aborted' } });
    await cluster.get({ ...kind, namespace: 'n', name: 'a' });
    expect(server.seen.map((request) => request.method)).not.toContain('PATCH');
  });
});
