import { describe, expect, it } from 'vitest';
import type { Cluster, LogLine, LogQuery } from '../../engine/ports';
import type { LogStreamBody } from '../../shared/stream';
import { MemoryLogger } from '../../testing/memoryLogger';
import { VirtualClock } from '../../testing/virtualClock';
import { NodeLogs } from './nodeLogs';

/** One reading of a log: what comes before it is cut, ends, or is given up by its reader. */
class Reading {
  readonly query: LogQuery;
  readonly #lines: LogLine[] = [];
  #end: { readonly error?: Error } | undefined;
  #wake: () => void = () => undefined;

  constructor(query: LogQuery) {
    this.query = query;
    query.signal?.addEventListener('abort', () => this.cut(new Error('aborted')));
  }

  say(...lines: readonly (readonly [string, string])[]): void {
    for (const [timestamp, message] of lines) this.#lines.push({ timestamp, message });
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

  async *lines(): AsyncGenerator<LogLine> {
    for (;;) {
      const line = this.#lines.shift();
      if (line !== undefined) yield line;
      else if (this.#end === undefined) await new Promise<void>((resolve) => (this.#wake = resolve));
      else if (this.#end.error === undefined) return;
      else throw this.#end.error;
    }
  }
}

function rig() {
  const readings: Reading[] = [];
  const cluster: Pick<Cluster, 'logs'> = {
    logs(query) {
      const reading = new Reading(query);
      readings.push(reading);
      return reading.lines();
    },
  };
  const clock = new VirtualClock();
  const logs = new NodeLogs({
    cluster,
    clock,
    log: new MemoryLogger(),
    tailLines: 100,
    words: (error) => (error instanceof Error ? error.message : String(error)),
    describe: () => ({ nodeId: 'web', namespace: 'shop', cluster: 'test' }),
  });
  const told: LogStreamBody[] = [];
  logs.onStream((body) => told.push(body));
  const messages = (): string[] => told.flatMap((body) => (body.event_type === 'log' ? body.data.lines.map((line) => line.message) : []));
  const reading = (index: number): Reading => {
    const found = readings[index];
    if (found === undefined) throw new Error(`There is no reading ${index}; there are ${readings.length}.`);
    return found;
  };
  const count = (type: LogStreamBody['event_type']): number => told.filter((body) => body.event_type === type).length;
  return { logs, clock, readings, reading, told, messages, count };
}

const web = { namespace: 'shop', pod: 'web-1', container: 'web', restarts: 0 };
const at = (seconds: string): string => `2026-03-01T12:00:${seconds}Z`;

describe('the logs of a node', () => {
  it('goes on after a cut without repeating or losing a line, also among lines of the same moment', async () => {
    const { logs, clock, reading, messages } = rig();
    logs.setSources([web]);
    reading(0).say([at('01.1'), 'a'], [at('01.2'), 'b'], [at('01.2'), 'c']);
    await clock.advance(20);
    reading(0).cut(new Error('The connection was lost.'));
    await clock.advance(3000);
    expect(reading(1).query).toMatchObject({ sinceTime: at('01.2'), follow: true });
    // The server counts whole seconds, so it says all of that second again.
    reading(1).say([at('01.1'), 'a'], [at('01.2'), 'b'], [at('01.2'), 'c'], [at('01.2'), 'd'], [at('01.25'), 'e']);
    await clock.advance(20);
    expect(messages()).toEqual(['a', 'b', 'c', 'd', 'e']);
    reading(1).cut(new Error('The connection was lost.'));
    await clock.advance(3000);
    reading(2).say([at('01.2'), 'd'], [at('01.25'), 'e'], [at('02'), 'f']);
    await clock.advance(20);
    expect(messages()).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  });

  it('neither repeats nor loses lines that were on their way when following was paused', async () => {
    const { logs, clock, reading, readings, messages } = rig();
    logs.setSources([web]);
    reading(0).say([at('01'), 'a']);
    await clock.advance(20);
    reading(0).say([at('02'), 'b']);
    logs.setFollow(false);
    await clock.advance(20);
    expect(messages()).toEqual(['a']);
    // News of pods while it is paused start nothing.
    logs.setSources([web, { ...web, pod: 'web-2' }]);
    await clock.advance(10_000);
    expect(readings).toHaveLength(1);
    logs.setFollow(true);
    reading(1).say([at('01'), 'a'], [at('02'), 'b'], [at('03'), 'c']);
    await clock.advance(20);
    expect(messages()).toEqual(['a', 'b', 'c']);
    expect(reading(2).query).toMatchObject({ pod: 'web-2', tailLines: 100 });
  });

  it('says once that a container has ended, and follows it again when it was started again', async () => {
    const { logs, clock, reading, readings, messages, count } = rig();
    logs.setSources([web]);
    reading(0).say([at('01'), 'first']);
    reading(0).end();
    await clock.advance(20);
    expect(count('complete')).toBe(1);
    logs.setSources([web]);
    logs.setFollow(false);
    logs.setFollow(true);
    await clock.advance(5000);
    expect(readings).toHaveLength(1);
    logs.setSources([{ ...web, restarts: 1 }]);
    reading(1).say([at('01'), 'first'], [at('09'), 'second']);
    await clock.advance(20);
    expect(messages()).toEqual(['first', 'second']);
    // The next start may be known before the log of this one has ended.
    logs.setSources([{ ...web, restarts: 2 }]);
    reading(1).end();
    await clock.advance(20);
    reading(2).say([at('12'), 'third']);
    await clock.advance(20);
    expect(messages()).toEqual(['first', 'second', 'third']);
  });

  it('says a failure once for as long as it stays the same, and goes on when it has passed', async () => {
    const { logs, clock, reading, readings, messages, told } = rig();
    logs.setSources([web]);
    for (let attempt = 0; attempt < 4; attempt++) {
      reading(attempt).cut(new Error('The container waits for its image.'));
      await clock.advance(3000);
    }
    expect(told.filter((body) => body.event_type === 'error')).toHaveLength(1);
    reading(4).say([at('05'), 'hello']);
    reading(4).cut(new Error('The container waits for its image.'));
    await clock.advance(20);
    expect(messages()).toEqual(['hello']);
    expect(told.filter((body) => body.event_type === 'error')).toHaveLength(2);
    // A container that is gone is not asked for again.
    logs.setSources([]);
    await clock.advance(60_000);
    expect(readings).toHaveLength(5);
  });

  it('starts nothing twice when it is told to connect again, and ends every request with itself', async () => {
    const { logs, clock, reading, readings, messages } = rig();
    logs.setSources([web]);
    reading(0).say([at('01'), 'a']);
    await clock.advance(20);
    logs.reconnect();
    logs.reconnect();
    expect(readings).toHaveLength(3);
    expect(readings.map(({ query }) => query.signal?.aborted)).toEqual([true, true, false]);
    reading(2).say([at('01'), 'a'], [at('02'), 'b']);
    await clock.advance(20);
    expect(messages()).toEqual(['a', 'b']);
    logs.dispose();
    expect(reading(2).query.signal?.aborted).toBe(true);
    await clock.advance(60_000);
    expect(readings).toHaveLength(3);
  });

  it('keeps lines without a time and never asks from no time because of them', async () => {
    const { logs, clock, reading, messages } = rig();
    logs.setSources([web]);
    reading(0).say([at('01'), 'a'], ['', 'no time']);
    await clock.advance(20);
    reading(0).cut(new Error('The connection was lost.'));
    await clock.advance(3000);
    expect(reading(1).query.sinceTime).toBe(at('01'));
    expect(messages()).toEqual(['a', 'no time']);
  });
});
