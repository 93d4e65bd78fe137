// Questions of a run, answered where a person is, also after the canvas was closed; and what someone else changed on the cluster.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { until } from '../../testing/until';
import { nodeOf } from '../gestures';
import { sandboxOf } from '../sandboxOf';
import { scenario } from '../scenario';
import type { Workbench } from '../workbench';

const file = '.kubeorch/shop.workflow.yaml';
const text = `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: shop
status: published
nodes:
  db: { type: deployment, image: "postgres:15" }
  web:
    type: deployment
    image: nginx:1
    replicas: 2 # for one zone
`;
/** The database is made again, and a question stands before the frontend. */
const asking = `${text
  .replace(
    '"postgres:15"',
    '"postgres:15", patch: { spec: { selector: { matchLabels: { app: db, tier: x } }, template: { metadata: { labels: { tier: x } } } } }',
  )
  .replace('nginx:1', 'nginx:2')}  look: { type: gate, message: Shall the frontend change? }
edges:
  - web -> look
`;

/** The sandbox of the window's folder, selected as the target of the canvas. */
async function onSandbox(workbench: Workbench) {
  await workbench.openFile(file);
  const canvas = await workbench.canvas();
  await workbench.runCommand('KubeOrch: Select Target…');
  await workbench.pick('Sandbox');
  await canvas.locator('.target-chip[data-state="live"]').waitFor();
  const cluster = await sandboxOf(workbench.folder);
  const deployment = (name: string) => cluster.get({ apiVersion: 'apps/v1', kind: 'Deployment', namespace: cluster.defaultNamespace, name });
  return { canvas, cluster, deployment };
}

async function deploy(canvas: Awaited<ReturnType<Workbench['canvas']>>): Promise<void> {
  await canvas.getByRole('button', { name: 'Plan', exact: true }).click();
  await canvas.locator('#accept-plan:not([disabled])').click();
}

scenario(
  'a run asks on a card, in the tree and when it is opened again, and by itself when the time is over',
  { workspace: { [file]: text } },
  async (workbench) => {
    const { page } = workbench;
    const { canvas, deployment } = await onSandbox(workbench);
    await deploy(canvas);
    await canvas.locator('.run-status[data-status="completed"]').waitFor();
    const before = await deployment('db');

    await writeFile(join(workbench.folder, file), asking);
    await nodeOf(canvas, 'look').waitFor();
    await deploy(canvas);
    await canvas.locator('.gate[data-gate="replace-db"]').waitFor();
    expect((await deployment('db'))?.metadata.uid).toBe(before?.metadata.uid);

    // Answered on its row, the run goes on to the question of the file.
    await workbench.clearNotifications();
    await workbench.runCommand('KubeOrch: Focus on Runs View');
    const row = page.locator('.pane-body .monaco-list-row[aria-label*="Delete and make again?"]').first();
    await row.hover();
    await workbench.screenshot('gate-in-tree');
    await row.getByRole('button', { name: 'Approve' }).click();
    await nodeOf(canvas, 'look').locator('.card-status', { hasText: 'Waits for an answer' }).waitFor();
    await workbench.screenshot('gate-node-waits');
    expect((await deployment('db'))?.metadata.uid).not.toBe(before?.metadata.uid);
    expect(JSON.stringify((await deployment('web'))?.spec)).toContain('nginx:1');

    // The canvas closes, and with it everything that knows of the run but its journal.
    await workbench.runCommand('View: Close All Editors');
    await page.locator('.tab', { hasText: 'shop.workflow.yaml' }).waitFor({ state: 'detached' });
    await workbench.openFile(file);
    const again = await workbench.canvas();
    await nodeOf(again, 'look').getByRole('button', { name: 'Approve' }).click();
    await again.locator('.run-status[data-status="completed"]').waitFor();
    expect(JSON.stringify((await deployment('web'))?.spec)).toContain('nginx:2');

    // Nobody answers, and the file says what is so then.
    await writeFile(
      join(workbench.folder, file),
      asking.replace('nginx:2', 'nginx:3').replace('change? }', 'change?, timeoutMs: 1500, timeoutAction: approve }'),
    );
    await nodeOf(again, 'web').locator('.card-row', { hasText: 'nginx:3' }).waitFor();
    await deploy(again);
    await again.locator('.run-event', { hasText: 'gate-look approved by timeout' }).waitFor();
    await again.locator('.run-status[data-status="completed"]').waitFor();
    expect(JSON.stringify((await deployment('web'))?.spec)).toContain('nginx:3');
  },
);

scenario('what someone changed on the cluster is seen, taken into the file, or brought back', { workspace: { [file]: text } }, async (workbench) => {
  const { page } = workbench;
  const { canvas, cluster, deployment } = await onSandbox(workbench);
  await deploy(canvas);
  await canvas.locator('.run-status[data-status="completed"]').waitFor();
  const change = (name: string, spec: Parameters<typeof cluster.mergePatch>[1]) =>
    cluster.mergePatch({ apiVersion: 'apps/v1', kind: 'Deployment', namespace: cluster.defaultNamespace, name }, spec, { fieldManager: 'night-shift' });
  await change('web', { spec: { replicas: 5 } });
  await change('db', { spec: { replicas: 3 } });

  await canvas.getByRole('button', { name: '2 nodes differ' }).waitFor();
  await page.locator('.statusbar-item[aria-label*="2 nodes differ"], .statusbar-item :is([aria-label*="2 nodes differ"])').first().waitFor();
  await workbench.clearNotifications();
  await workbench.runCommand('KubeOrch: Show Drift');
  await workbench.pick('web');
  await canvas.locator('.drift-owner', { hasText: 'night-shift' }).waitFor();
  await workbench.screenshot('drift-inspector');
  await canvas.getByRole('button', { name: 'Adopt into the File…' }).click();
  await page.locator('.tab.active', { hasText: '(proposed)' }).waitFor();
  await workbench.screenshot('drift-adopt');
  await workbench.runCommand('KubeOrch: Apply Fix');
  await page.locator('.tab.active', { hasText: 'shop.workflow.yaml' }).waitFor();
  const front = await workbench.canvas();
  await nodeOf(front, 'web').locator('.card-row', { hasText: '5' }).first().waitFor();

  // The other one is brought back by a plan that says from whom it takes the field; the first is as the file says now.
  await workbench.clearNotifications();
  await workbench.runCommand('KubeOrch: Re-assert Drifted Node…');
  await workbench.pick('db');
  await front.locator('.plan-note', { hasText: 'Takes from night-shift' }).waitFor();
  await front.locator('#accept-plan:not([disabled])').click();
  await front.locator('.run-status[data-status="completed"]').waitFor();
  await front.locator('.drift-count').waitFor({ state: 'detached' });
  expect((await deployment('web'))?.spec).toMatchObject({ replicas: 5 });
  expect((await deployment('db'))?.spec).toMatchObject({ replicas: 1 });
  // The run has saved what it ran.
  await until('the saved file', async () => (await readFile(join(workbench.folder, file), 'utf8')).includes('replicas: 5 # for one zone'));
});
