// Environments are made by questions, compared as what they deploy, and the doctor says what KubeOrch finds.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { nodeOf } from '../gestures';
import { scenario } from '../scenario';

const file = '.kubeorch/shop.workflow.yaml';
const text = `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: shop # sells
status: published
environments:
  production:
    namespace: shop
    protected: true
    set:
      web: { replicas: 7 }
nodes:
  web: { type: deployment, image: 'nginx:1.27', port: 80, replicas: 2 }
  db-secret: { type: secret, keys: [PASSWORD] }
`;

scenario('environments are made, compared and chosen, and the doctor reports', { workspace: { [file]: text } }, async (workbench) => {
  const { page } = workbench;
  await workbench.openFile(file);
  const canvas = await workbench.canvas();
  await nodeOf(canvas, 'web').waitFor();

  await workbench.runCommand('KubeOrch: New Environment…');
  await workbench.answer('staging');
  await workbench.pick('Decide Later');
  await workbench.answer('shop-staging');
  await workbench.pick('Not Protected');
  await page.locator('.tab.active.dirty').waitFor();
  await page.keyboard.press('ControlOrMeta+S');
  await page.locator('.tab.active.dirty').waitFor({ state: 'detached' });
  const after = await readFile(join(workbench.folder, file), 'utf8');
  expect(after).toContain('name: shop # sells');
  expect(after.replaceAll(/\s+/g, ' ')).toMatch(/staging: ?\{? ?namespace: shop-staging/);

  await workbench.runCommand('KubeOrch: Compare Environments…');
  await workbench.pick('Without an Environment');
  await workbench.pick('production');
  const diff = page.locator('.monaco-diff-editor');
  await diff.locator('.editor.original .view-line', { hasText: 'replicas: 2' }).waitFor();
  await diff.locator('.editor.modified .view-line', { hasText: 'replicas: 7' }).waitFor();
  await workbench.screenshot('environments-compared');

  await workbench.runCommand('KubeOrch: Doctor');
  const report = page.locator('.editor-instance .view-lines').last();
  for (const words of ['KubeOrch Doctor', 'The workspace is trusted', 'kubectl']) await report.getByText(words).first().waitFor();
  await workbench.screenshot('doctor');
});
