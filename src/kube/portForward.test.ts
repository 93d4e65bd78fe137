import { afterEach, expect, test } from 'vitest';
import type { WebSocket } from 'ws';
import type { ForwardedConnection } from '../engine/ports';
import { failureOf } from '../testing/contractRig';
import { until } from '../testing/until';
import { servePod } from './tests/servedPod';
import type { ServedPod, ServeOptions } from './tests/servedPod';

const cleanup: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const end of cleanup.splice(0).reverse()) await end();
});

const preface = Buffer.from([8080 & 0xff, 8080 >> 8]);
const frame = (channel: number, content: string | Buffer): Buffer => Buffer.concat([Buffer.from([channel]), Buffer.from(content)]);
const query = { namespace: 'n', pod: 'p', port: 8080 };

/** A node that begins both channels with the port, as a kubelet does, and then does what the test wants. */
const serve = (onOpen: (socket: WebSocket) => void, options: ServeOptions = {}): Promise<ServedPod> =>
  servePod(
    cleanup,
    (socket) => {
      socket.send(frame(0, preface));
      socket.send(frame(1, preface));
      onOpen(socket);
    },
    { protocols: ['v4.channel.k8s.io'], ...options },
  );

async function textOf(connection: ForwardedConnection): Promise<string> {
  let text = '';
  for await (const bytes of connection.output) text += Buffer.from(bytes).toString('latin1');
  return text;
}

test('asks for one port with the credentials in a header, and hands on what comes without the preface', async () => {
  const { cluster, requests } = await serve((socket) => {
    socket.send(frame(0, 'hello '));
    socket.send(frame(0, ''));
    socket.send(frame(0, Buffer.from([0, 255])));
    socket.close(1000);
  });
  expect(await textOf(await cluster.forward(query))).toBe('hello \0\xff');
  expect(requests[0]?.url).toBe('/api/v1/namespaces/n/pods/p/portforward?ports=8080');
  expect(requests[0]?.headers['authorization']).toBe('Bearer test-token');
  expect(requests[0]?.headers['sec-websocket-protocol']).toBe('v4.channel.k8s.io');
});

test('the preface may come in pieces and together with the first bytes', async () => {
  const { cluster } = await servePod(
    cleanup,
    (socket) => {
      socket.send(frame(0, preface.subarray(0, 1)));
      socket.send(frame(1, preface));
      socket.send(frame(0, Buffer.concat([preface.subarray(1), Buffer.from('first')])));
      socket.close(1000);
    },
    { protocols: ['v4.channel.k8s.io'] },
  );
  expect(await textOf(await cluster.forward(query))).toBe('first');
});

test('what the node says on the error channel is the reason, cleaned, whatever the close code', async () => {
  const { cluster } = await serve((socket) => {
    socket.send(frame(1, 'error forwarding port 8080: \x1b[31mno such network namespace'));
    socket.close(1000);
  });
  const failure = await failureOf(textOf(await cluster.forward(query)));
  expect(failure).toMatchObject({ kind: 'unreachable', reason: 'ForwardRefused', uncertain: false });
  expect(failure.message).toBe('port 8080 of pod p cannot be reached: error forwarding port 8080: no such network namespace');
});

test('a client that does not read holds the pod back, and then gets every byte', async () => {
  const chunk = Buffer.alloc(64 * 1024, 'x');
  const { cluster, socket } = await serve((opened) => {
    for (let index = 0; index < 512; index++) opened.send(frame(0, chunk));
    opened.close(1000);
  });
  const connection = await cluster.forward(query);
  const reader = connection.output[Symbol.asyncIterator]();
  let read = (await reader.next()).value?.length ?? 0;
  await new Promise((resolve) => setTimeout(resolve, 300));
  // Most of the 32 MiB wait on the other side: what is on this one is bounded by our queue and the kernel's buffers.
  expect(socket().bufferedAmount).toBeGreaterThan(16 * 1024 * 1024);
  for (let next = await reader.next(); next.done !== true; next = await reader.next()) read += next.value.length;
  expect(read).toBe(512 * chunk.length);
});

test('a pod that does not read holds the client back, and order is kept', async () => {
  const { cluster, frames, socket } = await serve((opened) => opened.pause());
  const connection = await cluster.forward(query);
  const bytes = Buffer.from(Array.from({ length: 24 * 1024 * 1024 }, (_, index) => index % 251));
  let done = false;
  const writing = connection.write(bytes).then(() => {
    done = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(done).toBe(false);
  socket().resume();
  await writing;
  await until('every frame', () => frames.reduce((sum, one) => sum + one.length - 1, 0) === bytes.length);
  expect(Buffer.concat(frames.map((one) => one.subarray(1))).equals(bytes)).toBe(true);
  expect(frames.every((one) => one[0] === 0)).toBe(true);
});

test('a quiet connection is kept alive by pings, and one whose node is gone is given up', async () => {
  let pings = 0;
  const alive = await serve((socket) => socket.on('ping', () => pings++), { speed: 200 });
  const kept = await alive.cluster.forward(query);
  await until('three signs of life', () => pings >= 3);
  kept.dispose();
  const dead = await serve(() => undefined, { speed: 200, autoPong: false });
  expect(await failureOf(textOf(await dead.cluster.forward(query)))).toMatchObject({ reason: 'ForwardLost' });
});

test('a frame on a channel that nobody opened ends the connection', async () => {
  const { cluster } = await serve((socket) => socket.send(frame(7, 'x')));
  expect((await failureOf(textOf(await cluster.forward(query)))).message).toContain('unknown channel 7');
});

test('the end of the input waits for the last words, and no longer than they come', async () => {
  const { cluster, socket } = await serve(() => undefined, { speed: 20 });
  const connection = await cluster.forward(query);
  const reading = textOf(connection);
  connection.end();
  await new Promise((resolve) => setTimeout(resolve, 150));
  socket().send(frame(0, 'late'));
  expect(await reading).toBe('late');
});

test('the end of the cluster ends a connection, and every timer with it', async () => {
  const { cluster, clock } = await serve(() => undefined);
  const reading = failureOf(textOf(await cluster.forward(query)));
  cluster.dispose();
  expect(await reading).toMatchObject({ kind: 'aborted' });
  await until('no timer', () => clock.waiting === 0);
});
