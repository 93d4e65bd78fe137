import type { Socket } from 'node:net';
import { Agent, buildConnector, ProxyAgent } from 'undici';
import type { Dispatcher } from 'undici';
import type { Clock } from '../engine/ports';
import type { Disposable } from '../shared/disposables';
import type { Access } from './credentials';
import { Exchange } from './exchange';
import { isSocks, tunnelThrough } from './tunnel';

/** One connection, or a few, that many requests share. */
interface Shared {
  readonly dispatcher: Dispatcher;
  running: number;
  /** Set once nothing new begins on it: ends what still runs then. */
  limit: Disposable | undefined;
}

interface Pair {
  readonly key: string;
  requests: Shared;
  readonly streams: Dispatcher;
}

// The kernel asks an idle peer after this long and then every second, ten times, so a dead peer of a silent log stream is
// known after 40 s; load balancers that drop idle connections after a minute see traffic before.
const keepAliveProbeMs = 30_000;
const connectTimeoutMs = 15_000;
/** What runs on a connection that gets no more requests has this long to end: as long as the longest time limit of a request. */
const lastRequestsMs = 60_000;

/**
 * The connections of one cluster: one pair of undici agents for each content of server and TLS material. Requests share
 * one HTTP/2 connection. Streams have HTTP/1.1 connections of their own, since only there a cut body is told apart from a
 * finished one.
 */
export class Dispatchers {
  readonly #proxy: URL | undefined;
  readonly #clock: Clock;
  #pair: Pair | undefined;
  /** Those that get no new requests and still have some. */
  readonly #ending = new Set<Shared>();
  #disposed = false;

  constructor(proxy: URL | undefined, clock: Clock) {
    this.#proxy = proxy;
    this.#clock = clock;
  }

  /**
   * Sends a request over the shared connection. `forsake` is for one without an answer: the next ones get a new connection. One
   * whose peer vanished without a word (a laptop that slept, a firewall that forgot) would swallow them all, each until its own
   * time limit.
   */
  request(access: Access, options: Dispatcher.DispatchOptions, label: string): { readonly exchange: Exchange; readonly forsake: () => void } {
    const shared = this.#pairFor(access).requests;
    const exchange = new Exchange(shared.dispatcher, options, label);
    shared.running++;
    void exchange.over.then(() => {
      shared.running--;
      if (shared.limit !== undefined && shared.running === 0) this.#end(shared);
    });
    const forsake = (): void => {
      const pair = this.#pair;
      if (pair?.requests !== shared) return;
      pair.requests = this.#share(access);
      this.#letEnd(shared);
    };
    return { exchange, forsake };
  }

  streams(access: Access): Dispatcher {
    return this.#pairFor(access).streams;
  }

  /** Ends every connection; what still runs on them fails. */
  dispose(): void {
    this.#disposed = true;
    const pair = this.#pair;
    this.#pair = undefined;
    for (const shared of this.#ending) this.#end(shared);
    if (pair === undefined) return;
    this.#end(pair.requests);
    pair.streams.destroy().catch(ignoreClosed);
  }

  /** What runs on it may finish there. It is not closed until then: an agent of undici that was closed ends nothing when it is destroyed. */
  #letEnd(shared: Shared): void {
    if (shared.running === 0) this.#end(shared);
    else {
      this.#ending.add(shared);
      shared.limit = this.#clock.after(lastRequestsMs, () => this.#end(shared));
    }
  }

  #end(shared: Shared): void {
    shared.limit?.dispose();
    this.#ending.delete(shared);
    shared.dispatcher.destroy().catch(ignoreClosed);
  }

  #share(access: Access): Shared {
    return { dispatcher: this.#make(access, !access.needsHttp1), running: 0, limit: undefined };
  }

  #pairFor(access: Access): Pair {
    if (this.#disposed) throw new Error('the cluster was closed');
    const former = this.#pair;
    if (former?.key === access.connectionKey) return former;
    // Rotated certificates.
    if (former !== undefined) {
      this.#letEnd(former.requests);
      former.streams.close().catch(ignoreClosed);
    }
    this.#pair = { key: access.connectionKey, requests: this.#share(access), streams: this.#make(access, false) };
    return this.#pair;
  }

  #make(access: Access, allowH2: boolean): Dispatcher {
    const tls = { ...access.tls, keepAlive: true, keepAliveInitialDelay: keepAliveProbeMs };
    // Time limits are the caller's: they run on the clock that the tests can turn.
    const shared = { allowH2, headersTimeout: 0, bodyTimeout: 0, ...(allowH2 ? { connections: 16 } : {}) };
    const proxy = this.#proxy;
    if (proxy === undefined) return new Agent({ ...shared, connect: { ...tls, timeout: connectTimeoutMs } });
    if (!isSocks(proxy)) return new ProxyAgent({ ...shared, uri: proxy.href, requestTls: { ...tls, allowH2 } });
    // undici's own agent for SOCKS is experimental and speaks no HTTP/2; a tunnel that is made before its TLS does both.
    const secure = buildConnector({ ...tls, allowH2, timeout: connectTimeoutMs });
    return new Agent({
      ...shared,
      connect: (options, connected) => {
        tunnelThrough(proxy, access.server, AbortSignal.timeout(connectTimeoutMs)).then(
          (socket) => secure({ ...options, httpSocket: socket as Socket }, connected),
          (error: unknown) => connected(error instanceof Error ? error : new Error(String(error)), null),
        );
      },
    });
  }
}

/** Closing twice, or after a destroy, is no news. */
function ignoreClosed(): void {}
