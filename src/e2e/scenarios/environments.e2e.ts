// Environments are made by questions, compared as what they deploy, and the doctor says what KubeOrch finds.
import { mkdtempSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import { parse, stringify } from 'yaml';
import { sandboxStateDir, startSandbox } from '../../sandbox/index';
import { projectRoot } from '../editor';
import { nodeOf } from '../gestures';
import { scenario } from '../scenario';

const file = '.kubeorch/shop.workflow.yaml';
const text = `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: shop # sells
status: published
environments:
  production:
    context: real # by name
    namespace: default
    protected: true
    set:
      web: { replicas: 7 }
nodes:
  web: { type: deployment, image: 'nginx:1.27', port: 80, replicas: 2 }
  db-secret: { type: secret, keys: [PASSWORD] }
`;

const place = mkdtempSync(join(tmpdir(), 'kubeorch-environments-'));
const kubeconfigFile = join(place, 'config');
afterAll(() => rm(place, { recursive: true, force: true }));

scenario(
  'environments are made, compared and pinned, and the doctor reports',
  { workspace: { [file]: text }, env: { KUBECONFIG: kubeconfigFile } },
  async (workbench) => {
    const { page } = workbench;
    const sandbox = await startSandbox({
      stateDir: sandboxStateDir(workbench.folder),
      entry: join(projectRoot, 'dist/sandbox.js'),
      execPath: process.execPath,
    });
    const config = parse(await readFile(sandbox.kubeconfigPath, 'utf8')) as { clusters: { name: string }[]; users: { name: string }[] };
    const context = { cluster: config.clusters[0]?.name, user: config.users[0]?.name };
    await writeFile(kubeconfigFile, stringify({ ...config, contexts: [{ name: 'real', context }], 'current-context': '' }));
    await workbench.openFile(file);
    const canvas = await workbench.canvas();
    await nodeOf(canvas, 'web').waitFor();

    await workbench.runCommand('KubeOrch: New Environment…');
    await workbench.answer('staging', 'A name, such as');
    await workbench.pick('Decide Later');
    await workbench.answer('shop-staging', 'Its namespace.');
    await workbench.pick('Not Protected');
    await page.locator('.tab.active.dirty').waitFor();
    await page.keyboard.press('ControlOrMeta+S');
    await page.locator('.tab.active.dirty').waitFor({ state: 'detached' });
    const after = await readFile(join(workbench.folder, file), 'utf8');
    expect(after).toContain('name: shop # sells');
    expect(after.replaceAll(/\s+/g, ' ')).toMatch(/staging: ?\{? ?namespace: shop-staging/);

    // A protected one frames the canvas.
    await workbench.runCommand('KubeOrch: Select Target…');
    await workbench.pick('production');
    await canvas.locator('.target-chip[data-state="live"]').waitFor();
    await canvas.locator('.banner[data-tone="protected"]', { hasText: 'production' }).waitFor();
    await nodeOf(canvas, 'web').locator('.card-name').click();
    await canvas.locator('.field-note.is-override', { hasText: 'In production: 7' }).waitFor();
    await workbench.screenshot('environment-protected');

    // Pinned, it is this cluster and no other that bears the name.
    await workbench.runCommand('KubeOrch: Pin Environment to This Cluster');
    await page.locator('.tab.active.dirty').waitFor();
    await page.keyboard.press('ControlOrMeta+S');
    await page.locator('.tab.active.dirty').waitFor({ state: 'detached' });
    const pinned = await readFile(join(workbench.folder, file), 'utf8');
    expect(pinned).toMatch(/context: real # by name/);
    const uid = /clusterUid: ["']?([0-9a-f-]{36})/.exec(pinned)?.[1] ?? '';
    expect(uid).not.toBe('');
    await writeFile(join(workbench.folder, file), pinned.replace(uid, '99999999-0000-0000-0000-000000000000'));
    await canvas
      .locator('.banner[data-tone="warn"]', {
        hasText: `(found ${uid.slice(0, 8)}…, pinned 99999999…)`,
      })
      .waitFor();
    await writeFile(join(workbench.folder, file), pinned);
    await canvas.locator('.target-chip[data-state="live"]').waitFor();

    await workbench.runCommand('KubeOrch: Compare Environments…');
    await workbench.pick('Without an Environment');
    await workbench.pick('production');
    const diff = page.locator('.monaco-diff-editor');
    await diff.locator('.editor.original .view-line', { hasText: 'replicas: 2' }).waitFor();
    await diff.locator('.editor.modified .view-line', { hasText: 'replicas: 7' }).waitFor();
    await workbench.screenshot('environments-compared');

    await workbench.runCommand('KubeOrch: Doctor');
    const report = page.locator('.editor-instance .view-lines').last();
    for (const words of ['KubeOrch Doctor', 'The workspace is trusted', 'kubectl']) await report.getByText(words).first().waitFor();
    await workbench.screenshot('doctor');
  },
);
