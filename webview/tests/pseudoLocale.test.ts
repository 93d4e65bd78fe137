import { getL10nPseudoLocalized } from '@vscode/l10n-dev';
import type { Page } from 'playwright-core';
import { beforeAll, expect, it, vi } from 'vitest';
import { bundledTexts } from '../../src/build/l10nTexts.mjs';
import { resourceDetail } from '../../src/engine/index';
import type { Catalog } from '../../src/shared/catalog';
import { optionsOf } from '../../src/shared/nodeOptions';
import { wordedCatalog } from '../../src/shared/wordedCatalog';
import type { BrowserResourceHost } from '../bridge/browserResourceHost';
import { comparisons } from './comparisons';
import type { DevPageOptions } from './devPage';
import { describePages, sampleOf, sandboxTarget } from './devPage';
import { scenes } from './scenes';

vi.setConfig({ testTimeout: 90_000 });

/** What is shown or said and stands in no language: names, units, keys and file formats. */
const names = ['KubeOrch', 'Kubernetes', 'YAML', 'JSON', 'React Flow attribution', 'React Flow'];

/** Every text that a person can read or hear in the page: of elements, and of the attributes that are shown or read out. */
function shownTexts(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    const attributes = ['aria-label', 'aria-description', 'aria-roledescription', 'title', 'placeholder', 'alt', 'label'];
    const visit = (node: Node): void => {
      if (node.nodeType === Node.TEXT_NODE) found.push(node.textContent ?? '');
      if (node instanceof Element) {
        if (['SCRIPT', 'STYLE', 'PRE'].includes(node.tagName)) return;
        if (node.closest('[aria-hidden="true"]') === null) for (const name of attributes) found.push(node.getAttribute(name) ?? '');
        if (node.shadowRoot !== null && node.getAttribute('aria-hidden') !== 'true') node.shadowRoot.childNodes.forEach(visit);
      }
      node.childNodes.forEach(visit);
    };
    visit(document.body);
    return [...new Set(found.map((text) => text.trim()).filter((text) => text !== ''))];
  });
}

/** Every string in a value, keys too. */
function stringsIn(value: unknown): readonly string[] {
  // A card shows an image without its registry.
  if (typeof value === 'string') return [value, value.slice(value.lastIndexOf('/') + 1)];
  if (typeof value === 'number') return [String(value)];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => [key, ...stringsIn(item)]);
}

/**
 * Texts that hold letters of plain English once all that is data has been taken out. In the pseudo-language no letter of a sentence is
 * a plain one, so whatever is left was not taken from the bundle.
 */
function untranslated(texts: readonly string[], data: readonly string[]): readonly string[] {
  const known = [...new Set([...names, ...data])].filter((text) => /[a-z]{2}/i.test(text)).sort((a, b) => b.length - a.length);
  return texts.flatMap((text) => {
    let left = text;
    for (const one of known) left = left.replaceAll(one, ' ');
    return /[A-Za-z]{2}/.test(left) ? [`${text} (${left.trim()})`] : [];
  });
}

/** Kinds, options and units of the API are its own words. */
const ofApi = (catalog: Catalog): readonly string[] => [
  'ms',
  'Mi',
  'Gi',
  ...catalog.kinds.flatMap((one) => [
    one.kind,
    one.type,
    one.defaultName,
    ...stringsIn([one.fields, optionsOf(one)]).filter((text) => !/[^\x20-\x7e]/.test(text) && !text.includes(' ')),
  ]),
];

/** Scenes with words of their own; what they leave out is said in these too. */
const spoken = scenes.filter(({ name }) => !['states', 'run', 'edge'].includes(name));

describePages('pages in a language of no land', (openPage) => {
  let texts: Readonly<Record<string, string>> = {};
  beforeAll(async () => {
    const bundle = await bundledTexts();
    const pseudo = getL10nPseudoLocalized(bundle);
    texts = Object.fromEntries(Object.entries(pseudo).map(([english, said]) => [english, typeof said === 'string' ? said : said.message]));
  }, 240_000);
  const say = (english: string): string => texts[english] ?? english;
  const open = (options: DevPageOptions): Promise<Page> =>
    openPage({
      ...options,
      script: `window.kubeorchTexts = ${JSON.stringify(texts).replaceAll('<', '\\u003c')};
        Date.prototype.toLocaleTimeString = Date.prototype.toLocaleDateString = Date.prototype.toLocaleString = () => '09:12';`,
    });

  it.each(spoken)('the canvas says nothing that is not in the bundle: $name', async ({ text, statuses, act, data }) => {
    const english = await sampleOf(text, statuses);
    const sample = { ...english, catalog: wordedCatalog(english.catalog, say) };
    const page = await open({ sample });
    await page.waitForSelector('.react-flow__pane');
    await act?.(page);
    await page.evaluate(() => document.querySelectorAll('details').forEach((section) => (section.open = true)));
    expect(untranslated(await shownTexts(page), [...stringsIn([english.workflow, statuses, data, sandboxTarget]), ...ofApi(sample.catalog)])).toEqual([]);
  });

  it.each(['compare', 'conflict', 'replay'] as const)('a page of comparison says nothing that is not in the bundle: %s', async (kind) => {
    const { [kind]: compared, catalog } = await comparisons();
    const said = wordedCatalog(catalog, say);
    const page = await open({ page: 'compare', compare: { page: compared, catalog: said } });
    await page.waitForSelector('.react-flow__node');
    // Labels of the sides are the host's words.
    expect(untranslated(await shownTexts(page), [...stringsIn(compared), ...ofApi(said)])).toEqual([]);
  });

  it('the page of a resource says nothing that is not in the bundle', async () => {
    const page = await open({ page: 'resource' });
    await page.waitForSelector('.resource-wait');
    const object = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: '1',
        namespace: '2',
        uid: '3',
        labels: { '4': '5' },
        creationTimestamp: '2026-03-01T09:00:00Z',
        deletionTimestamp: '2026-03-01T09:00:00Z',
        finalizers: ['6'],
      },
      spec: {
        nodeName: '7',
        containers: [{ name: '8', image: '9', ports: [{ containerPort: 80 }], env: [{ name: '10', value: '11' }], resources: { limits: { cpu: '1' } } }],
      },
      status: { phase: '12', conditions: [{ type: '13', status: '14', reason: '15', message: '16' }] },
    };
    const event = { uid: '17', type: 'Warning', reason: '18', message: '19', count: 2, lastSeen: '2026-03-01T09:00:00Z', source: '20' } as const;
    const owners = [{ ref: { apiVersion: '21', kind: '22', namespace: '23', name: '24' }, readable: true }];
    const history = [{ id: 1, at: '2026-03-01T09:00:00Z', action: 'updated' as const, text: '25', fields: [{ path: '26', before: '27', after: '28' }] }];
    const detail = resourceDetail({
      object,
      cluster: '29',
      gone: false,
      owners,
      children: [],
      events: [event],
      history,
      nowMs: Date.parse('2026-03-01T12:00:00Z'),
    });
    await page.evaluate((told) => (window.kubeorchHost as unknown as BrowserResourceHost).send(told), {
      detail,
      health: { connected: false, error: '30', staleSince: '2026-03-01T11:59:00Z' },
      missing: ['31'],
      absent: false,
    });
    for (const tab of ['Overview', 'Describe', 'Events', 'History']) {
      await page.getByRole('tab', { name: say(tab) }).click();
      expect(
        untranslated(await shownTexts(page), [
          'Pod',
          'v1',
          // What a row says in one line is the engine's, as in `kubeorch get`.
          ...stringsIn(detail.row),
          ...stringsIn(detail.sections.flatMap(({ fields, table }) => [fields.map(({ value }) => value), table?.rows])),
        ]),
        tab,
      ).toEqual([]);
    }
  });

  it('the page of logs says nothing that is not in the bundle', async () => {
    const page = await open({ page: 'logs' });
    await page.waitForSelector('.log-box');
    // The page's title is the host's.
    expect(untranslated(await shownTexts(page), ['Logs: vote'])).toEqual([]);
  });
});
