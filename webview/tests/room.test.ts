import type { Page } from 'playwright-core';
import { expect, it, vi } from 'vitest';
import { describePages, sampleOf } from './devPage';

// A browser on a busy machine takes its time.
vi.setConfig({ testTimeout: 60_000 });

const shop = `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: shop
status: published
nodes:
  web: { type: deployment, image: nginx }
  api: { type: deployment, image: api }
  over: { type: deployment, image: other }
groups:
  front: { label: Front office, nodes: [web, api] }
layout:
  web: [0, 100]
  api: [320, 100]
  over: [20, -60]
`;

/** Buttons of a bar or panel that the window cuts off, by their names. */
const cutOff = (page: Page, selector: string): Promise<readonly string[]> =>
  page.locator(`${selector} button, ${selector} vscode-button`).evaluateAll((buttons) =>
    buttons
      .filter((button) => button.checkVisibility())
      .filter((button) => {
        const { left, right, top, bottom } = button.getBoundingClientRect();
        return left < 0 || right > window.innerWidth || top < 0 || bottom > window.innerHeight || button.scrollWidth > button.clientWidth + 1;
      })
      .map((button) => button.getAttribute('aria-label') ?? button.textContent),
  );

describePages('what lies over what, and where there is little room', (open) => {
  it("keeps a group's name in sight and in reach when a selected card lies over it", async () => {
    const page = await open({ sample: await sampleOf(shop) });
    await page.locator('.react-flow__node[data-id="over"] .card-header').click();
    await page.waitForSelector('.react-flow__node[data-id="over"].selected');
    await page.locator('.group-name').click();
    await expect.poll(() => page.locator('.react-flow__node.selected').count()).toBe(2);
  });

  // Half and a third of a usual window, or the whole of it at 200 % and more.
  for (const [width, height] of [
    [720, 450],
    [420, 600],
  ] as const) {
    it(`cuts off no button of the toolbar, the plan or the find bar in a window of ${width} by ${height}`, async () => {
      const page = await open({ sample: await sampleOf(shop), width, height });
      await page.waitForSelector('.react-flow__node');
      expect(await cutOff(page, '.toolbar')).toEqual([]);
      await page.locator('.react-flow__pane').click({ position: { x: 10, y: 10 } });
      await page.keyboard.press('Control+f');
      await page.waitForSelector('.find-bar');
      expect(await cutOff(page, '.find-bar')).toEqual([]);
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: 'Plan', exact: true }).click();
      await page.waitForSelector('#accept-plan');
      expect(await cutOff(page, '.side')).toEqual([]);
      expect(await cutOff(page, '.toolbar')).toEqual([]);
    });
  }
});
