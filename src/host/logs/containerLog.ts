import type { Clock, Cluster, LogLine, Logger, LogQuery } from '../../engine/ports';
import { ClusterError } from '../../engine/ports';
import type { Disposable } from '../../shared/disposables';
import { disposable } from '../../shared/disposables';
import type { LogOrigin } from '../../shared/protocol';
import type { LogMark, ParsedLogLine } from '../../shared/stream';
import { LineRing, ringLimits } from './lineRing';
import type { LogSource, LogWords } from './logSource';
import { isEarlier, timeOf } from './logTime';

/** After a failure a log is followed again after this long, while someone follows it. */
const retryDelayMs = 3000;

export type LiveOrigin = Exclude<LogOrigin, { readonly type: 'previous' }>;
export type LogReader = Pick<Cluster, 'logBatches'>;

/** What a follower hears of one container. */
export interface ContainerListener {
  lines(lines: readonly ParsedLogLine[]): void;
  failed(message: string): void;
  ended(): void;
}

/** Where a log stands, so that following it again neither repeats nor loses lines. */
interface Position {
  /** Timestamp of the last line. */
  last: string;
  /** How many lines had that very timestamp. */
  sameCount: number;
}

/**
 * The log of one container, read once for all who follow it. A cut log goes on where it was; a finished one is followed
 * again when the container was started again. It is read only while someone follows, and keeps what it read.
 */
export class ContainerLog implements Disposable {
  readonly #cluster: LogReader;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #words: LogWords;
  readonly #nextId: () => number;
  readonly #ring = new LineRing();
  readonly #listeners = new Set<ContainerListener>();
  readonly #position: Position = { last: '', sameCount: 0 };
  #source: LogSource;
  /** What the first reading asks for. */
  #origin: LiveOrigin;
  #tailLines: number;
  #reading: AbortController | undefined;
  /** The number of restarts at which the log has ended. */
  #doneAt = -1;
  /** The number of restarts that the lines so far belong to. */
  #runNumber: number;
  #told = '';
  #received = 0;
  /** The pod is gone: what is being read is read to its end, and nothing after that. */
  #gone = false;
  #disposed = false;

  constructor(
    parts: { readonly cluster: LogReader; readonly clock: Clock; readonly log: Logger; readonly words: LogWords; readonly nextId: () => number },
    source: LogSource,
    origin: LiveOrigin,
    tailLines: number,
  ) {
    this.#cluster = parts.cluster;
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#words = parts.words;
    this.#nextId = parts.nextId;
    this.#source = source;
    this.#origin = origin;
    this.#tailLines = tailLines;
    this.#runNumber = source.restarts;
  }

  /** Everything kept, oldest first. */
  get kept(): readonly ParsedLogLine[] {
    return this.#ring.slice();
  }

  /** How many lines were read so far; older ones that were fetched later do not count. */
  get received(): number {
    return this.#received;
  }

  /** The lines that came after the first `received` ones, as far as they are kept, and how many of them are not. */
  after(received: number): { readonly lines: readonly ParsedLogLine[]; readonly lost: number } {
    const missing = this.#received - received;
    const lines = this.#ring.slice(this.#ring.length - missing);
    return { lines, lost: missing - lines.length };
  }

  /** The container was seen again, perhaps after another start. */
  setSource(source: LogSource): void {
    this.#source = source;
    this.#join();
  }

  /** The pod is gone. Whoever follows hears the end once the last lines were read. */
  vanish(): void {
    this.#gone = true;
    if (this.#reading === undefined) this.#end();
  }

  /** Reads on while anyone follows. */
  follow(listener: ContainerListener): Disposable {
    this.#listeners.add(listener);
    this.#join();
    return disposable(() => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#stop();
    });
  }

  /** Reads anew from where it stopped, also when it had ended. */
  reconnect(): void {
    this.#stop();
    this.#doneAt = -1;
    this.#told = '';
    this.#join();
  }

  /**
   * Fetches what the origin wants and an earlier reader did not ask for. True when older lines were added. Rejects with
   * ClusterError when the log cannot be read.
   */
  async widen(origin: LiveOrigin, tailLines: number, signal: AbortSignal): Promise<boolean> {
    const { namespace, pod, container } = this.#source;
    const first = this.#ring.at(0);
    // What is still to be read is asked for from there in the first place.
    if (first === undefined) {
      this.#origin = origin;
      this.#tailLines = Math.max(this.#tailLines, tailLines);
      return false;
    }
    // With nothing let go, the ring reaches back as far as was asked; a log that began later has no older lines.
    if (origin.type === 'tail' && this.#ring.length >= tailLines) return false;
    const query = { namespace, pod, container, follow: false, signal };
    const past: LogLine[] = [];
    for await (const lines of this.#cluster.logBatches({ ...query, ...wanted(origin, tailLines + this.#ring.length) })) {
      past.push(...lines);
      if (past.length > 2 * ringLimits.lines) past.splice(0, past.length - ringLimits.lines);
    }
    // Meanwhile lines may have come, but none is older than the first of the ring.
    const { timestamp } = this.#ring.at(0) ?? first;
    let end = past.findIndex((line) => line.timestamp !== '' && !isEarlier(line.timestamp, timestamp));
    if (end < 0) end = past.length;
    const same = past.slice(end).findIndex((line) => line.timestamp !== timestamp);
    const present = this.#ring.slice().findIndex((line) => line.timestamp !== timestamp && line.mark === undefined);
    const extra = Math.max(0, (same < 0 ? past.length - end : same) - (present < 0 ? this.#ring.length : present));
    const older = past.slice(0, end + extra);
    this.#ring.prepend(older.map((line) => this.#parsed(line)));
    return older.length > 0;
  }

  /** The log of the run before the last start, once; it is not followed. Rejects with ClusterError. */
  async previous(tailLines: number, signal: AbortSignal): Promise<readonly ParsedLogLine[]> {
    const { namespace, pod, container } = this.#source;
    const lines: ParsedLogLine[] = [];
    for await (const batch of this.#cluster.logBatches({ namespace, pod, container, follow: false, previous: true, tailLines, signal }))
      for (const line of batch) lines.push(this.#parsed(line));
    return lines;
  }

  clear(): void {
    this.#ring.clear();
  }

  dispose(): void {
    this.#disposed = true;
    this.#listeners.clear();
    this.#stop();
  }

  #stop(): void {
    this.#reading?.abort();
    this.#reading = undefined;
  }

  /** Begins to read unless that is going on, nobody follows, or there is nothing new to be read. */
  #join(): void {
    const { restarts, started } = this.#source;
    if (this.#disposed || this.#listeners.size === 0 || this.#reading !== undefined || !started || this.#gone || this.#doneAt >= restarts) return;
    const controller = new AbortController();
    this.#reading = controller;
    void this.#run(controller.signal).finally(() => {
      if (this.#reading !== controller) return;
      this.#reading = undefined;
      // It may have been started again before its old log was read to the end.
      this.#join();
    });
  }

  async #run(signal: AbortSignal): Promise<void> {
    let refused = false;
    for (;;) {
      const { restarts, pod } = this.#source;
      try {
        if (restarts > this.#runNumber) this.#mark('restarted', this.#words.restarted(this.#source, restarts - this.#runNumber));
        this.#runNumber = restarts;
        await this.#read(signal);
        if (signal.aborted) return;
        this.#doneAt = restarts;
        this.#told = '';
        this.#mark('ended', this.#words.ended(this.#source));
        this.#end();
        return;
      } catch (error) {
        if (signal.aborted) return;
        if (this.#gone) {
          this.#end();
          return;
        }
        const message = this.#words.failure(error);
        // A container that is being made refuses at first and soon has a log; only when it refuses again there is something to say.
        const isBeingMade = error instanceof ClusterError && error.failure.code === 400 && this.#position.last === '' && !refused;
        refused = true;
        if (isBeingMade) this.#log.debug(`logs of ${pod}: ${message}`);
        // One that waits for its image refuses every few seconds in the same words: said once.
        else if (message !== this.#told) {
          this.#log.debug(`logs of ${pod}: ${message}`);
          this.#mark('failed', `${pod}: ${message}`);
          for (const listener of [...this.#listeners]) listener.failed(message);
        }
        if (!isBeingMade) this.#told = message;
        await this.#clock.sleep(retryDelayMs, signal).catch(() => undefined);
        if (signal.aborted) return;
        if (this.#gone) {
          this.#end();
          return;
        }
      }
    }
  }

  #end(): void {
    for (const listener of [...this.#listeners]) listener.ended();
  }

  async #read(signal: AbortSignal): Promise<void> {
    const { namespace, pod, container } = this.#source;
    const position = this.#position;
    // `sinceTime` counts in seconds and includes them whole: lines that were already seen are left out by their time.
    const from = position.last;
    let repeated = position.sameCount;
    const start: Partial<LogQuery> = from === '' ? wanted(this.#origin, this.#tailLines) : { sinceTime: from };
    for await (const batch of this.#cluster.logBatches({ namespace, pod, container, follow: true, signal, ...start })) {
      // Lines that were on their way when this reading was given up are read again by the next one.
      if (signal.aborted) return;
      this.#told = '';
      const lines: ParsedLogLine[] = [];
      for (const line of batch) {
        if (from !== '' && line.timestamp !== '') {
          if (isEarlier(line.timestamp, from)) continue;
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
        lines.push(this.#parsed(line));
      }
      this.#add(lines);
    }
  }

  #parsed(line: LogLine): ParsedLogLine {
    const { pod, container } = this.#source;
    const { timestamp, message, styles } = line;
    const id = this.#nextId();
    return styles === undefined ? { id, pod, container, timestamp, message } : { id, pod, container, timestamp, message, styles };
  }

  #mark(mark: LogMark, message: string): void {
    const { pod, container } = this.#source;
    // Our clock may be behind the cluster's: a mark never stands before the line that it follows.
    const nowMs = Math.max(this.#clock.now(), (timeOf(this.#position.last) ?? 0) / 1000);
    this.#add([{ id: this.#nextId(), pod, container, timestamp: new Date(nowMs).toISOString(), message, mark }]);
  }

  #add(lines: readonly ParsedLogLine[]): void {
    if (lines.length === 0) return;
    this.#ring.push(lines);
    this.#received += lines.length;
    for (const listener of [...this.#listeners]) listener.lines(lines);
  }
}

function wanted(origin: LiveOrigin, tailLines: number): Partial<LogQuery> {
  switch (origin.type) {
    case 'tail':
      return { tailLines };
    case 'seconds':
      return { sinceSeconds: origin.seconds };
    case 'time':
      return { sinceTime: origin.time };
  }
}
