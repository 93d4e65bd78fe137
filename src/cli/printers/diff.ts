import type { WorkflowEdge } from '../../shared/workflow';
import { edgeOptionKeys } from '../../shared/workflow';
import type { ComparedField, WorkflowDiff } from '../../shared/workflowDiff';
import { isSameMeaning } from '../../shared/workflowDiff';
import { changeText } from './plan';
import { coloured, plainLine } from './plainText';

/** A comparison as lines: `+` added, `-` removed, `~` changed with each field below it, and what only moved at the end. */
export function diffText(diff: WorkflowDiff, colours: boolean): string {
  const added = (text: string): string => `${coloured(colours, 'green', `+  ${plainLine(text)}`)}\n`;
  const removed = (text: string): string => `${coloured(colours, 'red', `-  ${plainLine(text)}`)}\n`;
  const changed = (text: string): string => `${coloured(colours, 'yellow', `~  ${plainLine(text)}`)}\n`;
  const lines = [
    ...diff.fields.map((field) => changed('workflow') + `      ${changeText(field)}\n`),
    ...diff.addedNodes.map(({ id, type }) => added(`node ${id} (${type})`)),
    ...diff.removedNodes.map(({ id, type }) => removed(`node ${id} (${type})`)),
    ...diff.changedNodes.map(({ id, fields }) => changed(`node ${id}`) + fields.map((field) => `      ${changeText(field)}${appliedText(field)}\n`).join('')),
    ...diff.addedEdges.map((edge) => added(`edge ${edgeText(edge)}`)),
    ...diff.removedEdges.map((edge) => removed(`edge ${edgeText(edge)}`)),
    ...diff.changedEdges.map(({ before, after }) => changed(`edge ${edgeText(before)} -> ${edgeText(after)}`)),
  ];
  if (isSameMeaning(diff)) lines.push('They mean the same.\n');
  if (diff.movedNodes.length > 0) lines.push(coloured(colours, 'dim', `Only moved: ${plainLine(diff.movedNodes.join(', '))}\n`));
  if (diff.unknownNodes !== undefined)
    lines.push(coloured(colours, 'dim', `Not compared, because the cluster cannot be asked: ${plainLine(diff.unknownNodes.map(({ id }) => id).join(', '))}\n`));
  return lines.join('');
}

/** Where the cluster is one side: what was applied last, and who changed it since. */
function appliedText({ applied, owner }: ComparedField): string {
  const parts = [...(applied === undefined ? [] : [`last applied ${JSON.stringify(applied)}`]), ...(owner === undefined ? [] : [owner])];
  return parts.length === 0 ? '' : plainLine(` (${parts.join(', ')})`);
}

function edgeText(edge: WorkflowEdge): string {
  const options = edgeOptionKeys.flatMap((key) => (edge[key] === undefined ? [] : [`${key}: ${String(edge[key])}`]));
  const kind = [edge.relation, edge.handle, ...options].filter((part) => part !== undefined).join(', ');
  return `${edge.from} -> ${edge.to}${kind === '' ? '' : ` (${kind})`}`;
}
