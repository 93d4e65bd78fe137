import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { axeFindings } from './axeFindings';
import { comparisons } from './comparisons';
import type { DevPageOptions, DevTheme } from './devPage';
import { describePages, sampleOf } from './devPage';
import { allThemes, kept, KeptPictures, lookAtIt, setTheme, whole } from './keptPictures';
import type { Scene } from './scenes';
import { scenes } from './scenes';

/** A page that a picture is taken of. */
interface Shown {
  readonly name: string;
  readonly options: () => Promise<DevPageOptions>;
  /** What stands on it once it has begun. */
  readonly ready: string;
  readonly act?: Scene['act'];
}

const shown: readonly Shown[] = [
  ...scenes.map(({ name, text, statuses, act }): Shown => ({
    name,
    options: async () => ({ sample: await sampleOf(text, statuses) }),
    ready: '.react-flow__pane',
    ...(act === undefined ? {} : { act }),
  })),
  ...(['compare', 'conflict', 'replay'] as const).map((name): Shown => ({
    name,
    options: async () => {
      const { [name]: page, catalog } = await comparisons();
      return { page: 'compare', compare: { page, catalog } };
    },
    ready: '.react-flow__node',
  })),
];
export const shownNames: readonly string[] = shown.map(({ name }) => name);

/** Takes a picture of every scene in the themes that are given for it, compares it with the one that is kept, and lets axe-core look at each. */
export function describeScenes(name: string, themesOf: (scene: string) => readonly DevTheme[]): void {
  describePages(name, (openPage) => {
    async function open({ options, ready, act }: Shown): Promise<Page> {
      // The checker of accessibility writes styles of its own, which the policy refuses.
      const page = await openPage({ ...(await options()), faultsAllowed: true, script: `Date.prototype.toLocaleTimeString = () => '09:12';` });
      await page.emulateMedia({ reducedMotion: 'reduce' });
      await page.waitForSelector(ready);
      await act?.(page);
      await page.mouse.move(2, 890);
      return page;
    }

    it.for(shown)('$name is as it was, legible and named, in each theme', async (one, { skip }) => {
      const { name } = one;
      const page = await open(one);
      const pictures = await KeptPictures.open(page);
      for (const theme of themesOf(name)) {
        await setTheme(page, theme);
        const png = await page.screenshot({ path: join(whole, `scene-${name}-${theme}.png`), animations: 'disabled', caret: 'hide' });
        await pictures.compare(`${name}-${theme}`, png);
        expect(await axeFindings(page), theme).toEqual([]);
      }
      expect(pictures.others, lookAtIt).toEqual([]);
      if (pictures.reason !== undefined) skip(pictures.reason);
    });

    it('keeps no picture of what is no scene any more', () => {
      const wanted = new Set(shown.flatMap(({ name }) => allThemes.map((theme) => `${name}-${theme}.png`)));
      expect((existsSync(kept) ? readdirSync(kept) : []).filter((file) => file.endsWith('.png') && !wanted.has(file))).toEqual([]);
    });
  });
}
