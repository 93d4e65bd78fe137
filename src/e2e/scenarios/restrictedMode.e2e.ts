// A draft in a folder that nobody has trusted: published and deployed on the sandbox all the same.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Frame } from 'playwright-core';
import { expect } from 'vitest';
import { scenario } from '../scenario';
import type { Workbench } from '../workbench';

const file = '.kubeorch/shop.workflow.yaml';
const text = `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: shop
status: draft # until it is ready
nodes:
  web: { type: deployment, image: 'nginx:1.27', port: 80 } # the page
  web-svc: { type: service, port: 80 }
  db-secret: { type: secret, keys: [PASSWORD] }
edges:
  - web-svc -> web
  - { from: db-secret, to: web, as: env }
`;

async function chooseSandbox(workbench: Workbench, canvas: Frame): Promise<void> {
  await workbench.runCommand('KubeOrch: Select Target…');
  await workbench.pick('Sandbox');
  await canvas.locator('.target-chip[data-state="live"]').waitFor();
}

scenario(
  'the packaged extension plans and deploys on the sandbox in a folder that is not trusted',
  { workspace: { [file]: text }, trust: 'undecided', extension: 'vsix' },
  async (workbench) => {
    await workbench.openFile(file);
    const canvas = await workbench.canvas();
    await canvas.locator('.banner', { hasText: 'not trusted yet: only the sandbox' }).waitFor();
    await chooseSandbox(workbench, canvas);
    await workbench.runCommand('KubeOrch: Deploy…');
    const dialog = await workbench.dialog('is a draft');
    await dialog.getByRole('button', { name: 'Publish and Run' }).click();
    await workbench.answer('postgres');
    await workbench.pick('For This Window');
    await canvas.locator('#accept-plan').click();
    await canvas.locator('.health-summary[data-tone="good"]').waitFor();
    expect(await readFile(join(workbench.folder, file), 'utf8')).toContain('status: published # until it is ready');
    await workbench.page.getByText('Restricted Mode').first().waitFor();
  },
);
