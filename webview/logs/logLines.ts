import type { ParsedLogLine } from '../../src/shared/stream';
import { maxLogLines } from '../../src/shared/stream';
import type { StyledSpan } from '../../src/shared/textStyle';

/** The newest lines; the oldest leave at the front once there are more than a view keeps. */
export function withLines(before: readonly ParsedLogLine[], added: readonly ParsedLogLine[], limit: number = maxLogLines): readonly ParsedLogLine[] {
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

/** Where each line begins, in pixels, and at the end how high all of them are. */
export function topsOf(count: number, heightOf: (index: number) => number): Float64Array {
  const tops = new Float64Array(count + 1);
  for (let index = 0; index < count; index++) tops[index + 1] = (tops[index] ?? 0) + heightOf(index);
  return tops;
}

/** Index of the line that stands at this height. */
export function lineAt(tops: Float64Array, top: number): number {
  let low = 0;
  let high = tops.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((tops[middle] ?? 0) <= top) low = middle;
    else high = middle - 1;
  }
  return Math.max(0, Math.min(low, tops.length - 2));
}

/** A stretch of a line that is drawn alike. */
export interface LinePart {
  readonly text: string;
  readonly style: StyledSpan | undefined;
  /** It is what was searched for. */
  readonly match: boolean;
}

/** A text in parts, by its styles and by what matches the query. Case does not count. */
export function partsOf(text: string, styles: readonly StyledSpan[] | undefined, query: string): readonly LinePart[] {
  const matches = matchesIn(text, query);
  if (styles === undefined && matches.length === 0) return [{ text, style: undefined, match: false }];
  const cuts = new Set([0, text.length]);
  for (const { from, to } of styles ?? []) cuts.add(from).add(to);
  for (const [from, to] of matches) cuts.add(from).add(to);
  const places = [...cuts].filter((place) => place <= text.length).sort((a, b) => a - b);
  const parts: LinePart[] = [];
  let [style, match] = [0, 0];
  for (let at = 0; at + 1 < places.length; at++) {
    const [from = 0, to = 0] = [places[at], places[at + 1]];
    while ((styles?.[style]?.to ?? Number.POSITIVE_INFINITY) <= from) style++;
    while ((matches[match]?.[1] ?? Number.POSITIVE_INFINITY) <= from) match++;
    const span = styles?.[style];
    parts.push({
      text: text.slice(from, to),
      style: span !== undefined && span.from <= from ? span : undefined,
      match: (matches[match]?.[0] ?? Number.POSITIVE_INFINITY) <= from,
    });
  }
  return parts;
}

function matchesIn(text: string, query: string): readonly (readonly [number, number])[] {
  if (query === '') return [];
  const lower = text.toLowerCase();
  const wanted = query.toLowerCase();
  // Lower-casing may change a text's length; then positions mean nothing and the line counts as a whole.
  if (lower.length !== text.length) return lower.includes(wanted) ? [[0, text.length]] : [];
  const found: (readonly [number, number])[] = [];
  for (let at = lower.indexOf(wanted); at >= 0; at = lower.indexOf(wanted, at + wanted.length)) found.push([at, at + wanted.length]);
  return found;
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

export type TimeStyle = 'off' | 'local' | 'utc';

const two = (value: number): string => String(value).padStart(2, '0');

/** The time of day with milliseconds; empty for a line without a time. Always as wide as the others. */
export function timeText(timestamp: string, style: TimeStyle): string {
  if (style === 'off') return '';
  const date = new Date(timestamp);
  if (timestamp === '' || Number.isNaN(date.getTime())) return ' '.repeat(style === 'utc' ? 13 : 12);
  const milliseconds = String(date.getMilliseconds()).padStart(3, '0');
  if (style === 'utc') return `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}.${milliseconds}Z`;
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${milliseconds}`;
}
