import type { CST, Document, Pair, ParsedNode, Scalar, YAMLMap, YAMLSeq } from 'yaml';
import { isAlias, isMap, isPair, isScalar, isSeq } from 'yaml';
import type { JsonPath, JsonValue } from '../../shared/json';
import { isJsonObject, jsonObject } from '../../shared/json';
import { maxAliasValues, maxDepth, maxFindings } from './yamlOptions';
import type { SourceFinding } from './yamlSource';

export type YamlStyle = 'none' | 'plain' | 'single' | 'double' | 'literal' | 'folded' | 'flow' | 'block';

/** A value with its exact place. Ends are those of the content: without trailing spaces, comments and line breaks. */
export interface YamlNode {
  readonly kind: 'map' | 'seq' | 'scalar' | 'alias' | 'empty';
  readonly style: YamlStyle;
  /** Where the value begins; an anchor and a tag stand before it, from `propsStart`. */
  readonly start: number;
  readonly end: number;
  readonly propsStart: number;
  readonly anchor: string | undefined;
  readonly isTagged: boolean;
  readonly json: JsonValue;
  /** A scalar as it is written, without quotes and escapes; the name of an alias. */
  readonly source: string;
  readonly entries: readonly YamlEntry[];
  readonly items: readonly YamlItem[];
  /** Values in it, each alias counted with all that it stands for. */
  readonly size: number;
  readonly height: number;
}

export interface YamlEntry {
  readonly key: string;
  /** The key's own characters, quotes included. */
  readonly keyStart: number;
  readonly keyEnd: number;
  /** Where the entry begins: before an anchor, a tag or a `?` of the key. */
  readonly start: number;
  /** After the colon; where there is none (a key alone in a flow map), after the key. */
  readonly colonEnd: number;
  readonly hasColon: boolean;
  readonly isMerge: boolean;
  readonly value: YamlNode;
  readonly end: number;
}

export interface YamlItem {
  /** The dash of a block sequence, the value (with anchor and tag) of a flow sequence. */
  readonly start: number;
  /** After the dash. */
  readonly dashEnd: number;
  readonly value: YamlNode;
  readonly end: number;
}

/** What a tree is made of. */
export interface TreeParts {
  readonly root: YamlNode | undefined;
  readonly findings: readonly SourceFinding[];
  /** Plain scalars, at most `maxFindings`, that YAML 1.1 and 1.2 read differently. */
  readonly ambiguous: readonly AmbiguousScalar[];
  /** Names of anchors that some alias uses. */
  readonly usedAnchors: ReadonlySet<string>;
}

/** What the tree of a document that stands `depth` levels deep in its file is made of. `hasAnchors`: parts of it may be meant elsewhere. */
export function partsOf(document: Document.Parsed | undefined, text: string, depth = 0): TreeParts & { readonly hasAnchors: boolean } {
  const builder = new TreeBuilder(text);
  const root = document?.contents === undefined || document.contents === null ? undefined : builder.node(document.contents, [], 0, depth);
  const { findings, ambiguous, usedAnchors, hasAnchors } = builder;
  return { root, findings, ambiguous, usedAnchors, hasAnchors };
}

/** The tree of a text, with the lookups that diagnostics and edits need. */
export class YamlTree implements TreeParts {
  readonly root: YamlNode | undefined;
  readonly findings: readonly SourceFinding[];
  readonly ambiguous: readonly AmbiguousScalar[];
  readonly usedAnchors: ReadonlySet<string>;
  readonly #indexes = new WeakMap<YamlNode, ReadonlyMap<string, YamlEntry>>();

  constructor({ root, findings, ambiguous, usedAnchors }: TreeParts) {
    this.root = root;
    this.findings = findings;
    this.ambiguous = ambiguous;
    this.usedAnchors = usedAnchors;
  }

  /** The entry that gives a map its value for `key`: the last one where a key stands twice. */
  entryOf(map: YamlNode, key: string): YamlEntry | undefined {
    if (map.entries.length < 16) return map.entries.findLast((entry) => entry.key === key && !entry.isMerge);
    let index = this.#indexes.get(map);
    if (index === undefined) {
      index = new Map(map.entries.filter((entry) => !entry.isMerge).map((entry) => [entry.key, entry]));
      this.#indexes.set(map, index);
    }
    return index.get(key);
  }

  /** What stands at a path of the text's own tree; undefined where the value comes out of an alias or a merge key. */
  at(path: JsonPath): { readonly node: YamlNode; readonly entry?: YamlEntry; readonly item?: YamlItem } | undefined {
    if (this.root === undefined) return undefined;
    let found: { readonly node: YamlNode; readonly entry?: YamlEntry; readonly item?: YamlItem } = { node: this.root };
    for (const step of path) {
      if (typeof step === 'string') {
        const entry = found.node.kind === 'map' ? this.entryOf(found.node, step) : undefined;
        if (entry === undefined) return undefined;
        found = { node: entry.value, entry };
      } else {
        const item = found.node.items[step];
        if (item === undefined) return undefined;
        found = { node: item.value, item };
      }
    }
    return found;
  }

  /** The path of the innermost value or key that holds an offset. */
  pathAt(offset: number): JsonPath {
    const path: (string | number)[] = [];
    let at = this.root;
    while (at !== undefined) {
      const entry = at.entries.find((one) => one.start <= offset && offset <= one.end);
      const index = at.items.findIndex((one) => one.start <= offset && offset <= one.end);
      if (entry !== undefined) {
        path.push(entry.key);
        at = entry.value;
      } else {
        if (index >= 0) path.push(index);
        at = at.items[index]?.value;
      }
    }
    return path;
  }
}

export interface AmbiguousScalar {
  readonly node: YamlNode;
  readonly meaning: string;
  readonly other: string;
}

type Tokens = readonly CST.SourceToken[];
/** A node while it is built. */
type Draft = { -readonly [K in keyof YamlNode]: YamlNode[K] };

class TreeBuilder {
  readonly findings: SourceFinding[] = [];
  readonly ambiguous: AmbiguousScalar[] = [];
  readonly usedAnchors = new Set<string>();
  readonly #text: string;
  readonly #anchors = new Map<string, YamlNode>();
  #aliasValues = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get hasAnchors(): boolean {
    return this.#anchors.size > 0 || this.usedAnchors.size > 0;
  }

  /** `before` are the tokens between the key, dash or bracket and the value; `after` is where an empty value stands. */
  node(node: unknown, before: Tokens, after: number, depth: number): YamlNode {
    const props = before.filter((token) => token.type === 'anchor' || token.type === 'tag');
    const propsEnd = props.reduce((end, token) => Math.max(end, token.offset + token.source.length), after);
    const made = this.#value(node, propsEnd, depth);
    const first = props[0]?.offset;
    if (first !== undefined && first < made.start) made.propsStart = first;
    if (!isAlias(node) && isNode(node) && node.anchor !== undefined) {
      made.anchor = node.anchor;
      this.#anchors.set(node.anchor, made);
    }
    made.isTagged = props.some((token) => token.type === 'tag');
    return made;
  }

  #value(node: unknown, emptyAt: number, depth: number): Draft {
    if (isMap(node)) return this.#map(node as YAMLMap.Parsed, depth);
    if (isSeq(node)) return this.#seq(node as YAMLSeq.Parsed, depth);
    if (isAlias(node)) return this.#alias(node.source, node.range?.[0] ?? emptyAt, node.range?.[1] ?? emptyAt, depth);
    if (isScalar(node)) return this.#scalar(node as Scalar.Parsed, emptyAt);
    return leaf('empty', 'none', emptyAt, emptyAt, null, '');
  }

  #scalar(scalar: Scalar.Parsed, emptyAt: number): Draft {
    const source = scalar.source ?? '';
    const [start, rawEnd] = scalar.range;
    if (scalar.type === 'PLAIN' && source === '' && rawEnd === start) return leaf('empty', 'none', emptyAt, emptyAt, plainJson(scalar.value, source), '');
    const style = styleOf(scalar.type);
    let end = rawEnd;
    if (style === 'literal' || style === 'folded') {
      if (this.#text[end - 1] === '\n') end -= 1;
      if (this.#text[end - 1] === '\r') end -= 1;
    }
    const made = leaf('scalar', style, start, Math.max(start, end), plainJson(scalar.value, source), source);
    if (style === 'plain' && this.ambiguous.length < maxFindings) {
      const found = ambiguityOf(source, scalar.value);
      if (found !== undefined) this.ambiguous.push({ node: made, ...found });
    }
    return made;
  }

  #alias(name: string, start: number, end: number, depth: number): Draft {
    const target = this.#anchors.get(name);
    this.usedAnchors.add(name);
    if (target === undefined) {
      this.#find({ code: 'yaml.unresolvedAlias', args: { name }, severity: 'error', start, end });
      return leaf('alias', 'plain', start, end, null, name);
    }
    const counted = this.#count(target.size, start, end) && this.#fits(depth + target.height, start, end);
    if (!counted) return leaf('alias', 'plain', start, end, null, name);
    return { ...leaf('alias', 'plain', start, end, target.json, name), size: target.size, height: target.height };
  }

  /** Counts values that an alias or a merge key brings in; false when there are too many. */
  #count(values: number, start: number, end: number): boolean {
    this.#aliasValues += values;
    if (this.#aliasValues <= maxAliasValues) return true;
    this.#find({ code: 'yaml.aliasLimit', args: { limit: String(maxAliasValues) }, severity: 'error', start, end });
    return false;
  }

  #fits(depth: number, start: number, end: number): boolean {
    if (depth <= maxDepth) return true;
    this.#find({ code: 'yaml.tooDeep', args: { limit: String(maxDepth) }, severity: 'error', start, end });
    return false;
  }

  #find(finding: SourceFinding): void {
    if (this.findings.length < maxFindings) this.findings.push(finding);
  }

  #map(map: YAMLMap.Parsed, depth: number): Draft {
    const entries: YamlEntry[] = [];
    let offset = map.range[0];
    for (const pair of map.items) {
      const entry = this.#entry(pair, offset, depth);
      offset = entry.end;
      entries.push(entry);
    }
    const json = entriesJson(entries, (finding) => this.#find(finding));
    const merges = entries.filter((entry) => entry.isMerge);
    for (const merge of merges) this.#merge(json, merge);
    const isFlow = map.flow === true;
    const start = isFlow ? map.range[0] : (entries[0]?.start ?? map.range[0]);
    const end = isFlow ? map.range[1] : (entries.at(-1)?.end ?? start);
    return collection('map', isFlow ? 'flow' : 'block', start, end, json, entries, []);
  }

  /** YAML 1.1's `<<`: keys of the map itself win, then those of the first map that is merged in. */
  #merge(json: Record<string, JsonValue>, merge: YamlEntry): void {
    const value = merge.value.json;
    const { keyStart: start, keyEnd: end } = merge;
    for (const source of Array.isArray(value) ? (value as readonly JsonValue[]) : [value]) {
      if (!isJsonObject(source)) {
        if (source !== null) this.#find({ code: 'yaml.syntax', args: { detail: '"<<" takes a map or a list of maps' }, severity: 'error', start, end });
        continue;
      }
      const keys = Object.keys(source);
      if (!this.#count(keys.length, start, end)) return;
      for (const key of keys) if (!Object.hasOwn(json, key)) json[key] = source[key] ?? null;
    }
  }

  #entry(pair: Pair<ParsedNode, ParsedNode | null>, offset: number, depth: number): YamlEntry {
    const token = pair.srcToken;
    const start = token?.start ?? [];
    const sep = token?.sep ?? [];
    const opening = start.find((part) => part.type === 'explicit-key-ind' || part.type === 'anchor' || part.type === 'tag');
    const colon = sep.find((part) => part.type === 'map-value-ind');
    const keyAt = opening === undefined ? (colon?.offset ?? offset) : opening.offset + opening.source.length;
    const keyNode = this.node(pair.key, start, keyAt, depth + 1);
    const isText = keyNode.kind === 'scalar' || keyNode.kind === 'empty' || (keyNode.kind === 'alias' && !isCollectionJson(keyNode.json));
    if (!isText) this.#find({ code: 'yaml.syntax', args: { detail: 'a key must be text' }, severity: 'error', start: keyNode.start, end: keyNode.end });
    const key = !isText
      ? this.#text.slice(keyNode.start, keyNode.end)
      : keyNode.kind === 'alias'
        ? (this.#anchors.get(keyNode.source)?.source ?? '')
        : keyNode.source;
    const colonEnd = colon === undefined ? keyNode.end : colon.offset + 1;
    const value = this.node(pair.value, sep, colonEnd, depth + 1);
    return {
      key,
      keyStart: keyNode.start,
      keyEnd: keyNode.end,
      start: opening === undefined ? keyNode.propsStart : Math.min(opening.offset, keyNode.propsStart),
      colonEnd,
      hasColon: colon !== undefined,
      isMerge: key === '<<' && keyNode.style === 'plain',
      value,
      end: Math.max(value.end, colonEnd),
    };
  }

  #seq(seq: YAMLSeq.Parsed, depth: number): Draft {
    const isFlow = seq.flow === true;
    const token = seq.srcToken;
    // Items of the syntax tree that hold only a comment are no items of the list.
    const tokens: readonly CST.CollectionItem[] = (token?.items ?? []).filter((item: CST.CollectionItem) =>
      isFlow
        ? item.value !== undefined || item.sep !== undefined || (item.key ?? undefined) !== undefined
        : item.start.some((part) => part.type === 'seq-item-ind'),
    );
    let offset = seq.range[0];
    const items = seq.items.map((value, index): YamlItem => {
      const part = tokens[index];
      const dash = isFlow ? undefined : part?.start.find((one) => one.type === 'seq-item-ind');
      const dashEnd = dash === undefined ? offset : dash.offset + 1;
      const node = isPair(value)
        ? this.#pairAsMap(value as Pair<ParsedNode, ParsedNode | null>, offset, depth + 1)
        : this.node(value, part?.start ?? [], dashEnd, depth + 1);
      const end = Math.max(node.end, dashEnd);
      offset = end;
      return { start: dash?.offset ?? node.propsStart, dashEnd, value: node, end };
    });
    const start = isFlow ? seq.range[0] : (items[0]?.start ?? seq.range[0]);
    const end = isFlow ? seq.range[1] : (items.at(-1)?.end ?? start);
    return collection(
      'seq',
      isFlow ? 'flow' : 'block',
      start,
      end,
      items.map((item) => item.value.json),
      [],
      items,
    );
  }

  #pairAsMap(pair: Pair<ParsedNode, ParsedNode | null>, offset: number, depth: number): Draft {
    const entry = this.#entry(pair, offset, depth);
    return collection('map', 'block', entry.start, entry.end, jsonObject([[entry.key, entry.value.json]]), [entry], []);
  }
}

/** What entries say together, but for merge keys. A key that stands twice has its last value, and is told of. */
function entriesJson(entries: readonly YamlEntry[], find: (finding: SourceFinding) => void): Record<string, JsonValue> {
  const json = jsonObject();
  const places = new Map<string, YamlEntry>();
  for (const entry of entries) {
    if (entry.isMerge) continue;
    const first = places.get(entry.key);
    if (first === undefined) places.set(entry.key, entry);
    else {
      const { key, keyStart: start, keyEnd: end } = entry;
      find({ code: 'yaml.duplicateKey', args: { key }, severity: 'error', start, end, related: { start: first.keyStart, end: first.keyEnd } });
    }
    json[entry.key] = entry.value.json;
  }
  return json;
}

/** A block map of entries that were read apart from one another. None of them is a merge key. */
export function blockMapOf(entries: readonly YamlEntry[], at: number, find: (finding: SourceFinding) => void): YamlNode {
  const start = entries[0]?.start ?? at;
  return collection('map', 'block', start, entries.at(-1)?.end ?? start, entriesJson(entries, find), entries, []);
}

function isNode(node: unknown): node is { readonly anchor?: string } {
  return isScalar(node) || isMap(node) || isSeq(node);
}

function isCollectionJson(json: JsonValue): boolean {
  return json !== null && typeof json === 'object';
}

function leaf(kind: YamlNode['kind'], style: YamlStyle, start: number, end: number, json: JsonValue, source: string): Draft {
  return { kind, style, start, end, propsStart: start, anchor: undefined, isTagged: false, json, source, entries: [], items: [], size: 1, height: 0 };
}

function collection(
  kind: 'map' | 'seq',
  style: YamlStyle,
  start: number,
  end: number,
  json: JsonValue,
  entries: readonly YamlEntry[],
  items: readonly YamlItem[],
): Draft {
  let size = 1;
  let height = 0;
  for (const list of [entries, items]) {
    for (const { value } of list) {
      size += value.size;
      height = Math.max(height, value.height);
    }
  }
  return { kind, style, start, end, propsStart: start, anchor: undefined, isTagged: false, json, source: '', entries, items, size, height: height + 1 };
}

function styleOf(type: Scalar.Type | undefined): YamlStyle {
  switch (type) {
    case 'QUOTE_SINGLE':
      return 'single';
    case 'QUOTE_DOUBLE':
      return 'double';
    case 'BLOCK_LITERAL':
      return 'literal';
    case 'BLOCK_FOLDED':
      return 'folded';
    default:
      return 'plain';
  }
}

/** What a scalar means as JSON; infinities, binaries and the like have no JSON and stay as they are written. */
function plainJson(value: unknown, source: string): JsonValue {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  return typeof value === 'number' && Number.isFinite(value) ? value + 0 : source;
}

/** How YAML 1.1 (here) and 1.2 (other tools) disagree about a plain scalar; undefined where they agree. */
function ambiguityOf(source: string, value: unknown): { readonly meaning: string; readonly other: string } | undefined {
  if (typeof value === 'boolean') return /^(?:true|false)$/i.test(source) ? undefined : { meaning: String(value), other: 'text' };
  if (typeof value === 'number') {
    if (/^[-+]?0[0-7]+$/.test(source)) {
      const decimal = Number(source);
      return decimal === value ? undefined : { meaning: String(value), other: String(decimal) };
    }
    if (/_/.test(source) || /^[-+]?0b/.test(source)) return { meaning: String(value), other: 'text' };
    if (Number.isInteger(value) && !Number.isSafeInteger(value) && /^[-+]?\d+$/.test(source)) return { meaning: String(value), other: 'a longer number' };
    return undefined;
  }
  if (typeof value !== 'string') return undefined;
  if (/^[-+]?\d[\d_]*(?::[0-5]?\d)+(?:\.[\d_]*)?$/.test(source)) return { meaning: 'text', other: 'a number' };
  if (/^\d{4}-\d{1,2}-\d{1,2}(?:$|[Tt\s])/.test(source)) return { meaning: 'text', other: 'a date' };
  return /^0o[0-7]+$/.test(source) ? { meaning: 'text', other: 'a number' } : undefined;
}
