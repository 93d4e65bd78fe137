import type { Page } from 'playwright-core';
import { beforeAll, expect, it, vi } from 'vitest';
import { edgeKey } from '../../src/shared/workflow';
import type { BrowserHost, BrowserHostSample } from '../bridge/browserHost';
import { describePages, sampleOf, votingText } from './devPage';

// A browser on a busy machine takes its time.
vi.setConfig({ testTimeout: 60_000 });

describePages('what a canvas tells of a cluster', (openPage) => {
  let voting: BrowserHostSample;
  beforeAll(async () => {
    voting = await sampleOf(votingText());
  });
  async function open(): Promise<Page> {
    const page = await openPage({ sample: voting });
    await page.waitForSelector('.react-flow__pane');
    return page;
  }

  it('keeps the reasons of all broken edges apart, wherever cards are dragged', async () => {
    const page = await open();
    const ids = voting.workflow.edges.map((edge) => edgeKey(edge));
    await page.evaluate((broken) => {
      const check = { name: 'backend-exists', status: 'error', code: 'backend.missing', nodeId: 'web', autoFixable: false } as const;
      const args = (id: string) => ({ address: `http://shop.example/${id}`, service: `service-of-${id}`, namespace: 'production' });
      const edges = Object.fromEntries(broken.map((id) => [id, { checks: [{ ...check, args: args(id) }] }]));
      (window.kubeorchHost as BrowserHost).setDiagnosis(edges);
    }, ids);
    await expect.poll(() => page.locator('.edge-break').count()).toBe(ids.length);
    const boxes = (): Promise<readonly { left: number; top: number; right: number; bottom: number }[]> =>
      page.locator('.edge-break[data-always="true"] .break-reason').evaluateAll((all) =>
        all.map((one) => {
          const { left, top, right, bottom } = one.getBoundingClientRect();
          return { left, top, right, bottom };
        }),
      );
    const meeting = async (): Promise<number> => {
      const all = await boxes();
      return all.flatMap((a, at) => all.slice(at + 1).filter((b) => a.left < b.right && a.right > b.left && a.top < b.bottom && a.bottom > b.top)).length;
    };
    await expect.poll(async () => (await boxes()).length).toBeGreaterThan(3);
    expect(await meeting()).toBe(0);
    const head = await page.locator('.react-flow__node[data-id="worker"] .card-header').boundingBox();
    if (head === null) throw new Error('The card is not there.');
    await page.mouse.move(head.x + 40, head.y + 8);
    await page.mouse.down();
    for (const step of [40, 80, 120]) {
      await page.mouse.move(head.x + 40 - step, head.y + 8 + step, { steps: 4 });
      expect(await meeting()).toBe(0);
    }
    await page.mouse.up();
  });

  it('leads from a hop to the logs or the run that its advice asks for, at a node and at an edge', async () => {
    const page = await open();
    const [edge] = voting.workflow.edges;
    if (edge === undefined) throw new Error('The example has no edge.');
    await page.evaluate((key) => {
      const service = { name: 'service-exists', status: 'error', code: 'exists.missing', nodeId: 'vote', autoFixable: false } as const;
      const pods = { name: 'pods-ready', status: 'error', code: 'ready.none', nodeId: 'worker', autoFixable: false } as const;
      const checks = [
        { ...service, args: { kind: 'Service', name: 'vote' } },
        { ...pods, args: { total: '1', pods: 'worker-1 (CrashLoopBackOff)' } },
        { ...service, name: 'target-exists' as const, status: 'pass' as const, code: 'exists.pass' as const, args: { kind: 'Deployment', name: 'vote' } },
      ];
      const vote = { kind: 'Service', name: 'vote', namespace: 'default', checks };
      (window.kubeorchHost as BrowserHost).setDiagnosis({ [key]: { checks } }, { vote });
    }, edgeKey(edge));
    const calls = (name: string): Promise<readonly unknown[]> =>
      page.evaluate((wanted) => (window.kubeorchHost as BrowserHost).heard.filter((one) => one.name === wanted).map(({ data }) => data), name);
    const hops = page.locator('.inspector .hop');
    for (const select of [
      () => page.locator('.react-flow__node[data-id="vote"] .card-header').click(),
      () => page.locator(`.react-flow__edge[data-id="${edgeKey(edge)}"]`).press('Enter'),
    ]) {
      const before = { logs: (await calls('openLogs')).length, plans: (await calls('plan')).length };
      await select();
      await expect.poll(() => hops.count()).toBe(3);
      await page.screenshot({ path: `out/screenshots/hops-ways-${before.logs}.png` });
      // What holds asks for nothing.
      expect(await hops.nth(2).getByRole('button').count()).toBe(0);
      await hops.nth(1).getByRole('button', { name: 'Open the logs' }).click();
      await expect.poll(async () => (await calls('openLogs')).slice(before.logs)).toEqual([{ nodeId: 'worker' }]);
      await hops.nth(0).getByRole('button', { name: 'Deploy…' }).click();
      await expect.poll(async () => (await calls('plan')).length).toBe(before.plans + 1);
      await page.getByRole('tab', { name: 'Settings' }).click();
    }
    await page.evaluate(() => {
      const host = window.kubeorchHost as BrowserHost;
      host.become({ ...host.workflow, status: 'archived' });
    });
    await expect.poll(() => hops.nth(0).getByRole('button').count()).toBe(0);
  });

  it('shows what a node renders to, anew after each edit, and copies it', async () => {
    const page = await open();
    await page.locator('.react-flow__node[data-id="vote"] .card-header').click();
    const button = page.getByRole('button', { name: 'Show the manifest' });
    await button.click();
    const shown = page.locator('.inspector .manifest pre');
    await expect.poll(() => shown.textContent()).toContain('kind: Deployment');
    const before = (await shown.textContent()) ?? '';
    await page.locator(`.inspector [data-field='["image"]'] input`).fill('nginx:1.29');
    await page.locator(`.inspector [data-field='["image"]'] input`).press('Enter');
    await expect.poll(() => shown.textContent()).toContain('nginx:1.29');
    expect(await shown.textContent()).not.toBe(before);
    await page.locator('.inspector .manifest').getByRole('button', { name: 'Copy' }).click();
    const copied = (): Promise<unknown> => page.evaluate(() => (window.kubeorchHost as BrowserHost).heard.find(({ name }) => name === 'copyText')?.data);
    await expect.poll(copied).toEqual({ text: await shown.textContent() });
    // Another node has a preview of its own, which nobody asked for.
    await page.locator('.react-flow__node[data-id="worker"] .card-header').click();
    await expect.poll(() => shown.count()).toBe(0);
  });

  it('tells what kinds have to say beside their verdict', async () => {
    const page = await open();
    const calm = { state: 'healthy', message: '', ready: 0, desired: 0 } as const;
    const policy = { policyTypes: 'Ingress and Egress', podSelector: 'app=web', ingressRulesCount: 2, egressRulesCount: 1 };
    const cases = [
      [
        { schedule: '0 3 * * *', concurrencyPolicy: 'Forbid', activeJobs: 1, lastSuccessfulTime: '2026-01-02T03:04:05Z' },
        { Concurrency: 'Forbid', 'Active jobs': '1', 'Last success': '2026-01-02T03:04:05Z' },
      ],
      [{ active: 1, succeeded: 2, failed: 0 }, { 'Job pods': '1 active, 2 succeeded, 0 failed' }],
      [{ scaleTarget: 'Deployment/web', maxReplicas: 5 }, { Scales: 'Deployment/web' }],
      [policy, { 'Policy types': 'Ingress and Egress', 'Applies to pods': 'app=web', 'Ingress rules': '2', 'Egress rules': '1' }],
      [{ ...policy, podSelector: '*' }, { 'Applies to pods': 'all of the namespace' }],
    ] as const;
    await page.locator('.react-flow__node[data-id="vote"] .card-header').click();
    const facts = (): Promise<Record<string, string>> =>
      page
        .locator('.live-status .facts > div')
        .evaluateAll((rows) => Object.fromEntries(rows.map((row) => [row.querySelector('dt')?.textContent ?? '', row.querySelector('dd')?.textContent ?? ''])));
    for (const [said, shown] of cases) {
      await page.evaluate((status) => (window.kubeorchHost as BrowserHost).setStatuses({ vote: status }), { ...calm, ...said });
      await expect.poll(facts).toMatchObject(shown);
    }
  });

  it('names the chosen target while it cannot be reached', async () => {
    const page = await open();
    const chip = page.locator('.target-chip');
    await page.evaluate(() => {
      const host = window.kubeorchHost as BrowserHost;
      host.tell('targetChanged', { target: null, chosen: 'by-token' });
      host.setHealth({ connected: false, error: 'The cluster refused the credentials (401).' });
    });
    await expect.poll(() => chip.getAttribute('data-state')).toBe('failed');
    expect(await chip.locator('.target-label').textContent()).toBe('by-token');
    expect(await chip.locator('.target-connection').textContent()).toBe('Not connected');
    await page.evaluate(() => (window.kubeorchHost as BrowserHost).tell('targetChanged', { target: null, chosen: null }));
    await expect.poll(() => chip.textContent()).toBe('No target');
  });

  it('shows the message of a JSON line under a card, with its level', async () => {
    const page = await open();
    await page.getByRole('button', { name: /Live tail/ }).click();
    await page.evaluate(() => {
      const host = window.kubeorchHost as BrowserHost;
      host.setStatuses({ vote: { state: 'healthy', message: '', ready: 1, desired: 1 } });
    });
    await expect.poll(() => page.evaluate(() => (window.kubeorchHost as BrowserHost).heard.some(({ name }) => name === 'tailsWanted'))).toBe(true);
    await page.evaluate(() => {
      const message = JSON.stringify({ time: 'x', caller: 'c'.repeat(200), level: 'warn', msg: 'disk is filling' });
      const lines = [{ id: 1, pod: 'vote-1', container: 'app', timestamp: '', message }];
      const event = { stream_key: 'pod-logs:x', sequenceNumber: 1, timestamp: '', event_type: 'log', data: { lines } } as const;
      (window.kubeorchHost as BrowserHost).tell('tail', { nodeId: 'vote', event });
    });
    const tail = page.locator('.react-flow__node[data-id="vote"] .card-tail');
    await expect.poll(() => tail.textContent()).toBe('WARNING disk is filling');
    expect(await tail.locator('.card-tail-level').getAttribute('data-level')).toBe('warning');
  });
});
