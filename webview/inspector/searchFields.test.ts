import { expect, it } from 'vitest';
import type { CatalogField } from '../../src/shared/catalog';
import { searchFields } from './searchFields';

const field = (name: string, label: string, more: Partial<CatalogField> = {}): CatalogField => ({
  name,
  label,
  description: '',
  type: 'string',
  required: false,
  ...more,
});
const fields = [
  field('image', 'Image', { description: 'What runs.' }),
  field('readinessProbe', 'Readiness', { type: 'object', section: 'Probes', fields: [field('path', 'Path', { description: 'Where to ask over HTTP.' })] }),
  field('volumeMounts', 'Mounts', { type: 'array', items: field('mount', 'Mount', { type: 'object', fields: [field('readOnly', 'Read-only')] }) }),
];
const found = (query: string): readonly string[] => searchFields(fields, query).map(({ name }) => name);

it('finds fields by name, label and description, in any case', () => {
  expect(found('IMAGE')).toEqual(['image']);
  expect(found('runs')).toEqual(['image']);
  expect(found('readinessprobe')).toEqual(['readinessProbe']);
});

it('finds a field by what is inside it, and by its heading, with the words spread over both', () => {
  expect(found('http')).toEqual(['readinessProbe']);
  expect(found('read-only')).toEqual(['volumeMounts']);
  expect(found('probes path')).toEqual(['readinessProbe']);
});

it('leaves everything for no words, and nothing for words that stand nowhere', () => {
  expect(found('  ')).toHaveLength(3);
  expect(found('image nowhere')).toEqual([]);
});
