import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import type { CatalogKind } from '../../src/shared/catalog';
import type { Point } from '../../src/shared/workflow';
import { examplesOf } from '../../src/testing/goldenWorkflows';
import type { BrowserHost, BrowserHostSample } from '../bridge/browserHost';
import { axeFindings } from './axeFindings';
import type { DevTheme } from './devPage';
import { describePages, sampleOf } from './devPage';
import { allThemes, kept, KeptPictures, lookAtIt, setTheme, whole } from './keptPictures';

const { kinds } = (await sampleOf('apiVersion: kubeorch.dev/v1alpha1\nkind: Workflow\nname: kinds\nnodes: {}\n')).catalog;
const [width, height] = [1440, 900];

/** The theme of a kind's picture that is kept: all themes take turns. */
export function keptTheme(type: string): DevTheme {
  return allThemes[kinds.findIndex((kind) => kind.type === type) % allThemes.length] ?? 'vscode-dark';
}

/** The full example of a kind between its neighbours, the way that teams draw it, and the id of its node. */
async function fullExample(kind: CatalogKind): Promise<readonly [sample: BrowserHostSample, id: string]> {
  const file = ['full', 'used'].map((name) => join(examplesOf(kind), `${name}.workflow.yaml`)).find((path) => existsSync(path));
  if (file === undefined) throw new Error(`There is no full example of ${kind.type}.`);
  const sample = await sampleOf(readFileSync(file, 'utf8'));
  const { nodes, edges } = sample.workflow;
  const id = nodes.find((one) => one.type === kind.type)?.id ?? '';
  const [before, behind] = [edges.filter(({ to }) => to === id).map(({ from }) => from), edges.filter(({ from }) => from === id).map(({ to }) => to)];
  const column = (ids: readonly string[], x: number): readonly (readonly [string, Point])[] => ids.map((one, index) => [one, [x, index * 190]]);
  const layout = Object.fromEntries([...column([...new Set(before)], -340), ...column([id], 0), ...column([...new Set(behind)], 340)]);
  const shown = nodes.filter((one) => Object.hasOwn(layout, one.id));
  return [{ ...sample, workflow: { ...sample.workflow, nodes: shown, edges: edges.filter(({ from, to }) => from === id || to === id), layout } }, id];
}

/** What of the inspector and of the selected card sticks out of its panel, is cut off without being told at the pointer, or lies over its neighbour. */
function disorder(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => {
    const faults: string[] = [];
    const nameOf = (element: Element): string =>
      `${element.tagName.toLowerCase()}.${element.className} ${JSON.stringify((element.textContent || element.getAttribute('label') || '').slice(0, 60))}`;
    const panel = document.querySelector('.inspector')?.getBoundingClientRect();
    if (panel === undefined) return ['there is no inspector'];
    for (const element of document.querySelectorAll<HTMLElement>('.inspector *, .react-flow__node.selected *')) {
      if (!element.checkVisibility() || element.closest('.sr-only') !== null) continue;
      const box = element.getBoundingClientRect();
      if (element.closest('.inspector') !== null && (box.left < panel.left - 1 || box.right > panel.right + 1)) faults.push(`sticks out: ${nameOf(element)}`);
      const isClipped = getComputedStyle(element).overflowX !== 'visible' && element.scrollWidth > element.clientWidth + 1;
      if (isClipped && element.closest('[title]') === null) faults.push(`cut off: ${nameOf(element)}`);
    }
    for (const group of new Set([...document.querySelectorAll('.inspector [data-field]')].map((field) => field.parentElement))) {
      const fields = [...(group?.children ?? [])].filter((field) => field.checkVisibility()).map((field) => [field, field.getBoundingClientRect()] as const);
      for (const [index, [field, a]] of fields.entries()) {
        for (const [other, b] of fields.slice(index + 1)) {
          const [wide, high] = [Math.min(a.right, b.right) - Math.max(a.left, b.left), Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top)];
          if (wide > 1 && high > 1 && getComputedStyle(other).position !== 'absolute' && getComputedStyle(field).position !== 'absolute')
            faults.push(`${nameOf(field)} lies over ${nameOf(other)}`);
        }
      }
    }
    return faults;
  });
}

/**
 * Draws every kind with its full example, as a card and in the inspector: compares what is seen at first with the picture that is kept in
 * one theme, and then looks at the whole form with every section open in the themes that are given for it, as it is in
 * out/screenshots/kind-<type>-<theme>.png.
 */
export function describeKinds(name: string, themesOf: (type: string) => readonly DevTheme[]): void {
  describePages(
    name,
    (openPage) => {
      it.for(kinds.map((kind) => [kind.type, kind] as const))('%s is drawn in order, legible and named, in each theme', async ([type, kind], { skip }) => {
        const [sample, id] = await fullExample(kind);
        const page = await openPage({ sample, width, height, faultsAllowed: true });
        await page.emulateMedia({ reducedMotion: 'reduce' });
        await page.locator(`.react-flow__node[data-id="${id}"]`).waitFor();
        await page.evaluate((nodeId) => (window.kubeorchHost as BrowserHost).tell('focusNode', { nodeId }), id);
        await page.locator('.inspector-title h2', { hasText: new RegExp(`^${id}$`) }).waitFor();
        await page.mouse.move(2, height - 10);
        const pictures = await KeptPictures.open(page);
        await setTheme(page, keptTheme(type));
        await pictures.compare(`kinds/${type}`, await page.screenshot({ path: join(whole, `kind-${type}.png`), animations: 'disabled', caret: 'hide' }));
        await page.locator('.inspector').evaluate((inspector) => inspector.querySelectorAll('details').forEach((section) => (section.open = true)));
        const tall = (): Promise<number> => page.locator('.inspector').evaluate((inspector) => inspector.getBoundingClientRect().height);
        await page.setViewportSize({ width, height: Math.max(height, Math.min(8000, Math.ceil((await tall()) + 120))) });
        for (const theme of themesOf(type)) {
          await setTheme(page, theme);
          await page.screenshot({ path: join(whole, `kind-${type}-${theme}.png`), animations: 'disabled', caret: 'hide' });
          expect(await disorder(page), theme).toEqual([]);
          expect(await axeFindings(page), theme).toEqual([]);
        }
        expect(pictures.others, lookAtIt).toEqual([]);
        if (pictures.reason !== undefined) skip(pictures.reason);
      });

      it('keeps no picture of what is no kind any more', () => {
        const folder = join(kept, 'kinds');
        expect((existsSync(folder) ? readdirSync(folder) : []).sort()).toEqual(kinds.map(({ type }) => `${type}.png`).sort());
      });
    },
    'production',
  );
}
