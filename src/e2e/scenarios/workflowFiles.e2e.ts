// The life of a workflow's file: made, renamed, copied and thrown away by a hand, with its history.
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { parse } from 'yaml';
import { closeOtherViews, fromMenu } from '../resourceRows';
import { scenario } from '../scenario';

scenario('a workflow is made as a draft, renamed with its versions, cloned and moved to the trash', { timeoutMs: 180_000 }, async (workbench) => {
  const { page } = workbench;
  const at = (...parts: string[]): string => join(workbench.folder, '.kubeorch', ...parts);
  const isThere = (path: string): Promise<boolean> =>
    stat(path).then(
      () => true,
      () => false,
    );
  const box = page.locator('.quick-input-widget:visible');
  const refused = async (name: string, words: string): Promise<void> => {
    await page.keyboard.press('ControlOrMeta+A');
    await page.keyboard.insertText(name);
    await box.locator('.quick-input-message', { hasText: words }).waitFor();
    await page.keyboard.press('Enter');
    // What is refused stays to be mended.
    await box.locator('.quick-input-message', { hasText: words }).waitFor();
  };

  // New: names that cannot be are refused where they are typed.
  await workbench.runCommand('KubeOrch: New Workflow…');
  await workbench.asked('New Workflow (1/2)');
  for (const name of ['Shop', 'my shop', '-shop', '../shop', 'a'.repeat(41)]) await refused(name, 'Use lower-case letters');
  await workbench.answer('shop', 'New Workflow (1/2)');
  await workbench.answer('Sells things', 'New Workflow (2/2)');
  await page.locator('.tab.active', { hasText: 'shop.workflow.yaml' }).waitFor();
  await (await workbench.canvas()).locator('.workflow-status[data-status="draft"]').first().waitFor();
  const text = await readFile(at('shop.workflow.yaml'), 'utf8');
  expect(parse(text)).toMatchObject({ name: 'shop', description: 'Sells things', status: 'draft' });
  const versions = await readdir(at('versions', 'shop'));
  const [first] = versions.filter((name) => !name.endsWith('.meta.yaml'));
  expect(first).toMatch(/^0001-[0-9a-f]{8}\.yaml$/);
  expect(await readFile(at('versions', 'shop', first ?? ''), 'utf8')).toBe(text);
  expect(parse(await readFile(at('versions', 'shop', (first ?? '').replace('.yaml', '.meta.yaml')), 'utf8'))).toMatchObject({ description: 'Initial version' });

  // A name is taken once.
  await workbench.runCommand('KubeOrch: New Workflow…');
  await workbench.asked('New Workflow (1/2)');
  await refused('shop', 'There is already a workflow of this name.');
  await workbench.dismiss();

  // Renamed: file, name and history go together.
  await workbench.runCommand('KubeOrch: Rename Workflow…');
  await workbench.answer('store', 'Rename Workflow');
  await page.locator('.tab.active', { hasText: 'store.workflow.yaml' }).waitFor();
  await page.locator('.tab', { hasText: 'shop.workflow.yaml' }).waitFor({ state: 'detached' });
  expect(await readFile(at('store.workflow.yaml'), 'utf8')).toBe(text.replace('name: shop', 'name: store'));
  expect(await readdir(at('versions', 'store'))).toEqual(versions);
  for (const gone of [at('shop.workflow.yaml'), at('versions', 'shop'), at('runs', 'shop')]) expect([gone, await isThere(gone)]).toEqual([gone, false]);

  // Cloned: a draft of its own, with one version.
  await workbench.runCommand('KubeOrch: Clone Workflow…');
  await workbench.asked('Clone Workflow');
  await refused('store', 'There is already a workflow of this name.');
  await workbench.answer('zoo', 'Clone Workflow');
  await page.locator('.tab.active', { hasText: 'zoo.workflow.yaml' }).waitFor();
  expect(parse(await readFile(at('zoo.workflow.yaml'), 'utf8'))).toMatchObject({ name: 'zoo', description: 'Sells things (Cloned)', status: 'draft' });
  expect((await readdir(at('versions', 'zoo'))).filter((name) => !name.endsWith('.meta.yaml'))).toHaveLength(1);

  // Its row offers to publish a draft, and to take that back.
  await workbench.runCommand('KubeOrch: Focus on Workflows View');
  await closeOtherViews(workbench, 'Workflows');
  const row = (name: string) => page.locator('.pane-body .monaco-list-row', { has: page.locator('.label-name', { hasText: new RegExp(`^${name}$`) }) }).first();
  // What was changed last stands first, unless names are wanted.
  const names = (): Promise<readonly string[]> => page.locator('.pane-body .monaco-list-row[aria-level="1"] .label-name').allTextContents();
  await expect.poll(names).toEqual(['zoo', 'store']);
  await mkdir(join(workbench.folder, '.vscode'));
  await writeFile(join(workbench.folder, '.vscode', 'settings.json'), '{ "kubeorch.workflows.order": "name" }');
  await expect.poll(names).toEqual(['store', 'zoo']);
  const choose = (name: string, command: string): Promise<void> => fromMenu(workbench, row(name), command);
  await choose('zoo', 'Publish Workflow');
  await row('zoo').locator('.label-description', { hasText: 'Sells things (Cloned)' }).waitFor();
  await choose('zoo', 'Unpublish Workflow');
  await row('zoo').locator('.label-description', { hasText: 'Draft' }).waitFor();

  // Thrown away: the file only; where the machine has no trash that is told first.
  await choose('zoo', 'Delete Workflow…');
  await (await workbench.dialog('Move .kubeorch/zoo.workflow.yaml to the trash?')).getByRole('button', { name: 'Cancel' }).click();
  expect(await isThere(at('zoo.workflow.yaml'))).toBe(true);
  await choose('zoo', 'Delete Workflow…');
  await (await workbench.dialog('Move .kubeorch/zoo.workflow.yaml to the trash?')).getByRole('button', { name: 'Move to Trash' }).click();
  const forGood = page.locator('.monaco-dialog-box', { hasText: 'cannot be moved to the trash' }).getByRole('button', { name: 'Delete for Good' });
  await Promise.race([forGood.click(), row('zoo').waitFor({ state: 'detached' })]);
  await row('zoo').waitFor({ state: 'detached' });
  expect(await isThere(at('zoo.workflow.yaml'))).toBe(false);
  expect(await readdir(at('versions', 'zoo'))).not.toEqual([]);
});
