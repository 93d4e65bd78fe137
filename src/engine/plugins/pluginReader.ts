import type { JsonObject, JsonPath, JsonValue } from '../../shared/json';
import { isJsonObject } from '../../shared/json';
import type { ProblemCode, Severity } from '../../shared/problem';
import { nearest } from '../checks/nearest';
import type { FileProblem, FileRepair, PlacedData } from '../fileProblems';
import { scalarText } from '../document/yamlText';
import { pathText } from '../template/parse';

/** Findings of one file, of which a hostile one could have one for each character. */
const maxProblems = 100;

/** Reads the values of a plugin file and notes everything that is wrong, each at its place and with a repair where one is sure. */
export class PluginReader {
  readonly problems: FileProblem[] = [];
  readonly #file: string;
  readonly #placed: PlacedData;

  constructor(file: string, placed: PlacedData) {
    this.#file = file;
    this.#placed = placed;
  }

  get hasErrors(): boolean {
    return this.problems.some((problem) => problem.severity === 'error');
  }

  add(
    code: ProblemCode,
    args: Readonly<Record<string, string>>,
    path: JsonPath,
    more: { readonly severity?: Severity; readonly what?: 'key' | 'value'; readonly repairs?: readonly FileRepair[] } = {},
  ): void {
    if (this.problems.length >= maxProblems) return;
    const { severity = 'error', what, repairs = [] } = more;
    this.problems.push({
      code,
      args,
      severity,
      file: this.#file,
      inWorkspace: true,
      range: this.#placed.rangeNear(path, what),
      ...(repairs.length === 0 ? {} : { repairs }),
    });
  }

  /** A map whose keys are known; other keys are told of and have no effect. */
  map(value: JsonValue | undefined, path: JsonPath, keys: readonly string[], place: string): JsonObject {
    if (value === undefined || value === null) return {};
    if (!isJsonObject(value)) {
      this.wrongType(path, 'a map');
      return {};
    }
    for (const key of Object.keys(value)) {
      if (keys.includes(key) || key.startsWith('x-')) continue;
      const at = [...path, key];
      this.add('plugin.unknownKey', { key, place }, at, { severity: 'warning', what: 'key', repairs: this.#keyRepairs(at, key, Object.keys(value), keys) });
    }
    return value;
  }

  #keyRepairs(path: JsonPath, key: string, present: readonly string[], keys: readonly string[]): readonly FileRepair[] {
    const range = this.#placed.rangeAt(path, 'key');
    // `display_name` and `displayName` are the same word to those who wrote it.
    const camel = key.replace(/[-_]([a-z])/g, (_, letter: string) => letter.toUpperCase());
    const meant = [...new Set([...keys.filter((known) => known === camel || aliases[key] === known), ...nearest(key, keys, 1)])].filter(
      (known) => !present.includes(known),
    );
    const renames = range === undefined ? [] : meant.map((known): FileRepair => ({ code: 'fix.renameKey', args: { key: known }, range, newText: known }));
    const lines = this.#placed.entryLines(path);
    const removal: readonly FileRepair[] = lines === undefined ? [] : [{ code: 'fix.removeKey', args: { key }, range: lines, newText: '' }];
    return [...renames.slice(0, 1), ...removal];
  }

  list(value: JsonValue | undefined, path: JsonPath, most: number): readonly JsonValue[] {
    if (value === undefined || value === null) return [];
    if (!Array.isArray(value)) {
      this.wrongType(path, 'a list');
      return [];
    }
    if (value.length > most) this.add('plugin.invalid', { field: pathText(path), detail: `it has at most ${most} items` }, path);
    return (value as readonly JsonValue[]).slice(0, most);
  }

  /** Text that obeys a pattern; `fallback` stands in where it is absent, and without one its absence is an error. */
  text(map: JsonObject, path: JsonPath, key: string, more: { readonly fallback?: string; readonly pattern?: RegExp; readonly rule?: string } = {}): string {
    const at = [...path, key];
    const value = own(map, key);
    if (value === undefined || value === null || value === '') {
      if (more.fallback === undefined) this.missing(path, key);
      return more.fallback ?? '';
    }
    if (typeof value !== 'string') {
      this.wrongType(at, 'text; put it in quotes');
      return more.fallback ?? '';
    }
    if (value.length > 2000) this.add('plugin.invalid', { field: pathText(at), detail: 'it has at most 2000 characters' }, at);
    else if (more.pattern !== undefined && !more.pattern.test(value)) this.add('plugin.invalid', { field: pathText(at), detail: more.rule ?? '' }, at);
    return value;
  }

  flag(map: JsonObject, path: JsonPath, key: string): boolean {
    const value = own(map, key);
    if (value === undefined || value === null) return false;
    if (typeof value !== 'boolean') this.wrongType([...path, key], 'true or false');
    return value === true;
  }

  number(map: JsonObject, path: JsonPath, key: string): number | undefined {
    const value = own(map, key);
    if (value === undefined || value === null) return undefined;
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    this.wrongType([...path, key], 'a number');
    return undefined;
  }

  oneOf<const T extends string>(map: JsonObject, path: JsonPath, key: string, words: readonly T[], fallback?: T): T | undefined {
    const value = own(map, key);
    const at = [...path, key];
    if (value === undefined || value === null) {
      if (fallback === undefined) this.missing(path, key);
      return fallback;
    }
    const found = words.find((word) => word === value);
    if (found !== undefined) return found;
    const written = typeof value === 'object' ? '…' : String(value);
    const range = this.#placed.rangeAt(at);
    const bare = (word: string): string => word.toLowerCase().replace(/[^a-z0-9]/g, '');
    const meant = words.filter((word) => bare(word) === bare(written));
    const repairs = (meant.length > 0 ? meant : nearest(written, words, 2)).flatMap((word): readonly FileRepair[] =>
      range === undefined ? [] : [{ code: 'fix.changeValue', args: { value: word }, range, newText: scalarText(word, false) }],
    );
    this.add('node.notAnOption', { field: pathText(at), value: written, options: words.join(', ') }, at, { repairs });
    return fallback;
  }

  missing(path: JsonPath, key: string): void {
    this.add('document.missing', { key: pathText([...path, key]) }, path, { what: 'key' });
  }

  wrongType(path: JsonPath, expected: string): void {
    this.add('document.wrongType', { key: pathText(path), expected }, path);
  }
}

/** Words for the same thing that other definitions of plugins use. */
const aliases: Readonly<Record<string, string>> = {
  config_fields: 'fields',
  configFields: 'fields',
  id: 'name',
  crdGroup: 'group',
  values: 'options',
  enum: 'options',
};

export function own(map: JsonObject, key: string): JsonValue | undefined {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}
