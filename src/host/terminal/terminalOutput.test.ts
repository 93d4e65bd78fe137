import { Terminal } from '@xterm/headless';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hostileTexts } from '../../../webview/tests/hostileText';
import { TerminalOutput } from './terminalOutput';

const escape = '\u001b';
const through = (...pieces: readonly string[]): string => {
  const output = new TerminalOutput();
  return pieces.map((piece) => output.pass(piece)).join('');
};

/** What a terminal is made to do by a text: the commands that must stay outside, in the order they were given. */
async function commandsOf(text: string): Promise<number[]> {
  const terminal = new Terminal({ allowProposedApi: true, logLevel: 'off' });
  const heard: number[] = [];
  for (const command of [52, 133, 633, 1337])
    terminal.parser.registerOscHandler(command, () => {
      heard.push(command);
      return true;
    });
  await new Promise<void>((done) => terminal.write(text, done));
  terminal.dispose();
  return heard;
}

describe('the output of a container', () => {
  it.each([
    ['a question for the clipboard', `a${escape}]52;c;?\u0007b`],
    ['a text for the clipboard', `a${escape}]52;c;aGlkZGVu${escape}\\b`],
    ['eight-bit controls', 'a\u009d52;c;?\u009cb'],
    ['leading zeros', `a${escape}]00052;c;?\u0007b`],
    ['controls between the digits', `a${escape}\u0000]5\u00002;c;?\u0007b`],
    ['a command without arguments', `a${escape}]633\u0007b`],
    ['an end by cancelling', `a${escape}]52;c;?\u0018b`],
    ['a command history of its own', `a${escape}]633;E;rm -rf ~\u0007b`],
    ['marks of a prompt', `a${escape}]133;A\u0007b`],
    ['a file', `a${escape}]1337;File=name=x:aGk=\u0007b`],
    ['a command inside another string', `a${escape}P1$r${escape}]52;c;?\u0007b`],
  ])('does not reach the editor by %s', async (_, text) => {
    expect(await commandsOf(text.replace('\u0018', '\u0007'))).not.toEqual([]);
    expect(await commandsOf(through(text))).toEqual([]);
    // Whatever comes in pieces is the same as the whole.
    expect(through(...text)).toBe(through(text));
    expect(through(text)).toMatch(/^a.*b$/);
  });

  it.each([
    ['plain text in any language', 'Grüße, 世界 😀\r\n\ttabbed\u0007'],
    ['colours and movements', `${escape}[1;31mred${escape}[0m${escape}[2J${escape}[10;5H${escape}7${escape}(0lqk${escape}(B`],
    ['a title and a link', `${escape}]0;title\u0007${escape}]8;;https://example.test/${escape}\\text${escape}]8;;${escape}\\`],
    ['a question for colours', `${escape}]11;?${escape}\\`],
    ['numbers that only begin alike', `${escape}]521;x\u0007${escape}]5;2\u0007`],
    ['a device string', `${escape}P+q544e${escape}\\`],
  ])('keeps %s as it is', (_, text) => {
    expect(through(text)).toBe(text);
    expect(through(...text)).toBe(text);
  });

  it('gives a terminal none of these commands, whatever is put together and wherever it is cut', async () => {
    const parts = [
      '\u001b',
      ']',
      '\u009d',
      '52',
      '5',
      '2',
      '633',
      '1337',
      '133',
      ';',
      'c',
      '?',
      '\u0007',
      '\\',
      '\u009c',
      '\u0018',
      'P',
      '[',
      '\u0000',
      '\n',
      'x',
      '0',
    ];
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...parts), { maxLength: 40 }), fc.array(fc.nat(60), { maxLength: 5 }), async (chosen, cuts) => {
        const text = chosen.join('');
        const places = [0, ...cuts.map((cut) => Math.min(cut, text.length)).sort((a, b) => a - b), text.length];
        const shown = through(...places.slice(1).map((place, index) => text.slice(places[index], place)));
        expect(shown).toBe(through(text));
        // What follows ends a sequence that is still open.
        expect(await commandsOf(`${shown}\u0007${escape}\\`)).toEqual([]);
      }),
      { numRuns: 1_500 },
    );
    expect(await commandsOf(through(hostileTexts().join('\n')))).toEqual([]);
  });

  it('is kept back by no more than the beginning of a sequence', () => {
    const output = new TerminalOutput();
    expect(output.pass(`a${escape}]`)).toBe('a');
    for (let round = 0; round < 1_000; round++) expect(output.pass('\u0000'.repeat(1_000))).toBe('');
    expect(output.pass('\u0007b')).toBe('b');
  });
});
