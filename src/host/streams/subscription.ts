import type { Clock, Logger } from '../../engine/ports';
import type { Disposable } from '../../shared/disposables';
import type { StreamBodyOf, StreamEventOf, StreamKey } from '../../shared/stream';
import type { StreamRules } from './streamRules';
import { rulesOf } from './streamRules';

type Body = StreamBodyOf<StreamKey>;

/** What waits to be delivered. `resync` becomes the snapshot, and `left` the marker of what was left out, when their turn comes. */
type Waiting = { readonly type: 'body'; body: Body } | { readonly type: 'resync'; dropped: number } | { readonly type: 'left'; dropped: number };

/** What a subscriber holds. */
export interface StreamSubscription extends Disposable {
  /** Of the last envelope handed over; 0 before the first. */
  readonly sequenceNumber: number;
  /** Envelopes that wait. */
  readonly queued: number;
  /** Sends the snapshot next. */
  resync(): void;
  /**
   * The subscriber was given the snapshot in another way, just now: what waits and is part of it is not sent again.
   * Returns the number of the last envelope, which the snapshot belongs to.
   */
  caughtUp(): number;
}

/**
 * The queue of one subscriber. Numbers are given when an envelope is handed over, so that a gap always means that one was
 * lost on the way to the view, and never that it was left out here.
 */
export class Subscription implements StreamSubscription {
  readonly #key: StreamKey;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #rules: StreamRules<Body>;
  readonly #capacity: number;
  readonly #deliver: (event: StreamEventOf<StreamKey>) => void | PromiseLike<unknown>;
  readonly #snapshot: (() => Body) | undefined;
  readonly #onEnd: () => void;
  readonly #finished: (() => void)[] = [];
  #queue: Waiting[] = [];
  readonly #underWay = new Set<Promise<void>>();
  #sequenceNumber = 0;
  #pumping = false;
  #finishing = false;
  #ended = false;
  /** The last delivery failed; the next failures are not worth another line. */
  #failing = false;

  constructor(
    key: StreamKey,
    parts: {
      readonly clock: Clock;
      readonly log: Logger;
      readonly capacity: number | undefined;
      readonly deliver: (event: StreamEventOf<StreamKey>) => void | PromiseLike<unknown>;
      readonly snapshot: (() => Body) | undefined;
      readonly onEnd: () => void;
    },
  ) {
    this.#key = key;
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#rules = rulesOf(key);
    this.#capacity = Math.max(1, parts.capacity ?? this.#rules.capacity);
    this.#deliver = parts.deliver;
    this.#snapshot = parts.snapshot;
    this.#onEnd = parts.onEnd;
  }

  get sequenceNumber(): number {
    return this.#sequenceNumber;
  }

  get queued(): number {
    return this.#queue.length;
  }

  put(body: Body): void {
    if (this.#ended || this.#finishing) return;
    this.#enqueue(body);
    void this.#pump();
  }

  resync(): void {
    if (this.#ended || this.#finishing || this.#snapshot === undefined) return;
    this.#collapse(0);
    void this.#pump();
  }

  caughtUp(): number {
    this.#queue = this.#queue.filter((waiting) => waiting.type === 'left' || (waiting.type === 'body' && !this.#rules.inSnapshot(waiting.body)));
    return this.#sequenceNumber;
  }

  /** Lets what waits be delivered, then `complete`; resolves when that is done. */
  finish(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#ended) {
        resolve();
        return;
      }
      this.#finished.push(resolve);
      if (this.#finishing) return;
      this.#queue.push({ type: 'body', body: this.#rules.closing(this.#key) });
      this.#finishing = true;
      void this.#pump();
    });
  }

  dispose(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#queue = [];
    for (const resolve of this.#finished.splice(0)) resolve();
    this.#onEnd();
  }

  #enqueue(body: Body): void {
    const rules = this.#rules;
    const resync = this.#queue.find((waiting) => waiting.type === 'resync');
    if (resync !== undefined && rules.inSnapshot(body)) {
      // The snapshot is taken when it is delivered, so it will tell this, too.
      resync.dropped += 1;
      return;
    }
    this.#queue = this.#queue.filter((waiting) => {
      if (waiting.type !== 'body') return true;
      const rest = rules.after(waiting.body, body);
      if (rest !== undefined) waiting.body = rest;
      return rest !== undefined;
    });
    const last = this.#queue.at(-1);
    const joined = last?.type === 'body' ? rules.joined(last.body, body) : undefined;
    if (last?.type === 'body' && joined !== undefined) last.body = joined;
    else this.#queue.push({ type: 'body', body });
    if (this.#queue.length <= this.#capacity) return;
    if (this.#snapshot === undefined) this.#leaveOut();
    else this.#collapse(undefined);
  }

  /** What a snapshot tells makes room for it. `dropped` is what to report of it; undefined for as much as there was. */
  #collapse(dropped: number | undefined): void {
    const kept = this.#queue.filter((waiting) => waiting.type === 'body' && !this.#rules.inSnapshot(waiting.body));
    const known = this.#queue.reduce((sum, waiting) => sum + (waiting.type === 'resync' ? waiting.dropped : 0), 0);
    const gone = this.#queue.filter((waiting) => waiting.type === 'body').length - kept.length;
    this.#queue = [{ type: 'resync', dropped: known + (dropped ?? gone) }, ...kept];
  }

  /** The oldest that may be left out go, and an envelope in their place will say how many these were. */
  #leaveOut(): void {
    while (this.#queue.length > this.#capacity) {
      const at = this.#queue.findIndex((waiting) => waiting.type === 'body' && this.#rules.weight(waiting.body) > 0);
      const oldest = this.#queue[at];
      if (oldest?.type !== 'body') return;
      const weight = this.#rules.weight(oldest.body);
      const marker = this.#queue.find((waiting) => waiting.type === 'left');
      if (marker === undefined) this.#queue.splice(at, 1, { type: 'left', dropped: weight });
      else {
        marker.dropped += weight;
        this.#queue.splice(at, 1);
      }
    }
  }

  async #pump(): Promise<void> {
    if (this.#pumping) return;
    this.#pumping = true;
    // The publisher's turn ends first: it must not wait for a view, and what it publishes in one go may travel together.
    await Promise.resolve();
    while (this.#queue.length > 0 && !this.#ended) {
      if (this.#underWay.size >= this.#rules.atOnce) await Promise.race(this.#underWay);
      else this.#begin(this.#queue.shift());
    }
    this.#pumping = false;
    if (this.#finishing) await Promise.all(this.#underWay);
    if (this.#finishing && !this.#ended) this.dispose();
  }

  #begin(next: Waiting | undefined): void {
    if (next === undefined) return;
    const handing = this.#hand(next).then(() => void this.#underWay.delete(handing));
    this.#underWay.add(handing);
  }

  /** Delivers one envelope; whatever goes wrong with it stays here. */
  async #hand(next: Waiting): Promise<void> {
    this.#sequenceNumber += 1;
    try {
      const body = this.#bodyOf(next);
      const event = { stream_key: this.#key, sequenceNumber: this.#sequenceNumber, timestamp: new Date(this.#clock.now()).toISOString(), ...body };
      await this.#deliver(event);
      this.#failing = false;
    } catch (error) {
      if (!this.#failing) this.#log.error(`A view of ${this.#key} could not take event ${String(this.#sequenceNumber)}.`, error);
      this.#failing = true;
    }
  }

  #bodyOf(waiting: Waiting): Body {
    if (waiting.type === 'body') return waiting.body;
    const { dropped } = waiting;
    const body = waiting.type === 'left' ? this.#rules.marker(dropped) : this.#snapshot?.();
    if (body === undefined) throw new Error(`${this.#key} has nothing to stand for what was left out`);
    if (dropped > 0) this.#log.warn(`${this.#key}: ${String(dropped)} events or lines were dropped for a view that is slow.`);
    return body;
  }
}
