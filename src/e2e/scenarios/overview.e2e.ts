// All workflows on one page; and the extension in a language that nobody speaks, in which every plain English word is one that was
// forgotten.
import { getL10nPseudoLocalized } from '@vscode/l10n-dev';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { bundledTexts } from '../../build/l10nTexts.mjs';
import { projectRoot } from '../editor';
import { nodeOf } from '../gestures';
import { scenario } from '../scenario';

const shop = `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: shop
description: Web shop
namespace: shop
environments:
  production: { context: eks-eu-1, namespace: live, protected: true }
nodes:
  web: { type: deployment, image: 'nginx:1.27', port: 80 }
  web-svc: { type: service, port: 80 }
edges:
  - web-svc -> web
`;
const broken = 'apiVersion: kubeorch.dev/v1alpha1\nkind: Workflow\nname: legacy\nnodes:\n  web: {type: deployment\n';

scenario(
  'the overview shows all workflows and leads to their canvases',
  { workspace: { '.kubeorch/shop.workflow.yaml': shop, '.kubeorch/legacy.workflow.yaml': broken }, settings: { 'kubeorch.target': 'sandbox' } },
  async (workbench) => {
    await workbench.runCommand('KubeOrch: Open Workspace Overview');
    const overview = await workbench.webview('.overview-workflow');
    const places = overview.getByRole('list', { name: 'Where shop runs' });
    await places.getByText('2 not deployed').waitFor();
    expect(await places.getByRole('listitem').allTextContents()).toEqual([
      expect.stringMatching(/^Sandbox.*current/),
      expect.stringMatching(/^production.*eks-eu-1 · live/),
    ]);
    await overview.getByRole('button', { name: /Needs attention: 1/ }).click();
    expect(await overview.locator('.overview-workflow h3').allTextContents()).toEqual(['legacy']);
    await overview.getByRole('button', { name: /Needs attention: 1/ }).click();
    await workbench.screenshot('overview');
    await overview.getByRole('button', { name: 'shop', exact: true }).click();
    await nodeOf(await workbench.canvas(), 'web').waitFor();
  },
);

const locale = 'qps-ploc';
const nls = getL10nPseudoLocalized(JSON.parse(readFileSync(join(projectRoot, 'package.nls.json'), 'utf8')) as Record<string, string>) as Record<string, string>;
const bundle = getL10nPseudoLocalized(await bundledTexts()) as Record<string, string>;
const files = { [`package.nls.${locale}.json`]: JSON.stringify(nls), [`l10n/bundle.l10n.${locale}.json`]: JSON.stringify(bundle) };
const contributed = (key: string): string => nls[key] ?? '';
const said = (english: string): string => bundle[english] ?? '';

scenario(
  'contributions, host and page speak the language of the window',
  { workspace: { '.kubeorch/shop.workflow.yaml': shop }, settings: { 'kubeorch.target': 'sandbox' }, locale: { name: locale, files } },
  async (workbench) => {
    const { page } = workbench;
    // A contribution that is read from the manifest, a box of the host, and a page.
    await workbench.openFile('.kubeorch/shop.workflow.yaml');
    const canvas = await workbench.canvas();
    await nodeOf(canvas, 'web').waitFor();
    await canvas.getByRole('button', { name: said('Deploy…') }).waitFor();
    await nodeOf(canvas, 'web').getByText(said('Image')).waitFor();
    await page.keyboard.press('F1');
    await page.keyboard.type(`KubeOrch: ${contributed('command.search')}`);
    await page
      .locator('.quick-input-list .monaco-list-row', { hasText: contributed('command.search') })
      .first()
      .waitFor();
    await page.keyboard.press('Enter');
    await page.locator('.quick-input-title', { hasText: said('Search KubeOrch') }).waitFor();
    await page.keyboard.press('Escape');
    await workbench.screenshot('pseudo-locale');
  },
);
