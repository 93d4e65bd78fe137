// Looking at what runs in a cluster: the view's rows, a resource's page and documents, and deleting with a question.
import { expect } from 'vitest';
import type { KubeObject } from '../../shared/kubeObject';
import { until } from '../../testing/until';
import { fromMenu, openCluster, openKind, openRow, resourceRows, showResources } from '../resourceRows';
import { sandboxOf } from '../sandboxOf';
import { scenario } from '../scenario';

const namespace = 'shop';
const fieldManager = 'resources-scenario';

const deployment: KubeObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'app', image: 'nginx:1.27' }] } },
  },
};

const settingsConfig = (mode: string): KubeObject => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings', namespace }, data: { mode } });
const secret = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'login', namespace },
  type: 'Opaque',
  stringData: { password: 'never-shown-4711' },
} as KubeObject;

scenario(
  'resources are listed, opened, followed and deleted',
  { workspace: {}, settings: { 'kubeorch.target': 'sandbox', 'kubeorch.resources.hideSystem': true } },
  async (workbench) => {
    const cluster = await sandboxOf(workbench.folder);
    await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }, { fieldManager });
    for (const object of [deployment, settingsConfig('first'), secret]) await cluster.apply(object, { fieldManager });
    const podsNow = async (): Promise<readonly string[]> =>
      (await cluster.list({ apiVersion: 'v1', kind: 'Pod' }, { namespace })).map(({ metadata }) => metadata.name);
    await until('both pods are there', async () => (await podsNow()).length === 2, 120_000);

    await showResources(workbench);
    const row = resourceRows(workbench);
    await openCluster(row, 'Sandbox');
    expect(await row('kube-system').count()).toBe(0);
    await openRow(row(namespace));
    await openKind(row, 'Deployment');
    await row('web', /2\/2 ready/).waitFor();
    await openKind(row, 'Pod');
    const pods = await podsNow();
    const [first = '', second = ''] = pods;
    await row(first).waitFor();
    await row(second).waitFor();
    await row('Pod', /^2$/).waitFor();
    await workbench.screenshot('resources-view');

    // A part of a name leaves the others out, and their number is told.
    await workbench.runCommand('KubeOrch: Filter Resources…');
    await workbench.answer(first.toUpperCase());
    await row('Pod', /1 of 2/).waitFor();
    expect(await row(second).count()).toBe(0);
    await workbench.runCommand('KubeOrch: Clear Resource Filter');
    await row(second).waitFor();

    // What a person wrote about one stands beside it, and is found.
    await fromMenu(workbench, row(second), 'Edit Tags…');
    await workbench.answer('ours, slow', 'Tags, with commas');
    await row(second, /#ours #slow/).waitFor();
    await fromMenu(workbench, row(second), 'Edit Note…');
    await workbench.answer('ask Ana', 'A note for yourself');
    await workbench.runCommand('KubeOrch: Filter Resources…');
    await workbench.answer('#slow');
    await row('Pod', /1 of 2/).waitFor();
    await row(second, /#ours #slow/).waitFor();
    await workbench.screenshot('resources-tags');
    await workbench.runCommand('KubeOrch: Clear Resource Filter');
    await row(first).waitFor();

    // The page of a workload follows it: a pod that is deleted elsewhere leaves, and another one comes.
    await row('web', /ready/).click();
    const page = await workbench.webview('.resource');
    await page.locator('h1', { hasText: 'Deployment web' }).waitFor();
    await page.getByRole('button', { name: first }).waitFor();
    await workbench.screenshot('resource-page');
    await cluster.delete({ apiVersion: 'v1', kind: 'Pod', namespace, name: first });
    await page.getByRole('button', { name: first }).waitFor({ state: 'detached' });
    await row(first).waitFor({ state: 'detached' });
    await until('another pod has come', async () => (await podsNow()).filter((name) => !pods.includes(name)).length === 1, 120_000);
    const third = (await podsNow()).find((name) => !pods.includes(name)) ?? '';
    await page.getByRole('button', { name: third }).waitFor();
    await page.getByRole('tab', { name: 'History' }).click();
    await cluster.mergePatch({ apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'web' }, { spec: { replicas: 3 } }, { fieldManager });
    await page.getByText('Scaled from 2 to 3 replicas').waitFor();
    await page.getByRole('tab', { name: 'Events' }).click();
    await page.locator('.resource-main', { hasText: 'ScalingReplicaSet' }).waitFor();

    // YAML is read only, leaves managed fields out until they are asked for, follows the object, and holds no Secret's value.
    await openKind(row, 'ConfigMap');
    await fromMenu(workbench, row('settings'), 'Open YAML');
    const editor = workbench.page.locator('.editor-instance .view-lines').first();
    await editor.getByText('mode: first').waitFor();
    expect(await editor.textContent()).not.toContain('managedFields');
    await cluster.apply(settingsConfig('second'), { fieldManager });
    await editor.getByText('mode: second').waitFor();
    await workbench.runCommand('KubeOrch: Show or Hide Managed Fields');
    await editor.getByText('managedFields').waitFor();
    await openKind(row, 'Secret');
    await fromMenu(workbench, row('login'), 'Open YAML');
    await editor.getByText('password: (hidden, 16 bytes)').waitFor();
    expect(await workbench.page.locator('body').textContent()).not.toContain('never-shown-4711');

    // Deleting asks, names the place and what goes with it; giving up changes nothing.
    await fromMenu(workbench, row('web', /ready/), 'Delete…');
    let dialog = await workbench.dialog('Delete Deployment "web"?');
    expect(await dialog.textContent()).toMatch(/Namespace: shop[\s\S]*With it go: 1 ReplicaSet, 3 Pod/);
    await workbench.screenshot('resource-delete');
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    expect(await cluster.get({ apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'web' })).toBeDefined();
    await fromMenu(workbench, row('web', /ready/), 'Delete…');
    dialog = await workbench.dialog('Delete Deployment "web"?');
    await dialog.getByRole('button', { name: 'Delete' }).click();
    await row('web', /ready/).waitFor({ state: 'detached' });
    await until('the pods went with it', async () => (await podsNow()).length === 0, 120_000);
    expect(await cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'settings' })).toBeDefined();
  },
);
