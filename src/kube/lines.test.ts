import fc from 'fast-check';
import { expect, test } from 'vitest';
import { linesOf } from './lines';

async function* inPieces(bytes: Buffer, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  let start = 0;
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    yield bytes.subarray(start, cut);
    start = cut;
  }
  yield bytes.subarray(start);
}

async function collect(bytes: Buffer, cuts: readonly number[], limit = 1_000): Promise<{ text: string; ended: boolean; skipped: number }[]> {
  const lines = [];
  for await (const line of linesOf(inPieces(bytes, cuts), limit)) lines.push({ text: line.bytes.toString('utf8'), ended: line.ended, skipped: line.skipped });
  return lines;
}

test('lines are the same however the bytes are cut, also in the middle of a character', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.stringMatching(/^[äa😀 ]{0,12}$/u), { maxLength: 8 }), fc.array(fc.nat(200), { maxLength: 12 }), async (lines, cuts) => {
      const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
      const found = await collect(
        bytes,
        cuts.map((cut) => Math.min(cut, bytes.length)),
      );
      expect(found).toEqual(lines.map((text) => ({ text, ended: true, skipped: 0 })));
    }),
    { numRuns: 500 },
  );
});

test('what follows the last line feed is marked as not ended', async () => {
  expect(await collect(Buffer.from('a\nb'), [])).toEqual([
    { text: 'a', ended: true, skipped: 0 },
    { text: 'b', ended: false, skipped: 0 },
  ]);
});

test('a line above the limit is cut, says by how much, and the next one is whole', async () => {
  expect(await collect(Buffer.from(`${'x'.repeat(25)}\nnext\n`), [7, 14, 21], 10)).toEqual([
    { text: 'x'.repeat(10), ended: true, skipped: 15 },
    { text: 'next', ended: true, skipped: 0 },
  ]);
});
