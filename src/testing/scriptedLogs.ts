import type { Cluster, LogLine, LogQuery } from '../engine/ports';

/** One reading of a log: what comes before it is cut, ends, or is given up by its reader. */
export class ScriptedReading {
  readonly query: LogQuery;
  readonly #batches: (readonly LogLine[])[] = [];
  #end: { readonly error?: Error } | undefined;
  #wake: () => void = () => undefined;

  constructor(query: LogQuery) {
    this.query = query;
    query.signal?.addEventListener('abort', () => this.cut(new Error('aborted')));
  }

  /** Times and messages, as one portion. */
  say(...lines: readonly (readonly [string, string])[]): void {
    this.#batches.push(lines.map(([timestamp, message]) => ({ timestamp, message })));
    this.#wake();
  }

  end(): void {
    this.#end ??= {};
    this.#wake();
  }

  cut(error: Error): void {
    this.#end ??= { error };
    this.#wake();
  }

  async *batches(): AsyncGenerator<readonly LogLine[]> {
    for (;;) {
      const lines = this.#batches.shift();
      if (lines !== undefined) yield lines;
      else if (this.#end === undefined) await new Promise<void>((resolve) => (this.#wake = resolve));
      else if (this.#end.error === undefined) return;
      else throw this.#end.error;
    }
  }
}

/** A cluster whose logs say what a test lets them say. */
export function scriptedLogs(): {
  readonly cluster: Pick<Cluster, 'logBatches'>;
  readonly readings: readonly ScriptedReading[];
  /** The reading of this number, in the order they were asked for. */
  readonly reading: (index: number) => ScriptedReading;
} {
  const readings: ScriptedReading[] = [];
  return {
    cluster: {
      logBatches(query) {
        const reading = new ScriptedReading(query);
        readings.push(reading);
        return reading.batches();
      },
    },
    readings,
    reading(index) {
      const found = readings[index];
      if (found === undefined) throw new Error(`There is no reading ${index}; there are ${readings.length}.`);
      return found;
    },
  };
}
