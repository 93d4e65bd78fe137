import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { expect, it, vi } from 'vitest';
import { parseWorkflow } from '../../src/engine/index';
import { placeNodes } from '../../src/engine/placeOne';
import type { Catalog } from '../../src/shared/catalog';
import type { ComparedWorkflow, CompareEvents, ImportPage } from '../../src/shared/compareProtocol';
import type { ImportChoice } from '../../src/shared/importPreview';
import { workflowDiff } from '../../src/shared/workflowDiff';
import type { BrowserCompareHost } from '../bridge/browserCompareHost';
import type { DevTheme } from './devPage';
import { describePages, sampleOf } from './devPage';

vi.setConfig({ testTimeout: 60_000 });

const text = `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: shop
nodes:
  web: { type: deployment, image: "nginx:1.29", port: 80 }
  web-svc: { type: service, port: 80 }
  web-config: { type: configmap, data: { LEVEL: info } }
  db: { type: statefulset, image: "postgres:17", port: 5432 }
edges:
  - web-svc -> web
  - { from: web-config, to: web, as: env }
  - web -> db
`;
const choices: readonly ImportChoice[] = [
  {
    ...{ key: 'workload:db', kind: 'workload', node: 'db', subject: '', value: 'statefulset', reason: 'The image "postgres" keeps data.' },
    options: ['deployment', 'statefulset', 'daemonset', 'job'],
  },
  {
    ...{
      key: 'variable:web.LEVEL',
      kind: 'variable',
      node: 'web',
      subject: 'LEVEL',
      value: 'plain',
      reason: 'Neither its name nor its value looks like a secret.',
    },
    options: ['secret', 'plain'],
  },
  ...['web', 'web-svc', 'web-config', 'db'].map((node) => ({
    ...({ key: `node:${node}`, kind: 'node', node, subject: '', value: 'keep', reason: '' } as const),
    options: ['keep', 'leave'],
  })),
  { key: 'node:cache', kind: 'node', node: 'cache', subject: '', value: 'leave', reason: '', options: ['keep', 'leave'] },
];

async function pageOf(more: Partial<ImportPage> = {}): Promise<{ page: ImportPage; catalog: Catalog; of: (text: string) => ComparedWorkflow }> {
  const { catalog } = await sampleOf(text);
  const of = (one: string): ComparedWorkflow => {
    const { workflow } = parseWorkflow(one);
    const positions = placeNodes(workflow, catalog);
    const document = { revision: 0, workflow, problems: [], readOnly: true, positions, relations: {}, derived: {}, derivedFrom: [] };
    return { label: '.kubeorch/shop.workflow.yaml', detail: 'Import of compose.yaml', document };
  };
  const page: ImportPage = {
    kind: 'import',
    after: of(text),
    targets: [
      { id: 'shop', file: '.kubeorch/shop.workflow.yaml', isNew: true },
      { id: 'other', file: '.kubeorch/other.workflow.yaml', isNew: false },
    ],
    target: 'shop',
    sources: { web: [{ file: 'compose.yaml', line: 3, endLine: 12 }], db: [{ file: 'compose.yaml', line: 13, endLine: 13 }] },
    losses: [
      {
        ...{ kind: 'lost', path: 'services.web.ulimits.nproc', file: 'compose.yaml', line: 7, column: 5 },
        ...{ reason: "Limits of processes are the machine's own.", todo: "Ask who runs the machines, or set them in the image's entrypoint." },
      },
      {
        kind: 'changed',
        path: 'services.web.ports.0',
        file: 'compose.yaml',
        line: 5,
        column: 5,
        reason: 'The Service is a NodePort now.',
        todo: 'Add an Ingress.',
      },
      { kind: 'note', path: 'web', file: 'https://example.com/shop.git', line: 0, column: 0, reason: 'Its source is elsewhere.', todo: 'Clone it.' },
    ],
    choices,
    notes: ['Asked for at deploy, and written nowhere: DB_PASSWORD'],
    ...more,
  };
  return { page, catalog, of };
}

describePages('the preview of an import in a browser', (openPage) => {
  async function open(page: ImportPage, catalog: Catalog, theme: DevTheme = 'vscode-dark'): Promise<Page> {
    const opened = await openPage({ page: 'compare', compare: { page, catalog }, theme });
    await opened.waitForSelector('.react-flow__node');
    return opened;
  }
  const heard = (page: Page, name: string): Promise<readonly unknown[]> =>
    page.evaluate(
      (wanted) => (window.kubeorchHost as unknown as BrowserCompareHost).heard.filter((item) => item.name === wanted).map((item) => item.data),
      name,
    );
  const choose = async (page: Page, key: string, label: string): Promise<void> => {
    const field = page.locator(`[data-choice="${key}"] vscode-single-select`);
    await field.click();
    await field.locator('.option', { hasText: new RegExp(`^\\s*${label}\\s*$`) }).click();
  };

  it('shows each node with its lines and what can be chosen, the losses, and asks for nothing by itself', async () => {
    const { page: shown, catalog } = await pageOf();
    const page = await open(shown, catalog);
    await page.getByText('The image "postgres" keeps data.').waitFor();
    await page.getByText('Asked for at deploy, and written nowhere: DB_PASSWORD').waitFor();
    // Variables are there once their node is looked at, on the canvas or in the list.
    expect(await page.locator('[data-choice="variable:web.LEVEL"]').count()).toBe(0);
    await page.locator('.react-flow__node[data-id="web"]').click();
    await page.locator('[data-choice="variable:web.LEVEL"]').waitFor();
    await page.getByRole('button', { name: 'compose.yaml:3–12' }).click();
    await page.getByRole('button', { name: /services\.web\.ulimits\.nproc/ }).click();
    await expect
      .poll(() => heard(page, 'openSource'))
      .toEqual([
        { file: 'compose.yaml', line: 3 },
        { file: 'compose.yaml', line: 7 },
      ]);
    await choose(page, 'variable:web.LEVEL', 'Secret');
    await choose(page, 'workload:db', 'Deployment');
    await expect
      .poll(() => heard(page, 'choose'))
      .toEqual([
        { key: 'variable:web.LEVEL', value: 'secret' },
        { key: 'workload:db', value: 'deployment' },
      ]);
    await page.locator('.import-node[data-node="cache"]').getByText('Left out').first().waitFor();
    expect(await heard(page, 'applyImport')).toEqual([]);
    await page.locator('#apply-import', { hasText: 'Create .kubeorch/shop.workflow.yaml' }).click();
    await expect.poll(() => heard(page, 'applyImport')).toHaveLength(1);
  });

  it('shows what a merge changes, whose value counts, and has nothing to write where nothing changes', async () => {
    const conflict: ImportChoice = {
      ...{ key: 'conflict:web.image', kind: 'conflict', node: 'web', subject: 'image', value: 'file' },
      ...{ reason: 'It was changed by hand, and the source changed it, too.', options: ['file', 'source'] },
    };
    const made = await pageOf({ target: 'other', choices: [...choices, conflict] });
    const { workflow } = made.page.after.document;
    const diff = workflowDiff(parseWorkflow(text.replace('nginx:1.29', 'nginx:1.28')).workflow, workflow);
    const page = await open({ ...made.page, diff }, made.catalog);
    await page.locator('.change-values', { hasText: 'nginx:1.28' }).waitFor();
    expect(await page.locator('.react-flow__node[data-id="web"] .card-status').textContent()).toBe('Changed');
    await choose(page, 'conflict:web.image', 'What the source says');
    await expect.poll(() => heard(page, 'choose')).toEqual([{ key: 'conflict:web.image', value: 'source' }]);
    await page.locator('#apply-import', { hasText: 'Merge into .kubeorch/other.workflow.yaml' }).waitFor();
    const change: CompareEvents['pageChanged'] = { catalog: made.catalog, page: { ...made.page, choices, diff: workflowDiff(workflow, workflow) } };
    await page.evaluate(
      (next) => (window.kubeorchHost as unknown as BrowserCompareHost).send(JSON.parse(next) as CompareEvents['pageChanged']),
      JSON.stringify(change),
    );
    await page.getByText('The file says all of it already.').waitFor();
    await page.locator('#apply-import[disabled]', { hasText: 'Nothing has changed' }).click({ force: true });
    expect(await heard(page, 'applyImport')).toEqual([]);
  });

  it('has no accessibility violations, in every theme', async () => {
    const checker = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
    const made = await pageOf();
    const diff = workflowDiff(parseWorkflow(text.replace('nginx:1.29', 'nginx:1.28')).workflow, made.page.after.document.workflow);
    // The checker writes styles of its own, which the policy refuses.
    const page = await openPage({ page: 'compare', compare: { page: { ...made.page, target: 'other', diff }, catalog: made.catalog }, faultsAllowed: true });
    await page.waitForSelector('.react-flow__node');
    await page.locator('.react-flow__node[data-id="web"]').click();
    await page.evaluate(checker);
    for (const theme of ['vscode-dark', 'vscode-light', 'vscode-high-contrast'] as const) {
      const violations = await page.evaluate(async (name) => {
        document.body.className = name;
        // Colours fade into those of the theme.
        const fading = document.getAnimations().filter((motion) => Number.isFinite(motion.effect?.getComputedTiming().endTime));
        await Promise.allSettled(fading.map((motion) => motion.finished));
        const { axe } = window as unknown as {
          axe: { run(context: unknown, options: unknown): Promise<{ violations: { id: string; nodes: { html: string; failureSummary: string }[] }[] }> };
        };
        const result = await axe.run(document, { resultTypes: ['violations'] });
        return result.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.html.slice(0, 160)} ${node.failureSummary}`).join(' | ')}`);
      }, theme);
      expect(violations, theme).toEqual([]);
    }
  });
});
