import { beforeEach, expect, test, vi } from 'vitest';
import * as engine from '../../engine/index';
import type { BuildRecord } from '../../shared/build';
import type { WorkflowEdit } from '../../shared/workflowEdit';
import { MemoryLogger } from '../../testing/memoryLogger';
import { VirtualClock } from '../../testing/virtualClock';

/** What is picked and typed, in the order in which it is asked for; and what was asked. */
const editor = vi.hoisted(() => ({ picks: [] as string[], texts: [] as string[], asked: [] as string[], answer: undefined as string | undefined }));
vi.mock('vscode', () => {
  const uri = (path: string) => ({ scheme: 'file', path, fsPath: path, toString: () => path });
  return {
    l10n: { t: (text: string, ...args: readonly unknown[]) => text.replaceAll(/\{(\d)\}/g, (_, index: string) => String(args[Number(index)])) },
    Uri: {
      joinPath: ({ path }: { path: string }, ...parts: readonly string[]) =>
        uri(parts.reduce((at, part) => (part === '..' ? at.replace(/\/[^/]*$/, '') : `${at}/${part}`), path)),
    },
    FileType: { File: 1, Directory: 2 },
    FileSystemError: class extends Error {},
    workspace: {
      isTrusted: true,
      workspaceFolders: [{ name: 'shop', uri: uri('/work/shop') }],
      fs: { readDirectory: () => Promise.resolve([['shop.workflow.yaml', 1]]) },
    },
    window: {
      showQuickPick: (items: readonly { label: string }[], { placeHolder }: { placeHolder: string }) => {
        editor.asked.push(placeHolder);
        const wanted = editor.picks.shift() ?? 'nothing';
        return Promise.resolve(items.find(({ label }) => label.includes(wanted)));
      },
      showInputBox: async ({ prompt, validateInput }: { prompt: string; validateInput?: (text: string) => Promise<string | undefined> }) => {
        editor.asked.push(prompt);
        const text = editor.texts.shift();
        const wrong = text === undefined ? undefined : await validateInput?.(text);
        if (wrong !== undefined) throw new Error(wrong);
        return text;
      },
      showWarningMessage: () => Promise.resolve(editor.answer),
    },
  };
});
const { buildCommands } = await import('./buildCommands');

const built: { readonly nodeId: string; readonly settings: engine.BuildSettings; readonly deliver: engine.BuildRequest['deliver'] }[] = [];
const edits: WorkflowEdit[] = [];
const deleted: string[] = [];
let text = '';

const commands = (): ReturnType<typeof buildCommands> => {
  const state = { workflow: engine.parseWorkflow(text).workflow, loaded: { catalog: { kinds: [{ type: 'deployment', fields: [{ name: 'image' }] }] } } };
  const open = {
    folder: { scheme: 'file', path: '/work/shop', toString: () => '/work/shop' },
    state,
    edits: {
      push: (edit: WorkflowEdit) => {
        edits.push(edit);
        const edited = engine.editText(engine.parseWorkflow(text), edit);
        if (edited.ok) text = edited.text;
        state.workflow = engine.parseWorkflow(text).workflow;
        return Promise.resolve({ ok: edited.ok, detail: '' });
      },
    },
  };
  const parts = {
    engine,
    actions: { workflowFor: () => Promise.resolve({ open }) },
    nodes: { pickNode: () => Promise.resolve('web') },
    targets: { choiceFor: () => undefined },
    registries: { for: () => undefined },
    builds: {
      list: () => Promise.resolve([]),
      build: (_open: unknown, nodeId: string, settings: engine.BuildSettings, deliver: engine.BuildRequest['deliver']) => {
        built.push({ nodeId, settings, deliver });
        return Promise.resolve({ status: 'cancelled' });
      },
      use: () => Promise.resolve(),
      delete: ({ record: { id } }: { record: BuildRecord }) => Promise.resolve(void deleted.push(id)),
    },
    clock: new VirtualClock(),
    log: new MemoryLogger(),
  };
  return buildCommands(parts as unknown as Parameters<typeof buildCommands>[0]);
};

const row = (more: Partial<BuildRecord>): never => {
  const record = { id: 'a-1', status: 'failed', createdAt: '', imageName: 'r.example/shop/web', imageTag: '3', workflowId: 'shop', nodeId: 'web', ...more };
  const folder = { scheme: 'file', path: '/work/shop', toString: () => '/work/shop' };
  return { type: 'build', build: { folder, record, isRunning: false } } as never;
};

beforeEach(() => {
  for (const list of [built, edits, deleted, editor.picks, editor.texts, editor.asked]) list.length = 0;
  editor.answer = undefined;
  text = 'apiVersion: kubeorch.dev/v1alpha1\nkind: Workflow\nname: shop\nnodes:\n  web: { type: deployment, image: r.example/shop/web:1 }\n';
});

test('a node is asked once where its source is, which stands in the file then', async () => {
  editor.picks.push('A Git Repository', 'Push to r.example');
  editor.texts.push('https://git.example/acme/shop.git', 'release', 'web');
  await commands()['buildImage']?.(undefined);
  const repository = { url: 'https://git.example/acme/shop.git', branch: 'release' };
  expect(built).toMatchObject([{ nodeId: 'web', settings: { repository, context: 'web' }, deliver: { to: 'registry' } }]);
  expect(text).toContain('build: { repoUrl: "https://git.example/acme/shop.git", branch: release, context: web }');
  editor.picks.push('Only Build');
  editor.asked.length = 0;
  await commands()['buildImage']?.(undefined);
  expect([built.length, editor.asked]).toEqual([2, ['Where shall r.example/shop/web go?']]);
});

test('an address says its folder itself, a folder of the workspace needs none, and giving up at any question writes nothing', async () => {
  editor.picks.push('A Git Repository', 'Only Build');
  editor.texts.push('https://github.com/acme/shop/tree/next/apps/web');
  await commands()['buildImage']?.(undefined);
  expect(text).toContain('{ repoUrl: "https://github.com/acme/shop.git", branch: next, context: apps/web }');
  text = text.replace(/, options: .*\}/, ' }');
  edits.length = 0;
  for (const [picks, texts] of [
    [[]],
    [['A Git Repository']],
    [['A Git Repository'], ['https://git.example/a.git']],
    [['A Git Repository'], ['https://git.example/a.git', '']],
  ] as const) {
    editor.picks.splice(0, Infinity, ...picks);
    editor.texts.splice(0, Infinity, ...(texts ?? []));
    await commands()['buildImage']?.(undefined);
  }
  expect([edits, built.length]).toEqual([[], 1]);
  editor.picks.push('A Git Repository');
  editor.texts.push('ext::sh -c id');
  await expect(commands()['buildImage']?.(undefined)).rejects.toThrow('not an address that can be cloned');
  editor.picks.splice(0, Infinity, 'A Folder of the Workspace', 'Only Build');
  editor.texts.splice(0, Infinity, ' services/web ');
  await commands()['buildImage']?.(undefined);
  expect(built.at(-1)?.settings).toMatchObject({ context: 'services/web' });
  expect(built.at(-1)?.settings).not.toHaveProperty('repository');
});

test('a build is made again as the file says now, to where it went', async () => {
  text = text.replace(' }', ', options: { build: { context: now } } }');
  const { retryBuild } = commands();
  await retryBuild?.(row({ delivery: { to: 'registry' } }));
  await retryBuild?.(row({ delivery: { to: 'cluster', cluster: { type: 'kind', name: 'dev' } }, imageTag: 'build-a-1' }));
  expect(editor.asked).toEqual([]);
  expect(built).toMatchObject([
    { settings: { context: 'now', image: { name: 'r.example/shop/web', tag: '3' } }, deliver: { to: 'registry' } },
    { settings: { context: 'now', image: { name: 'r.example/shop/web' } }, deliver: { to: 'cluster', cluster: { type: 'kind', name: 'dev' } } },
  ]);
  // An image of a local cluster has a tag of its own each time.
  expect(built[1]?.settings.image).not.toHaveProperty('tag');
  // A record that does not say it, or says what is none, is asked about.
  for (const delivery of [undefined, { to: 'cluster' }, { to: 'elsewhere' }] as never[]) {
    editor.picks.push('Only Build');
    await retryBuild?.(row({ delivery }));
  }
  expect([editor.asked.length, built.length]).toEqual([3, 5]);
  for (const gone of [{ workflowId: '../other' }, { workflowId: 'gone' }, { nodeId: undefined }] as never[])
    await expect(retryBuild?.(row(gone))).rejects.toThrow('is not in its folder any more');
});

test('what is kept of a build is deleted when that is confirmed', async () => {
  await commands()['deleteBuild']?.(row({}));
  expect(deleted).toEqual([]);
  editor.answer = 'Delete';
  await commands()['deleteBuild']?.(row({}));
  expect(deleted).toEqual(['a-1']);
  await expect(commands()['deleteBuild']?.(undefined)).rejects.toThrow('No image was built in this folder yet.');
});
