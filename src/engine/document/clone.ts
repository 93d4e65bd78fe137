import type { WorkflowEdit } from '../../shared/workflowEdit';
import type { EditedText } from './editText';
import { editText } from './editText';
import { parseWorkflow } from './parse';

/**
 * The text of a workflow under another name: a draft again, and told as a copy. Everything else stays as it is written, comments too.
 * Versions and runs belong to the name, so the copy has none.
 */
export function clonedText(text: string, name: string): EditedText {
  const parsed = parseWorkflow(text);
  const { description, status } = parsed.workflow;
  const edits: readonly WorkflowEdit[] = [
    { type: 'setProperty', path: ['name'], value: name },
    { type: 'setProperty', path: ['description'], value: `${description} (Cloned)`.trim() },
    ...(status === 'draft' ? [] : [{ type: 'setProperty', path: ['status'], value: 'draft' } as const]),
  ];
  return editText(parsed, { type: 'composite', edits });
}
