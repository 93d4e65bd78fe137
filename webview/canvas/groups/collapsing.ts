import { Position } from '@xyflow/react';
import type { Point, Workflow } from '../../../src/shared/workflow';
import type { Text } from '../../ui/texts';
import type { FlowEdge, FlowNode } from '../toFlow';
import { handleSize } from '../toFlow';

/** Size of the card that stands for a collapsed group, in canvas pixels. */
export const collapsedSize = { width: 248, height: 72 } as const;

/** The canvas's id of a collapsed group. Ids of nodes have no "#". */
export function groupNodeId(groupId: string): string {
  return `group#${groupId}`;
}

/** The nodes of the workflow that something on the canvas stands for: a card for its node, a collapsed group for its members. */
export function membersOf(node: FlowNode): readonly string[] {
  return node.data.group?.members ?? [node.id];
}

/**
 * Where the card of a collapsed group stands: where its leftmost member does, the topmost of several. It is no larger than any card, so it
 * covers nothing there.
 */
function anchorOf(points: readonly Point[]): Point {
  return points.reduce((best, point) => (point[0] < best[0] || (point[0] === best[0] && point[1] < best[1]) ? point : best));
}

/** Where the nodes of the workflow go when cards were moved: the members of a collapsed group move along with its card. */
export function movedMembers(
  nodes: readonly FlowNode[],
  positionOf: (id: string) => Point,
): readonly { readonly id: string; readonly position: { readonly x: number; readonly y: number } }[] {
  return nodes.flatMap((node) => {
    const { group } = node.data;
    if (group === undefined) return [node];
    const points = group.members.map((id) => [id, positionOf(id)] as const);
    const [left, top] = anchorOf(points.map(([, point]) => point));
    return points.map(([id, [x, y]]) => ({ id, position: { x: x - left + node.position.x, y: y - top + node.position.y } }));
  });
}

/** Which collapsed group each of its members is in; a node that several groups name is in the first of them. */
export function collapsedGroups({ groups }: Pick<Workflow, 'groups'>): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [id, group] of Object.entries(groups)) {
    if (group.collapsed !== true) continue;
    for (const member of group.nodes) if (!found.has(member)) found.set(member, id);
  }
  return found;
}

function sameGroup(a: FlowNode, b: FlowNode): boolean {
  const [one, other] = [a.data.group, b.data.group];
  return (
    a.position.x === b.position.x &&
    a.position.y === b.position.y &&
    one?.label === other?.label &&
    one?.members.join() === other?.members.join() &&
    a.data.errors === b.data.errors &&
    a.data.warnings === b.data.warnings
  );
}

function groupCard(id: string, label: string, members: readonly FlowNode[], old: FlowNode | undefined, text: Text): FlowNode {
  const square = { width: handleSize, height: handleSize, y: collapsedSize.height / 2 - handleSize / 2 };
  const [x, y] = anchorOf(members.map((node): Point => [node.position.x, node.position.y]));
  const made: FlowNode = {
    id: groupNodeId(id),
    type: 'group',
    position: { x, y },
    ...collapsedSize,
    handles: [
      { type: 'target', position: Position.Left, x: -handleSize / 2, ...square },
      { type: 'source', position: Position.Right, x: collapsedSize.width - handleSize / 2, ...square },
    ],
    connectable: false,
    data: {
      node: { id: groupNodeId(id), type: 'group', data: {} },
      kind: undefined,
      card: { ...collapsedSize, rows: [], sources: [], targetY: collapsedSize.height / 2 },
      errors: members.reduce((sum, node) => sum + node.data.errors, 0),
      warnings: members.reduce((sum, node) => sum + node.data.warnings, 0),
      takesEdges: false,
      derived: undefined,
      group: { id, label, members: members.map((node) => node.id) },
    },
    selected: members.every((node) => node.selected === true),
    ariaLabel: text('Group {0}, {1} nodes, collapsed', label, members.length),
    domAttributes: { 'aria-roledescription': text('group') },
    ...(old?.measured === undefined ? {} : { measured: { ...collapsedSize } }),
  };
  if (old === undefined) return made;
  if (old.dragging === true) return sameGroup({ ...made, position: old.position }, old) ? old : { ...made, position: old.position, dragging: true };
  return sameGroup(made, old) && old.selected === made.selected ? old : made;
}

/**
 * Hides the members of collapsed groups, puts one card in the place of each, and leads edges that cross its border to it: one line
 * for all edges between the same two ends. Such lines stand for several edges and cannot be selected.
 */
export function withCollapsed(
  graph: { readonly nodes: FlowNode[]; readonly edges: FlowEdge[] },
  workflow: Pick<Workflow, 'groups'>,
  previous: { readonly nodes: readonly FlowNode[]; readonly edges: readonly FlowEdge[] },
  text: Text,
): { readonly nodes: FlowNode[]; readonly edges: FlowEdge[] } {
  const collapsed = collapsedGroups(workflow);
  const members = new Map<string, FlowNode[]>();
  const nodes = graph.nodes.map((node) => {
    const group = collapsed.get(node.id);
    if (group !== undefined) members.set(group, [...(members.get(group) ?? []), node]);
    return (node.hidden ?? false) === (group !== undefined) ? node : { ...node, hidden: group !== undefined };
  });
  if (members.size === 0) return { nodes, edges: graph.edges };
  const before = new Map(previous.nodes.map((node) => [node.id, node]));
  for (const [id, inside] of members) nodes.push(groupCard(id, workflow.groups[id]?.label ?? id, inside, before.get(groupNodeId(id)), text));

  const drawnBefore = new Map(previous.edges.map((edge) => [edge.id, edge]));
  const endOf = (id: string): string => (collapsed.has(id) ? groupNodeId(collapsed.get(id) ?? '') : id);
  const lines = new Map<string, number>();
  for (const edge of graph.edges) lines.set(`${endOf(edge.source)} ${endOf(edge.target)}`, (lines.get(`${endOf(edge.source)} ${endOf(edge.target)}`) ?? 0) + 1);
  const drawn = new Set<string>();
  const edges = graph.edges.flatMap((edge): readonly FlowEdge[] => {
    const [source, target] = [endOf(edge.source), endOf(edge.target)];
    if (source === edge.source && target === edge.target) return [edge];
    const line = `${source} ${target}`;
    if (source === target || drawn.has(line)) return [];
    drawn.add(line);
    const count = lines.get(line) ?? 1;
    const label = count === 1 ? (edge.data?.label ?? '') : text('{0} connections', count);
    const old = drawnBefore.get(`group#${edge.id}`);
    if (old?.source === source && old.target === target && old.data?.label === label) return [old];
    return [
      {
        ...edge,
        id: `group#${edge.id}`,
        source,
        target,
        sourceHandle: source === edge.source ? (edge.sourceHandle ?? null) : null,
        data: { relation: edge.data?.relation, label },
        selected: false,
        selectable: false,
        deletable: false,
        reconnectable: false,
        focusable: false,
        domAttributes: { 'aria-roledescription': text('edge') },
      },
    ];
  });
  return { nodes, edges };
}
