import type { JsonObject, JsonValue } from './json';
import { isJsonObject } from './json';

export const fieldTypes = ['string', 'text', 'number', 'boolean', 'select', 'object', 'array', 'map'] as const;
export type FieldType = (typeof fieldTypes)[number];

/** Which rule beyond its type a value obeys; the checks live in the engine. */
export type FieldFormat =
  | 'name'
  | 'image'
  | 'port'
  | 'cpu'
  | 'memory'
  | 'quantity'
  | 'path'
  | 'host'
  | 'key'
  | 'label'
  | 'portName'
  | 'amount'
  | 'mode'
  | 'schedule'
  | 'timeZone';

/** One field of a kind, as `metadata.yaml` declares it: the only source of checks, forms, schema, completion and documentation. */
export interface CatalogField {
  /** The key in the node's map. */
  readonly name: string;
  readonly label: string;
  readonly description: string;
  readonly type: FieldType;
  readonly required: boolean;
  readonly default?: JsonValue;
  readonly options?: readonly { readonly value: string | number | boolean; readonly label: string }[];
  readonly min?: number;
  readonly max?: number;
  /** Whole numbers only. */
  readonly integer?: boolean;
  readonly format?: FieldFormat;
  /** A string is accepted where a number is usual (a port by its name). */
  readonly orString?: boolean;
  /** A map is accepted where text is usual, as older files write it; its text is the value of this key. */
  readonly orMapWith?: string;
  /** Shown only while another field of the same level has one of these values. */
  readonly dependsOn?: { readonly field: string; readonly values: readonly JsonValue[] };
  /** An object of any structure, written as the API has it; what it becomes is checked against the API's structure. With `fields` it has a form. */
  readonly free?: boolean;
  /** Fields of an object. */
  readonly fields?: readonly CatalogField[];
  /** What an array or map holds. */
  readonly items?: CatalogField;
  /** Filled in by a relation when the file leaves it empty. */
  readonly derived?: boolean;
  /** A heading in the form that gathers related fields. */
  readonly section?: string;
  /** The map names a key of a Secret; a value written in its place does not belong in the file. */
  readonly secret?: boolean;
}

/** Which of the two ends of an edge is applied first; `none` orders nothing. */
export type RelationOrder = 'from-first' | 'to-first' | 'none';

/** One kind of edge that may leave a node of this kind. */
export interface CatalogRelation {
  /** `routes`, `forwards`, `mounts`, `scales`, `applies-to`, `depends-on`. */
  readonly relation: string;
  /** Types that may stand at the other end. */
  readonly to: readonly string[];
  readonly order: RelationOrder;
  readonly label: string;
}

/**
 * A source handle; `each` names an array field that gives one handle per item (an Ingress path), keyed by the item's `key` field;
 * items without it give none. A handle with `when` is there only while the node has that field.
 */
export interface CatalogHandle {
  readonly id: string;
  readonly label: string;
  readonly each?: { readonly field: string; readonly key: string; readonly label: string };
  readonly when?: string;
}

export interface CatalogKind {
  /** The word in a node's `type`. */
  readonly type: string;
  readonly displayName: string;
  readonly description: string;
  /** A codicon's name. */
  readonly icon: string;
  readonly category: string;
  readonly version: string;
  readonly tags: readonly string[];
  readonly usageFrequency: 'very-high' | 'high' | 'medium' | 'low';
  readonly difficulty: 'easy' | 'medium' | 'hard';
  /** Id that a new node gets, numbered when taken. */
  readonly defaultName: string;
  /** The kind of object that it makes. */
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /** The program that makes its objects at plan time; absent for kinds that a template renders. */
  readonly renderedBy?: 'helm' | 'kustomize';
  readonly fields: readonly CatalogField[];
  readonly handles: readonly CatalogHandle[];
  readonly relations: readonly CatalogRelation[];
  /** Where it came from: shipped, `.kubeorch/templates`, or a plugin. */
  readonly origin: 'core' | 'workspace' | 'plugin';
  /** Fields whose values a node card shows, in this order; `fields.size` is one inside a map. */
  readonly summary: readonly string[];
  /** Of a plugin: the definition on the cluster that its objects need, as the plugin's file names it. */
  readonly crd?: CustomDefinition;
}

export interface CustomDefinition {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly scope: 'Namespaced' | 'Cluster';
  /** Where to read how it is installed: an https address. */
  readonly docs?: string;
}

/** All kinds, sorted by type. */
export interface Catalog {
  readonly kinds: readonly CatalogKind[];
}

export function kindOf(catalog: Catalog, type: string): CatalogKind | undefined {
  return catalog.kinds.find((kind) => kind.type === type);
}

/** One place on a node's card where edges start. */
export interface NodeHandle {
  readonly id: string;
  readonly label: string;
}

/** The source handles of one node: the fixed ones, and one per item of an `each` handle; an item without its key gives none. */
export function handlesOf(kind: CatalogKind, data: JsonObject): readonly NodeHandle[] {
  return kind.handles.flatMap((handle) => {
    const { each, when } = handle;
    if (when !== undefined && (data[when] ?? null) === null) return [];
    if (each === undefined) return [{ id: handle.id, label: handle.label }];
    const items = Object.hasOwn(data, each.field) ? data[each.field] : undefined;
    if (!Array.isArray(items)) return [];
    return (items as readonly JsonValue[]).flatMap((item) => {
      const id = handleOfItem(item, each.key);
      return id === undefined ? [] : [{ id, label: textOf(item, each.label) ?? id }];
    });
  });
}

/** The handle of one item of an `each` handle: the value of its key. */
export function handleOfItem(item: JsonValue, key: string): string | undefined {
  return textOf(item, key);
}

function textOf(item: JsonValue, key: string): string | undefined {
  const value = isJsonObject(item) && Object.hasOwn(item, key) ? item[key] : undefined;
  return (typeof value === 'string' && value !== '') || typeof value === 'number' ? String(value) : undefined;
}

/** Every relation that an edge between these two types may have, in the order the metadata lists them. */
export function relationsBetween(catalog: Catalog, fromType: string, toType: string): readonly CatalogRelation[] {
  return kindOf(catalog, fromType)?.relations.filter((rule) => rule.to.includes(toType)) ?? [];
}

/** The relation of an edge: the one it names, else the only or first one its kinds allow; undefined when none fits. */
export function relationOfTypes(catalog: Catalog, fromType: string, toType: string, named?: string): CatalogRelation | undefined {
  const possible = relationsBetween(catalog, fromType, toType);
  return named === undefined ? possible[0] : possible.find((rule) => rule.relation === named);
}
