import type { JsonPath, JsonValue } from '../../shared/json';
import { sameJson } from '../../shared/json';
import type { Point, Workflow } from '../../shared/workflow';
import { edgeKey, nodeById } from '../../shared/workflow';
import type { ConflictSide } from '../../shared/workflowConflict';
import { conflictParts } from '../../shared/workflowConflict';
import { propertyJson } from '../../shared/workflowFromJson';
import type { WorkflowEdit } from '../../shared/workflowEdit';
import { conflictSides } from './conflictSides';
import { editText } from './editText';
import { sameWorkflow } from './identity';
import { withPositionsOf } from './layoutConflicts';
import type { ParsedWorkflow } from './parse';
import { parseWorkflow } from './parse';

export type ResolvedText =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly reason: 'no-conflict' | 'open' | 'broken' | 'refused' };

/** The text with one side of every conflict, just as that side wrote it; undefined when there is no conflict. */
export function textOfSide(text: string, side: ConflictSide): string | undefined {
  return conflictSides(text)?.[side];
}

/**
 * The text without its conflicts, part by part as a person picked: nodes, edges, and properties of the workflow. What was picked of the
 * other side comes with that side's comments; positions of either side stay. `open`: some part was not picked. `broken`: a side is no sound
 * YAML, so only a whole side can be taken. `refused`: the text is written in a way in which the two cannot be mixed safely.
 */
export function resolveConflicts(text: string, picks: Readonly<Record<string, ConflictSide>>): ResolvedText {
  const sides = conflictSides(text);
  if (sides === undefined) return { ok: false, reason: 'no-conflict' };
  const [ours, theirs] = [parseWorkflow(sides.ours), parseWorkflow(sides.theirs)];
  if (ours.broken || theirs.broken) return { ok: false, reason: 'broken' };
  const parts = conflictParts(ours.workflow, theirs.workflow);
  if (parts.some(({ key }) => !Object.hasOwn(picks, key))) return { ok: false, reason: 'open' };
  const picked = (side: ConflictSide): boolean => parts.every(({ key }) => picks[key] === side);
  if (picked('ours')) return withPositions(ours, theirs.workflow.layout);
  if (picked('theirs')) return withPositions(theirs, ours.workflow.layout);
  const taken = parts.filter(({ key }) => picks[key] === 'theirs');
  const nodes = taken.flatMap(({ node }) => node ?? []);
  const edits = [
    ...nodes.flatMap((id) => nodeEdits(ours.workflow, theirs.workflow, id)),
    ...taken.flatMap(({ property }) => (property === undefined ? [] : [propertyEdit(theirs.workflow, property)])),
  ];
  const mixed = editText(ours, { type: 'composite', edits });
  if (!mixed.ok) return { ok: false, reason: 'refused' };
  // Which edges can be drawn depends on the nodes that are there now.
  const connected = editText(mixed.parsed, {
    type: 'composite',
    edits: taken.flatMap(({ edge }) => (edge === undefined ? [] : edgeEdits(mixed.parsed.workflow, theirs.workflow, edge))),
  });
  if (!connected.ok) return { ok: false, reason: 'refused' };
  return withPositions(withBlocks(connected.parsed, theirs, nodes), theirs.workflow.layout);
}

function withPositions(parsed: ParsedWorkflow, layout: Readonly<Record<string, Point>>): ResolvedText {
  return { ok: true, text: withPositionsOf(parsed, layout) ?? parsed.text };
}

/** What makes our node theirs. */
function nodeEdits(ours: Workflow, theirs: Workflow, id: string): readonly WorkflowEdit[] {
  const [mine, other] = [nodeById(ours, id), nodeById(theirs, id)];
  if (other === undefined) return mine === undefined ? [] : [{ type: 'removeNodes', ids: [id] }];
  if (mine === undefined) return [{ type: 'addNode', node: other }];
  const keys = new Set([...Object.keys(mine.data), ...Object.keys(other.data)]);
  const set = (path: JsonPath, value: JsonValue | undefined): WorkflowEdit =>
    value === undefined ? { type: 'setField', id, path } : { type: 'setField', id, path, value };
  return [
    ...(mine.type === other.type ? [] : [set(['type'], other.type)]),
    ...[...keys].filter((key) => !sameJson(mine.data[key], other.data[key])).map((key) => set([key], other.data[key])),
  ];
}

function propertyEdit(theirs: Workflow, key: string): WorkflowEdit {
  const value = propertyJson(theirs, key);
  return value === undefined ? { type: 'setProperty', path: [key] } : { type: 'setProperty', path: [key], value };
}

/** What makes an edge theirs. One that led to a node which was not taken cannot be drawn and goes with it. */
function edgeEdits(present: Workflow, theirs: Workflow, key: string): readonly WorkflowEdit[] {
  const mine = present.edges.find((edge) => edgeKey(edge) === key);
  const other = theirs.edges.find((edge) => edgeKey(edge) === key);
  const fits = other !== undefined && nodeById(present, other.from) !== undefined && nodeById(present, other.to) !== undefined;
  return [...(mine === undefined ? [] : [{ type: 'disconnect' as const, edge: mine }]), ...(fits ? [{ type: 'connect' as const, edge: other }] : [])];
}

/** The text with these nodes written as the other side writes them, comments included, where that means the same. */
function withBlocks(parsed: ParsedWorkflow, from: ParsedWorkflow, ids: readonly string[]): ParsedWorkflow {
  const splices = ids.flatMap((id) => {
    const [here, there] = [blockOf(parsed, id), blockOf(from, id)];
    return here === undefined || there === undefined
      ? []
      : [{ ...here, written: indented(from.text.slice(there.start, there.end), there.indent, here.indent) }];
  });
  let { text } = parsed;
  for (const { start, end, written } of splices.sort((a, b) => b.start - a.start)) text = text.slice(0, start) + written + text.slice(end);
  const result = parseWorkflow(text);
  return !result.broken && sameWorkflow(result.workflow, parsed.workflow) ? result : parsed;
}

/** The whole lines of a node that stands in lines of its own, with the comment right above it; without the last line break. */
function blockOf({ tree, lines, text }: ParsedWorkflow, id: string): { readonly start: number; readonly end: number; readonly indent: string } | undefined {
  const entry = tree.at(['nodes', id])?.entry;
  if (entry === undefined) return undefined;
  let first = lines.lineOf(entry.start);
  const indent = text.slice(lines.startOfLine(first), entry.start);
  const last = lines.lineOf(Math.max(entry.start, entry.end - 1));
  if (!/^ *$/.test(indent) || !/^\s*(#.*)?$/.test(text.slice(entry.end, lines.endOfLine(last)))) return undefined;
  while (first > 0 && lines.lineText(first - 1).startsWith(`${indent}#`)) first -= 1;
  return { start: lines.startOfLine(first), end: lines.endOfLine(last), indent };
}

function indented(block: string, from: string, to: string): string {
  return from === to ? block : block.replace(/^ */gm, (spaces) => (spaces.length < from.length ? spaces : to + spaces.slice(from.length)));
}
