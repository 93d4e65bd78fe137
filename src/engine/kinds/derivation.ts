import type { CatalogKind } from '../../shared/catalog';
import type { DerivedLink } from '../../shared/derivedLink';
import type { JsonObject, JsonPath, JsonValue } from '../../shared/json';
import { jsonObject, sameJson, valueAt } from '../../shared/json';
import type { WorkflowEdge, WorkflowNode } from '../../shared/workflow';
import { defaultOf } from './defaults';

/** An authored value and an edge disagree. The authored value counts. */
export interface Contradiction {
  readonly nodeId: string;
  readonly path: JsonPath;
  readonly authored: JsonValue;
  readonly derived: JsonValue;
  /** The node that the edge goes to. */
  readonly other: string;
  readonly edge: WorkflowEdge;
}

/** The edge that gives a value, and its other end, where the value comes from. */
export interface DerivingSource {
  readonly edge: WorkflowEdge;
  readonly other: DerivingNode;
}

/** A node while its relations are worked out. */
export interface DerivingNode {
  readonly node: WorkflowNode;
  readonly kind: CatalogKind;
  /** Name of the object it makes. */
  readonly name: string;
}

/** One edge between two nodes that exist, with a relation that their kinds allow. */
export interface DerivingEdge {
  readonly edge: WorkflowEdge;
  readonly from: DerivingNode;
  readonly to: DerivingNode;
}

/**
 * Collects what edges say about nodes. An authored value is never overwritten, the first edge in the file that gives a value
 * wins, and whoever says something else is remembered as a contradiction.
 */
export class Derivation {
  readonly derived: Record<string, Record<string, JsonValue>> = Object.create(null) as Record<string, Record<string, JsonValue>>;
  readonly contradictions: Contradiction[] = [];
  /** Where each of those values comes from, in the order in which they were found. */
  readonly links: DerivedLink[] = [];
  readonly #edges: readonly WorkflowEdge[];

  constructor(edges: readonly WorkflowEdge[]) {
    this.#edges = edges;
  }

  /** The handles of a node that edges leave. */
  handlesOf(nodeId: string): ReadonlySet<string> {
    return new Set(this.#edges.flatMap((edge) => (edge.from === nodeId && edge.handle !== undefined ? [edge.handle] : [])));
  }

  /** Authored data with what is derived so far. */
  dataOf(node: WorkflowNode): JsonObject {
    const derived = this.derived[node.id];
    return derived === undefined ? node.data : jsonObject([...Object.entries(node.data), ...Object.entries(derived)]);
  }

  /** The value that counts so far: authored or derived, else the kind's default. A null counts as none. */
  valueOf(deriving: DerivingNode, field: string): JsonValue | undefined {
    const value = valueAt(this.dataOf(deriving.node), [field]);
    return value === undefined ? defaultOf(deriving.kind.fields, field) : (value ?? undefined);
  }

  /** Gives a top-level field a value, unless it has one. */
  offer(to: DerivingNode, field: string, value: JsonValue | undefined, source: DerivingSource): void {
    if (value === undefined) return;
    const present = valueAt(this.dataOf(to.node), [field]);
    if (isEmpty(present)) this.set(to, field, value, source);
    else this.compare(to.node.id, [field], present, value, source);
  }

  /** Gives a field a value whatever it has. With a source it is told where the value, or the part of it at `path`, comes from. */
  set(to: DerivingNode, field: string, value: JsonValue, source?: DerivingSource, path: JsonPath = [field]): void {
    (this.derived[to.node.id] ??= jsonObject())[field] = value;
    if (source !== undefined) this.link(to, path, valueAt(jsonObject([[field, value]]), path) ?? null, source);
  }

  /** One more item behind those that a list of the file, and edges before this one, have. */
  append(to: DerivingNode, field: string, items: readonly JsonValue[], item: JsonValue, source: DerivingSource): void {
    this.set(to, field, [...items, item], source, [field, items.length]);
  }

  link(to: DerivingNode, path: JsonPath, value: JsonValue, { other }: DerivingSource): void {
    this.links.push({ nodeId: to.node.id, type: to.node.type, path, value, source: other.node.id, sourceType: other.node.type });
  }

  /** The value that a link gave stands in another place from now on. */
  moveLink(to: DerivingNode, path: JsonPath, newPath: JsonPath, value: JsonValue): void {
    const index = this.links.findIndex((link) => link.nodeId === to.node.id && sameJson([...link.path], [...path]));
    const link = this.links[index];
    if (link !== undefined) this.links[index] = { ...link, path: newPath, value };
  }

  compare(nodeId: string, path: JsonPath, present: JsonValue, value: JsonValue, { edge, other }: DerivingSource): void {
    // A port by its name says nothing about its number.
    if (typeof present === typeof value && !sameJson(present, value))
      this.contradictions.push({ nodeId, path, authored: present, derived: value, edge, other: other.node.id });
  }
}

/** Whether a relation may fill it in. */
export function isEmpty(value: JsonValue | undefined): value is undefined | null | '' {
  return value === undefined || value === null || (typeof value === 'string' && value.trim() === '');
}
