import { expect, test } from 'vitest';
import { LineEditor } from './lineEditor';

function typed(...inputs: string[]): { lines: string[]; shown: string; interrupts: number; ends: number } {
  const seen = { lines: [] as string[], shown: '', interrupts: 0, ends: 0 };
  const editor = new LineEditor({
    show: (text) => void (seen.shown += text),
    line: (text) => void seen.lines.push(text),
    interrupt: () => void seen.interrupts++,
    end: () => void seen.ends++,
  });
  for (const input of inputs) editor.input(input);
  return seen;
}

test('what is typed is echoed and handed over at Enter', () => {
  const seen = typed('ls -l', '\r');
  expect(seen.lines).toEqual(['ls -l']);
  expect(seen.shown).toBe('ls -l\r\n');
});

test('backspace, arrows, Ctrl-A, Ctrl-E, Ctrl-U and Ctrl-K correct the line', () => {
  expect(typed('lss\u007f\r').lines).toEqual(['ls']);
  expect(typed('s\u001b[Dl\r').lines).toEqual(['ls']);
  expect(typed('s\u0001l\u0005!\r').lines).toEqual(['ls!']);
  expect(typed('garbage\u0015ls\r').lines).toEqual(['ls']);
  expect(typed('ls garbage\u001b[D\u001b[D\u001b[D\u001b[D\u001b[D\u001b[D\u001b[D\u001b[D\u000b\r').lines).toEqual(['ls']);
});

test('up and down walk through what was entered before, and come back to what was being typed', () => {
  expect(typed('one\r', 'two\r', 'dra', '\u001b[A', '\u001b[A', '\r').lines).toEqual(['one', 'two', 'one']);
  expect(typed('one\r', 'dra', '\u001b[A', '\u001b[B', 'ft\r').lines).toEqual(['one', 'draft']);
});

test('an escape sequence may come in pieces', () => {
  expect(typed('one\r', '\u001b', '[', 'A', '\r').lines).toEqual(['one', 'one']);
});

test('Ctrl-C drops the line, and Ctrl-D ends only when nothing is typed', () => {
  const seen = typed('abc\u0003', 'd\u0004\r', '\u0004');
  expect(seen).toMatchObject({ lines: ['d'], interrupts: 1, ends: 1 });
});

test('CR LF is one line end', () => {
  expect(typed('a\r\nb\n').lines).toEqual(['a', 'b']);
});
