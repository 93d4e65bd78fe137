import { describe, expect, it } from 'vitest';
import type { CatalogField, CatalogKind } from '../../src/shared/catalog';
import { searchKinds } from '../palette/searchKinds';
import { textFrom } from '../ui/texts';
import { bySection, freeValue, isShown, newItem, problemsAt, renameKey, setField, typedValue, valueText } from './fieldValues';

const field = (more: Partial<CatalogField>): CatalogField => ({ name: 'x', label: 'X', description: '', type: 'string', required: false, ...more });

describe('what is typed into a form', () => {
  it('becomes a value of the type of its field, and nothing when it is empty', () => {
    expect(typedValue({ type: 'number' }, ' 8080 ')).toBe(8080);
    expect(typedValue({ type: 'string' }, ' a ')).toBe('a');
    expect(typedValue({ type: 'text' }, ' a \n')).toBe(' a \n');
    expect(typedValue({ type: 'number' }, '  ')).toBeUndefined();
  });

  it('stays text where it does not fit, so that the check can say what is wrong', () => {
    expect(typedValue({ type: 'number' }, 'http')).toBe('http');
    expect(typedValue({ type: 'number' }, 'Infinity')).toBe('Infinity');
  });

  it('is read as JSON where the structure is free, and stays as it was typed where it is none', () => {
    expect(freeValue('{ "podAntiAffinity": {} }')).toEqual({ podAntiAffinity: {} });
    expect(freeValue('{ "podAnti')).toBe('{ "podAnti');
    expect(freeValue(' \n')).toBeUndefined();
  });

  it('becomes an edit without a value when the key is to go', () => {
    expect(setField('web', ['port'], undefined)).toEqual({ type: 'setField', id: 'web', path: ['port'] });
  });

  it('renames a key of a map in one step, unless the name is taken or empty', () => {
    const map = { a: '1', b: '2' };
    expect(renameKey('web', ['env'], map, 'a', ' c ')).toEqual({
      type: 'composite',
      edits: [
        { type: 'setField', id: 'web', path: ['env', 'a'] },
        { type: 'setField', id: 'web', path: ['env', 'c'], value: '1' },
      ],
    });
    expect(renameKey('web', ['env'], map, 'a', 'b')).toBeUndefined();
    expect(renameKey('web', ['env'], map, 'a', '')).toBeUndefined();
  });
});

describe('a form made from metadata', () => {
  it('shows a field only while the one it depends on has the right value', () => {
    const dependent = field({ dependsOn: { field: 'tls', values: [true] } });
    expect(isShown(dependent, () => true)).toBe(true);
    expect(isShown(dependent, () => undefined)).toBe(false);
    expect(isShown(field({}), () => undefined)).toBe(true);
  });

  it('gathers fields under their headings in the order of the metadata', () => {
    const sections = bySection([field({ name: 'a', section: 'More' }), field({ name: 'b' }), field({ name: 'c', section: 'More' })]);
    expect(sections.map(([title, fields]) => [title, fields.map(({ name }) => name)])).toEqual([
      [undefined, ['b']],
      ['More', ['a', 'c']],
    ]);
  });

  it('gives a new path of an ingress an id of its own', () => {
    const items = field({ name: 'path', type: 'object', fields: [field({ name: 'type', required: true, default: 'Prefix' })] });
    expect(newItem(items, [{ id: 'path-2' }], 'id')).toEqual({ type: 'Prefix', id: 'path-3' });
    expect(newItem(field({}), [], undefined)).toBe('');
  });

  it('finds the problems of exactly one field', () => {
    const problem = { code: 'node.wrongType', args: {}, severity: 'error', text: 'x', path: ['env', 'A'] } as const;
    expect(problemsAt([problem], ['env', 'A'])).toHaveLength(1);
    expect(problemsAt([problem], ['env'])).toHaveLength(0);
  });

  it('writes values as a person would read them', () => {
    expect(valueText(null)).toBe('');
    expect(valueText(false)).toBe('false');
    expect(valueText(['a'])).toBe('["a"]');
  });
});

describe('searching kinds', () => {
  const kind = (type: string, more: Partial<CatalogKind> = {}): CatalogKind => ({
    type,
    displayName: type,
    description: '',
    icon: '',
    category: 'core',
    version: '',
    tags: [],
    usageFrequency: 'medium',
    difficulty: 'easy',
    defaultName: type,
    apiVersion: 'v1',
    kind: type,
    namespaced: true,
    fields: [],
    handles: [],
    relations: [],
    origin: 'core',
    summary: [],
    ...more,
  });
  const kinds = [kind('ingress', { tags: ['http'] }), kind('job'), kind('deployment', { usageFrequency: 'very-high', tags: ['http'] })];

  it('finds by name, tag and category, the most used first', () => {
    expect(searchKinds(kinds, '').map(({ type }) => type)).toEqual(['deployment', 'ingress', 'job']);
    expect(searchKinds(kinds, 'HTTP').map(({ type }) => type)).toEqual(['deployment', 'ingress']);
    expect(searchKinds(kinds, 'core jo').map(({ type }) => type)).toEqual(['job']);
  });

  it('puts a kind whose name begins with the query before more frequent ones', () => {
    expect(searchKinds([...kinds, kind('hpa', { tags: ['jobs'], usageFrequency: 'very-high' })], 'job').map(({ type }) => type)).toEqual(['job', 'hpa']);
  });
});

describe('texts', () => {
  it('are translated where there is a translation, and carry their arguments in any order', () => {
    const text = textFrom({ '{0} of {1}': '{1} davon {0}' });
    expect(text('{0} of {1}', 1, 2)).toBe('2 davon 1');
    expect(text('{0} left', 3)).toBe('3 left');
    expect(text('constructor')).toBe('constructor');
  });
});
