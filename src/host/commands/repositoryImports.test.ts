import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import * as engine from '../../engine/index';
import { nodeFiles } from '../../node/nodeFiles';
import { coreCatalog } from '../../testing/coreCatalog';
import { MemoryLogger } from '../../testing/memoryLogger';
import { until } from '../../testing/until';
import { VirtualClock } from '../../testing/virtualClock';
import type { CompareTab } from '../versions/comparePanels';

type Item = { readonly label: string; readonly description?: string };

/** What is picked and typed, in the order in which it is asked for; and what was offered, reported and told. */
const editor = vi.hoisted(() => ({
  isTrusted: true,
  folder: '',
  picks: [] as string[],
  texts: [] as string[],
  offered: [] as (readonly Item[])[],
  reported: [] as string[],
  opened: [] as string[],
  previews: [] as CompareTab[],
  cancel: (): void => undefined,
}));
vi.mock('vscode', () => {
  const words = (text: string, ...args: readonly unknown[]): string => {
    const named = typeof args[0] === 'object' ? (args[0] as Readonly<Record<string, unknown>>) : Object.fromEntries(args.entries());
    return text.replaceAll(/\{(\w+)\}/g, (_, name: string) => String(named[name]));
  };
  class CancellationTokenSource {
    readonly #listeners: (() => void)[] = [];
    readonly token = { onCancellationRequested: (listener: () => void) => this.#listeners.push(listener) };
    cancel(): void {
      for (const listener of this.#listeners) listener();
    }
    dispose(): void {
      this.#listeners.length = 0;
    }
  }
  class FileSystemError extends Error {
    readonly code = 'FileNotFound';
  }
  const uri = (path: string) => ({ scheme: 'file', path, fsPath: path, toString: () => path });
  const folders = () => [{ name: 'open', uri: uri(editor.folder) }];
  return {
    l10n: { t: words },
    CancellationTokenSource,
    ThemeIcon: Object,
    QuickPickItemKind: { Separator: -1 },
    ViewColumn: { Beside: -2 },
    ProgressLocation: { Notification: 15 },
    FileType: { File: 1, Directory: 2 },
    FileSystemError,
    Uri: { joinPath: ({ fsPath }: { fsPath: string }, ...parts: readonly string[]) => uri(join(fsPath, ...parts)) },
    commands: { executeCommand: (_: string, opened: { fsPath: string }) => Promise.resolve(void editor.opened.push(opened.fsPath)) },
    workspace: {
      get isTrusted() {
        return editor.isTrusted;
      },
      get workspaceFolders() {
        return folders();
      },
      getWorkspaceFolder: ({ fsPath }: { fsPath: string }) => folders().find((one) => fsPath.startsWith(one.uri.fsPath)),
      onDidSaveTextDocument: () => ({ dispose: () => undefined }),
      fs: {
        stat: ({ fsPath }: { fsPath: string }) => readFile(fsPath).then(({ length }) => ({ type: 1, size: length })),
        readFile: ({ fsPath }: { fsPath: string }) => readFile(fsPath),
        readDirectory: async ({ fsPath }: { fsPath: string }) =>
          (
            await readdir(fsPath, { withFileTypes: true }).catch(() => {
              throw new FileSystemError();
            })
          ).map((entry) => [entry.name, entry.isDirectory() ? 2 : 1]),
      },
    },
    window: {
      showQuickPick: (items: readonly Item[], { canPickMany = false }: { canPickMany?: boolean }) => {
        editor.offered.push(items);
        const wanted = editor.picks.shift() ?? '';
        const found = items.filter(({ label }) => label.includes(wanted));
        return Promise.resolve(canPickMany ? found : found[0]);
      },
      showInputBox: async ({ validateInput }: { validateInput: (text: string) => Promise<string | undefined> }) => {
        const text = editor.texts.shift() ?? '';
        const wrong = await validateInput(text);
        if (wrong !== undefined) throw new Error(wrong);
        return text;
      },
      withProgress: (_: unknown, work: (progress: unknown, token: unknown) => unknown) =>
        work(
          { report: ({ message }: { message: string }) => void editor.reported.push(message) },
          { onCancellationRequested: (listener: () => void) => void (editor.cancel = listener) },
        ),
    },
  };
});
const { RepositoryImports } = await import('./repositoryImports');
const { LongWorks } = await import('../longWork');

const published: (readonly [string, string])[] = [];
const log = new MemoryLogger();
const loaded = coreCatalog();

function imports(environment: Readonly<Record<string, string>> = {}): InstanceType<typeof RepositoryImports> {
  return new RepositoryImports({
    engine,
    works: new LongWorks({ publish: (key: string, { event_type: type }: { event_type: string }) => void published.push([key, type]) }),
    filesOf: (folder) => nodeFiles(folder.fsPath),
    environment: () => Promise.resolve(environment),
    documents: { catalogOf: () => loaded, onDidChange: () => ({ dispose: () => undefined }) } as never,
    panels: {
      close: () => undefined,
      open: async (tab) => {
        tab.follow?.(() => undefined);
        await tab.read();
        editor.previews.push(tab);
      },
    },
    sources: { add: () => () => Promise.resolve() } as never,
    clock: new VirtualClock(),
    log,
  });
}

beforeEach(async () => {
  editor.folder = await mkdtemp(join(tmpdir(), 'kubeorch-repository-'));
  editor.isTrusted = true;
  for (const list of [editor.picks, editor.texts, editor.offered, editor.reported, editor.opened, editor.previews, published]) list.length = 0;
});
afterEach(() => rm(editor.folder, { recursive: true }));

const run = (picks: readonly string[], environment?: Readonly<Record<string, string>>): Promise<void> | undefined => {
  editor.picks.splice(0, Infinity, ...picks);
  return imports(environment).commands['importRepository']?.(undefined);
};

test('of what a folder has, what is ticked becomes a workflow, each step told on a stream of its own', async () => {
  for (const name of ['api', 'web']) {
    await mkdir(join(editor.folder, name));
    await writeFile(join(editor.folder, name, 'Dockerfile'), 'FROM scratch\nEXPOSE 80\n');
  }
  await mkdir(join(editor.folder, 'tools'));
  await writeFile(join(editor.folder, 'tools/compose.yaml'), 'services: { proxy: { image: nginx } }');
  const name = basename(editor.folder).toLowerCase();
  await run(['open', 'Dockerfiles', 'web']);
  const [tab] = editor.previews;
  expect((await tab?.read())?.page).toMatchObject({
    kind: 'import',
    notes: ['web: built by Dockerfile'],
    sources: { web: [{ file: 'web/Dockerfile', line: 1 }] },
  });
  expect(await readdir(editor.folder)).not.toContain('.kubeorch');
  await tab?.acts.applyImport?.();
  expect(editor.offered[1]?.map(({ label, description }) => [label, description])).toEqual([
    ['$(layers) tools/compose.yaml', 'compose'],
    ['$(package) Dockerfiles', 'api, web'],
  ]);
  expect(editor.offered[2]?.map(({ label }) => label)).toEqual(['api', 'web']);
  const file = (await readdir(join(editor.folder, '.kubeorch'))).find((one) => one.endsWith('.workflow.yaml')) ?? '';
  expect(name.startsWith(file.replace('.workflow.yaml', ''))).toBe(true);
  const text = await readFile(join(editor.folder, '.kubeorch', file), 'utf8');
  expect(text).toContain('context: web\n');
  expect(text).not.toContain('context: api\n');
  expect(editor.opened[0]).toBe(join(editor.folder, '.kubeorch', file));
  expect(editor.reported).toEqual(['starting', 'looking through it', 'reading what was found', 'making the workflow', 'done']);
  expect(new Set(published.map(([key]) => key)).size).toBe(1);
  expect(published[0]?.[0]).toMatch(/^import:[0-9a-f-]{36}$/);
  expect(published.at(-1)?.[1]).toBe('complete');
});

test('refuses a workspace that is not trusted, and addresses that could do harm, before anything is started', async () => {
  editor.isTrusted = false;
  await expect(run(['open'])).rejects.toThrow('Trust the workspace first');
  editor.isTrusted = true;
  for (const address of ['ext::sh -c "touch% pwned"', 'file:///etc', 'https://me:s3cr3t-canary@github.com/acme/shop.git']) {
    editor.texts.push(address);
    await expect(run(['Address'])).rejects.toThrow(/^(?!.*canary).*\baddress\b/);
  }
  editor.texts.push('https://github.com/acme/shop.git', '--upload-pack=x');
  await expect(run(['Address'])).rejects.toThrow('is no name of a branch');
  expect(published).toEqual([]);
});

test('a machine without git is told what to do, and leaving at any question writes nothing', async () => {
  editor.texts.push('https://github.com/acme/shop/tree/main');
  await expect(run(['Address'])).rejects.toThrow('git is not installed');
  expect(published.at(-1)?.[1]).toBe('failed');
  await writeFile(join(editor.folder, 'compose.yaml'), 'services: { proxy: { image: nginx } }');
  await run(['nowhere']);
  await run(['open', 'nothing of it']);
  expect(await readdir(editor.folder)).toEqual(['compose.yaml']);
});

test.skipIf(process.platform === 'win32')('ends a clone that is cancelled, and leaves nothing of it', async () => {
  const started = join(editor.folder, 'started');
  // The last argument is where the clone goes to.
  await writeFile(join(editor.folder, 'git'), `#!/bin/sh\nfor into; do :; done\nmkdir "$into"\necho "$into" > ${started}\nexec sleep 100\n`, { mode: 0o755 });
  editor.texts.push('https://github.com/acme/shop.git');
  const importing = run(['Address'], { PATH: `${editor.folder}:${process.env['PATH'] ?? ''}` });
  let into = '';
  await until('the clone has begun', async () => (into = await readFile(started, 'utf8').catch(() => '')).endsWith('\n'));
  editor.cancel();
  await importing;
  expect(editor.reported).toEqual(['starting', 'cloning']);
  expect(published.at(-1)?.[1]).toBe('failed');
  await expect(readdir(into.trim())).rejects.toThrow('ENOENT');
  expect(editor.offered).toHaveLength(1);
});
