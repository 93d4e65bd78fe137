import type { Clock } from '../../engine/ports';
import type { Disposable } from '../../shared/disposables';
import type { LogStreamBody, ParsedLogLine } from '../../shared/stream';
import { maxLogLines } from '../../shared/stream';

/** Lines in one message. What a page draws of them in a frame does not depend on it; what it must copy does. */
const sliceLines = 1000;
/** A page that says nothing for this long has lost the message or is busy elsewhere; the next slice goes out anyway. */
const patienceMs = 2000;

type LogBody = Extract<LogStreamBody, { readonly event_type: 'log' }>;

/**
 * Hands lines to a page as fast as it takes them and no faster: a slice goes out when the page has drawn the one before.
 * What is more than a page can show by then is left out, and the next slice says how much; the host still keeps it.
 */
export class PagedLines implements Disposable {
  readonly #clock: Clock;
  readonly #send: (body: LogBody) => number;
  #unsent: ParsedLogLine[] = [];
  #dropped = 0;
  #anew: { readonly kept: number } | undefined;
  /** The number of the slice that the page has not taken yet. */
  #underWay: number | undefined;
  #patience: Disposable | undefined;
  #disposed = false;

  /** `send` posts the body and returns its sequence number. */
  constructor(parts: { readonly clock: Clock; readonly send: (body: LogBody) => number }) {
    this.#clock = parts.clock;
    this.#send = parts.send;
  }

  put(body: LogStreamBody): void {
    if (body.event_type !== 'log' || this.#disposed) return;
    const { lines, dropped = 0, anew } = body.data;
    if (anew !== undefined) {
      this.forget();
      this.#anew = anew;
    }
    for (const line of lines) this.#unsent.push(line);
    this.#dropped += dropped;
    if (this.#unsent.length > maxLogLines) {
      this.#dropped += this.#unsent.length - maxLogLines;
      this.#unsent = this.#unsent.slice(-maxLogLines);
    }
    this.#next();
  }

  taken(sequenceNumber: number): void {
    if (this.#underWay === undefined || sequenceNumber < this.#underWay) return;
    this.#free();
    this.#next();
  }

  /** What waits is not sent; the page begins anew or was cleared. */
  forget(): void {
    this.#unsent = [];
    this.#dropped = 0;
    this.#anew = undefined;
    this.#free();
  }

  dispose(): void {
    this.#disposed = true;
    this.forget();
  }

  #free(): void {
    this.#underWay = undefined;
    this.#patience?.dispose();
    this.#patience = undefined;
  }

  #next(): void {
    if (this.#underWay !== undefined || (this.#unsent.length === 0 && this.#dropped === 0 && this.#anew === undefined)) return;
    // The newest lines of a fresh start travel together, so that the page is not drawn from the top downwards.
    const lines = this.#anew === undefined ? this.#unsent.splice(0, sliceLines) : this.#unsent.splice(0);
    const [dropped, anew] = [this.#dropped, this.#anew];
    this.#dropped = 0;
    this.#anew = undefined;
    this.#underWay = this.#send({
      event_type: 'log',
      data: { lines, ...(dropped === 0 ? {} : { dropped }), ...(anew === undefined ? {} : { anew }) },
    });
    this.#patience = this.#clock.after(patienceMs, () => {
      this.#free();
      this.#next();
    });
  }
}
