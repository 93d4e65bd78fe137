import { createServer } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { MemoryLogger } from '../testing/memoryLogger';
import { PacedClock } from '../testing/pacedClock';
import { startSocksProxy } from '../testing/socksProxy';
import { kubeconfigFor, startTlsServer } from '../testing/tlsServer';
import type { TlsServer } from '../testing/tlsServer';
import { clusterFromKubeconfig } from './connect';

const cleanup: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const end of cleanup.splice(0).reverse()) await end();
});

const token = 'SECRET-TOKEN-OF-A-PERSON';

/** A server that answers requests, logs and commands, under a name that only a proxy knows. */
async function apiServer(): Promise<TlsServer> {
  const server = await startTlsServer(
    (request, response) => response.end(request.url.includes('/log') ? '2026-01-01T00:00:00Z a line\n' : '{"gitVersion":"v1.36.0"}'),
    {
      hosts: ['api.behind.example'],
    },
  );
  const upgrades = new WebSocketServer({ noServer: true, handleProtocols: () => 'v5.channel.k8s.io' });
  server.http.on('upgrade', (request, socket, head) => {
    upgrades.handleUpgrade(request, socket, head, (opened) => {
      opened.send(Buffer.from('\u0001through'));
      opened.send(Buffer.from('\u0003{"status":"Success"}'));
    });
  });
  cleanup.push(() => server.close());
  return server;
}

async function clusterThrough(server: TlsServer, proxyUrl: string, host = 'api.behind.example') {
  const cluster = await clusterFromKubeconfig({
    text: kubeconfigFor(`https://${host}:${server.port}`, server.caPem, { token }, { 'proxy-url': proxyUrl }),
    clock: new PacedClock(),
    logger: new MemoryLogger(),
    environment: {},
  });
  cleanup.push(() => cluster.dispose());
  return cluster;
}

async function everyWay(cluster: Awaited<ReturnType<typeof clusterThrough>>): Promise<void> {
  expect(await cluster.version()).toBe('v1.36.0');
  const lines: string[] = [];
  for await (const { message } of cluster.logs({ namespace: 'n', pod: 'p', container: 'c', follow: false })) lines.push(message);
  expect(lines).toEqual(['a line']);
  const session = await cluster.exec({ namespace: 'n', pod: 'p', container: 'c', command: ['true'], tty: true, stdin: false });
  let out = '';
  for await (const { bytes } of session.output) out += Buffer.from(bytes).toString();
  expect([out, (await session.exit).exitCode]).toEqual(['through', 0]);
}

describe('a SOCKS5 proxy', () => {
  test.each([
    ['socks5', undefined],
    ['socks5h', undefined],
    ['socks5', { user: 'me', password: 'p@w' }],
  ])('%s is gone through by requests, streams and terminals alike, looks names up itself, and sees nothing secret', async (scheme, credentials) => {
    const server = await apiServer();
    const proxy = await startSocksProxy(credentials);
    cleanup.push(() => proxy.close());
    const login = credentials === undefined ? '' : `${credentials.user}:${encodeURIComponent(credentials.password)}@`;
    await everyWay(await clusterThrough(server, `${scheme}://${login}127.0.0.1:${proxy.port}`));
    expect(proxy.asked).toEqual(Array.from({ length: 3 }, () => `api.behind.example:${server.port}`));
    expect(proxy.sent().toString('latin1')).not.toContain(token);
    expect(server.seen[0]).toMatchObject({ httpVersion: '2.0', headers: { authorization: `Bearer ${token}` } });
  });

  test('reaches addresses as well', async () => {
    const server = await apiServer();
    const proxy = await startSocksProxy();
    cleanup.push(() => proxy.close());
    await everyWay(await clusterThrough(server, `socks5://127.0.0.1:${proxy.port}`, '127.0.0.1'));
    expect(proxy.asked[0]).toBe(`127.0.0.1:${server.port}`);
  });

  test('that refuses us, or is not there, makes the server unreachable, and its password is not shown', async () => {
    const server = await apiServer();
    const proxy = await startSocksProxy({ user: 'me', password: 'right' });
    cleanup.push(() => proxy.close());
    for (const url of [`socks5://me:wrong-password@127.0.0.1:${proxy.port}`, 'socks5://me:wrong-password@127.0.0.1:1']) {
      const cluster = await clusterThrough(server, url);
      for (const work of [cluster.version(), cluster.exec({ namespace: 'n', pod: 'p', container: 'c', command: ['true'], tty: true, stdin: false })]) {
        await expect(work).rejects.toMatchObject({
          failure: { kind: 'unreachable', reason: 'Proxy', message: expect.not.stringContaining('wrong-password') as string },
        });
      }
    }
    expect(server.seen).toEqual([]);
  });

  test('without a port is the one at 1080', async () => {
    const { portOf } = await import('./tunnel');
    expect(['socks5://a', 'socks5h://a', 'http://a', 'https://a', 'socks5://a:7'].map((url) => portOf(new URL(url)))).toEqual([1_080, 1_080, 80, 443, 7]);
  });
});

describe('an HTTP proxy', () => {
  test('is told the server’s name and its own credentials, and neither token nor path', async () => {
    const server = await apiServer();
    const proxy = createServer();
    const heads: string[] = [];
    proxy.on('connect', (request, socket) => {
      heads.push(JSON.stringify([request.url, request.rawHeaders]));
      const behind = connect(server.port, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        behind.pipe(socket);
        socket.pipe(behind);
      });
      for (const side of [behind, socket]) side.on('error', () => undefined);
      cleanup.push(() => void behind.destroy());
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    cleanup.push(() => void proxy.close());
    await everyWay(await clusterThrough(server, `http://me:pw@127.0.0.1:${(proxy.address() as AddressInfo).port}`));
    expect(heads).toHaveLength(3);
    for (const head of heads) {
      expect(head).toContain(`api.behind.example:${server.port}`);
      expect(head).toContain(`Basic ${Buffer.from('me:pw').toString('base64')}`);
      expect(head).not.toMatch(/SECRET|Bearer|\/version|\/api\//);
    }
  });
});
