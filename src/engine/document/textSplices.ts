import type { LineIndex } from './lineIndex';
import type { TextEdit } from './textEdit';

/** Replacements collected against one text. */
export class TextSplices {
  readonly #text: string;
  readonly #lines: LineIndex;
  readonly #splices: { readonly start: number; readonly end: number; readonly newText: string }[] = [];
  readonly #weak: { readonly start: number; readonly end: number; readonly newText: '' }[] = [];

  constructor(text: string, lines: LineIndex) {
    this.#text = text;
    this.#lines = lines;
  }

  replace(start: number, end: number, newText: string): void {
    this.#splices.push({ start, end, newText });
  }

  insert(at: number, newText: string): void {
    this.#splices.push({ start: at, end: at, newText });
  }

  remove(start: number, end: number): void {
    if (end > start) this.#splices.push({ start, end, newText: '' });
  }

  /** A removal that is left out when something is inserted right behind it. */
  removeUnlessFollowed(start: number, end: number): void {
    this.#weak.push({ start, end, newText: '' });
  }

  /**
   * The replacements in order, each cut down to what really differs. Undefined when two of them collide: then the caller has to choose a
   * coarser way. Removals may overlap; several insertions at one place keep the order in which they were made.
   */
  edits(): readonly TextEdit[] | undefined {
    const isFollowed = (end: number): boolean => this.#splices.some((splice) => splice.start === end && splice.newText !== '');
    const sorted = [...this.#splices, ...this.#weak.filter((splice) => !isFollowed(splice.end))]
      .map((splice, index) => ({ ...splice, index }))
      .sort((a, b) => a.start - b.start || a.end - b.end || a.index - b.index);
    const merged: { start: number; end: number; newText: string }[] = [];
    for (const splice of sorted) {
      const last = merged.at(-1);
      const isRemovalAfterRemoval = last !== undefined && splice.newText === '' && last.newText === '' && splice.start <= last.end;
      if (isRemovalAfterRemoval) last.end = Math.max(last.end, splice.end);
      else if (last === undefined || splice.start >= last.end) merged.push({ ...splice });
      else return undefined;
    }
    return merged.map((splice) => this.#trimmed(splice)).filter((edit) => edit.end > edit.start || edit.newText !== '');
  }

  #trimmed(splice: { readonly start: number; readonly end: number; readonly newText: string }): TextEdit {
    const old = this.#text.slice(splice.start, splice.end);
    const { newText } = splice;
    const limit = Math.min(old.length, newText.length);
    let before = 0;
    while (before < limit && old[before] === newText[before]) before += 1;
    let after = 0;
    while (after < limit - before && old[old.length - 1 - after] === newText[newText.length - 1 - after]) after += 1;
    // A line break or a character of two units is never cut in half: editors count it as one.
    if (before > 0 && /[\r\ud800-\udbff]/.test(old[before - 1] ?? '')) before -= 1;
    if (after > 0 && /[\n\udc00-\udfff]/.test(old[old.length - after] ?? '')) after -= 1;
    const start = splice.start + before;
    const end = splice.end - after;
    return { start, end, range: this.#lines.rangeOf(start, end), newText: newText.slice(before, newText.length - after) };
  }
}

/** The text with all edits made; they must be in order and apart, as `TextSplices` gives them. */
export function textAfter(text: string, edits: readonly Pick<TextEdit, 'start' | 'end' | 'newText'>[]): string {
  const parts: string[] = [];
  let at = 0;
  for (const edit of edits) {
    parts.push(text.slice(at, edit.start), edit.newText);
    at = edit.end;
  }
  parts.push(text.slice(at));
  return parts.join('');
}
