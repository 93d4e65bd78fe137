import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { connect as netConnect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { afterEach, describe, expect, test } from 'vitest';
import type { WebSocket } from 'ws';
import type { ExecQuery, ExecSession } from '../engine/ports';
import { ClusterError } from '../engine/ports';
import { kubeconfigFor } from '../testing/tlsServer';
import type { TlsServer } from '../testing/tlsServer';
import { until } from '../testing/until';
import { servePod } from './tests/servedPod';
import type { ServedPod, ServeOptions } from './tests/servedPod';

const cleanup: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const end of cleanup.splice(0).reverse()) await end();
});

const serve = (onOpen: (socket: WebSocket) => void, options?: ServeOptions): Promise<ServedPod> => servePod(cleanup, onOpen, options);

const query: ExecQuery = { namespace: 'n', pod: 'p', container: 'c', command: ['/bin/sh', '-c', 'a b&c=d'], tty: false, stdin: true };
const frame = (channel: number, text: string | Buffer): Buffer => Buffer.concat([Buffer.from([channel]), Buffer.from(text)]);
const success = frame(3, JSON.stringify({ metadata: {}, status: 'Success' }));
const exitStatus = (code: number): Buffer =>
  frame(
    3,
    JSON.stringify({
      status: 'Failure',
      reason: 'NonZeroExitCode',
      message: `command terminated with non-zero exit code: exit status ${code}`,
      details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
    }),
  );

async function outputOf(session: ExecSession): Promise<{ readonly out: string; readonly err: string; readonly exit: Awaited<ExecSession['exit']> }> {
  const texts = { 1: '', 2: '' };
  for await (const { channel, bytes } of session.output) texts[channel] += Buffer.from(bytes).toString('utf8');
  return { out: texts[1], err: texts[2], exit: await session.exit };
}

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return error instanceof ClusterError ? error.failure : error;
}

describe('opening', () => {
  test('asks for the command as it is, with the newest protocol first and the credentials in a header', async () => {
    const { cluster, requests } = await serve((socket) => socket.send(success));
    await outputOf(await cluster.exec(query));
    const url = new URL(requests[0]?.url ?? '', 'https://x');
    expect(url.pathname).toBe('/api/v1/namespaces/n/pods/p/exec');
    expect(url.searchParams.getAll('command')).toEqual(query.command);
    expect(Object.fromEntries(url.searchParams)).toMatchObject({ container: 'c', stdin: 'true', stdout: 'true', stderr: 'true' });
    expect(url.searchParams.has('tty')).toBe(false);
    expect(requests[0]?.headers['sec-websocket-protocol']).toBe('v5.channel.k8s.io,v4.channel.k8s.io');
    expect(requests[0]?.headers.authorization).toBe('Bearer test-token');
    expect(requests[0]?.url).not.toContain('test-token');
  });

  test('a refusal is the server’s status; a 401 renews the credentials once', async () => {
    const answer = (socket: Duplex, code: number, message: string): true => {
      const body = JSON.stringify({ kind: 'Status', status: 'Failure', code, reason: 'NotFound', message });
      socket.end(`HTTP/1.1 ${code} No\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`);
      return true;
    };
    const missing = await serve(() => undefined, { refuse: (_, socket) => answer(socket, 404, 'pods "p" not found') });
    expect(await failureOf(missing.cluster.exec(query))).toMatchObject({ kind: 'not-found', code: 404, message: 'pods "p" not found', uncertain: false });
    const folder = await mkdtemp(join(tmpdir(), 'exec-'));
    cleanup.push(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, 'token'), 'from-a-file');
    // A token that somebody else renews; one that is written down has nothing to be renewed from and is not tried twice.
    const kubeconfig = (server: TlsServer): string => server.kubeconfig({ tokenFile: join(folder, 'token') });
    const expired = await serve((socket) => socket.send(success), { kubeconfig, refuse: (_, socket, nth) => nth === 0 && answer(socket, 401, 'Unauthorized') });
    expect((await outputOf(await expired.cluster.exec(query))).exit).toMatchObject({ exitCode: 0 });
    const never = await serve(() => undefined, { kubeconfig, refuse: (_, socket) => answer(socket, 401, 'Unauthorized') });
    expect(await failureOf(never.cluster.exec(query))).toMatchObject({ kind: 'unauthorized' });
    expect(never.requests).toHaveLength(2);
    const fixed = await serve(() => undefined, { refuse: (_, socket) => answer(socket, 401, 'Unauthorized') });
    expect(await failureOf(fixed.cluster.exec(query))).toMatchObject({ kind: 'unauthorized' });
    expect(fixed.requests).toHaveLength(1);
  });

  test('a server that never answers is given up, an abort at once', async () => {
    const { cluster } = await serve(() => undefined, { speed: 200, refuse: () => true });
    expect(await failureOf(cluster.exec(query))).toMatchObject({ kind: 'timeout' });
    const stop = new AbortController();
    const opening = failureOf(cluster.exec({ ...query, signal: stop.signal }));
    stop.abort();
    expect(await opening).toMatchObject({ kind: 'aborted' });
  });

  test('an older server serves terminals; a command with input is refused, since its input could not end', async () => {
    const { cluster, frames } = await serve((socket) => socket.on('message', (data: Buffer) => data[1] === 4 && socket.send(success)), {
      protocols: ['v4.channel.k8s.io'],
    });
    expect(await failureOf(cluster.exec(query))).toMatchObject({ kind: 'protocol', reason: 'OldProtocol' });
    const session = await cluster.exec({ ...query, tty: true });
    session.endInput();
    expect((await outputOf(session)).exit).toMatchObject({ exitCode: 0 });
    expect(frames.at(-1)).toEqual(Buffer.from([0, 4]));
  });

  test('goes through an HTTP proxy by CONNECT, with TLS to the server inside', async () => {
    const tunnels: string[] = [];
    const proxy = createServer();
    proxy.on('connect', (request, socket, head) => {
      tunnels.push(`${request.url ?? ''} ${request.headers['proxy-authorization'] ?? ''}`);
      const behind = netConnect(Number((request.url ?? '').split(':')[1]), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        behind.write(head);
        behind.pipe(socket);
        socket.pipe(behind);
      });
      for (const side of [behind, socket]) side.on('error', () => undefined);
      cleanup.push(() => void behind.destroy());
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    cleanup.push(() => void proxy.close());
    const { port } = proxy.address() as AddressInfo;
    const { cluster, server } = await serve(
      (socket) => {
        socket.send(frame(1, 'through'));
        socket.send(success);
      },
      { kubeconfig: (made) => kubeconfigFor(made.server, made.caPem, { token: 't' }, { 'proxy-url': `http://me:p%40w@127.0.0.1:${port}` }) },
    );
    expect(await outputOf(await cluster.exec(query))).toMatchObject({ out: 'through', exit: { exitCode: 0, clean: true } });
    expect(tunnels).toEqual([`127.0.0.1:${server.port} Basic ${Buffer.from('me:p@w').toString('base64')}`]);
  });
});

describe('running', () => {
  test('stdout, stderr and the exit code come as they are, bytes untouched', async () => {
    const { cluster } = await serve((socket) => {
      socket.send(frame(1, ''));
      socket.send(frame(1, 'out \u001b[31m'));
      socket.send(frame(2, 'err'));
      socket.send(exitStatus(3));
      socket.close(1000);
    });
    expect(await outputOf(await cluster.exec(query))).toEqual({
      out: 'out \u001b[31m',
      err: 'err',
      exit: { exitCode: 3, clean: true, message: expect.stringContaining('exit status 3') as string },
    });
  });

  test('a command that could not start has a message and no exit code, but is a clean end', async () => {
    const { cluster } = await serve((socket) =>
      socket.send(frame(3, JSON.stringify({ status: 'Failure', reason: 'InternalError', message: 'exec: "nope": not found\u001b[2J' }))),
    );
    expect((await outputOf(await cluster.exec(query))).exit).toEqual({ message: 'exec: "nope": not found', clean: true });
  });

  test('a dropped socket ends output and exit, as not clean', async () => {
    const { cluster, socket } = await serve((opened) => opened.send(frame(1, 'half')));
    const reading = outputOf(await cluster.exec(query));
    await new Promise((resolve) => setTimeout(resolve, 50));
    socket().terminate();
    const { out, exit } = await reading;
    expect(out).toBe('half');
    expect(exit.clean).toBe(false);
    expect(exit.exitCode).toBeUndefined();
  });

  test('close frames go both ways: ours ends stdin, the server’s disturb nothing', async () => {
    const { cluster, frames } = await serve((socket) => {
      socket.send(Buffer.from([255, 2]));
      socket.on('message', (data: Buffer) => {
        if (data[0] !== 255) return;
        socket.send(frame(1, 'still here'));
        socket.send(Buffer.from([255, 1]));
        socket.send(success);
      });
    });
    const session = await cluster.exec(query);
    await session.write(Buffer.from('in'));
    session.endInput();
    session.endInput();
    expect(await outputOf(session)).toMatchObject({ out: 'still here', exit: { exitCode: 0, clean: true } });
    expect(frames).toEqual([frame(0, 'in'), Buffer.from([255, 0])]);
    expect(await failureOf(session.write(Buffer.from('late')))).toMatchObject({ kind: 'unreachable' });
  });

  test('sizes are sent for terminals only, and only real ones', async () => {
    const { cluster, frames } = await serve(() => undefined);
    const session = await cluster.exec({ ...query, tty: true });
    session.resize(0, 10);
    session.resize(80, -1);
    session.resize(120, 40);
    await until('the size', () => frames.length > 0);
    expect(frames.map((one) => one.toString())).toEqual(['\u0004{"Width":120,"Height":40}']);
    session.dispose();
    expect((await session.exit).clean).toBe(false);
  });

  test('a quiet terminal is kept alive by its size and a ping every half minute', async () => {
    const { cluster, frames, socket } = await serve(() => undefined, { speed: 200 });
    let pings = 0;
    const session = await cluster.exec({ ...query, tty: true });
    socket().on('ping', () => pings++);
    session.resize(80, 24);
    await until('three sizes', () => frames.length >= 3);
    expect(pings).toBeGreaterThanOrEqual(2);
    session.dispose();
  });

  test('a server that stops answering pings after it had is given up', async () => {
    const { cluster, socket } = await serve(() => undefined, { speed: 200, autoPong: false });
    const session = await cluster.exec({ ...query, tty: true });
    socket().once('ping', () => socket().pong());
    const { exit } = await outputOf(session);
    expect(exit).toMatchObject({ clean: false, message: expect.stringContaining('no answer') as string });
  });

  test('a reader who does not read holds the server back, and then gets every byte', async () => {
    const total = 64 * 1024 * 1024;
    const piece = frame(1, Buffer.alloc(64 * 1024, 120));
    const { cluster, socket } = await serve((opened) => {
      for (let sent = 0; sent < total; sent += piece.length - 1) opened.send(piece);
      opened.send(success);
    });
    const session = await cluster.exec(query);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(socket().bufferedAmount).toBeGreaterThan(total / 2);
    let length = 0;
    for await (const { bytes } of session.output) length += bytes.length;
    expect(length).toBe(total);
    expect(await session.exit).toMatchObject({ exitCode: 0 });
  });

  test('a server that does not read holds the writer back', async () => {
    const { cluster, socket } = await serve((opened) => opened.pause());
    const session = await cluster.exec(query);
    let written = 0;
    const writing = (async () => {
      for (; written < 256; written++) await session.write(Buffer.alloc(256 * 1024));
    })();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(written).toBeLessThan(128);
    socket().resume();
    await writing;
    session.dispose();
  });

  test('after the status a server that does not close is not waited for', async () => {
    const { cluster, clock } = await serve((socket) => socket.send(success), { speed: 20 });
    const session = await cluster.exec(query);
    expect(await session.exit).toMatchObject({ exitCode: 0, clean: true });
    // The socket is still open: its timers are set.
    expect(clock.waiting).toBeGreaterThan(0);
    await until('no timer', () => clock.waiting === 0);
  });

  test('an abort, a dispose and the end of the cluster end a session without an error elsewhere', async () => {
    const { cluster } = await serve((socket) => socket.send(frame(1, 'x')));
    const stop = new AbortController();
    const aborted = await cluster.exec({ ...query, signal: stop.signal });
    stop.abort();
    expect((await outputOf(aborted)).exit).toEqual({ message: 'cancelled', clean: false });
    const disposed = await cluster.exec(query);
    disposed.dispose();
    disposed.dispose();
    expect((await outputOf(disposed)).exit).toEqual({ message: 'closed', clean: false });
    const orphan = await cluster.exec(query);
    cluster.dispose();
    expect((await outputOf(orphan)).exit.clean).toBe(false);
  });
});
