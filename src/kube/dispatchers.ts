import type { Socket } from 'node:net';
import { Agent, buildConnector, ProxyAgent } from 'undici';
import type { Dispatcher } from 'undici';
import type { Access } from './credentials';
import { isSocks, tunnelThrough } from './tunnel';

interface Pair {
  readonly key: string;
  requests: Dispatcher;
  readonly streams: Dispatcher;
}

// The kernel asks an idle peer after this long and then every second, ten times, so a dead peer of a silent log stream is
// known after 40 s; load balancers that drop idle connections after a minute see traffic before.
const keepAliveProbeMs = 30_000;
const connectTimeoutMs = 15_000;

/**
 * The connections of one cluster: one pair of undici agents for each content of server and TLS material. Requests share
 * one HTTP/2 connection. Streams have HTTP/1.1 connections of their own, since only there a cut body is told apart from a
 * finished one.
 */
export class Dispatchers {
  readonly #proxy: URL | undefined;
  #pair: Pair | undefined;
  #disposed = false;

  constructor(proxy: URL | undefined) {
    this.#proxy = proxy;
  }

  requests(access: Access): Dispatcher {
    return this.#pairFor(access).requests;
  }

  streams(access: Access): Dispatcher {
    return this.#pairFor(access).streams;
  }

  /**
   * After a request without an answer: the next ones get a new connection. A shared connection whose peer vanished without
   * a word (a laptop that slept, a firewall that forgot) would swallow them all, each until its own time limit.
   */
  forsakeRequests(access: Access): void {
    const pair = this.#pair;
    if (pair?.key !== access.connectionKey) return;
    pair.requests.close().catch(ignoreClosed);
    pair.requests = this.#make(access, !access.needsHttp1);
  }

  /** Ends every connection; what still runs on them fails. */
  dispose(): void {
    this.#disposed = true;
    const pair = this.#pair;
    this.#pair = undefined;
    if (pair !== undefined) for (const dispatcher of [pair.requests, pair.streams]) dispatcher.destroy().catch(ignoreClosed);
  }

  #pairFor(access: Access): Pair {
    if (this.#disposed) throw new Error('the cluster was closed');
    if (this.#pair?.key === access.connectionKey) return this.#pair;
    // Rotated certificates: what runs on the old connections may finish there.
    if (this.#pair !== undefined) for (const dispatcher of [this.#pair.requests, this.#pair.streams]) dispatcher.close().catch(ignoreClosed);
    this.#pair = { key: access.connectionKey, requests: this.#make(access, !access.needsHttp1), streams: this.#make(access, false) };
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
