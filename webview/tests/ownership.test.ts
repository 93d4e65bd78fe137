import { mkdirSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { beforeAll, expect, it, vi } from 'vitest';
import type { Plan, PlanStep } from '../../src/shared/plan';
import { planActions } from '../../src/shared/plan';
import type { BrowserHost, BrowserHostSample } from '../bridge/browserHost';
import type { DevTheme } from './devPage';
import { describePages, sampleOf, sandboxTarget } from './devPage';

// A browser on a busy machine takes its time.
vi.setConfig({ testTimeout: 60_000 });

const shop = `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: shop
status: published
nodes:
  db: { type: deployment, image: "postgres:15", replicas: 1 }
  look: { type: gate, message: Is the database as it should be?, timeoutMs: 600000 }
  web: { type: deployment, image: "nginx:1", replicas: 2 }
edges:
  - look -> db
  - web -> look
layout:
  db: [0, 0]
  look: [320, 0]
  web: [640, 0]
`;
const ref = (kind: string, name: string) => ({ apiVersion: kind === 'Deployment' ? 'apps/v1' : 'v1', kind, namespace: 'voting', name });
const step = (more: Partial<PlanStep> & Pick<PlanStep, 'ref' | 'action'>): PlanStep => ({
  nodeId: '',
  changes: [],
  conflicts: [],
  problems: [],
  wave: 0,
  after: [],
  afterReady: [],
  ...more,
});
const plan: Plan = {
  workflow: 'shop',
  target: sandboxTarget,
  digest: 'd',
  problems: [],
  counts: Object.fromEntries(planActions.map((action) => [action, 0])) as Plan['counts'],
  steps: [
    step({
      nodeId: 'web',
      ref: ref('Deployment', 'web'),
      action: 'conflict',
      conflicts: [
        { path: 'spec.replicas', owner: 'kubectl-edit' },
        { path: 'spec.template.spec.containers[name="web"].image', owner: 'image-bot' },
      ],
    }),
    step({
      nodeId: 'db',
      ref: ref('Deployment', 'db'),
      action: 'blocked',
      problems: [{ code: 'cluster.notOurs', args: { kind: 'Deployment', name: 'db', namespace: 'voting' }, severity: 'error' }],
    }),
    step({ ref: ref('Secret', 'old'), action: 'left-running', problems: [{ code: 'run.kept', args: { kind: 'Secret', name: 'old' }, severity: 'info' }] }),
  ],
};

describePages('what others do to a workflow on its cluster', (openPage) => {
  let sample: BrowserHostSample;
  beforeAll(async () => {
    mkdirSync('out/screenshots', { recursive: true });
    sample = await sampleOf(shop, {
      db: { state: 'healthy', message: '', ready: 1, desired: 1 },
      web: { state: 'healthy', message: '', ready: 7, desired: 7 },
    });
  });
  async function open(theme: DevTheme = 'vscode-dark'): Promise<Page> {
    const page = await openPage({ sample, theme });
    await page.waitForSelector('.react-flow__pane');
    return page;
  }
  const heard = (page: Page, name: string): Promise<readonly unknown[]> =>
    page.evaluate((wanted) => (window.kubeorchHost as BrowserHost).heard.filter((one) => one.name === wanted).map(({ data }) => data), name);

  const show = (page: Page): Promise<void> =>
    page.evaluate((shown) => (window.kubeorchHost as BrowserHost).tell('planChanged', { plan: JSON.parse(shown) as Plan }), JSON.stringify(plan));

  it.each(['vscode-dark', 'vscode-light', 'vscode-high-contrast'] as const)(
    'a node that differs is marked, and its sides stand side by side: %s',
    async (theme) => {
      const page = await open(theme);
      await page.evaluate(() => {
        const fields = [
          { path: 'spec.replicas', live: '7', applied: '2', file: '3', owner: 'kubectl-edit' },
          { path: 'spec.template.spec.containers[name=web].env[name=MODE]', applied: '{"name":"MODE","value":"fast"}', owner: '' },
        ];
        const web = [{ kind: 'Deployment', name: 'web', namespace: 'voting', missing: false, fields }];
        const db = [{ kind: 'Deployment', name: 'db', namespace: 'voting', missing: true, fields: [] }];
        (window.kubeorchHost as BrowserHost).tell('driftChanged', { nodes: { web, db } });
      });
      await page.getByRole('button', { name: '2 nodes differ' }).click();
      await page.locator('.inspector-title', { hasText: 'db' }).waitFor();
      await page.locator('.drift-object', { hasText: 'Deployment db is gone' }).waitFor();
      // There is nothing to write into the file.
      expect(await page.getByRole('button', { name: 'Adopt into the File…' }).count()).toBe(0);
      await page.getByRole('button', { name: '2 nodes differ' }).click();
      await page.locator('.inspector-title', { hasText: 'web' }).waitFor();
      expect(await page.locator('.react-flow__node[data-id="web"] .card-drift').textContent()).toContain('2 differences from what was applied');
      const sides = await page.locator('.drift-field').first().locator('dd').allTextContents();
      expect(sides).toEqual(['7', '2', '3']);
      expect(await page.locator('.drift-owner').allTextContents()).toEqual([' By kubectl-edit', ' Taken away']);
      await page.screenshot({ path: `out/screenshots/drift-${theme}.png` });
      if (theme !== 'vscode-dark') return;
      await page.getByRole('button', { name: 'Adopt spec.replicas into the file' }).click();
      await page.getByRole('button', { name: 'Adopt into the File…' }).click();
      await expect.poll(() => heard(page, 'adoptDrift')).toEqual([{ nodeId: 'web', paths: ['spec.replicas'] }, { nodeId: 'web' }]);
      await page.getByRole('button', { name: 'Re-assert…' }).click();
      await expect.poll(() => heard(page, 'reassertDrift')).toEqual([{ nodeId: 'web' }]);
      await page.evaluate(() => (window.kubeorchHost as BrowserHost).tell('driftChanged', { nodes: {} }));
      await page.locator('.card-drift').first().waitFor({ state: 'detached' });
      await page.locator('.drift-count').waitFor({ state: 'detached' });
    },
  );

  it('a plan offers every way out of what belongs to others', async () => {
    const page = await open();
    await show(page);
    await page.locator('.plan-step', { hasText: 'spec.replicas belongs to kubectl-edit' }).waitFor();
    await page.screenshot({ path: 'out/screenshots/plan-conflicts.png' });
    await page.getByRole('button', { name: 'Leave it to them: spec.replicas…' }).click();
    await page.getByRole('button', { name: 'Share their value: spec.replicas…' }).click();
    const about = { nodeId: 'web', kind: 'Deployment', name: 'web', namespace: 'voting', path: 'spec.replicas' };
    await expect
      .poll(() => heard(page, 'endConflict'))
      .toEqual([
        { ...about, way: 'drop' },
        { ...about, way: 'share' },
      ]);
    await page.getByRole('button', { name: 'Delete Secret old as well…' }).click();
    await expect.poll(() => heard(page, 'plan')).toEqual([{ also: { named: ['Secret/old'] } }]);
    await show(page);
    await page.getByRole('button', { name: 'Take over Deployment db…' }).click();
    await expect.poll(async () => (await heard(page, 'plan')).at(-1)).toEqual({ also: { adopt: ['Deployment/db'] } });
    await show(page);
    await page.getByRole('button', { name: 'Take these 2 fields over…' }).click();
    const take = ['Deployment/web:spec.replicas', 'Deployment/web:spec.template.spec.containers[name="web"].image'];
    await expect.poll(async () => (await heard(page, 'plan')).at(-1)).toEqual({ also: { take } });
  });

  it.each(['vscode-dark', 'vscode-light', 'vscode-high-contrast'] as const)(
    'a new name is one line with what becomes of the old one, and a month of it is estimated: %s',
    async (theme) => {
      const page = await open(theme);
      const [from, to] = [ref('PersistentVolumeClaim', 'store'), ref('PersistentVolumeClaim', 'files')];
      const args = { kind: 'PersistentVolumeClaim', before: 'store', now: 'files' };
      const amounts = { cpuCores: 0.5, memoryBytes: 2 ** 30, storageBytes: 0, costMicrocents: 36.5e8 };
      const renamed: Plan = {
        ...plan,
        steps: [
          step({ nodeId: 'web', ref: to, action: 'create' }),
          step({ ref: from, action: 'left-running' }),
          step({ ref: ref('Secret', 'old'), action: 'left-running' }),
        ],
        renames: [{ nodeId: 'web', from, to, problems: [{ code: 'run.renamedData', args, severity: 'info' }] }],
        cost: {
          currency: 'EUR',
          nodes: [
            { nodeId: 'web', ...amounts },
            { nodeId: 'db', ...amounts, cpuCores: 0, memoryBytes: 0, costMicrocents: 0, unpriced: 'no-requests' },
          ],
        },
      };
      await page.evaluate((shown) => (window.kubeorchHost as BrowserHost).tell('planChanged', { plan: JSON.parse(shown) as Plan }), JSON.stringify(renamed));
      const line = page.locator('.plan-step', { hasText: 'PersistentVolumeClaim store → files' });
      await line.waitFor();
      expect(await line.textContent()).toContain('The old one is left running.');
      expect(await line.textContent()).toContain('The data stays in PersistentVolumeClaim "store"; "files" begins empty.');
      // Neither stands under what is made or left running as well.
      expect(await page.locator('.plan-step').count()).toBe(2);
      expect(await page.locator('.cost summary').textContent()).toMatch(/About 36\.50 EUR a month.*Requests 0\.5 CPU, 1 GiB memory.*not priced: 1/);
      await page.locator('.cost summary').click();
      expect(await page.locator('.cost li').last().textContent()).toContain('Not all of its requests are known');
      await page.screenshot({ path: `out/screenshots/plan-renamed-${theme}.png` });
      await line.getByRole('button', { name: 'files' }).click();
      await page.locator('.react-flow__node[data-id="web"].selected').waitFor();
    },
  );

  it('the nodes of a run tell their time, attempts and cost', async () => {
    const page = await open();
    const about = JSON.stringify({ target: sandboxTarget, web: ref('Deployment', 'web'), counts: plan.counts });
    await page.evaluate((told) => {
      const { target: to, web, counts } = JSON.parse(told) as { target: Plan['target']; web: PlanStep['ref']; counts: Plan['counts'] };
      const amounts = { cpuCores: 0.5, memoryBytes: 2 ** 30, storageBytes: 0, currency: 'EUR' };
      (window.kubeorchHost as BrowserHost).tellRun('r', [
        { type: 'run:started', workflow: 'shop', version: 1, digest: 'd', target: to, triggeredBy: 'manual', counts },
        { type: 'node:started', nodeId: 'web', ref: web, action: 'create', timeoutMs: 60_000, retry: { max: 3, backoff: 'linear', ms: 500 } },
        { type: 'node:completed', nodeId: 'web', ref: web, action: 'create', durationMs: 20, resourceVersion: '1' },
        { type: 'cost:updated', nodeId: 'web', ...amounts, costMicrocents: 1e9, cumulativeCostMicrocents: 1e9 },
        { type: 'run:completed', durationMs: 30, applied: 1, unchanged: 0, ready: true },
      ]);
    }, about);
    await page.getByRole('tab', { name: 'Run' }).click();
    const nodes = page.locator('.run .cost');
    await nodes.locator('summary').click();
    expect(await nodes.locator('summary').textContent()).toMatch(/1 node.*About 10\.00 EUR a month/);
    expect(await nodes.locator('li').textContent()).toMatch(/web.*done in .*time: 60 s.*1 of 3 attempts, pauses growing from 500 ms.*10\.00 EUR/);
    // What it costs is no event worth a line of its own.
    expect(await page.locator('.run-event').count()).toBe(3);
    await page.screenshot({ path: 'out/screenshots/run-nodes.png' });
  });

  it('a gate is answered on its card and in the panel, and looks as it was answered', async () => {
    const page = await open();
    const card = page.locator('.react-flow__node[data-id="look"]');
    const about = JSON.stringify({ target: sandboxTarget, refs: [ref('Deployment', 'web')], counts: plan.counts });
    await page.evaluate((told) => {
      const { target: to, refs, counts } = JSON.parse(told) as { target: Plan['target']; refs: PlanStep['ref'][]; counts: Plan['counts'] };
      const expiresAt = new Date(Date.now() + 600_000).toISOString();
      (window.kubeorchHost as BrowserHost).tellRun('r', [
        { type: 'run:started', workflow: 'shop', version: 1, digest: 'd', target: to, triggeredBy: 'manual', counts },
        { type: 'human_gate:paused', nodeId: 'look', gateId: 'gate-look', gateType: 'approval', message: 'Is it?', refs, timeoutMs: 600_000, expiresAt },
        { type: 'human_gate:paused', nodeId: 'web', gateId: 'replace-web', gateType: 'approval', approval: 'replace', refs },
        { type: 'run:paused', pendingGateCount: 2, gateIds: ['gate-look', 'replace-web'], digest: 'd' },
      ]);
    }, about);
    await card.locator('.card-status', { hasText: 'Waits for an answer' }).waitFor();
    await page.locator('.banner', { hasText: 'The run waits for 2 answers.' }).waitFor();
    expect(await page.locator('.gate').count()).toBe(2);
    expect(await page.locator('.gate-time').count()).toBe(1);
    await page.screenshot({ path: 'out/screenshots/gate-node.png' });
    await card.getByRole('button', { name: 'Approve' }).click();
    // The questions stay in sight.
    expect(await page.locator('.gate').count()).toBe(2);
    await page.locator('.gate[data-gate="replace-web"]').getByRole('button', { name: 'Reject' }).click();
    await expect
      .poll(() => heard(page, 'answerGate'))
      .toEqual([
        { runId: 'r', gateId: 'gate-look', decision: 'approved' },
        { runId: 'r', gateId: 'replace-web', decision: 'rejected' },
      ]);
    await page.evaluate(() =>
      (window.kubeorchHost as BrowserHost).tellRun('r', [
        { type: 'human_gate:resumed', nodeId: 'look', gateId: 'gate-look', decision: 'rejected', decidedBy: 'ada', decidedAt: '' },
        { type: 'run:completed', durationMs: 1, applied: 0, unchanged: 1, ready: true },
      ]),
    );
    await card.locator('.card-status', { hasText: 'Rejected' }).waitFor();
    expect(await card.getByRole('button', { name: 'Approve' }).count()).toBe(0);
    await page.locator('.banner', { hasText: 'answers' }).waitFor({ state: 'detached' });
  });
});
