import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyEdit } from '../../../shared/applyEdit';
import type { WorkflowEdit } from '../../../shared/workflowEdit';
import { editText } from '../editText';
import { workflowText } from '../format';
import { sameWorkflow } from '../identity';
import { parseWorkflow } from '../parse';
import { anyTexts } from './hostileTexts';
import { commentsIn, editArbitrary, workflowTexts } from './workflowTexts';

const textsAndEdits = (): fc.Arbitrary<{ readonly text: string; readonly edit: WorkflowEdit }> =>
  workflowTexts().chain((text) => editArbitrary(parseWorkflow(text).workflow).map((edit) => ({ text, edit })));

/** Edits that take nothing away, so that every comment has to stay. */
function keepsEverything(edit: WorkflowEdit): boolean {
  if (edit.type === 'composite') return edit.edits.every(keepsEverything);
  if (edit.type === 'setProperty')
    return edit.path.length === 1 && typeof edit.value === 'string' && edit.value !== '' && edit.path[0] !== 'x-mine' && edit.path[0] !== 'odd';
  return edit.type === 'addNode' || edit.type === 'connect' || edit.type === 'move' || edit.type === 'rename';
}

/** Cases that one arbitrary serves. */
const batch = 500;

/** What the document promises, for generated files and edits. `numRuns` is the number of cases of each property. */
export function documentProperties(numRuns: number): void {
  // The seed stands in the suite's name; with it in KUBEORCH_SEED the same cases come again.
  const seed = Number(process.env['KUBEORCH_SEED'] ?? fc.readConfigureGlobal().seed ?? Date.now() & 0x7fffffff);
  const check = <T>(share: number, values: () => fc.Arbitrary<T>, holds: (value: T) => void): void => {
    const total = Math.ceil(numRuns * share);
    for (let done = 0; done < total; done += batch) {
      // Shrinking such large cases takes gigabytes; the seed of the batch and the case are told as they are.
      fc.assert(fc.property(values(), holds), { numRuns: Math.min(batch, total - done), seed: seed + done, endOnFailure: true });
    }
  };

  describe(`for ${numRuns} workflow files and edits (seed ${seed})`, () => {
    test('the generated files are sound', { timeout: 0 }, () => {
      check(0.1, workflowTexts, (text) => {
        expect(parseWorkflow(text)).toMatchObject({ broken: false });
      });
    });

    test('parsing the edited text gives the edited workflow, and both refuse the same', { timeout: 0 }, () => {
      check(1, textsAndEdits, ({ text, edit }) => {
        const outcome = applyEdit(parseWorkflow(text).workflow, edit);
        const edited = editText(text, edit);
        const reasons = [outcome, edited].map((one) => (one.ok ? 'done' : one.reason));
        expect(reasons[1]).toBe(reasons[0]);
        const isSame = outcome.ok && edited.ok && sameWorkflow(parseWorkflow(edited.text).workflow, outcome.workflow);
        expect(isSame).toBe(outcome.ok);
      });
    });

    test('what no replacement covers stays byte for byte, and comments stay with what they are about', { timeout: 0 }, () => {
      check(1, textsAndEdits, ({ text, edit }) => {
        const edited = editText(text, edit);
        if (!edited.ok) return;
        let at = 0;
        let made = '';
        for (const { start, end, newText } of edited.edits) {
          expect(start).toBeGreaterThanOrEqual(at);
          made += text.slice(at, start) + newText;
          at = end;
        }
        expect(made + text.slice(at)).toBe(edited.text);
        const lost = keepsEverything(edit) ? commentsIn(text).filter((comment) => !edited.text.includes(comment)) : [];
        expect(lost).toEqual([]);
      });
    });

    test('an edit that changes nothing gives the same text', { timeout: 0 }, () => {
      check(0.25, workflowTexts, (text) => {
        const { workflow } = parseWorkflow(text);
        const edits: WorkflowEdit[] = [
          { type: 'composite', edits: [] },
          { type: 'move', positions: Object.fromEntries(Object.entries(workflow.layout).filter(([id]) => workflow.nodes.some((node) => node.id === id))) },
          ...workflow.nodes.flatMap((node) =>
            Object.entries(node.data).map(([key, value]): WorkflowEdit => ({ type: 'setField', id: node.id, path: [key], value })),
          ),
          ...Object.entries(workflow.groups)
            .filter(([, group]) => group.nodes.every((id) => workflow.nodes.some((node) => node.id === id)))
            .map(([id, group]): WorkflowEdit => ({ type: 'group', id, group })),
        ];
        expect(editText(text, { type: 'composite', edits })).toMatchObject({ ok: true, text, edits: [] });
      });
    });

    test('a new file says what its workflow says', { timeout: 0 }, () => {
      check(0.25, workflowTexts, (text) => {
        const { workflow } = parseWorkflow(text);
        const again = parseWorkflow(workflowText(workflow));
        expect(again.broken).toBe(false);
        expect(sameWorkflow(again.workflow, workflow)).toBe(true);
      });
    });

    test('any text parses without a throw, and an edit of it is made right or refused', { timeout: 0 }, () => {
      check(2, anyTexts, (text) => {
        const parsed = parseWorkflow(text);
        const edit: WorkflowEdit = { type: 'setProperty', path: ['status'], value: 'archived' };
        const edited = editText(parsed, edit);
        const outcome = applyEdit(parsed.workflow, edit);
        const isRight = !edited.ok || (outcome.ok && sameWorkflow(parseWorkflow(edited.text).workflow, outcome.workflow));
        expect(isRight).toBe(true);
      });
    });
  });
}
