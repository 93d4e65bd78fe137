const longestLabel = 63;

/** The number at the end of an id that was numbered before. */
const numbered = /^(.*[^-])-(\d+)$/;

/** A text as an id: what no DNS-1123 label may hold becomes a dash; `fallback` when nothing is left. */
export function idFrom(text: string, fallback: string): string {
  const label = text
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .slice(0, longestLabel)
    .replace(/^-+|-+$/g, '');
  return label === '' ? fallback : label;
}

/**
 * An id that is not taken: the wished one, else the same with the first number from 2 on that is free. An id that was numbered
 * before (there is a `web` beside this `web-2`) is numbered on rather than twice.
 */
export function freeId(wished: string, taken: ReadonlySet<string>): string {
  if (!taken.has(wished)) return wished;
  const stem = numbered.exec(wished)?.[1];
  const base = stem !== undefined && taken.has(stem) ? stem : wished;
  for (let number = 2; ; number += 1) {
    const suffix = `-${number}`;
    const id = `${base.slice(0, longestLabel - suffix.length).replace(/-+$/, '')}${suffix}`;
    if (!taken.has(id)) return id;
  }
}
