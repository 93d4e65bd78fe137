import type { Workflow, WorkflowEdge, WorkflowNode } from '../../shared/workflow';
import { edgeKey, edgeOptionKeys } from '../../shared/workflow';
import type { WorkflowEdit } from '../../shared/workflowEdit';
import type { JsonValue } from '../../shared/json';
import { sameJson } from '../../shared/json';
import { environmentJson, groupJson } from '../../shared/workflowFromJson';

/** New id by old id, for every node that was there before an edit and still is. */
export function survivingIds(workflow: Workflow, edit: WorkflowEdit): ReadonlyMap<string, string> {
  // By present id: the id in the text, or undefined for a node that this edit made.
  const origin = new Map<string, string | undefined>(workflow.nodes.map((node) => [node.id, node.id]));
  const follow = (one: WorkflowEdit): void => {
    if (one.type === 'composite') one.edits.forEach(follow);
    else if (one.type === 'addNode') origin.set(one.node.id, undefined);
    else if (one.type === 'removeNodes') one.ids.forEach((id) => origin.delete(id));
    else if (one.type === 'rename' && one.id !== one.newId) {
      origin.set(one.newId, origin.get(one.id));
      origin.delete(one.id);
    }
  };
  follow(edit);
  const ids = new Map<string, string>();
  for (const [id, from] of origin) if (from !== undefined) ids.set(from, id);
  return ids;
}

/** Whether two workflows say the same. The order of nodes and of edges counts, that of keys does not. */
export function sameWorkflow(a: Workflow, b: Workflow): boolean {
  return (
    a.apiVersion === b.apiVersion &&
    a.kind === b.kind &&
    a.name === b.name &&
    a.description === b.description &&
    a.status === b.status &&
    a.cluster === b.cluster &&
    a.namespace === b.namespace &&
    sameJson(a.tags, b.tags) &&
    a.nodes.length === b.nodes.length &&
    a.nodes.every((node, index) => sameNode(node, b.nodes[index])) &&
    a.edges.length === b.edges.length &&
    a.edges.every((edge, index) => sameEdge(edge, b.edges[index])) &&
    sameRecord(a.layout, b.layout, (point) => point) &&
    sameRecord(a.groups, b.groups, groupJson) &&
    sameRecord(a.environments, b.environments, environmentJson) &&
    sameJson(a.unknown, b.unknown)
  );
}

export function sameNode(a: WorkflowNode, b: WorkflowNode | undefined): boolean {
  return a === b || (b !== undefined && a.id === b.id && a.type === b.type && sameJson(a.data, b.data));
}

export function sameEdge(a: WorkflowEdge, b: WorkflowEdge | undefined): boolean {
  return a === b || (b !== undefined && edgeKey(a) === edgeKey(b) && edgeOptionKeys.every((key) => a[key] === b[key]));
}

function sameRecord<T>(a: Readonly<Record<string, T>>, b: Readonly<Record<string, T>>, json: (value: T) => JsonValue): boolean {
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => {
    const one = a[key];
    const other = b[key];
    return one === other || (one !== undefined && other !== undefined && Object.hasOwn(b, key) && sameJson(json(one), json(other)));
  });
}
