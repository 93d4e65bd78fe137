import { expect, it } from 'vitest';
import type { BrowserHost } from '../bridge/browserHost';
import { axeFindings } from './axeFindings';
import { describePages, sampleOf } from './devPage';

const sample = await sampleOf(
  'apiVersion: kubeorch.dev/v1alpha1\nkind: Workflow\nname: tags\nnodes:\n  web: { type: deployment, image: registry.example/shop/web:1.0 }\n',
);
const image = 'registry.example/shop/web';

describePages('the field of an image', (open) => {
  const opened = async (theme: 'vscode-dark' | 'vscode-light' | 'vscode-high-contrast' = 'vscode-dark', faultsAllowed = false) => {
    const page = await open({ sample, theme, faultsAllowed });
    await page.evaluate((name) => ((window.kubeorchHost as BrowserHost).imageTags = { [name]: ['1.0', '1.1', '2.0'] }), image);
    await page.locator('.react-flow__node[data-id="web"] .card-header').click();
    const place = page.locator(`.inspector [data-field='["image"]']`);
    const field = place.locator('input');
    await field.waitFor();
    const written = (): Promise<unknown> => page.evaluate(() => (window.kubeorchHost as BrowserHost).workflow.nodes[0]?.data['image']);
    const edits = (): Promise<number> => page.evaluate(() => (window.kubeorchHost as BrowserHost).heard.filter(({ name }) => name === 'applyEdit').length);
    return { page, place, field, options: place.getByRole('option'), written, edits };
  };

  it('offers the tags behind a name, the last one first, and takes the one that the keys lead to by one edit', async () => {
    const { page, field, options, written, edits } = await opened();
    await field.fill(`${image}:`);
    await expect.poll(() => options.allTextContents()).toEqual([`${image}:2.0`, `${image}:1.1`, `${image}:1.0`]);
    // What is typed further chooses among them without asking once more.
    await field.fill(`${image}:1`);
    await expect.poll(() => options.allTextContents()).toEqual([`${image}:1.1`, `${image}:1.0`]);
    await field.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowUp');
    expect(await edits()).toBe(0);
    await page.keyboard.press('Enter');
    await expect.poll(written).toBe(`${image}:1.1`);
    expect([await edits(), await options.count(), await field.inputValue()]).toEqual([1, 0, `${image}:1.1`]);
    // The field has the keyboard again.
    await page.keyboard.press('End');
    await page.keyboard.type('-x');
    await page.keyboard.press('Enter');
    await expect.poll(written).toBe(`${image}:1.1-x`);
  });

  it('takes what is clicked, and goes back from the list and from what was typed by Escape', async () => {
    const { page, place, field, options, written, edits } = await opened();
    await field.fill(`${image}:`);
    await options.first().waitFor();
    await field.press('ArrowDown');
    await page.keyboard.press('Escape');
    expect(await place.locator('vscode-textfield').evaluate((element) => element === document.activeElement)).toBe(true);
    await page.keyboard.press('Escape');
    expect([await field.inputValue(), await options.count(), await edits()]).toEqual([`${image}:1.0`, 0, 0]);
    await field.fill(`${image}:`);
    await options.nth(0).click();
    await expect.poll(written).toBe(`${image}:2.0`);
    expect(await edits()).toBe(1);
  });

  it('offers nothing where no registry answers, and commits what was typed when it is left', async () => {
    const { page, field, options, written } = await opened();
    await field.fill('elsewhere.example/x:');
    await expect.poll(() => page.evaluate(() => (window.kubeorchHost as BrowserHost).heard.some(({ name }) => name === 'imageTags'))).toBe(true);
    expect(await options.count()).toBe(0);
    await field.fill('elsewhere.example/x:3');
    await field.blur();
    await expect.poll(written).toBe('elsewhere.example/x:3');
  });

  it.each(['vscode-dark', 'vscode-light', 'vscode-high-contrast'] as const)('is legible and named in %s', async (theme) => {
    // axe sets styles of its own, which the policy refuses.
    const { page, field, options } = await opened(theme, true);
    await field.fill(`${image}:`);
    await options.first().waitFor();
    await field.press('ArrowDown');
    await page.screenshot({ path: `out/screenshots/image-tags-${theme}.png` });
    expect(await options.first().evaluate((element) => element === document.activeElement)).toBe(true);
    expect(await axeFindings(page)).toEqual([]);
  });
});
