// A compose file becomes a workflow on the canvas, with what it loses beside it.
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { expect } from 'vitest';
import { nodeOf } from '../gestures';
import { sandboxOf } from '../sandboxOf';
import { scenario } from '../scenario';

const compose = `name: shop
services:
  web:
    image: nginx:1.29
    ports: ["8080:80"]
    ulimits: { nproc: 5 }
    environment: { DB_PASSWORD: e2e-canary, LEVEL: info }
    depends_on: [db]
  db: { image: postgres:17 }
`;

const ids = ['web', 'db', 'web-svc', 'db-svc', 'web-config', 'web-secrets'];

scenario('a compose file becomes a canvas, and its losses are told', { workspace: { 'compose.yaml': compose }, timeoutMs: 120_000 }, async (workbench) => {
  const file = join(workbench.folder, '.kubeorch/shop.workflow.yaml');
  await workbench.runCommand('KubeOrch: Import Compose File…');
  const preview = await workbench.webview('.compare[data-kind="import"]');
  for (const id of ids) await nodeOf(preview, id).waitFor();
  await preview.getByText('services.web.ulimits.nproc').waitFor();
  expect(existsSync(file)).toBe(false);
  await preview.locator('#apply-import', { hasText: 'Create .kubeorch/shop.workflow.yaml' }).click();
  // The page of the import is a canvas, too, and may still be on its way out.
  const canvas = await workbench.webview('.toolbar');
  for (const id of ids) await nodeOf(canvas, id).waitFor();
  const text = await readFile(file, 'utf8');
  expect(text).toContain('keys:\n      - DB_PASSWORD\n');
  expect(text).not.toContain('canary');
  await workbench.screenshot('imported-compose');
});

const source = { 'compose.yaml': compose, 'api/Dockerfile': 'FROM scratch\nEXPOSE 9000\n', 'web/Dockerfile': 'FROM scratch\n' };

scenario(
  'a repository becomes a canvas of what is chosen from it, and goes out again as manifests',
  { workspace: source, timeoutMs: 120_000 },
  async (workbench) => {
    await workbench.runCommand('KubeOrch: Import Repository…');
    await workbench.pick(basename(workbench.folder));
    const box = workbench.page.locator('.quick-input-widget');
    await box.getByText('api, web').waitFor();
    await workbench.screenshot('found-in-a-repository');
    await workbench.pick('Dockerfiles');
    // Both are ticked already.
    await box.getByText('2 Selected').waitFor();
    await workbench.page.keyboard.press('Enter');
    const preview = await workbench.webview('.compare[data-kind="import"]');
    await preview.getByText('api: built by Dockerfile').waitFor();
    await preview.locator('#apply-import').click();
    // The page of the import is a canvas, too, and may still be on its way out.
    const canvas = await workbench.webview('.toolbar');
    for (const id of ['api', 'web']) await nodeOf(canvas, id).waitFor();
    await workbench.screenshot('imported-repository');
    await workbench.runCommand('KubeOrch: Export…');
    await workbench.pick('Plain Manifests');
    await workbench.pick('deploy/');
    await workbench.page.locator('.tab.active', { hasText: 'api-' }).waitFor();
    await workbench.notification(/Exported to deploy/);
    const [name = ''] = await readdir(join(workbench.folder, 'deploy'));
    expect(await readdir(join(workbench.folder, 'deploy', name))).toContain('api-deployment.yaml');
    await workbench.screenshot('exported-manifests');
  },
);

scenario('a live namespace becomes a canvas, proved to change nothing', { timeoutMs: 120_000 }, async (workbench) => {
  const cluster = await sandboxOf(workbench.folder);
  const namespace = cluster.defaultNamespace;
  const template = {
    metadata: { labels: { app: 'web' } },
    spec: { containers: [{ name: 'nginx', image: 'nginx:1.29', envFrom: [{ configMapRef: { name: 'settings' } }] }] },
  };
  await cluster.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings', namespace }, data: { LEVEL: 'info' } });
  await cluster.create({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'login', namespace }, type: 'Opaque', data: { PASSWORD: 'ZTJlLWNhbmFyeQ==' } });
  await cluster.create({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace },
    spec: { selector: { matchLabels: { app: 'web' } }, template },
  });
  await workbench.runCommand('KubeOrch: Adopt Namespace…');
  await workbench.pick('Sandbox');
  await workbench.pick(namespace);
  const preview = await workbench.webview('.compare[data-kind="import"]');
  await preview.getByText('Proved by a dry-run: deploying it changes nothing but labels').waitFor();
  await workbench.screenshot('adopting-a-namespace');
  await preview.locator('#apply-import', { hasText: `Create .kubeorch/${namespace}.workflow.yaml` }).click();
  // The page of the import is a canvas, too, and may still be on its way out.
  const canvas = await workbench.webview('.toolbar');
  for (const id of ['web', 'settings', 'login']) await nodeOf(canvas, id).waitFor();
  const text = await readFile(join(workbench.folder, `.kubeorch/${namespace}.workflow.yaml`), 'utf8');
  expect(text).toContain('- from: settings\n');
  expect(text).not.toMatch(/canary|ZTJl/);
  await workbench.screenshot('adopted-namespace');
});
