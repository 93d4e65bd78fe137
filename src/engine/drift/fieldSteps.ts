import type { JsonObject, JsonPath, JsonValue } from '../../shared/json';
import { isJsonObject } from '../../shared/json';

/**
 * The steps to the field that a text names, in an object that has it. Both ways to write it are read: a plan's
 * (`ports[name=web].port`, `labels[a/b]`) and the API server's (`ports[name="web"].port`, `labels.a/b`), in which only the object
 * itself can tell where a key ends. Undefined when the object has no such field.
 */
export function stepsIn(object: JsonValue, text: string): JsonPath | undefined {
  const rest = text.startsWith('.') ? text.slice(1) : text;
  return find(object, rest, true);
}

function find(at: JsonValue, rest: string, begins: boolean): JsonPath | undefined {
  if (rest === '') return [];
  if (Array.isArray(at)) return inList(at as readonly JsonValue[], rest);
  return isJsonObject(at) ? inMap(at, rest, begins) : undefined;
}

function inMap(at: JsonObject, rest: string, begins: boolean): JsonPath | undefined {
  // Of two keys of which one begins with the other, the longer one is meant.
  const keys = Object.keys(at).sort((a, b) => b.length - a.length);
  for (const key of keys) {
    for (const written of [`[${key}]`, begins ? key : `.${key}`]) {
      if (!rest.startsWith(written)) continue;
      const after = rest.slice(written.length);
      if (after !== '' && !after.startsWith('.') && !after.startsWith('[')) continue;
      const below = find(at[key] ?? null, after, false);
      if (below !== undefined) return [key, ...below];
    }
  }
  return undefined;
}

function inList(at: readonly JsonValue[], rest: string): JsonPath | undefined {
  if (!rest.startsWith('[')) return undefined;
  // A key's value may hold a bracket itself, so every end is tried.
  for (let end = rest.indexOf(']'); end >= 0; end = rest.indexOf(']', end + 1)) {
    const label = rest.slice(1, end);
    const index = at.findIndex((item, position) => isNamed(item, label, position));
    const item = at[index];
    if (item === undefined) continue;
    const below = find(item, rest.slice(end + 1), false);
    if (below !== undefined) return [index, ...below];
  }
  return undefined;
}

function isNamed(item: JsonValue, label: string, position: number): boolean {
  if (label === String(position)) return true;
  if (!isJsonObject(item)) return [JSON.stringify(item), `=${JSON.stringify(item)}`, item].includes(label);
  const pairs = pairsOf(label);
  return pairs.length > 0 && pairs.every(([key, value]) => Object.hasOwn(item, key) && (value === item[key] || value === JSON.stringify(item[key])));
}

/** `a=1,b="x,y"` in pairs. */
function pairsOf(label: string): readonly (readonly [string, string])[] {
  return [...label.matchAll(/([^=,]+)=("(?:[^"\\]|\\.)*"|[^,]*)(?:,|$)/g)].map(([, key = '', value = '']) => [key, value] as const);
}
