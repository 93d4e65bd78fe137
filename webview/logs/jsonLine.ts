import type { LogLevel } from '../../src/shared/logLevel';
import { levelOf, levelOfWord } from '../../src/shared/logLevel';

/** A line that is one JSON object, taken apart: what a person reads first, and the rest in its order. */
export interface JsonLine {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: readonly (readonly [key: string, value: string])[];
}

const levelKeys = ['level', 'severity', 'lvl', 'loglevel', 'log.level'];
const messageKeys = ['message', 'msg', 'event', '@message'];
const timeKeys = ['time', 'ts', 'timestamp', '@timestamp'];
/** More than this stays as it came: it would be read as a whole or not at all. */
const maxLength = 16 * 1024;
const maxFields = 100;

/** Undefined for a line that is no JSON object, or one that says nothing in it. */
export function jsonLineOf(message: string): JsonLine | undefined {
  if (!message.startsWith('{') || !message.trimEnd().endsWith('}') || message.length > maxLength) return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(message);
  } catch {
    return undefined;
  }
  if (typeof parsed !== 'object' || parsed === null) return undefined;
  const entries = Object.entries(parsed);
  const found = (keys: readonly string[]): readonly [string, unknown] | undefined =>
    entries.find(([key, value]) => keys.includes(key.toLowerCase()) && (typeof value === 'string' || typeof value === 'number'));
  const level = found(levelKeys);
  const words = found(messageKeys);
  if (words === undefined && level === undefined) return undefined;
  const told = level?.[1];
  return {
    level: (typeof told === 'string' || typeof told === 'number' ? levelOfWord(told) : undefined) ?? levelOf(message),
    message: words === undefined ? '' : String(words[1]),
    fields: entries
      .filter(([key]) => key !== level?.[0] && key !== words?.[0] && !timeKeys.includes(key.toLowerCase()))
      .slice(0, maxFields)
      .map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)] as const),
  };
}

/** What a place with room for one line shows of it: of JSON its message and level, of any other line all of it. */
export function shortLineOf(message: string): { readonly level: LogLevel; readonly message: string } {
  const line = jsonLineOf(message);
  return line === undefined || line.message === '' ? { level: 'none', message } : { level: line.level, message: harmless(line.message) };
}

const escaped: Readonly<Record<string, string>> = { '\n': '⏎', '\r': '␍', '\t': '  ' };

/**
 * JSON may carry what the cluster's door took out of the plain line, written as an escape such as `\u001b`: here it would
 * come alive again, so controls and changes of direction become visible signs.
 */
export function harmless(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, (sign) => escaped[sign] ?? '␛');
}
