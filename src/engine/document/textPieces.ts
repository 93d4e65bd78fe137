/** A stretch of a text that YAML reads by itself: whole lines, from a key to the next one in the same column. */
export interface TextPiece {
  readonly start: number;
  readonly end: number;
}

/** A section with a map of its own that is read in pieces: `nodes:` alone on its line, and what stands below it. */
export interface TextSection extends TextPiece {
  readonly key: string;
  readonly pieces: readonly TextPiece[];
}

/** Length from which a piece ends at the next key. Smaller ones end at some keys only, so that a reading of its own is worth it. */
export const usualPiece = 1024;

const keyPattern = /[A-Za-z0-9_][\w.\-/]*:(?=[ \t\r\n]|$)/y;
const openingPattern = /([A-Za-z0-9_][\w.\-/]*):[ \t]*(?:#[^\n]*)?(?:\r?\n|$)/y;

/**
 * Cuts a workflow's text where a key of the top, or of a section of the top, begins. A line that begins with anything else
 * belongs to the key before it, since YAML ends quotes and brackets that are left open where a line is indented less.
 * Undefined where parts cannot be told from the lines alone: several documents, directives.
 */
export function textPieces(text: string, usual = usualPiece): readonly (TextPiece | TextSection)[] | undefined {
  const first = startOfDocument(text);
  if (first === undefined) return undefined;
  const tops: number[] = [];
  for (let line = first; line < text.length; line = nextLine(text, line)) {
    const character = text[line];
    if (character === '-' || character === '.') {
      const marks = text.slice(line, line + 3);
      if ((marks === '---' || marks === '...') && !/\S/.test(text[line + 3] ?? '')) return undefined;
    } else if (character === '%') return undefined;
    if (isKeyAt(text, line)) tops.push(line);
    // What begins with no key at the margin is no map, or none whose end the margin shows.
    else if (tops.length === 0 && !isNothing(text[indentationAt(text, line)])) return undefined;
  }
  if (tops.length === 0) return undefined;
  const sections: (TextPiece | TextSection)[] = [];
  let from = first;
  for (const [index, start] of tops.entries()) {
    const end = tops[index + 1] ?? text.length;
    openingPattern.lastIndex = start;
    const opening = openingPattern.exec(text);
    const pieces = opening === null || end - start < 2 * usual ? [] : piecesOf(text, openingPattern.lastIndex, end, usual);
    if (opening !== null && pieces.length > 1) {
      if (from < start) sections.push({ start: from, end: start });
      sections.push({ start, end, key: opening[1] ?? '', pieces });
      from = end;
    } else if (end - from >= usual) {
      sections.push({ start: from, end });
      from = end;
    }
  }
  if (from < text.length) sections.push({ start: from, end: text.length });
  return sections;
}

/** Behind a `---` that only comments stand before. */
function startOfDocument(text: string): number | undefined {
  if (text.startsWith('\u{FEFF}')) return undefined;
  for (let line = 0; line < text.length; line = nextLine(text, line)) {
    const column = indentationAt(text, line);
    const character = text[column];
    if (isNothing(character)) continue;
    return column === line && /^---[ \t]*(?:#.*)?\r?$/.test(lineAt(text, line)) ? nextLine(text, line) : 0;
  }
  return 0;
}

/** The entries of the map in a section, some together; none where the section holds something else. */
function piecesOf(text: string, from: number, end: number, usual: number): readonly TextPiece[] {
  const pieces: TextPiece[] = [];
  let column: number | undefined;
  let start = from;
  for (let line = from; line < end; line = nextLine(text, line)) {
    const at = indentationAt(text, line);
    if (isNothing(text[at])) continue;
    column ??= at - line;
    // What stands further out ends the section, and goes with it where its first letters told of no key.
    if (at - line < column) return [];
    if (at - line > column) continue;
    if (!isKeyAt(text, at)) {
      // Of a list or a text in place of a map, nothing can be read apart.
      if (pieces.length === 0 && start === from && text.slice(from, line).trim() === '') return [];
      continue;
    }
    if (column === 0) return [];
    const length = line - start;
    // The letters of the key decide, so that a piece which grows or shrinks does not move the ends of all that follow.
    if (length >= usual || (length >= usual / 8 && isCut(text, at))) {
      pieces.push({ start, end: line });
      start = line;
    }
  }
  pieces.push({ start, end });
  return pieces;
}

/** About every second key, by its letters. */
function isCut(text: string, at: number): boolean {
  let sum = 0;
  for (let index = at; text[index] !== ':'; index += 1) sum += text.charCodeAt(index);
  return sum % 2 === 0;
}

function isKeyAt(text: string, at: number): boolean {
  keyPattern.lastIndex = at;
  return keyPattern.test(text);
}

function isNothing(character: string | undefined): boolean {
  return character === undefined || character === '\n' || character === '\r' || character === '#';
}

function indentationAt(text: string, line: number): number {
  let at = line;
  while (text.charCodeAt(at) === 32) at += 1;
  return at;
}

function lineAt(text: string, line: number): string {
  const end = text.indexOf('\n', line);
  return text.slice(line, end < 0 ? text.length : end);
}

function nextLine(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end < 0 ? text.length : end + 1;
}
