// The small part of JSONPath that printer columns use: fields, quoted fields, indexes, and a filter for one equal field.
import { isMap, type Json } from '../objects';

const step = /\.([A-Za-z_][\w-]*)|\[(?:'([^']*)'|"([^"]*)"|(\d+)|\*|\?\(\s*@\.([\w.-]+)\s*==\s*["']([^"']*)["']\s*\))\]/y;

/** The first value that the path leads to; undefined when there is none or the path is of another form. */
export function valueAt(path: string, value: Json): Json | undefined {
  let found: Json[] = [value];
  step.lastIndex = 0;
  let at = 0;
  while (at < path.length) {
    step.lastIndex = at;
    const match = step.exec(path);
    if (match === null) return undefined;
    at = step.lastIndex;
    const [, plain, single, double, index, key, wanted] = match;
    const field = plain ?? single ?? double;
    found = found.flatMap((one): Json[] => {
      if (field !== undefined) return isMap(one) && Object.hasOwn(one, field) ? [one[field] ?? null] : [];
      if (!Array.isArray(one)) return [];
      if (index !== undefined) return one.slice(Number(index), Number(index) + 1);
      if (key === undefined) return one;
      return one.filter((item) => isMap(item) && item[key] === wanted);
    });
  }
  return found[0];
}
