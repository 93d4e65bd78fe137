import type { Clock, ClusterFailure, KindRef, ListQuery, Logger, ResourceInfo, WatchEvent } from '../engine/ports';
import { ClusterError } from '../engine/ports';
import type { Disposable } from '../shared/disposables';
import { disposable } from '../shared/disposables';
import { isJsonObject } from '../shared/json';
import type { JsonObject, JsonValue } from '../shared/json';
import type { KubeObject } from '../shared/kubeObject';
import type { Discovery } from './discovery';
import { AwaitedWrites, compareVersions } from './awaitedWrites';
import { collectionPath } from './discovery';
import { failureOfConnection, failureOfStatus, failureWithoutAnswer } from './failures';
import { LineSplitter } from './lines';
import { openWatch } from './openWatch';
import type { ObjectDoor } from './objects';
import type { PortProber } from './portProber';
import { jittered } from './portProber';
import { CommonParts } from './sharing';
import type { Query, Transport } from './transport';
import { ManagerSearch, readWatchLine } from './watchLine';
import type { SpecText } from './watchLine';

/** What a reflector works with; one set for all reflectors of a cluster. */
export interface WatchParts {
  readonly transport: Transport;
  readonly discovery: Discovery;
  readonly door: ObjectDoor;
  readonly prober: PortProber;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Between 0 and 1; spreads waits and watch lengths. */
  readonly random: () => number;
}

export type WatchQuery = Omit<ListQuery, 'signal'>;

const pageSize = 500;
/** The largest object that etcd takes is 1.5 MB; its JSON may be longer, never by this much. */
const lineLimitBytes = 64 * 1024 * 1024;
/** An API server sends a bookmark a minute, so a watch that is silent for longer has lost its connection without a word. */
const silenceLimitMs = 150_000;
/** A bookmark comes every minute. A copy is as good as a list for a little longer than that since the last word. */
const heldMs = 75_000;
const backoffMs = [5_000, 10_000, 20_000, 40_000, 60_000] as const;
/** A server that forgets quickly is well, so the copy is soon right again; one that forgets every list at once is spared. */
const goneDelaysMs = [0, 500, 1_000, 1_500, 1_500, 1_500, 1_500, 1_500, 5_000, 10_000, 30_000] as const;
const forbiddenDelayMs = 60_000;
/** No two watches are opened within this time, whatever closes them. */
const shortestWatchMs = 1_000;
/** A watch that is cut and open again within this time was never down for anybody. */
const graceMs = 1_500;

interface Subscriber {
  readonly onEvent: (event: WatchEvent) => void;
  /** Hears nothing before the cache has been told to it. */
  ready: boolean;
}

/** Of a copy's objects. */
export const keyOf = ({ metadata }: Pick<KubeObject, 'metadata'>): string => `${metadata.namespace ?? ''}/${metadata.name}`;

/**
 * Keeps a copy of one kind's objects in step with the server: list, watch, and again, until disposed. Whatever happens, the
 * copy is right once the connection is; subscribers hear every change of the copy and nothing else.
 */
export class Reflector implements Disposable {
  readonly #parts: WatchParts;
  readonly kind: KindRef;
  readonly query: WatchQuery;
  readonly #subscribers = new Set<Subscriber>();
  readonly #cache = new Map<string, KubeObject>();
  /** Of the texts that specs in the copy were read from, by the copy's keys. */
  readonly #specDigests = new Map<string, string>();
  readonly #commonParts: CommonParts;
  readonly #keptManager: ManagerSearch;
  readonly #stopping = new AbortController();
  readonly #awaited: AwaitedWrites;
  /** When the open watch told something last; undefined while none is open. */
  #heardAtMs: number | undefined;
  #synced = false;
  #down: { failure: ClusterFailure; readonly sinceMs: number } | undefined;
  #suspicion: { readonly timer: Disposable; readonly sinceMs: number } | undefined;

  // Where the loop stands. `#version` is the server's word for what the copy shows; empty means that only a list can tell.
  #version = '';
  #failures = 0;
  #failuresHere = 0;
  #unreachable = 0;
  #gone = 0;
  /** Ends the wait before the next attempt. */
  #impatience = new AbortController();

  constructor(parts: WatchParts, kind: KindRef, query: WatchQuery) {
    this.#parts = parts;
    this.kind = kind;
    this.query = query;
    this.#commonParts = new CommonParts(this.#cache, parts.clock);
    this.#keptManager = new ManagerSearch(parts.door.fieldManager);
    this.#awaited = new AwaitedWrites(parts.clock);
  }

  get subscribers(): number {
    return this.#subscribers.size;
  }

  start(): void {
    this.#loop(this.#stopping.signal).catch((error: unknown) => this.#parts.logger.error(`The watch of ${this.kind.kind} ended by a fault of its own`, error));
  }

  /** The present copy is told first, after this call has returned. */
  subscribe(onEvent: (event: WatchEvent) => void): Disposable {
    const subscriber: Subscriber = { onEvent, ready: false };
    this.#subscribers.add(subscriber);
    queueMicrotask(() => {
      subscriber.ready = true;
      for (const object of [...this.#cache.values()]) this.#tell(subscriber, { type: 'upsert', object });
      if (this.#synced) this.#tell(subscriber, { type: 'synced' });
      if (this.#down !== undefined) this.#tell(subscriber, { type: 'disconnected', ...this.#down });
    });
    return disposable(() => this.#subscribers.delete(subscriber));
  }

  /** The copy, while it is as good as a list: a watch is open and was heard of lately, and it has told of everything that this client wrote. */
  held(): readonly KubeObject[] | undefined {
    const isHeard = this.#heardAtMs !== undefined && this.#parts.clock.now() - this.#heardAtMs < heldMs;
    const isWell = this.#synced && this.#down === undefined && this.#suspicion === undefined;
    return isHeard && isWell && this.#awaited.isEmpty ? [...this.#cache.values()] : undefined;
  }

  /** This client wrote the object, and the server answered it; or the answer was lost. */
  wrote(object: Pick<KubeObject, 'metadata'>, isAnswered: boolean): void {
    const key = keyOf(object);
    if (isAnswered) this.#awaited.wrote(key, object.metadata.resourceVersion ?? '', this.#cache.get(key));
    else this.#awaited.mayHaveWritten(key);
  }

  deleted(object: Pick<KubeObject, 'metadata'>): void {
    const key = keyOf(object);
    this.#awaited.deleted(key, this.#cache.get(key));
  }

  /** Whether the copy has it. */
  holds(object: Pick<KubeObject, 'metadata'>): boolean {
    return this.#cache.has(keyOf(object));
  }

  /** The wait before the next attempt, if there is one, ends; the waits after it begin small again. */
  retryNow(): void {
    this.#failures = 0;
    this.#unreachable = 0;
    this.#impatience.abort();
  }

  /** Nothing is told after this, whatever was on its way. */
  dispose(): void {
    this.#subscribers.clear();
    this.#commonParts.dispose();
    this.#calm();
    this.#stopping.abort();
  }

  #tell(subscriber: Subscriber, event: WatchEvent): void {
    if (!subscriber.ready || !this.#subscribers.has(subscriber)) return;
    try {
      subscriber.onEvent(event);
    } catch (error) {
      this.#parts.logger.error(`A listener of the watch of ${this.kind.kind} failed`, error);
    }
  }

  #emit(event: WatchEvent): void {
    for (const subscriber of [...this.#subscribers]) this.#tell(subscriber, event);
  }

  async #loop(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      let waitMs: number;
      try {
        if (this.#version === '') await this.#list(signal);
        waitMs = await this.#watch(signal);
      } catch (error) {
        if (signal.aborted) return;
        waitMs = await this.#recover(failureOfConnection(error, this.#parts.transport.serverLabel, { writes: false }).failure, signal);
      }
      if (waitMs > 0) await this.#wait(waitMs, signal);
    }
  }

  async #wait(waitMs: number, signal: AbortSignal): Promise<void> {
    this.#impatience = new AbortController();
    await this.#parts.clock.sleep(waitMs, AbortSignal.any([signal, this.#impatience.signal])).catch(() => undefined);
  }

  /** Decides what a failure means for the copy and for the wait; returns the wait. */
  async #recover(failure: ClusterFailure, signal: AbortSignal): Promise<number> {
    const { random } = this.#parts;
    if (failure.kind === 'gone') {
      // What lies between our version and now is forgotten: only a list can tell. The first time at once.
      this.#version = '';
      return jittered(goneDelaysMs[Math.min(this.#gone++, goneDelaysMs.length - 1)] ?? 30_000, random);
    }
    this.#markDown(failure);
    // A version that the server never takes, such as one from before a restored backup, is given up.
    if (++this.#failuresHere >= 3) this.#version = '';
    if (failure.kind === 'unreachable') {
      // The port may be open although requests fail; then the waits grow here.
      const waits = this.#unreachable++;
      if (waits > 0) await this.#wait(jittered(Math.min(500 * 2 ** (waits - 1), 60_000), random), signal);
      await this.#parts.prober.untilOpen(signal);
      return 0;
    }
    if (failure.kind === 'forbidden') return jittered(forbiddenDelayMs, random);
    if (failure.retryAfterMs !== undefined) return Math.round(Math.min(failure.retryAfterMs, 300_000) * (1 + 0.2 * random()));
    return jittered(this.#backoff(), random);
  }

  #backoff(): number {
    return backoffMs[Math.min(this.#failures++, backoffMs.length - 1)] ?? 60_000;
  }

  async #resource(signal: AbortSignal): Promise<ResourceInfo> {
    const resource = await this.#parts.discovery.resourceOf(this.kind, signal);
    if (resource === undefined)
      throw failureWithoutAnswer('not-found', `the cluster does not serve ${this.kind.apiVersion} ${this.kind.kind}`, false, { reason: 'UnknownKind' });
    return resource;
  }

  #selectors(): [string, string][] {
    const { labelSelector, fieldSelector } = this.query;
    return [
      ...(labelSelector === undefined ? [] : [['labelSelector', labelSelector] as [string, string]]),
      ...(fieldSelector === undefined ? [] : [['fieldSelector', fieldSelector] as [string, string]]),
    ];
  }

  async #list(signal: AbortSignal): Promise<void> {
    const path = collectionPath(await this.#resource(signal), this.query.namespace ?? '');
    const allListed = this.#awaited.listed();
    const seen = new Set<string>();
    let next = '';
    let paged = true;
    for (;;) {
      const query: Query = [
        ...this.#selectors(),
        ...(paged ? [['limit', String(pageSize)] as const] : []),
        ...(next === '' ? [] : [['continue', next] as const]),
      ];
      let page: JsonObject;
      try {
        page = await this.#parts.transport.json({ method: 'GET', path, query, signal, retry: false, timeoutMs: 60_000 });
      } catch (error) {
        if (!(error instanceof ClusterError) || error.failure.kind !== 'gone' || next === '') throw error;
        // The continue token expired half way. One list in one piece cannot expire.
        seen.clear();
        next = '';
        paged = false;
        continue;
      }
      if (signal.aborted) return;
      const meta = isJsonObject(page['metadata']) ? page['metadata'] : {};
      for (const item of Array.isArray(page['items']) ? (page['items'] as readonly JsonValue[]) : []) {
        const object = this.#parts.door.cached(this.#parts.door.incoming(item, this.kind));
        seen.add(keyOf(object));
        this.#put(object);
      }
      next = typeof meta['continue'] === 'string' ? meta['continue'] : '';
      if (next !== '') continue;
      this.#version = typeof meta['resourceVersion'] === 'string' ? meta['resourceVersion'] : '';
      break;
    }
    for (const [key, object] of [...this.#cache]) if (!seen.has(key)) this.#remove(key, object);
    this.#failuresHere = 0;
    this.#unreachable = 0;
    allListed();
    this.#synced = true;
    this.#emit({ type: 'synced' });
  }

  /** Watches until the server ends it; returns how long to wait before the next one. A cut or an error is thrown or recovered. */
  async #watch(signal: AbortSignal): Promise<number> {
    const { clock, transport, random } = this.#parts;
    const path = collectionPath(await this.#resource(signal), this.query.namespace ?? '');
    const openedAtMs = clock.now();
    const query: Query = [
      ...this.#selectors(),
      ['watch', 'true'],
      ['allowWatchBookmarks', 'true'],
      ['resourceVersion', this.#version],
      ['timeoutSeconds', String(300 + Math.floor(random() * 300))],
    ];
    const stream = await openWatch(transport, clock, { method: 'GET', path, query, signal }, silenceLimitMs, () => this.#up());
    if (signal.aborted) stream?.close();
    if (signal.aborted) return 0;
    if (stream === undefined) {
      // Whoever keeps back a head may keep back events. A list now and then tells the truth.
      this.#version = '';
      return 0;
    }
    this.#up();
    let heardAtMs = clock.now();
    this.#heardAtMs = heardAtMs;
    let silent = false;
    let timer = clock.after(silenceLimitMs, function listen() {
      const leftMs = heardAtMs + silenceLimitMs - clock.now();
      if (leftMs > 0) {
        timer = clock.after(leftMs, listen);
        return;
      }
      silent = true;
      stream.close();
    });
    // A piece without its line end belongs to an event that was cut, so what is left at the end is dropped.
    const splitter = new LineSplitter(lineLimitBytes);
    try {
      for await (const chunk of stream.body) {
        heardAtMs = clock.now();
        this.#heardAtMs = heardAtMs;
        for (const line of splitter.push(chunk)) {
          if (signal.aborted) return 0;
          if (line.skipped > 0) throw failureWithoutAnswer('protocol', 'the server sent an event that is too long', false);
          // Blank lines say nothing.
          if (line.bytes.length === 0) continue;
          this.#take(line.bytes);
          this.#failures = 0;
          this.#gone = 0;
        }
      }
    } catch (error) {
      if (signal.aborted) return 0;
      const failure = silent
        ? failureWithoutAnswer('timeout', `${transport.serverLabel}: not a word for ${silenceLimitMs / 1_000} s`, false).failure
        : failureOfConnection(error, transport.serverLabel, { writes: false }).failure;
      // What the server said inside the stream is a refusal like any other; a lost connection is tried again at once.
      if (!silent && failure.kind !== 'unreachable' && failure.kind !== 'protocol') throw error;
      this.#suspect(failure, heardAtMs);
      if (failure.kind === 'protocol' && ++this.#failuresHere >= 2) this.#version = '';
    } finally {
      this.#heardAtMs = undefined;
      timer.dispose();
      stream.close();
    }
    const lastedMs = clock.now() - openedAtMs;
    if (lastedMs > 30_000) this.#failures = 0;
    return Math.max(0, shortestWatchMs - lastedMs);
  }

  /** Takes one event into the copy. @throws ClusterError for an ERROR event and for what is no event. */
  #take(line: Buffer, cutSpec = true): void {
    let event: JsonValue;
    let text: SpecText | undefined;
    try {
      ({ event, spec: text } = readWatchLine(line, this.#keptManager, cutSpec));
    } catch (error) {
      throw failureWithoutAnswer('protocol', `a line of the watch is ${error instanceof Error ? error.message : 'broken'}`, false);
    }
    const type = isJsonObject(event) ? event['type'] : undefined;
    const value = isJsonObject(event) ? event['object'] : undefined;
    if (type === 'ERROR') throw failureOfStatus(isJsonObject(value) ? value : {}, 0, 'the watch failed', undefined, { writes: false });
    if (type === 'BOOKMARK') {
      const meta = isJsonObject(value) && isJsonObject(value['metadata']) ? value['metadata'] : {};
      const version = meta['resourceVersion'];
      if (typeof version === 'string' && version !== '' && this.#isNews(version, true)) this.#version = version;
      return;
    }
    if (type !== 'ADDED' && type !== 'MODIFIED' && type !== 'DELETED') throw failureWithoutAnswer('protocol', 'a line of the watch is no event', false);
    const bare = this.#parts.door.cached(this.#parts.door.incoming(value, this.kind));
    const version = bare.metadata.resourceVersion ?? '';
    if (version !== '' && !this.#isNews(version, false)) return;
    const key = keyOf(bare);
    const spec = text?.read(this.#cache.get(key)?.spec, this.#specDigests.get(key));
    if (text !== undefined && spec === undefined) return this.#take(line, false);
    const object = spec === undefined ? bare : Object.assign(bare, { spec });
    if (type === 'DELETED') this.#remove(key, object);
    else this.#put(object, text?.digest);
    if (version !== '') this.#version = version;
    this.#failuresHere = 0;
  }

  /**
   * Whether a version lies ahead of the copy. The same one again is a repetition. An older one means that the server went
   * back in time or that somebody repeats old events: only a list tells which.
   */
  #isNews(version: string, bookmark: boolean): boolean {
    const order = compareVersions(version, this.#version);
    if (order === undefined || order > 0) return true;
    if (order === 0) return bookmark;
    throw failureWithoutAnswer('gone', 'the server told of an older version than before', false, { reason: 'OlderVersion' });
  }

  /** `fresh` was just read from the server and belongs to the copy from here on. `specDigest` is of the text that its spec was read from. */
  #put(fresh: KubeObject, specDigest?: string): void {
    const key = keyOf(fresh);
    const known = this.#cache.get(key);
    this.#awaited.told(key, fresh);
    if (known !== undefined && known.metadata.uid === fresh.metadata.uid && known.metadata.resourceVersion === fresh.metadata.resourceVersion) return;
    // The same name again is another object: whoever keeps things by uid must hear of both.
    if (known !== undefined && known.metadata.uid !== fresh.metadata.uid) this.#remove(key, known);
    const object = known === undefined ? this.#commonParts.keep(fresh) : fresh;
    if (known !== undefined) this.#commonParts.changed(key, known);
    this.#cache.set(key, object);
    if (specDigest === undefined) this.#specDigests.delete(key);
    else this.#specDigests.set(key, specDigest);
    this.#emit({ type: 'upsert', object });
  }

  #remove(key: string, object: KubeObject): void {
    this.#awaited.gone(key, object);
    this.#commonParts.removed(key);
    this.#specDigests.delete(key);
    if (this.#cache.delete(key)) this.#emit({ type: 'delete', object });
  }

  #up(): void {
    this.#calm();
    this.#unreachable = 0;
    if (this.#down === undefined) return;
    this.#down = undefined;
    this.#emit({ type: 'connected' });
  }

  #suspect(failure: ClusterFailure, sinceMs: number): void {
    if (this.#down !== undefined || this.#suspicion !== undefined) return;
    this.#suspicion = { sinceMs, timer: this.#parts.clock.after(graceMs, () => this.#markDown(failure)) };
  }

  #calm(): void {
    this.#suspicion?.timer.dispose();
    this.#suspicion = undefined;
  }

  /** Told once per outage, and again when its reason becomes another one. */
  #markDown(failure: ClusterFailure): void {
    const sinceMs = this.#down?.sinceMs ?? this.#suspicion?.sinceMs ?? this.#parts.clock.now();
    this.#calm();
    const changed = this.#down?.failure.kind !== failure.kind;
    this.#down = { failure, sinceMs };
    if (changed) this.#emit({ type: 'disconnected', failure, sinceMs });
  }
}
