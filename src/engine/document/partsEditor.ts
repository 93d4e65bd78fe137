import type { LineIndex } from './lineIndex';
import type { TextSplices } from './textSplices';
import type { YamlNode } from './yamlTree';

/** An entry of a map or an item of a list, as far as lines and brackets are concerned. */
export interface Part {
  readonly start: number;
  readonly end: number;
}

export interface PartInsert {
  /** Index of the part of the text that comes next; the number of parts for the end. */
  readonly before: number;
  readonly flow: string;
  /** The part's lines, without indentation on the first. */
  readonly block: (column: number) => string;
}

/**
 * Puts parts into a collection and takes them out. Two rules say which comments belong to a part and go with it: one behind it on its own
 * lines, and lines directly above it, in its own column, without a blank line between.
 */
export class PartsEditor {
  readonly #text: string;
  readonly #lines: LineIndex;
  readonly #splices: TextSplices;
  readonly #newline: string;

  constructor(text: string, lines: LineIndex, splices: TextSplices, newline: string) {
    this.#text = text;
    this.#lines = lines;
    this.#splices = splices;
    this.#newline = newline;
  }

  /** Columns of spaces before an offset; a byte order mark takes none. */
  columnOf(offset: number): number {
    const column = this.#lines.columnOf(offset);
    return this.#text.startsWith('\ufeff') && this.#lines.lineOf(offset) === 0 ? column - 1 : column;
  }

  /** `opening` is the offset of the key's colon or the dash above; nothing before it belongs to the collection. At least one part stays. */
  edit(node: YamlNode, parts: readonly Part[], opening: number, removed: ReadonlySet<number>, inserts: readonly PartInsert[]): void {
    const isFlow = node.style === 'flow';
    if (isFlow) this.#removeFromFlow(parts, removed);
    else this.#removeLines(parts, opening, removed);
    for (const together of grouped(inserts)) {
      const [{ before }] = together;
      const previous = parts.findLastIndex((_, index) => index < before && !removed.has(index));
      const next = parts.findIndex((_, index) => index >= before && !removed.has(index));
      if (isFlow) {
        this.#insertIntoFlow(
          parts,
          previous,
          next,
          together.map((insert) => insert.flow),
        );
      } else for (const insert of together) this.#insertLines(parts, opening, previous, next, insert.block);
    }
  }

  #removeLines(parts: readonly Part[], opening: number, removed: ReadonlySet<number>): void {
    const lines = this.#lines;
    parts.forEach((part, index) => {
      if (!removed.has(index)) return;
      let last = lines.lineOf(part.end);
      if (!this.#isFirstOnLine(part)) {
        // It shares its line with the dash of the list item that it belongs to: what comes next moves up behind the dash.
        let end = last;
        for (let follower = index + 1; removed.has(follower); follower += 1) end = lines.lineOf(parts[follower]?.end ?? part.end);
        this.#splices.remove(part.start, this.#nextContent(lines.startOfLine(end + 1)));
        return;
      }
      const floor = lines.lineOf(index === 0 ? opening : (parts[index - 1]?.end ?? opening)) + 1;
      let first = this.#firstCommentLine(part, index === 0 && opening === 0 ? 0 : floor);
      // Between two blank lines (or at the end of the file) one of them goes too, so that none are left doubled.
      const isBlankAfter = last + 1 >= lines.lineCount || this.#isBlank(last + 1);
      if (first > floor && this.#isBlank(first - 1) && isBlankAfter) first -= 1;
      else if (index === 0 && first === floor && last + 1 < lines.lineCount && this.#isBlank(last + 1) && parts.length > 1) last += 1;
      if (last + 1 < lines.lineCount) this.#splices.remove(lines.startOfLine(first), lines.startOfLine(last + 1));
      else {
        // The file ends without a line break, and shall do so without these lines too.
        if (first > 0) this.#splices.removeUnlessFollowed(lines.endOfLine(first - 1), lines.startOfLine(first));
        this.#splices.remove(lines.startOfLine(first), this.#text.length);
      }
    });
  }

  #insertLines(parts: readonly Part[], opening: number, previous: number, next: number, block: (column: number) => string): void {
    const lines = this.#lines;
    const before = parts[previous];
    const after = parts[next];
    const neighbour = before ?? after;
    if (neighbour === undefined) return;
    const column = this.columnOf(neighbour.start);
    const indentation = ' '.repeat(column);
    const text = block(column);
    const gap = this.#hasBlankBefore(parts, previous > 0 ? previous : next > 0 ? next : previous + 1) ? this.#newline : '';
    if (before !== undefined) {
      let line = lines.lineOf(before.end);
      // Comments further in belong to the part above them.
      while (line + 1 < lines.lineCount && this.#isComment(line + 1) && this.#indentation(line + 1) > column) line += 1;
      // Where a line follows, the new part stands before it and not behind the old one, whose last lines may be going.
      if (line + 1 < lines.lineCount) this.#splices.insert(lines.startOfLine(line + 1), gap + indentation + text + this.#newline);
      else {
        // Without a line break at its end, a literal block at the end of the file would be another text for some readers.
        const end = /^[^\n]*\|\d?\r?$/m.test(text) ? this.#newline : '';
        this.#splices.insert(this.#text.length, gap + this.#newline + indentation + text + end);
      }
    } else if (after !== undefined && this.#isFirstOnLine(after)) {
      const floor = lines.lineOf(opening) + 1;
      const line = opening === 0 ? lines.lineOf(after.start) : this.#firstCommentLine(after, floor);
      const at = Math.max(lines.startOfLine(line), this.#text.startsWith('\ufeff') ? 1 : 0);
      this.#splices.insert(at, indentation + text + this.#newline + gap);
    } else if (after !== undefined) {
      this.#splices.insert(after.start, text + this.#newline + indentation);
    }
  }

  #removeFromFlow(parts: readonly Part[], removed: ReadonlySet<number>): void {
    parts.forEach((part, index) => {
      if (!removed.has(index)) return;
      const next = parts[index + 1];
      const previous = parts.findLast((_, at) => at < index && !removed.has(at));
      if (next !== undefined) {
        const between = this.#text.slice(part.end, next.start);
        const comment = between.search(/[#\n]/);
        if (comment < 0) this.#splices.remove(part.start, next.start);
        else this.#removeOwnLines(part, between);
      } else {
        const between = previous === undefined ? '#' : this.#text.slice(previous.end, part.start);
        // The comma before it may stay: a list may end with one.
        if (/[#\n]/.test(between)) this.#removeLastOnOwnLine(part);
        else this.#splices.remove(previous?.end ?? part.start, part.end);
      }
    });
  }

  /** A part of a flow collection that is followed by a line break: it goes with its comma and with the comment behind it. */
  #removeOwnLines(part: Part, between: string): void {
    const comma = between.indexOf(',');
    const isCommaFirst = comma >= 0 && !/[#\n]/.test(between.slice(0, comma));
    if (!isCommaFirst) {
      this.#splices.remove(part.start, part.end);
      this.#splices.remove(part.end + comma, part.end + comma + 1);
      return;
    }
    const rest = /^[^\n]*/.exec(between.slice(comma + 1))?.[0] ?? '';
    const lineEnd = part.end + comma + 1 + rest.length;
    if (!this.#isFirstOnLine(part)) this.#splices.remove(part.start, lineEnd - (rest.endsWith('\r') ? 1 : 0));
    else this.#splices.remove(this.#lines.startOfLine(this.#lines.lineOf(part.start)), lineEnd + 1);
  }

  #removeLastOnOwnLine(part: Part): void {
    const lines = this.#lines;
    const line = lines.lineOf(part.end);
    const rest = this.#text.slice(part.end, lines.endOfLine(line));
    const isAlone = this.#isFirstOnLine(part) && /^\s*,?\s*(?:#.*)?$/.test(rest) && line + 1 < lines.lineCount;
    if (isAlone) this.#splices.remove(lines.startOfLine(lines.lineOf(part.start)), lines.startOfLine(line + 1));
    else this.#splices.remove(part.start, part.end + (/^\s*,/.exec(rest)?.[0].length ?? 0));
  }

  #insertIntoFlow(parts: readonly Part[], previous: number, next: number, texts: readonly string[]): void {
    const before = parts[previous];
    const after = parts[next];
    const neighbour = before ?? after;
    if (neighbour === undefined) return;
    const isOnOwnLine = this.#isFirstOnLine(neighbour);
    const indentation = this.#newline + ' '.repeat(this.columnOf(neighbour.start));
    const text = texts.join(isOnOwnLine ? `,${indentation}` : ', ');
    if (before === undefined) {
      this.#splices.insert(neighbour.start, `${text},${isOnOwnLine ? indentation : ' '}`);
      return;
    }
    if (!isOnOwnLine) {
      this.#splices.insert(before.end, `, ${text}`);
      return;
    }
    // The comment behind the part above stays on that part's line: the comma goes before it, the new part below it.
    const lineEnd = this.#lines.endOfLine(this.#lines.lineOf(before.end));
    const rest = this.#text.slice(before.end, lineEnd);
    const [, comma = ''] = /^\s*(,?)\s*(?:#.*)?$/.exec(rest) ?? [];
    if (!/^\s*,?\s*(?:#.*)?$/.test(rest)) {
      this.#splices.insert(before.end, `,${indentation}${text}`);
      return;
    }
    if (comma === '') this.#splices.insert(before.end, ',');
    this.#splices.insert(lineEnd, `${indentation}${text}${comma}`);
  }

  #isFirstOnLine(part: Part): boolean {
    return /^\ufeff?\s*$/.test(this.#text.slice(this.#lines.startOfLine(this.#lines.lineOf(part.start)), part.start));
  }

  /** The first line of the comment directly above a part, else the part's own line. */
  #firstCommentLine(part: Part, floor: number): number {
    const column = this.columnOf(part.start);
    let line = this.#lines.lineOf(part.start);
    while (line - 1 >= floor && this.#isComment(line - 1) && this.#indentation(line - 1) === column) line -= 1;
    return line;
  }

  #hasBlankBefore(parts: readonly Part[], index: number): boolean {
    const part = parts[index];
    const previous = parts[index - 1];
    if (part === undefined || previous === undefined) return false;
    const last = this.#lines.lineOf(part.start);
    for (let line = this.#lines.lineOf(previous.end) + 1; line < last; line += 1) if (this.#isBlank(line)) return true;
    return false;
  }

  #nextContent(offset: number): number {
    const match = /[^\s]/g;
    match.lastIndex = offset;
    return match.exec(this.#text)?.index ?? this.#text.length;
  }

  #isBlank(line: number): boolean {
    return this.#lines.lineText(line).trim() === '';
  }

  #isComment(line: number): boolean {
    return this.#lines.lineText(line).trimStart().startsWith('#');
  }

  #indentation(line: number): number {
    const text = this.#lines.lineText(line);
    return text.length - text.trimStart().length;
  }
}

/** Insertions before the same part of the text, in order. */
function grouped(inserts: readonly PartInsert[]): readonly (readonly [PartInsert, ...PartInsert[]])[] {
  const groups: [PartInsert, ...PartInsert[]][] = [];
  for (const insert of inserts) {
    const last = groups.at(-1);
    if (last?.[0].before === insert.before) last.push(insert);
    else groups.push([insert]);
  }
  return groups;
}
