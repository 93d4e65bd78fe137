// What the printers of all kinds share: columns, ages, and the few ways in which lists become one cell.
import type { KubeObject } from '../objects';
import type { Container } from '../objectTypes';

export interface Column {
  name: string;
  type: 'string' | 'integer' | 'boolean';
  format: '' | 'name';
  description: string;
  /** 0 is always shown, 1 only by `-o wide`. */
  priority: 0 | 1;
}

export type Cell = string | number | boolean;

export interface Printer {
  columns: readonly Column[];
  cells(object: KubeObject, nowMs: number): Cell[];
  conditions?(object: KubeObject): object[] | undefined;
}

export function column(name: string, more: Partial<Column> = {}): Column {
  return { name, type: 'string', format: name === 'Name' ? 'name' : '', description: '', priority: 0, ...more };
}

export function wide(name: string): Column {
  return column(name, { priority: 1 });
}

export function whole(name: string): Column {
  return column(name, { type: 'integer' });
}

export const none = '<none>';

/** A duration the way kubectl tells it: two units at most, and the finer one only while it still says something. */
export function durationText(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 120) return `${String(seconds)}s`;
  const pair = (whole: number, unit: string, rest: number, restUnit: string): string =>
    rest === 0 ? `${String(whole)}${unit}` : `${String(whole)}${unit}${String(rest)}${restUnit}`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return pair(minutes, 'm', seconds % 60, 's');
  if (minutes < 180) return `${String(minutes)}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 8) return pair(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return `${String(hours)}h`;
  const days = Math.floor(hours / 24);
  if (hours < 24 * 8) return pair(days, 'd', hours % 24, 'h');
  if (days < 365 * 2) return `${String(days)}d`;
  const years = Math.floor(days / 365);
  if (days < 365 * 8) return pair(years, 'y', days % 365, 'd');
  return `${String(years)}y`;
}

export function since(time: string | null | undefined, nowMs: number): string {
  if (time === null || time === undefined || time === '') return '<unknown>';
  return durationText(nowMs - Date.parse(time));
}

export function ageOf(object: KubeObject, nowMs: number): string {
  return since(object.metadata.creationTimestamp, nowMs);
}

export function namesOf(containers: readonly Container[] | undefined): string {
  return (containers ?? []).map((one) => one.name).join(',');
}

export function imagesOf(containers: readonly Container[] | undefined): string {
  return (containers ?? []).map((one) => one.image ?? '').join(',');
}

/** `a=1,b=2`, sorted by key. */
export function labelsText(labels: Record<string, string> | undefined): string {
  const pairs = Object.entries(labels ?? {}).map(([key, value]) => `${key}=${value}`);
  return pairs.length === 0 ? none : pairs.sort().join(',');
}

/** At most three of the items, and how many more there are. */
export function firstThree(items: readonly string[], empty: string): string {
  if (items.length === 0) return empty;
  const shown = items.slice(0, 3).join(',');
  return items.length > 3 ? `${shown} + ${String(items.length - 3)} more...` : shown;
}
