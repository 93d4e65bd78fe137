import type { Page } from 'playwright-core';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import type { CatalogField } from '../../src/shared/catalog';
import type { WorkflowNode } from '../../src/shared/workflow';
import type { BrowserHost } from '../bridge/browserHost';
import type { DevTheme } from './devPage';
import { describePages, sampleOf } from './devPage';

// A browser on a busy machine takes its time.
vi.setConfig({ testTimeout: 60_000 });
const kinds = ['persistentvolumeclaim', 'statefulset', 'daemonset', 'job', 'cronjob', 'deployment'];
const golden = (kind: string): string => readFileSync(join(process.cwd(), 'src/engine/kinds', kind, 'golden', 'all-fields.workflow.yaml'), 'utf8');

/** One node of every kind, connected as teams do. */
const everyKind = `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: every
status: published
nodes:
  web: { type: ingress, host: shop.example.com, paths: [{ id: all, path: / }] }
  shop: { type: service }
  app: { type: deployment, image: 'ghcr.io/acme/shop:3', replicas: 2, port: 3000 }
  settings: { type: configmap, data: { MODE: fast, REGION: eu } }
  password: { type: secret, keys: [POSTGRES_PASSWORD] }
  files: { type: persistentvolumeclaim, storage: 20Gi, accessModes: [ReadWriteMany], storageClassName: fast }
  db: { type: statefulset, image: 'postgres:17', replicas: 3, port: 5432, volumeClaimTemplates: [{ name: data, storage: 50Gi }] }
  db-pods: { type: service, name: db, headless: true, port: 5432 }
  agent: { type: daemonset, image: 'agent:2', port:, nodeSelector: { kubernetes.io/os: linux } }
  migrate: { type: job, image: 'ghcr.io/acme/migrate:3', command: [migrate, up] }
  report: { type: cronjob, image: 'ghcr.io/acme/report:1', schedule: 30 3 * * mon-fri, timeZone: Europe/Berlin, suspend: true }
edges:
  - { from: web, handle: all, to: shop }
  - shop -> app
  - { from: settings, to: app, as: env }
  - { from: settings, to: report, as: env }
  - { from: password, to: db, as: env }
  - files -> app
  - files -> report
  - db-pods -> db
  - app -> migrate
  - migrate -> db
layout:
  web: [0, 180]
  shop: [320, 180]
  app: [640, 180]
  settings: [320, 380]
  files: [320, 560]
  report: [640, 480]
  migrate: [960, 60]
  db: [1280, 180]
  db-pods: [960, 300]
  password: [960, 500]
  agent: [1280, 460]
`;

describePages('the kinds on the canvas', (openPage) => {
  async function open(text: string, theme: DevTheme = 'vscode-dark'): Promise<Page> {
    const page = await openPage({ sample: await sampleOf(text), theme, width: 1720, height: 900 });
    await page.waitForSelector('.react-flow__node');
    return page;
  }

  /** Everything that a person can read in the inspector or hear of it. */
  function words(page: Page): Promise<readonly string[]> {
    return page.locator('.inspector').evaluate((inspector) =>
      [...inspector.querySelectorAll('*')].flatMap((element) => {
        const own = [...element.childNodes].filter((child) => child.nodeType === 3).map((child) => (child.textContent ?? '').trim());
        return [...own, element.getAttribute('aria-label') ?? '', element.getAttribute('label') ?? ''].filter((word) => word !== '');
      }),
    );
  }

  /** The fields that a form must offer for what a node holds: those that nothing hides, and those of every object and list item that is there. */
  function expected(fields: readonly CatalogField[], data: Readonly<Record<string, unknown>>): readonly string[] {
    return fields.flatMap((field) => {
      const value = data[field.name];
      const depends = field.dependsOn;
      const other = depends === undefined ? undefined : (data[depends.field] ?? fields.find((one) => one.name === depends.field)?.default);
      if (value === undefined && depends !== undefined && !depends.values.includes(other as never)) return [];
      const inner = field.items?.type === 'object' && Array.isArray(value) ? (value as readonly Record<string, unknown>[]) : [];
      const objects =
        field.type === 'object' && (field.free !== true || field.fields !== undefined)
          ? expected(field.fields ?? [], (value ?? {}) as Record<string, unknown>)
          : [];
      return [field.label, ...objects, ...inner.flatMap((item) => expected(field.items?.fields ?? [], item))];
    });
  }

  it.each(kinds)('the inspector of a %s covers every field of its kind', async (type) => {
    const sample = await sampleOf(golden(type));
    const kind = sample.catalog.kinds.find((one) => one.type === type);
    const node: WorkflowNode | undefined = sample.workflow.nodes.find((one) => one.type === type);
    if (kind === undefined || node === undefined) throw new Error(`there is no ${type}`);
    const page = await open(golden(type));
    await page.locator(`.react-flow__node[data-id="${node.id}"]`).click();
    await page.waitForSelector('.inspector-title');
    await page.locator('.inspector').evaluate((inspector) => inspector.querySelectorAll('details').forEach((section) => (section.open = true)));
    const missing = async (): Promise<readonly string[]> => {
      const found = new Set(await words(page));
      return expected(kind.fields, node.data).filter((label) => !found.has(label));
    };
    await expect.poll(missing).toEqual([]);
  });

  it('an object of free structure is written as JSON, and read back as what it is', async () => {
    const page = await open(everyKind);
    await page.locator('.react-flow__node[data-id="report"]').click();
    await page.locator('.inspector summary', { hasText: /^Run$/ }).click();
    const area = page.locator('.inspector').getByRole('textbox', { name: 'Rules for failures' });
    await area.fill('{ "rules": [ ] }');
    await area.press('Tab');
    const rules = (): Promise<unknown> =>
      page.evaluate(() => (window.kubeorchHost as BrowserHost).workflow.nodes.find((node) => node.id === 'report')?.data['podFailurePolicy']);
    await expect.poll(rules).toEqual({ rules: [] });
  });

  it('the palette offers every kind', async () => {
    const page = await open(everyKind);
    const text = await page.locator('.palette').textContent();
    for (const name of ['StatefulSet', 'DaemonSet', 'Job', 'CronJob', 'PersistentVolumeClaim']) expect(text).toContain(name);
  });

  it.each(['vscode-dark', 'vscode-light', 'vscode-high-contrast'] as const)('every kind is drawn in %s', async (theme) => {
    const page = await open(everyKind, theme);
    await page.waitForFunction(() => document.querySelectorAll('.react-flow__edge').length === 10);
    await expect.poll(() => page.locator('.react-flow__node[data-id="db"]').textContent()).toMatch(/postgres:17/);
    expect(await page.locator('.react-flow__node[data-id="report"]').textContent()).toMatch(/30 3 \* \* mon-fri/);
    await page.screenshot({ path: `out/screenshots/kinds-${theme}.png` });
  });
});
