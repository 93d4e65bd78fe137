import type { JsonObject, JsonValue } from '../../shared/json';
import { isJsonObject, jsonObject } from '../../shared/json';

/** Lists of fields by name, as the files in the folder `fields` hold them. */
export type SharedFields = ReadonlyMap<string, JsonValue>;

/** Workloads nest five deep: the pod's fields hold rules of affinity, which hold neighbours, their selectors and conditions. */
const maxDepth = 6;
/** A list that includes another one many times must not grow without bounds. */
const maxFields = 2000;

type Expansion = { readonly ok: true; readonly content: JsonValue } | { readonly ok: false; readonly detail: string };

class ExpansionError extends Error {}

/**
 * Replaces `{ $include: name }` in every list of fields by the shared list of that name. A field that stands beside it
 * takes the place of the included field of the same name, key by key, so that a kind can have a default of its own; with
 * `$without: [names]` the include leaves fields out. Anything that is no metadata is left for its reader to refuse.
 */
export function withSharedFields(content: JsonValue, shared: SharedFields): Expansion {
  let count = 0;
  try {
    return { ok: true, content: expandMap(content, 0) };
  } catch (error) {
    if (error instanceof ExpansionError) return { ok: false, detail: error.message };
    throw error;
  }

  /** Includes count as well: lists of nothing but includes would grow without ever holding a field. */
  function grow(): void {
    count += 1;
    if (count > maxFields) throw new ExpansionError(`a kind has at most ${maxFields} fields`);
  }

  function expandMap(value: JsonValue, depth: number): JsonValue {
    if (!isJsonObject(value)) return value;
    return jsonObject(
      Object.entries(value).map(([key, item]) => {
        if (key === 'fields' && Array.isArray(item)) return [key, expandList(item as readonly JsonValue[], depth)] as const;
        return [key, key === 'items' ? expandMap(item, depth) : item] as const;
      }),
    );
  }

  function expandList(list: readonly JsonValue[], depth: number): readonly JsonValue[] {
    const made: JsonValue[] = [];
    for (const item of list) {
      const included = isJsonObject(item) && Object.hasOwn(item, '$include') ? includedBy(item, depth) : [expandMap(item, depth)];
      for (const field of included) {
        const name = nameOf(field);
        const before = name === undefined ? -1 : made.findIndex((one) => nameOf(one) === name);
        const known = made[before];
        if (isJsonObject(known) && isJsonObject(field)) made[before] = jsonObject([...Object.entries(known), ...Object.entries(field)]);
        else {
          made.push(field);
          grow();
        }
      }
    }
    return made;
  }

  function includedBy(directive: JsonObject, depth: number): readonly JsonValue[] {
    const { $include: name, $without: without, ...others } = directive;
    const list = typeof name === 'string' ? shared.get(name) : undefined;
    if (typeof name !== 'string' || !Array.isArray(list)) throw new ExpansionError(`there is no list of fields "${typeof name === 'string' ? name : ''}"`);
    if (Object.keys(others).length > 0 || (without !== undefined && !Array.isArray(without)))
      throw new ExpansionError('"$include" goes with nothing but "$without", a list of names');
    grow();
    if (depth >= maxDepth) throw new ExpansionError(`lists of fields include one another more than ${maxDepth} deep`);
    const left = new Set((without ?? []) as readonly JsonValue[]);
    return expandList(list as readonly JsonValue[], depth + 1).filter((field) => !left.has(nameOf(field) ?? null));
  }
}

function nameOf(field: JsonValue): string | undefined {
  const name = isJsonObject(field) ? field['name'] : undefined;
  return typeof name === 'string' ? name : undefined;
}
