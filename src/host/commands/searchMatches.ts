/** From so many characters on anything is looked for: fewer would find nearly everything. */
export const searchFromLength = 3;
/** As many of each group as are shown. */
export const searchGroupLimit = 5;

/**
 * The items in whose texts the words of a query stand, at most five. Those whose first text begins with the query come first, then those
 * that hold it there, then the rest; ties keep their order.
 * @param textsOf the texts to look in, the name first
 */
export function searchMatches<T>(query: string, items: Iterable<T>, textsOf: (item: T) => readonly string[]): readonly T[] {
  const wanted = query.trim().toLowerCase();
  if (wanted.length < searchFromLength) return [];
  const words = wanted.split(/\s+/);
  const found: { readonly item: T; readonly rank: number }[] = [];
  for (const item of items) {
    const texts = textsOf(item).map((text) => text.toLowerCase());
    const [name = ''] = texts;
    if (!words.every((word) => texts.some((text) => text.includes(word)))) continue;
    found.push({ item, rank: name.startsWith(wanted) ? 0 : name.includes(wanted) ? 1 : 2 });
  }
  return found
    .sort((a, b) => a.rank - b.rank)
    .slice(0, searchGroupLimit)
    .map(({ item }) => item);
}
