// A kubeconfig that says something else while everything that can hold its cluster is open: nothing goes on as who was let in before.
import { mkdtempSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, onTestFinished } from 'vitest';
import { clusterFromKubeconfig } from '../../kube/index';
import { systemClock } from '../../node/systemClock';
import { startServer } from '../../sandbox/startServer';
import type { RunningSandbox } from '../../sandbox/options';
import { MemoryLogger } from '../../testing/memoryLogger';
import { nodeOf, statusOf } from '../gestures';
import { fromMenu, openCluster, openKind, openRow, resourceRows, showResources } from '../resourceRows';
import { scenario } from '../scenario';

const file = '.kubeorch/shop.workflow.yaml';
const workflow = `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: shop
status: published
namespace: default
nodes:
  web: { type: deployment, image: 'nginx:1.27', replicas: 1, port: 80 }
  web-svc: { type: service, port: 80 }
edges:
  - web-svc -> web
layout: { web: [400, 60], web-svc: [60, 60] }
`;

const place = mkdtempSync(join(tmpdir(), 'kubeorch-who-'));
const kubeconfigFile = join(place, 'config');
afterAll(() => rm(place, { recursive: true, force: true }));

async function serverWith(configMap: string): Promise<RunningSandbox> {
  const server = await startServer({ delays: { imagePullMs: 20, containerStartMs: 20, readinessMs: 100, terminationMs: 20 } });
  onTestFinished(() => server.close());
  const cluster = await clusterFromKubeconfig({ text: server.kubeconfig, clock: systemClock(), logger: new MemoryLogger(), environment: {} });
  onTestFinished(() => cluster.dispose());
  await cluster.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: configMap, namespace: 'default' }, data: {} }, { fieldManager: 'test' });
  return server;
}

/** Its one context, called "team". */
function teamOf({ server, token, caPem }: RunningSandbox): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster: { server, 'certificate-authority-data': Buffer.from(caPem).toString('base64') } }],
    users: [{ name: 'u', user: { token } }],
    contexts: [{ name: 'team', context: { cluster: 'c', user: 'u', namespace: 'default' } }],
    'current-context': 'team',
  });
}

const options = {
  workspace: { [file]: workflow },
  env: { KUBECONFIG: kubeconfigFile },
  settings: { 'terminal.integrated.gpuAcceleration': 'off', 'kubeorch.target': 'context:team' },
  timeoutMs: 300_000,
} as const;

scenario('nothing goes on as who was let in before when a kubeconfig says something else', options, async (workbench) => {
  const { page } = workbench;
  const [first, second] = [await serverWith('of-the-first'), await serverWith('of-the-second')];
  await writeFile(kubeconfigFile, teamOf(first));
  await workbench.openFile(file);
  let canvas = await workbench.canvas();
  await canvas.locator('.target-chip[data-state="live"]').waitFor();
  await canvas.getByRole('button', { name: 'Plan', exact: true }).click();
  await canvas.locator('#accept-plan').click();
  await canvas.locator('.health-summary[data-tone="good"]').waitFor();

  // Everything that holds the cluster: rows and a page of resources, a log, a forwarded port, a terminal.
  await showResources(workbench);
  const row = resourceRows(workbench);
  await openCluster(row, 'team');
  await openRow(row('default'));
  await openKind(row, 'ConfigMap');
  await fromMenu(workbench, row('of-the-first'), 'Open Detail');
  await (await workbench.webview('.resource')).locator('h1', { hasText: 'of-the-first' }).waitFor();
  const back = async (): Promise<void> => {
    await page.locator('.tab', { hasText: 'shop.workflow.yaml' }).first().click();
    canvas = await workbench.canvas();
  };
  await back();
  await nodeOf(canvas, 'web').locator('.card-name').click();
  await workbench.runCommand('KubeOrch: Show Logs…');
  await (await workbench.webview('.log-row')).locator('.log-row').nth(2).waitFor();
  await back();
  await workbench.runCommand('KubeOrch: Forward Port…');
  const forward = page.locator('.monaco-list-row', { hasText: /\/web:80/ });
  await forward.waitFor();
  const address = /127\.0\.0\.1:\d+/.exec((await forward.textContent()) ?? '')?.[0] ?? '';
  expect((await fetch(`http://${address}/`)).status).toBe(200);
  await back();
  await workbench.runCommand('KubeOrch: Open Terminal…');
  const screen = page.locator('.terminal-wrapper.active .xterm-rows');
  await screen.getByText('scripted shell').waitFor();

  // What others write into the file is no news; then it leads elsewhere, as somebody else.
  await writeFile(kubeconfigFile, teamOf(first).replace('"current-context":"team"', '"current-context":""'));
  await workbench.clearNotifications();
  await writeFile(kubeconfigFile, teamOf(second));
  await screen.getByText('who acts on team is no longer the same').waitFor();
  await workbench.notification(new RegExp(`${address.replaceAll('.', '\\.')} leads nowhere any more`));
  await expect(fetch(`http://${address}/`)).rejects.toThrow('fetch failed');
  await statusOf(canvas, 'web').getByText('Healthy').waitFor({ state: 'detached' });
  await canvas.locator('.side').getByText('Not on the cluster').first().waitFor();
  await row('of-the-second').waitFor();
  expect(await row('of-the-first').count()).toBe(0);
  await page.locator('.tab', { hasText: 'Logs: web' }).first().click();
  let logs = await workbench.webview('.logs');
  await logs.locator('.banner', { hasText: 'another cluster' }).waitFor();
  expect(await logs.locator('.log-row').count()).toBe(0);
  await page.locator('.tab', { hasText: 'of-the-first' }).first().click();
  await (await workbench.webview('.resource')).getByText('does not exist').first().waitFor();
  await workbench.screenshot('who-acts-elsewhere');

  // And back: page, log and canvas are what they were.
  await writeFile(kubeconfigFile, teamOf(first));
  await (await workbench.webview('.resource')).locator('h1', { hasText: 'of-the-first' }).waitFor();
  await page.locator('.tab', { hasText: 'Logs: web' }).first().click();
  logs = await workbench.webview('.logs');
  await logs.locator('.log-row').nth(2).waitFor();
  await page.locator('.tab', { hasText: 'shop.workflow.yaml' }).first().click();
  canvas = await workbench.canvas();
  await statusOf(canvas, 'web').getByText('Healthy').waitFor();
});
