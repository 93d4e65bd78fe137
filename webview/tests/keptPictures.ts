import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Page } from 'playwright-core';
import type { DevTheme } from './devPage';

export const allThemes: readonly DevTheme[] = ['vscode-dark', 'vscode-light', 'vscode-high-contrast', 'vscode-high-contrast-light'];
export const kept = join(process.cwd(), 'webview/tests/pictures');
export const whole = join(process.cwd(), 'out/screenshots');
/** Pictures are kept and compared this large: letters' edges blur away, and what moved, changed its colour or went is still seen. */
const [width, height] = [360, 225];
/** A point that differs by more than this in one of its colours, of 255, counts as another one. */
const pointLimit = 48;
/** The share of points that may be others: the drawing of letters and curves differs a little from one machine to the next. */
const shareLimit = 0.01;
export const renewed = process.env['KUBEORCH_RENEW_PICTURES'] !== undefined;

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

/** Shows the page in a theme, once its colours have faded into those of the theme. */
export async function setTheme(page: Page, theme: DevTheme): Promise<void> {
  await page.evaluate((next) => (document.body.className = next), theme);
  await page.evaluate(async () => Promise.all(document.getAnimations().map(async (animation) => animation.finished.catch(() => undefined))));
}

/** Pictures that are kept, as far as those of this machine can be compared with them. */
export class KeptPictures {
  readonly #page: Page;
  readonly #machine: string;
  readonly #ofMachine: string;
  /** What differs from what is kept. */
  readonly others: string[] = [];

  private constructor(page: Page, machine: string, ofMachine: string) {
    this.#page = page;
    this.#machine = machine;
    this.#ofMachine = ofMachine;
  }

  static async open(page: Page): Promise<KeptPictures> {
    const machine = await machineOf(page);
    const machineFile = join(kept, 'machine.txt');
    mkdirSync(kept, { recursive: true });
    mkdirSync(whole, { recursive: true });
    if (renewed) writeFileSync(machineFile, `${machine}\n`);
    return new KeptPictures(page, machine, existsSync(machineFile) ? readFileSync(machineFile, 'utf8').trim() : 'nothing yet');
  }

  /** Why nothing was compared; undefined when it was. */
  get reason(): string | undefined {
    return renewed || this.#ofMachine === this.#machine ? undefined : `The pictures were taken with ${this.#ofMachine}; this is ${this.#machine}.`;
  }

  /** @param name of the kept picture, `<name>.png` */
  async compare(name: string, png: Buffer): Promise<void> {
    const file = join(kept, `${name}.png`);
    const { small, share } = await scaled(this.#page, png, existsSync(file) ? readFileSync(file) : undefined);
    if (renewed) {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, small);
    } else if (this.reason === undefined && share > shareLimit) this.others.push(`${(100 * share).toFixed(1)} % of the picture differs from ${file}`);
  }
}

export const lookAtIt = 'Look at out/screenshots. If it is meant to be so, take the new pictures with KUBEORCH_RENEW_PICTURES=1.';
