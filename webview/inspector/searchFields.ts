import type { CatalogField } from '../../src/shared/catalog';

/** As few fields as these are seen at a glance, and need no search. */
export const searchFromFields = 8;

/** The fields in whose name, label or description every word of the query stands, or in one of the fields inside them. */
export function searchFields(fields: readonly CatalogField[], query: string): readonly CatalogField[] {
  const words = query
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const matches = (field: CatalogField, outer: string): boolean => {
    const said = `${outer}\n${field.name}\n${field.label}\n${field.description}\n${field.section ?? ''}`.toLowerCase();
    return (
      words.every((word) => said.includes(word)) ||
      [...(field.fields ?? []), ...(field.items === undefined ? [] : [field.items])].some((inner) => matches(inner, said))
    );
  };
  return words.length === 0 ? fields : fields.filter((field) => matches(field, ''));
}
