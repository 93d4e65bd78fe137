// One file in two canvases side by side: what is done in one is seen in the other, undone from either, and both know what runs.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Frame } from 'playwright-core';
import { expect } from 'vitest';
import type { KubeObject } from '../../shared/kubeObject';
import { centreOf, drag, fieldOf, nodeOf, statusOf } from '../gestures';
import { sandboxOf } from '../sandboxOf';
import { scenario } from '../scenario';
import type { Workbench } from '../workbench';

const file = '.kubeorch/shop.workflow.yaml';
const workflow = `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: shop
status: published
nodes:
  web: { type: deployment, image: 'nginx:1.27', replicas: 1, port: 80 } # the page
  web-svc: { type: service, port: 80 }
edges:
  - web-svc -> web
layout:
  web: [360, 100]
  web-svc: [40, 100]
`;

/** The other canvas that can be seen. */
async function otherThan(workbench: Workbench, one: Frame): Promise<Frame> {
  const find = async (): Promise<Frame | undefined> => {
    for (const frame of workbench.page.frames()) {
      // A frame that is still being made is asked again.
      const isCanvas = await frame.evaluate(() => document.querySelector('.react-flow') !== null).catch(() => false);
      if (isCanvas && frame !== one) return frame;
    }
    return undefined;
  };
  await expect.poll(find).toBeDefined();
  return (await find()) as Frame;
}

const replicasOf = (canvas: Frame): Promise<string | null> =>
  nodeOf(canvas, 'web').locator('.card-row', { hasText: 'Replicas' }).locator('.row-value').textContent();
const textOf = (workbench: Workbench): Promise<string> => readFile(join(workbench.folder, file), 'utf8');

scenario('one file in two canvases stays one', { workspace: { [file]: workflow }, settings: { 'kubeorch.target': 'sandbox' } }, async (workbench) => {
  const { page } = workbench;
  await workbench.openFile(file);
  const left = await workbench.canvas();
  await nodeOf(left, 'web').waitFor();
  // Room for both.
  await workbench.runCommand('View: Toggle Primary Side Bar Visibility');
  await workbench.runCommand('View: Split Editor Right');
  const right = await otherThan(workbench, left);
  await nodeOf(right, 'web').waitFor();
  await left.locator('.react-flow__controls-fitview').click();

  // A field in one is a card in the other; each keeps what it has selected.
  await nodeOf(left, 'web').locator('.card-name').click();
  await fieldOf(left, 'Replicas').fill('3');
  await fieldOf(left, 'Replicas').press('Enter');
  await expect.poll(() => replicasOf(right)).toBe('3');
  expect(await right.locator('.react-flow__node.selected').count()).toBe(0);

  // A card that is moved in the other moves in both.
  const placeOf = (canvas: Frame): Promise<string> => nodeOf(canvas, 'web-svc').evaluate((node) => node.style.transform);
  const place = await placeOf(left);
  const from = await centreOf(nodeOf(right, 'web-svc').locator('.card-name'));
  await drag(workbench, from, { x: from.x + 10, y: from.y + 150 });
  await expect.poll(() => placeOf(left)).not.toBe(place);
  await expect.poll(async () => (await placeOf(left)) === (await placeOf(right))).toBe(true);

  // The steps are one row: the other canvas takes back what this one did, last first, and brings it back.
  await right
    .locator('.react-flow__pane')
    .first()
    .click({ position: { x: 12, y: 12 } });
  await page.keyboard.press('ControlOrMeta+Z');
  await expect.poll(() => placeOf(left)).toBe(place);
  expect(await replicasOf(left)).toBe('3');
  await page.keyboard.press('ControlOrMeta+Z');
  for (const canvas of [left, right]) await expect.poll(() => replicasOf(canvas)).toBe('1');
  await page.locator('.tab.dirty').first().waitFor({ state: 'detached' });
  await left
    .locator('.react-flow__pane')
    .first()
    .click({ position: { x: 12, y: 12 } });
  await page.keyboard.press('ControlOrMeta+Shift+Z');
  for (const canvas of [left, right]) await expect.poll(() => replicasOf(canvas)).toBe('3');
  await page.keyboard.press('ControlOrMeta+S');
  await page.locator('.tab.dirty').first().waitFor({ state: 'detached' });
  expect(await textOf(workbench)).toBe(workflow.replace('replicas: 1', 'replicas: 3'));

  // Planned and deployed in one; both show the plan's words, the run, and what runs.
  await left.locator('.target-chip[data-state="live"]').waitFor();
  await right.locator('.target-chip[data-state="live"]').waitFor();
  await left.getByRole('button', { name: 'Plan', exact: true }).click();
  for (const canvas of [left, right]) await statusOf(canvas, 'web').getByText('Create').waitFor();
  await left.locator('#accept-plan').click();
  for (const canvas of [left, right]) await statusOf(canvas, 'web').getByText('Healthy').waitFor();
  for (const theme of ['light', 'high-contrast', 'dark'] as const) {
    await workbench.setTheme(theme);
    await workbench.screenshot(`two-canvases-${theme}`);
  }

  // One is closed, and the other goes on: it edits, follows, plans and runs.
  await page.locator('.editor-group-container').nth(1).locator('.tab').click({ button: 'middle' });
  await expect.poll(() => right.isDetached()).toBe(true);
  await page.locator('.tab', { hasText: 'shop.workflow.yaml' }).waitFor();
  await nodeOf(left, 'web').locator('.card-name').click();
  await left.getByRole('tab', { name: 'Settings' }).click();
  await fieldOf(left, 'Replicas').fill('2');
  await fieldOf(left, 'Replicas').press('Enter');
  await expect.poll(() => replicasOf(left)).toBe('2');
  await page.keyboard.press('ControlOrMeta+S');
  await expect.poll(() => textOf(workbench)).toBe(workflow.replace('replicas: 1', 'replicas: 2'));
  await left.getByRole('button', { name: 'Plan', exact: true }).click();
  await left.locator('#accept-plan').click();
  const cluster = await sandboxOf(workbench.folder);
  const deployment = async (): Promise<KubeObject | undefined> =>
    (await cluster.list({ apiVersion: 'apps/v1', kind: 'Deployment' }, {})).find(({ metadata }) => metadata.name === 'web');
  await expect.poll(async () => (await deployment())?.status?.['readyReplicas']).toBe(2);
  await statusOf(left, 'web').getByText('Healthy').waitFor();
  await cluster.delete({ apiVersion: 'apps/v1', kind: 'Deployment', namespace: (await deployment())?.metadata.namespace ?? '', name: 'web' });
  await statusOf(left, 'web').getByText('Missing').waitFor();
});
