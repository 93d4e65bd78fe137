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
