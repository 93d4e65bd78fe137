import type { Page } from 'playwright-core';
import { mkdirSync } from 'node:fs';
import { expect, it, vi } from 'vitest';
import { resourceDetail } from '../../src/engine/index';
import type { KubeObject } from '../../src/shared/kubeObject';
import type { ResourceEvents } from '../../src/shared/resourceProtocol';
import type { BrowserResourceHost } from '../bridge/browserResourceHost';
import type { DevTheme } from './devPage';
import { describePages } from './devPage';

vi.setConfig({ testTimeout: 60_000 });
const nowMs = Date.parse('2026-03-01T12:00:00Z');

const container = { name: 'app', image: 'ghcr.io/acme/web:1.4', ports: [{ containerPort: 8080 }] };
const pod = (name: string, more: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'shop', uid: name, creationTimestamp: '2026-03-01T09:00:00Z' },
  spec: { nodeName: 'node-1', containers: [container] },
  status: {
    phase: 'Running',
    podIP: '10.0.0.9',
    containerStatuses: [{ name: 'app', ready: true, restartCount: 0, state: { running: { startedAt: '2026-03-01T09:00:05Z' } } }],
  },
  ...more,
});
const deployment: KubeObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'shop', uid: 'web', creationTimestamp: '2026-02-27T09:00:00Z', labels: { app: 'web' } },
  spec: { replicas: 3, selector: { matchLabels: { app: 'web' } }, template: { spec: { containers: [container] } } },
  status: {
    availableReplicas: 2,
    readyReplicas: 2,
    conditions: [{ type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable', message: 'Deployment has minimum availability.' }],
  },
};
const event = {
  uid: 'e1',
  type: 'Warning',
  reason: 'BackOff',
  message: 'Back-off restarting failed container',
  count: 5,
  lastSeen: '2026-03-01T11:58:00Z',
  source: 'kubelet',
} as const;

function shown(object: KubeObject, more: Partial<Parameters<typeof resourceDetail>[0]> = {}): ResourceEvents['detail'] {
  const detail = resourceDetail({ object, cluster: 'staging', gone: false, owners: [], children: [], events: [], history: [], nowMs, ...more });
  return { detail, health: { connected: true }, missing: [], absent: false };
}

describePages('the page of a resource in a browser', (openPage) => {
  async function open(theme: DevTheme = 'vscode-dark', width = 1100): Promise<Page> {
    const page = await openPage({ page: 'resource', theme, width, height: 800 });
    await page.waitForSelector('.resource-wait');
    return page;
  }
  const send = (page: Page, detail: ResourceEvents['detail']): Promise<void> =>
    page.evaluate((data) => (window.kubeorchHost as unknown as BrowserResourceHost).send(data), detail);
  const heard = (page: Page, name: string): Promise<readonly unknown[]> =>
    page.evaluate(
      (wanted) => (window.kubeorchHost as unknown as BrowserResourceHost).heard.filter((item) => item.name === wanted).map((item) => item.data),
      name,
    );

  it('shows what an object is, does and has, and goes on as it changes', async () => {
    const page = await open();
    const broken = pod('web-3', {
      status: { phase: 'Running', containerStatuses: [{ name: 'app', restartCount: 7, state: { waiting: { reason: 'CrashLoopBackOff' } } }] },
    });
    const children = [pod('web-1'), broken];
    await send(page, shown(deployment, { children, events: [event] }));
    expect(await page.locator('h1').textContent()).toBe('Deployment web');
    expect(await page.locator('.resource-head .resource-status').textContent()).toBe('Warning');
    expect(await page.locator('tbody tr').first().textContent()).toContain('web-1');
    expect(await page.locator('tbody tr').nth(1).textContent()).toContain('CrashLoopBackOff');
    await page.getByRole('button', { name: 'web-1' }).click();
    expect(await heard(page, 'openResource')).toEqual([{ ref: { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'web-1' } }]);
    await send(page, shown({ ...deployment, status: { availableReplicas: 3, readyReplicas: 3 } }));
    await page.locator('.resource-head .resource-status', { hasText: 'Running' }).waitFor();
  });

  it('is walked through by the keyboard alone', async () => {
    const page = await open();
    await send(
      page,
      shown(deployment, {
        events: [event],
        history: [
          {
            id: 1,
            at: '2026-03-01T11:00:00Z',
            action: 'scaled',
            text: 'Scaled from 1 to 3 replicas',
            fields: [{ path: 'spec.replicas', before: '1', after: '3' }],
          },
        ],
      }),
    );
    await page.getByRole('tab', { name: 'Overview' }).focus();
    for (const [key, name, words] of [
      ['ArrowRight', 'Describe', 'Selector'],
      ['ArrowRight', 'YAML', 'kind: Deployment'],
      ['ArrowRight', 'Events', 'Back-off restarting failed container'],
      ['ArrowRight', 'History', 'Scaled from 1 to 3 replicas'],
      ['ArrowRight', 'Overview', 'Available'],
      ['End', 'History', 'Scaled'],
      ['Home', 'Overview', 'Available'],
    ] as const) {
      await page.keyboard.press(key);
      expect(await page.locator('[role="tab"][aria-selected="true"]').textContent()).toContain(name);
      expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-selected'))).toBe('true');
      expect(await page.locator('.resource-main').textContent()).toContain(words);
    }
    await page.getByRole('button', { name: 'Delete' }).press('Enter');
    expect(await heard(page, 'act')).toEqual([{ action: 'delete' }]);
  });

  it('offers only what an object has, and nothing once it is gone', async () => {
    const page = await open();
    const config: KubeObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings', namespace: 'shop' }, data: { a: '1' } };
    await send(page, shown(config));
    expect(await page.getByRole('button').allTextContents()).toHaveLength(2);
    expect(await page.getByRole('button', { name: 'Logs' }).count()).toBe(0);
    await send(page, shown(config, { gone: true }));
    await page.getByText('Deleted. This is its last state.').waitFor();
    expect(await page.getByRole('button', { name: 'Delete' }).count()).toBe(0);
  });

  it('says since when it is not connected, keeps what it knows, and connects again when asked', async () => {
    const page = await open();
    await send(page, { ...shown(deployment), health: { connected: false, error: 'The cluster does not answer.', staleSince: '2026-03-01T11:59:00Z' } });
    const banner = page.getByRole('alert');
    expect(await banner.textContent()).toMatch(/The cluster does not answer\. Shown as of .*59/);
    expect(await page.locator('h1').textContent()).toBe('Deployment web');
    await banner.getByRole('button', { name: 'Connect again' }).click();
    expect(await heard(page, 'reconnect')).toHaveLength(1);
    await send(page, { detail: null, health: { connected: true }, missing: [], absent: true });
    await page.getByText('This object does not exist.').waitFor();
  });

  it('shows hostile text as text, in every part', async () => {
    const page = await open();
    const bad = '<img src=x onerror=alert(1)> [go](command:workbench.action.quit) javascript:alert(1) $(trash)';
    const hostile: KubeObject = {
      ...pod('web-1'),
      metadata: { name: bad, namespace: bad, uid: 'u', labels: { [bad]: bad }, annotations: { note: bad } },
      status: { phase: 'Failed', message: bad, reason: bad, conditions: [{ type: bad, status: bad, reason: bad, message: bad }] },
    };
    const detail = shown(hostile, {
      events: [{ ...event, reason: bad, message: bad, source: bad }],
      owners: [{ ref: { apiVersion: 'v1', kind: bad, namespace: '', name: bad }, readable: true }],
      history: [{ id: 1, at: bad, action: 'updated', text: bad, fields: [{ path: bad, before: bad, after: bad }] }],
    });
    await send(page, detail);
    for (const tab of ['Overview', 'Describe', 'YAML', 'Events', 'History']) {
      await page.getByRole('tab', { name: tab }).click();
      expect(await page.locator('.resource-main').textContent()).toContain('<img src=x');
      expect(await page.locator('.resource img, .resource a, .resource script').count()).toBe(0);
    }
  });

  it.each(['vscode-dark', 'vscode-light', 'vscode-high-contrast'] as const)('can be read in %s, also in a narrow tab', async (theme) => {
    const page = await open(theme);
    await send(page, shown(deployment, { children: [pod('web-1'), pod('web-2')], events: [event] }));
    await page.locator('h1').waitFor();
    mkdirSync('out/screenshots', { recursive: true });
    await page.screenshot({ path: `out/screenshots/resource-${theme}.png` });
    await page.setViewportSize({ width: 420, height: 800 });
    // Long tables scroll by themselves; the page does not.
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth)).toBe(true);
    const ratio = await page
      .locator('.resource-table th')
      .first()
      .evaluate((element) => {
        const luminance = (colour: string): number => {
          const [r = 0, g = 0, b = 0] = (colour.match(/[\d.]+/g) ?? []).slice(0, 3).map((part) => {
            const value = Number(part) / 255;
            return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
          });
          return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        const [light = 0, dark = 0] = [getComputedStyle(element).color, getComputedStyle(document.body).backgroundColor].map(luminance).sort((x, y) => y - x);
        return (light + 0.05) / (dark + 0.05);
      });
    expect(ratio).toBeGreaterThan(4.5);
  });
});
