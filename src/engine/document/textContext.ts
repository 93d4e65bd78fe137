import type { TextPosition } from '../../shared/problem';

/** Where a cursor stands, found from lines and indentation alone, so that it works while the text is broken by what is being typed. */
export interface TextContext {
  /** Keys (and 0 for "some item of a list") from the top to the map or list that holds the cursor. */
  readonly path: readonly (string | 0)[];
  /** The key whose value is being typed; undefined while a key (or a list item without a key) is typed. */
  readonly key: string | undefined;
  /** What stands between the start of the key, value or item and the cursor. */
  readonly typed: string;
  /** Columns of the word on the cursor's line: from its start to its end, which may lie behind the cursor. */
  readonly start: number;
  readonly end: number;
  /** The cursor stands in a comment. */
  readonly isComment: boolean;
}

/** A key up to its colon. No two parts of it can match the same spaces, so that a long line takes no longer than its length. */
const keyPattern = /^("(?:[^"\\]|\\.)*"\s*|'(?:[^']|'')*'\s*|[^\s:#,[\]{}"'-][^:#,[\]{}]*|-[^\s:#,[\]{}][^:#,[\]{}]*):(?=\s|$)/;

export function textContextAt(text: string, position: TextPosition): TextContext {
  const lines = text.split(/\r\n|\n|\r/);
  const line = lines[position.line] ?? '';
  const before = line.slice(0, position.character);
  const outer = ancestors(lines, position.line);
  const { path, key, start } = withinLine(before, outer);
  const word = /^[^\s,\]}#:]*/.exec(line.slice(position.character))?.[0] ?? '';
  return { path, key, typed: before.slice(start), start, end: position.character + word.length, isComment: isInComment(before) };
}

function isInComment(before: string): boolean {
  const plain = before.replace(/"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'/g, (quoted) => '_'.repeat(quoted.length));
  return /(?:^|\s)#/.test(plain);
}

/** The keys of the lines above that the line belongs to. */
function ancestors(lines: readonly string[], at: number): readonly (string | 0)[] {
  const path: (string | 0)[] = [];
  const own = lines[at] ?? '';
  let column = own.trim() === '' ? own.length : indentationOf(own);
  let isItem = /^\s*-(?:\s|$)/.test(own);
  for (let index = at - 1; index >= 0 && (column > 0 || isItem); index -= 1) {
    const line = lines[index] ?? '';
    if (line.trim() === '' || /^\s*#/.test(line)) continue;
    const indentation = indentationOf(line);
    const dashes = /^\s*((?:-\s+)*)/.exec(line)?.[1] ?? '';
    const inner = indentation + dashes.length;
    const key = keyOf(line.slice(inner));
    // `- a:` holds both the item and its first key, in a column further in.
    if (key !== undefined && inner < column) {
      path.unshift(key);
      column = inner;
      isItem = false;
    }
    if (dashes !== '' && indentation < column) {
      path.unshift(0);
      column = indentation;
      isItem = true;
    } else if (dashes === '' && key !== undefined && isItem && indentation === column) {
      // A list in its key's own column.
      path.unshift(key);
      isItem = false;
    }
  }
  return path;
}

/** Goes on from the start of the line to the cursor: dashes, a key, and brackets that are still open. */
function withinLine(
  before: string,
  outer: readonly (string | 0)[],
): { readonly path: readonly (string | 0)[]; readonly key: string | undefined; readonly start: number } {
  const path = [...outer];
  let start = indentationOf(before);
  for (let dash = /^-\s+/.exec(before.slice(start)); dash !== null; dash = /^-\s+/.exec(before.slice(start))) {
    path.push(0);
    start += dash[0].length;
  }
  let key: string | undefined;
  const takeKey = (): void => {
    const found = keyPattern.exec(before.slice(start));
    if (found === null) return;
    key = unquoted(found[1] ?? '');
    start += found[0].length;
    start += /^\s*/.exec(before.slice(start))?.[0].length ?? 0;
  };
  takeKey();
  const closed: { readonly length: number; readonly key: string | undefined }[] = [];
  for (let at = start; at < before.length; at += 1) {
    const quoted = /^(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')/.exec(before.slice(at))?.[0];
    if (quoted !== undefined) {
      at += quoted.length - 1;
      continue;
    }
    const character = before[at];
    if (character === '{' || character === '[') {
      closed.push({ length: path.length, key });
      if (key !== undefined) path.push(key);
      if (character === '[') path.push(0);
      key = undefined;
    } else if (character === '}' || character === ']') {
      const opened = closed.pop();
      path.length = opened?.length ?? path.length;
      key = opened?.key;
    } else if (character === ',' && closed.length > 0) key = undefined;
    else continue;
    start = at + 1;
    start += /^\s*/.exec(before.slice(start))?.[0].length ?? 0;
    if (character !== '}' && character !== ']') takeKey();
    at = Math.max(at, start - 1);
  }
  return { path, key, start };
}

function keyOf(text: string): string | undefined {
  const found = keyPattern.exec(text);
  return found === null ? undefined : unquoted(found[1] ?? '');
}

function unquoted(written: string): string {
  const key = written.trim();
  if (key.startsWith("'")) return key.slice(1, -1).replaceAll("''", "'");
  return key.startsWith('"') ? key.slice(1, -1) : key;
}

function indentationOf(line: string): number {
  return line.length - line.trimStart().length;
}
