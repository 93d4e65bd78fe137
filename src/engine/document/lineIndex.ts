import type { TextPosition, TextRange } from '../../shared/problem';

/** Turns offsets into lines and columns and back. Line breaks are those of editors: `\n`, `\r\n` and a lone `\r`. */
export class LineIndex {
  readonly #text: string;
  readonly #starts: number[] = [0];

  constructor(text: string) {
    this.#text = text;
    let feed = text.indexOf('\n');
    let back = text.indexOf('\r');
    while (feed >= 0 || back >= 0) {
      const at = feed < 0 || (back >= 0 && back < feed) ? back : feed;
      const end = at === back && feed === at + 1 ? feed + 1 : at + 1;
      this.#starts.push(end);
      if (feed >= 0 && feed < end) feed = text.indexOf('\n', end);
      if (back >= 0 && back < end) back = text.indexOf('\r', end);
    }
  }

  /** The line that holds an offset, counted from 0. */
  lineOf(offset: number): number {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  get lineCount(): number {
    return this.#starts.length;
  }

  startOfLine(line: number): number {
    return this.#starts[line] ?? this.#text.length;
  }

  /** The end of a line's text, before its line break. */
  endOfLine(line: number): number {
    let end = this.startOfLine(line + 1);
    if (line + 1 < this.#starts.length) {
      if (this.#text[end - 1] === '\n') end -= 1;
      if (end > this.startOfLine(line) && this.#text[end - 1] === '\r') end -= 1;
    }
    return end;
  }

  /** A line's text without its line break. */
  lineText(line: number): string {
    return this.#text.slice(this.startOfLine(line), this.endOfLine(line));
  }

  /** The column of an offset in UTF-16 units. */
  columnOf(offset: number): number {
    return offset - this.startOfLine(this.lineOf(offset));
  }

  positionAt(offset: number): TextPosition {
    const inside = Math.max(0, Math.min(offset, this.#text.length));
    const line = this.lineOf(inside);
    return { line, character: inside - this.startOfLine(line) };
  }

  /** The nearest offset to a position; one beyond its line's end becomes the end. */
  offsetAt(position: TextPosition): number {
    if (position.line >= this.#starts.length) return this.#text.length;
    return Math.min(this.startOfLine(position.line) + position.character, this.endOfLine(position.line));
  }

  rangeOf(start: number, end: number): TextRange {
    return { start: this.positionAt(start), end: this.positionAt(end) };
  }
}
