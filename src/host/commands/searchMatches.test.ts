import { describe, expect, it } from 'vitest';
import { searchMatches } from './searchMatches';

const items = [
  { name: 'orders-web', description: 'The shop front' },
  { name: 'shop', description: '' },
  { name: 'workshop', description: '' },
  { name: 'Shopping', description: 'Lists' },
  { name: 'billing', description: 'Invoices of the SHOP' },
];
const search = (query: string): readonly string[] => searchMatches(query, items, ({ name, description }) => [name, description]).map(({ name }) => name);

describe('a search', () => {
  it('begins with three characters', () => {
    expect(search('sh')).toEqual([]);
    expect(search(' sh ')).toEqual([]);
    expect(search('sho')).not.toEqual([]);
  });

  it('finds names before descriptions, and beginnings before the middle, whatever their case', () => {
    expect(search('shop')).toEqual(['shop', 'Shopping', 'workshop', 'orders-web', 'billing']);
  });

  it('wants every word, in any of the texts', () => {
    expect(search('orders front')).toEqual(['orders-web']);
    expect(search('orders back')).toEqual([]);
  });

  it('gives at most five', () => {
    const many = Array.from({ length: 50 }, (_, index) => `pod-${index}`);
    expect(searchMatches('pod', many, (name) => [name])).toEqual(['pod-0', 'pod-1', 'pod-2', 'pod-3', 'pod-4']);
  });
});
