import { beforeAll, describe, expect, test } from 'vitest';
import type { ImportChoices } from '../../shared/importPreview';
import type { Workflow } from '../../shared/workflow';
import { isSameMeaning, workflowDiff } from '../../shared/workflowDiff';
import { composeCases } from '../../testing/composeOracle/cases.mjs';
import { importCase } from '../../testing/composeProject';
import { coreCatalog } from '../../testing/coreCatalog';
import { MemoryFiles } from '../../testing/memoryFiles';
import type { LoadedCatalog } from '../catalog';
import { editText } from '../document/editText';
import { parseWorkflow } from '../document/parse';
import type { ComposeImport } from './composeImport';
import { importCompose } from './composeImport';
import { readImportRecord, writeImportRecord } from './importRecord';
import type { MergedImport } from './mergeImport';
import { mergeImport } from './mergeImport';

const compose = `name: shop
services:
  web:
    image: nginx:1.28
    ports: ["8080:80"]
    environment: { LEVEL: info, MODE: fast }
    depends_on: [db]
  db:
    image: postgres:17
`;

let loaded: LoadedCatalog;
beforeAll(async () => {
  loaded = await coreCatalog();
});

function imported(text: string, choices: ImportChoices = {}): Promise<ComposeImport> {
  const files = new MemoryFiles();
  files.contents.set('compose.yaml', text);
  return importCompose({ files, folder: '/project', paths: ['compose.yaml'], catalog: loaded.catalog, choices });
}

/** The file's text after an import went into it. */
async function again(file: string, base: Workflow | undefined, source: string, choices: ImportChoices = {}): Promise<MergedImport & { readonly text: string }> {
  const { workflow: theirs } = await imported(source, choices);
  const made = mergeImport({ ours: parseWorkflow(file).workflow, theirs, catalog: loaded.catalog, choices, ...(base === undefined ? {} : { base }) });
  const edited = editText(file, made.edit);
  if (!edited.ok) throw new Error(edited.detail);
  return { ...made, text: edited.text };
}

describe('an import into a workflow that is there', () => {
  test('of the same source changes nothing, whatever was done by hand', async () => {
    const { text, workflow } = await imported(compose);
    expect((await again(text, workflow, compose)).text).toBe(text);
    const byHand = text
      .replace('  web:\n', '  web: # the front\n')
      .replace('image: nginx:1.28', "image: 'nginx:1.28'\n    replicas: 3")
      .replace(/layout:[^]*/, 'layout: { web: [7, 7] }\n')
      .replace('status: draft', 'status: published');
    expect((await again(byHand, workflow, compose)).text).toBe(byHand);
    const without = editText(byHand, { type: 'removeNodes', ids: ['web-config'] });
    const text2 = without.ok ? without.text : '';
    expect((await again(text2, workflow, compose)).text).toBe(text2);
  });

  test('of every project that is compared with compose itself is a no-op the second time', async () => {
    const cases = (await composeCases()).filter(({ name }) => !name.endsWith('-fails'));
    for (const one of cases) {
      const { workflow } = await importCase(one, loaded.catalog);
      const made = mergeImport({ ours: workflow, theirs: workflow, base: workflow, catalog: loaded.catalog });
      expect([one.name, made.edit.edits]).toEqual([one.name, []]);
      // Without a record of it, nodes are known by kind and name.
      expect([one.name, mergeImport({ ours: workflow, theirs: workflow, catalog: loaded.catalog }).edit.edits]).toEqual([one.name, []]);
    }
  });

  test('of a changed source changes what the source changed, and keeps what was done by hand', async () => {
    const { text, workflow } = await imported(compose);
    const byHand = text.replace('image: nginx:1.28', 'image: nginx:1.28 # pinned\n    replicas: 3').replace(/web: \[.*\]/, 'web: [7, 7]');
    const changed = `${compose.replace('nginx:1.28', 'nginx:1.29').replace(', MODE: fast', '')}  cache: { image: "redis:8" }\n`;
    const made = await again(byHand, workflow, changed);
    const diff = workflowDiff(parseWorkflow(byHand).workflow, made.merged);
    expect(diff.changedNodes.map(({ id, fields }) => [id, fields.map(({ path }) => path)])).toEqual([
      ['web-config', ['data.MODE']],
      ['web', ['image']],
    ]);
    expect(diff.addedNodes.map(({ id }) => id)).toEqual(['cache-svc', 'cache']);
    expect([diff.removedNodes, diff.movedNodes, made.conflicts]).toEqual([[], [], []]);
    expect(made.text).toContain('image: nginx:1.29 # pinned\n    replicas: 3');
    expect(made.text).toContain('web: [7, 7]');
    expect(Object.keys(made.merged.layout)).toEqual(expect.arrayContaining(['cache', 'cache-svc']));
  });

  test('removes what the source no longer has, unless it was changed by hand', async () => {
    const { text, workflow } = await imported(compose);
    const smaller = compose.replace('    depends_on: [db]\n', '').replace(/ {2}db:[^]*/, '');
    const gone = await again(text, workflow, smaller);
    expect(gone.merged.nodes.map(({ id }) => id)).toEqual(['web', 'web-svc', 'web-config'].sort((a, b) => text.indexOf(`  ${a}:`) - text.indexOf(`  ${b}:`)));
    const byHand = text.replace('image: postgres:17', 'image: postgres:17.2');
    const kept = await again(byHand, workflow, smaller);
    expect(kept.merged.nodes.map(({ id }) => id)).toContain('db');
    expect(kept.conflicts).toMatchObject([{ key: 'conflict:db', value: 'file', options: ['file', 'source'] }]);
    expect((await again(byHand, workflow, smaller, { 'conflict:db': 'source' })).merged.nodes.map(({ id }) => id)).not.toContain('db');
  });

  test('asks whose value counts where both changed; the file until something else is chosen', async () => {
    const { text, workflow } = await imported(compose);
    const byHand = text.replace('nginx:1.28', 'nginx:1.27');
    const changed = compose.replace('nginx:1.28', 'nginx:1.29');
    const kept = await again(byHand, workflow, changed);
    expect(kept.conflicts).toMatchObject([{ key: 'conflict:web.image', node: 'web', subject: 'image', value: 'file' }]);
    expect(kept.text).toBe(byHand);
    expect((await again(byHand, workflow, changed, { 'conflict:web.image': 'source' })).text).toBe(byHand.replace('1.27', '1.29'));
  });

  test('follows a node that got another id, and one that is of another kind by choice', async () => {
    const { text, workflow } = await imported(compose);
    const renamed = editText(text, { type: 'rename', id: 'db', newId: 'database' });
    const changed = await again(renamed.ok ? renamed.text : '', workflow, compose.replace('postgres:17', 'postgres:18'));
    expect(changed.merged.nodes.find(({ id }) => id === 'database')?.data['image']).toBe('postgres:18');
    expect(changed.merged.nodes).toHaveLength(workflow.nodes.length);
    const other = await again(text, workflow, compose, { 'workload:db': 'deployment' });
    expect(other.merged.nodes.find(({ id }) => id === 'db')?.type).toBe('deployment');
    expect(other.merged.nodes).toHaveLength(workflow.nodes.length);
  });

  test('knows nodes of the same kind and name in a workflow that it never went into, and leaves the others alone', async () => {
    const file = `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: mine
nodes:
  front: { type: deployment, name: web, image: nginx:1.20, replicas: 2 } # ours
  db: { type: configmap, data: { A: b } }
`;
    const made = await again(file, undefined, compose);
    expect(made.ids.get('web')).toBe('front');
    expect(made.ids.get('db')).toBe('db-2');
    expect(made.text).toContain('image: nginx:1.20, replicas: 2');
    expect(made.conflicts).toMatchObject([{ key: 'conflict:front.image' }]);
    expect(made.merged.nodes.find(({ id }) => id === 'db-2')?.data['name']).toBe('db');
    expect(made.merged.edges).toContainEqual({ from: 'front', to: 'db-2', ready: 'applied' });
    expect(made.text).toContain('# ours');
  });

  test('merges lists of named parts item by item', async () => {
    const base = { nodes: [{ id: 'a', type: 'deployment', data: { image: 'a', ports: [{ name: 'x', port: 1 }] } }], edges: [] };
    const workflow = (ports: readonly { name: string; port: number }[]): Workflow => ({
      ...parseWorkflow('name: x\n').workflow,
      nodes: [{ id: 'a', type: 'deployment', data: { image: 'a', ports } }],
    });
    const [x, y, z] = [
      { name: 'x', port: 1 },
      { name: 'y', port: 2 },
      { name: 'z', port: 3 },
    ];
    const made = mergeImport({ base, ours: workflow([x, y]), theirs: workflow([x, z]), catalog: loaded.catalog });
    expect(made.merged.nodes[0]?.data['ports']).toEqual([x, y, z]);
    expect(made.conflicts).toEqual([]);
  });
});

describe('the note of an import', () => {
  test('is of its own source, and an import that was undone is none', async () => {
    const files = new MemoryFiles();
    const record = (name: string) => ({ workflow: { ...parseWorkflow(`name: ${name}\n`).workflow, description: name }, choices: { 'workload:web': 'job' } });
    const descriptionOf = async (present: string, source = 'compose:a'): Promise<string | undefined> =>
      (await readImportRecord(files, 'shop', source, present))?.workflow.description;
    expect(await descriptionOf('text')).toBeUndefined();
    await writeImportRecord(files, 'shop', 'compose:a', record('first'), undefined);
    expect(await readImportRecord(files, 'shop', 'compose:a', 'text')).toMatchObject({ choices: { 'workload:web': 'job' } });
    expect(await descriptionOf('text', 'compose:b')).toBeUndefined();
    await writeImportRecord(files, 'shop', 'compose:a', record('second'), 'text');
    expect(await descriptionOf('text, imported')).toBe('second');
    // The file is as it was before the second import: that was undone.
    expect(await descriptionOf('text')).toBe('first');
    await writeImportRecord(files, 'shop', 'compose:b', record('other'), 'text');
    expect(await descriptionOf('text', 'compose:b')).toBeUndefined();
    expect([...files.contents.keys()].every((path) => path.startsWith('.kubeorch/imports/shop/'))).toBe(true);
  });

  test('survives being written and read', async () => {
    const files = new MemoryFiles();
    const made = await imported(compose);
    await writeImportRecord(files, 'shop', 'compose:a', { workflow: made.workflow, choices: {} }, undefined);
    const read = await readImportRecord(files, 'shop', 'compose:a', made.text);
    const base = read?.workflow ?? made.workflow;
    expect(isSameMeaning(workflowDiff({ ...base, unknown: {} }, made.workflow))).toBe(true);
  });
});
