import type { Document, Node, Pair, Scalar } from 'yaml';
import { Composer, isAlias, isMap, isPair, isScalar, isSeq } from 'yaml';
import { failure } from '../../../shared/problem';
import { LineIndex } from '../../document/lineIndex';
import { tokensOf } from '../../manifestObjects';
import { invalid, refused } from './composeFailure';
import type { Entry, ListTree, MapTree, Place, ScalarTree, Tree } from './tree';
import { scalar } from './tree';

/** One document of a compose file: its tree, and the paths that `!reset` and `!override` clear in what earlier files say. */
export interface ComposeDocument {
  readonly root: Tree;
  readonly resets: readonly (readonly string[])[];
}

/** Longest compose file that is read, in characters; beyond it no person wrote it. */
export const maxComposeCharacters = 1_000_000;
/** Lines and documents of a file: what is longer was not written to be read. */
const maxLines = 25_000;
const maxDocuments = 100;
/** How many values a document may have once its aliases stand for what they mean; compose itself draws the line here. */
const maxValues = 100_000;

/**
 * Reads the documents of a compose file.
 * @throws ProblemError for broken YAML, one that is too large or too deep, and one whose aliases stand for too much
 */
export function readComposeText(text: string, file: string): readonly ComposeDocument[] {
  if (text.length > maxComposeCharacters) throw failure('compose.tooLarge', { file, size: String(text.length), limit: String(maxComposeCharacters) });
  const count = linesIn(text, maxLines);
  if (count > maxLines) throw failure('compose.tooManyLines', { file, limit: String(maxLines) });
  const lines = new LineIndex(text);
  const place = (offset: number): Place => {
    const { line, character } = lines.positionAt(offset);
    return { file, line: line + 1, column: character + 1 };
  };
  const composer = new Composer({ schema: 'failsafe', version: '1.2', merge: false, uniqueKeys: false, keepSourceTokens: false, logLevel: 'silent' });
  // The composer makes an Error for each finding; the first one ends the reading.
  Object.assign(composer, {
    onError: (source: number | readonly number[] | { readonly offset: number }, code: string, message: string, warning?: boolean): void => {
      if (warning === true || code === 'TAG_RESOLVE_FAILED') return;
      const offset = typeof source === 'number' ? source : Array.isArray(source) ? Number(source[0]) : (source as { readonly offset: number }).offset;
      throw refused('compose.syntax', place(offset), { detail: message });
    },
  });
  const made: ComposeDocument[] = [];
  for (const document of composer.compose(tokensOf(text), true, text.length)) {
    // The one finding that is no call back: an alias without an anchor is found when it is followed.
    const reading = new Reading(document, place);
    const root = reading.treeOf(document.contents, [], place(0));
    if (root !== undefined) made.push({ root, resets: reading.resets });
    if (made.length > maxDocuments) throw invalid(root?.at ?? place(0), `a compose file may have ${maxDocuments} documents`);
  }
  return made;
}

/** Counted no further than to what is one too many. */
function linesIn(text: string, most: number): number {
  let count = 1;
  for (let at = text.indexOf('\n'); at >= 0 && count <= most; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}

class Reading {
  readonly resets: string[][] = [];
  readonly #document: Document.Parsed;
  readonly #place: (offset: number) => Place;
  readonly #open = new Set<unknown>();
  #anchors: Map<string, Node> | undefined;
  #values = 0;

  constructor(document: Document.Parsed, place: (offset: number) => Place) {
    this.#document = document;
    this.#place = place;
  }

  /** Undefined for what `!reset` takes away. `path` leaves merge keys out. */
  treeOf(node: unknown, path: readonly string[], around: Place): Tree | undefined {
    this.#values += 1;
    const at = this.#at(node, around);
    if (this.#values > maxValues) throw refused('compose.aliasLimit', at, { limit: String(maxValues) });
    if (isAlias(node)) {
      const target = this.#anchor(node.source, at);
      if (this.#open.has(target)) throw invalid(at, `"*${node.source}" stands for a part that it is itself in`);
      return this.#within(target, () => this.treeOf(target, path, at));
    }
    const tag = tagOf(node);
    if (tag === '!reset') {
      this.resets.push([...path]);
      return undefined;
    }
    if (tag === '!override') this.resets.push([...path]);
    if (isMap(node)) return this.#within(node, () => this.#map(node.items, path, at));
    if (isSeq(node)) return this.#within(node, () => this.#list(node.items, path, at));
    return isScalar(node) ? scalarOf(node, at) : scalar(null, at);
  }

  #within<T>(node: unknown, make: () => T): T {
    if (this.#open.has(node)) return make();
    this.#open.add(node);
    try {
      return make();
    } finally {
      this.#open.delete(node);
    }
  }

  #list(items: readonly unknown[], path: readonly string[], at: Place): ListTree {
    const made: Tree[] = [];
    items.forEach((item, index) => {
      const value = this.treeOf(item, [...path, String(index)], at);
      if (value !== undefined) made.push(value);
    });
    return { kind: 'list', at, items: made };
  }

  #map(items: readonly unknown[], path: readonly string[], at: Place): MapTree {
    const entries = new Map<string, Entry>();
    const lines = new Map<string, number>();
    const merged: MapTree[] = [];
    for (const pair of items) {
      if (!isPair(pair)) continue;
      const { key, keyAt } = this.#key(pair, at);
      const before = lines.get(key);
      if (before !== undefined) throw invalid(keyAt, `the key "${key}" stands in line ${before} already`);
      lines.set(key, keyAt.line);
      if (key === '<<') merged.push(...this.#mergedMaps(pair.value, path, keyAt));
      else {
        const value = this.treeOf(pair.value, [...path, key], keyAt);
        if (value !== undefined) entries.set(key, { at: keyAt, value });
      }
    }
    for (const source of merged) for (const [key, entry] of source.entries) if (!entries.has(key)) entries.set(key, { ...entry });
    return { kind: 'map', at, entries };
  }

  #mergedMaps(node: unknown, path: readonly string[], at: Place): readonly MapTree[] {
    const value = this.treeOf(node, path, at);
    const sources = value?.kind === 'list' ? value.items : value === undefined ? [] : [value];
    return sources.map((source) => {
      if (source.kind !== 'map') throw invalid(at, '"<<" takes a map or a list of maps');
      return source;
    });
  }

  #key(pair: Pair, around: Place): { readonly key: string; readonly keyAt: Place } {
    let { key } = pair;
    const keyAt = this.#at(key, around);
    if (isAlias(key)) key = this.#anchor(key.source, keyAt);
    if (key === null || isScalar(key)) {
      const value = key === null ? scalar(null, keyAt) : scalarOf(key, keyAt);
      if (typeof value.value === 'string') return { key: value.value, keyAt };
    }
    throw invalid(keyAt, 'a key must be a text: put it in quotes');
  }

  #anchor(name: string, at: Place): Node {
    if (this.#anchors === undefined) this.#anchors = anchorsOf(this.#document.contents);
    const found = this.#anchors.get(name);
    if (found === undefined) throw invalid(at, `"*${name}" names no anchor`);
    return found;
  }

  #at(node: unknown, around: Place): Place {
    const range = typeof node === 'object' && node !== null && 'range' in node ? (node.range as readonly number[] | undefined) : undefined;
    return range?.[0] === undefined ? around : this.#place(range[0]);
  }
}

function anchorsOf(root: unknown): Map<string, Node> {
  const found = new Map<string, Node>();
  const walk = (node: unknown): void => {
    if (isPair(node)) {
      walk(node.key);
      walk(node.value);
      return;
    }
    if (!isMap(node) && !isSeq(node) && !isScalar(node)) return;
    if (node.anchor !== undefined && !found.has(node.anchor)) found.set(node.anchor, node);
    if (!isScalar(node)) for (const item of node.items) walk(item);
  };
  walk(root);
  return found;
}

function tagOf(node: unknown): string | undefined {
  return typeof node === 'object' && node !== null && 'tag' in node && typeof node.tag === 'string' ? node.tag : undefined;
}

/** What Go's YAML makes of a scalar: YAML 1.2 with the octal numbers of 1.1, and with words such as `yes` left as texts. */
function scalarOf(node: Scalar, at: Place): ScalarTree {
  const { source = '', value } = node;
  const tag = tagOf(node);
  const plain = node.type === 'PLAIN';
  // The schema is YAML's failsafe one, which knows texts only.
  const text = typeof value === 'string' ? value : '';
  if (tag === 'tag:yaml.org,2002:str' || tag === '!') return scalar(text, at);
  const isTyped = tag?.startsWith('tag:yaml.org,2002:') === true;
  if (!plain && !isTyped) return scalar(text, at);
  return scalar(plainValue(plain ? source : text, text), at);
}

function plainValue(source: string, text: string): string | number | boolean | null {
  if (/^(?:|~|null|Null|NULL)$/.test(source)) return null;
  if (/^(?:true|True|TRUE)$/.test(source)) return true;
  if (/^(?:false|False|FALSE)$/.test(source)) return false;
  if (!/^[-+.0-9]/.test(source)) return text;
  if (/^[-+]?\.(?:inf|Inf|INF)$/.test(source)) return source.startsWith('-') ? -Infinity : Infinity;
  if (/^\.(?:nan|NaN|NAN)$/.test(source)) return NaN;
  const bare = source.replaceAll('_', '');
  const integer = /^([-+]?)(?:0x([0-9a-fA-F]+)|0b([01]+)|0o?([0-7]+)|(0|[1-9][0-9]*))$/.exec(bare);
  if (integer !== null) {
    const [, sign, hex, binary, octal, decimal = ''] = integer;
    const size =
      hex !== undefined ? parseInt(hex, 16) : binary !== undefined ? parseInt(binary, 2) : octal !== undefined ? parseInt(octal, 8) : Number(decimal);
    return sign === '-' ? -size : size;
  }
  if (/^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/.test(bare)) return Number(bare);
  return text;
}
