import { mkdirSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { expect, it, vi } from 'vitest';
import type { Overview, OverviewPlace, OverviewWorkflow } from '../../src/shared/overview';
import type { BrowserOverviewHost } from '../bridge/browserOverviewHost';
import { axeFindings } from './axeFindings';
import type { DevTheme } from './devPage';
import { describePages } from './devPage';

vi.setConfig({ testTimeout: 60_000 });

const place = (more: Partial<OverviewPlace>): OverviewPlace => ({
  environment: '',
  cluster: '',
  sandbox: false,
  namespace: 'shop',
  protected: false,
  current: false,
  states: {},
  notDeployed: 0,
  drifted: 0,
  ...more,
});
const workflow = (name: string, more: Partial<OverviewWorkflow> = {}): OverviewWorkflow => ({
  id: `file:///work/.kubeorch/${name}.workflow.yaml`,
  name,
  description: '',
  status: 'published',
  tags: [],
  nodes: 8,
  errors: 0,
  warnings: 0,
  places: [],
  troubles: [],
  moreTroubles: 0,
  runs: 0,
  running: false,
  waiting: 0,
  ...more,
});
const run = (status: 'completed' | 'failed', version: number) => ({ runId: `r-${version}`, version, status, startedAt: '2026-02-27T09:12:00Z' }) as const;

const full: Overview = {
  hasFolder: true,
  figures: [
    { name: 'workflows', value: 5, change: null },
    { name: 'published', value: 3, change: null },
    { name: 'runs', value: 128, change: 12 },
    { name: 'success', value: 93.8, change: -1.4 },
  ],
  workflows: [
    workflow('shop', {
      description: 'Web shop with its database and queue',
      tags: ['team-blue', 'pci'],
      nodes: 14,
      runs: 61,
      places: [
        place({
          environment: 'staging',
          cluster: 'kind-staging',
          current: true,
          states: { healthy: 11, partial: 1, error: 2 },
          drifted: 2,
          lastRun: run('completed', 41),
        }),
        place({
          environment: 'production',
          cluster: 'eks-eu-1',
          namespace: 'shop-live',
          protected: true,
          states: { healthy: 14 },
          staleSince: '2026-02-25T16:40:00Z',
          lastRun: run('completed', 39),
        }),
      ],
      troubles: [
        { nodeId: 'web', state: 'error', message: 'Back-off pulling image "ghcr.io/acme/web:1.5": no such tag' },
        { nodeId: 'worker', state: 'error', message: 'Exits right after it began, 7 times so far' },
        { nodeId: 'cache', state: 'partial', message: '1 of 2 pods ready' },
      ],
      moreTroubles: 2,
    }),
    workflow('billing', {
      runs: 40,
      running: true,
      waiting: 0,
      places: [place({ sandbox: true, current: true, states: { healthy: 5, pending: 3 }, lastRun: run('completed', 7) })],
    }),
    workflow('voting', { status: 'draft', warnings: 2, places: [place({ sandbox: true, current: true, notDeployed: 8 })] }),
    workflow('reports', {
      runs: 27,
      waiting: 1,
      places: [
        place({
          cluster: 'minikube',
          current: true,
          error: 'The cluster at https://192.168.49.2:8443 does not answer.',
          states: { healthy: 4, unknown: 1 },
          staleSince: '2026-02-26T08:01:00Z',
          lastRun: run('failed', 12),
        }),
      ],
    }),
    workflow('legacy', { unreadable: 'The file is larger than 4 MiB.' }),
  ],
  clusters: [
    { id: 'context:kind-staging', name: 'kind-staging', state: 'connected', version: 'v1.36.3', nodes: 3, cpuMillis: 12_000, memoryBytes: 25_769_803_776 },
    { id: 'context:eks-eu-1', name: 'eks-eu-1', state: 'connected', version: 'v1.35.1', nodes: 12, cpuMillis: 96_000, memoryBytes: 412_316_860_416 },
    { id: 'context:minikube', name: 'minikube', state: 'disconnected', detail: 'No answer within 5 s.' },
  ],
};

describePages('the overview in a browser', (openPage) => {
  async function open(overview: Overview, theme: DevTheme = 'vscode-dark', width = 1240, faultsAllowed = false): Promise<Page> {
    const page = await openPage({ page: 'overview', theme, width, height: 1000, faultsAllowed });
    await page.waitForSelector('.resource-wait');
    await page.evaluate((data) => (window.kubeorchHost as unknown as BrowserOverviewHost).send(data), overview);
    await page.waitForSelector('.overview');
    return page;
  }
  const heard = (page: Page): Promise<readonly unknown[]> =>
    page.evaluate(() =>
      (window.kubeorchHost as unknown as BrowserOverviewHost).heard.filter(({ name }) => name !== 'ready').map(({ name, data }) => [name, data]),
    );

  it('leads from each of its parts to what it shows', async () => {
    const page = await open(full);
    await page.getByRole('button', { name: 'shop', exact: true }).click();
    await page.getByRole('button', { name: /worker/ }).click();
    await page.getByRole('button', { name: /Failed: version 12/ }).click();
    await page.getByRole('button', { name: 'eks-eu-1' }).click();
    await page.getByRole('button', { name: 'New workflow' }).click();
    const id = (name: string): string => `file:///work/.kubeorch/${name}.workflow.yaml`;
    expect(await heard(page)).toEqual([
      ['openWorkflow', { id: id('shop') }],
      ['openWorkflow', { id: id('shop'), nodeId: 'worker' }],
      ['openRun', { id: id('reports'), runId: 'r-12' }],
      ['showCluster', { id: 'context:eks-eu-1' }],
      ['act', { action: 'newWorkflow' }],
    ]);
  });

  it('says of each place in words what its bar shows', async () => {
    const page = await open(full);
    const words = await page.locator('.overview-places').first().getByRole('listitem').allTextContents();
    expect(words[0]).toMatch(/staging.*current.*kind-staging · shop.*11 healthy.*1 partly healthy.*2 error.*Differs from the file: 2.*Completed: version 41/);
    expect(words[1]).toMatch(/production.*protected.*14 healthy.*as of/);
    expect(await page.getByRole('list', { name: 'Where voting runs' }).textContent()).toContain('8 not deployed');
    expect(await page.locator('tfoot').textContent()).toBe('Together15108408 GiB');
  });

  it('is filtered by words and by what needs attention', async () => {
    const page = await open(full);
    const shown = (): Promise<readonly string[]> => page.locator('.overview-workflow h3').allTextContents();
    await page.getByRole('button', { name: 'Needs attention: 3' }).click();
    expect(await shown()).toEqual(['shop', 'reports', 'legacy']);
    await page.getByRole('textbox', { name: 'Filter workflows' }).fill('SHOP pci');
    expect(await shown()).toEqual(['shop']);
    await page.getByRole('textbox', { name: 'Filter workflows' }).fill('nowhere');
    expect(await page.locator('.overview-part').first().textContent()).toContain('No workflow matches.');
  });

  it('shows the way to a first workflow, and to a folder', async () => {
    const nothing: Overview = { hasFolder: true, figures: [], workflows: [], clusters: [] };
    const page = await open(nothing);
    await page.getByRole('button', { name: 'Open the example' }).click();
    await page.evaluate((data) => (window.kubeorchHost as unknown as BrowserOverviewHost).send(data), { ...nothing, hasFolder: false });
    await page.getByRole('button', { name: 'Open folder' }).click();
    expect(await heard(page)).toEqual([
      ['act', { action: 'openExample' }],
      ['act', { action: 'openFolder' }],
    ]);
  });

  it.each<DevTheme>(['vscode-dark', 'vscode-light', 'vscode-high-contrast', 'vscode-high-contrast-light'])(
    'is legible and named in the theme %s',
    async (theme) => {
      mkdirSync('out/screenshots', { recursive: true });
      const page = await open(full, theme);
      await page.screenshot({ path: `out/screenshots/overview-${theme}.png` });
      expect(await axeFindings(page)).toEqual([]);
    },
  );

  it('fits a narrow editor', async () => {
    const page = await open(full, 'vscode-dark', 420);
    expect(await page.evaluate(() => document.querySelector('.overview')?.scrollWidth)).toBeLessThanOrEqual(420);
    await page.screenshot({ path: 'out/screenshots/overview-narrow.png' });
  });
});
