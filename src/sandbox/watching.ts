// Watches: what happened since a version, then what happens, one JSON line each.
import { ApiError, expired, invalid, type StatusObject } from './apiStatus';
import type { Clock } from './clock';
import type { Exchange } from './exchange';
import type { KindInfo } from './kinds';
import { parseVersion } from './listing';
import type { KubeObject } from './objects';
import { textOfBookmark, textOfObject, type Representation } from './representation';
import type { Matcher } from './selectors';
import type { Change, Storage } from './storage';
import { changeOf, storedKind } from './storage';

export interface WatchRequest {
  info: KindInfo;
  namespace: string;
  matcher: Matcher | undefined;
  form: Representation;
  resourceVersion: string;
  resourceVersionMatch: string;
  bookmarks: boolean;
  /** undefined when the client does not say. */
  sendInitialEvents: boolean | undefined;
  timeoutSeconds: number | undefined;
}

const bookmarkEveryMs = 60_000;
/** A real server picks a time between this and its double. */
const defaultTimeoutMs = 30 * 60_000;
/** A reader that is further behind than this is cut off; it starts again with a list. */
const maxBufferedBytes = 16 * 1024 * 1024;

/** All open watches of one server, each fed from the storage's one stream of changes. */
export class WatchHub {
  readonly #storage: Storage;
  readonly #clock: Clock;
  readonly #streams = new Map<KindInfo, Set<WatchStream>>();
  readonly #stopListening: () => void;

  constructor(storage: Storage, clock: Clock) {
    this.#storage = storage;
    this.#clock = clock;
    this.#stopListening = storage.onChange((change) => {
      for (const stream of this.#streams.get(change.info) ?? []) stream.take(change);
    });
  }

  /** Answers a watch request until the client, the timeout or the server ends it. Throws for a request that makes no sense. */
  serve(exchange: Exchange, request: WatchRequest): void {
    checkInitialEvents(request);
    const from = request.resourceVersion === '' ? 0 : watchVersion(request.resourceVersion);
    const stream = new WatchStream(exchange, request, this.#clock);
    const kind = storedKind(request.info);
    const streams = this.#streams.get(kind) ?? new Set();
    this.#streams.set(kind, streams);
    exchange.start(200, 'application/json');
    // The client learns at once that it watches, also when nothing happens for long.
    exchange.flushHead();
    const initial = request.sendInitialEvents ?? from === 0;
    if (initial) {
      const objects = this.#storage.list(request.info, request.namespace === '' ? undefined : request.namespace);
      for (const object of objects) stream.send('ADDED', object);
      if (request.sendInitialEvents === true && request.bookmarks) stream.bookmark(this.#storage.version, { 'k8s.io/initial-events-end': 'true' });
    } else if (from > 0) {
      const missed = this.#storage.changesAfter(from);
      if (missed === undefined) {
        stream.fail(expired(`too old resource version: ${String(from)} (${String(this.#storage.version)})`).status);
        return;
      }
      for (const change of missed) stream.take(change);
    }
    streams.add(stream);
    stream.keepOpen(() => this.#storage.version);
    exchange.onClose(() => {
      streams.delete(stream);
      stream.close();
    });
  }

  get open(): number {
    let count = 0;
    for (const streams of this.#streams.values()) count += streams.size;
    return count;
  }

  close(): void {
    this.#stopListening();
    for (const streams of this.#streams.values()) for (const stream of [...streams]) stream.end();
  }
}

/** A watch tells of a version that is none in another way than a list does. */
function watchVersion(text: string): number {
  try {
    return parseVersion(text);
  } catch (error) {
    if (error instanceof ApiError) throw new ApiError(500, '', `resourceVersion: ${error.message}`);
    throw error;
  }
}

function checkInitialEvents(request: WatchRequest): void {
  const { sendInitialEvents, resourceVersionMatch } = request;
  const refuse = (field: string, message: string): never => {
    throw invalid('meta.k8s.io', 'ListOptions', '', [{ reason: 'FieldValueForbidden', message: `Forbidden: ${message}`, field }]);
  };
  if (sendInitialEvents === undefined) {
    if (resourceVersionMatch !== '') refuse('resourceVersionMatch', 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided');
    return;
  }
  if (resourceVersionMatch !== 'NotOlderThan') {
    refuse('resourceVersionMatch', 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan');
  }
}

class WatchStream {
  readonly #exchange: Exchange;
  readonly #request: WatchRequest;
  readonly #clock: Clock;
  #pending = '';
  #flushing = false;
  #closed = false;
  #columnsSent = false;
  #cancels: (() => void)[] = [];

  constructor(exchange: Exchange, request: WatchRequest, clock: Clock) {
    this.#exchange = exchange;
    this.#request = request;
    this.#clock = clock;
  }

  /** A change as this watch sees it: an object that begins to match is added, one that stops matching is deleted. */
  take(anyChange: Change): void {
    const { info, namespace, matcher } = this.#request;
    const change = changeOf(info, anyChange);
    if (change === undefined) return;
    if (namespace !== '' && change.object.metadata.namespace !== namespace) return;
    const before = change.previous !== undefined && (matcher?.(change.previous) ?? true);
    const after = change.type !== 'DELETED' && (matcher?.(change.object) ?? true);
    if (after) this.#line(before ? 'MODIFIED' : 'ADDED', this.#text(change.object));
    else if (before && change.type === 'DELETED') this.#line('DELETED', this.#text(change.object));
    else if (before) {
      const last = { ...change.previous, metadata: { ...change.previous.metadata, resourceVersion: String(change.version) } };
      this.#line('DELETED', this.#text(last));
    }
  }

  send(type: 'ADDED', object: KubeObject): void {
    if (this.#request.matcher?.(object) ?? true) this.#line(type, this.#text(object));
  }

  bookmark(version: number, annotations?: Record<string, string>): void {
    this.#line('BOOKMARK', textOfBookmark(this.#request.info, version, annotations, this.#request.form));
  }

  fail(status: StatusObject): void {
    this.#line('ERROR', JSON.stringify(status));
    this.end();
  }

  /** Sets the timers of a watch that has told the past and now waits for more. */
  keepOpen(version: () => number): void {
    const { bookmarks, timeoutSeconds } = this.#request;
    const timeoutMs = timeoutSeconds === undefined || timeoutSeconds === 0 ? defaultTimeoutMs : timeoutSeconds * 1000;
    this.#after(timeoutMs, () => {
      this.end();
    });
    if (!bookmarks) return;
    const repeat = (): void => {
      this.bookmark(version());
      this.#after(bookmarkEveryMs, repeat);
    };
    // The last one before the end lets the client go on from there.
    this.#after(Math.max(0, timeoutMs - 2_000), () => {
      this.bookmark(version());
    });
    this.#after(bookmarkEveryMs, repeat);
  }

  /** Sends what is pending and finishes the answer. */
  end(): void {
    if (this.#closed) return;
    this.#flush();
    this.#exchange.response.end();
    this.close();
  }

  close(): void {
    this.#closed = true;
    this.#pending = '';
    for (const cancel of this.#cancels) cancel();
    this.#cancels = [];
  }

  #after(delayMs: number, task: () => void): void {
    this.#cancels.push(this.#clock.after(delayMs, task));
  }

  #text(object: KubeObject): string {
    const withColumns = !this.#columnsSent;
    this.#columnsSent = true;
    return textOfObject(this.#request.info, object, this.#request.form, this.#clock.now(), withColumns);
  }

  /** Lines of one turn of the event loop leave together. */
  #line(type: string, objectJson: string): void {
    if (this.#closed) return;
    this.#pending += `{"type":"${type}","object":${objectJson}}\n`;
    if (this.#flushing) return;
    this.#flushing = true;
    setImmediate(() => {
      this.#flushing = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#closed || this.#pending === '') return;
    const text = this.#pending;
    this.#pending = '';
    this.#exchange.write(text);
    if (this.#exchange.response.writableLength > maxBufferedBytes) this.#exchange.response.destroy();
  }
}
