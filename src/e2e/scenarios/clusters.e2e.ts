// A cluster that a person adds by its address and a bearer token: tested, shown with its health, deployed to, and its token kept by
// the editor's secret storage and by nothing else.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import type { Locator } from 'playwright-core';
import { parse, stringify } from 'yaml';
import { freePort } from '../../build/freePort.mjs';
import { sandboxStateDir, startSandbox, stopSandbox } from '../../sandbox/index';
import { projectRoot } from '../editor';
import { nodeOf } from '../gestures';
import { filesBelow, storedInBrowser, windowFolders } from '../keptBytes';
import { closeOtherViews } from '../resourceRows';
import { scenario } from '../scenario';
import type { Workbench } from '../workbench';

const file = '.kubeorch/shop.workflow.yaml';
const text = `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: shop
status: published
namespace: default
nodes:
  web: { type: deployment, image: 'nginx:1.27', port: 80 }
`;

interface Kubeconfig {
  clusters: { name: string; cluster: { server: string; 'certificate-authority-data': string } }[];
  users: { name: string; user: { token: string } }[];
}

/** An API server of our own, apart from the workspace, and what a person would be given to reach it. */
async function elsewhere(): Promise<{ server: string; authority: string; token: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'kubeorch-elsewhere-'));
  onTestFinished(async () => {
    await stopSandbox(sandboxStateDir(folder));
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  });
  const running = await startSandbox({ stateDir: sandboxStateDir(folder), entry: join(projectRoot, 'dist/sandbox.js'), execPath: process.execPath });
  const { clusters, users } = parse(await readFile(running.kubeconfigPath, 'utf8')) as Kubeconfig;
  const [cluster, user] = [clusters[0], users[0]];
  if (cluster === undefined || user === undefined) throw new Error('The kubeconfig of the sandbox is empty.');
  return { server: cluster.cluster.server, authority: cluster.cluster['certificate-authority-data'], token: user.user.token };
}

const rowOf = (workbench: Workbench, name: string): Locator => workbench.page.locator(`.pane-body .monaco-list-row[aria-label^="${name}, "]`).first();

const kubeconfigFolder = await mkdtemp(join(tmpdir(), 'kubeorch-kubeconfig-'));
const kubeconfigFile = join(kubeconfigFolder, 'config');
const options = { workspace: { [file]: text }, env: { KUBECONFIG: kubeconfigFile }, timeoutMs: 600_000 } as const;

scenario('a cluster is added by a bearer token, seen to be well, and deployed to', options, async (workbench) => {
  const { page } = workbench;
  onTestFinished(() => rm(kubeconfigFolder, { recursive: true, force: true }));
  // A context that nothing here uses: it is listed, and never contacted.
  const unused = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'other', cluster: { server: 'https://127.0.0.1:9' } }],
    users: [{ name: 'other', user: { token: 'none' } }],
    contexts: [{ name: 'unused-context', context: { cluster: 'other', user: 'other' } }],
  };
  await writeFile(kubeconfigFile, stringify(unused));
  const { server, authority, token } = await elsewhere();

  await page.locator('.activitybar .action-label[aria-label^="KubeOrch"]').click();
  await closeOtherViews(workbench, 'Clusters');
  await rowOf(workbench, 'unused-context').waitFor();

  // A wrong address is said in the box, and the way back is open.
  await workbench.runCommand('KubeOrch: Add Cluster…');
  await workbench.pick('Bearer Token');
  await workbench.answer('http://127.0.0.1:1', 'Address of the API server');
  const widget = page.locator('.quick-input-widget:visible');
  await workbench.answer(server, 'must be a URL that begins with https://');
  await workbench.asked('A name for the cluster');
  await widget.getByRole('button', { name: 'Back' }).click();
  await workbench.answer(server, 'Address of the API server');
  await workbench.answer('team', 'A name for the cluster');
  await workbench.asked('Bearer token.');
  // Nobody who looks over the shoulder sees it.
  expect(await widget.locator('.quick-input-box input').getAttribute('type')).toBe('password');
  await workbench.answer(token, 'Bearer token.');
  await workbench.pick("The Cluster's Own Authority");
  await workbench.answer(authority, "The cluster's certificate authority");
  await workbench.accept('Namespace for what names none itself');

  // It was tested at once; its row says so in words, and what is below it comes from the cluster.
  const connected = await workbench.notification(/team is connected \(v1\./);
  const team = rowOf(workbench, 'team');
  await expect.poll(async () => team.getAttribute('aria-label')).toMatch(/^team, connected · \d+ ms · v1\./);
  expect(await rowOf(workbench, 'unused-context').getAttribute('aria-label')).toMatch(/^unused-context, unknown, https:\/\/127\.0\.0\.1:9/);
  await connected.getByRole('button', { name: 'Select as Target' }).click();
  await expect.poll(async () => team.getAttribute('aria-label')).toMatch(/^team, target · connected/);
  await team.click();
  await page.keyboard.press('ArrowRight');
  await rowOf(workbench, 'Control Plane').waitFor();
  await rowOf(workbench, 'Namespaces').waitFor();
  await rowOf(workbench, 'My Rights in default').waitFor();
  for (const theme of ['light', 'high-contrast', 'dark'] as const) {
    await workbench.setTheme(theme);
    await workbench.runCommand('KubeOrch: Focus on Clusters View');
    await team.waitFor();
    await workbench.screenshot(`clusters-${theme}`);
  }

  // It is a target like any other.
  await workbench.openFile(file);
  const canvas = await workbench.canvas();
  await nodeOf(canvas, 'web').waitFor();
  await canvas.locator('.target-chip', { hasText: 'team · default' }).and(canvas.locator('[data-state="live"]')).waitFor();
  await canvas.getByRole('button', { name: 'Plan', exact: true }).click();
  await canvas.locator('#accept-plan').click();
  await canvas.locator('.health-summary[data-tone="good"]').waitFor();

  // One box finds the workflow, what it made, and the cluster; shorter words find nothing.
  await workbench.runCommand('KubeOrch: Search…');
  const hint = widget.getByText('Type at least 3 characters.');
  await workbench.asked('Type at least 3 characters.');
  await widget.locator('.quick-input-box input').fill('we');
  await hint.waitFor();
  await widget.locator('.quick-input-box input').fill('web');
  await widget.locator('.monaco-list-row', { hasText: 'Deployment · default' }).waitFor();
  await widget.locator('.quick-input-box input').fill('tea');
  await widget.locator('.monaco-list-row', { hasText: 'team' }).first().waitFor();
  await workbench.dismiss();

  // What is edited is tried before it is saved; an address where nobody answers is not.
  const closedPort = await freePort();
  await workbench.runCommand('KubeOrch: Edit Cluster…');
  await workbench.pick('team');
  await workbench.accept('Edit Cluster team (1/');
  await workbench.answer(`https://127.0.0.1:${closedPort}`, 'Address of the API server');
  for (const question of ['called in views', 'for the tooltip', 'Leave it empty to keep']) await workbench.accept(question);
  await workbench.pick("The Cluster's Own Authority");
  for (const question of ['certificate authority: PEM', "Name in the server's certificate", 'Namespace for what', 'Extra headers'])
    await workbench.accept(question);
  await workbench.notification(/Nothing was saved: team cannot be used like this/);

  // The token is in the secret storage, which is the editor's own, and nowhere else that anybody writes to.
  const kept = await storedInBrowser(page);
  const texts: string[] = [];
  for await (const { text } of filesBelow([workbench.folder, ...(await windowFolders())])) texts.push(text);
  const files = texts.join('\n');
  // The search itself works: it finds the record, which is no secret.
  expect(`${kept}${files}`).toContain(`"server":"${server}"`);
  for (const secret of [token, Buffer.from(token).toString('base64')]) {
    expect(kept.includes(secret)).toBe(false);
    expect(files.includes(secret)).toBe(false);
    expect((await page.locator('body').innerText()).includes(secret)).toBe(false);
  }

  // What is removed is gone, with its record and its secret.
  await workbench.runCommand('KubeOrch: Remove Cluster…');
  await workbench.pick('team');
  const dialog = await workbench.dialog('Remove the cluster team?');
  await dialog.getByText(server).waitFor();
  await dialog.getByRole('button', { name: 'Remove' }).click();
  await team.waitFor({ state: 'detached' });
  // The editor writes its storage a moment later.
  await expect.poll(() => storedInBrowser(page)).not.toContain(`"server":"${server}"`);
});
