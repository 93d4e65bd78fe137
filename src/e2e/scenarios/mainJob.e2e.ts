// The main job, by mouse and keyboard only: draw, undo and redo, save, plan, deploy on the sandbox, watch, look inside.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Frame } from 'playwright-core';
import { projectRoot } from '../editor';
import { centreOf, drag, emptySpot, fieldOf, nodeOf, recordStates, statusOf } from '../gestures';
import { scenario } from '../scenario';
import type { Workbench } from '../workbench';

const file = '.kubeorch/voting.workflow.yaml';
const nodeIds = ['vote', 'result', 'worker', 'redis', 'db', 'vote-config', 'db-secret', 'vote-svc', 'result-svc', 'redis-svc', 'db-svc', 'web'];

async function openVoting(workbench: Workbench): Promise<Frame> {
  await workbench.openFile(file);
  const canvas = await workbench.canvas();
  for (const id of nodeIds) await nodeOf(canvas, id).waitFor();
  return canvas;
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
  const missing = (from: Map<string, number>, to: Map<string, number>): string[] =>
    [...from].flatMap(([line, times]) => Array<string>(Math.max(0, times - (to.get(line) ?? 0))).fill(line));
  return { added: missing(b, a), removed: missing(a, b) };
}

// A terminal that paints with DOM elements can be read.
const options = { workspace: 'voting', timeoutMs: 600_000, settings: { 'terminal.integrated.gpuAcceleration': 'off' } } as const;

scenario('the voting example is drawn on, deployed on the sandbox and watched', options, async (workbench) => {
  const before = await textOf(workbench);
  const { page } = workbench;
  let canvas = await openVoting(workbench);

  // Draw: a Redis and a Service for it, dragged from the palette, named and connected.
  // The Service goes left of what it leads to, as edges run.
  const spot = await emptySpot(canvas);
  spot.x += 170;
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
  await canvas
    .locator('.react-flow__pane')
    .first()
    .click({ position: { x: 12, y: 12 } });
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
  // From here on everything that the page hears is kept: the value must not be in it, nor in any file.
  await canvas.evaluate(() => {
    const heard: string[] = [];
    addEventListener('message', ({ data }) => heard.push(JSON.stringify(data)));
    (globalThis as unknown as { heard: string[] }).heard = heard;
  });
  const canary = `canary-${crypto.randomUUID()}`;
  await workbench.answer(canary);
  await workbench.pick('For This Window');
  await canvas.locator('#accept-plan').waitFor();
  await statusOf(canvas, 'vote').getByText('Create').waitFor();
  await workbench.screenshot('main-planned');

  // Deploy exactly that, and see every node become healthy.
  const states = await recordStates(canvas);
  await canvas.locator('#accept-plan').click();
  await canvas.locator('.health-summary[data-tone="good"]').waitFor();
  await expect.poll(async () => (await states())['vote']?.at(-1)).toBe('Healthy');
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
  await expect.poll(async () => (await afterDelete())['vote']?.join(' ')).toMatch(/Healthy .*Healthy$/);

  // Its logs.
  await nodeOf(canvas, 'vote').locator('.card-name').click();
  await workbench.runCommand('KubeOrch: Show Logs…');
  const logs = await workbench.webview('.log-row');
  await logs.locator('.log-row').nth(2).waitFor();
  await workbench.screenshot('main-logs');
  expect(await logs.locator('.log-row').first().textContent()).not.toBe('');

  // A shell in it.
  await page.locator('.tab', { hasText: 'voting.workflow.yaml' }).first().click();
  // It is still selected: what was picked before the logs were opened stays picked.
  await workbench.runCommand('KubeOrch: Open Terminal…');
  const terminal = page.locator('.terminal-wrapper.active');
  await terminal.locator('.xterm-rows').getByText('scripted shell').waitFor();
  await terminal.locator('.xterm-helper-textarea').focus();
  await page.keyboard.type('cd /tmp; X=42; touch typed-$X; ls\n');
  await terminal.locator('.xterm-rows').getByText('typed-42').waitFor();
  await workbench.screenshot('main-terminal');

  // The secret's value went to the cluster and nowhere else.
  canvas = await workbench.canvas();
  const heard = await canvas.evaluate(() => (globalThis as unknown as { heard: string[] }).heard.join('\n'));
  expect(heard).toContain('run:completed');
  for (const seen of [heard, await canvas.locator('body').innerText(), await page.locator('body').innerText()]) expect(holds(seen, canary)).toBe(false);
  expect(await filesWith(workbench.folder, canary)).toEqual([]);
  expect(await filesWith(join(projectRoot, 'out/logs'), canary)).toEqual([]);
  // The search itself works: the journal is found by what it must hold.
  expect(await filesWith(join(workbench.folder, '.kubeorch/runs'), 'run:completed')).not.toEqual([]);

  // The overview has it among all workflows, and leads back to a node.
  await workbench.runCommand('View: Close All Editors');
  await workbench.runCommand('View: Toggle Panel Visibility');
  await workbench.runCommand('KubeOrch: Open Workspace Overview');
  const overview = await workbench.webview('.overview-workflow');
  await overview.locator('.overview-place', { hasText: '14 healthy' }).waitFor();
  await overview.locator('.overview-place', { hasText: 'Completed: version 1' }).waitFor();
  await workbench.screenshot('main-overview');
  await overview.getByRole('button', { name: 'voting', exact: true }).click();
});

const holds = (text: string, needle: string): boolean => text.includes(needle) || text.includes(Buffer.from(needle).toString('base64'));

/** Files below a folder that hold the text, plain or in base64. */
async function filesWith(folder: string, needle: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && holds(await readFile(path, 'latin1'), needle)) found.push(path);
  }
  return found;
}
