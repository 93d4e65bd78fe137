import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { finished } from '../../steps';
import type { ParsedWorkflow } from '../parse';
import { parseWorkflow, WorkflowReader } from '../parse';
import { anyTexts } from './hostileTexts';
import { workflowTexts } from './workflowTexts';

/** So small that texts of a few lines come apart. */
const small = { wholeUpTo: 0, usualPiece: 16 };
const whole = { wholeUpTo: Infinity, usualPiece: 16 };

const snippets = [
  '\n',
  '  ',
  '"',
  "'",
  '[',
  '}',
  ': ',
  '#',
  '- ',
  '&a ',
  '*a',
  '<<: ',
  '| ',
  '\n  new:\n    type: job\n',
  'nodes:\n',
  '\t',
  '---\n',
  '? ',
  '\r\n',
  'x',
];

/** A text, and changes of it as a person makes them: something taken out, something put in. */
const histories = (): fc.Arbitrary<readonly string[]> =>
  fc
    .tuple(
      fc.oneof({ weight: 9, arbitrary: workflowTexts() }, { weight: 1, arbitrary: anyTexts() }),
      fc.array(fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), out: fc.nat(12), put: fc.constantFrom('', ...snippets) }), {
        minLength: 1,
        maxLength: 6,
      }),
    )
    .map(([first, changes]) => {
      const texts = [first];
      for (const { at, out, put } of changes) {
        const text = texts.at(-1) ?? '';
        const start = Math.floor(at * text.length);
        texts.push(text.slice(0, start) + put + text.slice(start + out));
      }
      return texts;
    });

function told({ workflow, problems, ranges, broken, edgeIndexes }: ParsedWorkflow): string {
  return JSON.stringify({ workflow, problems, ranges, broken, edgeIndexes });
}

/** What reading in pieces promises. `numRuns` is the number of histories. */
export function pieceProperties(numRuns: number): void {
  const seed = Number(process.env['KUBEORCH_SEED'] ?? fc.readConfigureGlobal().seed ?? Date.now() & 0x7fffffff);

  describe(`for ${numRuns} texts and their changes (seed ${seed})`, () => {
    test('what is remembered changes nothing', { timeout: 0 }, () => {
      fc.assert(
        fc.property(histories(), (texts) => {
          const reader = new WorkflowReader(small);
          for (const text of texts) {
            // A reading that is given up half way leaves nothing wrong behind.
            const givenUp = reader.steps(`${text}\nlast: 1\n`);
            for (let step = 0; step < text.length % 7; step += 1) givenUp.next();
            expect(told(finished(reader.steps(text)))).toBe(told(finished(new WorkflowReader(small).steps(text))));
          }
        }),
        { numRuns, seed, endOnFailure: true },
      );
    });

    test('a sound text reads the same in pieces and as a whole, and a broken one is broken in both', { timeout: 0 }, () => {
      fc.assert(
        fc.property(histories(), (texts) => {
          for (const text of texts) {
            const [inPieces, atOnce] = [small, whole].map((sizes) => finished(new WorkflowReader(sizes).steps(text)));
            // What is left of a broken text may differ: a piece keeps to itself what is wrong in it.
            const compared = (parsed: ParsedWorkflow | undefined): unknown => ({
              text,
              broken: parsed?.broken,
              told: parsed?.broken === false ? told(parsed) : '',
            });
            expect(compared(inPieces)).toEqual(compared(atOnce));
          }
        }),
        { numRuns, seed: seed + 1, endOnFailure: true },
      );
    });

    test('any text can be read from a reader with a past', { timeout: 0 }, () => {
      const reader = new WorkflowReader();
      fc.assert(
        fc.property(anyTexts(), (text) => {
          expect(told(finished(reader.steps(text)))).toBe(told(parseWorkflow(text)));
        }),
        { numRuns: Math.ceil(numRuns / 5), seed: seed + 2, endOnFailure: true },
      );
    });
  });
}
