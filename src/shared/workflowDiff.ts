import type { JsonPath, JsonValue } from './json';
import { isJsonObject, sameJson } from './json';
import type { FieldChange } from './plan';
import type { Workflow, WorkflowEdge, WorkflowNode } from './workflow';
import { edgeKey } from './workflow';

/** One field that differs. A side that has no such field is absent; of a value of a Secret both are. */
export interface ComparedField extends FieldChange {
  /** Where the cluster is one side: what was applied last, and who wrote what it says now. */
  readonly applied?: JsonValue;
  readonly owner?: string;
}

/** One node that both sides have and that says something else. */
export interface NodeChange {
  readonly id: string;
  readonly type: string;
  /** Paths are of the node's own data, `type` among them; where the cluster is one side, of the node's objects: `Deployment/web spec.replicas`. */
  readonly fields: readonly ComparedField[];
}

export interface EdgeChange {
  readonly before: WorkflowEdge;
  readonly after: WorkflowEdge;
}

/**
 * What the meaning of two workflows differs in. Nodes are matched by id, edges by their identity; the order of either, and
 * where a node stands on the canvas, are no part of the meaning. What only moved is told apart.
 */
export interface WorkflowDiff {
  readonly addedNodes: readonly Pick<WorkflowNode, 'id' | 'type'>[];
  readonly removedNodes: readonly Pick<WorkflowNode, 'id' | 'type'>[];
  readonly changedNodes: readonly NodeChange[];
  readonly movedNodes: readonly string[];
  readonly addedEdges: readonly WorkflowEdge[];
  readonly removedEdges: readonly WorkflowEdge[];
  readonly changedEdges: readonly EdgeChange[];
  /** Fields of the workflow itself: name, status, environments and so on. */
  readonly fields: readonly FieldChange[];
  /** Where the cluster is one side: nodes of which it could not be asked, such as Secrets whose values are not known here. */
  readonly unknownNodes?: readonly Pick<WorkflowNode, 'id' | 'type'>[];
}

/** Whether two workflows mean the same, wherever their nodes stand. */
export function isSameMeaning(diff: WorkflowDiff): boolean {
  const { movedNodes: _moved, unknownNodes: _unknown, ...rest } = diff;
  return Object.values(rest).every((list) => list.length === 0);
}

/** The same comparison seen from the other side. */
export function reversedDiff(diff: WorkflowDiff): WorkflowDiff {
  const { addedNodes, removedNodes, addedEdges, removedEdges } = diff;
  const turned = <F extends FieldChange>({ before, after, ...rest }: F): F =>
    ({ ...rest, ...(after === undefined ? {} : { before: after }), ...(before === undefined ? {} : { after: before }) }) as unknown as F;
  return {
    ...diff,
    addedNodes: removedNodes,
    removedNodes: addedNodes,
    changedNodes: diff.changedNodes.map((node) => ({ ...node, fields: node.fields.map(turned) })),
    addedEdges: removedEdges,
    removedEdges: addedEdges,
    changedEdges: diff.changedEdges.map(({ before, after }) => ({ before: after, after: before })),
    fields: diff.fields.map(turned),
  };
}

/** What `after` means otherwise than `before`. */
export function workflowDiff(before: Workflow, after: Workflow): WorkflowDiff {
  const [old, now] = [byId(before), byId(after)];
  const both = after.nodes.filter((node) => old.has(node.id));
  const changedNodes = both.flatMap((node): readonly NodeChange[] => {
    const was = old.get(node.id);
    const fields = was === undefined ? [] : fieldDiff({ type: was.type, ...was.data }, { type: node.type, ...node.data });
    return fields.length === 0 ? [] : [{ id: node.id, type: node.type, fields }];
  });
  const [oldEdges, newEdges] = [edgesOf(before), edgesOf(after)];
  return {
    addedNodes: after.nodes.filter((node) => !old.has(node.id)).map(named),
    removedNodes: before.nodes.filter((node) => !now.has(node.id)).map(named),
    changedNodes,
    movedNodes: both.filter(({ id }) => !sameJson(before.layout[id], after.layout[id])).map(({ id }) => id),
    addedEdges: [...newEdges].filter(([key]) => !oldEdges.has(key)).map(([, edge]) => edge),
    removedEdges: [...oldEdges].filter(([key]) => !newEdges.has(key)).map(([, edge]) => edge),
    changedEdges: [...newEdges].flatMap(([key, edge]) => {
      const was = oldEdges.get(key);
      return was === undefined || sameJson({ ...was }, { ...edge }) ? [] : [{ before: was, after: edge }];
    }),
    fields: fieldDiff(ownFields(before), ownFields(after)),
  };
}

function byId(workflow: Workflow): ReadonlyMap<string, WorkflowNode> {
  return new Map(workflow.nodes.map((node) => [node.id, node]));
}

function named({ id, type }: WorkflowNode): Pick<WorkflowNode, 'id' | 'type'> {
  return { id, type };
}

function edgesOf(workflow: Workflow): ReadonlyMap<string, WorkflowEdge> {
  return new Map(workflow.edges.map((edge) => [edgeKey(edge), edge]));
}

function ownFields(workflow: Workflow): JsonValue {
  const { nodes: _nodes, edges: _edges, layout: _layout, unknown, ...fields } = workflow;
  return { ...fields, ...unknown } as unknown as JsonValue;
}

/** Which leaves differ. A list is one value: its items have no names of their own. */
export function fieldDiff(before: JsonValue | undefined, after: JsonValue | undefined): readonly FieldChange[] {
  const found: FieldChange[] = [];
  compare(found, [], before, after);
  return found;
}

function compare(into: FieldChange[], path: JsonPath, before: JsonValue | undefined, after: JsonValue | undefined): void {
  if (sameJson(before, after)) return;
  if (isJsonObject(before) && isJsonObject(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)]))
      compare(into, [...path, key], Object.hasOwn(before, key) ? before[key] : undefined, Object.hasOwn(after, key) ? after[key] : undefined);
    return;
  }
  into.push({ path: pathText(path), ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) });
}

/** `environments.staging.namespace`; keys that a dot would make unreadable stand in brackets. */
function pathText(path: JsonPath): string {
  return path.map((step, index) => (/^[\w-]+$/.test(String(step)) ? `${index === 0 ? '' : '.'}${step}` : `[${step}]`)).join('');
}
