// A compose file becomes a workflow on the canvas, with what it loses beside it.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { nodeOf } from '../gestures';
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

scenario('a compose file becomes a canvas, and its losses are told', { workspace: { 'compose.yaml': compose }, timeoutMs: 120_000 }, async (workbench) => {
  await workbench.runCommand('KubeOrch: Import Compose File…');
  await workbench.pick('Create .kubeorch/shop.workflow.yaml');
  const canvas = await workbench.canvas();
  for (const id of ['web', 'db', 'web-svc', 'db-svc', 'web-config', 'web-secrets']) await nodeOf(canvas, id).waitFor();
  await workbench.page.getByText('services.web.ulimits.nproc').first().waitFor();
  const text = await readFile(join(workbench.folder, '.kubeorch/shop.workflow.yaml'), 'utf8');
  expect(text).toContain('keys:\n      - DB_PASSWORD\n');
  expect(text).not.toContain('canary');
  await workbench.screenshot('imported-compose');
});
