import type { JsonObject, JsonValue } from '../../shared/json';
import { jsonObject } from '../../shared/json';
import type { WorkflowEdge, WorkflowNode } from '../../shared/workflow';
import type { SourceRange } from '../../shared/importPreview';
import type { Files } from '../ports';
import type { Choices } from './choices';
import type { ComposeProject } from './compose/readCompose';
import type { MapTree, Place, Tree } from './compose/tree';
import { get } from './compose/tree';
import type { Ledger } from './ledger';
import type { Names } from './names';
import type { SourceLines } from './sourceRanges';

/** What all parts of an import of compose files work on. */
export interface ComposeContext {
  readonly project: ComposeProject;
  readonly files: Pick<Files, 'read' | 'list'>;
  readonly ledger: Ledger;
  readonly names: Names;
  readonly choices: Choices;
  readonly lines: SourceLines;
  /** The lines that each node was made of. */
  readonly sources: Map<string, readonly SourceRange[]>;
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
  /** Where its key stands. */
  readonly at: Place;
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

/** Where a node comes from: what begins at a place, with the values that it is made of. */
export interface Source {
  readonly at: Place;
  readonly trees: readonly (Tree | undefined)[];
}

/** A node's data: its `name` is left out where it is the id. */
export function addNode(
  context: ComposeContext,
  id: string,
  type: string,
  name: string,
  data: Readonly<Record<string, JsonValue | undefined>>,
  { at, trees }: Source,
): void {
  context.nodes.push({ id, type, data: objectOf({ name: name === id ? undefined : name, ...data }) ?? jsonObject() });
  context.sources.set(id, context.lines.of(at, ...trees));
}

/** A key of the service as the source of a node; the service itself where it has no such key. */
export function sourceOf(context: ServiceContext, key?: string): Source {
  const entry = key === undefined ? undefined : context.tree.entries.get(key);
  return entry === undefined ? { at: context.at, trees: [context.tree] } : { at: entry.at, trees: [entry.value] };
}
