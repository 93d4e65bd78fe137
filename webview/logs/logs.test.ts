import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LogStreamBody } from '../../src/shared/stream';
import { textFrom } from '../ui/texts';
import type { LogEntry } from './logLines';
import { colourOf, columnsOf, entryAt, matchParts, matchingEntries, rowStarts, shortPod, withEntries } from './logLines';
import { createLogStore } from './logStore';

const line = (id: number, message: string): LogEntry => ({ kind: 'line', key: `line-${id}`, line: { id, pod: 'p', container: 'c', timestamp: '', message } });

describe('the lines of a log', () => {
  it('lets the oldest go once there are more than it keeps', () => {
    const many = Array.from({ length: 8 }, (_, id) => line(id, ''));
    expect(withEntries(many.slice(0, 4), many.slice(4), 5).map((entry) => entry.key)).toEqual(['line-3', 'line-4', 'line-5', 'line-6', 'line-7']);
    expect(withEntries([], many, 3)).toHaveLength(3);
    expect(withEntries(many, [], 3)).toBe(many);
  });

  it('counts columns as a monospaced font draws them', () => {
    expect(columnsOf('abc')).toBe(3);
    expect(columnsOf('a\tb')).toBe(9);
    expect(columnsOf('漢字')).toBe(4);
    expect(columnsOf('🚀')).toBe(2);
  });

  it('finds the entry at every row, wrapped or not', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ maxLength: 60 }), { minLength: 1, maxLength: 30 }),
        fc.option(fc.integer({ min: 5, max: 30 }), { nil: undefined }),
        (messages, columns) => {
          const entries = messages.map((message, id) => line(id, message));
          const starts = rowStarts(entries, columns, () => 3);
          for (let row = 0; row < (starts[entries.length] ?? 0); row += 1) {
            const at = entryAt(starts, row);
            expect((starts[at] ?? 0) <= row && row < (starts[at + 1] ?? 0)).toBe(true);
          }
        },
      ),
    );
  });

  it('cuts a text at its matches and loses none of it', () => {
    expect(matchParts('GET /get', 'get')).toEqual([
      { text: 'GET', match: true },
      { text: ' /', match: false },
      { text: 'get', match: true },
    ]);
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ maxLength: 3 }), (text, query) => {
        expect(
          matchParts(text, query)
            .map((part) => part.text)
            .join(''),
        ).toBe(text);
      }),
    );
    expect(matchingEntries([line(0, 'Ready'), line(1, 'x')], 'ready')).toEqual([0]);
  });

  it('names pods by their random end and colours a source always the same', () => {
    expect(shortPod('vote-5d8f9b7c6-x2x4k')).toBe('x2x4k');
    expect(shortPod('db')).toBe('db');
    expect(colourOf('a/b')).toBe(colourOf('a/b'));
  });
});

describe('the log store', () => {
  function setUp() {
    const frames: (() => void)[] = [];
    const log = createLogStore(textFrom({}), { next: (run) => void frames.push(run), after: () => undefined });
    let sequenceNumber = 0;
    const send = (body: LogStreamBody, skip = 0): void => {
      sequenceNumber += 1 + skip;
      log.receive({ stream_key: 'pod-logs:x', sequenceNumber, timestamp: '', ...body });
    };
    const shown = (): readonly string[] => {
      for (const run of frames.splice(0)) run();
      return log.store.getState().entries.map((entry) => (entry.kind === 'line' ? entry.line.message : `(${entry.words})`));
    };
    const lines = (...messages: string[]): LogStreamBody => ({
      event_type: 'log',
      data: { lines: messages.map((message, id) => ({ id, pod: 'p', container: 'c', timestamp: '', message })) },
    });
    return { log, frames, send, shown, lines };
  }

  it('hands lines over once per frame', () => {
    const { frames, send, shown, lines } = setUp();
    send(lines('a'));
    send(lines('b'));
    expect(frames).toHaveLength(1);
    expect(shown()).toEqual(['a', 'b']);
  });

  it('says in their place that lines are missing, left out, or that a container has ended', () => {
    const { send, shown, lines } = setUp();
    send(lines('a'));
    send(lines('b'), 1);
    send({ event_type: 'log', data: { lines: [], dropped: 7 } });
    send({ event_type: 'complete', data: { pod: 'p', container: 'c' } });
    expect(shown()).toEqual([
      'a',
      '(Some lines are missing here.)',
      'b',
      '(7 lines were left out: they came faster than they could be shown.)',
      '(p/c has ended.)',
    ]);
  });

  it('shows a failure until lines come again', () => {
    const { log, send, lines } = setUp();
    send({ event_type: 'error', data: { message: 'gone' } });
    expect(log.store.getState().failure).toBe('gone');
    send(lines('back'));
    expect(log.store.getState().failure).toBeUndefined();
  });

  it('is empty after clearing, also of lines that waited for a frame', () => {
    const { log, send, shown, lines } = setUp();
    send(lines('a'));
    log.store.getState().clear();
    expect(shown()).toEqual([]);
  });
});
