import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Cluster, WatchEvent } from '../engine/ports';
import { MemoryLogger } from '../testing/memoryLogger';
import { PacedClock } from '../testing/pacedClock';
import { startTlsServer } from '../testing/tlsServer';
import type { TlsServer } from '../testing/tlsServer';
import { until } from '../testing/until';
import { VirtualClock } from '../testing/virtualClock';
import { clusterFromKubeconfig } from './connect';

interface Item {
  readonly name: string;
  readonly version: string;
  readonly uid?: string;
}

const discovery = {
  '/api': {
    kind: 'APIGroupDiscoveryList',
    items: [
      {
        metadata: { name: '' },
        versions: [
          { version: 'v1', resources: [{ resource: 'configmaps', responseKind: { kind: 'ConfigMap' }, scope: 'Namespaced', verbs: ['list', 'watch'] }] },
        ],
      },
    ],
  },
  '/apis': { kind: 'APIGroupDiscoveryList', items: [] },
} as const;

const object = ({ name, version, uid }: Item): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'n', uid: uid ?? name, resourceVersion: version },
});
const line = (type: string, item: Item): string => `${JSON.stringify({ type, object: object(item) })}\n`;
const bookmark = (version: string): string =>
  `${JSON.stringify({ type: 'BOOKMARK', object: { kind: 'ConfigMap', metadata: { resourceVersion: version } } })}\n`;
const gone = { kind: 'Status', status: 'Failure', code: 410, reason: 'Expired', message: 'too old' };

/** A server whose lists and watches the test writes itself. */
class Script {
  items: Item[] = [];
  version = '10';
  readonly watches: { readonly version: string; readonly response: Http2ServerResponse; readonly request: Http2ServerRequest }[] = [];
  lists = 0;
  /** Watches that are open now. */
  open = 0;
  onList: ((nth: number, response: Http2ServerResponse) => boolean) | undefined;
  onWatch: ((nth: number, response: Http2ServerResponse, request: Http2ServerRequest) => boolean) | undefined;
  #opened = 0;

  handle(request: Http2ServerRequest, response: Http2ServerResponse): void {
    const url = new URL(request.url, 'https://x');
    const known = Object.hasOwn(discovery, url.pathname) ? discovery[url.pathname as keyof typeof discovery] : undefined;
    if (known !== undefined) refuse(response, 200, known);
    else if (url.pathname === '/version') refuse(response, 200, {});
    else if (url.searchParams.get('watch') === 'true') {
      const nth = this.#opened++;
      if (this.onWatch?.(nth, response, request) === true) return;
      this.open++;
      response.once('close', () => this.open--);
      response.writeHead(200, { 'content-type': 'application/json' });
      (response as unknown as { flushHeaders(): void }).flushHeaders();
      this.watches.push({ version: url.searchParams.get('resourceVersion') ?? '', response, request });
    } else {
      const nth = this.lists++;
      if (this.onList?.(nth, response) === true) return;
      refuse(response, 200, { metadata: { resourceVersion: this.version }, items: this.items.map(object) });
    }
  }

  send(...lines: readonly string[]): void {
    for (const one of lines) this.watches.at(-1)?.response.write(one);
  }

  get opened(): number {
    return this.#opened;
  }
}

function refuse(response: Http2ServerResponse, code: number, body: object, headers: Readonly<Record<string, string>> = {}): true {
  response.writeHead(code, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
  return true;
}

const status = (code: number): object => ({ kind: 'Status', status: 'Failure', code, message: `status ${code}` });

let script: Script;
let server: TlsServer;
let logger: MemoryLogger;
let cluster: Cluster;
let clock: NotingClock;

/** Notes what is waited for on purpose: that is to be judged, and not how long this machine takes for it. */
class NotingClock extends PacedClock {
  readonly waitsMs: number[] = [];

  override sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    this.waitsMs.push(delayMs);
    return super.sleep(delayMs, signal);
  }
}

async function connect(speed: number): Promise<void> {
  clock = new NotingClock(speed);
  cluster = await clusterFromKubeconfig({ text: server.kubeconfig(), clock, logger, environment: {}, random: () => 0.5 });
}

/** Connects anew with a clock that stands still, so that whatever waits gets no further than the test lets it. */
async function connectStill(): Promise<VirtualClock> {
  cluster.dispose();
  const still = new VirtualClock();
  cluster = await clusterFromKubeconfig({ text: server.kubeconfig(), clock: still, logger, environment: {}, random: () => 0.5 });
  return still;
}

beforeEach(async () => {
  script = new Script();
  logger = new MemoryLogger();
  server = await startTlsServer((request, response) => script.handle(request, response));
  await connect(50);
});
afterEach(async () => {
  cluster.dispose();
  await server.close();
});

function listen(): { readonly events: WatchEvent[]; readonly told: () => string[]; readonly stop: () => void } {
  const events: WatchEvent[] = [];
  const subscription = cluster.watch({ apiVersion: 'v1', kind: 'ConfigMap' }, { namespace: 'n' }, (event) => events.push(event));
  return {
    events,
    told: () =>
      events.map((event) => {
        if (event.type === 'upsert' || event.type === 'delete')
          return `${event.type} ${event.object.metadata.name}@${event.object.metadata.resourceVersion ?? ''}`;
        return event.type === 'disconnected' ? `disconnected ${event.failure.kind}` : event.type;
      }),
    stop: () => subscription.dispose(),
  };
}

const watched = (count: number): Promise<void> => until(`${count} watches`, () => script.watches.length >= count);

describe('what a watch tells', () => {
  test('the list, then synced, then changes; a repeated event is told once', async () => {
    script.items = [{ name: 'a', version: '3' }];
    const { told } = listen();
    await watched(1);
    script.send(
      line('ADDED', { name: 'b', version: '11' }),
      line('ADDED', { name: 'b', version: '11' }),
      line('MODIFIED', { name: 'a', version: '12' }),
      line('DELETED', { name: 'b', version: '13' }),
    );
    await until('the deletion', () => told().length >= 5);
    expect(told()).toEqual(['upsert a@3', 'synced', 'upsert b@11', 'upsert a@12', 'delete b@13']);
    const asked = new URL(script.watches[0]?.request.url ?? '', 'https://x').searchParams;
    expect(Object.fromEntries(asked)).toMatchObject({ resourceVersion: '10', watch: 'true', allowWatchBookmarks: 'true' });
    expect(Number(asked.get('timeoutSeconds'))).toBeGreaterThanOrEqual(300);
    expect(Number(asked.get('timeoutSeconds'))).toBeLessThanOrEqual(600);
  });

  test('a bookmark moves the place from which the next watch goes on', async () => {
    const { told } = listen();
    await watched(1);
    script.send(bookmark('99'));
    script.watches[0]?.response.end();
    await watched(2);
    expect(script.watches[1]?.version).toBe('99');
    expect(script.lists).toBe(1);
    expect(told()).toEqual(['synced']);
  });

  test('an event in many pieces is one event', async () => {
    const { told } = listen();
    await watched(1);
    for (const byte of Buffer.from(line('ADDED', { name: 'grüße-😀', version: '11' }))) script.watches[0]?.response.write(Buffer.from([byte]));
    await until('the event', () => told().includes('upsert grüße-😀@11'));
  });

  test('an older event makes it list again, and the list is what counts', async () => {
    script.items = [{ name: 'a', version: '9' }];
    const { told } = listen();
    await watched(1);
    script.items = [{ name: 'a', version: '20' }];
    script.version = '30';
    script.send(line('MODIFIED', { name: 'a', version: '12' }), line('ADDED', { name: 'ghost', version: '5' }));
    await watched(2);
    expect(told()).toEqual(['upsert a@9', 'synced', 'upsert a@12', 'upsert a@20', 'synced']);
    expect(script.watches[1]?.version).toBe('30');
  });

  test('versions that are no numbers are compared with nothing but themselves', async () => {
    script.version = 'zz';
    const { told } = listen();
    await watched(1);
    script.send(line('ADDED', { name: 'a', version: 'aa' }), line('ADDED', { name: 'a', version: 'aa' }), line('MODIFIED', { name: 'a', version: 'Z0' }));
    await until('the change', () => told().length >= 3);
    script.watches[0]?.response.end();
    await watched(2);
    expect(told()).toEqual(['synced', 'upsert a@aa', 'upsert a@Z0']);
    expect(script.watches[1]?.version).toBe('Z0');
  });

  test('another object of the same name is a deletion and an arrival', async () => {
    script.items = [{ name: 'a', version: '3', uid: 'first' }];
    const { told } = listen();
    await watched(1);
    script.items = [{ name: 'a', version: '20', uid: 'second' }];
    script.send(`${JSON.stringify({ type: 'ERROR', object: gone })}\n`);
    await until('the second list', () => told().filter((one) => one === 'synced').length === 2);
    expect(told()).toEqual(['upsert a@3', 'synced', 'delete a@3', 'upsert a@20', 'synced']);
  });

  test('a listener that comes late hears the present state first, and all share one watch', async () => {
    script.items = [{ name: 'a', version: '3' }];
    const first = listen();
    await watched(1);
    const others = Array.from({ length: 9 }, () => listen());
    await until('the replay', () => others.every((other) => other.told().length === 2));
    script.send(line('MODIFIED', { name: 'a', version: '11' }));
    await until('the change', () => [first, ...others].every(({ told }) => told().at(-1) === 'upsert a@11'));
    expect(others[0]?.told()).toEqual(['upsert a@3', 'synced', 'upsert a@11']);
    expect(script.lists).toBe(1);
    expect(script.opened).toBe(1);
    for (const other of others) other.stop();
    expect(server.connectionsOpen()).toBe(2);
    first.stop();
    await until('the end of the stream', () => server.connectionsOpen() === 1);
  });

  test('a listener that throws is logged and disturbs nobody', async () => {
    cluster.watch({ apiVersion: 'v1', kind: 'ConfigMap' }, { namespace: 'n' }, () => {
      throw new Error('broken listener');
    });
    const { told } = listen();
    await watched(1);
    script.send(line('ADDED', { name: 'a', version: '11' }));
    await until('the event', () => told().includes('upsert a@11'));
    expect(logger.lines.join()).toContain('broken listener');
    expect(script.opened).toBe(1);
  });
});

describe('what a watch survives', () => {
  test.each([500, 503, 401])('one %i at the list and one at the watch', async (code) => {
    // A 401 is answered by renewed credentials once, so it takes two to be seen.
    const times = code === 401 ? 2 : 1;
    script.onList = (nth, response) => nth < times && refuse(response, code, status(code));
    script.onWatch = (nth, response) => nth < times && refuse(response, code, status(code));
    const { told } = listen();
    await watched(1);
    // The server has the request before the client has its answer.
    await until('the return', () => told().includes('connected'));
    const kind = { 500: 'other', 503: 'unavailable', 401: 'unauthorized' }[code];
    expect(told()).toEqual([`disconnected ${kind ?? ''}`, 'synced', 'connected']);
    script.send(line('ADDED', { name: 'a', version: '11' }));
    await until('the event', () => told().includes('upsert a@11'));
  });

  test('410 as the answer and 410 inside the stream: it lists at once and tells what vanished', async () => {
    script.items = [
      { name: 'a', version: '1' },
      { name: 'b', version: '2' },
    ];
    script.onWatch = (nth, response) => nth === 0 && refuse(response, 410, gone);
    const { told } = listen();
    await watched(1);
    expect(told()).toEqual(['upsert a@1', 'upsert b@2', 'synced', 'synced']);
    script.items = [{ name: 'b', version: '2' }];
    script.send(line('MODIFIED', { name: 'b', version: '12' }));
    await until('the event', () => told().includes('upsert b@12'));
    script.items = [{ name: 'b', version: '12' }];
    script.send(`${JSON.stringify({ type: 'ERROR', object: gone })}\n`);
    await watched(2);
    expect(told().slice(-2)).toEqual(['delete a@1', 'synced']);
    expect(told().join()).not.toContain('disconnected');
  });

  test('429 waits as long as the server says, without listing again', async () => {
    script.onWatch = (nth, response) => nth === 0 && refuse(response, 429, status(429), { 'retry-after': '7' });
    const { told } = listen();
    await watched(1);
    const [waitMs = 0] = clock.waitsMs;
    expect(clock.waitsMs).toHaveLength(1);
    expect(waitMs).toBeGreaterThanOrEqual(7_000);
    expect(waitMs).toBeLessThan(10_000);
    expect(script.lists).toBe(1);
    await until('the return', () => told().includes('connected'));
    expect(told()).toEqual(['synced', 'disconnected too-many-requests', 'connected']);
  });

  test('403 is told once and asked again slowly', async () => {
    script.onList = (_, response) => refuse(response, 403, status(403));
    const { told } = listen();
    await until('the third try', () => script.lists === 3);
    expect(clock.waitsMs.slice(0, 2)).toEqual([60_000, 60_000]);
    expect(told()).toEqual(['disconnected forbidden']);
  });

  test('a wait of any length ends when somebody is impatient', async () => {
    script.onList = (_, response) => refuse(response, 403, status(403));
    const still = await connectStill();
    const { told } = listen();
    await until('the refusal', () => told().includes('disconnected forbidden'));
    script.onList = undefined;
    // The refusal is told just before the wait for the next attempt begins.
    await until('the wait', () => still.waiting > 0);
    cluster.retryNow();
    await until('the list', () => told().includes('synced'));
  });

  test('the waits between errors grow to a minute', async () => {
    script.onList = (_, response) => refuse(response, 500, status(500));
    listen();
    await until('six tries', () => script.lists === 6);
    expect(clock.waitsMs.slice(0, 5)).toEqual([5_000, 10_000, 20_000, 40_000, 60_000]);
  });

  test('a bad line is not an end: the stream is opened again where it was, and a second one leads to a list', async () => {
    const { told } = listen();
    await watched(1);
    script.send(line('ADDED', { name: 'a', version: '11' }), 'this is no JSON\n');
    await watched(2);
    expect(script.watches[1]?.version).toBe('11');
    script.send('{"type":"SURPRISE"}\n');
    await watched(3);
    expect(script.lists).toBe(2);
    expect(told().filter((one) => one === 'upsert a@11')).toHaveLength(1);
  });

  test('a connection that is cut is open again before anybody hears of it', async () => {
    const still = await connectStill();
    const { told } = listen();
    await watched(1);
    await still.advance(2_000);
    const [first] = script.watches;
    if (first !== undefined) server.reset(first.request);
    await watched(2);
    script.send(line('ADDED', { name: 'a', version: '11' }));
    await until('the event', () => told().includes('upsert a@11'));
    expect(told()).toEqual(['synced', 'upsert a@11']);
  });

  test('a connection that falls silent is noticed after two and a half minutes', async () => {
    const still = await connectStill();
    const { told } = listen();
    await watched(1);
    // The server has the request before the client has its answer, from which on it waits for nothing but a word.
    await until('the silence', () => told().includes('synced') && still.waiting === 1);
    await still.advance(149_000);
    expect(script.opened).toBe(1);
    await still.advance(1_000);
    await watched(2);
    script.send(line('ADDED', { name: 'a', version: '11' }));
    await until('the event', () => told().includes('upsert a@11'));
    expect(script.lists).toBe(1);
  });

  test('a server that is away is told with the time, and its return is found within two seconds', async () => {
    cluster.dispose();
    await connect(1);
    const { waitsMs } = clock;
    const { told, events } = listen();
    await watched(1);
    const { port, certificate } = server;
    const left = clock.now();
    await server.close();
    await until('the loss', () => told().includes('disconnected unreachable'));
    const lost = events.find((event) => event.type === 'disconnected');
    expect(lost?.sinceMs).toBeGreaterThanOrEqual(left - 1_000);
    expect(lost?.sinceMs).toBeLessThanOrEqual(clock.now());
    const tried = waitsMs.length;
    await until('another try', () => waitsMs.length > tried);
    // The wait that is going on when the server returns counts in full.
    const before = waitsMs.length - 1;
    server = await startTlsServer((request, response) => script.handle(request, response), { port, certificate });
    await until('the return', () => told().includes('connected'));
    expect(waitsMs.slice(before).reduce((sum, delayMs) => sum + delayMs, 0)).toBeLessThanOrEqual(2_000);
    expect(told()).toEqual(['synced', 'disconnected unreachable', 'connected']);
  });

  test('a server that closes every watch at once is not stormed', async () => {
    script.onWatch = (_, response) => {
      response.writeHead(200);
      response.end();
      return true;
    };
    listen();
    await until('the first watch', () => script.opened > 0);
    const before = script.opened;
    await clock.sleep(20_000);
    expect(script.opened - before).toBeLessThanOrEqual(21);
    expect(script.lists).toBe(1);
  });
});

describe('stopping', () => {
  test('during the list: nothing is told, nothing is watched, nothing stays open', async () => {
    let held: Http2ServerResponse | undefined;
    script.onList = (_, response) => {
      held = response;
      return true;
    };
    const { events, stop } = listen();
    await until('the list', () => held !== undefined);
    stop();
    if (held !== undefined) refuse(held, 200, { metadata: { resourceVersion: '1' }, items: [object({ name: 'late', version: '1' })] });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(events).toEqual([]);
    expect(script.opened).toBe(0);
    cluster.dispose();
    await until('no connection', () => server.connectionsOpen() === 0);
    expect(clock.waiting).toBe(0);
  });

  test('and starting a hundred times leaves one watch', async () => {
    let last = listen();
    for (let round = 0; round < 100; round++) {
      last.stop();
      last = listen();
      if (round % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await watched(1);
    await until('the list', () => last.told().includes('synced'));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(server.connectionsOpen()).toBeLessThanOrEqual(2);
    expect(script.open).toBe(1);
  });

  test('while it waits to try again ends the waiting', async () => {
    script.onList = (_, response) => refuse(response, 500, status(500));
    const { told, stop } = listen();
    await until('the failure', () => told().length === 1);
    stop();
    const { lists } = script;
    await clock.sleep(30_000);
    expect(script.lists).toBe(lists);
  });
});
