// The logs of a node in the real editor, by mouse and keyboard: read, filtered, searched, saved, and across the end of a pod.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Frame } from 'playwright-core';
import { expect } from 'vitest';
import { nodeOf, statusOf } from '../gestures';
import { scenario } from '../scenario';
import type { Workbench } from '../workbench';

const soon = { timeout: 30_000 } as const;
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
  broken:
    type: deployment
    image: registry.example/shop/mailer:1.0
    replicas: 1
    podAnnotations:
      sandbox.kubeorch.dev/scenario: crash-loop
      sandbox.kubeorch.dev/exit-code: "3"
      sandbox.kubeorch.dev/runs-for-seconds: "2"
layout:
  orders: [80, 100]
  broken: [480, 100]
`;

/** The tab of the canvas, with this node picked. */
async function picked(workbench: Workbench, id: string): Promise<Frame> {
  await workbench.page.locator('.tab', { hasText: 'shop.workflow.yaml' }).first().click();
  const canvas = await workbench.canvas();
  await workbench.runCommand('KubeOrch: Fit Canvas to View');
  await nodeOf(canvas, id).locator('.card-name').click();
  return canvas;
}

/** From a node's own panel to its lines. */
async function openLogs(workbench: Workbench, canvas: Frame, id: string): Promise<Frame> {
  await nodeOf(canvas, id).locator('.card-name').click();
  await canvas.getByRole('tab', { name: 'Settings' }).click();
  await canvas.locator('.inspector').getByRole('button', { name: 'Show logs' }).click();
  return workbench.webview('.log-row');
}

const closeEditor = async (workbench: Workbench, title: string): Promise<void> => {
  const tab = workbench.page.locator('.tab', { hasText: title }).first();
  await tab.click({ button: 'middle' });
  await tab.waitFor({ state: 'detached' });
};

scenario(
  'logs are followed, filtered, searched, saved and go on in a new pod',
  { workspace: { [file]: workflow }, settings: { 'kubeorch.target': 'sandbox' } },
  async (workbench) => {
    const { page } = workbench;
    await workbench.openFile(file);
    let canvas = await workbench.canvas();
    await canvas.locator('.target-chip[data-state="live"]').waitFor();
    await canvas.getByRole('button', { name: 'Plan', exact: true }).click();
    await canvas.locator('#accept-plan').click();
    await statusOf(canvas, 'orders').getByText('Healthy').waitFor();

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
    await expect.poll(fits, soon).toBe(true);

    // A search counts, marks and goes from match to match; a filter leaves the others out.
    await field('Search').fill('request SERVED');
    await expect.poll(() => logs.locator('.logs-count').textContent(), soon).toMatch(/^[1-9]\d* of [1-9]\d*$/);
    const before = await logs.locator('.logs-count').textContent();
    await button('Previous match').click();
    await expect.poll(() => logs.locator('.logs-count').textContent(), soon).not.toBe(before);
    expect(await logs.locator('.log-row mark').first().textContent()).toBe('request served');
    await field('Filter by text').fill('slow');
    await expect.poll(async () => (await rows().allTextContents()).every((text) => text.includes('slow query')), soon).toBe(true);
    expect(await rows().count()).toBeGreaterThan(0);
    await field('Filter by text').press('Escape');
    await rows().filter({ hasText: 'request served' }).first().waitFor();
    for (const theme of ['dark', 'light', 'high-contrast'] as const) {
      await workbench.setTheme(theme);
      logs = await workbench.webview('.log-row');
      await workbench.screenshot(`logs-editor-${theme}`);
    }
    await workbench.setTheme('dark');
    logs = await workbench.webview('.log-row');
    await field('Search').fill('');
    // The search had led away from the end.
    await logs.locator('.log-box').focus();
    await page.keyboard.press('End');
    await page.keyboard.press('Escape');

    // Its pod goes away: a mark says which one took its place, and the lines go on.
    await picked(workbench, 'orders');
    await workbench.runCommand('KubeOrch: Delete Pod…');
    await workbench.pick('orders-');
    await (await workbench.dialog('Delete pod')).getByRole('button', { name: 'Delete Pod' }).click();
    logs = await workbench.webview('.log-row');
    const mark = logs.locator('.log-mark[data-mark="replaced"]');
    await mark.waitFor();
    const [pod = ''] = first.split('/');
    expect(await mark.textContent()).toMatch(new RegExp(`^${pod} was replaced by orders-[a-z0-9-]+\\.$`));
    await expect.poll(() => logs.locator(`.log-source:not([title="${first}"])`).count(), soon).toBeGreaterThan(3);
    await workbench.screenshot('logs-replaced');

    // Saved as it stands, both pods' lines in it.
    await button('Save to a file…').click();
    const path = page.locator('.quick-input-widget:visible .quick-input-box input').first();
    await expect.poll(() => path.inputValue(), soon).toMatch(/orders\.log$/);
    await page.keyboard.press('Enter');
    const saved = (): Promise<string> => readFile(join(workbench.folder, 'orders.log'), 'utf8').catch(() => '');
    await expect.poll(saved, soon).toContain('was replaced by');
    const lines = (await saved()).split('\n');
    expect(lines.filter((line) => line.includes(` ${first} `)).length).toBeGreaterThan(3);
    expect(lines.some((line) => /^\S+Z orders-\S+\/orders \{"level":"warn"/.test(line))).toBe(true);
    await closeEditor(workbench, 'Logs');

    // What a container that crashes again and again said before its last start.
    canvas = await picked(workbench, 'broken');
    await nodeOf(canvas, 'broken').getByText('CrashLoopBackOff').waitFor();
    logs = await openLogs(workbench, canvas, 'broken');
    await logs.locator('.logs-origin').click();
    await workbench.pick('Run before the last restart');
    await logs.locator('.logs-origin', { hasText: 'Run before the restart' }).waitFor();
    await rows().last().getByText('the process ended with exit code 3').waitFor();
    expect(await logs.locator('.log-mark').count()).toBe(0);
    await workbench.screenshot('logs-previous');
    await closeEditor(workbench, 'Logs');

    // The newest line under its card.
    canvas = await picked(workbench, 'orders');
    const toggle = canvas.getByRole('button', { name: 'Live tail: newest log line on cards' });
    await toggle.click();
    await nodeOf(canvas, 'orders').locator('.card-tail', { hasText: 'request served' }).waitFor();
    await workbench.screenshot('logs-live-tail');
  },
);
