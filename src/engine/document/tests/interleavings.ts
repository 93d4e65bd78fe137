import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyEdit } from '../../../shared/applyEdit';
import { fragmentOf, insertion } from '../../../shared/fragment';
import type { Workflow } from '../../../shared/workflow';
import type { WorkflowEdit } from '../../../shared/workflowEdit';
import { finished } from '../../steps';
import { editText } from '../editText';
import { sameWorkflow } from '../identity';
import type { ParsedWorkflow } from '../parse';
import { parseWorkflow, WorkflowReader } from '../parse';
import type { TextEdit } from '../textEdit';
import { textAfter } from '../textSplices';
import { editArbitrary, workflowTexts } from './workflowTexts';

/** Cases that one arbitrary serves. */
const batch = 200;
/** Acts of one history: enough that edits meet text that others have written. */
const acts = 12;

/** A replacement by offsets in the text before it. */
type Change = Pick<TextEdit, 'start' | 'end' | 'newText'>;

interface Step {
  /** What was done to the text before it, and what takes it back. */
  readonly done: readonly Change[];
  readonly back: readonly Change[];
}

/** The replacements that take others back, by offsets in the text after them. */
function inverse(text: string, edits: readonly Change[]): readonly Change[] {
  let shift = 0;
  return edits.map(({ start, end, newText }) => {
    const back = { start: start + shift, end: start + shift + newText.length, newText: text.slice(start, end) };
    shift += newText.length - (end - start);
    return back;
  });
}

/** Positions as the canvas would tell them again: an echo of what the file says. */
function echo(workflow: Workflow): WorkflowEdit {
  const ids = new Set(workflow.nodes.map((node) => node.id));
  return { type: 'move', positions: Object.fromEntries(Object.entries(workflow.layout).filter(([id]) => ids.has(id))) };
}

/** Gestures of several nodes, and all other edits. */
function gesture(workflow: Workflow): fc.Arbitrary<WorkflowEdit> {
  const all = workflow.nodes.map((node) => node.id);
  const duplicate = fc.subarray(all).map((ids): WorkflowEdit => {
    const made = insertion(fragmentOf(workflow, ids, workflow.layout), { workflow, catalog: { kinds: [] }, positions: workflow.layout });
    return made?.edit ?? { type: 'composite', edits: [] };
  });
  return fc.oneof({ weight: 5, arbitrary: editArbitrary(workflow) }, { weight: 1, arbitrary: duplicate });
}

/** What a hand does to the text: a line of its own with a comment, a character too many, a part taken out, the file of a checkout. */
function handEdit(text: string, mark: string): fc.Arbitrary<readonly Change[]> {
  // No editor lets a hand come between the two characters of one line break.
  const whole = (place: number): number => (text[place] === '\n' && text[place - 1] === '\r' ? place + 1 : place);
  const lines = [...text.matchAll(/^/gm)].map((match) => match.index).filter((at) => at > 0 && whole(at) === at);
  const at = fc.nat({ max: text.length }).map(whole);
  return fc.oneof(
    {
      weight: lines.length === 0 ? 0 : 4,
      arbitrary: fc.constantFrom(...(lines.length === 0 ? [0] : lines)).map((start) => [{ start, end: start, newText: `# ${mark}\n` }]),
    },
    {
      weight: 2,
      arbitrary: fc
        .record({ at, put: fc.constantFrom('x', ' ', '\n', '[', '"', ': ', '- ') })
        .map(({ at: start, put }) => [{ start, end: start, newText: put }]),
    },
    { weight: 1, arbitrary: fc.tuple(at, fc.nat({ max: 20 })).map(([start, out]) => [{ start, end: whole(Math.min(text.length, start + out)), newText: '' }]) },
    { weight: 1, arbitrary: workflowTexts().map((newText) => [{ start: 0, end: text.length, newText }]) },
  );
}

/** A document with an undo stack, as an editor keeps it, and a canvas that reads along. */
class EditedDocument {
  text: string;
  parsed: ParsedWorkflow;
  readonly #reader = new WorkflowReader();
  #done: Step[] = [];
  #undone: Step[] = [];

  constructor(text: string) {
    this.text = text;
    this.parsed = finished(this.#reader.steps(text));
  }

  change(edits: readonly Change[]): void {
    this.#done.push({ done: edits, back: inverse(this.text, edits) });
    this.#undone = [];
    this.#become(textAfter(this.text, edits));
  }

  undo(): boolean {
    const step = this.#done.pop();
    if (step === undefined) return false;
    this.#undone.push(step);
    this.#become(textAfter(this.text, step.back));
    return true;
  }

  redo(): boolean {
    const step = this.#undone.pop();
    if (step === undefined) return false;
    this.#done.push(step);
    this.#become(textAfter(this.text, step.done));
    return true;
  }

  #become(text: string): void {
    this.text = text;
    this.parsed = finished(this.#reader.steps(text));
  }
}

/** One edit of the canvas on the text as it is: what is written is what was shown, a refusal writes nothing, and nothing is echoed. */
function draw(document: EditedDocument, edit: WorkflowEdit): void {
  const { parsed } = document;
  const shown = applyEdit(parsed.workflow, edit);
  const written = editText(parsed, edit);
  // Broken text refuses everything; what anchors share may be refused in the text alone.
  expect(written.ok ? !parsed.broken : parsed.broken || !shown.ok || written.reason === 'read-only').toBe(true);
  if (!written.ok) return;
  document.change(written.edits);
  expect(document.text).toBe(written.text);
  expect(shown.ok && sameWorkflow(document.parsed.workflow, shown.workflow)).toBe(true);
  const again = editText(document.parsed, echo(document.parsed.workflow));
  expect(again.ok && again.edits.length).toBe(0);
}

/**
 * Random interleavings of hands and canvas on one document: edits of the canvas, of the text (also such as break it), undo and redo. `numRuns`
 * is the number of histories.
 */
export function interleavings(numRuns: number): void {
  const seed = Number(process.env['KUBEORCH_SEED'] ?? fc.readConfigureGlobal().seed ?? Date.now() & 0x7fffffff);
  describe(`for ${numRuns} histories of ${acts} acts (seed ${seed})`, () => {
    test('canvas and text agree after every act, and taking everything back gives the bytes of the beginning', { timeout: 0 }, () => {
      const property = fc.property(workflowTexts(), fc.gen(), (text, pick) => {
        const document = new EditedDocument(text);
        const texts = [text];
        for (let act = 0; act < acts; act++) {
          const what = pick(fc.constantFrom, 'draw', 'draw', 'draw', 'type', 'undo', 'redo');
          if (what === 'draw') draw(document, pick(gesture, document.parsed.workflow));
          else if (what === 'type') document.change(pick(handEdit, document.text, `by hand ${act}`));
          else if (what === 'undo') document.undo();
          else document.redo();
          texts.push(document.text);
        }
        // What was read along the way is what a first reading gives.
        expect(sameWorkflow(parseWorkflow(document.text).workflow, document.parsed.workflow)).toBe(true);
        const end = document.text;
        let steps = 0;
        while (document.undo()) steps += 1;
        expect(document.text).toBe(text);
        for (let step = 0; step < steps; step++) document.redo();
        expect(document.text).toBe(end);
      });
      for (let done = 0; done < numRuns; done += batch) {
        // Shrinking such large cases takes gigabytes; the seed of the batch and the case are told as they are.
        fc.assert(property, { numRuns: Math.min(batch, numRuns - done), seed: seed + done, endOnFailure: true });
      }
    });

    test('a comment that a hand put between two lines outlives every edit that takes nothing away', { timeout: 0 }, () => {
      const property = fc.property(workflowTexts(), fc.gen(), (text, pick) => {
        const document = new EditedDocument(text);
        for (let act = 0; act < 4; act++) {
          const ids = document.parsed.workflow.nodes.map((node) => node.id);
          const [first] = ids;
          if (document.parsed.broken || first === undefined) return;
          const lines = [...document.text.matchAll(/\n(?= {0,8}[a-z-]+:)/g)].map((match) => match.index + 1);
          const before = document.text;
          if (lines.length > 0) {
            const start = pick(fc.constantFrom, ...lines);
            document.change([{ start, end: start, newText: `# by hand ${act}.\n` }]);
          }
          // Inside of a block of text the line is text, and no comment: then it is taken back.
          if (document.parsed.broken || !sameWorkflow(document.parsed.workflow, parseWorkflow(before).workflow)) document.undo();
          const kept = [...document.text.matchAll(/# by hand \d\./g)].map((match) => match[0]);
          const moved: WorkflowEdit = { type: 'move', positions: { [first]: [act, -act] } };
          const made = insertion(fragmentOf(document.parsed.workflow, pick(fc.subarray, ids), {}), {
            workflow: document.parsed.workflow,
            catalog: { kinds: [] },
            positions: {},
          });
          draw(document, { type: 'composite', edits: [moved, ...(made?.edit.type === 'composite' ? made.edit.edits : [])] });
          expect(kept.filter((comment) => !document.text.includes(comment))).toEqual([]);
        }
      });
      for (let done = 0; done < numRuns; done += batch) {
        fc.assert(property, { numRuns: Math.min(batch, numRuns - done), seed: seed + done, endOnFailure: true });
      }
    });
  });
}
