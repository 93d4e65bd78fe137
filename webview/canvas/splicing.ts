import type { Catalog, CatalogKind } from '../../src/shared/catalog';
import { relationsBetween } from '../../src/shared/catalog';
import type { Point, Workflow, WorkflowEdge } from '../../src/shared/workflow';
import { edgeKey, nodeById } from '../../src/shared/workflow';
import type { WorkflowEdit } from '../../src/shared/workflowEdit';
import { addNodeEdit, connectEdit, identityOf } from './fromFlow';

/** Putting a node into an edge, and closing the gap that one leaves behind. */

/** The relation that an edge has or would have between two nodes of the workflow. */
function relationOf(edge: Pick<WorkflowEdge, 'from' | 'to' | 'relation'>, workflow: Workflow, catalog: Catalog): string | undefined {
  const [from, to] = [nodeById(workflow, edge.from), nodeById(workflow, edge.to)];
  if (from === undefined || to === undefined) return undefined;
  return edge.relation ?? relationsBetween(catalog, from.type, to.type)[0]?.relation;
}

/** What led to the other end of an edge leads to the node, and from there on. Undefined where the kinds allow one of the two connections only. */
function spliced(id: string, workflow: Workflow, catalog: Catalog, key: string): readonly WorkflowEdit[] | undefined {
  const old = workflow.edges.find((edge) => edgeKey(edge) === key);
  if (old === undefined) return undefined;
  const without = { ...workflow, edges: workflow.edges.filter((edge) => edge !== old) };
  const before = connectEdit({ source: old.from, sourceHandle: old.handle ?? null, target: id }, without, catalog);
  const after = connectEdit({ source: id, sourceHandle: null, target: old.to }, without, catalog);
  if (before?.type !== 'connect' || after?.type !== 'connect') return undefined;
  // What the edge says of its end, such as when that counts as ready, stays with the end.
  const { from: _from, to: _to, handle: _handle, relation: _relation, ...options } = old;
  const isSame = relationOf(after.edge, workflow, catalog) === relationOf(old, workflow, catalog);
  return [{ type: 'disconnect', edge: identityOf(old) }, before, isSame ? { type: 'connect', edge: { ...options, ...after.edge } } : after];
}

/** Adds a node in the middle of an edge. */
export function insertOnEdgeEdit(
  kind: CatalogKind,
  workflow: Workflow,
  catalog: Catalog,
  at: { readonly x: number; readonly y: number },
  key: string,
): WorkflowEdit | undefined {
  const add = addNodeEdit(kind, workflow, at);
  const edits = spliced(add.node.id, { ...workflow, nodes: [...workflow.nodes, add.node] }, catalog, key);
  return edits === undefined ? undefined : { type: 'composite', edits: [add, ...edits] };
}

/** Puts a node that is there into an edge. Only one without connections: the others have their place, and may be moved across lines. */
export function moveOntoEdgeEdit(id: string, to: Point, workflow: Workflow, catalog: Catalog, key: string): WorkflowEdit | undefined {
  if (workflow.edges.some((edge) => edge.from === id || edge.to === id)) return undefined;
  const edits = spliced(id, workflow, catalog, key);
  return edits === undefined ? undefined : { type: 'composite', edits: [{ type: 'move', positions: { [id]: to } }, ...edits] };
}

/**
 * The edges that join what led to these nodes with what they led to, once they are gone. Only along one and the same relation: what a
 * node depends on, its dependents depend on, but a Service in front of it does not lead to its database.
 */
export function bridgingEdges(ids: readonly string[], workflow: Workflow, catalog: Catalog): readonly WorkflowEdge[] {
  const gone = new Set(ids);
  let left: Workflow = { ...workflow, edges: workflow.edges.filter(({ from, to }) => !gone.has(from) && !gone.has(to)) };
  const made: WorkflowEdge[] = [];
  for (const entry of workflow.edges) {
    if (gone.has(entry.from) || !gone.has(entry.to)) continue;
    const relation = relationOf(entry, workflow, catalog);
    const passed = new Set([entry.to]);
    for (const id of passed) {
      for (const exit of workflow.edges) {
        if (exit.from !== id || relationOf(exit, workflow, catalog) !== relation) continue;
        if (gone.has(exit.to)) {
          passed.add(exit.to);
          continue;
        }
        const connect = connectEdit({ source: entry.from, sourceHandle: entry.handle ?? null, target: exit.to }, left, catalog);
        if (connect?.type !== 'connect' || relationOf(connect.edge, workflow, catalog) !== relation) continue;
        made.push(connect.edge);
        left = { ...left, edges: [...left.edges, connect.edge] };
      }
    }
  }
  return made;
}
