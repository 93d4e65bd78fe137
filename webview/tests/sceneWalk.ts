import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { axeFindings } from './axeFindings';
import { comparisons } from './comparisons';
import type { DevPageOptions, DevTheme } from './devPage';
import { describePages, sampleOf } from './devPage';
import type { Scene } from './scenes';
import { scenes } from './scenes';

export const allThemes: readonly DevTheme[] = ['vscode-dark', 'vscode-light', 'vscode-high-contrast', 'vscode-high-contrast-light'];
const kept = join(process.cwd(), 'webview/tests/pictures');
const whole = join(process.cwd(), 'out/screenshots');
/** Pictures are kept and compared this large: letters' edges blur away, and what moved, changed its colour or went is still seen. */
const [width, height] = [360, 225];
/** A point that differs by more than this in one of its colours, of 255, counts as another one. */
const pointLimit = 48;
/** The share of points that may be others: the drawing of letters and curves differs a little from one machine to the next. */
const shareLimit = 0.01;
const renewed = process.env['KUBEORCH_RENEW_PICTURES'] !== undefined;

/**
 * What decides how text is drawn: fonts, and the browser's version. Pictures of another kind of machine say nothing about ours. The width
 * of a sentence in the fonts that the pages use tells fonts apart without a list of them.
 */
function machineOf(page: Page): Promise<string> {
  return page.evaluate(() => {
    const widths = ['13px system-ui', '600 15px system-ui', '12px monospace'].map((font) => {
      const context = document.createElement('canvas').getContext('2d');
      if (context === null) return 'none';
      context.font = font;
      return context.measureText('Sphinx of black quartz, judge my vow 0123456789').width.toFixed(1);
    });
    return `Chromium ${/Chrome\/(\d+)/.exec(navigator.userAgent)?.[1] ?? '?'}, text ${widths.join('/')}`;
  });
}

/** A screenshot scaled down, as PNG; and how large a share of its points differs from an earlier one. */
async function scaled(page: Page, png: Buffer, earlier: Buffer | undefined): Promise<{ readonly small: Buffer; readonly share: number }> {
  const { small, share } = await page.evaluate(
    async ({ now, before, size, limit }) => {
      const pixels = async (data: string, smooth: boolean): Promise<[OffscreenCanvas, Uint8ClampedArray]> => {
        const bytes = Uint8Array.from(atob(data), (char) => char.charCodeAt(0));
        const image = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
        const canvas = new OffscreenCanvas(size[0], size[1]);
        const context = canvas.getContext('2d', { willReadFrequently: true });
        if (context === null) throw new Error('This browser draws no pictures.');
        context.imageSmoothingEnabled = smooth;
        context.imageSmoothingQuality = 'high';
        context.drawImage(image, 0, 0, size[0], size[1]);
        return [canvas, context.getImageData(0, 0, size[0], size[1]).data];
      };
      const [canvas, points] = await pixels(now, true);
      const made = new Uint8Array(await (await canvas.convertToBlob({ type: 'image/png' })).arrayBuffer());
      let text = '';
      for (const byte of made) text += String.fromCharCode(byte);
      const encoded = btoa(text);
      if (before === undefined) return { small: encoded, share: 1 };
      const [, old] = await pixels(before, false);
      let others = 0;
      for (let at = 0; at < points.length; at += 4)
        if ([0, 1, 2].some((colour) => Math.abs((points[at + colour] ?? 0) - (old[at + colour] ?? 0)) > limit)) others += 1;
      return { small: encoded, share: others / (points.length / 4) };
    },
    { now: png.toString('base64'), before: earlier?.toString('base64'), size: [width, height] as const, limit: pointLimit },
  );
  return { small: Buffer.from(small, 'base64'), share };
}

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
      const machine = await machineOf(page);
      const machineFile = join(kept, 'machine.txt');
      mkdirSync(kept, { recursive: true });
      mkdirSync(whole, { recursive: true });
      if (renewed) writeFileSync(machineFile, `${machine}\n`);
      const isComparable = existsSync(machineFile) && readFileSync(machineFile, 'utf8').trim() === machine;
      const others: string[] = [];
      for (const theme of themesOf(name)) {
        await page.evaluate((next) => (document.body.className = next), theme);
        // Colours fade into those of the theme.
        await page.evaluate(async () => Promise.all(document.getAnimations().map(async (animation) => animation.finished.catch(() => undefined))));
        const png = await page.screenshot({ path: join(whole, `scene-${name}-${theme}.png`), animations: 'disabled', caret: 'hide' });
        const file = join(kept, `${name}-${theme}.png`);
        const { small, share } = await scaled(page, png, existsSync(file) ? readFileSync(file) : undefined);
        if (renewed) writeFileSync(file, small);
        else if (isComparable && share > shareLimit) others.push(`${theme}: ${(100 * share).toFixed(1)} % of the picture differs from ${file}`);
        expect(await axeFindings(page), theme).toEqual([]);
      }
      expect(others, 'Look at out/screenshots. If it is meant to be so, take the new pictures with KUBEORCH_RENEW_PICTURES=1.').toEqual([]);
      if (!isComparable && !renewed)
        skip(`The pictures were taken with ${existsSync(machineFile) ? readFileSync(machineFile, 'utf8').trim() : 'nothing yet'}; this is ${machine}.`);
    });

    it('keeps no picture of what is no scene any more', () => {
      const wanted = new Set(shown.flatMap(({ name }) => allThemes.map((theme) => `${name}-${theme}.png`)));
      expect((existsSync(kept) ? readdirSync(kept) : []).filter((file) => file.endsWith('.png') && !wanted.has(file))).toEqual([]);
    });
  });
}
