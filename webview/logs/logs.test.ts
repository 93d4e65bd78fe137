import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { levelOf } from '../../src/shared/logLevel';
import type { LogStreamBody, ParsedLogLine } from '../../src/shared/stream';
import { maxLogLines } from '../../src/shared/stream';
import { textFrom } from '../ui/texts';
import { harmless, jsonLineOf, shortLineOf } from './jsonLine';
import { colourOf, columnsOf, lineAt, partsOf, shortPod, timeText, topsOf, withLines } from './logLines';
import { createLogStore } from './logStore';
import { readView } from './viewState';

const line = (id: number, message: string): ParsedLogLine => ({ id, pod: 'p', container: 'c', timestamp: '', message });

describe('the lines of a log', () => {
  it('lets the oldest go once there are more than it keeps', () => {
    const many = Array.from({ length: 8 }, (_, id) => line(id, ''));
    expect(withLines(many.slice(0, 4), many.slice(4), 5).map(({ id }) => id)).toEqual([3, 4, 5, 6, 7]);
    expect(withLines([], many, 3)).toHaveLength(3);
    expect(withLines(many, [], 3)).toBe(many);
  });

  it('counts columns as a monospaced font draws them', () => {
    expect(columnsOf('abc')).toBe(3);
    expect(columnsOf('a\tb')).toBe(9);
    expect(columnsOf('漢字')).toBe(4);
    expect(columnsOf('🚀')).toBe(2);
  });

  it('finds the line at every height', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 30 }), (heights) => {
        const tops = topsOf(heights.length, (index) => heights[index] ?? 0);
        for (let top = 0; top < (tops[heights.length] ?? 0); top += 1) {
          const at = lineAt(tops, top);
          expect((tops[at] ?? 0) <= top && top < (tops[at + 1] ?? 0)).toBe(true);
        }
      }),
    );
  });

  it('cuts a text at its styles and matches and loses none of it', () => {
    expect(partsOf('GET /get', undefined, 'get').map(({ text, match }) => [text, match])).toEqual([
      ['GET', true],
      [' /', false],
      ['get', true],
    ]);
    const red = { from: 2, to: 6, color: 1 };
    expect(partsOf('GET /get', [red], 'get').map(({ text, match, style }) => [text, match, style?.color])).toEqual([
      ['GE', true, undefined],
      ['T', true, 1],
      [' /', false, 1],
      ['g', true, 1],
      ['et', true, undefined],
    ]);
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ maxLength: 3 }), fc.nat(8), fc.nat(8), (text, query, from, length) => {
        const styles = from + length > 0 && from + length <= text.length && length > 0 ? [{ from, to: from + length, bold: true as const }] : undefined;
        const parts = partsOf(text, styles, query);
        expect(parts.map((part) => part.text).join('')).toBe(text);
        expect(
          parts
            .filter((part) => part.style !== undefined)
            .map((part) => part.text)
            .join(''),
        ).toBe(styles === undefined ? '' : text.slice(from, from + length));
      }),
    );
  });

  it('names pods by their random end, colours a source always the same, and writes times of one width', () => {
    expect(shortPod('vote-5d8f9b7c6-x2x4k')).toBe('x2x4k');
    expect(shortPod('db')).toBe('db');
    expect(colourOf('a/b')).toBe(colourOf('a/b'));
    expect(timeText('2026-03-01T12:00:01.5Z', 'utc')).toBe('12:00:01.500Z');
    expect(timeText('', 'utc')).toHaveLength(13);
    expect(timeText('2026-03-01T12:00:01.5Z', 'off')).toBe('');
  });

  it('takes JSON lines apart, and lets nothing come alive that JSON had written as an escape', () => {
    expect(jsonLineOf('{"time":"x","level":"warn","msg":"slow","ms":12,"user":{"id":1}}')).toEqual({
      level: 'warning',
      message: 'slow',
      fields: [
        ['ms', '12'],
        ['user', '{"id":1}'],
      ],
    });
    expect(jsonLineOf('{"level":50,"msg":"pino"}')?.level).toBe('error');
    expect(jsonLineOf('{"a":1}')).toBeUndefined();
    expect(jsonLineOf('{not json}')).toBeUndefined();
    expect(jsonLineOf('[1]')).toBeUndefined();
    const evil = jsonLineOf('{"msg":"\\u001b]52;c;aGk=\\u0007\\u202e","level":"info"}');
    expect(harmless(evil?.message ?? '')).toBe('␛]52;c;aGk=␛␛');
  });

  it('has the message of a JSON line and its level for a place with room for one line', () => {
    const far = `{"ts":1718000000,"caller":"${'x'.repeat(200)}","level":"error","msg":"no \\u001b[31mdisk\\n left"}`;
    expect(shortLineOf(far)).toEqual({ level: 'error', message: 'no ␛[31mdisk⏎ left' });
    expect(shortLineOf('{"message":"up"}')).toEqual({ level: 'none', message: 'up' });
    for (const other of ['GET / 200', '{"level":"info","n":1}', '{"a":1}', '{"msg":"cut'])
      expect(shortLineOf(other)).toEqual({ level: 'none', message: other });
  });

  it('reads levels where programs write them, and not out of running text', () => {
    const wanted = {
      'level=error msg=x': 'error',
      'ts=1 level=warn caller=a': 'warning',
      '{"severity":"DEBUG"}': 'debug',
      'I0102 03:04:05.000 main.go] up': 'info',
      'E0102 03:04:05.000 main.go] down': 'error',
      '2026-01-01 12:00:00 WARN  pool': 'warning',
      '[error] 12#0: broken': 'error',
      'error: no such file': 'error',
      'there was an error in the WARNINGS file': 'none',
      'GET /info 200': 'none',
    } as const;
    for (const [message, level] of Object.entries(wanted)) expect([message, levelOf(message)]).toEqual([message, level]);
  });

  it('believes nothing of a kept state that does not fit', () => {
    expect(readView({ wrap: 'yes', times: 'mars', json: 0 })).toEqual({ wrap: false, times: 'off', json: true });
    expect(readView(undefined)).toEqual({ wrap: false, times: 'off', json: true });
  });
});

describe('the log store', () => {
  function setUp() {
    const frames: (() => void)[] = [];
    const later: (() => void)[] = [];
    const taken: number[] = [];
    const log = createLogStore(textFrom({}), { next: (run) => void frames.push(run), after: (_, run) => void later.push(run) }, (number) => taken.push(number));
    let sequenceNumber = 0;
    const send = (body: LogStreamBody, skip = 0): void => {
      sequenceNumber += 1 + skip;
      log.receive({ stream_key: 'pod-logs:x', sequenceNumber, timestamp: '', ...body });
    };
    const shown = (): readonly string[] => {
      for (const run of frames.splice(0)) run();
      return log.store.getState().lines.map((one) => (one.mark === undefined ? one.message : `(${one.message})`));
    };
    let id = 0;
    const lines = (...messages: string[]): LogStreamBody => ({ event_type: 'log', data: { lines: messages.map((message) => line(id++, message)) } });
    return { log, frames, later, taken, send, shown, lines };
  }

  it('hands lines over once per frame, and then asks for more', () => {
    const { frames, taken, send, shown, lines } = setUp();
    send(lines('a'));
    send(lines('b'));
    expect(frames).toHaveLength(1);
    expect(taken).toEqual([]);
    expect(shown()).toEqual(['a', 'b']);
    expect(taken).toEqual([2]);
  });

  it('says in their place that lines are missing or came too fast', () => {
    const { send, shown, lines } = setUp();
    send(lines('a'));
    send(lines('b'), 1);
    send({ event_type: 'log', data: { lines: [], dropped: 7 } });
    expect(shown()).toEqual(['a', '(Some lines are missing here.)', 'b', '(7 lines came faster than they could be shown. Search and filter find them.)']);
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
    log.clear();
    expect(shown()).toEqual([]);
  });

  it('is replaced by what comes anew, and knows that the host keeps more', () => {
    const { log, send, shown, lines } = setUp();
    send(lines('a', 'b'));
    send({ event_type: 'log', data: { lines: [line(90, 'x')], anew: { kept: 12 } } });
    expect(shown()).toEqual(['x']);
    expect(log.store.getState().older).toBe(true);
  });

  it('counts new lines while older ones are read, and holds no more than a page shows', () => {
    const { log, send, shown, lines } = setUp();
    send(lines(...Array.from({ length: maxLogLines }, (_, at) => `line ${at}`)));
    shown();
    log.prepend({ lines: Array.from({ length: 1000 }, (_, at) => line(100_000 + at, `old ${at}`)), older: true, newer: true }, log.generation);
    expect(log.store.getState()).toMatchObject({ detached: true, older: true });
    expect(log.store.getState().lines).toHaveLength(maxLogLines);
    send(lines('new 1', 'new 2'));
    expect(shown().at(-1)).toBe('line 3999');
    expect(log.store.getState().missed).toBe(2);
    log.append({ lines: [line(200_000, 'line 4000')], older: true, newer: true }, log.generation);
    expect(shown().at(-1)).toBe('line 4000');
    expect(shown()).toHaveLength(maxLogLines);
  });

  it('takes no lines that were asked for before a filter or a search brought others', () => {
    const { log, send, shown, lines } = setUp();
    send(lines('a', 'b'));
    const { generation } = log;
    send({ event_type: 'log', data: { lines: [line(90, 'x')], anew: { kept: 12 } } });
    log.prepend({ lines: [line(90, 'x'), line(91, 'a')], older: false, newer: true }, generation);
    log.append({ lines: [line(90, 'x')], older: true, newer: false }, generation);
    expect(shown()).toEqual(['x']);
    log.show({ lines: [line(7, 'found')], older: true, newer: true });
    log.prepend({ lines: [line(6, 'before')], older: false, newer: true }, log.generation);
    expect(shown()).toEqual(['before', 'found']);
  });

  it('tells a screen reader of new lines now and then, not of every one', () => {
    const { log, later, send, shown, lines } = setUp();
    send(lines('a'));
    shown();
    expect(log.store.getState().announcement).toBe('1 new lines');
    for (let time = 0; time < 5; time++) {
      send(lines('b'));
      shown();
    }
    expect(log.store.getState().announcement).toBe('1 new lines');
    for (const run of later.splice(0)) run();
    expect(log.store.getState().announcement).toBe('5 new lines');
  });
});
