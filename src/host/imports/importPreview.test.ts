import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import * as engine from '../../engine/index';
import { nodeFiles } from '../../node/nodeFiles';
import type { ImportPage } from '../../shared/compareProtocol';
import type { WorkflowEdit } from '../../shared/workflowEdit';
import { coreCatalog } from '../../testing/coreCatalog';
import type { CompareTab } from '../versions/comparePanels';

const editor = vi.hoisted(() => ({ folder: '', opened: [] as string[] }));
vi.mock('vscode', () => {
  class FileSystemError extends Error {
    readonly code = 'FileNotFound';
  }
  const uri = (path: string) => ({ scheme: 'file', path, fsPath: path, toString: () => path });
  return {
    l10n: { t: (text: string) => text },
    FileType: { File: 1, Directory: 2 },
    FileSystemError,
    Uri: { joinPath: ({ fsPath }: { fsPath: string }, ...parts: readonly string[]) => uri(join(fsPath, ...parts)) },
    commands: { executeCommand: (_: string, opened: { fsPath: string }) => Promise.resolve(void editor.opened.push(opened.fsPath)) },
    workspace: {
      get workspaceFolders() {
        return [{ name: 'open', uri: uri(editor.folder) }];
      },
      openTextDocument: async ({ fsPath }: { fsPath: string }) => {
        const text = await readFile(fsPath, 'utf8');
        return { uri: uri(fsPath), getText: () => text };
      },
      fs: {
        readDirectory: async ({ fsPath }: { fsPath: string }) => {
          const names = await readdir(fsPath).catch(() => {
            throw new FileSystemError();
          });
          return names.map((name) => [name, name.includes('.') ? 1 : 2]);
        },
      },
    },
  };
});
const { previewImport } = await import('./importPreview');

const source = `name: shop
services:
  web: { image: "nginx:1.28", environment: { KEY_PREFIX: a }, ulimits: { nproc: 5 } }
`;
const loaded = await coreCatalog();
/** The pages that are open, by key. */
const pages = new Map<string, CompareTab>();
const placesOpened: string[] = [];

/** The file on disk stands for the editor's document. */
const documents = {
  catalogOf: () => Promise.resolve(loaded),
  onDidChange: () => ({ dispose: () => undefined }),
  of: (document: { readonly uri: { readonly fsPath: string }; readonly getText: () => string }) => {
    const push = async (edit: (text: string) => WorkflowEdit): Promise<unknown> => {
      const edited = engine.editText(document.getText(), edit(document.getText()));
      if (edited.ok) await writeFile(document.uri.fsPath, edited.text);
      return edited;
    };
    return Promise.resolve({ document, edits: { push } });
  },
};

async function open(): Promise<CompareTab> {
  const folder = { scheme: 'file', path: editor.folder, fsPath: editor.folder, toString: () => editor.folder } as never;
  const files = nodeFiles(editor.folder);
  await previewImport(
    {
      engine,
      filesOf: ({ fsPath }) => nodeFiles(fsPath),
      documents: documents as never,
      panels: {
        open: async (tab) => {
          await tab.read();
          pages.set(tab.key, tab);
        },
        close: (key) => void pages.delete(key),
      },
    },
    {
      key: 'compose:compose.yaml',
      title: 'Import of compose.yaml',
      folder,
      read: async (choices) => ({
        ...(await engine.importCompose({ files, folder: editor.folder, paths: ['compose.yaml'], catalog: loaded.catalog, choices })),
        notes: [],
      }),
      open: (file, line) => Promise.resolve(void placesOpened.push(`${file}:${String(line)}`)),
    },
  );
  const [tab] = pages.values();
  if (tab === undefined) throw new Error('No page is open.');
  return tab;
}
const shown = async (tab: CompareTab): Promise<ImportPage> => (await tab.read()).page as ImportPage;
const text = (): Promise<string> => readFile(join(editor.folder, '.kubeorch/shop.workflow.yaml'), 'utf8');

beforeEach(async () => {
  editor.folder = await mkdtemp(join(tmpdir(), 'kubeorch-preview-'));
  await writeFile(join(editor.folder, 'compose.yaml'), source);
  for (const list of [editor.opened, placesOpened]) list.length = 0;
  pages.clear();
});
afterEach(() => rm(editor.folder, { recursive: true }));

test('shows what would come, takes choices, and writes only what was shown, once', async () => {
  const tab = await open();
  expect((await shown(tab)).targets).toEqual([{ id: 'shop', file: '.kubeorch/shop.workflow.yaml', isNew: true }]);
  expect(await readdir(editor.folder)).toEqual(['compose.yaml']);
  await tab.acts.choose?.('variable:web.KEY_PREFIX', 'plain');
  // What is not on offer changes nothing.
  await tab.acts.choose?.('variable:web.KEY_PREFIX', 'claim');
  await tab.acts.choose?.('variable:web.__proto__', 'plain');
  const page = await shown(tab);
  expect(page.after.document.workflow.nodes.map(({ id }) => id)).toEqual(['web-config', 'web-svc', 'web']);
  expect(page.losses.some(({ path }) => path === 'services.web.ulimits.nproc')).toBe(true);
  await tab.acts.applyImport?.();
  expect(await text()).toContain('KEY_PREFIX: a');
  expect(editor.opened).toEqual([join(editor.folder, '.kubeorch/shop.workflow.yaml')]);
  expect(pages.size).toBe(0);
});

test('opens places that the page names, and no others', async () => {
  const tab = await open();
  await tab.acts.openSource?.('compose.yaml', 3);
  await tab.acts.openSource?.('../../etc/passwd', 1);
  expect(placesOpened).toEqual(['compose.yaml:3']);
});

test('the second time it goes where it went, with what was chosen; a small change of the source is a small change of the file', async () => {
  await (await open()).acts.choose?.('variable:web.KEY_PREFIX', 'plain');
  await [...pages.values()][0]?.acts.applyImport?.();
  await writeFile(
    join(editor.folder, '.kubeorch/shop.workflow.yaml'),
    (await text()).replace('image: nginx:1.28', 'image: nginx:1.28 # pinned\n    replicas: 3'),
  );
  const same = await open();
  const { diff, target, choices } = await shown(same);
  expect([target, diff?.changedNodes, diff?.addedNodes, diff?.removedNodes]).toEqual(['shop', [], [], []]);
  expect(choices.find(({ key }) => key === 'variable:web.KEY_PREFIX')?.value).toBe('plain');
  await writeFile(join(editor.folder, 'compose.yaml'), source.replace('1.28', '1.29'));
  expect((await shown(same)).diff?.changedNodes).toEqual([
    { id: 'web', type: 'deployment', fields: [{ path: 'image', before: 'nginx:1.28', after: 'nginx:1.29' }] },
  ]);
  const before = await text();
  await same.acts.applyImport?.();
  expect(await text()).toBe(before.replace('nginx:1.28', 'nginx:1.29'));
  // Undone, the change is on offer again.
  await writeFile(join(editor.folder, '.kubeorch/shop.workflow.yaml'), before);
  expect((await shown(await open())).diff?.changedNodes).toHaveLength(1);
});

test('goes into another workflow, or a new one beside it, as it is chosen', async () => {
  await mkdir(join(editor.folder, '.kubeorch'));
  const own = 'apiVersion: kubeorch.dev/v1alpha1\nkind: Workflow\nname: shop\nnodes:\n  web: { type: deployment, image: nginx:1.28, replicas: 2 } # ours\n';
  await writeFile(join(editor.folder, '.kubeorch/shop.workflow.yaml'), own);
  await writeFile(join(editor.folder, '.kubeorch/broken.workflow.yaml'), 'nodes: [');
  const tab = await open();
  expect((await shown(tab)).target).toBe('shop');
  expect((await shown(tab)).diff?.changedNodes.map(({ fields }) => fields.map(({ path }) => path))).toEqual([['port']]);
  await expect(tab.acts.importInto?.('broken')).rejects.toThrow();
  expect((await shown(tab)).target).toBe('shop');
  await tab.acts.importInto?.('shop-2');
  expect((await shown(tab)).diff).toBeUndefined();
  await tab.acts.applyImport?.();
  expect(await readFile(join(editor.folder, '.kubeorch/shop-2.workflow.yaml'), 'utf8')).toContain('name: shop-2\n');
  expect(await text()).toBe(own);
});
