// However little room an editor has, beside another one or at 200 % zoom, nothing that a workflow is run by is cut off.
import { expect, it, vi } from 'vitest';
import type { BrowserHost } from '../bridge/browserHost';
import type { DriftView } from '../../src/shared/drift';
import { describePages, sampleOf, sandboxTarget, votingText } from './devPage';
import { scenes } from './scenes';

vi.setConfig({ testTimeout: 90_000 });

const drift: DriftView = { nodes: { vote: [{ kind: 'Deployment', name: 'vote', namespace: 'voting', missing: true, fields: [] }] } };
const status = { state: 'healthy', message: '', ready: 1, desired: 1 } as const;

describePages('a page with little room', (openPage) => {
  it.each(['draft', 'published'] as const)('shows every button of the toolbar whole at any width, of a workflow that is %s', async (state) => {
    const text = votingText()
      .replace(/^status: .*\n/m, '')
      .replace(/^name: .*\n/m, `name: voting-with-a-rather-long-name\nstatus: ${state}\n`);
    const sample = await sampleOf(text, { vote: status, result: status });
    const page = await openPage({ sample });
    await page.waitForSelector('.react-flow__pane');
    await page.evaluate(
      ([told, target]) => {
        const host = window.kubeorchHost as BrowserHost;
        host.tell('driftChanged', JSON.parse(told) as DriftView);
        host.tell('targetChanged', { target: JSON.parse(target) as typeof sandboxTarget, chosen: 'production' });
      },
      [JSON.stringify(drift), JSON.stringify({ ...sandboxTarget, label: 'production-in-the-far-north', namespace: 'a-namespace-of-the-team' })] as const,
    );
    await page.locator('.drift-count').waitFor();
    const cut: string[] = [];
    for (let width = 320; width <= 1440; width += 40) {
      await page.setViewportSize({ width, height: 700 });
      if ([320, 480, 640, 800].includes(width)) await page.screenshot({ path: `out/screenshots/toolbar-${state}-${String(width)}.png` });
      const found = await page.locator('.toolbar').evaluate((toolbar) => {
        const room = toolbar.getBoundingClientRect();
        return [...toolbar.querySelectorAll<HTMLElement>('button, vscode-button, .health-summary')]
          .filter((one) => one.checkVisibility())
          .filter((one) => {
            const box = one.getBoundingClientRect();
            // The name of a target may end in an ellipsis: the whole of it is in its tooltip.
            const hasAll = one.classList.contains('target-chip') || one.scrollWidth <= one.clientWidth + 1;
            return !hasAll || box.left < room.left - 0.5 || box.right > room.right + 0.5 || box.bottom > room.bottom + 0.5 || box.width < 16;
          })
          .map((one) => one.getAttribute('aria-label') ?? one.textContent);
      });
      for (const one of found) cut.push(`${String(width)}: ${one}`);
    }
    expect(cut).toEqual([]);
  });

  it.each([
    ['at 200 % zoom', 720, 450],
    ['in a narrow editor', 440, 700],
  ] as const)('asks the questions of a run %s, with both answers in reach', async (name, width, height) => {
    const gate = scenes.find((scene) => scene.name === 'gate');
    if (gate === undefined) throw new Error('There is no scene of a gate.');
    const page = await openPage({ sample: await sampleOf(gate.text), width, height });
    await page.waitForSelector('.react-flow__pane');
    await gate.act?.(page);
    for (const answer of ['Approve', 'Reject']) {
      const button = page.locator('.gate').first().locator('vscode-button', { hasText: answer });
      await button.scrollIntoViewIfNeeded();
      await page.screenshot({ path: `out/screenshots/gate-${String(width)}-${answer}.png` });
      // A dry run of a click: it stands still, is in view, and nothing lies over it.
      await button.click({ trial: true });
      const [box, side] = await Promise.all([button.boundingBox(), page.locator('.side').boundingBox()]);
      expect([name, (box?.x ?? 0) >= (side?.x ?? 0), (box?.x ?? 0) + (box?.width ?? 0) <= (side?.x ?? 0) + (side?.width ?? 0)]).toEqual([name, true, true]);
    }
    await page.locator('.gate').first().locator('vscode-button', { hasText: 'Approve' }).click();
    await expect.poll(() => page.evaluate(() => JSON.stringify((window.kubeorchHost as BrowserHost).heard))).toContain('approved');
  });
});
