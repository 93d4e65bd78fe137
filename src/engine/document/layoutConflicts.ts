import type { Point } from '../../shared/workflow';
import { nodeById } from '../../shared/workflow';
import { editText } from './editText';
import { sameWorkflow } from './identity';
import { parseWorkflow } from './parse';

/**
 * The text without its merge conflicts, when both sides differ in positions only: where nodes stand is no reason to stop anyone. Our
 * positions win, and those that only the other side has are added. Undefined when there is no conflict, or one about anything else.
 */
export function withoutLayoutConflicts(text: string): string | undefined {
  const ours = sideOf(text, 'ours');
  const theirs = sideOf(text, 'theirs');
  if (ours === undefined || theirs === undefined) return undefined;
  const one = parseWorkflow(ours);
  const other = parseWorkflow(theirs);
  if (one.broken || other.broken || !sameWorkflow({ ...one.workflow, layout: {} }, { ...other.workflow, layout: {} })) return undefined;
  const positions = Object.create(null) as Record<string, Point>;
  for (const [id, point] of Object.entries(other.workflow.layout)) {
    if (!Object.hasOwn(one.workflow.layout, id) && nodeById(one.workflow, id) !== undefined) positions[id] = point;
  }
  const merged = editText(one, { type: 'move', positions });
  return merged.ok ? merged.text : undefined;
}

/** One side of every conflict; undefined when there is none, or when the markers do not go together. */
function sideOf(text: string, side: 'ours' | 'theirs'): string | undefined {
  const kept: string[] = [];
  let at: 'both' | 'ours' | 'base' | 'theirs' = 'both';
  let conflicts = 0;
  for (const [line] of text.matchAll(/[^\n]*(?:\n|$)/g)) {
    const mark = /^(<{7}|\|{7}|={7}|>{7})(?: |\r?\n|\r?$)/.exec(line)?.[1]?.[0];
    if (mark === '<' && at === 'both') at = 'ours';
    else if (mark === '|' && at === 'ours') at = 'base';
    else if (mark === '=' && (at === 'ours' || at === 'base')) at = 'theirs';
    else if (mark === '>' && at === 'theirs') {
      at = 'both';
      conflicts += 1;
    } else if (mark !== undefined) return undefined;
    else if (at === 'both' || at === side) kept.push(line);
  }
  return conflicts > 0 && at === 'both' ? kept.join('') : undefined;
}
