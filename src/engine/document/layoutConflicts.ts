import type { Point } from '../../shared/workflow';
import { nodeById } from '../../shared/workflow';
import { conflictSides } from './conflictSides';
import { editText } from './editText';
import { sameWorkflow } from './identity';
import type { ParsedWorkflow } from './parse';
import { parseWorkflow } from './parse';

/**
 * The text without its merge conflicts, when both sides differ in positions only: where nodes stand is no reason to stop anyone. Our
 * positions win, and those that only the other side has are added. Undefined when there is no conflict, or one about anything else.
 */
export function withoutLayoutConflicts(text: string): string | undefined {
  const sides = conflictSides(text);
  if (sides === undefined) return undefined;
  const one = parseWorkflow(sides.ours);
  const other = parseWorkflow(sides.theirs);
  if (one.broken || other.broken || !sameWorkflow({ ...one.workflow, layout: {} }, { ...other.workflow, layout: {} })) return undefined;
  return withPositionsOf(one, other.workflow.layout);
}

/** The text with the positions of nodes that it does not place; undefined when they cannot be written. */
export function withPositionsOf(parsed: ParsedWorkflow, layout: Readonly<Record<string, Point>>): string | undefined {
  const positions = Object.create(null) as Record<string, Point>;
  for (const [id, point] of Object.entries(layout)) {
    if (!Object.hasOwn(parsed.workflow.layout, id) && nodeById(parsed.workflow, id) !== undefined) positions[id] = point;
  }
  const merged = editText(parsed, { type: 'move', positions });
  return merged.ok ? merged.text : undefined;
}
