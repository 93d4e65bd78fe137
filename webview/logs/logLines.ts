import type { ParsedLogLine } from '../../src/shared/stream';
import { maxLogLines } from '../../src/shared/stream';

/** What a row of the log shows: a line, or a remark of ours in its place. */
export type LogEntry =
  | { readonly kind: 'line'; readonly key: string; readonly line: ParsedLogLine }
  | { readonly kind: 'remark'; readonly key: string; readonly words: string };

/** The newest entries; the oldest leave at the front once there are more than a view keeps. */
export function withEntries(before: readonly LogEntry[], added: readonly LogEntry[], limit: number = maxLogLines): readonly LogEntry[] {
  if (added.length === 0) return before;
  if (added.length >= limit) return added.slice(-limit);
  return [...before.slice(Math.max(0, before.length + added.length - limit)), ...added];
}

const tabWidth = 8;

/** Whether a code point takes two columns in a monospaced font (East Asian wide and emoji, roughly as terminals have it). */
function isWide(code: number): boolean {
  return (
    (code >= 0x1100 && code <= 0x115f) ||
    (code >= 0x2e80 && code <= 0xa4cf) ||
    (code >= 0xac00 && code <= 0xd7a3) ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0xfe30 && code <= 0xfe6f) ||
    (code >= 0xff00 && code <= 0xff60) ||
    (code >= 0xffe0 && code <= 0xffe6) ||
    (code >= 0x1f300 && code <= 0x1faff) ||
    (code >= 0x20000 && code <= 0x3fffd)
  );
}

/** How many columns of a monospaced font a text takes, tabs to the next stop included. */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code === 9) columns += tabWidth - (columns % tabWidth);
    else columns += isWide(code) ? 2 : 1;
  }
  return columns;
}

/**
 * Where each entry begins, in rows, and at the end how many rows there are. Without wrapping every entry has one row;
 * with it, as many as its columns fill.
 */
export function rowStarts(entries: readonly LogEntry[], columnsPerRow: number | undefined, prefixColumns: (entry: LogEntry) => number): Float64Array {
  const starts = new Float64Array(entries.length + 1);
  entries.forEach((entry, index) => {
    const words = entry.kind === 'line' ? entry.line.message : entry.words;
    const rows = columnsPerRow === undefined ? 1 : Math.max(1, Math.ceil((prefixColumns(entry) + columnsOf(words)) / columnsPerRow));
    starts[index + 1] = (starts[index] ?? 0) + rows;
  });
  return starts;
}

/** Index of the entry that stands at this row. */
export function entryAt(starts: Float64Array, row: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= row) low = middle;
    else high = middle - 1;
  }
  return Math.max(0, Math.min(low, starts.length - 2));
}

/** A text in parts, those that match the query apart from the others. Case does not count. */
export function matchParts(text: string, query: string): readonly { readonly text: string; readonly match: boolean }[] {
  if (query === '') return [{ text, match: false }];
  const lower = text.toLowerCase();
  const wanted = query.toLowerCase();
  // Lower-casing may change a text's length; then positions mean nothing and the line counts as a whole.
  if (lower.length !== text.length) return [{ text, match: lower.includes(wanted) }];
  const parts: { text: string; match: boolean }[] = [];
  let from = 0;
  for (let at = lower.indexOf(wanted); at >= 0; at = lower.indexOf(wanted, from)) {
    if (at > from) parts.push({ text: text.slice(from, at), match: false });
    parts.push({ text: text.slice(at, at + wanted.length), match: true });
    from = at + wanted.length;
  }
  if (from < text.length) parts.push({ text: text.slice(from), match: false });
  return parts;
}

/** Indexes of the entries that contain the query. */
export function matchingEntries(entries: readonly LogEntry[], query: string): readonly number[] {
  if (query === '') return [];
  const wanted = query.toLowerCase();
  return entries.flatMap((entry, index) => (entry.kind === 'line' && entry.line.message.toLowerCase().includes(wanted) ? [index] : []));
}

/** What distinguishes a pod from its siblings: the random end of its name. */
export function shortPod(pod: string): string {
  const parts = pod.split('-');
  return parts.length < 3 ? pod : parts.slice(-1).join('-');
}

export const sourceColours = 6;

/** One of a few colours, the same for the same pod and container each time. */
export function colourOf(source: string): number {
  let hash = 0;
  for (const character of source) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) >>> 0;
  return hash % sourceColours;
}
