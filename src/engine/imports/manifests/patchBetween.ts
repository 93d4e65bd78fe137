import type { JsonObject, JsonValue } from '../../../shared/json';
import { isJsonObject, jsonObject, sameJson, valueAt } from '../../../shared/json';
import { valueText } from '../../valueText';
import { isSameItem, keysOfItems, patchedObject } from '../../merge';

/** More places than this are not tried one by one: such a patch is written as it is. */
const maxTried = 200;
/** What a place of a list ends with when it is the order of the items that differs: tried first, since it takes the whole list. */
const orderMark = '/(order)';

/**
 * A node's `patch` that makes `wanted` of `rendered`, with as little in it as gives the same meaning by `isSame`. Undefined when none
 * does, or when nothing has to be changed an empty one. Neither of the two has nulls.
 */
export function patchBetween(rendered: JsonObject, wanted: JsonObject, isSame: (a: JsonObject, b: JsonObject) => boolean): JsonObject | undefined {
  if (isSame(rendered, wanted)) return {};
  const gives = (patch: JsonValue | undefined): boolean => {
    const made = patch === undefined ? rendered : patchedObject(rendered, patch);
    return isJsonObject(made) && isSame(made, wanted);
  };
  for (const wholeLists of [false, true]) {
    const difference = new Difference(wholeLists);
    const all = difference.between(rendered, wanted, '', '');
    if (all === undefined || !gives(all)) continue;
    if (difference.places.length > maxTried) return isJsonObject(all) ? all : undefined;
    // A volume and its mounts go by one name, which only changes in all of these places at once.
    const orders = difference.places.filter((place) => place.endsWith(orderMark));
    for (const places of [
      ...orders.map((place) => [place]),
      difference.places.filter((place) => place.includes('/volume')),
      ...difference.places.map((place) => [place]),
    ]) {
      const before = new Set(difference.skipped);
      for (const place of places) difference.skipped.add(place);
      if (gives(difference.between(rendered, wanted, '', ''))) continue;
      for (const place of places) if (!before.has(place)) difference.skipped.delete(place);
    }
    const least = difference.between(rendered, wanted, '', '');
    return isJsonObject(least) ? least : {};
  }
  return undefined;
}

class Difference {
  /** Places that differ, each as a text. */
  readonly places: string[] = [];
  /** Places that are left as they are. */
  readonly skipped = new Set<string>();
  readonly #wholeLists: boolean;

  constructor(wholeLists: boolean) {
    this.#wholeLists = wholeLists;
  }

  between(from: JsonValue | undefined, to: JsonValue | undefined, field: string, place: string): JsonValue | undefined {
    if (sameJson(from, to)) return undefined;
    if (isJsonObject(from) && isJsonObject(to)) {
      const made = jsonObject();
      for (const key of new Set([...Object.keys(to), ...Object.keys(from)])) {
        const change = this.between(valueAt(from, [key]), valueAt(to, [key]), key, `${place}/${key}`);
        if (change !== undefined) made[key] = change;
      }
      return Object.keys(made).length === 0 ? undefined : made;
    }
    const items = Array.isArray(from) && Array.isArray(to) && !this.#wholeLists ? this.#items(from, to, field, place) : undefined;
    if (items !== undefined) return items.length === 0 ? undefined : items;
    if (this.#isLeft(place)) return undefined;
    if (to === undefined) return null;
    if (Array.isArray(to) && keysOfItems(field, to as readonly JsonValue[]) !== undefined && from !== undefined)
      return [{ $patch: 'replace' }, ...(to as readonly JsonValue[])];
    return to;
  }

  #items(from: readonly JsonValue[], to: readonly JsonValue[], field: string, place: string): readonly JsonValue[] | undefined {
    const keys = keysOfItems(field, [...from, ...to]);
    if (keys === undefined) return undefined;
    const nameOf = (item: JsonValue): JsonObject => jsonObject(keys.flatMap((key) => [[key, valueAt(item, [key])] as const].filter(hasValue)));
    const placeOf = (item: JsonValue): string => `${place}/${keys.map((key) => valueText(valueAt(item, [key]))).join('+')}`;
    const made: JsonValue[] = [];
    for (const item of to) {
      const before = from.find((one) => isSameItem(one, item, keys));
      const difference = this.between(before, item, '', placeOf(item));
      // What an item goes by is the same for both, said or not.
      const change =
        isJsonObject(difference) && before !== undefined ? jsonObject(Object.entries(difference).filter(([key]) => !keys.includes(key))) : difference;
      if (isJsonObject(change) && Object.keys(change).length > 0) made.push(before === undefined ? change : { ...nameOf(item), ...change });
    }
    for (const item of from)
      if (!to.some((one) => isSameItem(one, item, keys)) && !this.#isLeft(`${placeOf(item)}/-`)) made.push({ ...nameOf(item), $patch: 'delete' });
    const merged = patchedObject([...from], made, field);
    const isInOrder = !Array.isArray(merged) || (merged as readonly JsonValue[]).every((item, index) => isSameItem(item, to[index] ?? null, keys));
    const order = `${place}${orderMark}`;
    // Parts that are only tried without may leave another order, which then is for the caller to judge.
    if (isInOrder || this.#isLeft(order) || !this.places.includes(order)) return made;
    return [{ $patch: 'replace' }, ...to];
  }

  #isLeft(place: string): boolean {
    if (this.skipped.has(place)) return true;
    if (this.skipped.size === 0 && !this.places.includes(place)) this.places.push(place);
    return false;
  }
}

function hasValue(entry: readonly [string, JsonValue | undefined]): entry is readonly [string, JsonValue] {
  return entry[1] !== undefined;
}
