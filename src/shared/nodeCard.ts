import type { Catalog, CatalogField, CatalogKind } from './catalog';
import { handleOfItem, handlesOf, kindOf } from './catalog';
import type { JsonObject, JsonValue } from './json';
import { isJsonObject, valueAt } from './json';
import type { WorkflowNode } from './workflow';

/**
 * What the card of a node shows and how large it is, in canvas pixels. Sizes follow from the data alone, never from
 * measuring, so that the layout engine and the canvas agree and edges can be drawn before a card was ever mounted.
 */
export interface NodeCard {
  readonly width: number;
  readonly height: number;
  readonly rows: readonly CardRow[];
  readonly sources: readonly CardHandle[];
  /** Middle of the target handle, from the top of the card. */
  readonly targetY: number;
}

export interface CardRow {
  readonly field: string;
  readonly label: string;
  readonly value: string;
  /** How many entries a list or map has. */
  readonly count?: number;
  /** `derived` comes from an edge, `default` from the kind; neither stands in the file. */
  readonly origin: 'authored' | 'derived' | 'default';
}

export interface CardHandle {
  /** What an edge's `handle` names; undefined for the only source of a card. */
  readonly id: string | undefined;
  readonly label: string;
  /** What else tells it apart, such as the address of a path. */
  readonly detail: string;
  /** Middle of the handle, from the top of the card. */
  readonly y: number;
}

export const cardWidth = 248;
export const cardHeaderHeight = 56;
export const cardRowHeight = 22;
/** Space above and below the rows together. */
export const cardRowsPadding = 14;
export const cardFooterHeight = 30;
const maxRows = 4;

function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function scalarText(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

/** The words of a list's or map's entries: names before values, since values may be long. */
function entryNames(value: readonly JsonValue[] | JsonObject): readonly string[] {
  if (!isList(value)) return Object.keys(value);
  return value.map((item) => {
    if (!isJsonObject(item)) return scalarText(item) ?? '…';
    const first = item['name'] ?? item['path'] ?? item['id'] ?? item['port'] ?? item['resources'] ?? Object.values(item)[0];
    return (isList(first) ? first.flatMap((word) => scalarText(word) ?? []).join(' ') : scalarText(first)) || '…';
  });
}

function rowOf(node: WorkflowNode, kind: CatalogKind, name: string, derived: Readonly<Record<string, JsonValue>> | undefined): CardRow | undefined {
  const steps = name.split('.');
  const field = fieldAt(kind.fields, steps);
  const authored = valueAt(node.data, steps);
  const fromEdge = derived !== undefined && Object.hasOwn(derived, name) ? derived[name] : undefined;
  // A key that is there and empty means "none", and keeps the default away.
  const value = authored === undefined ? (fromEdge ?? field?.default) : authored;
  // An edge may also say that there is none: an autoscaler takes a workload's replicas over.
  if (authored === undefined && fromEdge === null) return { field: name, label: field?.label ?? name, value: '—', origin: 'derived' };
  // What an edge would give keeps its line while there is none, so that connecting does not change a card's size.
  if (value === undefined && field?.derived === true) return { field: name, label: field.label, value: '—', origin: 'default' };
  if (value === undefined || value === null || value === '') return undefined;
  const origin = authored !== undefined ? 'authored' : fromEdge !== undefined ? 'derived' : 'default';
  const label = field?.label ?? name;
  if (typeof value !== 'object') return { field: name, label, value: String(value), origin };
  // A whole object is known by its kind.
  if (isJsonObject(value) && typeof value['kind'] === 'string') return { field: name, label, value: kindText(value), origin };
  const names = entryNames(value);
  if (names.length === 0) return undefined;
  // Entries that have no name of their own, as the rules of a policy, are counted.
  const words = names.every((one) => one === '…') && field?.items !== undefined ? `${String(names.length)} × ${field.items.label}` : names.join(', ');
  return { field: name, label, value: words, count: names.length, origin };
}

function fieldAt(fields: readonly CatalogField[], [first, ...rest]: readonly string[]): CatalogField | undefined {
  const field = fields.find((candidate) => candidate.name === first);
  return rest.length === 0 || field === undefined ? field : fieldAt(field.fields ?? [], rest);
}

/** `LimitRange`, or `ClusterRole view` where it has a name. */
function kindText(object: JsonObject): string {
  const { kind, metadata } = object;
  const name = scalarText(object['name'] ?? (isJsonObject(metadata) ? metadata['name'] : undefined));
  return [scalarText(kind), name].filter((word) => word !== undefined).join(' ');
}

/** Host and path of a list's item, where it has them. */
function addressOf(item: JsonValue | undefined): string {
  if (!isJsonObject(item)) return '';
  return ['host', 'path'].map((key) => (typeof item[key] === 'string' ? item[key] : '')).join('');
}

/** The source handles a node has by its data, without their places. A kind with one plain handle has one without an id. */
function sourceNames(node: WorkflowNode, kind: CatalogKind | undefined): readonly (Omit<CardHandle, 'y'> & { readonly row: boolean })[] {
  const plain = kind?.handles.filter((handle) => handle.each === undefined && handle.when === undefined) ?? [];
  const each = kind?.handles.flatMap((handle) => (handle.each === undefined ? [] : [handle.each])) ?? [];
  const items = each.flatMap(({ field, key }) => {
    const list = Object.hasOwn(node.data, field) ? node.data[field] : undefined;
    return isList(list) ? list.map((item) => [handleOfItem(item, key), addressOf(item)] as const) : [];
  });
  const details = new Map(items);
  const taken = new Set<string>();
  const made = (kind === undefined || (plain.length === 1 && each.length === 0) ? [] : handlesOf(kind, node.data)).flatMap(({ id, label }) => {
    if (taken.has(id)) return [];
    taken.add(id);
    return [{ id, label, detail: details.get(id) ?? '', row: true }];
  });
  return made.length > 0 ? made : [{ id: undefined, label: plain[0]?.label ?? '', detail: '', row: false }];
}

/** Lays out the card of a node. `derived` holds the values that edges give this node; `kind` is undefined for an unknown type. */
export function nodeCard(node: WorkflowNode, kind: CatalogKind | undefined, derived?: Readonly<Record<string, JsonValue>>): NodeCard {
  const names = sourceNames(node, kind);
  const handleRows = names.filter((name) => name.row).length;
  const each = new Set(kind?.handles.map((handle) => handle.each?.field));
  const rows = (kind?.summary ?? [])
    .filter((name) => !each.has(name) || handleRows === 0)
    .slice(0, maxRows)
    .flatMap((name) => (kind === undefined ? [] : (rowOf(node, kind, name, derived) ?? [])));
  const rowsTop = cardHeaderHeight + cardRowsPadding / 2;
  const sources = names.map((name, index) => ({
    id: name.id,
    label: name.label,
    detail: name.detail,
    y: name.row ? rowsTop + (rows.length + index + 0.5) * cardRowHeight : cardHeaderHeight / 2,
  }));
  const lines = rows.length + handleRows;
  const height = cardHeaderHeight + (lines > 0 ? lines * cardRowHeight + cardRowsPadding : 0) + cardFooterHeight;
  return { width: cardWidth, height, rows, sources, targetY: cardHeaderHeight / 2 };
}

/** Size of a node's card by the catalog; what layout and placing need of it. */
export function cardSize(node: WorkflowNode, catalog: Catalog): { readonly width: number; readonly height: number } {
  const { width, height } = nodeCard(node, kindOf(catalog, node.type));
  return { width, height };
}
