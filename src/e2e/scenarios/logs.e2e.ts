// The logs of a node in the real editor, by mouse and keyboard: read, folded out, wrapped, searched and filtered.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Frame } from 'playwright-core';
import { expect } from 'vitest';
import { nodeOf, statusOf } from '../gestures';
import { sandboxOf } from '../sandboxOf';
import { scenario } from '../scenario';
import type { Workbench } from '../workbench';

const file = '.kubeorch/shop.workflow.yaml';
const workflow = `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: shop
status: published
nodes:
  orders:
    type: deployment
    image: registry.example/shop/orders-api:2.4
    replicas: 1
    port: 8080
layout:
  orders: [80, 100]
`;

/** From a node's own panel to its lines. */
async function openLogs(workbench: Workbench, canvas: Frame, id: string): Promise<Frame> {
  await nodeOf(canvas, id).locator('.card-name').click();
  await canvas.getByRole('tab', { name: 'Settings' }).click();
  await canvas.locator('.inspector').getByRole('button', { name: 'Show logs' }).click();
  return workbench.webview('.log-row');
}

async function deployed(workbench: Workbench): Promise<Frame> {
  await workbench.openFile(file);
  const canvas = await workbench.canvas();
  await canvas.locator('.target-chip[data-state="live"]').waitFor();
  await canvas.getByRole('button', { name: 'Plan', exact: true }).click();
  await canvas.locator('#accept-plan').click();
  await statusOf(canvas, 'orders').getByText('Healthy').waitFor();
  return canvas;
}

const options = { workspace: { [file]: workflow }, settings: { 'kubeorch.target': 'sandbox' } } as const;

scenario('logs are followed, filtered and searched', options, async (workbench) => {
  const canvas = await deployed(workbench);
  let logs = await openLogs(workbench, canvas, 'orders');
  const button = (name: string) => logs.getByRole('button', { name, exact: true });
  const field = (name: string) => logs.getByRole('textbox', { name, exact: true });
  const rows = () => logs.locator('.log-row:not(.log-mark)');
  await rows().filter({ hasText: 'slow query' }).first().waitFor();
  const first = (await logs.locator('.log-source').first().getAttribute('title')) ?? '';
  expect(first).toMatch(/^orders-[a-z0-9]+-[a-z0-9]{5}\/orders$/);

  // Times, lines that are JSON, and their wrapping.
  await button('Times: off').click();
  expect(await logs.locator('.log-time').first().textContent()).toMatch(/^\d\d:\d\d:\d\d\.\d{3} $/);
  const json = rows().filter({ hasText: 'slow query' }).first();
  await json.locator('.log-fold').click();
  await json.locator('.log-details').getByText('table').waitFor();
  await button('Wrap long lines').click();
  const fits = () => logs.locator('.log-box').evaluate((box) => box.scrollWidth <= box.clientWidth);
  await expect.poll(fits).toBe(true);

  // A search counts, marks and goes from match to match; a filter leaves the others out.
  await field('Search').fill('request SERVED');
  await expect.poll(() => logs.locator('.logs-count').textContent()).toMatch(/^[1-9]\d* of [1-9]\d*$/);
  const before = await logs.locator('.logs-count').textContent();
  await button('Previous match').click();
  await expect.poll(() => logs.locator('.logs-count').textContent()).not.toBe(before);
  expect(await logs.locator('.log-row mark').first().textContent()).toBe('request served');
  await field('Filter by text').fill('slow');
  const onlySlow = (texts: readonly string[]): boolean => texts.length > 0 && texts.every((text) => text.includes('slow query'));
  await expect.poll(async () => onlySlow(await rows().allTextContents())).toBe(true);
  await field('Filter by text').press('Escape');
  await rows().filter({ hasText: 'request served' }).first().waitFor();
  for (const theme of ['dark', 'light', 'high-contrast'] as const) {
    await workbench.setTheme(theme);
    logs = await workbench.webview('.log-row');
    await workbench.screenshot(`logs-editor-${theme}`);
  }
});

scenario('logs are seen on the card, saved, and opened as a text', options, async (workbench) => {
  const canvas = await deployed(workbench);

  // The newest line hangs below the card, and moves on.
  await canvas.getByRole('button', { name: 'Live tail: newest log line on cards' }).click();
  const tail = nodeOf(canvas, 'orders').locator('.card-tail');
  await tail.waitFor();
  const line = (await tail.textContent()) ?? '';
  expect(line).not.toBe('');
  await expect.poll(() => tail.textContent()).not.toBe(line);
  await workbench.screenshot('logs-tail-dark');

  const logs = await openLogs(workbench, canvas, 'orders');
  const button = (name: string) => logs.getByRole('button', { name, exact: true });
  await logs.locator('.log-row', { hasText: 'request served' }).first().waitFor();
  const before = (await logs.locator('.log-source').first().getAttribute('title')) ?? '';

  // Saved beside the workflow, with where each line comes from.
  await button('Save to a file…').click();
  await workbench.saveAsProposed('orders.log');
  await expect.poll(() => readFile(join(workbench.folder, 'orders.log'), 'utf8').catch(() => '')).toContain(`${before} `);
  expect(await readFile(join(workbench.folder, 'orders.log'), 'utf8')).toMatch(/^\d{4}-\d\d-\d\dT\S+Z orders-\S+\/orders .*request served/m);

  // Opened as a text of its own.
  await button('Open in an editor').click();
  await workbench.page.locator('.editor-instance .view-lines', { hasText: 'request served' }).first().waitFor();
});

scenario('a log goes on with the pod that took the place of a deleted one, and tells what a container said before it crashed', options, async (workbench) => {
  const canvas = await deployed(workbench);
  let logs = await openLogs(workbench, canvas, 'orders');
  const rows = () => logs.locator('.log-row:not(.log-mark)');
  const mark = (text: RegExp) => logs.locator('.log-mark', { hasText: text }).first();
  const from = (pod: string) => rows().filter({ has: logs.locator(`.log-source[title="${pod}/orders"]`) });
  await rows().filter({ hasText: 'request served' }).first().waitFor();

  const cluster = await sandboxOf(workbench.folder);
  const podNames = async (): Promise<readonly string[]> =>
    (await cluster.list({ apiVersion: 'v1', kind: 'Pod' }, { labelSelector: 'app=orders' })).map(({ metadata }) => metadata.name);
  const [first] = await cluster.list({ apiVersion: 'v1', kind: 'Pod' }, { labelSelector: 'app=orders' });
  const { name: before = '', namespace = '' } = first?.metadata ?? {};
  await from(before).first().waitFor();
  await cluster.delete({ apiVersion: 'v1', kind: 'Pod', namespace, name: before });
  await mark(new RegExp(`^${before} was replaced by orders-`)).waitFor();
  await expect.poll(async () => (await podNames()).filter((name) => name !== before).length).toBe(1);
  const after = (await podNames()).find((name) => name !== before) ?? '';
  await mark(new RegExp(`replaced by ${after}`)).waitFor();
  await from(after).filter({ hasText: 'request served' }).first().waitFor();
  await workbench.screenshot('logs-replaced');

  // Now it crashes, again and again.
  const annotations = { 'sandbox.kubeorch.dev/scenario': 'crash-loop', 'sandbox.kubeorch.dev/exit-code': '3' };
  const crash = { spec: { template: { metadata: { annotations } } } };
  await cluster.mergePatch({ apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'orders' }, crash, { fieldManager: 'second-hand' });
  await mark(/^orders-\S+ was started again \(exit 3\)/).waitFor();
  const crashing = /^(\S+)\//.exec((await mark(/was started again/).textContent()) ?? '')?.[1] ?? '';
  expect([before, after]).not.toContain(crashing);

  // What it said last, from the run that is over; it stays still.
  await logs.getByTitle('Choose where the log begins').click();
  await workbench.pick('Run before the last restart');
  await logs.getByTitle('Choose where the log begins').getByText('Run before the restart').waitFor();
  await from(crashing).filter({ hasText: 'the process ended with exit code 3' }).first().waitFor();
  for (const theme of ['light', 'high-contrast', 'dark'] as const) {
    await workbench.setTheme(theme);
    logs = await workbench.webview('.log-row');
    await workbench.screenshot(`logs-previous-${theme}`);
  }
});
