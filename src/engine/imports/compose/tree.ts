import type { JsonValue } from '../../../shared/json';
import { jsonObject } from '../../../shared/json';

/** Where something stands in a file of the project; line and column count from 1, as editors show them. */
export interface Place {
  /** Absolute in the project's terms, with `/` between folders. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/**
 * A value of a compose file that remembers where it was written, through merging and normalizing. Trees are changed in place while a
 * project is resolved; whoever keeps one takes a `cloneTree`.
 */
export type Tree = MapTree | ListTree | ScalarTree;

export interface MapTree {
  readonly kind: 'map';
  readonly at: Place;
  readonly entries: Map<string, Entry>;
}
export interface Entry {
  /** The key's own place. */
  readonly at: Place;
  value: Tree;
}
export interface ListTree {
  readonly kind: 'list';
  readonly at: Place;
  items: Tree[];
}
export interface ScalarTree {
  readonly kind: 'scalar';
  readonly at: Place;
  readonly value: string | number | boolean | null;
  /** The text with `$(NAME)` in place of what came from variables that hold secrets; absent when none did. */
  readonly masked?: string;
  /** The variables with secrets that the value was made of. */
  readonly secrets?: readonly string[];
}

export function scalar(value: ScalarTree['value'], at: Place): ScalarTree {
  return { kind: 'scalar', value, at };
}
export function list(items: Tree[], at: Place): ListTree {
  return { kind: 'list', items, at };
}
export function map(entries: readonly (readonly [string, Tree])[], at: Place): MapTree {
  return { kind: 'map', at, entries: new Map(entries.map(([key, value]) => [key, { at: value.at, value }])) };
}

export function isMap(tree: Tree | undefined): tree is MapTree {
  return tree?.kind === 'map';
}
export function isList(tree: Tree | undefined): tree is ListTree {
  return tree?.kind === 'list';
}
export function isText(tree: Tree | undefined): tree is ScalarTree & { readonly value: string } {
  return tree?.kind === 'scalar' && typeof tree.value === 'string';
}
export function isNull(tree: Tree | undefined): boolean {
  return tree?.kind === 'scalar' && tree.value === null;
}

export function get(tree: Tree | undefined, ...keys: readonly string[]): Tree | undefined {
  let at = tree;
  for (const key of keys) at = isMap(at) ? at.entries.get(key)?.value : undefined;
  return at;
}
export function set(tree: MapTree, key: string, value: Tree, at: Place = value.at): void {
  const entry = tree.entries.get(key);
  if (entry === undefined) tree.entries.set(key, { at, value });
  else entry.value = value;
}
/** The text of a scalar; undefined for everything else and for null. */
export function textOf(tree: Tree | undefined): string | undefined {
  return tree?.kind === 'scalar' && tree.value !== null ? goText(tree.value) : undefined;
}
export function numberOf(tree: Tree | undefined): number | undefined {
  return tree?.kind === 'scalar' && typeof tree.value === 'number' ? tree.value : undefined;
}
export function itemsOf(tree: Tree | undefined): readonly Tree[] {
  return isList(tree) ? tree.items : [];
}
export function entriesOf(tree: Tree | undefined): readonly (readonly [string, Entry])[] {
  return isMap(tree) ? [...tree.entries] : [];
}

export function cloneTree(tree: Tree): Tree {
  if (tree.kind === 'scalar') return tree;
  if (tree.kind === 'list') return list(tree.items.map(cloneTree), tree.at);
  return { kind: 'map', at: tree.at, entries: new Map([...tree.entries].map(([key, { at, value }]) => [key, { at, value: cloneTree(value) }])) };
}

export function sameTree(a: Tree, b: Tree): boolean {
  if (a.kind === 'scalar') return b.kind === 'scalar' && a.value === b.value;
  if (a.kind === 'list')
    return b.kind === 'list' && a.items.length === b.items.length && a.items.every((item, index) => sameTree(item, b.items[index] as Tree));
  if (b.kind !== 'map' || a.entries.size !== b.entries.size) return false;
  return [...a.entries].every(([key, { value }]) => {
    const other = b.entries.get(key);
    return other !== undefined && sameTree(value, other.value);
  });
}

export function toJson(tree: Tree): JsonValue {
  if (tree.kind === 'scalar') return tree.value;
  if (tree.kind === 'list') return tree.items.map(toJson);
  return jsonObject([...tree.entries].map(([key, { value }]) => [key, toJson(value)] as const));
}

/** A scalar as Go's `fmt.Sprint` writes it, which decides what a number becomes where a text is wanted. */
export function goText(value: string | number | boolean | null): string {
  if (typeof value !== 'number') return value === null ? '' : String(value);
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
  if (Object.is(value, -0)) return '-0';
  const size = Math.abs(value);
  // Go turns to exponents outside of 1e-4 … 1e21, and writes at least two digits of them; whole numbers are ints there and never do.
  if (Number.isSafeInteger(value) || (size >= 1e-4 && size < 1e21)) return String(value);
  return value.toExponential().replace(/e([-+])(\d)$/, 'e$10$2');
}

/** A table by path patterns, in which `*` stands for any key and `[]` for any item of a list. */
export class PathTable<T> {
  readonly #root: PathStep<T> = { next: new Map() };

  constructor(rows: Iterable<readonly [pattern: string, value: T]>) {
    for (const [pattern, value] of rows) {
      let at = this.#root;
      for (const part of pattern.split('.')) {
        let next = at.next.get(part);
        if (next === undefined) at.next.set(part, (next = { next: new Map() }));
        at = next;
      }
      at.value = value;
    }
  }

  find(path: readonly string[]): T | undefined {
    return find(this.#root, path, 0);
  }
}

interface PathStep<T> {
  readonly next: Map<string, PathStep<T>>;
  value?: T;
}

function find<T>(step: PathStep<T>, path: readonly string[], index: number): T | undefined {
  const part = path[index];
  if (part === undefined) return step.value;
  const exact = step.next.get(part);
  const found = exact === undefined ? undefined : find(exact, path, index + 1);
  if (found !== undefined) return found;
  const any = step.next.get('*');
  return any === undefined ? undefined : find(any, path, index + 1);
}
