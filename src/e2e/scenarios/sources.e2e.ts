// A chart and a base: rendered by the real programs for a plan, deployed, and healthy with their objects listed.
import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { realTools, sourceFixtures } from '../../testing/sourceRig';
import { nodeOf, statusOf } from '../gestures';
import { scenario } from '../scenario';

const file = '.kubeorch/living.workflow.yaml';
const text = `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: living
status: published
nodes:
  shop: { type: helm, chart: charts/shop, releaseName: demo }
  monitoring: { type: kustomize, path: bases/shop/overlay }
  web: { type: deployment, image: 'nginx:1.27', port: 80 }
edges:
  - { from: monitoring, to: shop, relation: depends-on }
  - { from: web, to: shop, relation: depends-on }
`;

const missing = realTools === undefined ? ' (skipped: helm and kubectl are not to be had on this machine)' : '';

describe.skipIf(realTools === undefined)(`charts and bases${missing}`, () => {
  const settings = JSON.stringify({ 'kubeorch.tools.helm': realTools?.helm ?? '' });
  scenario(
    'a chart and a base are deployed, and their objects are listed with how they do',
    { workspace: { [file]: text, '.vscode/settings.json': settings }, timeoutMs: 300_000 },
    async (workbench) => {
      await cp(sourceFixtures, workbench.folder, { recursive: true });
      await workbench.openFile(file);
      const canvas = await workbench.canvas();
      await workbench.runCommand('KubeOrch: Select Target…');
      await workbench.pick('Sandbox');
      await canvas.locator('.target-chip[data-state="live"]').waitFor();
      await nodeOf(canvas, 'shop').locator('.card-name').click();
      await canvas.locator('.node-objects-head', { hasText: 'Not rendered yet.' }).waitFor();
      await workbench.runCommand('KubeOrch: Deploy…');
      await canvas.locator('#accept-plan').click({ timeout: 90_000 });
      await canvas.locator('.health-summary[data-tone="good"]').waitFor({ timeout: 120_000 });
      await nodeOf(canvas, 'shop').locator('.card-name').click();
      await canvas.getByRole('tab', { name: 'Settings' }).click();
      const objects = canvas.locator('.node-objects li');
      await objects.nth(6).waitFor();
      expect(await canvas.locator('.node-objects li[data-tone="good"]').count()).toBe(7);
      await canvas.locator('.node-objects-head', { hasText: 'Rendered at' }).waitFor();
      await statusOf(canvas, 'shop').getByText('Healthy').waitFor();
      await workbench.screenshot('charts-healthy');

      // A chart that breaks is told at its node; the objects that are there stay.
      await writeFile(join(workbench.folder, 'charts/shop/values.yaml'), 'replicas: many\n');
      await canvas.locator('.node-objects-head').getByRole('button', { name: 'Render' }).click();
      await nodeOf(canvas, 'shop').locator('.card-problems[data-severity="error"]').waitFor({ timeout: 60_000 });
      expect(await objects.count()).toBe(7);
      await workbench.screenshot('charts-broken');
    },
  );
});
