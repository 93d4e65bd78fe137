import { applyEdit } from '../../shared/applyEdit';
import type { Workflow } from '../../shared/workflow';
import type { EditRefusal, WorkflowEdit } from '../../shared/workflowEdit';
import { problemText } from '../../shared/problem';
import { workflowText } from './format';
import { sameWorkflow, survivingIds } from './identity';
import type { ParsedWorkflow } from './parse';
import { parseWorkflow } from './parse';
import type { Grain } from './sections';
import { SectionWriter } from './sections';
import type { TextEdit } from './textEdit';
import { textAfter, TextSplices } from './textSplices';
import { SharedValueError, TreeEditor } from './treeEditor';
import type { YamlNode } from './yamlTree';
import type { YamlWriting } from './yamlText';
import { usualWriting } from './yamlText';

export type EditedText =
  | { readonly ok: true; readonly text: string; readonly edits: readonly TextEdit[]; /** The new text, parsed already. */ readonly parsed: ParsedWorkflow }
  | { readonly ok: false; readonly reason: EditRefusal; readonly detail: string };

const grains: readonly Grain[] = ['value', 'element', 'section'];

/**
 * The text after an edit, with the smallest replacements that make it; comments, order, quotes and styles around them stay. Give the parsed
 * workflow instead of the text when it is at hand: parsing is the larger part of the work.
 *
 * What is returned is proven: the new text was parsed and gives exactly what `applyEdit` gives. Where the smallest replacements do not
 * (unusual YAML), whole nodes and then whole sections are written anew; values behind anchors and aliases are never rewritten but refused.
 * Sections that an edit empties go with their key; sections that were written empty stay.
 */
export function editText(before: string | ParsedWorkflow, edit: WorkflowEdit): EditedText {
  const parsed = typeof before === 'string' ? parseWorkflow(before) : before;
  if (parsed.broken) {
    const first = parsed.problems.find((problem) => problem.severity === 'error');
    return { ok: false, reason: 'broken-text', detail: first === undefined ? 'The text cannot be read.' : problemText(first) };
  }
  const outcome = applyEdit(parsed.workflow, edit);
  if (!outcome.ok) return outcome;
  const after = outcome.workflow;
  if (sameWorkflow(parsed.workflow, after)) return { ok: true, text: parsed.text, edits: [], parsed };
  let sharing: string | undefined;
  for (const grain of grains) {
    try {
      const edits = editsFor(parsed, after, survivingIds(parsed.workflow, edit), grain);
      if (edits === undefined) continue;
      const text = textAfter(parsed.text, edits);
      const result = parseWorkflow(text);
      if (!result.broken && sameWorkflow(result.workflow, after)) return { ok: true, text, edits, parsed: result };
      sharing ??= newlyUnresolved(parsed, result);
    } catch (error) {
      if (!(error instanceof SharedValueError)) throw error;
      return { ok: false, reason: 'read-only', detail: error.message };
    }
    // A coarser way would write out what anchors and aliases share, so it is none for files that use them.
    if (parsed.tree.usedAnchors.size > 0 || hasMerge(parsed.tree.root)) break;
  }
  if (sharing !== undefined) return { ok: false, reason: 'read-only', detail: sharing };
  if (parsed.tree.usedAnchors.size > 0)
    return { ok: false, reason: 'read-only', detail: 'The value is shared by an anchor and its aliases. Edit it in the text.' };
  return { ok: false, reason: 'invalid-value', detail: 'The text is written in a way in which this change cannot be made safely. Edit it in the text.' };
}

function editsFor(parsed: ParsedWorkflow, after: Workflow, ids: ReadonlyMap<string, string>, grain: Grain): readonly TextEdit[] | undefined {
  const { text, tree, lines } = parsed;
  const writing = writingOf(parsed);
  if (tree.root?.kind !== 'map' || tree.root.entries.length === 0) {
    const splices = new TextSplices(text, lines);
    const body = text.replace(/^\ufeff/, '');
    splices.replace(
      tree.root?.kind === 'map' ? tree.root.start : text.length,
      text.length,
      (body === '' || body.endsWith('\n') ? '' : writing.newline) + workflowText(after, writing),
    );
    return splices.edits();
  }
  const editor = new TreeEditor(text, tree, lines, writing);
  new SectionWriter(parsed, tree.root, after, ids, editor, writing, grain).write();
  return editor.splices.edits();
}

/** How this file is written: its line ends, its first nested map and its first list below a key decide. */
function writingOf(parsed: ParsedWorkflow): YamlWriting {
  const newline = /\r?\n/.exec(parsed.text)?.[0] ?? '\n';
  const { root } = parsed.tree;
  const isJson = root?.style === 'flow' && root.entries.every((entry) => parsed.text[entry.keyStart] === '"');
  let step: number | undefined;
  let isFlush: boolean | undefined;
  const visit = (node: YamlNode): void => {
    for (const entry of node.entries) {
      const { value } = entry;
      if (value.style === 'block') {
        const further = parsed.lines.columnOf(value.start) - parsed.lines.columnOf(entry.start);
        if (value.kind === 'map' && further > 0) step ??= further;
        if (value.kind === 'seq') isFlush ??= further <= 0;
      }
      if (step !== undefined && isFlush !== undefined) return;
      visit(value);
    }
    for (const item of node.items) visit(item.value);
  };
  if (root !== undefined) visit(root);
  return { step: step ?? usualWriting.step, isFlush: isFlush ?? usualWriting.isFlush, newline, isJson };
}

function newlyUnresolved(before: ParsedWorkflow, after: ParsedWorkflow): string | undefined {
  const isMissing = (parsed: ParsedWorkflow): string | undefined => parsed.problems.find((problem) => problem.code === 'yaml.unresolvedAlias')?.args['name'];
  const name = isMissing(before) === undefined ? isMissing(after) : undefined;
  return name === undefined
    ? undefined
    : `The anchor "&${name}" stands in what would be removed, and the alias "*${name}" uses it elsewhere. Edit it in the text.`;
}

function hasMerge(node: YamlNode | undefined): boolean {
  return node !== undefined && (node.entries.some((entry) => entry.isMerge || hasMerge(entry.value)) || node.items.some((item) => hasMerge(item.value)));
}
