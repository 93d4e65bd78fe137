import type { JsonObject, JsonValue } from '../../shared/json';
import { isJsonObject } from '../../shared/json';

/** How a file writes its blocks. */
export interface YamlWriting {
  /** Columns by which a nested map is indented. */
  readonly step: number;
  /** Sequences stand in their key's own column instead of being indented below it. */
  readonly isFlush: boolean;
  readonly newline: string;
  /** The file is JSON and stays it. */
  readonly isJson: boolean;
}

export const usualWriting: YamlWriting = { step: 2, isFlush: false, newline: '\n', isJson: false };

export type Quote = 'plain' | 'single' | 'double';

/** Words and numbers that YAML 1.1, YAML 1.2 or kubectl's parser read as something else than text. */
const notText = [/^(?:y|n|yes|no|on|off|true|false|null|~|=|<<)$/i, /^[-+]?\.?[0-9][0-9_.,:eExXoObBa-fA-F+-]*$/, /^[-+]?\.(?:inf|nan)$/i, /^[0-9]{4}-[0-9]/];

/** Characters that only escapes can write safely: Go's parser takes some of them for line ends, others are forbidden. */
const unprintable =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

function isPlain(text: string, isFlow: boolean): boolean {
  if (!/^[\p{L}\p{N}_/.$(^;+\\-]/u.test(text) || /[\n\t]/.test(text) || unprintable.test(text)) return false;
  if (/: |:$| #|^ | $|^-(?: |$)|^(?:---|\.\.\.)/.test(text)) return false;
  // Go's parser takes a question mark or a colon inside a flow collection for the beginning or end of a key.
  if (isFlow && /[,[\]{}:?]/.test(text)) return false;
  return !notText.some((pattern) => pattern.test(text));
}

/** A scalar on one line. `quote` is the style that stood there before; it is kept where it can hold the text. */
export function scalarText(value: string | number | boolean | null, isFlow: boolean, quote: Quote = 'plain'): string {
  if (typeof value !== 'string') return String(value);
  if (quote === 'single' && !/[\n\t]/.test(value) && !unprintable.test(value)) return `'${value.replaceAll("'", "''")}'`;
  if (quote === 'plain' && isPlain(value, isFlow)) return value;
  return doubleQuoted(value);
}

function doubleQuoted(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** A value on one line, as it stands inside `{ }` or `[ ]`. */
export function flowText(value: JsonValue, isJson = false): string {
  if (Array.isArray(value)) return `[${(value as readonly JsonValue[]).map((item) => flowText(item, isJson)).join(', ')}]`;
  if (!isJsonObject(value)) return scalarText(value as string, true, isJson ? 'double' : 'plain');
  const entries = Object.entries(value).map(([key, item]) => flowEntry(key, item, isJson));
  if (entries.length === 0) return '{}';
  return isJson ? `{${entries.join(', ')}}` : `{ ${entries.join(', ')} }`;
}

export function flowEntry(key: string, value: JsonValue, isJson = false): string {
  return `${scalarText(key, true, isJson ? 'double' : 'plain')}: ${flowText(value, isJson)}`;
}

/** What follows `key:` in column `column`, beginning with a space or a line break. */
export function afterKey(value: JsonValue, column: number, writing: YamlWriting): string {
  return afterMark(value, column, writing, (inner) => {
    if (!Array.isArray(inner)) return startLine(column + writing.step, writing) + mapText(inner as JsonObject, column + writing.step, writing);
    const at = writing.isFlush ? column : column + writing.step;
    return startLine(at, writing) + seqText(inner, at, writing);
  });
}

/** What follows a dash in column `column`. */
export function afterDash(value: JsonValue, column: number, writing: YamlWriting): string {
  return afterMark(
    value,
    column,
    { ...writing, step: 2 },
    (inner) => ` ${Array.isArray(inner) ? seqText(inner, column + 2, writing) : mapText(inner as JsonObject, column + 2, writing)}`,
  );
}

function afterMark(value: JsonValue, column: number, writing: YamlWriting, block: (value: JsonValue) => string): string {
  if (typeof value === 'string') return ` ${literalText(value, column, writing) ?? scalarText(value, false)}`;
  if (value === null || typeof value !== 'object') return ` ${scalarText(value, false)}`;
  const isEmpty = Array.isArray(value) ? value.length === 0 : Object.keys(value).length === 0;
  // A position, or another pair of numbers, reads best on one line.
  const isPair = Array.isArray(value) && value.length <= 2 && value.every((item) => typeof item === 'number');
  return isEmpty || isPair ? ` ${flowText(value)}` : block(value);
}

/** The entries of a map, the first without indentation and the others in `column`. */
export function mapText(map: JsonObject, column: number, writing: YamlWriting): string {
  return Object.entries(map)
    .map(([key, value]) => blockEntry(key, value, column, writing))
    .join(startLine(column, writing));
}

export function blockEntry(key: string, value: JsonValue, column: number, writing: YamlWriting): string {
  return `${scalarText(key, false)}:${afterKey(value, column, writing)}`;
}

function seqText(items: readonly JsonValue[], column: number, writing: YamlWriting): string {
  return items.map((item) => `-${afterDash(item, column, writing)}`).join(startLine(column, writing));
}

function startLine(column: number, writing: YamlWriting): string {
  return writing.newline + ' '.repeat(column);
}

/**
 * A text of several lines as a literal block; undefined where a block cannot hold it exactly. Blocks end with one line break or none, so
 * that blank lines after them in the file never become part of the text.
 */
function literalText(text: string, column: number, writing: YamlWriting): string | undefined {
  if (!text.includes('\n') || text.endsWith('\n\n') || unprintable.test(text)) return undefined;
  const hasEnd = text.endsWith('\n');
  const lines = (hasEnd ? text.slice(0, -1) : text).split('\n');
  const [first = ''] = lines;
  if (first.trim() === '' || first.startsWith('\t') || lines.some((line) => line !== '' && line.trim() === '')) return undefined;
  const indentation = column + writing.step;
  // A first line that begins with a space would be taken for the indentation, unless that is stated.
  const header = `|${first.startsWith(' ') ? writing.step : ''}${hasEnd ? '' : '-'}`;
  if (first.startsWith(' ') && writing.step > 9) return undefined;
  return [header, ...lines.map((line) => (line === '' ? '' : ' '.repeat(indentation) + line))].join(writing.newline);
}
