import type { JsonObject, JsonPath, JsonValue } from './json';
import type { EdgeIdentity, Group, Point, Workflow, WorkflowEdge, WorkflowNode } from './workflow';

/** One gesture on a workflow. Everything is addressed by id, never by position in a list. */
export type WorkflowEdit =
  | { readonly type: 'addNode'; readonly node: WorkflowNode; readonly position?: Point }
  /** Removes nodes with every edge, layout entry, group membership and environment override that names them. */
  | { readonly type: 'removeNodes'; readonly ids: readonly string[] }
  /** Sets one value in a node's data (`path` is never empty; `['type']` sets the type); undefined removes it. */
  | { readonly type: 'setField'; readonly id: string; readonly path: JsonPath; readonly value?: JsonValue }
  /** Sets a top-level property such as status, description, namespace, tags; undefined removes it. */
  | { readonly type: 'setProperty'; readonly path: JsonPath; readonly value?: JsonValue }
  | { readonly type: 'connect'; readonly edge: WorkflowEdge }
  | { readonly type: 'disconnect'; readonly edge: EdgeIdentity }
  /** Renames a node's id and every reference to it in edges, layout, groups and environments. */
  | { readonly type: 'rename'; readonly id: string; readonly newId: string }
  | { readonly type: 'move'; readonly positions: Readonly<Record<string, Point>> }
  | { readonly type: 'group'; readonly id: string; readonly group?: Group }
  | { readonly type: 'composite'; readonly edits: readonly WorkflowEdit[] };

/** Why an edit cannot be made. Nothing was changed. */
export type EditRefusal =
  | 'node-exists'
  | 'node-missing'
  | 'edge-exists'
  | 'edge-missing'
  | 'invalid-id'
  | 'invalid-path'
  | 'invalid-value'
  | 'broken-text'
  | 'read-only'
  | 'locked'
  | 'stale';

export type EditOutcome = { readonly ok: true; readonly workflow: Workflow } | { readonly ok: false; readonly reason: EditRefusal; readonly detail: string };

export type { JsonObject };
