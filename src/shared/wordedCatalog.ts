import type { Catalog, CatalogField, CatalogKind } from './catalog';

/**
 * The kinds that ship, with everything that is read in another language. Names, values and what decides stay as they are; kinds of the
 * workspace and of plugins are in their authors' words.
 */
export function wordedCatalog(catalog: Catalog, text: (english: string) => string): Catalog {
  const field = (one: CatalogField): CatalogField => wordedField(one, text);
  const kind = (one: CatalogKind): CatalogKind => ({
    ...one,
    displayName: text(one.displayName),
    description: text(one.description),
    fields: one.fields.map(field),
    handles: one.handles.map((handle) => ({ ...handle, label: text(handle.label) })),
    relations: one.relations.map((relation) => ({ ...relation, label: text(relation.label) })),
  });
  return { ...catalog, kinds: catalog.kinds.map((one) => (one.origin === 'core' ? kind(one) : one)) };
}

export function wordedField(one: CatalogField, text: (english: string) => string): CatalogField {
  return {
    ...one,
    label: text(one.label),
    description: text(one.description),
    ...(one.options === undefined
      ? {}
      : { options: one.options.map((option) => ({ ...option, label: option.label === String(option.value) ? option.label : text(option.label) })) }),
    ...(one.fields === undefined ? {} : { fields: one.fields.map((inner) => wordedField(inner, text)) }),
    ...(one.items === undefined ? {} : { items: wordedField(one.items, text) }),
    ...(one.section === undefined ? {} : { section: text(one.section) }),
  };
}
