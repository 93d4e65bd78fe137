import { expect, test } from 'vitest';
import type { JsonObject } from '../shared/json';
import { MemoryLogger } from '../testing/memoryLogger';
import { startTlsServer } from '../testing/tlsServer';
import { VirtualClock } from '../testing/virtualClock';
import { clusterFromKubeconfig } from './connect';
import { identityOf, rulesOf } from './reviews';

const parse = (text: string): JsonObject => JSON.parse(text) as JsonObject;

test('an identity is what the server says, cleaned, with what the credentials say', () => {
  const review = parse(
    '{"status":{"userInfo":{"username":"ja\\u001b[31mne","uid":"7","groups":["a",1,"b"],"extra":{"__proto__":["x"],"team":["blue","red"],"odd":"no list"}}}}',
  );
  const identity = identityOf(review, { method: 'token', expiresAtMs: 5 });
  expect(identity).toMatchObject({ user: 'jane', uid: '7', groups: ['a', 'b'], method: 'token', expiresAtMs: 5 });
  expect(Object.entries(identity.extra)).toEqual([
    ['__proto__', ['x']],
    ['team', ['blue', 'red']],
    ['odd', []],
  ]);
  expect(identityOf(parse('{"status":{"userInfo":[]}}'), { method: 'none' })).toEqual({ user: '', groups: [], extra: {}, method: 'none' });
});

test('rules are complete only when the server says so', () => {
  const review = parse(
    '{"status":{"incomplete":false,"resourceRules":[{"verbs":["get"],"apiGroups":[""],"resources":["pods"],"resourceNames":["a"]},{"verbs":["*"]},"odd"],"nonResourceRules":[{"verbs":["get"]}]}}',
  );
  expect(rulesOf(review)).toEqual({
    rules: [
      { verbs: ['get'], groups: [''], resources: ['pods'], names: ['a'] },
      { verbs: ['*'], groups: [], resources: [], names: [] },
    ],
    incomplete: false,
  });
  expect(rulesOf(parse('{}'))).toEqual({ rules: [], incomplete: true });
});

test('a ping says how long a request took and gives up after five seconds; an ill server is an answer, a missing one is not', async () => {
  const clock = new VirtualClock();
  let answer: 'ok' | 'slow' | 'ill' | 'forbidden' | 'silent' = 'slow';
  const server = await startTlsServer((_, response) => {
    if (answer === 'silent') return;
    // The answer comes 120 ms of the test's time later.
    void (answer === 'slow' ? clock.advance(120) : Promise.resolve()).then(() => {
      response.writeHead(answer === 'ill' ? 500 : answer === 'forbidden' ? 403 : 200, { 'content-type': 'text/plain' });
      response.end(
        answer === 'ill'
          ? '[+]ping ok\n[-]etcd failed: reason withheld\u001b[2J\nlivez check failed\n'
          : answer === 'forbidden'
            ? 'no'
            : '[+]ping ok\nlivez check passed\n',
      );
    });
  });
  const cluster = await clusterFromKubeconfig({ text: server.kubeconfig(), clock, logger: new MemoryLogger(), environment: {} });
  try {
    expect(await cluster.ping()).toBe(120);
    answer = 'ok';
    expect(await cluster.probe('/livez')).toEqual({ ok: true, text: '[+]ping ok\nlivez check passed\n' });
    answer = 'ill';
    expect(await cluster.probe('/readyz')).toEqual({ ok: false, text: '[+]ping ok\n[-]etcd failed: reason withheld\nlivez check failed' });
    expect(server.seen.at(-1)?.url).toBe('/readyz?verbose=true');
    answer = 'forbidden';
    await expect(cluster.probe('/readyz')).rejects.toMatchObject({ failure: { kind: 'forbidden' } });
    answer = 'silent';
    const seen = server.seen.length;
    const waiting = cluster.ping().catch((error: unknown) => error);
    await expect.poll(() => server.seen.length).toBe(seen + 1);
    await clock.advance(5_000);
    expect(await waiting).toMatchObject({ failure: { kind: 'timeout' } });
  } finally {
    cluster.dispose();
    await server.close();
  }
});
