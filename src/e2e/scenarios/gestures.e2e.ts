// Gestures of the canvas by real input, in the order in which people make mistakes.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Frame } from 'playwright-core';
import { expect } from 'vitest';
import { centreOf, nodeOf } from '../gestures';
import { scenario } from '../scenario';
import type { Workbench } from '../workbench';

const file = '.kubeorch/shop.workflow.yaml';
const shop = `# A shop, kept by hand.
apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: shop
nodes:
  web: # serves the pages
    type: deployment
    image: nginx:1.27
    port: 80
  web-svc: { type: service, port: 80 }
  db: { type: deployment, image: 'postgres:17', port: 5432 }
edges:
  - web-svc -> web
layout:
  web: [400, 100]
  web-svc: [40, 100]
  db: [400, 360]
`;
const objects = `apiVersion: v1
kind: Secret
metadata:
  name: login
stringData:
  PASSWORD: canary-9f31c7
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: builder
`;

const textOf = (workbench: Workbench): Promise<string> => readFile(join(workbench.folder, file), 'utf8');

/** Saves, and waits until the file is as expected: saving takes its turn after every gesture before it. */
async function saved(workbench: Workbench, fits: (text: string) => boolean): Promise<string> {
  await workbench.page.keyboard.press('ControlOrMeta+S');
  await expect.poll(async () => fits(await textOf(workbench))).toBe(true);
  return textOf(workbench);
}

const isShop = (text: string): boolean => text === shop;

const header = (canvas: Frame, id: string) => nodeOf(canvas, id).locator('.card-header');

scenario('gestures on the canvas are one step each, whatever comes between', { workspace: { [file]: shop, 'objects.yaml': objects } }, async (workbench) => {
  const { page } = workbench;
  const { keyboard, mouse } = page;
  // What a person does who has manifests from elsewhere: copy them in an editor.
  await workbench.openFile('objects.yaml');
  await page.locator('.editor-instance .monaco-editor .view-lines').first().click();
  await keyboard.press('ControlOrMeta+A');
  await keyboard.press('ControlOrMeta+C');

  await workbench.openFile(file);
  const canvas = await workbench.canvas();
  await header(canvas, 'db').click();
  await keyboard.press('ControlOrMeta+V');
  await nodeOf(canvas, 'login').waitFor();
  await nodeOf(canvas, 'builder').waitFor();
  await canvas.locator('.notice', { hasText: 'login.PASSWORD' }).waitFor();
  const pasted = await saved(workbench, (text) => text.includes('builder:'));
  expect(pasted).not.toContain('canary-9f31c7');
  expect(pasted).toContain('# serves the pages');
  expect(pasted).toMatch(/login:\n {4}type: secret\n {4}keys:\n {6}- PASSWORD/);
  await keyboard.press('ControlOrMeta+Z');
  await nodeOf(canvas, 'login').waitFor({ state: 'detached' });
  await nodeOf(canvas, 'builder').waitFor({ state: 'detached' });
  await saved(workbench, isShop);

  // Copies of two nodes with the edge among them, one step; the focus stays where the next key is heard.
  await header(canvas, 'web').click();
  await header(canvas, 'web-svc').click({ modifiers: ['ControlOrMeta'] });
  await keyboard.press('ControlOrMeta+C');
  await keyboard.press('ControlOrMeta+V');
  await nodeOf(canvas, 'web-2').waitFor();
  await canvas.locator('.react-flow__edge[data-id="web-svc-2|||web-2"]').waitFor();
  await keyboard.press('ControlOrMeta+Z');
  await nodeOf(canvas, 'web-2').waitFor({ state: 'detached' });
  await keyboard.press('ControlOrMeta+Shift+Z');
  await nodeOf(canvas, 'web-2').waitFor();
  await keyboard.press('ControlOrMeta+Z');
  await nodeOf(canvas, 'web-2').waitFor({ state: 'detached' });
  // By now the copy is in the system's clipboard.
  await keyboard.press('ControlOrMeta+V');
  await nodeOf(canvas, 'web-2').waitFor();
  await keyboard.press('ControlOrMeta+Z');
  await nodeOf(canvas, 'web-2').waitFor({ state: 'detached' });

  // Undo in the middle of a drag: what came before is undone, and the drag ends as one step of its own.
  await header(canvas, 'db').click();
  await keyboard.press('ControlOrMeta+D');
  await nodeOf(canvas, 'db-2').waitFor();
  const from = await centreOf(header(canvas, 'db'));
  await mouse.move(from.x, from.y);
  await mouse.down();
  await mouse.move(from.x + 40, from.y + 30, { steps: 4 });
  await keyboard.press('ControlOrMeta+Z');
  await nodeOf(canvas, 'db-2').waitFor({ state: 'detached' });
  await mouse.move(from.x + 80, from.y + 60, { steps: 4 });
  await mouse.up();
  const dragged = await saved(workbench, (text) => !isShop(text));
  expect(dragged.replace(/ {2}db: \[.*\]/, '  db: [400, 360]')).toBe(shop);
  await keyboard.press('ControlOrMeta+Z');
  await saved(workbench, isShop);

  // A group, its name, and its collapse are three steps, and three small changes of the text.
  await header(canvas, 'web').click();
  await header(canvas, 'web-svc').click({ modifiers: ['ControlOrMeta'] });
  await keyboard.press('ControlOrMeta+G');
  await canvas.locator('.group-name-field').waitFor();
  await keyboard.type('Front');
  await keyboard.press('Enter');
  await canvas.getByRole('button', { name: 'Collapse Front' }).click();
  await nodeOf(canvas, 'group#group').waitFor();
  await workbench.screenshot('gestures-collapsed');
  await saved(workbench, (text) => text.includes('groups:\n  group:\n    label: Front\n    nodes:\n      - web\n      - web-svc\n    collapsed: true\n'));
  for (let step = 0; step < 3; step++) await keyboard.press('ControlOrMeta+Z');
  await nodeOf(canvas, 'web-svc').waitFor();
  await canvas.locator('.group-title').waitFor({ state: 'detached' });
  await saved(workbench, isShop);

  // Another program writes the file under the canvas, as a checkout does: the canvas follows, and its next edit is made on that text.
  await writeFile(
    join(workbench.folder, file),
    shop.replace('nginx:1.27', 'nginx:1.29').replace('  db: {', '  cache: { type: deployment, image: redis }\n  db: {'),
  );
  await nodeOf(canvas, 'cache').waitFor();
  await header(canvas, 'db').click();
  await keyboard.press('ControlOrMeta+X');
  await nodeOf(canvas, 'db').waitFor({ state: 'detached' });
  const after = await saved(workbench, (text) => !/^ {2}db:/m.test(text));
  expect(after).toContain('nginx:1.29');
  expect(after).toContain('# serves the pages');
});
