import type { Clock, Cluster, Logger } from '../../engine/ports';
import { Emitter } from '../../shared/emitter';
import type { Disposable } from '../../shared/disposables';
import type { LogStreamBody, ParsedLogLine } from '../../shared/stream';
import { failureWords } from '../words';

/** One container whose log belongs to a node. `current` tells a container that runs from one that has ended. */
export interface LogSource {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}

/** More than a view shows, for "open in editor" and search; about 10 MB at ordinary line lengths. */
const keptLines = 50_000;
/** Lines are handed on in slices of about a frame. */
const flushDelayMs = 16;
/** After a failure of one log it is followed again after this long, while following is on. */
const retryDelayMs = 3000;

interface Following {
  readonly source: LogSource;
  readonly controller: AbortController;
  /** Timestamp of the last line, to go on after a cut without repeating or losing lines. */
  last: string;
  /** How many lines had that very timestamp. */
  sameCount: number;
}

/**
 * The logs of all pods and containers of one node as one stream. Pods that come later join, ended ones stay readable.
 * A cut log goes on where it was; a finished one says `complete` once.
 */
export class NodeLogs implements Disposable {
  readonly #cluster: Cluster;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #tailLines: number;
  readonly #following = new Map<string, Following>();
  readonly #done = new Set<string>();
  readonly #emitter: Emitter<LogStreamBody>;
  readonly onStream: Emitter<LogStreamBody>['on'];
  readonly #describe: () => { readonly nodeId: string; readonly namespace: string; readonly cluster: string };
  #kept: ParsedLogLine[] = [];
  #droppedBefore = 0;
  #waiting: ParsedLogLine[] = [];
  #flushTimer: Disposable | undefined;
  #nextId = 1;
  #follow = true;
  #sources: readonly LogSource[] = [];
  #disposed = false;

  constructor(options: {
    cluster: Cluster;
    clock: Clock;
    log: Logger;
    tailLines: number;
    describe: () => { readonly nodeId: string; readonly namespace: string; readonly cluster: string };
  }) {
    this.#cluster = options.cluster;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#tailLines = options.tailLines;
    this.#describe = options.describe;
    this.#emitter = new Emitter((error) => this.#log.error('A log view failed to follow.', error));
    this.onStream = this.#emitter.on;
  }

  /** Everything still kept, oldest first. */
  get lines(): readonly ParsedLogLine[] {
    return this.#kept;
  }

  get follow(): boolean {
    return this.#follow;
  }

  metadata(): LogStreamBody {
    return { event_type: 'metadata', data: { ...this.#describe(), containers: this.#sources.map(({ pod, container }) => ({ pod, container })) } };
  }

  /** Tells which containers there are now. New ones are followed; those that vanished end by themselves. */
  setSources(sources: readonly LogSource[]): void {
    const before = new Set(this.#sources.map(keyOf));
    const same = sources.length === before.size && sources.every((source) => before.has(keyOf(source)));
    this.#sources = sources;
    if (!same) this.#emitter.emit(this.metadata());
    for (const source of sources) if (!this.#following.has(keyOf(source)) && !this.#done.has(keyOf(source))) void this.#run(source);
  }

  setFollow(follow: boolean): void {
    if (this.#follow === follow) return;
    this.#follow = follow;
    if (follow) {
      this.reconnect();
      return;
    }
    for (const { controller } of this.#following.values()) controller.abort();
  }

  /** Starts every log anew from where it stopped. */
  reconnect(): void {
    this.#done.clear();
    for (const { controller } of this.#following.values()) controller.abort();
    for (const source of this.#sources) void this.#run(source);
  }

  clear(): void {
    this.#kept = [];
    this.#waiting = [];
    this.#droppedBefore = 0;
  }

  dispose(): void {
    this.#disposed = true;
    this.#flushTimer?.dispose();
    for (const { controller } of this.#following.values()) controller.abort();
    this.#following.clear();
    this.#emitter.dispose();
  }

  async #run(source: LogSource): Promise<void> {
    const key = keyOf(source);
    const previous = this.#following.get(key);
    const own: Following = { source, controller: new AbortController(), last: previous?.last ?? this.#lastSeen.get(key)?.last ?? '', sameCount: previous?.sameCount ?? this.#lastSeen.get(key)?.sameCount ?? 0 };
    this.#following.set(key, own);
    const { signal } = own.controller;
    try {
      while (!this.#disposed && !signal.aborted) {
        try {
          await this.#read(own);
          this.#finish(key, own);
          this.#flush();
          this.#emitter.emit({ event_type: 'complete', data: { pod: source.pod, container: source.container } });
          this.#done.add(key);
          return;
        } catch (error) {
          if (this.#disposed || signal.aborted) return;
          this.#emitter.emit({ event_type: 'error', data: { message: failureWords(error), pod: source.pod, container: source.container } });
          // A log is followed again only while someone follows and the container is still there.
          if (!this.#follow || !this.#sources.some((candidate) => keyOf(candidate) === key)) return;
          await this.#clock.sleep(retryDelayMs, signal);
        }
      }
    } catch (error) {
      if (!signal.aborted) this.#log.warn(`logs of ${source.pod}: ${failureWords(error)}`);
    } finally {
      this.#finish(key, own);
    }
  }

  /** Where each log stands, so that following again goes on there. */
  readonly #lastSeen = new Map<string, { readonly last: string; readonly sameCount: number }>();

  #finish(key: string, own: Following): void {
    this.#lastSeen.set(key, { last: own.last, sameCount: own.sameCount });
    if (this.#following.get(key) === own) this.#following.delete(key);
  }

  async #read(own: Following): Promise<void> {
    const { namespace, pod, container } = own.source;
    // `sinceTime` counts in seconds and includes them whole: lines that were already seen are left out by their time.
    const from = own.last;
    let repeated = from === '' ? 0 : own.sameCount;
    const query = { namespace, pod, container, follow: this.#follow, signal: own.controller.signal };
    for await (const line of this.#cluster.logs(from === '' ? { ...query, tailLines: this.#tailLines } : { ...query, sinceTime: from })) {
      if (from !== '' && line.timestamp !== '') {
        if (earlier(line.timestamp, from)) continue;
        if (line.timestamp === from && repeated > 0) {
          repeated--;
          continue;
        }
      }
      if (line.timestamp === own.last) own.sameCount++;
      else {
        own.last = line.timestamp;
        own.sameCount = 1;
      }
      this.#push({ id: this.#nextId++, pod, container, timestamp: line.timestamp, message: line.message });
    }
  }

  #push(line: ParsedLogLine): void {
    this.#kept.push(line);
    // Cutting in large steps keeps this cheap at any rate of lines.
    if (this.#kept.length > keptLines * 1.2) this.#kept = this.#kept.slice(-keptLines);
    this.#waiting.push(line);
    if (this.#waiting.length > 2 * keptLines) {
      this.#droppedBefore += this.#waiting.length - keptLines;
      this.#waiting = this.#waiting.slice(-keptLines);
    }
    this.#flushTimer ??= this.#clock.after(flushDelayMs, () => this.#flush());
  }

  #flush(): void {
    this.#flushTimer?.dispose();
    this.#flushTimer = undefined;
    if (this.#waiting.length === 0 && this.#droppedBefore === 0) return;
    const lines = this.#waiting;
    const dropped = this.#droppedBefore;
    this.#waiting = [];
    this.#droppedBefore = 0;
    this.#emitter.emit({ event_type: 'log', data: { lines, ...(dropped === 0 ? {} : { dropped }) } });
  }
}

function keyOf(source: LogSource): string {
  return `${source.namespace}/${source.pod}/${source.container}`;
}

/** RFC 3339 times of one kubelet compare as text only when their fractions are equally long. */
function earlier(a: string, b: string): boolean {
  const [secondsA, fractionA] = parts(a);
  const [secondsB, fractionB] = parts(b);
  return secondsA === secondsB ? fractionA.padEnd(9, '0') < fractionB.padEnd(9, '0') : secondsA < secondsB;
}

function parts(time: string): readonly [string, string] {
  const match = /^([^.Z]+?)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)?$/.exec(time);
  return [match?.[1] ?? time, match?.[2] ?? ''];
}
