import type { Clock, Logger } from '../../engine/ports';
import { Emitter } from '../../shared/emitter';
import type { Disposable } from '../../shared/disposables';
import type { LogOrigin, LogPattern, LogSelection, LogWindow } from '../../shared/protocol';
import type { LogMark, LogStreamBody, ParsedLogLine } from '../../shared/stream';
import { maxLogLines } from '../../shared/stream';
import type { LiveOrigin, LogReader } from './containerLog';
import { LineRing } from './lineRing';
import type { LogMatcher } from './logMatcher';
import { isEverything, patternMatcher, selectionMatcher } from './logMatcher';
import type { LogSource, LogWords } from './logSource';
import { sourceKey } from './logSource';
import type { LogStreams, OpenedContainerLog } from './logStreams';
import { mergedByTime, timeOf } from './logTime';
import { Replacements } from './replacements';

/** Lines are handed on in slices of about a frame. */
const flushDelayMs = 16;
/** Lines of several containers wait this long for each other, and longer while their histories arrive. */
const mergeDelayMs = 100;
const historyDelayMs = 250;
/** For how long after a container has joined its history may arrive. */
const joiningMs = 1000;

interface Member {
  readonly source: LogSource;
  readonly opened: OpenedContainerLog;
  following: Disposable | undefined;
  /** How many of the container's lines this view has had when it stopped to follow. */
  received: number;
}

export const everything: LogSelection = { text: '', regex: false, levels: [], sources: [] };

/**
 * The logs of some containers as one list in the order of time, for one view. The containers' logs are shared with other
 * views; which lines are shown, and since when, is this view's own. Pods that come later join, ended ones stay readable.
 */
export class NodeLogs implements Disposable {
  readonly #streams: LogStreams;
  #cluster: LogReader;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #tailLines: number;
  readonly #words: LogWords;
  readonly #describe: () => { readonly nodeId: string; readonly namespace: string; readonly cluster: string };
  readonly #emitter: Emitter<LogStreamBody>;
  readonly onStream: Emitter<LogStreamBody>['on'];
  readonly #members = new Map<string, Member>();
  readonly #replacements = new Replacements();
  readonly #ring = new LineRing();
  #sources: readonly LogSource[] = [];
  #selection = everything;
  #matcher: LogMatcher | undefined;
  /** The lines of the selection; the same as all while nothing is left out. */
  #shown = this.#ring;
  #origin: LogOrigin = { type: 'tail' };
  #waiting: ParsedLogLine[][] = [];
  #flushTimer: Disposable | undefined;
  #joinedAtMs = Number.NEGATIVE_INFINITY;
  #follow = true;
  /** Ends what was being fetched for an origin that is no longer wanted. */
  #fetching = new AbortController();
  #lost: string | undefined;
  #disposed = false;

  constructor(options: {
    streams: LogStreams;
    cluster: LogReader;
    clock: Clock;
    log: Logger;
    words: LogWords;
    /** How many past lines of each container are asked for. */
    tailLines: number;
    describe: () => { readonly nodeId: string; readonly namespace: string; readonly cluster: string };
  }) {
    this.#streams = options.streams;
    this.#cluster = options.cluster;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#words = options.words;
    this.#tailLines = options.tailLines;
    this.#describe = options.describe;
    this.#emitter = new Emitter((error) => this.#log.error('A log view failed to follow.', error));
    this.onStream = this.#emitter.on;
  }

  /** The kept lines of the selection, oldest first. */
  get lines(): readonly ParsedLogLine[] {
    return this.#shown.slice();
  }

  get follow(): boolean {
    return this.#follow;
  }

  get selection(): LogSelection {
    return this.#selection;
  }

  get origin(): LogOrigin {
    return this.#origin;
  }

  metadata(): LogStreamBody {
    const containers = this.#sources.map(({ pod, container, type, waiting }) => ({ pod, container, type, ...(waiting === undefined ? {} : { waiting }) }));
    return { event_type: 'metadata', data: { ...this.#describe(), containers } };
  }

  /** The newest lines, to replace whatever a page shows. */
  newest(): LogStreamBody {
    this.flush();
    const kept = this.#shown.length;
    return { event_type: 'log', data: { lines: this.#shown.slice(kept - maxLogLines), anew: { kept } } };
  }

  /** Tells which containers there are now. New ones are followed; those that vanished are read to their end. */
  setSources(sources: readonly LogSource[]): void {
    if (this.#disposed) return;
    const before = this.metadata();
    this.#sources = sources;
    if (JSON.stringify(before) !== JSON.stringify(this.metadata())) this.#emitter.emit(this.metadata());
    for (const { before: old, after } of this.#replacements.look(sources, this.#clock.now())) this.#mark('replaced', old, this.#words.replaced(old, after));
    const present = new Set(sources.map(sourceKey));
    for (const [key, member] of [...this.#members]) {
      if (present.has(key)) continue;
      if (member.following === undefined) this.#release(key);
      else member.opened.container.vanish();
    }
    for (const source of sources) {
      const member = this.#members.get(sourceKey(source));
      if (member === undefined) this.#add(source);
      else member.opened.container.setSource(source);
    }
  }

  setFollow(follow: boolean): void {
    if (this.#follow === follow) return;
    this.#follow = follow;
    for (const [key, member] of this.#members) {
      if (follow) this.#resume(key, member);
      else this.#pause(member);
    }
  }

  /** Reads every log anew from where it stopped, also those that have ended. */
  reconnect(): void {
    for (const { opened } of this.#members.values()) opened.container.reconnect();
  }

  /** Why nothing is read now, until the view goes on with another connection. */
  get lost(): string | undefined {
    return this.#lost;
  }

  /** The connection is over, and so is everything that was read with it. */
  lose(message: string): void {
    this.#forget();
    this.#lost = message;
    this.#emitter.emit(this.newest());
    this.#emitter.emit(this.failure(message));
  }

  /** Goes on with another connection, perhaps as somebody else: what was read with the one before is forgotten. */
  moveTo(cluster: LogReader): void {
    this.#forget();
    this.#cluster = cluster;
    this.#lost = undefined;
    this.#emitter.emit(this.newest());
  }

  failure(message: string): LogStreamBody {
    return { event_type: 'error', data: { message, pod: '', container: '' } };
  }

  /** Forgets the lines of this view; other views keep theirs. */
  clear(): void {
    this.#waiting = [];
    this.#ring.clear();
    this.#shown.clear();
  }

  /** @throws PatternError when the pattern is none or takes too long; then everything stays as it was. */
  select(selection: LogSelection): void {
    this.flush();
    const matcher = isEverything(selection) ? undefined : selectionMatcher(selection);
    const shown = matcher === undefined ? this.#ring : new LineRing();
    if (matcher !== undefined) shown.push(matcher(this.#ring.slice()));
    this.#selection = selection;
    this.#matcher = matcher;
    this.#shown = shown;
    this.#emitter.emit(this.newest());
  }

  /** Begins the view elsewhere. Resolves when the lines are there; what cannot be read is told in its place. */
  async setOrigin(origin: LogOrigin): Promise<void> {
    this.#fetching.abort();
    const fetching = new AbortController();
    this.#fetching = fetching;
    this.#origin = origin;
    for (const member of this.#members.values()) if (origin.type === 'previous') this.#pause(member);
    const marks: ParsedLogLine[] = [];
    const logs = await Promise.all(
      [...this.#members.values()].map(async ({ opened: { container }, source }) => {
        if (origin.type === 'previous' && source.restarts === 0 && this.#sourceOf(source).restarts === 0) return [];
        try {
          if (origin.type === 'previous') return await container.previous(maxLogLines, fetching.signal);
          await container.widen(origin, this.#tailLines, fetching.signal);
        } catch (error) {
          if (!fetching.signal.aborted) marks.push(this.#markOf('failed', source.pod, `${source.pod}/${source.container}: ${this.#words.failure(error)}`));
        }
        return [];
      }),
    );
    if (fetching.signal.aborted || this.#disposed) return;
    if (origin.type !== 'previous' && this.#follow) for (const [key, member] of this.#members) this.#resume(key, member);
    this.#rebuild(origin.type === 'previous' ? logs : this.#histories(origin), marks);
    this.#emitter.emit(this.newest());
  }

  /** Lines beside the one with this id; those at that end when it is no longer kept. */
  readLines(id: number, direction: 'older' | 'newer', count: number): LogWindow {
    const shown = this.#shown.slice();
    const at = shown.findIndex((line) => line.id === id);
    const [first, end] =
      direction === 'older'
        ? [Math.max(0, (at < 0 ? 0 : at) - count), at < 0 ? 0 : at]
        : [at < 0 ? Math.max(0, shown.length - count) : at + 1, at < 0 ? shown.length : at + 1 + count];
    return { lines: shown.slice(first, end), older: first > 0, newer: end < shown.length };
  }

  /**
   * Finds a line over everything kept of the selection, going round at the end.
   * @throws PatternError when the pattern is none or takes too long.
   */
  search(
    pattern: LogPattern,
    from: number | undefined,
    direction: 'older' | 'newer',
  ): { readonly count: number; readonly index: number; readonly id?: number; readonly window?: LogWindow } {
    const shown = this.#shown.slice();
    const matches = pattern.text === '' ? [] : patternMatcher(pattern)(shown.filter((line) => line.mark === undefined));
    if (matches.length === 0) return { count: 0, index: -1 };
    const places = new Map(shown.map((line, index) => [line.id, index]));
    const placeOf = (line: ParsedLogLine): number => places.get(line.id) ?? 0;
    const start = from === undefined ? undefined : places.get(from);
    let index = matches.length - 1;
    if (start !== undefined && direction === 'older') {
      index = matches.findLastIndex((line) => placeOf(line) < start);
      if (index < 0) index = matches.length - 1;
    } else if (start !== undefined) {
      index = matches.findIndex((line) => placeOf(line) > start);
      if (index < 0) index = 0;
    }
    const found = matches[index];
    if (found === undefined) return { count: 0, index: -1 };
    const first = Math.max(0, placeOf(found) - maxLogLines / 10);
    const end = Math.min(shown.length, first + maxLogLines / 5);
    return { count: matches.length, index, id: found.id, window: { lines: shown.slice(first, end), older: first > 0, newer: end < shown.length } };
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#fetching.abort();
    this.#flushTimer?.dispose();
    for (const key of [...this.#members.keys()]) this.#release(key);
    this.#emitter.dispose();
  }

  /** Hands on what waits for the next slice. */
  flush(): void {
    this.#flushTimer?.dispose();
    this.#flushTimer = undefined;
    const waiting = this.#waiting;
    this.#waiting = [];
    if (waiting.length === 0) return;
    const lines = this.#inOrder(waiting);
    this.#ring.push(lines);
    let shown: readonly ParsedLogLine[] = lines;
    if (this.#matcher !== undefined) {
      try {
        shown = this.#matcher(lines);
      } catch (error) {
        this.#setPatternAside(error);
        this.#emitter.emit(this.newest());
        return;
      }
      this.#shown.push(shown);
    }
    const dropped = Math.max(0, shown.length - maxLogLines);
    if (shown.length > 0) this.#emitter.emit({ event_type: 'log', data: { lines: shown.slice(-maxLogLines), ...(dropped === 0 ? {} : { dropped }) } });
  }

  /** Portions of one container in their order; several containers by time. */
  #inOrder(waiting: readonly (readonly ParsedLogLine[])[]): readonly ParsedLogLine[] {
    const bySource = new Map<string, ParsedLogLine[]>();
    for (const lines of waiting) {
      const [first] = lines;
      if (first === undefined) continue;
      const key = `${first.pod}/${first.container}`;
      const own = bySource.get(key);
      if (own === undefined) bySource.set(key, [...lines]);
      else for (const line of lines) own.push(line);
    }
    return mergedByTime([...bySource.values()]);
  }

  #sourceOf(source: LogSource): LogSource {
    return this.#sources.find((one) => sourceKey(one) === sourceKey(source)) ?? source;
  }

  #add(source: LogSource): void {
    const key = sourceKey(source);
    const live: LiveOrigin = this.#origin.type === 'previous' ? { type: 'tail' } : this.#origin;
    const opened = this.#streams.open(this.#cluster, source, live, this.#tailLines);
    opened.container.setSource(source);
    const member: Member = { source, opened, following: undefined, received: 0 };
    this.#members.set(key, member);
    if (this.#origin.type === 'previous' || !this.#follow) return;
    const joinsOthers = opened.container.received > 0;
    this.#resume(key, member);
    if (!joinsOthers) return;
    // Someone reads it already: what they did not ask for is fetched, and the view is put together anew with it.
    const { signal } = this.#fetching;
    opened.container.widen(live, this.#tailLines, signal).then(
      (older) => {
        if (!older || signal.aborted || this.#disposed || this.#origin.type === 'previous') return;
        this.#rebuild(this.#histories(this.#origin), []);
        this.#emitter.emit(this.newest());
      },
      (error: unknown) => {
        if (!signal.aborted && !this.#disposed) this.#mark('failed', source.pod, `${source.pod}/${source.container}: ${this.#words.failure(error)}`);
      },
    );
  }

  #resume(key: string, member: Member): void {
    if (member.following !== undefined) return;
    const { container } = member.opened;
    const { lines, lost } = container.after(member.received);
    if (lost > 0 && member.received > 0) this.#mark('cut', member.source.pod, this.#words.lost(member.source, lost));
    this.#take(lines);
    this.#joinedAtMs = this.#clock.now();
    member.following = container.follow({
      lines: (added) => this.#take(added),
      failed: (message) => {
        this.#emitter.emit({ event_type: 'error', data: { message, pod: member.source.pod, container: member.source.container } });
      },
      ended: () => {
        this.flush();
        this.#emitter.emit({ event_type: 'complete', data: { pod: member.source.pod, container: member.source.container } });
        if (!this.#sources.some((source) => sourceKey(source) === key)) this.#release(key);
      },
    });
  }

  #pause(member: Member): void {
    if (member.following === undefined) return;
    member.received = member.opened.container.received;
    member.following.dispose();
    member.following = undefined;
  }

  #forget(): void {
    this.#fetching.abort();
    this.#fetching = new AbortController();
    for (const key of [...this.#members.keys()]) this.#release(key);
    this.#sources = [];
    this.clear();
  }

  #release(key: string): void {
    const member = this.#members.get(key);
    this.#members.delete(key);
    member?.following?.dispose();
    member?.opened.dispose();
  }

  /** What the containers keep since the origin, with the lines of those that are gone. */
  #histories(origin: LiveOrigin): readonly (readonly ParsedLogLine[])[] {
    const held = new Set([...this.#members.values()].map(({ source }) => `${source.pod}/${source.container}`));
    const gone = this.#ring.slice().filter((line) => line.mark === 'replaced' || !held.has(`${line.pod}/${line.container}`));
    const sinceUs = origin.type === 'tail' ? undefined : origin.type === 'time' ? timeOf(origin.time) : (this.#clock.now() - origin.seconds * 1000) * 1000;
    const kept = [...this.#members.values()].map((member) => {
      const { container } = member.opened;
      member.received = container.received;
      return container.kept;
    });
    if (sinceUs === undefined) return [gone, ...kept];
    return [gone, ...kept].map((lines) => lines.filter((line) => (timeOf(line.timestamp) ?? sinceUs) >= sinceUs));
  }

  #rebuild(logs: readonly (readonly ParsedLogLine[])[], marks: readonly ParsedLogLine[]): void {
    this.#waiting = [];
    this.#flushTimer?.dispose();
    this.#flushTimer = undefined;
    this.#ring.clear();
    this.#ring.push([...mergedByTime(logs), ...marks]);
    if (this.#matcher === undefined) return;
    try {
      const found = this.#matcher(this.#ring.slice());
      this.#shown.clear();
      this.#shown.push(found);
    } catch (error) {
      this.#setPatternAside(error);
    }
  }

  /**
   * A pattern that was quick on the lines so far may take too long on others. Trying it again with each slice would hold up
   * everything else in the process, and hiding what it would have found is worse than showing too much.
   */
  #setPatternAside(error: unknown): void {
    const { text } = this.#selection;
    this.#log.warn(`A log filter was set aside: ${this.#words.failure(error)}`);
    this.#selection = { ...this.#selection, text: '', regex: false };
    this.#matcher = isEverything(this.#selection) ? undefined : selectionMatcher(this.#selection);
    this.#ring.push([this.#markOf('failed', '', this.#words.setAside(text))]);
    this.#shown = this.#ring;
    if (this.#matcher === undefined) return;
    this.#shown = new LineRing();
    this.#shown.push(this.#matcher(this.#ring.slice()));
  }

  #markOf(mark: LogMark, pod: string, message: string): ParsedLogLine {
    return { id: this.#streams.nextId(), pod, container: '', timestamp: new Date(this.#clock.now()).toISOString(), message, mark };
  }

  #mark(mark: LogMark, pod: string, message: string): void {
    this.#take([this.#markOf(mark, pod, message)]);
  }

  #take(lines: readonly ParsedLogLine[]): void {
    if (lines.length === 0 || this.#disposed) return;
    this.#waiting.push([...lines]);
    const joining = this.#clock.now() - this.#joinedAtMs < joiningMs;
    const delayMs = this.#members.size < 2 ? flushDelayMs : joining ? historyDelayMs : mergeDelayMs;
    this.#flushTimer ??= this.#clock.after(delayMs, () => this.flush());
  }
}
