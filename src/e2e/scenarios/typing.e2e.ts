import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { scenario } from '../scenario';

const file = '.kubeorch/shop.workflow.yaml';
const text = `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: shop
nodes:
  web:
    type: deployment
    image: nginx:1.27
    patch:
      spec:
        strategy:
          type: Recreat
`;

scenario('a patch is completed, explained and mended by keyboard', { workspace: { [file]: text } }, async (workbench) => {
  const { page } = workbench;
  await workbench.openFile(file);
  await workbench.canvas();
  await workbench.runCommand('KubeOrch: Open as Text');
  const editor = page.locator('.monaco-editor', { hasText: 'Recreat' }).first();
  await editor.waitFor();
  // The option that was meant is offered where the mistake is marked.
  await editor.locator('.squiggly-error').first().waitFor();
  await page.keyboard.press('Control+End');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('End');
  await page.keyboard.press('ArrowLeft');
  await workbench.runCommand('Quick Fix...');
  const fix = page.locator('.action-widget .monaco-list-row', { hasText: 'Recreate' }).first();
  await fix.waitFor();
  await page.keyboard.press('Enter');
  await page
    .locator('.view-line', { hasText: /type:\s*Recreate$/ })
    .first()
    .waitFor();

  // What the field means is shown at the cursor.
  await page.keyboard.press('Home');
  await workbench.runCommand('Show or Focus Hover');
  await page.locator('.monaco-hover', { hasText: 'RollingUpdate' }).first().waitFor();
  await workbench.screenshot('typing-hover');
  await page.keyboard.press('Escape');

  // A field of the same object, taken from the list.
  await page.keyboard.press('Control+End');
  await page.keyboard.type('        minReady');
  await page.keyboard.press('Control+Space');
  await page.locator('.suggest-widget .monaco-list-row', { hasText: 'minReadySeconds' }).first().waitFor();
  await workbench.screenshot('typing-completion');
  await page.keyboard.press('Enter');
  await page.keyboard.type('5');
  await page.keyboard.press('Control+s');
  await expect
    .poll(() => readFile(join(workbench.folder, file), 'utf8'), { timeout: 20_000 })
    .toBe(`${text.replace('Recreat', 'Recreate')}        minReadySeconds: 5`);
});
