// The main job, by mouse and keyboard only: draw, undo and redo, save, plan, deploy on the sandbox, watch, look inside.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Frame, Locator } from 'playwright-core';
import { scenario } from '../scenario';
import type { Workbench } from '../workbench';

const file = '.kubeorch/voting.workflow.yaml';
const nodeIds = ['vote', 'result', 'worker', 'redis', 'db', 'vote-config', 'db-secret', 'vote-svc', 'result-svc', 'redis-svc', 'db-svc', 'web'];

const nodeOf = (canvas: Frame, id: string): Locator => canvas.locator(`.react-flow__node[data-id="${id}"]`);
const statusOf = (canvas: Frame, id: string): Locator => nodeOf(canvas, id).locator('.card-status');
const fieldOf = (canvas: Frame, label: string): Locator => canvas.locator('.inspector').getByRole('textbox', { name: label, exact: true }).first();

async function openVoting(workbench: Workbench): Promise<Frame> {
  await workbench.openFile(file);
  const canvas = await workbench.canvas();
  for (const id of nodeIds) await nodeOf(canvas, id).waitFor();
  return canvas;
}

async function centreOf(locator: Locator): Promise<{ x: number; y: number }> {
  const box = await locator.boundingBox();
  if (box === null) throw new Error('It cannot be seen.');
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

/** Drags with the mouse in steps, as a hand does: React Flow and the palette follow the movement. */
async function drag(workbench: Workbench, from: { x: number; y: number }, to: { x: number; y: number }): Promise<void> {
  const { mouse } = workbench.page;
  await mouse.move(from.x, from.y);
  await mouse.down();
  for (let step = 1; step <= 8; step++) await mouse.move(from.x + ((to.x - from.x) * step) / 8, from.y + ((to.y - from.y) * step) / 8);
  await mouse.up();
}

/** An empty place on the canvas, well away from every card and panel. */
async function emptySpot(canvas: Frame, width = 260, height = 160): Promise<{ x: number; y: number }> {
  const pane = await canvas.locator('.react-flow__pane').first().boundingBox();
  if (pane === null) throw new Error('There is no canvas.');
  const taken = await canvas.locator('.react-flow__node, .react-flow__panel, .palette, .inspector, .side').all();
  const boxes = (await Promise.all(taken.map((one) => one.boundingBox()))).filter((box) => box !== null);
  for (let y = pane.y + height / 2 + 8; y < pane.y + pane.height - height / 2; y += 16) {
    for (let x = pane.x + width / 2 + 8; x < pane.x + pane.width - width / 2; x += 16) {
      if (boxes.every((box) => x + width / 2 < box.x || x - width / 2 > box.x + box.width || y + height / 2 < box.y || y - height / 2 > box.y + box.height)) return { x, y };
    }
  }
  throw new Error('The canvas is full.');
}

const textOf = (workbench: Workbench): Promise<string> => readFile(join(workbench.folder, file), 'utf8');
/** Lines that are in `after` and not in `before`, and the other way round. */
function changedLines(before: string, after: string): { added: string[]; removed: string[] } {
  const count = (text: string): Map<string, number> => {
    const made = new Map<string, number>();
    for (const line of text.split('\n')) made.set(line, (made.get(line) ?? 0) + 1);
    return made;
  };
  const [a, b] = [count(before), count(after)];
  const missing = (from: Map<string, number>, to: Map<string, number>): string[] => [...from].flatMap(([line, times]) => Array<string>(Math.max(0, times - (to.get(line) ?? 0))).fill(line));
  return { added: missing(b, a), removed: missing(a, b) };
}

/** Remembers every state word that each card shows from now on, so that a short-lived one is not missed. */
async function recordStates(canvas: Frame): Promise<() => Promise<Record<string, string[]>>> {
  await canvas.evaluate(() => {
    const seen: Record<string, string[]> = {};
    const look = (): void => {
      for (const node of document.querySelectorAll('.react-flow__node')) {
        const id = node.getAttribute('data-id') ?? '';
        const word = node.querySelector('.status-label')?.textContent ?? '';
        const words = (seen[id] ??= []);
        if (words.at(-1) !== word) words.push(word);
      }
    };
    look();
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
    (globalThis as unknown as { seenStates: typeof seen }).seenStates = seen;
  });
  return () => canvas.evaluate(() => (globalThis as unknown as { seenStates: Record<string, string[]> }).seenStates);
}

scenario('the voting example is drawn on, deployed on the sandbox and watched', { workspace: 'voting', timeoutMs: 300_000 }, async (workbench) => {
  const before = await textOf(workbench);
  const { page } = workbench;
  let canvas = await openVoting(workbench);

  // Draw: a Redis and a Service for it, dragged from the palette, named and connected.
  const spot = await emptySpot(canvas);
  await drag(workbench, await centreOf(canvas.locator('.palette-item[data-kind="deployment"]')), spot);
  await nodeOf(canvas, 'my-deployment').waitFor();
  await nodeOf(canvas, 'my-deployment').locator('.card-name').click();
  await fieldOf(canvas, 'Image').fill('redis:alpine');
  await fieldOf(canvas, 'Image').press('Enter');
  await fieldOf(canvas, 'Id').fill('cache');
  await fieldOf(canvas, 'Id').press('Enter');
  await nodeOf(canvas, 'cache').waitFor();
  const second = await emptySpot(canvas);
  await drag(workbench, await centreOf(canvas.locator('.palette-item[data-kind="service"]')), second);
  await nodeOf(canvas, 'my-service').waitFor();
  await drag(
    workbench,
    await centreOf(nodeOf(canvas, 'my-service').locator('.react-flow__handle.source').first()),
    await centreOf(nodeOf(canvas, 'cache').locator('.react-flow__handle.target')),
  );
  await canvas.locator('.react-flow__edge[data-id*="my-service"]').waitFor();
  await workbench.screenshot('main-drawn');

  // Undo all of it, one gesture a step, and redo all of it.
  await canvas.locator('.react-flow__pane').first().click({ position: { x: 12, y: 12 } });
  for (let step = 0; step < 5; step++) await page.keyboard.press('ControlOrMeta+Z');
  await nodeOf(canvas, 'my-deployment').waitFor({ state: 'detached' });
  await nodeOf(canvas, 'cache').waitFor({ state: 'detached' });
  await nodeOf(canvas, 'my-service').waitFor({ state: 'detached' });
  await page.locator('.tab.active.dirty').waitFor({ state: 'detached' });
  for (let step = 0; step < 5; step++) await page.keyboard.press('ControlOrMeta+Shift+Z');
  await canvas.locator('.react-flow__edge[data-id*="my-service"]').waitFor();
  await nodeOf(canvas, 'cache').waitFor();
  await page.keyboard.press('ControlOrMeta+S');
  await page.locator('.tab.active.dirty').waitFor({ state: 'detached' });
  const after = await textOf(workbench);
  const { added, removed } = changedLines(before, after);
  expect(removed).toEqual([]);
  expect(added.join('\n')).toMatch(/cache:/);
  expect(added.join('\n')).toMatch(/my-service -> cache/);
  expect(added.length, added.join('\n')).toBeLessThanOrEqual(11);

  // Plan on the sandbox: chosen by name, the secret's value typed into VS Code's box, nothing done yet.
  await workbench.runCommand('KubeOrch: Select Target…');
  await workbench.pick('Sandbox');
  await canvas.locator('.target-chip[data-state="live"]').waitFor();
  await canvas.getByRole('button', { name: 'Plan', exact: true }).click();
  await workbench.answer('postgres');
  await workbench.pick('For This Window');
  await canvas.locator('#accept-plan').waitFor();
  await statusOf(canvas, 'vote').getByText('Create').waitFor();
  await workbench.screenshot('main-planned');

  // Deploy exactly that, and see every node become healthy.
  const states = await recordStates(canvas);
  await canvas.locator('#accept-plan').click();
  await canvas.locator('.health-summary[data-tone="good"]').waitFor({ timeout: 90_000 });
  await expect.poll(async () => (await states())['vote']?.at(-1), { timeout: 60_000 }).toBe('Healthy');
  const seen = await states();
  expect(seen['vote']?.some((word) => word === 'Pending' || word === 'Applied' || word === 'Partial' || word === 'Applying')).toBe(true);
  for (const theme of ['dark', 'light', 'high-contrast'] as const) {
    await workbench.setTheme(theme);
    canvas = await workbench.canvas();
    await workbench.screenshot(`main-healthy-${theme}`);
  }
  await workbench.setTheme('dark');
  canvas = await workbench.canvas();

  // A pod goes away: its node says so, and gets well again.
  const afterDelete = await recordStates(canvas);
  await nodeOf(canvas, 'vote').locator('.card-name').click();
  await workbench.runCommand('KubeOrch: Delete Pod…');
  await workbench.pick('vote-');
  const dialog = await workbench.dialog('Delete pod');
  await dialog.getByRole('button', { name: 'Delete Pod' }).click();
  await expect.poll(async () => (await afterDelete())['vote']?.join(' '), { timeout: 60_000 }).toMatch(/Healthy .*Healthy$/);

  // Its logs.
  await nodeOf(canvas, 'vote').locator('.card-name').click();
  await workbench.runCommand('KubeOrch: Show Logs…');
  const logs = await workbench.webview('.log-line');
  await logs.locator('.log-line').nth(2).waitFor();
  await workbench.screenshot('main-logs');
  expect(await logs.locator('.log-line').first().textContent()).not.toBe('');

  // A shell in it.
  await page.locator('.tab', { hasText: 'voting.workflow.yaml' }).first().click();
  canvas = await workbench.canvas();
  await nodeOf(canvas, 'vote').locator('.card-name').click();
  await workbench.runCommand('KubeOrch: Open Terminal…');
  await page.locator('.terminal-wrapper.active .xterm-screen, .terminal .xterm-screen').first().waitFor();
  await page.locator('.xterm-helper-textarea').first().focus();
  await page.keyboard.type('echo it-$((40+2))-works; hostname\n');
  await expect.poll(async () => page.locator('.xterm-rows, .xterm-accessibility-tree').allInnerTexts(), { timeout: 30_000 }).not.toEqual([]);
  await workbench.screenshot('main-terminal');
});
