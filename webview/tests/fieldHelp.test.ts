import type { Page } from 'playwright-core';
import { expect, it, vi } from 'vitest';
import type { BrowserHost } from '../bridge/browserHost';
import { axeFindings } from './axeFindings';
import { describePages, sampleOf } from './devPage';
import { allThemes, setTheme } from './keptPictures';

// A browser on a busy machine takes its time.
vi.setConfig({ testTimeout: 120_000 });

const text = `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: shop
nodes:
  web: { type: deployment, image: nginx, replicas: 2, port: 80, env: { MODE: live }, command: [serve], paused: true, strategy: Recreate }
  bare: { type: deployment }
`;

interface Stop {
  /** The path of the field that the keyboard is in. */
  readonly place: string;
  /** What the foot of the panel says. */
  readonly shown: string;
  /** What a screen reader says behind the control's name. */
  readonly described: string;
  readonly covered: boolean;
}

/** Where the keyboard is now. */
function look(page: Page): Promise<Stop> {
  return page.evaluate(() => {
    const host = document.activeElement;
    const control = host?.shadowRoot?.activeElement ?? host;
    const help = document.querySelector('.field-help');
    const [box, foot] = [host?.getBoundingClientRect(), help?.getBoundingClientRect()];
    return {
      place: host?.closest<HTMLElement>('.form [data-field]')?.dataset['field'] ?? '',
      shown: help?.querySelector('p')?.textContent ?? '',
      described: control?.getAttribute('aria-description') ?? '',
      covered: box !== undefined && foot !== undefined && box.bottom > foot.top,
    };
  });
}

describePages('what a field is for', (open) => {
  async function openForm(id = 'web'): Promise<Page> {
    const page = await open({ sample: await sampleOf(text), height: 620, faultsAllowed: true });
    await page.locator(`.react-flow__node[data-id="${id}"]`).focus();
    // It selects, and then goes into the settings.
    await page.keyboard.press('Enter');
    await page.locator(`.react-flow__node.selected[data-id="${id}"]`).waitFor();
    await page.keyboard.press('Enter');
    await expect.poll(async () => (await look(page)).shown).toBe('The key in the file, which edges name.');
    return page;
  }

  it('is shown and said wherever the keyboard goes in a form, and covers nothing of it', async () => {
    const page = await openForm();
    const { kinds } = (await sampleOf(text)).catalog;
    const fields = kinds.find(({ type }) => type === 'deployment')?.fields ?? [];
    const seen = new Map<string, Stop>();
    // To the last field of the form, and back out at the end of the page.
    for (let steps = 0; steps < 150; steps += 1) {
      await page.keyboard.press('Tab');
      const stop = await look(page);
      if (stop.place === '') continue;
      const name = String((JSON.parse(stop.place) as readonly string[])[0]);
      const own = fields.find((field) => field.name === name);
      expect(stop.covered, stop.place).toBe(false);
      if (own !== undefined && own.type !== 'object' && own.type !== 'array') expect(stop.shown, stop.place).toBe(own.description);
      seen.set(stop.place, stop);
    }
    expect(seen.get('["replicas"]')).toMatchObject({ described: 'How many copies run. 0 stops them all and keeps everything else.' });
    // A line of text, a tick, a choice, a list and a map.
    for (const name of ['image', 'paused', 'strategy', 'command', 'env']) {
      const description = fields.find((field) => field.name === name)?.description ?? '';
      expect(
        [...seen.values()].find(({ place }) => place === JSON.stringify([name])),
        name,
      ).toMatchObject({ shown: description, described: description });
    }
  });

  it('is legible in every theme, and goes when the keyboard leaves the form', async () => {
    const page = await openForm();
    for (const theme of allThemes) {
      await setTheme(page, theme);
      await page.screenshot({ path: `out/screenshots/field-help-${theme}.png` });
      expect(await axeFindings(page), theme).toEqual([]);
    }
    await page.keyboard.press('Escape');
    await page.locator('.field-help').waitFor({ state: 'detached' });
  });

  it('is said with what is wrong', async () => {
    const page = await openForm('bare');
    const image = page.locator(`.inspector [data-field='["image"]'] input`);
    await expect.poll(() => image.getAttribute('aria-invalid')).toBe('true');
    const wrong = await page.locator(`.inspector [data-field='["image"]'] .problem-body`).evaluate((line) => line.lastChild?.textContent ?? '');
    expect(wrong).toContain('image');
    expect(await image.getAttribute('aria-description')).toBe(`The container image, such as \`nginx:1.29\` or \`ghcr.io/acme/web:1.4\`. ${wrong}`);
    const session = await page.context().newCDPSession(page);
    const { nodes } = await session.send('Accessibility.getFullAXTree');
    const heard = nodes.find(({ role, name }) => role?.value === 'textbox' && name?.value === 'Image');
    expect(heard?.description?.value).toContain(wrong);
    await session.detach();
  });

  it('does not come between press and release of the mouse', async () => {
    const page = await openForm();
    await page.keyboard.press('Escape');
    const box = page.locator(`.inspector [data-field='["paused"]'] vscode-checkbox`);
    await box.scrollIntoViewIfNeeded();
    await box.click();
    const paused = (): Promise<unknown> => page.evaluate(() => (window.kubeorchHost as BrowserHost).workflow.nodes[0]?.data['paused']);
    await expect.poll(paused).toBe(false);
    expect(await page.locator('.field-help').count()).toBe(0);
    await page.keyboard.press('Shift+Tab');
    await page.locator('.field-help').waitFor();
  });
});
