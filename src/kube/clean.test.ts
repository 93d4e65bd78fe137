import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cleanLine, cleanText, hideQuoted, parseCleanJson, redactText, visibleText } from './clean';

const forbidden = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

/** Text full of what a terminal would act on. */
const hostile = fc
  .array(
    fc.oneof(
      fc.string({ maxLength: 8 }),
      fc.constantFrom(
        '\u001b[31m',
        '\u001b]0;title\u0007',
        '\u001b]52;c;aGk=\u001b\\',
        '\u001bP1$q\u001b\\',
        '\u009b2J',
        '\u009d8;;x\u009c',
        '\u001b(B',
        '\u001b',
        '\r',
        '\u202e',
        '\u2066',
        '\u0000',
        '\ud800',
        '\n',
        '\t',
        'ä',
        '😀',
      ),
    ),
    { maxLength: 60 },
  )
  .map((parts) => parts.join(''));

describe('text for people', () => {
  test('no control character, escape sequence or bidirectional control is left, whatever comes in', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(cleanText(text)).not.toMatch(forbidden);
        // A lone surrogate does not survive UTF-8.
        expect(Buffer.from(cleanText(text)).toString('utf8')).toBe(cleanText(text));
        expect(cleanLine(text)).not.toMatch(/[\n\r]/);
      }),
      { numRuns: 1_000 },
    );
  });

  test('cleaning twice is cleaning once', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(cleanText(cleanText(text))).toBe(cleanText(text));
      }),
      { numRuns: 1_000 },
    );
  });

  test.each([
    ['colours', 'a\u001b[1;31mred\u001b[0mb', 'aredb'],
    ['a window title', 'a\u001b]0;evil\u0007b', 'ab'],
    ['the clipboard', 'a\u001b]52;c;ZXZpbA==\u001b\\b', 'ab'],
    ['a link', '\u001b]8;;https://evil.example\u001b\\text\u001b]8;;\u001b\\', 'text'],
    ['a device string', 'a\u001bPq#0\u001b\\b', 'ab'],
    ['eight-bit controls', 'a\u009b31mb\u009d0;x\u009cc', 'abc'],
    ['shell integration marks', '\u001b]633;E;rm -rf\u0007$', '$'],
    ['a carriage return that paints over', 'safe\rEVIL', 'safeEVIL'],
    ['backspaces', 'abc\b\b\bxyz', 'abcxyz'],
    ['direction overrides', 'user\u202etxt.exe', 'usertxt.exe'],
    ['a character set switch', '\u001b(0lqk\u001b(B', 'lqk'],
    ['an introducer without an end', 'a\u001b]0;never closed', 'a0;never closed'],
  ])('%s leaves nothing but its text', (_, text, clean) => {
    expect(cleanText(text)).toBe(clean);
  });

  test('ordinary text in any language stays as it is', () => {
    const text = 'Grüße, мир, 世界 — 👩‍💻\n\ttabbed';
    expect(cleanText(text)).toBe(text);
  });

  test('long text is cut and says by how much', () => {
    const cut = cleanText('x'.repeat(10_000), 100);
    expect(cut).toBe(`${'x'.repeat(100)}… (9900 more characters)`);
  });

  test.each(['\u001b]', '\u001bP', '\u009d', '\u001b[', '\u009b0', '\u001b ', '\u001b]0;x'])(
    'a million times %j takes time that grows with its length only',
    (piece) => {
      const text = piece.repeat(1_000_000);
      const started = performance.now();
      expect(cleanText(text, text.length)).not.toMatch(forbidden);
      expect(performance.now() - started).toBeLessThan(3_000);
    },
  );
});

describe('text inside objects', () => {
  test('values that differ only in control characters still differ, and none is left', () => {
    expect(visibleText('a\r\nb')).toBe('a␍\nb');
    expect(visibleText('a\nb')).toBe('a\nb');
    expect(visibleText('\u001b[31m')).toBe('␛[31m');
    fc.assert(
      fc.property(hostile, (text) => {
        expect(visibleText(text)).not.toMatch(forbidden);
      }),
    );
  });

  test('every string and key of a JSON answer passes the door', () => {
    const parsed = parseCleanJson(JSON.stringify({ 'k\u001by': ['\u009b2J', { a: '\u202e' }], plain: 'ok' }));
    expect(parsed).toEqual({ 'k␛y': ['␛{9b}2J', { a: '␛{202e}' }], plain: 'ok' });
  });

  test('a key called __proto__ is data and reaches no prototype', () => {
    const parsed = parseCleanJson('{"__proto__": {"polluted": "\\u001b"}, "a": 1}') as object;
    expect(Object.keys(parsed)).toEqual(['__proto__', 'a']);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  test('broken JSON is reported without being quoted', () => {
    expect(() => parseCleanJson('{"token":"hunter2"')).toThrow(/^not JSON \(18 characters\)$/);
  });
});

describe('credentials in texts', () => {
  test.each([
    ['Authorization: Bearer abc.def-ghi', 'Authorization: Bearer [hidden]'],
    ['got eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln back', 'got [hidden] back'],
    ['proxy http://user:pa55@proxy:3128 failed', 'proxy http://[hidden]@proxy:3128 failed'],
    ['-----BEGIN EC PRIVATE KEY-----\nMHcCAQ\n-----END EC PRIVATE KEY-----', '[hidden]'],
  ])('%j becomes %j', (text, redacted) => {
    expect(redactText(text)).toBe(redacted);
  });

  test('known secrets vanish in every form that a message may give them', () => {
    const secret = 'p"a ss/w\u00f6rd';
    const bytes = Buffer.from(secret);
    const text = `plain ${secret}, JSON ${JSON.stringify(secret)}, URL ${encodeURIComponent(secret)}, ${bytes.toString('base64')}, ${bytes.toString('hex')}`;
    expect(redactText(text, [secret]).replaceAll('=', '')).toBe('plain [hidden], JSON "[hidden]", URL [hidden], [hidden], [hidden]');
  });

  test.each(['-eyJabcdefghijk', '"\\"', 'Bearer ', 'http://', '-----BEGIN PRIVATE KEY-----', '|'])(
    'a text made of %j costs no more than its length',
    (piece) => {
      const text = piece.repeat(Math.ceil(32_768 / piece.length));
      // Of the processor's time, since a busy machine gives what it has left.
      const before = process.cpuUsage();
      hideQuoted(redactText(text), new Set());
      const { user, system } = process.cpuUsage(before);
      expect((user + system) / 1_000).toBeLessThan(2_000);
    },
  );

  test('a message about a Secret quotes its name and keys but no value', () => {
    const message = 'Secret "db" is invalid: data[pw]: Invalid value: "hunter2": too short; key "pw"; found in #10 byte of ...|"pw":"hunter2"|...';
    const hidden = hideQuoted(message, new Set(['db', 'pw']));
    expect(hidden).not.toContain('hunter2');
    expect(hidden).toContain('Secret "db" is invalid: data[pw]');
    expect(hideQuoted('Secret "db": value "hunter2 and no end', new Set(['db']))).toBe('Secret "db": value [hidden]');
    expect(hideQuoted('Secret "db": value "a \\" hunter2"', new Set(['db']))).toBe('Secret "db": value [hidden]');
  });
});
