import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import * as engine from '../../engine/index';
import { nodeFiles } from '../../node/nodeFiles';
import { failure } from '../../shared/problem';
import { coreCatalog, shippedOpenApi } from '../../testing/coreCatalog';
import type { WorkflowActions } from './workflowActions';

/** What is picked, typed and pressed, in the order in which it is asked for; and what was told and opened. */
const editor = vi.hoisted(() => ({
  picks: [] as string[],
  texts: [] as string[],
  presses: [] as (string | undefined)[],
  told: [] as string[],
  opened: [] as string[],
}));
vi.mock('vscode', () => ({
  l10n: { t: (text: string, ...args: readonly unknown[]) => text.replaceAll(/\{(\d)\}/g, (_, index: string) => String(args[Number(index)])) },
  CancellationError: class extends Error {},
  ProgressLocation: { Notification: 15 },
  Uri: { joinPath: (uri: { fsPath: string }, path: string) => ({ fsPath: `${uri.fsPath}/${path}` }) },
  workspace: { asRelativePath: (uri: { fsPath: string }) => uri.fsPath },
  window: {
    showQuickPick: (items: readonly { label: string }[]) => {
      const wanted = editor.picks.shift() ?? '';
      const found = items.find(({ label }) => label.includes(wanted));
      return found === undefined ? Promise.reject(new Error(`${wanted} is not offered`)) : Promise.resolve(found);
    },
    showInputBox: async ({ value, validateInput }: { value?: string; validateInput: (text: string) => Promise<string | undefined> }) => {
      const text = editor.texts.shift() ?? value ?? '';
      const wrong = await validateInput(text);
      if (wrong !== undefined) throw new Error(wrong);
      return text;
    },
    showWarningMessage: (text: string, ...more: readonly unknown[]) => {
      editor.told.push(text);
      return Promise.resolve(more.length > 0 ? editor.presses.shift() : undefined);
    },
    showInformationMessage: (text: string) => Promise.resolve(void editor.told.push(text)),
    showTextDocument: (uri: { fsPath: string }) => Promise.resolve(void editor.opened.push(uri.fsPath)),
    withProgress: (_: unknown, work: (progress: unknown, token: unknown) => unknown) => work({}, { onCancellationRequested: () => undefined }),
  },
}));
const { exportCommands } = await import('./exportCommands');

const shop = `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: shop
namespace: shop
environments: { prod: { namespace: shop-prod, set: { web: { replicas: 5 } } } }
nodes:
  web: { type: deployment, image: nginx:1 }
  login: { type: secret, keys: [PASSWORD] }
edges: []
`;

const openApi = await shippedOpenApi();
const loaded = await coreCatalog();
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubeorch-export-'));
  for (const list of Object.values(editor)) list.length = 0;
});
afterEach(() => rm(folder, { recursive: true }));

async function exported(text: string, ...picks: readonly string[]): Promise<void> {
  editor.picks.push(...picks);
  const { workflow } = engine.parseWorkflow(text);
  const open = { folder: { fsPath: folder }, state: { workflow, loaded, sources: new Map() } };
  const actions = {
    workflowFor: () => Promise.resolve({ open, sources: { renderForExport: () => Promise.resolve(new Map()) } }),
    refuseErrors: () => {
      if (workflow.nodes.length === 0) throw failure('run.invalid', { count: '1', first: '' });
    },
  };
  const commands = exportCommands({ engine, openApi, actions: actions as unknown as WorkflowActions, filesOf: (uri) => nodeFiles(uri.fsPath) });
  await commands['exportWorkflow']?.(undefined);
}
const at = (...path: readonly string[]): string => join(folder, 'deploy/shop', ...path);

test('writes the objects of an environment, opens one and names the Secret that is left out', async () => {
  await exported(shop, 'Plain Manifests', 'prod', 'deploy/shop');
  expect(await readdir(at())).toEqual(['web-deployment.yaml']);
  expect(await readFile(at('web-deployment.yaml'), 'utf8')).toContain('namespace: shop-prod');
  expect(editor.opened).toEqual([at('web-deployment.yaml')]);
  expect(editor.told).toEqual([expect.stringMatching(/^Exported to .*shop. Files: 1$/), expect.stringContaining('Left out: Secret/login.')]);
});

test('asks before anything is replaced, writes nothing when that is refused, and asks nothing when all is the same', async () => {
  await exported(shop, 'Kustomize Base', 'deploy/shop');
  expect(await readdir(at())).toEqual(['base', 'overlays']);
  expect(editor.opened).toEqual([at('base/kustomization.yaml')]);
  await writeFile(at('base/web-deployment.yaml'), 'mine\n');
  await rm(at('base/kustomization.yaml'));
  editor.presses.push(undefined);
  await expect(exported(shop, 'Kustomize Base', 'deploy/shop')).rejects.toThrow();
  expect(await readFile(at('base/web-deployment.yaml'), 'utf8')).toBe('mine\n');
  expect(await readdir(at('base'))).toEqual(['web-deployment.yaml']);
  editor.presses.push('Replace');
  await exported(shop, 'Kustomize Base', 'deploy/shop');
  expect(await readFile(at('base/web-deployment.yaml'), 'utf8')).toContain('nginx:1');
  editor.told.length = 0;
  await exported(shop, 'Kustomize Base', 'deploy/shop');
  expect(editor.told).not.toContainEqual(expect.stringContaining('Replace'));
});

test('makes the Application of an environment, and refuses an address with a password and a file with errors', async () => {
  editor.texts.push('https://git.example.com/shop.git');
  await exported(shop, 'Argo CD', 'prod', 'argocd');
  const text = await readFile(join(folder, 'argocd/shop-prod.application.yaml'), 'utf8');
  expect(text).toContain('path: deploy/shop/overlays/prod\n');
  expect(text).toContain('namespace: shop-prod\n');
  editor.texts.push('https://me:s3cr3t-canary@git.example.com/shop.git');
  await expect(exported(shop, 'Argo CD', 'prod', 'argocd')).rejects.toThrow(/^(?!.*canary).*password/);
  await expect(exported(shop.replaceAll(/^ {2}.*\n/gm, ''), 'Plain')).rejects.toThrow(/error/i);
});
