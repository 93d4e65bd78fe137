import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { expect, it, vi } from 'vitest';
import type { Catalog } from '../../src/shared/catalog';
import type { CompareEvents, ComparePage } from '../../src/shared/compareProtocol';
import { workflowDiff } from '../../src/shared/workflowDiff';
import type { BrowserCompareHost } from '../bridge/browserCompareHost';
import { comparisons, sideOf } from './comparisons';
import type { DevTheme } from './devPage';
import { describePages } from './devPage';

vi.setConfig({ testTimeout: 60_000 });

describePages('a comparison in a browser', (openPage) => {
  async function open(page: ComparePage, catalog: Catalog, theme: DevTheme = 'vscode-dark'): Promise<Page> {
    const opened = await openPage({ page: 'compare', compare: { page, catalog }, theme });
    await opened.waitForSelector('.react-flow__node');
    return opened;
  }
  const heard = (page: Page, name: string): Promise<readonly unknown[]> =>
    page.evaluate(
      (wanted) => (window.kubeorchHost as unknown as BrowserCompareHost).heard.filter((item) => item.name === wanted).map((item) => item.data),
      name,
    );
  const card = (page: Page, side: string, id: string) => page.locator(`[data-side="${side}"] .react-flow__node[data-id="${id}"]`);
  it('marks what was added, removed and changed in words as well as in colour, and moves both canvases together', async () => {
    const { compare: shown, catalog } = await comparisons();
    const page = await open(shown, catalog);
    const foot = async (side: string, id: string): Promise<string> => (await card(page, side, id).locator('.card-status').textContent()) ?? '';
    expect([await foot('before', 'web'), await foot('after', 'web')]).toEqual(['Changed', 'Changed']);
    expect([await foot('before', 'old'), await foot('after', 'cache')]).toEqual(['Removed', 'Added']);
    expect(await foot('after', 'settings')).toBe('Only moved');
    expect(await foot('after', 'web-svc')).toBe('');
    expect(await card(page, 'after', 'cache').getAttribute('aria-label')).toBe('cache, Deployment, Added');
    expect(await page.locator('[data-side="before"] .edge-label').allTextContents()).toContain('− Used by');
    const viewports = (): Promise<readonly (string | null)[]> =>
      page.locator('.react-flow__viewport').evaluateAll((all) => all.map((one) => one.getAttribute('style')));
    const [first, second] = await viewports();
    expect(first).toBe(second);
    await page.locator('[data-side="before"] .react-flow__pane').hover();
    await page.mouse.wheel(0, 120);
    await expect.poll(async () => (await viewports())[0]).not.toBe(first);
    const moved = await viewports();
    expect(moved[0]).toBe(moved[1]);
    // A line of the list looks at its node on both sides.
    const line = page.getByRole('button', { name: /^web\b.*Changed/ });
    await line.click();
    await page.locator('.change[data-selected="true"] .change-values', { hasText: '2' }).waitFor();
    expect(await page.locator('.react-flow__node.selected').evaluateAll((all) => all.map((one) => one.getAttribute('data-id')))).toEqual(['web', 'web']);
    await page.locator('#compare-text').click();
    await page.locator('#compare-restore').click();
    await expect.poll(() => heard(page, 'restore')).toHaveLength(1);
    expect(await heard(page, 'openText')).toHaveLength(1);
  });

  it('opens two sides of a thousand nodes', async () => {
    const { catalog } = await comparisons();
    const ids = Array.from({ length: 1000 }, (_, index) => `node-${index}`);
    const text = (changed: (index: number) => boolean): string =>
      `apiVersion: kubeorch.dev/v1alpha1\nkind: Workflow\nname: shop\nnodes:\n${ids
        .map((id, index) => `  ${id}: { type: deployment, image: "nginx:${changed(index) ? 2 : 1}", replicas: 2 }\n`)
        .join('')}edges:\n${ids
        .slice(1)
        .map((id, index) => `  - { from: ${id}, to: node-${Math.floor(index / 2)}, relation: depends-on }\n`)
        .join('')}layout:\n${ids.map((id, index) => `  ${id}: [${(index % 40) * 320}, ${Math.floor(index / 40) * 220}]\n`).join('')}`;
    const one = sideOf(
      catalog,
      text(() => false),
      'Version 6',
    );
    const other = sideOf(
      catalog,
      text((index) => index % 3 === 0),
      'Working file',
    );
    const diff = workflowDiff(one.document.workflow, other.document.workflow);
    const page = await open({ kind: 'compare', before: one, after: other, diff, hasText: true, canRestore: true }, catalog);
    await page.locator('.change').nth(333).waitFor({ state: 'attached' });
    // Of the two thousand cards only those in view are drawn, around the first that differs.
    await card(page, 'after', 'node-0').locator('.card-status', { hasText: 'Changed' }).waitFor();
    expect(await page.locator('.react-flow__node').count()).toBeLessThan(150);
    const box = await card(page, 'before', 'node-0').boundingBox();
    expect(box === null ? 0 : box.width).toBeGreaterThan(100);
    console.log(`A comparison of 1,000 nodes is open after ${Math.round(await page.evaluate(() => performance.now()))} ms.`);
  });

  it('follows a side that changes', async () => {
    const { compare: shown, catalog } = await comparisons();
    const page = await open(shown, catalog);
    const same = workflowDiff(shown.before.document.workflow, shown.before.document.workflow);
    const change: CompareEvents['pageChanged'] = { catalog, page: { ...shown, after: shown.before, diff: same } };
    await page.evaluate(
      (next) => (window.kubeorchHost as unknown as BrowserCompareHost).send(JSON.parse(next) as CompareEvents['pageChanged']),
      JSON.stringify(change),
    );
    await page.getByText('They mean the same.').waitFor();
    expect(await page.locator('[class*="compare-good"]').count()).toBe(0);
  });

  it('asks for a side of each difference of a merge, by keyboard too, and gives out only whole answers', async () => {
    const { conflict, catalog } = await comparisons();
    const { parts } = conflict;
    const page = await open(conflict, catalog);
    await page.getByText(`${String(parts.length)} to pick`).waitFor();
    expect(await card(page, 'before', 'old').locator('.card-status').textContent()).toBe('Only on this side');
    const groups = page.getByRole('radiogroup');
    expect(await groups.count()).toBe(parts.length);
    for (let at = 0; at < parts.length; at += 1) {
      await groups.nth(at).getByRole('radio', { name: 'Ours' }).focus();
      await page.keyboard.press(at === 0 ? 'ArrowRight' : 'Space');
    }
    await page.getByText('All picked').waitFor();
    expect(await card(page, 'after', 'web').locator('.card-status').textContent()).toBe('Taken');
    expect(await card(page, 'before', 'web').locator('.card-status').textContent()).toBe('Left out');
    await page.locator('#resolve-conflict').click();
    await expect.poll(() => heard(page, 'resolve')).toEqual([{ picks: Object.fromEntries(parts.map(({ key }, at) => [key, at === 0 ? 'theirs' : 'ours'])) }]);
    await page.locator('#take-theirs').click();
    await expect.poll(() => heard(page, 'takeSide')).toEqual([{ side: 'theirs' }]);
  });

  it('replays a run event by event without a cluster, and begins again where it failed', async () => {
    const { replay, catalog } = await comparisons();
    const page = await open(replay, catalog);
    const state = (id: string) => card(page, 'before', id).locator('.status-label');
    await expect.poll(() => state('web').textContent()).toBe('Failed');
    const slider = page.getByRole('slider', { name: 'Event of the run' });
    await slider.focus();
    for (let press = 0; press < 3; press += 1) await page.keyboard.press('ArrowLeft');
    await page.getByText('4 of 7').waitFor();
    await expect.poll(() => state('web').textContent()).toBe('Applying');
    expect(await slider.getAttribute('aria-valuetext')).toContain('web');
    await page.keyboard.press('Home');
    await page.getByText('0 of 7').waitFor();
    await expect.poll(() => state('settings').textContent()).toBe('');
    await page.getByRole('button', { name: /settings.*applied in/ }).click();
    await expect.poll(() => state('settings').textContent()).toBe('Applied');
    // Beside its events, what the run came to with each node.
    const nodes = page.locator('details.cost');
    await nodes.locator('summary').click();
    await expect.poll(() => nodes.locator('li', { hasText: 'failed' }).textContent()).toMatch(/^webfailed in/);
    await page.screenshot({ path: 'out/screenshots/replay-nodes.png' });
    await page.locator('#retry-from').click();
    await expect.poll(() => heard(page, 'retryFrom')).toEqual([{ nodeId: 'web' }]);
  });

  it('has no accessibility violations, in every theme', async () => {
    const checker = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
    const { catalog, compare: shown, conflict, replay } = await comparisons();
    const pages: readonly ComparePage[] = [shown, conflict, replay];
    for (const one of pages) {
      // The checker writes styles of its own, which the policy refuses.
      const page = await openPage({ page: 'compare', compare: { page: one, catalog }, faultsAllowed: true });
      await page.waitForSelector('.react-flow__node');
      await page.evaluate(checker);
      const themes: readonly DevTheme[] = one === shown ? ['vscode-dark', 'vscode-light', 'vscode-high-contrast'] : ['vscode-light'];
      for (const theme of themes) {
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
        expect(violations, `${one.kind} in ${theme}`).toEqual([]);
      }
    }
  });
});
