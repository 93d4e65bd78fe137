import type { JsonValue } from '../../shared/json';
import { textPieces, usualPiece } from './textPieces';
import type { TextPiece, TextSection } from './textPieces';
import { maxCharacters, maxFindings } from './yamlOptions';
import type { SourceFinding, YamlSource } from './yamlSource';
import { hasConflictMarks, readYaml, readYamlPart } from './yamlSource';
import type { AmbiguousScalar, TreeParts, YamlEntry, YamlItem, YamlNode } from './yamlTree';
import { blockMapOf, partsOf } from './yamlTree';

/** A whole text as YAML and as a tree. */
export interface ReadText {
  readonly findings: readonly SourceFinding[];
  readonly broken: boolean;
  readonly tree: TreeParts;
}

/** A piece as it was read; places count from its own start. */
interface ReadPiece {
  readonly entries: readonly YamlEntry[];
  readonly source: YamlSource;
  readonly tree: TreeParts;
}

export interface PieceSizes {
  /** Shorter texts are read as a whole, which costs a few milliseconds. */
  readonly wholeUpTo: number;
  readonly usualPiece: number;
}

/**
 * Reads texts that follow one another, and reads those pieces anew that were not in the one before. A text has the same
 * result whatever was read before it.
 */
export class PieceMemory {
  readonly #sizes: PieceSizes;
  #last = new Map<string, ReadPiece | undefined>();

  constructor(sizes: PieceSizes = { wholeUpTo: 6_000, usualPiece }) {
    this.#sizes = sizes;
  }

  /** Reads a text in steps, each of a piece. Never throws. */
  *read(text: string): Generator<void, ReadText> {
    const pieces =
      text.length <= this.#sizes.wholeUpTo || text.length > maxCharacters || hasConflictMarks(text) ? undefined : textPieces(text, this.#sizes.usualPiece);
    if (pieces === undefined) return wholeText(text);
    const read = new Map<string, ReadPiece | undefined>();
    const before = this.#last;
    // What a reading that is given up has found is still there for the next one.
    const kept = new Map([...before]);
    this.#last = kept;
    const parts: (readonly [TextPiece | TextSection, readonly Placed[]])[] = [];
    for (const section of pieces) {
      const inside = 'pieces' in section;
      const placed: Placed[] = [];
      for (const piece of inside ? section.pieces : [section]) {
        const own = text.slice(piece.start, piece.end);
        const key = inside ? `1${own}` : `0${own}`;
        let found = read.get(key) ?? kept.get(key);
        if (found === undefined && !kept.has(key)) {
          // A slice of the text would hold all of it in memory, for as long as the piece stays as it is.
          const copy = copied(key);
          found = readPiece(copy.slice(1), inside ? 1 : 0);
          kept.set(copy, found);
          read.set(copy, found);
          yield;
        } else read.set(key, found);
        // Anchors, merge keys and whatever is no map mean something beyond their piece.
        if (found === undefined) return wholeText(text);
        placed.push({ piece: found, offset: piece.start });
      }
      parts.push([section, placed]);
    }
    this.#last = read;
    return joined(text, parts);
  }
}

interface Placed {
  readonly piece: ReadPiece;
  readonly offset: number;
}

function wholeText(text: string): ReadText {
  const source = readYaml(text);
  return { findings: source.findings, broken: source.broken, tree: partsOf(source.document, text) };
}

function copied(text: string): string {
  return ` ${text}`.slice(1);
}

function readPiece(text: string, depth: number): ReadPiece | undefined {
  const source = readYamlPart(text, depth);
  const tree = partsOf(source.document, text, depth);
  const { root } = tree;
  const isMap = root?.kind === 'map' && root.style === 'block' && root.anchor === undefined && !root.isTagged;
  if (!isMap || tree.hasAnchors || root.entries.some((entry) => entry.isMerge)) return undefined;
  if (source.findings.some((finding) => finding.code === 'yaml.severalDocuments')) return undefined;
  // Doubles of these keys are looked for among those of all pieces.
  const own = new Set(root.entries.map((entry) => entry.keyStart));
  const findings = tree.findings.filter((finding) => finding.code !== 'yaml.duplicateKey' || !own.has(finding.start));
  return { entries: root.entries, source, tree: { ...tree, findings } };
}

/** The tree of all pieces, as if they had been read at once. */
function joined(text: string, parts: readonly (readonly [TextPiece | TextSection, readonly Placed[]])[]): ReadText {
  const sourceFindings: SourceFinding[] = [];
  const treeFindings: SourceFinding[] = [];
  const ambiguous: AmbiguousScalar[] = [];
  const find = (finding: SourceFinding): void => {
    if (treeFindings.length < maxFindings) treeFindings.push(finding);
  };
  let broken = false;
  const entriesOf = (placed: readonly Placed[]): readonly YamlEntry[] =>
    placed.flatMap(({ piece, offset }) => {
      broken ||= piece.source.broken;
      for (const finding of piece.source.findings) if (sourceFindings.length < maxFindings) sourceFindings.push(shiftedFinding(finding, offset));
      for (const finding of piece.tree.findings) find(shiftedFinding(finding, offset));
      for (const one of piece.tree.ambiguous) if (ambiguous.length < maxFindings) ambiguous.push({ ...one, node: shiftedNode(one.node, offset) });
      return piece.entries.map((entry) => shiftedEntry(entry, offset));
    });
  const entries = parts.flatMap(([section, placed]) => {
    const inside = entriesOf(placed);
    return 'pieces' in section ? [sectionEntry(section, text, inside, find)] : inside;
  });
  const root = blockMapOf(entries, 0, find);
  return { findings: sourceFindings, broken, tree: { root, findings: treeFindings, ambiguous, usedAnchors: new Set() } };
}

function sectionEntry({ start, key }: TextSection, text: string, entries: readonly YamlEntry[], find: (finding: SourceFinding) => void): YamlEntry {
  const keyEnd = start + key.length;
  const colonEnd = text.indexOf(':', keyEnd) + 1;
  const value = blockMapOf(entries, colonEnd, find);
  return { key, keyStart: start, keyEnd, start, colonEnd, hasColon: true, isMerge: false, value, end: value.end };
}

function shiftedFinding(finding: SourceFinding, by: number): SourceFinding {
  const { start, end, related } = finding;
  return {
    ...finding,
    start: start + by,
    end: end + by,
    ...(related === undefined ? {} : { related: { start: related.start + by, end: related.end + by } }),
  };
}

function shiftedEntry(entry: YamlEntry, by: number): YamlEntry {
  const { key, hasColon, isMerge } = entry;
  return {
    key,
    keyStart: entry.keyStart + by,
    keyEnd: entry.keyEnd + by,
    start: entry.start + by,
    colonEnd: entry.colonEnd + by,
    hasColon,
    isMerge,
    value: shiftedNode(entry.value, by),
    end: entry.end + by,
  };
}

function shiftedItem(item: YamlItem, by: number): YamlItem {
  return { start: item.start + by, dashEnd: item.dashEnd + by, value: shiftedNode(item.value, by), end: item.end + by };
}

function shiftedNode(node: YamlNode, by: number): YamlNode {
  return by === 0 ? node : new ShiftedNode(node, by);
}

/** A node further on in the text than it was read. What it holds is shifted when somebody looks at it: few look at many. */
class ShiftedNode implements YamlNode {
  readonly #node: YamlNode;
  readonly #by: number;
  #entries: readonly YamlEntry[] | undefined;
  #items: readonly YamlItem[] | undefined;

  constructor(node: YamlNode, by: number) {
    this.#node = node;
    this.#by = by;
  }

  get kind(): YamlNode['kind'] {
    return this.#node.kind;
  }

  get style(): YamlNode['style'] {
    return this.#node.style;
  }

  get start(): number {
    return this.#node.start + this.#by;
  }

  get end(): number {
    return this.#node.end + this.#by;
  }

  get propsStart(): number {
    return this.#node.propsStart + this.#by;
  }

  get anchor(): string | undefined {
    return this.#node.anchor;
  }

  get isTagged(): boolean {
    return this.#node.isTagged;
  }

  get json(): JsonValue {
    return this.#node.json;
  }

  get source(): string {
    return this.#node.source;
  }

  get size(): number {
    return this.#node.size;
  }

  get height(): number {
    return this.#node.height;
  }

  get entries(): readonly YamlEntry[] {
    this.#entries ??= this.#node.entries.map((entry) => shiftedEntry(entry, this.#by));
    return this.#entries;
  }

  get items(): readonly YamlItem[] {
    this.#items ??= this.#node.items.map((item) => shiftedItem(item, this.#by));
    return this.#items;
  }
}
