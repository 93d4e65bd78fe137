import { describe, expect, test } from 'vitest';
import { nodeFiles } from '../node/nodeFiles';
import { MemoryFiles } from '../testing/memoryFiles';
import { coreTemplates, loadCatalog, workspaceTemplates } from './catalog';
import { Recent } from './recent';

describe('what was made lately', () => {
  test('is remembered up to a number, and what was not asked for the longest goes first', () => {
    const recent = new Recent<{ readonly of: string }>(2);
    const [a, b, c] = ['a', 'b', 'c'].map((of) => ({ of }));
    expect(recent.get('a')).toBeUndefined();
    recent.set('a', a as { of: string });
    recent.set('b', b as { of: string });
    expect(recent.get('a')).toBe(a);
    recent.set('c', c as { of: string });
    expect(recent.get('b')).toBeUndefined();
    expect(recent.get('a')).toBe(a);
    expect(recent.get('c')).toBe(c);
  });

  test('of a catalog is read again when its own text or a shared list that it includes is another', async () => {
    const files = new MemoryFiles();
    const folder = '.kubeorch/templates';
    const labels = async (): Promise<readonly string[]> => {
      const { catalog, problems } = await loadCatalog([coreTemplates(nodeFiles('templates')), workspaceTemplates(files)]);
      expect(problems).toEqual([]);
      return catalog.kinds.find((kind) => kind.type === 'mine')?.fields.map((field) => field.label) ?? [];
    };
    const kind = (more: string): string =>
      `{ type: mine, displayName: T, description: d, icon: package, category: core, version: 1.0.0, defaultName: t, apiVersion: v1, kind: T, fields: [{ $include: few }${more}] }`;
    const field = (label: string): string => `{ name: a, label: ${label}, description: d., type: string }`;
    files.contents.set(`${folder}/mine/template.yaml`, 'data: {}\n');
    files.contents.set(`${folder}/mine/metadata.yaml`, kind(''));
    files.contents.set(`${folder}/fields/few.yaml`, `- ${field('First')}\n`);
    expect(await labels()).toEqual(['First']);
    expect(await labels()).toEqual(['First']);
    files.contents.set(`${folder}/fields/few.yaml`, `- ${field('Second')}\n`);
    expect(await labels()).toEqual(['Second']);
    files.contents.set(`${folder}/mine/metadata.yaml`, kind(', { name: b, label: Third, description: d., type: string }'));
    expect(await labels()).toEqual(['Second', 'Third']);
  });
});
