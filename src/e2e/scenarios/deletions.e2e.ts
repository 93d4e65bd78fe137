// What the file no longer makes is shown, asked about at a gate, and deleted only then; what is someone else's stays.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { nodeOf } from '../gestures';
import { sandboxOf } from '../sandboxOf';
import { scenario } from '../scenario';

const file = '.kubeorch/shop.workflow.yaml';
const text = `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: shop
status: published
nodes:
  settings: { type: configmap, data: { MODE: fast } }
  old: { type: configmap, data: { K: v } }
`;

scenario('a removed node is deleted behind a gate, and a bystander stays', { workspace: { [file]: text } }, async (workbench) => {
  const { page } = workbench;
  await workbench.openFile(file);
  const canvas = await workbench.canvas();
  await workbench.runCommand('KubeOrch: Select Target…');
  await workbench.pick('Sandbox');
  await canvas.locator('.target-chip[data-state="live"]').waitFor();
  const cluster = await sandboxOf(workbench.folder);
  const configMap = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', namespace: cluster.defaultNamespace, name });

  await canvas.getByRole('button', { name: 'Plan', exact: true }).click();
  await canvas.locator('#accept-plan').click();
  await canvas.locator('.run-status[data-status="completed"]').waitFor();
  const made = await cluster.get(configMap('old'));
  const labels = made?.metadata.labels ?? {};
  await cluster.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'bystander', namespace: cluster.defaultNamespace, labels } });

  // The node leaves the file: its object is told as left running, and its deletion is planned when it is asked for.
  await writeFile(join(workbench.folder, file), text.replace(/ {2}old:.*\n/, ''));
  await nodeOf(canvas, 'old').waitFor({ state: 'detached' });
  await canvas.getByRole('button', { name: 'Plan', exact: true }).click();
  await canvas.getByRole('button', { name: 'Plan to delete these…' }).click();
  await canvas.locator('.plan-step[data-tone="bad"]', { hasText: 'ConfigMap old' }).waitFor();
  await canvas.getByText('The run will ask before it goes on to: deleting what no node makes any more').waitFor();
  await workbench.screenshot('deletions-planned');
  await canvas.locator('#accept-plan').click();

  const waiting = page.locator('.statusbar-item', { hasText: 'answers needed' });
  // The run waits: in the panel and in the status bar.
  await canvas.locator('.gate[data-gate="prune"]', { hasText: 'ConfigMap old' }).waitFor();
  await waiting.waitFor();
  await workbench.screenshot('deletions-gate');
  expect(await cluster.get(configMap('old'))).toBeDefined();
  await canvas.locator('.gate').getByRole('button', { name: 'Approve' }).click();
  await canvas.locator('.run-status[data-status="completed"]').waitFor();
  expect(await cluster.get(configMap('old'))).toBeUndefined();
  expect(await cluster.get(configMap('bystander'))).toBeDefined();
  await waiting.waitFor({ state: 'detached' });
  await workbench.screenshot('deletions-done');
});
