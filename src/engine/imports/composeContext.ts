import type { JsonObject, JsonValue } from '../../shared/json';
import { jsonObject } from '../../shared/json';
import type { WorkflowEdge, WorkflowNode } from '../../shared/workflow';
import type { Files } from '../ports';
import type { ComposeProject } from './compose/readCompose';
import type { MapTree, Place, Tree } from './compose/tree';
import { get } from './compose/tree';
import type { Ledger } from './ledger';
import type { Names } from './names';

/** What all parts of an import of compose files work on. */
export interface ComposeContext {
  readonly project: ComposeProject;
  readonly files: Pick<Files, 'read' | 'list'>;
  readonly ledger: Ledger;
  readonly names: Names;
  readonly nodes: WorkflowNode[];
  readonly edges: WorkflowEdge[];
  /** Every entry of `links` in the project. */
  readonly linked: readonly Tree[];
  /** Node ids of what is shared between services, by its compose name. */
  readonly claims: Map<string, string>;
  readonly configs: Map<string, string>;
  readonly secrets: Map<string, string>;
}

/** One service on its way to a workload. */
export interface ServiceContext extends ComposeContext {
  /** As compose calls it. */
  readonly service: string;
  /** Where it stands: `services` or `jobs`. */
  readonly section: string;
  readonly tree: MapTree;
  /** The workload's node id and object name. */
  readonly id: string;
  /** The workload's fields, which the parts fill. */
  readonly data: Record<string, JsonValue>;
  readonly kind: 'deployment' | 'statefulset' | 'daemonset' | 'job' | 'cronjob';
  /** Variables with secrets, which the workload takes from its Secret. */
  readonly secretKeys: Set<string>;
}

export function pathOf({ section, service }: Pick<ServiceContext, 'section' | 'service'>, ...keys: readonly string[]): string {
  return [section, service, ...keys].join('.');
}

/** A value of the service that is taken over as a whole: it counts as carried. */
export function take(context: ServiceContext, ...keys: readonly string[]): Tree | undefined {
  const found = get(context.tree, ...keys);
  context.ledger.carry(found);
  return found;
}

export function tell(context: ServiceContext, kind: 'lost' | 'changed' | 'note', tree: Tree, keys: readonly string[], reason: string, todo: string): void {
  context.ledger.tell(kind, tree, pathOf(context, ...keys), reason, todo);
}
export function tellAt(context: ServiceContext, kind: 'lost' | 'changed' | 'note', at: Place, keys: readonly string[], reason: string, todo: string): void {
  context.ledger.tellAt(kind, at, pathOf(context, ...keys), reason, todo);
}

/** An object of the entries that have a value; undefined when none has. */
export function objectOf(entries: Readonly<Record<string, JsonValue | undefined>>): JsonObject | undefined {
  const made = jsonObject();
  for (const [key, value] of Object.entries(entries)) if (value !== undefined) made[key] = value;
  return Object.keys(made).length === 0 ? undefined : made;
}

export function setFields(data: Record<string, JsonValue>, entries: Readonly<Record<string, JsonValue | undefined>>): void {
  for (const [key, value] of Object.entries(entries)) if (value !== undefined) data[key] = value;
}

export function addTo(data: Record<string, JsonValue>, field: string, value: JsonValue): void {
  const there = data[field];
  data[field] = Array.isArray(there) ? [...(there as readonly JsonValue[]), value] : [value];
}

/** A node's data: its `name` is left out where it is the id. */
export function addNode(context: ComposeContext, id: string, type: string, name: string, data: Readonly<Record<string, JsonValue | undefined>>): void {
  context.nodes.push({ id, type, data: objectOf({ name: name === id ? undefined : name, ...data }) ?? jsonObject() });
}
