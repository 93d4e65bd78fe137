// What goes wrong between a canvas, its text, the disk and git, in the order in which it happens to people. After each step the text,
// the canvas and the steps that can be taken back agree, and nothing that anybody wrote is gone.
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Frame } from 'playwright-core';
import { expect } from 'vitest';
import { fieldOf, nodeOf } from '../gestures';
import { scenario } from '../scenario';
import type { Workbench } from '../workbench';

const file = '.kubeorch/shop.workflow.yaml';
// The nodes stand last, so that what is typed at the end is one of them.
const shop = `# A shop, kept by hand.
apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: shop
layout:
  web: [0, 200]
  web-svc: [0, 0]
edges:
  - web-svc -> web
nodes:
  web: # serves the pages
    type: deployment
    image: nginx:1.27
    replicas: 1
    port: 80
  web-svc: { type: service, port: 80 }
`;
/** What the other branch has. */
const feature = `${shop.replace('nginx:1.27', 'nginx:1.29')}  queue: { type: deployment, image: 'rabbitmq:4', replicas: 1 }\n`;

async function git(folder: string, ...args: readonly string[]): Promise<void> {
  await promisify(execFile)('git', ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', ...args], { cwd: folder });
}

/** The text of the text editor that can be seen; all of it fits. */
async function shownText({ page }: Workbench): Promise<string> {
  const lines = await page.locator('.editor-instance .monaco-editor:visible .view-line').evaluateAll((all) =>
    all
      .map((line) => ({ top: Number.parseFloat((line as HTMLElement).style.top), text: line.textContent.replaceAll('\u00A0', ' ') }))
      .sort((a, b) => a.top - b.top)
      .map(({ text }) => text),
  );
  return lines.join('\n');
}

/** Takes steps back, or on, in the text editor until it says this: typing is as many steps as the editor makes of it. */
async function step(workbench: Workbench, key: 'ControlOrMeta+Z' | 'ControlOrMeta+Shift+Z', until: string): Promise<void> {
  await intoText(workbench);
  for (let taken = 0; taken < 20; taken++) {
    const before = await shownText(workbench);
    if (before === until) return;
    await workbench.page.keyboard.press(key);
    await expect.poll(() => shownText(workbench)).not.toBe(before);
  }
  expect(await shownText(workbench)).toBe(until);
}

async function intoText({ page }: Workbench): Promise<void> {
  await page.locator('.editor-instance .monaco-editor:visible .view-lines').click();
  await page.locator('.editor-instance .monaco-editor.focused:visible').waitFor();
}

async function typeAtEnd(workbench: Workbench, text: string): Promise<void> {
  const { keyboard } = workbench.page;
  await intoText(workbench);
  await keyboard.press('ControlOrMeta+End');
  await keyboard.type(text);
  await keyboard.press('Escape');
}

/** Away from every field, so that the canvas hears the keys. */
async function intoCanvas(canvas: Frame): Promise<void> {
  await canvas
    .locator('.react-flow__pane')
    .first()
    .click({ position: { x: 12, y: 12 } });
}

const replicasOf = (canvas: Frame, id: string) => nodeOf(canvas, id).locator('.card-row', { hasText: 'Replicas' }).locator('.row-value');

async function setReplicas(canvas: Frame, id: string, replicas: string): Promise<void> {
  // Beside a text there is little room.
  await canvas.locator('.react-flow__controls-fitview').click();
  await nodeOf(canvas, id).locator('.card-header').click();
  await fieldOf(canvas, 'Replicas').fill(replicas);
  await fieldOf(canvas, 'Replicas').press('Enter');
  await replicasOf(canvas, id).getByText(replicas, { exact: true }).waitFor();
}

const onDisk = (workbench: Workbench): Promise<string> => readFile(join(workbench.folder, file), 'utf8');
const dirtyTabs = ({ page }: Workbench): Promise<number> => page.locator('.tab.dirty', { hasText: 'shop.workflow.yaml' }).count();

scenario('whatever goes wrong between canvas, text, disk and git, nothing is lost', { workspace: { [file]: shop } }, async (workbench) => {
  const { page, folder } = workbench;
  const { keyboard } = page;
  await git(folder, 'init', '-q', '-b', 'main');
  await git(folder, 'add', '.');
  await git(folder, 'commit', '-q', '-m', 'Begin');
  await git(folder, 'checkout', '-q', '-b', 'feature');
  await writeFile(join(folder, file), feature);
  await git(folder, 'commit', '-q', '-a', '-m', 'Queue');
  await git(folder, 'checkout', '-q', 'main');

  // Canvas and text side by side.
  await workbench.openFile(file);
  let canvas = await workbench.canvas();
  await nodeOf(canvas, 'web').waitFor();
  await workbench.runCommand('View: Toggle Primary Side Bar Visibility');
  await nodeOf(canvas, 'web').locator('.card-header').click();
  await canvas.locator('.inspector').getByRole('button', { name: 'Show in the text' }).click();
  await expect.poll(() => shownText(workbench)).toBe(shop);

  // Text is edited by hand under a canvas that has changes, which then goes on.
  await setReplicas(canvas, 'web', '3');
  const first = shop.replace('replicas: 1', 'replicas: 3');
  await expect.poll(() => shownText(workbench)).toBe(first);
  await typeAtEnd(workbench, '  cache: { type: deployment, image: redis }');
  const typed = await shownText(workbench);
  expect(typed).toBe(`${first}  cache: { type: deployment, image: redis }`);
  await setReplicas(canvas, 'cache', '2');
  const second = typed.replace('image: redis }', 'image: redis, replicas: 2 }');
  await expect.poll(() => shownText(workbench)).toBe(second);

  // The canvas takes back its own last step, the text what was typed, and what came before it stays.
  await intoCanvas(canvas);
  await keyboard.press('ControlOrMeta+Z');
  await expect.poll(() => shownText(workbench)).toBe(typed);
  await step(workbench, 'ControlOrMeta+Z', first);
  await nodeOf(canvas, 'cache').waitFor({ state: 'detached' });
  await replicasOf(canvas, 'web').getByText('3', { exact: true }).waitFor();
  await step(workbench, 'ControlOrMeta+Shift+Z', second);
  await replicasOf(canvas, 'cache').getByText('2', { exact: true }).waitFor();

  // The text is broken: the canvas shows what it last knew, says so and refuses to edit; the way back is that of any typing.
  await typeAtEnd(workbench, '\nnodes are: broken: here');
  const banner = canvas.locator('.banner', { hasText: 'Read-only' });
  await banner.waitFor();
  for (const id of ['web', 'web-svc', 'cache']) await nodeOf(canvas, id).waitFor();
  const broken = await shownText(workbench);
  await nodeOf(canvas, 'web-svc').locator('.card-header').click();
  await keyboard.press('Delete');
  expect(await nodeOf(canvas, 'web-svc').isVisible()).toBe(true);
  expect(await shownText(workbench)).toBe(broken);
  await workbench.screenshot('mistakes-broken');
  await step(workbench, 'ControlOrMeta+Z', second);
  await banner.waitFor({ state: 'detached' });
  await setReplicas(canvas, 'cache', '4');
  const third = second.replace('replicas: 2', 'replicas: 4');
  await expect.poll(() => shownText(workbench)).toBe(third);
  await intoCanvas(canvas);
  await keyboard.press('ControlOrMeta+S');
  await expect.poll(() => onDisk(workbench)).toBe(third);
  await expect.poll(() => dirtyTabs(workbench)).toBe(0);

  // Another branch is checked out under a canvas without changes, and the first one again.
  await git(folder, 'commit', '-q', '-a', '-m', 'Cache');
  await git(folder, 'checkout', '-q', 'feature');
  await nodeOf(canvas, 'queue').waitFor();
  await nodeOf(canvas, 'cache').waitFor({ state: 'detached' });
  await expect.poll(() => shownText(workbench)).toBe(feature);
  expect(await dirtyTabs(workbench)).toBe(0);
  await git(folder, 'checkout', '-q', 'main');
  await nodeOf(canvas, 'cache').waitFor();
  await expect.poll(() => shownText(workbench)).toBe(third);
  expect(await dirtyTabs(workbench)).toBe(0);

  // Under one with changes: what the person did stays, and saving does not write over the branch. Reverting is an answer, and even that can be undone.
  await setReplicas(canvas, 'web', '5');
  const fourth = third.replace('replicas: 3', 'replicas: 5');
  await expect.poll(() => shownText(workbench)).toBe(fourth);
  await git(folder, 'checkout', '-q', 'feature');
  await intoCanvas(canvas);
  await keyboard.press('ControlOrMeta+S');
  await workbench.notification("Failed to save 'shop.workflow.yaml'");
  expect(await onDisk(workbench)).toBe(feature);
  await replicasOf(canvas, 'web').getByText('5', { exact: true }).waitFor();
  expect(await shownText(workbench)).toBe(fourth);
  await workbench.screenshot('mistakes-newer');
  await workbench.clearNotifications();
  await intoText(workbench);
  await workbench.runCommand('File: Revert File');
  await nodeOf(canvas, 'queue').waitFor();
  await expect.poll(() => shownText(workbench)).toBe(feature);
  expect(await dirtyTabs(workbench)).toBe(0);
  await step(workbench, 'ControlOrMeta+Z', fourth);
  await replicasOf(canvas, 'web').getByText('5', { exact: true }).waitFor();
  await step(workbench, 'ControlOrMeta+Shift+Z', feature);

  // Another program writes under changes, and the person's own text is what they want.
  await setReplicas(canvas, 'queue', '2');
  const fifth = feature.replace("image: 'rabbitmq:4', replicas: 1", "image: 'rabbitmq:4', replicas: 2");
  await expect.poll(() => shownText(workbench)).toBe(fifth);
  // Of another size: the editor refuses to write over what is newer only where the size differs as well.
  await writeFile(join(folder, file), feature.replace('nginx:1.29', 'nginx:1.30.1'));
  await intoCanvas(canvas);
  await keyboard.press('ControlOrMeta+S');
  await (await workbench.notification("Failed to save 'shop.workflow.yaml'")).getByRole('button', { name: 'Overwrite' }).click();
  await expect.poll(() => onDisk(workbench)).toBe(fifth);
  await expect.poll(() => dirtyTabs(workbench)).toBe(0);

  // The window is loaded anew with changes that were never saved.
  await setReplicas(canvas, 'queue', '7');
  const sixth = fifth.replace("image: 'rabbitmq:4', replicas: 2", "image: 'rabbitmq:4', replicas: 7");
  await expect.poll(() => shownText(workbench)).toBe(sixth);
  await expect.poll(async () => (await workbench.backups()).some((text) => text.includes(sixth))).toBe(true);
  await workbench.reload();
  canvas = await workbench.canvas();
  await replicasOf(canvas, 'queue').getByText('7', { exact: true }).waitFor();
  expect(await dirtyTabs(workbench)).toBeGreaterThan(0);
  expect(await onDisk(workbench)).toBe(fifth);
  await expect.poll(() => shownText(workbench)).toBe(sixth);
  await setReplicas(canvas, 'queue', '8');
  await intoCanvas(canvas);
  await keyboard.press('ControlOrMeta+Z');
  await replicasOf(canvas, 'queue').getByText('7', { exact: true }).waitFor();
  await keyboard.press('ControlOrMeta+S');
  await expect.poll(() => onDisk(workbench)).toBe(sixth);
});
