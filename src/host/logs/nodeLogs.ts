import type { Clock, Cluster, Logger } from '../../engine/ports';
import { Emitter } from '../../shared/emitter';
import type { Disposable } from '../../shared/disposables';
import type { LogStreamBody, ParsedLogLine } from '../../shared/stream';

/** One container whose log belongs to a node. */
export interface LogSource {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  /** How often it was started again. A log that ended is followed anew once this has risen. */
  readonly restarts: number;
}

/** More than a view shows, for "open in editor" and search; about 10 MB at ordinary line lengths. */
const keptLines = 50_000;
/** Lines are handed on in slices of about a frame. */
const flushDelayMs = 16;
/** After a failure of one log it is followed again after this long, while following is on. */
const retryDelayMs = 3000;

/** Where a log stands, so that following it again neither repeats nor loses lines. */
interface Position {
  /** Timestamp of the last line. */
  last: string;
  /** How many lines had that very timestamp. */
  sameCount: number;
}

/**
 * The logs of all pods and containers of one node as one stream. Pods that come later join, ended ones stay readable.
 * A cut log goes on where it was; a finished one says `complete` once.
 */
export class NodeLogs implements Disposable {
  readonly #cluster: Pick<Cluster, 'logs'>;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #tailLines: number;
  readonly #words: (error: unknown) => string;
  /** The reading that goes on for each container. One that was aborted touches nothing any more. */
  readonly #following = new Map<string, AbortController>();
  /** Containers whose log has ended, with the number of restarts that it ended at. */
  readonly #done = new Map<string, number>();
  readonly #positions = new Map<string, Position>();
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
    cluster: Pick<Cluster, 'logs'>;
    clock: Clock;
    log: Logger;
    tailLines: number;
    /** A failure as one sentence. */
    words: (error: unknown) => string;
    describe: () => { readonly nodeId: string; readonly namespace: string; readonly cluster: string };
  }) {
    this.#cluster = options.cluster;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#tailLines = options.tailLines;
    this.#words = options.words;
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
    if (this.#follow) this.#join();
  }

  setFollow(follow: boolean): void {
    if (this.#follow === follow) return;
    this.#follow = follow;
    if (follow) this.#join();
    else this.#abortAll();
  }

  /** Starts every log anew from where it stopped, also those that have ended. */
  reconnect(): void {
    this.#abortAll();
    this.#done.clear();
    this.#join();
  }

  clear(): void {
    this.#kept = [];
    this.#waiting = [];
    this.#droppedBefore = 0;
  }

  dispose(): void {
    this.#disposed = true;
    this.#flushTimer?.dispose();
    this.#abortAll();
    this.#emitter.dispose();
  }

  #abortAll(): void {
    for (const controller of this.#following.values()) controller.abort();
    this.#following.clear();
  }

  /** Begins to read every log that is not being read and has more to say than when it ended. */
  #join(): void {
    for (const source of this.#sources) {
      const key = keyOf(source);
      if (!this.#following.has(key) && (this.#done.get(key) ?? -1) < source.restarts) void this.#run(key, source);
    }
  }

  async #run(key: string, source: LogSource): Promise<void> {
    const { pod, container } = source;
    const controller = new AbortController();
    this.#following.set(key, controller);
    const { signal } = controller;
    let told = '';
    try {
      for (;;) {
        const follow = this.#follow;
        try {
          await this.#read(key, source, follow, signal, () => (told = ''));
          if (signal.aborted) return;
          this.flush();
          // Without following, the end of what there is says nothing about the container.
          if (!follow) return;
          this.#done.set(key, source.restarts);
          this.#emitter.emit({ event_type: 'complete', data: { pod, container } });
          return;
        } catch (error) {
          if (signal.aborted) return;
          const message = this.#words(error);
          // A container that waits for its image refuses every few seconds in the same words: said once.
          if (message !== told) this.#emitter.emit({ event_type: 'error', data: { message, pod, container } });
          told = message;
          // A log is followed again only while someone follows and the container is still there.
          if (!this.#follow || !this.#isPresent(key)) return;
          await this.#clock.sleep(retryDelayMs, signal);
          if (!this.#isPresent(key)) return;
        }
      }
    } catch (error) {
      if (!signal.aborted) this.#log.warn(`logs of ${pod}: ${this.#words(error)}`);
    } finally {
      if (this.#following.get(key) === controller) {
        this.#following.delete(key);
        // It may have been started again before its old log was read to the end.
        if (this.#follow && !this.#disposed && this.#done.has(key)) this.#join();
      }
    }
  }

  #isPresent(key: string): boolean {
    return this.#sources.some((source) => keyOf(source) === key);
  }

  async #read(key: string, source: LogSource, follow: boolean, signal: AbortSignal, onLine: () => void): Promise<void> {
    const { namespace, pod, container } = source;
    const position = this.#positions.get(key) ?? { last: '', sameCount: 0 };
    this.#positions.set(key, position);
    // `sinceTime` counts in seconds and includes them whole: lines that were already seen are left out by their time.
    const from = position.last;
    let repeated = position.sameCount;
    const query = { namespace, pod, container, follow, signal };
    for await (const line of this.#cluster.logs(from === '' ? { ...query, tailLines: this.#tailLines } : { ...query, sinceTime: from })) {
      // Lines that were on their way when this reading was given up are read again by the next one.
      if (signal.aborted) return;
      onLine();
      if (from !== '' && line.timestamp !== '') {
        if (earlier(line.timestamp, from)) continue;
        if (line.timestamp === from && repeated > 0) {
          repeated--;
          continue;
        }
      }
      if (line.timestamp === position.last) position.sameCount++;
      else if (line.timestamp !== '') {
        position.last = line.timestamp;
        position.sameCount = 1;
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
    this.#flushTimer ??= this.#clock.after(flushDelayMs, () => this.flush());
  }

  /** Hands on what waits for the next slice. */
  flush(): void {
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
