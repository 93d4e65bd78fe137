import type { CatalogKind } from '../../src/shared/catalog';

const frequencies: readonly CatalogKind['usageFrequency'][] = ['very-high', 'high', 'medium', 'low'];

/**
 * Kinds that match every word of the query by name, type, tag or category: those whose name begins with it first, then by
 * how often a kind is used, then by name.
 */
export function searchKinds(kinds: readonly CatalogKind[], query: string): readonly CatalogKind[] {
  const words = query
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const rank = (kind: CatalogKind): number => {
    const name = kind.displayName.toLowerCase();
    return words.length > 0 && words.every((word) => name.startsWith(word) || kind.type.startsWith(word)) ? 0 : 1;
  };
  return kinds
    .filter((kind) => {
      const places = [kind.displayName, kind.type, kind.category, ...kind.tags].map((place) => place.toLowerCase());
      return words.every((word) => places.some((place) => place.includes(word)));
    })
    .toSorted(
      (a, b) => rank(a) - rank(b) || frequencies.indexOf(a.usageFrequency) - frequencies.indexOf(b.usageFrequency) || (a.displayName < b.displayName ? -1 : 1),
    );
}

/** Kinds by category, categories in the order in which their most used kind comes. */
export function byCategory(kinds: readonly CatalogKind[]): readonly (readonly [string, readonly CatalogKind[]])[] {
  const groups = new Map<string, CatalogKind[]>();
  for (const kind of kinds) groups.set(kind.category, [...(groups.get(kind.category) ?? []), kind]);
  return [...groups];
}
