import { failure } from '../../shared/problem';
import type { RunEvent, RunEventBody } from '../../shared/runEvent';
import { appendEvents } from '../journal';
import type { Clock, Files } from '../ports';

/** An event that waits for its way to the disk. */
interface Told {
  readonly body: RunEventBody;
  readonly mustBeWritten: boolean;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Where a run's events are written before anyone hears of them. */
export interface RunLogPlace {
  readonly files: Files;
  /** Of the journal, below the root of `files`. */
  readonly path: string;
  /** A second journal, such as a file that a CI job keeps. Gets whole lines. */
  readonly alsoAppend?: (line: string) => Promise<void>;
}

/**
 * The events of one run, in one order: numbered, put on the disk, then given out. Many tasks speak at once; events that come
 * while the disk is busy reach it together, so that a run of many objects does not wait for it once for each.
 */
export class RunLog {
  readonly #place: RunLogPlace | undefined;
  readonly #clock: Clock;
  readonly #runId: string;
  #sequenceNumber = 0;
  readonly #line: Told[] = [];
  #writing = false;
  readonly #ready: RunEvent[] = [];
  #closed = false;
  #wake: () => void = () => undefined;

  /** Without a place (a run that is refused before it begins) nothing is written. `from` is the number of the last event there is. */
  constructor(clock: Clock, runId: string, place: RunLogPlace | undefined, from = 0) {
    this.#sequenceNumber = from;
    this.#clock = clock;
    this.#runId = runId;
    this.#place = place;
  }

  /** Resolves when the event is on the disk and given out. Throws `run.journalFailed`; then it was not given out. */
  tell(body: RunEventBody): Promise<void> {
    return this.#next(body, true);
  }

  /** The last event, of the run or before a pause: given out even when the disk takes no more, because a run must end for those who watch it. */
  async end(body: RunEventBody): Promise<void> {
    await this.#next(body, false);
    this.#closed = true;
    this.#wake();
  }

  /** The events as they come; ends after the last one. */
  async *events(): AsyncGenerator<RunEvent> {
    for (;;) {
      for (let event = this.#ready.shift(); event !== undefined; event = this.#ready.shift()) yield event;
      if (this.#closed) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        if (this.#ready.length > 0 || this.#closed) resolve();
      });
    }
  }

  #next(body: RunEventBody, mustBeWritten: boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#line.push({ body, mustBeWritten, resolve, reject });
      if (this.#writing) return;
      this.#writing = true;
      void this.#drain();
    });
  }

  /** Whatever was told while one write was on its way to the disk goes there with the next one, together. */
  async #drain(): Promise<void> {
    // What is told in the same turn belongs together, too.
    await Promise.resolve();
    while (this.#line.length > 0) await this.#together(this.#line.splice(0));
    this.#writing = false;
  }

  async #together(told: readonly Told[]): Promise<void> {
    const timestamp = new Date(this.#clock.now()).toISOString();
    const numbered = told.map((one, index) => ({
      one,
      event: { runId: this.#runId, timestamp, sequenceNumber: this.#sequenceNumber + 1 + index, ...one.body },
    }));
    let failed: unknown;
    try {
      await this.#write(numbered.map(({ event }) => event));
    } catch (error) {
      failed = failure('run.journalFailed', { detail: error instanceof Error ? error.message : String(error) }, { cause: error });
    }
    for (const { one, event } of numbered) {
      if (failed !== undefined && one.mustBeWritten) one.reject(failed);
      else {
        this.#sequenceNumber += 1;
        this.#ready.push({ ...event, sequenceNumber: this.#sequenceNumber });
        this.#wake();
        one.resolve();
      }
    }
  }

  async #write(events: readonly RunEvent[]): Promise<void> {
    if (this.#place === undefined) return;
    await appendEvents(this.#place.files, this.#place.path, events);
    await this.#place.alsoAppend?.(events.map((event) => `${JSON.stringify(event)}\n`).join(''));
  }
}
