// Where plugins come from: definitions in a file of the workspace, and the catalogue that comes along.
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { expect } from 'vitest';
import { parse } from 'yaml';
import { fieldOf, nodeOf } from '../gestures';
import { scenario } from '../scenario';

const workflow = `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: shop
nodes:
  settings: { type: configmap, data: { MODE: live } }
`;
const definition = (kind: string, versions: string): string => `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: ${kind.toLowerCase()}s.example.com }
spec:
  group: example.com
  scope: Namespaced
  names: { plural: ${kind.toLowerCase()}s, singular: ${kind.toLowerCase()}, kind: ${kind}, listKind: ${kind}List }
  versions:
${versions}`;
const version = (name: string, served: boolean, storage: boolean, properties: string): string => `    - name: ${name}
      served: ${String(served)}
      storage: ${String(storage)}
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              required: [schedule]
              properties: ${properties}
`;
const settled = `
                schedule: { type: string, description: When it begins. }
                keep: { type: integer, minimum: 1, maximum: 30 }
                paused: { type: boolean }
                medium: { type: string, enum: [disk, tape] }
                keyRef: { type: object, description: A key of a Secret., properties: { name: { type: string }, key: { type: string } } }`;
const plain = version('v1', true, true, '{ schedule: { type: string } }');

scenario(
  'plugins come from a file of definitions and from the catalogue',
  {
    workspace: {
      '.kubeorch/shop.workflow.yaml': workflow,
      'crds/tape.yaml': definition(
        'TapeArchive',
        version('v1alpha1', true, false, '{ old: { type: string } }') +
          version('v2', true, true, settled) +
          version('v3', false, false, '{ next: { type: string } }'),
      ),
      'crds/all.yaml': `${definition('Cache', plain)}---\napiVersion: v1\nkind: ServiceAccount\nmetadata: { name: operator }\n---\n${definition('Mirror', plain)}`,
      'crds/operator.yaml': 'apiVersion: v1\nkind: ServiceAccount\nmetadata: { name: operator }\n',
    },
  },
  async (workbench) => {
    const { page } = workbench;
    const plugins = async (): Promise<readonly string[]> => (await readdir(join(workbench.folder, '.kubeorch/plugins')).catch((): string[] => [])).sort();
    const fromFile = async (path: string): Promise<void> => {
      await workbench.runCommand('KubeOrch: New Plugin from CRD…');
      await workbench.pick('From a File…');
      await workbench.openByDialog(path, 'New Plugin from CRD');
    };
    await workbench.openFile('shop.workflow.yaml');
    let canvas = await workbench.canvas();
    const entry = (kind: string): Locator => canvas.locator(`.palette-item[data-kind="${kind}"]`);
    const backToCanvas = async (): Promise<void> => {
      await page.locator('.tab', { hasText: 'shop.workflow.yaml' }).click();
      canvas = await workbench.canvas();
    };
    await nodeOf(canvas, 'settings').waitFor();

    // What is no definition is told in one sentence, and nothing is written.
    await fromFile('crds/operator.yaml');
    await workbench.notification('No plugin can be made of crds/operator.yaml: it holds no CustomResourceDefinition.');
    await workbench.screenshot('plugin-of-no-definition');
    expect(await plugins()).toEqual([]);
    await workbench.clearNotifications();

    // Of several versions the one that the cluster stores, with a field of its type for each of its values.
    await fromFile('crds/tape.yaml');
    await page.locator('.tab.active', { hasText: 'tape-archive.yaml' }).waitFor();
    expect(parse(await readFile(join(workbench.folder, '.kubeorch/plugins/tape-archive.yaml'), 'utf8'))).toMatchObject({
      crd: { group: 'example.com', version: 'v2', kind: 'TapeArchive', plural: 'tapearchives', scope: 'Namespaced' },
    });
    await workbench.screenshot('plugin-of-a-file');
    await backToCanvas();
    await entry('tape-archive').focus();
    await page.keyboard.press('Enter');
    await nodeOf(canvas, 'my-tape-archive').waitFor();
    await fieldOf(canvas, 'Schedule').fill('every night');
    await fieldOf(canvas, 'Schedule').press('Enter');
    await fieldOf(canvas, 'Keep').fill('40');
    await fieldOf(canvas, 'Keep').press('Enter');
    const control = (name: string): Locator => canvas.locator(`.inspector [data-field='["fields","${name}"]']`);
    await control('keep').locator('.problem').waitFor();
    await fieldOf(canvas, 'Keep').fill('7');
    await fieldOf(canvas, 'Keep').press('Enter');
    await control('keep').locator('.problem').waitFor({ state: 'detached' });
    await control('paused').locator('vscode-checkbox').click();
    await control('medium').locator('vscode-single-select').click();
    await control('medium').locator('vscode-single-select .option', { hasText: 'tape' }).click();
    await control('keyRef').waitFor();
    await workbench.screenshot('plugin-of-a-file-on-the-canvas');
    await page.keyboard.press('ControlOrMeta+S');
    await page.locator('.tab.active.dirty').waitFor({ state: 'detached' });
    const { nodes } = parse(await readFile(join(workbench.folder, '.kubeorch/shop.workflow.yaml'), 'utf8')) as { readonly nodes: Record<string, object> };
    expect(nodes['my-tape-archive']).toEqual({ type: 'tape-archive', fields: { schedule: 'every night', keep: 7, paused: true, medium: 'tape' } });

    // Of several definitions one is chosen.
    await fromFile('crds/all.yaml');
    await workbench.asked('Mirror');
    expect(await page.locator('.quick-input-list .label-name').allTextContents()).toEqual(['Cache', 'Mirror']);
    await workbench.pick('Mirror');
    await page.locator('.tab.active', { hasText: 'mirror.yaml' }).waitFor();
    await backToCanvas();
    await entry('mirror').waitFor();
    expect(await plugins()).toEqual(['mirror.yaml', 'tape-archive.yaml']);

    // Of the catalogue two are ticked, and one is given back.
    const tick = async (name: string): Promise<void> => {
      await page.locator('.quick-input-title:visible', { hasText: 'Enable Plugins' }).waitFor();
      const box = page.locator('.quick-input-widget:visible');
      await box.locator('.quick-input-box input').fill(name);
      await box.locator('.monaco-list-row .label-name', { hasText: new RegExp(`^${name}$`) }).click();
    };
    await workbench.runCommand('KubeOrch: Enable Plugins…');
    await tick('Cert-Manager');
    await tick('Argo CD');
    await page.locator('.quick-input-widget:visible .quick-input-box input').fill('');
    await page.getByText('2 Selected').waitFor();
    await workbench.screenshot('plugins-of-the-catalogue');
    await page.keyboard.press('Enter');
    for (const kind of ['certificate', 'clusterissuer', 'argocd-application']) await entry(kind).waitFor();
    expect(await plugins()).toEqual(['argocd-application.yaml', 'certificate.yaml', 'clusterissuer.yaml', 'mirror.yaml', 'tape-archive.yaml']);
    await workbench.screenshot('plugins-in-the-palette');
    await workbench.runCommand('KubeOrch: Enable Plugins…');
    await page.getByText('2 Selected').waitFor();
    await tick('Argo CD');
    await page.getByText('1 Selected').waitFor();
    await page.keyboard.press('Enter');
    await entry('argocd-application').waitFor({ state: 'detached' });
    await expect.poll(plugins).toEqual(['certificate.yaml', 'clusterissuer.yaml', 'mirror.yaml', 'tape-archive.yaml']);
    for (const kind of ['certificate', 'clusterissuer']) await entry(kind).waitFor();
  },
);
