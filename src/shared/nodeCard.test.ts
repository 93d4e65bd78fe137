import { expect, test } from 'vitest';
import { coreCatalog } from '../testing/coreCatalog';
import { kindOf } from './catalog';
import type { JsonObject } from './json';
import { nodeCard } from './nodeCard';

const { catalog } = await coreCatalog();

function rowsOf(type: string, data: JsonObject): Readonly<Record<string, string>> {
  const { rows } = nodeCard({ id: 'it', type, data }, kindOf(catalog, type));
  return Object.fromEntries(rows.map(({ label, value }) => [label, value]));
}

test('a card names the entries of a list by what they are called, and counts those that have no name', () => {
  expect(rowsOf('networkpolicy', { podApps: ['web', 'api'] })).toMatchObject({ Apps: 'web, api' });
  expect(rowsOf('networkpolicy', { ingressRules: [{ from: [{ podSelector: { app: 'web' } }] }, { ports: [{ port: 80 }] }] })).toMatchObject({
    'Allowed in': '2 × Rule',
  });
});
