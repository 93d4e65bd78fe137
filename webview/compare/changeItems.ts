import type { JsonValue } from '../../src/shared/json';
import type { WorkflowEdge } from '../../src/shared/workflow';
import { edgeKey, edgeOptionKeys } from '../../src/shared/workflow';
import type { ConflictPart, ConflictSide } from '../../src/shared/workflowConflict';
import type { ComparedField, WorkflowDiff } from '../../src/shared/workflowDiff';
import type { Text } from '../ui/texts';
import type { Mark } from './marks';

/** One line of the list of changes. */
export interface ChangeItem {
  readonly key: string;
  readonly mark: Mark;
  /** What it is, in words, where the mark alone does not say it. */
  readonly word?: string;
  readonly title: string;
  readonly subtitle: string;
  /** Which node to look at. */
  readonly nodeId: string | undefined;
  readonly fields: readonly ComparedField[];
}

function edgeTitle(edge: WorkflowEdge): string {
  return `${edge.from} → ${edge.to}`;
}

function edgeWords(edge: WorkflowEdge): string {
  const options = edgeOptionKeys.flatMap((key) => (edge[key] === undefined ? [] : [`${key}: ${String(edge[key])}`]));
  return [edge.relation, edge.handle, ...options].filter((part) => part !== undefined).join(', ');
}

/** Everything that differs, in the order in which one reads it: nodes, edges, the workflow itself, and what only moved. */
export function changeItems(diff: WorkflowDiff, text: Text): readonly ChangeItem[] {
  const node = (mark: Mark, { id, type }: { readonly id: string; readonly type: string }, fields: readonly ComparedField[] = []): ChangeItem => ({
    key: `node:${id}`,
    mark,
    title: id,
    subtitle: type,
    nodeId: id,
    fields,
  });
  const edge = (mark: Mark, one: WorkflowEdge, before?: WorkflowEdge): ChangeItem => ({
    key: `edge:${edgeKey(one)}`,
    mark,
    title: edgeTitle(one),
    subtitle: before === undefined ? edgeWords(one) : `${edgeWords(before)} → ${edgeWords(one)}`,
    nodeId: one.from,
    fields: [],
  });
  return [
    ...diff.changedNodes.map((one) => node('changed', one, one.fields)),
    ...diff.addedNodes.map((one) => node('added', one)),
    ...diff.removedNodes.map((one) => node('removed', one)),
    ...diff.changedEdges.map(({ before, after }) => edge('changed', after, before)),
    ...diff.addedEdges.map((one) => edge('added', one)),
    ...diff.removedEdges.map((one) => edge('removed', one)),
    ...diff.fields.map((field): ChangeItem => ({
      key: `field:${field.path}`,
      mark: 'changed',
      title: text('Workflow'),
      subtitle: '',
      nodeId: undefined,
      fields: [field],
    })),
    ...diff.movedNodes.filter((id) => !diff.changedNodes.some((one) => one.id === id)).map((id) => node('moved', { id, type: '' })),
  ];
}

/** What of a merge one picks a side of. */
export function partItem(part: ConflictPart, diff: WorkflowDiff, labels: Readonly<Record<ConflictSide, string>>, text: Text): ChangeItem {
  const { key, property } = part;
  const found = changeItems(diff, text).find((item) => item.key === key);
  if (found?.mark === 'added') return { ...found, mark: 'only', word: text('Only in {0}', labels.theirs) };
  if (found?.mark === 'removed') return { ...found, mark: 'only', word: text('Only in {0}', labels.ours) };
  if (found !== undefined) return { ...found, mark: 'differs' };
  const fields = diff.fields.filter(({ path }) => path === property || path.startsWith(`${property ?? ''}.`) || path.startsWith(`${property ?? ''}[`));
  return { key, mark: 'differs', title: text('Workflow'), subtitle: property ?? '', nodeId: undefined, fields };
}

const longestValue = 160;

export function valueWords(value: JsonValue | undefined, text: Text): string {
  if (value === undefined) return text('absent');
  const words = typeof value === 'string' ? value : JSON.stringify(value);
  return words.length <= longestValue ? words : `${words.slice(0, longestValue - 1)}…`;
}
