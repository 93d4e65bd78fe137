import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { afterEach, expect, test } from 'vitest';
import type { Cluster, LogLine, LogQuery } from '../engine/ports';
import { ClusterError } from '../engine/ports';
import { MemoryLogger } from '../testing/memoryLogger';
import { PacedClock } from '../testing/pacedClock';
import { startTlsServer } from '../testing/tlsServer';
import type { TlsServer } from '../testing/tlsServer';
import { until } from '../testing/until';
import { clusterFromKubeconfig } from './connect';
import { logLineOf } from './logs';

const cleanup: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const end of cleanup.splice(0).reverse()) await end();
});

async function serve(
  handler: (request: Http2ServerRequest, response: Http2ServerResponse) => void,
  speed = 1,
): Promise<{ server: TlsServer; cluster: Cluster }> {
  const server = await startTlsServer(handler);
  const cluster = await clusterFromKubeconfig({ text: server.kubeconfig(), clock: new PacedClock(speed), logger: new MemoryLogger(), environment: {} });
  cleanup.push(
    () => server.close(),
    () => cluster.dispose(),
  );
  return { server, cluster };
}

const query: LogQuery = { namespace: 'n', pod: 'p', container: 'c', follow: true };

async function read(lines: AsyncIterable<LogLine>): Promise<{ readonly lines: LogLine[]; readonly error: unknown }> {
  const got: LogLine[] = [];
  try {
    for await (const line of lines) got.push(line);
  } catch (error) {
    return { lines: got, error };
  }
  return { lines: got, error: undefined };
}

const kindOf = (error: unknown): string => (error instanceof ClusterError ? error.failure.kind : String(error));

test('times are split off; what has none is all message', () => {
  expect(logLineOf('2026-01-02T03:04:05.123456789Z  two spaces')).toEqual({ timestamp: '2026-01-02T03:04:05.123456789Z', message: ' two spaces' });
  expect(logLineOf('2026-01-02T03:04:05+02:00 x')).toEqual({ timestamp: '2026-01-02T03:04:05+02:00', message: 'x' });
  expect(logLineOf('2026-01-02T03:04:05Z')).toEqual({ timestamp: '2026-01-02T03:04:05Z', message: '' });
  expect(logLineOf('unable to retrieve container logs')).toEqual({ timestamp: '', message: 'unable to retrieve container logs' });
});

test('characters that arrive in pieces are whole, line ends of both kinds end a line, escapes are gone', async () => {
  const { cluster } = await serve((_, response) => {
    response.writeHead(200, { 'content-type': 'text/plain' });
    const bytes = Buffer.from('2026-01-01T00:00:00Z größe 😀\r\n2026-01-01T00:00:01Z \u001b[31mred\u001b[0m\u001b]52;c;aGk=\u0007\nlast without end');
    let at = 0;
    const next = (): void => {
      if (at >= bytes.length) {
        response.end();
        return;
      }
      response.write(bytes.subarray(at, ++at));
      setImmediate(next);
    };
    next();
  });
  const { lines, error } = await read(cluster.logs(query));
  expect(error).toBeUndefined();
  expect(lines).toEqual([
    { timestamp: '2026-01-01T00:00:00Z', message: 'größe 😀' },
    { timestamp: '2026-01-01T00:00:01Z', message: 'red', styles: [{ from: 0, to: 3, color: 1 }] },
    { timestamp: '', message: 'last without end' },
  ]);
});

test('an endless line is cut and says so, and the lines after it are whole', async () => {
  const { cluster } = await serve((_, response) => {
    response.writeHead(200);
    response.write('2026-01-01T00:00:00Z ');
    for (let part = 0; part < 20; part++) response.write('x'.repeat(50_000));
    response.end('\n2026-01-01T00:00:01Z after\n');
  });
  const { lines } = await read(cluster.logs(query));
  expect(lines).toHaveLength(2);
  expect(lines[0]?.message.endsWith(`… (${String(1_000_000 - 16_384)} more characters)`)).toBe(true);
  expect(lines[0]?.message.length).toBeLessThan(16_500);
  expect(lines[1]).toEqual({ timestamp: '2026-01-01T00:00:01Z', message: 'after' });
});

test('a log that ends is told apart from one that is cut', async () => {
  let cut = false;
  const { cluster, server } = await serve((request, response) => {
    response.writeHead(200);
    response.write('2026-01-01T00:00:00Z one\n');
    setTimeout(() => (cut ? server.reset(request) : response.end()), 20);
  });
  expect(await read(cluster.logs(query))).toMatchObject({ lines: [{ message: 'one' }], error: undefined });
  cut = true;
  const { lines, error } = await read(cluster.logs(query));
  expect(lines).toMatchObject([{ message: 'one' }]);
  expect(kindOf(error)).toBe('unreachable');
});

test('the server’s words about a container that waits are kept', async () => {
  const message = 'container "c" in pod "p" is waiting to start: ContainerCreating';
  const { cluster } = await serve((_, response) => {
    response.writeHead(400, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ kind: 'Status', code: 400, reason: 'BadRequest', message }));
  });
  const { error } = await read(cluster.logs(query));
  expect(error instanceof ClusterError ? error.failure : error).toMatchObject({ kind: 'invalid', code: 400, message });
});

test('silence is no fault: a quiet log stays open far beyond every time limit', async () => {
  let finish: (() => void) | undefined;
  const { cluster } = await serve((_, response) => {
    response.writeHead(200);
    response.write('2026-01-01T00:00:00Z one\n');
    finish = () => response.end('2026-01-01T01:00:00Z two\n');
  }, 200);
  const reading = read(cluster.logs(query));
  // 400 s on the reader's clock.
  await new Promise((resolve) => setTimeout(resolve, 2000));
  finish?.();
  expect((await reading).lines).toHaveLength(2);
});

test('aborting in any phase is one aborted error, closes the connection, and raises nothing elsewhere', async () => {
  const uncaught: unknown[] = [];
  const listener = (error: unknown): void => void uncaught.push(error);
  process.on('uncaughtException', listener);
  process.on('unhandledRejection', listener);
  try {
    for (const answers of [false, true]) {
      const { cluster, server } = await serve((_, response) => {
        if (!answers) return;
        response.writeHead(200);
        response.write('2026-01-01T00:00:00Z one\n');
      });
      const stop = new AbortController();
      const reading = read(cluster.logs({ ...query, signal: stop.signal }));
      await until('the request', () => server.seen.length === 1);
      await new Promise((resolve) => setTimeout(resolve, 50));
      stop.abort();
      const { lines, error } = await reading;
      expect(kindOf(error)).toBe('aborted');
      expect(lines).toHaveLength(answers ? 1 : 0);
      await until('no connection', () => server.connectionsOpen() === 0);
      const late = await read(cluster.logs({ ...query, signal: stop.signal }));
      expect(kindOf(late.error)).toBe('aborted');
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(uncaught).toEqual([]);
  } finally {
    process.off('uncaughtException', listener);
    process.off('unhandledRejection', listener);
  }
});

test('a reader who leaves closes the connection, and the end of the cluster ends a reader', async () => {
  const { cluster, server } = await serve((_, response) => {
    response.writeHead(200);
    response.write('2026-01-01T00:00:00Z one\n');
  });
  for await (const line of cluster.logs(query)) {
    expect(line.message).toBe('one');
    break;
  }
  await until('no connection', () => server.connectionsOpen() === 0);
  const reading = read(cluster.logs(query));
  await until('the second request', () => server.seen.length === 2);
  cluster.dispose();
  expect(kindOf((await reading).error)).toBe('aborted');
});

test.each([
  [{ tailLines: 0 }, { tailLines: '0' }],
  [{ tailLines: 100 }, { tailLines: '100' }],
  [{ tailLines: 100, sinceSeconds: 30 }, { sinceSeconds: '30' }],
  [{ tailLines: 100, sinceSeconds: 0 }, { tailLines: '100' }],
  [{ sinceTime: '2026-01-01T00:00:00Z' }, { sinceTime: '2026-01-01T00:00:00Z' }],
  [
    { previous: true, follow: false },
    { previous: 'true', follow: 'false' },
  ],
])('%j asks for %j', async (wanted, asked) => {
  const { cluster, server } = await serve((_, response) => response.end());
  await read(cluster.logs({ ...query, ...wanted }));
  const parameters = Object.fromEntries(new URL(server.seen[0]?.url ?? '', 'https://x').searchParams);
  expect(parameters).toEqual({ container: 'c', follow: 'true', timestamps: 'true', ...asked });
});

test('a slow reader holds the server back', async () => {
  let written = 0;
  const { cluster } = await serve((_, response) => {
    response.writeHead(200);
    const line = `2026-01-01T00:00:00Z ${'x'.repeat(1_000)}\n`.repeat(64);
    const more = (): void => {
      while (written < 64 * 1024 * 1024) {
        written += line.length;
        if (!response.write(line)) {
          response.once('drain', more);
          return;
        }
      }
      response.end();
    };
    more();
  });
  for await (const _ of cluster.logs(query)) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    break;
  }
  expect(written).toBeLessThan(32 * 1024 * 1024);
});
