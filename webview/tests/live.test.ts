import type { Page } from 'playwright-core';
import { beforeAll, expect, it, vi } from 'vitest';
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
