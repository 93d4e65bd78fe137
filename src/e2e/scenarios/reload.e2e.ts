// Tabs that are no files come back when the window is loaded anew, each as it was; one whose cluster cannot be opened says so.
import { expect } from 'vitest';
import { fromMenu, openCluster, openKind, openRow, resourceRows, showResources } from '../resourceRows';
import { nodeOf, statusOf } from '../gestures';
import { scenario } from '../scenario';
import type { Workbench } from '../workbench';

const file = '.kubeorch/shop.workflow.yaml';
const shop = `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: shop
status: published
nodes:
  settings: { type: configmap, data: { MODE: fast } }
  orders: { type: deployment, image: 'registry.example/shop/orders-api:2.4', replicas: 1, port: 8080 }
edges:
  - settings -> orders
layout: { settings: [0, 40], orders: [340, 40] }
`;

async function reload(workbench: Workbench): Promise<void> {
  const { page } = workbench;
  await page.evaluate(() => Object.assign(globalThis, { beforeReload: true }));
  await workbench.runCommand('Developer: Reload Window');
  await page.waitForFunction(() => !('beforeReload' in globalThis) && document.querySelector('.monaco-workbench .part.statusbar') !== null);
  await page.locator('.activitybar .action-label[aria-label^="KubeOrch"]').waitFor();
}

const tab = (workbench: Workbench, title: string | RegExp) => workbench.page.locator('.tabs-container .tab', { hasText: title });

scenario('tabs come back after a reload', { workspace: { [file]: shop }, settings: { 'kubeorch.target': 'sandbox' } }, async (workbench) => {
  await workbench.openFile(file);
  let canvas = await workbench.canvas();
  await canvas.locator('.target-chip[data-state="live"]').waitFor();
  await canvas.getByRole('button', { name: 'Plan', exact: true }).click();
  await canvas.locator('#accept-plan').click();
  await statusOf(canvas, 'orders').getByText('Healthy').waitFor();

  // Logs beside the canvas; behind the canvas a comparison, the overview and the page of an object.
  await nodeOf(canvas, 'orders').locator('.card-name').click();
  await canvas.getByRole('tab', { name: 'Settings' }).click();
  await canvas.locator('.inspector').getByRole('button', { name: 'Show logs' }).click();
  await (await workbench.webview('.log-row')).getByRole('button', { name: 'Times: off' }).click();
  await tab(workbench, 'shop.workflow.yaml').click();
  await workbench.runCommand('KubeOrch: Compare Versions…');
  await workbench.pick('Version 1');
  await workbench.pick('Working file');
  let compared = await workbench.webview('.compare[data-kind="compare"]');
  await compared.locator('[data-side="after"] .react-flow__node[data-id="orders"] .card-name').click();
  await compared.locator('.react-flow__node.selected[data-id="orders"]').first().waitFor();
  await workbench.runCommand('KubeOrch: Open Workspace Overview');
  await workbench.webview('.overview-workflow');
  await showResources(workbench);
  const row = resourceRows(workbench);
  await openCluster(row, 'Sandbox');
  await openRow(row('default'));
  await openKind(row, 'ConfigMap');
  await fromMenu(workbench, row('settings'), 'Open Detail');
  await workbench.webview('.resource');

  // What was hidden meanwhile comes back as it was.
  await tab(workbench, '↔').click();
  compared = await workbench.webview('.compare[data-kind="compare"]');
  await compared.locator('.react-flow__node.selected[data-id="orders"]').first().waitFor();

  await reload(workbench);
  compared = await workbench.webview('.compare[data-kind="compare"]');
  await compared.locator('.react-flow__node.selected[data-id="orders"]').first().waitFor();
  const logs = await workbench.webview('.log-row');
  await logs.getByRole('button', { name: 'Times: local' }).waitFor();
  await tab(workbench, 'KubeOrch Overview').click();
  await (await workbench.webview('.overview-workflow')).getByRole('button', { name: 'shop', exact: true }).waitFor();
  await tab(workbench, /^settings$/).click();
  await (await workbench.webview('.resource')).getByText('MODE').first().waitFor();
  await tab(workbench, 'shop.workflow.yaml').click();
  canvas = await workbench.canvas();
  await statusOf(canvas, 'orders').getByText('Healthy').waitFor();

  // Without its sandbox a tab says why, starts nothing by itself, and tries again when it is told to.
  await workbench.runCommand('KubeOrch: Stop Sandbox');
  await canvas.locator('.target-chip[data-state="live"]').waitFor({ state: 'detached' });
  await reload(workbench);
  const unavailable = await workbench.webview('.unavailable');
  await unavailable.getByText('The sandbox is not running.').waitFor();
  await workbench.screenshot('reload-unavailable');
  expect(await unavailable.getByRole('heading').textContent()).toBe('Logs: orders');
  await unavailable.getByText('Try Again').click();
  await workbench.webview('.logs');
});
