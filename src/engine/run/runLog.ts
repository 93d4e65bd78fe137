import { failure } from '../../shared/problem';
import type { RunEnvelope, RunEvent, RunEventBody } from '../../shared/runEvent';
import { appendEvent } from '../journal';
import type { Clock, Files } from '../ports';

/** Where a run's events are written before anyone hears of them. */
export interface RunLogPlace {
  readonly files: Files;
  /** Of the journal, below the root of `files`. */
  readonly path: string;
  /** A second journal, such as a file that a CI job keeps. Gets whole lines. */
  readonly alsoAppend?: (line: string) => Promise<void>;
}

/**
 * The events of one run, in one order: numbered, put on the disk, then given out. Many tasks speak at once; each event
 * waits for the one before it.
 */
export class RunLog {
  readonly #place: RunLogPlace | undefined;
  readonly #clock: Clock;
  readonly #runId: string;
  #sequenceNumber = 0;
  #writes: Promise<void> = Promise.resolve();
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
    const done = this.#writes.then(async () => {
      const envelope: RunEnvelope = { runId: this.#runId, timestamp: new Date(this.#clock.now()).toISOString(), sequenceNumber: this.#sequenceNumber + 1 };
      const event = { ...envelope, ...body };
      try {
        await this.#write(event);
      } catch (error) {
        if (mustBeWritten) throw failure('run.journalFailed', { detail: error instanceof Error ? error.message : String(error) }, { cause: error });
      }
      this.#sequenceNumber += 1;
      this.#ready.push(event);
      this.#wake();
    });
    this.#writes = done.catch(() => undefined);
    return done;
  }

  async #write(event: RunEvent): Promise<void> {
    if (this.#place === undefined) return;
    await appendEvent(this.#place.files, this.#place.path, event);
    await this.#place.alsoAppend?.(`${JSON.stringify(event)}\n`);
  }
}
