import type { Catalog, CatalogKind } from '../../src/shared/catalog';
import { kindOf, relationsBetween } from '../../src/shared/catalog';
import { freeId } from '../../src/shared/freeId';
import type { JsonValue } from '../../src/shared/json';
import { jsonObject } from '../../src/shared/json';
import type { EdgeIdentity, Point, Workflow, WorkflowEdge } from '../../src/shared/workflow';
import { edgeKey, nodeById } from '../../src/shared/workflow';
import type { WorkflowEdit } from '../../src/shared/workflowEdit';

/** What a gesture on the canvas means as one edit of the workflow. Undefined where it means nothing. */

export interface Link {
  readonly source: string;
  readonly target: string;
  readonly sourceHandle: string | null;
}

export function identityOf(edge: WorkflowEdge): EdgeIdentity {
  return {
    from: edge.from,
    to: edge.to,
    ...(edge.handle === undefined ? {} : { handle: edge.handle }),
    ...(edge.relation === undefined ? {} : { relation: edge.relation }),
  };
}

function whole(x: number, y: number): Point {
  return [Math.round(x) + 0, Math.round(y) + 0];
}

/** One edit for all nodes that were let go together; nodes that stand where they stood are left out. */
export function moveEdit(
  moved: readonly { readonly id: string; readonly position: { readonly x: number; readonly y: number } }[],
  positionOf: (id: string) => Point,
): WorkflowEdit | undefined {
  const positions: Record<string, Point> = Object.create(null) as Record<string, Point>;
  for (const { id, position } of moved) {
    const to = whole(position.x, position.y);
    const from = positionOf(id);
    if (to[0] !== from[0] || to[1] !== from[1]) positions[id] = to;
  }
  return Object.keys(positions).length === 0 ? undefined : { type: 'move', positions };
}

/** Removes nodes, and those of the chosen edges that do not go with them anyway. */
export function removeEdit(workflow: Workflow, nodeIds: readonly string[], edgeKeys: readonly string[]): WorkflowEdit | undefined {
  const removed = new Set(nodeIds);
  const chosen = new Set(edgeKeys);
  const edits: WorkflowEdit[] = workflow.edges
    .filter((edge) => chosen.has(edgeKey(edge)) && !removed.has(edge.from) && !removed.has(edge.to))
    .map((edge) => ({ type: 'disconnect', edge: identityOf(edge) }));
  if (nodeIds.length > 0) edits.push({ type: 'removeNodes', ids: [...nodeIds] });
  const [first, ...more] = edits;
  if (first === undefined) return undefined;
  return more.length === 0 ? first : { type: 'composite', edits };
}

/** The edge that a link would write. The relation is written only where the two kinds allow several. */
function edgeOf(link: Link, workflow: Workflow, catalog: Catalog): WorkflowEdge | undefined {
  const from = nodeById(workflow, link.source);
  const to = nodeById(workflow, link.target);
  if (from === undefined || to === undefined || from.id === to.id) return undefined;
  const possible = relationsBetween(catalog, from.type, to.type);
  const free = possible.find((rule) => {
    const edge = { from: from.id, to: to.id, relation: possible.length > 1 ? rule.relation : undefined };
    return !workflow.edges.some(
      (other) => other.from === edge.from && other.to === edge.to && (other.handle ?? null) === link.sourceHandle && other.relation === edge.relation,
    );
  });
  if (free === undefined) return undefined;
  return {
    from: from.id,
    to: to.id,
    ...(link.sourceHandle === null ? {} : { handle: link.sourceHandle }),
    ...(possible.length > 1 ? { relation: free.relation } : {}),
  };
}

export function connectEdit(link: Link, workflow: Workflow, catalog: Catalog): WorkflowEdit | undefined {
  const edge = edgeOf(link, workflow, catalog);
  return edge === undefined ? undefined : { type: 'connect', edge };
}

export function canConnect(link: Link, workflow: Workflow, catalog: Catalog): boolean {
  return edgeOf(link, workflow, catalog) !== undefined;
}

/** Moves one end of an edge elsewhere; its options (mount path and so on) move along. */
export function reconnectEdit(key: string, link: Link, workflow: Workflow, catalog: Catalog): WorkflowEdit | undefined {
  const old = workflow.edges.find((edge) => edgeKey(edge) === key);
  if (old === undefined) return undefined;
  const without = { ...workflow, edges: workflow.edges.filter((edge) => edge !== old) };
  const next = edgeOf(link, without, catalog);
  if (next === undefined || edgeKey(next) === key) return undefined;
  const { from: _from, to: _to, handle: _handle, relation: _relation, ...options } = old;
  return {
    type: 'composite',
    edits: [
      { type: 'disconnect', edge: identityOf(old) },
      { type: 'connect', edge: { ...options, ...next } },
    ],
  };
}

/** Gives an edge other options, in one step; undefined takes one away. */
export function rewriteEdgeEdit(edge: WorkflowEdge, changes: Partial<Record<keyof WorkflowEdge, string | boolean | undefined>>): WorkflowEdit {
  const kept = Object.entries({ ...edge, ...changes }).filter(([, value]) => value !== undefined);
  return {
    type: 'composite',
    edits: [
      { type: 'disconnect', edge: identityOf(edge) },
      { type: 'connect', edge: { ...Object.fromEntries(kept), from: edge.from, to: edge.to } },
    ],
  };
}

/** Node types that can stand at the other end of a link that begins at this node. */
export function typesAcross(node: { readonly type: string }, from: 'source' | 'target', catalog: Catalog): ReadonlySet<string> {
  if (from === 'source') return new Set(kindOf(catalog, node.type)?.relations.flatMap((rule) => rule.to) ?? []);
  return new Set(catalog.kinds.filter((kind) => kind.relations.some((rule) => rule.to.includes(node.type))).map((kind) => kind.type));
}

/** A new node: only what its kind requires and has a default for is written; all else stays the kind's to default. */
export function addNodeEdit(
  kind: CatalogKind,
  workflow: Workflow,
  at: { readonly x: number; readonly y: number },
): WorkflowEdit & { readonly type: 'addNode' } {
  const required = kind.fields.filter((field) => field.required && field.default !== undefined && field.derived !== true);
  return {
    type: 'addNode',
    node: {
      id: freeId(kind.defaultName, new Set(workflow.nodes.map((node) => node.id))),
      type: kind.type,
      data: jsonObject(required.map((field) => [field.name, field.default as JsonValue])),
    },
    position: whole(at.x, at.y),
  };
}

/** Adds a node at the loose end of a link and connects it, in one step. When that end was taken off an edge, the edge moves there. */
export function addLinkedEdit(
  kind: CatalogKind,
  workflow: Workflow,
  catalog: Catalog,
  at: { readonly x: number; readonly y: number },
  loose: { readonly nodeId: string; readonly handle: string | undefined; readonly from: 'source' | 'target'; readonly moves?: string },
): WorkflowEdit {
  const add = addNodeEdit(kind, workflow, at);
  const withNode = { ...workflow, nodes: [...workflow.nodes, add.node] };
  const link: Link =
    loose.from === 'source'
      ? { source: loose.nodeId, sourceHandle: loose.handle ?? null, target: add.node.id }
      : { source: add.node.id, sourceHandle: null, target: loose.nodeId };
  const connect = loose.moves === undefined ? connectEdit(link, withNode, catalog) : reconnectEdit(loose.moves, link, withNode, catalog);
  if (connect === undefined) return add;
  return { type: 'composite', edits: [add, ...(connect.type === 'composite' ? connect.edits : [connect])] };
}
