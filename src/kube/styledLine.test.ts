import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cleanLine } from './clean';
import { LogCutter, lineLimit, logLineOf } from './logs';
import { styledLine } from './styledLine';

const e = '\u001b';

test('colours of 16, 256 and all become places of the theme’s palette', () => {
  expect(styledLine(`${e}[31mred${e}[0m plain`)).toEqual({ message: 'red plain', styles: [{ from: 0, to: 3, color: 1 }] });
  expect(styledLine(`${e}[1;92mok${e}[22m still green`)).toEqual({
    message: 'ok still green',
    styles: [
      { from: 0, to: 2, bold: true, color: 10 },
      { from: 2, to: 14, color: 10 },
    ],
  });
  const colourOf = (codes: string): number | undefined => styledLine(`${e}[${codes}mx`).styles?.[0]?.color;
  expect(colourOf('38;5;9')).toBe(9);
  expect(colourOf('38;5;196')).toBe(1);
  expect(colourOf('38;5;240')).toBe(8);
  expect(colourOf('38;2;30;200;40')).toBe(2);
  expect(colourOf('38:2::30:30:220')).toBe(4);
  expect(colourOf('38:2:220:220:40')).toBe(3);
  expect(colourOf('38;2;999;0;0')).toBeUndefined();
  // What follows a fine colour is read as its own parameter.
  expect(styledLine(`${e}[38;5;9;4mx`).styles).toEqual([{ from: 0, to: 1, color: 9, underline: true }]);
  expect(styledLine(`${e}[7mx`).styles).toEqual([{ from: 0, to: 1, color: 0, background: 7 }]);
});

test('no style hides text: concealed text is plain, and its own colour is no background', () => {
  expect(styledLine(`${e}[8msecret${e}[0m`)).toEqual({ message: 'secret' });
  expect(styledLine(`${e}[30;40mdark`).styles).toEqual([{ from: 0, to: 4, color: 0 }]);
});

test('the styles of a line that changes colour without end stop somewhere, its text does not', () => {
  const flicker = `${e}[31mx${e}[0m.`.repeat(700);
  const [line] = new LogCutter().take(`${flicker}\n`);
  expect(line?.message).toBe('x.'.repeat(700));
  expect(line?.styles).toHaveLength(200);
  expect(styledLine(`${flicker}\u0007`).styles).toHaveLength(200);
});

test('a return to the beginning of the line hides nothing, it is shown', () => {
  expect(styledLine('real output\rfake').message).toBe('real output␍fake');
});

test('the text is what the door leaves of it, whatever the sequences, and every stretch lies in it', () => {
  const part = fc.oneof(
    fc.constantFrom(
      `${e}[`,
      `${e}]`,
      `${e}P`,
      'm',
      ';',
      ':',
      '31',
      '38;5;200',
      '48;2;1;2;3',
      `${e}[0m`,
      `${e}[1;33m`,
      '\u0007',
      `${e}\\`,
      '\u009b',
      '\u009d',
      '\u202e',
      '\t',
    ),
    fc.string({ unit: 'binary', maxLength: 6 }).map((text) => text.replaceAll(/[\r\n]/g, '')),
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 30 }), (parts) => {
      const raw = parts.join('');
      const { message, styles = [] } = styledLine(raw);
      expect(message).toBe(cleanLine(raw, 1e6));
      let at = 0;
      for (const { from, to } of styles) {
        expect(from >= at && to > from && to <= message.length).toBe(true);
        at = to;
      }
    }),
  );
});

test('lines are the same however the text is cut into portions', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('a', 'bc', '\n', '\r\n', `${e}[32m`, `${e}[0m`, `${e}[4`, '2026-01-01T00:00:00.5Z ', ' ', 'x'.repeat(9000), 'ß😀'), {
        maxLength: 40,
      }),
      fc.array(fc.nat(20_000), { maxLength: 8 }),
      (parts, cuts) => {
        const text = parts.join('');
        const whole = new LogCutter();
        const wanted = [...whole.take(text), ...whole.end()];
        const cutter = new LogCutter();
        let at = 0;
        const got = [];
        for (const cut of [...cuts].sort((a, b) => a - b)) {
          got.push(...cutter.take(text.slice(at, cut)));
          at = Math.max(at, Math.min(cut, text.length));
        }
        got.push(...cutter.take(text.slice(at)), ...cutter.end());
        expect(got.map((line) => line.message)).toEqual(wanted.map((line) => line.message));
        // A portion that is read at once says the same as each of its lines by itself.
        const single = text.split('\n').map((line) => logLineOf(line.replace(/\r$/, '')));
        if (/(?:^|\n)$/.test(text)) single.pop();
        expect(wanted).toEqual(single);
      },
    ),
  );
});

test('a line of megabytes in small portions is cut, says by how much, and costs no more than it', () => {
  const cutter = new LogCutter();
  for (let part = 0; part < 1000; part++) expect(cutter.take('y'.repeat(4000))).toEqual([]);
  const [line, next] = cutter.take('\nnext\n');
  expect(line?.message).toBe(`${'y'.repeat(lineLimit)}… (${4_000_000 - lineLimit} more characters)`);
  expect(next?.message).toBe('next');
});
