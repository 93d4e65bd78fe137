import type { CatalogKind } from '../../shared/catalog';
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
  offer(to: DerivingNode, field: string, value: JsonValue | undefined, source: { readonly edge: WorkflowEdge; readonly other: string }): void {
    if (value === undefined) return;
    const present = valueAt(this.dataOf(to.node), [field]);
    if (isEmpty(present)) this.set(to.node.id, field, value);
    else this.compare(to.node.id, [field], present, value, source);
  }

  set(nodeId: string, field: string, value: JsonValue): void {
    (this.derived[nodeId] ??= jsonObject())[field] = value;
  }

  compare(nodeId: string, path: JsonPath, present: JsonValue, value: JsonValue, source: { readonly edge: WorkflowEdge; readonly other: string }): void {
    // A port by its name says nothing about its number.
    if (typeof present === typeof value && !sameJson(present, value)) this.contradictions.push({ nodeId, path, authored: present, derived: value, ...source });
  }
}

/** Whether a relation may fill it in. */
export function isEmpty(value: JsonValue | undefined): value is undefined | null | '' {
  return value === undefined || value === null || (typeof value === 'string' && value.trim() === '');
}
