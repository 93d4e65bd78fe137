import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyEdit } from '../../shared/applyEdit';
import { editText } from './editText';
import { sameWorkflow } from './identity';
import { parseWorkflow } from './parse';
import { cases, editArbitrary, workflowTextArbitrary } from './tests/workflowTexts';

describe('for any workflow file and any edit', () => {
  const textAndEdit = workflowTextArbitrary.chain((text) => editArbitrary(parseWorkflow(text).workflow).map((edit) => ({ text, edit })));

  test('parsing the edited text gives the edited workflow, and a refusal is the same in both', { timeout: 0 }, () => {
    fc.assert(
      fc.property(textAndEdit, ({ text, edit }) => {
        const parsed = parseWorkflow(text);
        expect(parsed.broken, text).toBe(false);
        const outcome = applyEdit(parsed.workflow, edit);
        const edited = editText(text, edit);
        if (!outcome.ok) {
          expect(edited).toMatchObject({ ok: false, reason: outcome.reason });
          return;
        }
        expect(edited, `${text}\n${JSON.stringify(edit)}`).toMatchObject({ ok: true });
        if (edited.ok) expect(sameWorkflow(parseWorkflow(edited.text).workflow, outcome.workflow)).toBe(true);
      }),
      { numRuns: cases },
    );
  });
});
