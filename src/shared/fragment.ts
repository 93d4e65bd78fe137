import type { Catalog } from './catalog';
import { cardSize } from './nodeCard';
import { freeId, idFrom } from './freeId';
import { freeSpot } from './freeSpot';
import type { JsonObject, JsonPath } from './json';
import { valueAt, withValueAt } from './json';
import type { Group, Point, Workflow, WorkflowNode } from './workflow';
import { edgeKey, objectName, textField } from './workflow';
import type { WorkflowEdit } from './workflowEdit';

/** A part of a workflow on its way: nodes, the edges and groups among them, and where they stood. */
export type Fragment = Pick<Workflow, 'nodes' | 'edges' | 'groups' | 'layout'>;

/** The named nodes with what is among them alone: edges whose two ends are named, and groups that are named whole. */
export function fragmentOf(workflow: Workflow, ids: Iterable<string>, positions: Readonly<Record<string, Point>>): Fragment {
  const wanted = new Set(ids);
  const layout = Object.create(null) as Record<string, Point>;
  const groups = Object.create(null) as Record<string, Group>;
  for (const { id } of workflow.nodes) {
    const point = Object.hasOwn(positions, id) ? positions[id] : undefined;
    if (wanted.has(id) && point !== undefined) layout[id] = point;
  }
  for (const [id, group] of Object.entries(workflow.groups)) {
    if (group.nodes.length > 0 && group.nodes.every((member) => wanted.has(member))) groups[id] = group;
  }
  return {
    nodes: workflow.nodes.filter((node) => wanted.has(node.id)),
    edges: workflow.edges.filter((edge) => wanted.has(edge.from) && wanted.has(edge.to)),
    groups,
    layout,
  };
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

function boxesOf(nodes: readonly WorkflowNode[], positions: Readonly<Record<string, Point>>, catalog: Catalog): readonly Box[] {
  return nodes.flatMap((node) => {
    const point = Object.hasOwn(positions, node.id) ? positions[node.id] : undefined;
    return point === undefined ? [] : [{ x: point[0], y: point[1], ...cardSize(node, catalog) }];
  });
}

function around(boxes: readonly Box[]): Box {
  if (boxes.length === 0) return { x: 0, y: 0, width: 0, height: 0 };
  const x = Math.min(...boxes.map((box) => box.x));
  const y = Math.min(...boxes.map((box) => box.y));
  return { x, y, width: Math.max(...boxes.map((box) => box.x + box.width)) - x, height: Math.max(...boxes.map((box) => box.y + box.height)) - y };
}

/** Where an object's own name stands in a node; undefined where it has the node's id. */
function namePath(node: WorkflowNode): JsonPath | undefined {
  if (textField(node, 'name') !== undefined) return ['name'];
  return textField(node, ['manifest', 'metadata', 'name']) === undefined ? undefined : ['manifest', 'metadata', 'name'];
}

/** Two nodes with the same of these would make the same object. */
function objectKey(node: WorkflowNode, name: string): string {
  return JSON.stringify([node.type, valueAt(node.data, ['manifest', 'kind']) ?? null, name]);
}

export interface Insertion {
  /** One gesture: nodes with their places, their edges, their groups. */
  readonly edit: WorkflowEdit;
  /** The new nodes' ids, in the fragment's order. */
  readonly ids: readonly string[];
}

/**
 * The edit that adds a fragment to a workflow. Ids, and names of objects, that are taken are numbered, and what names them inside
 * of the fragment follows. The nodes keep their places among one another, and are set as one block with its middle at `at` (its own
 * place when absent), moved aside where it would cover a card. `positions` says where the workflow's nodes stand; nodes that the
 * fragment does not place get the place of its first. Undefined for a fragment without nodes.
 */
export function insertion(
  fragment: Fragment,
  into: { readonly workflow: Workflow; readonly catalog: Catalog; readonly positions: Readonly<Record<string, Point>> },
  at?: Point,
): Insertion | undefined {
  if (fragment.nodes.length === 0) return undefined;
  const { workflow, catalog, positions } = into;
  const taken = new Set(workflow.nodes.map((node) => node.id));
  const names = new Set(workflow.nodes.map((node) => objectKey(node, objectName(node))));
  const renamed = new Map<string, string>();
  const nodes = fragment.nodes.map((node): WorkflowNode => {
    const id = freeId(idFrom(node.id, 'node'), taken);
    taken.add(id);
    renamed.set(node.id, id);
    return { ...node, id, data: dataWithFreeName(node, id, names) };
  });

  const block = around(boxesOf(fragment.nodes, fragment.layout, catalog));
  const wished = at === undefined ? block : { ...block, x: at[0] - block.width / 2, y: at[1] - block.height / 2 };
  const spot = freeSpot(wished, boxesOf(workflow.nodes, positions, catalog));
  const placed = (id: string): Point => {
    const [x, y] = Object.hasOwn(fragment.layout, id) ? (fragment.layout[id] as Point) : [block.x, block.y];
    return [Math.round(x - block.x + spot.x), Math.round(y - block.y + spot.y)];
  };
  const nameOf = (id: string): string => renamed.get(id) ?? id;
  const edits: WorkflowEdit[] = fragment.nodes.map((node, index) => ({ type: 'addNode', node: nodes[index] as WorkflowNode, position: placed(node.id) }));
  // A file may hold edges that no gesture could make; these stay where they are.
  const drawn = new Set<string>();
  for (const edge of fragment.edges) {
    const key = edgeKey(edge);
    if (edge.from === edge.to || drawn.has(key) || !renamed.has(edge.from) || !renamed.has(edge.to)) continue;
    drawn.add(key);
    edits.push({ type: 'connect', edge: { ...edge, from: nameOf(edge.from), to: nameOf(edge.to) } });
  }
  const groupIds = new Set(Object.keys(workflow.groups));
  for (const [wishedId, group] of Object.entries(fragment.groups)) {
    const id = freeId(idFrom(wishedId, 'group'), groupIds);
    groupIds.add(id);
    edits.push({ type: 'group', id, group: { ...group, nodes: group.nodes.filter((member) => renamed.has(member)).map(nameOf) } });
  }
  return { edit: { type: 'composite', edits }, ids: nodes.map((node) => node.id) };
}

/** A node's data for its new id: an object's own name that is taken becomes a free one. Notes the name in `names`. */
function dataWithFreeName(node: WorkflowNode, id: string, names: Set<string>): JsonObject {
  const path = namePath(node);
  if (path === undefined) {
    names.add(objectKey(node, id));
    return node.data;
  }
  const own = textField(node, path) ?? id;
  let name = own;
  for (let number = 2; names.has(objectKey(node, name)); number += 1) name = `${own}-${number}`;
  names.add(objectKey(node, name));
  return name === own ? node.data : (withValueAt(node.data, path, name) as JsonObject);
}
