import type { TextRange } from '../../shared/problem';
import type { EditRefusal, WorkflowEdit } from '../../shared/workflowEdit';
import type { ParsedWorkflow } from './parse';
import { parseWorkflow } from './parse';

/** One replacement. Offsets and range are of the text before the edit. */
export interface TextEdit {
  readonly start: number;
  readonly end: number;
  readonly range: TextRange;
  readonly newText: string;
}

export type EditedText =
  | { readonly ok: true; readonly text: string; readonly edits: readonly TextEdit[]; /** The new text, parsed already. */ readonly parsed: ParsedWorkflow }
  | { readonly ok: false; readonly reason: EditRefusal; readonly detail: string };

/** The text after an edit, with the smallest replacements that make it. */
export function editText(before: string | ParsedWorkflow, edit: WorkflowEdit): EditedText {
  const parsed = typeof before === 'string' ? parseWorkflow(before) : before;
  return { ok: false, reason: 'broken-text', detail: edit.type + parsed.text.length };
}
