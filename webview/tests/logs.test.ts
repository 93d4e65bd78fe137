import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { expect, it, vi } from 'vitest';
import { LogCutter } from '../../src/kube/logs';
import type { LogStreamBody, ParsedLogLine } from '../../src/shared/stream';
import type { BrowserLogHost } from '../bridge/browserLogHost';
import type { DevTheme } from './devPage';
import { describePages } from './devPage';
import { hostileTexts } from './hostileText';

vi.setConfig({ testTimeout: 60_000 });
const escape = '\u001b';

const parsed = (texts: readonly string[], pod = 'vote-5d8f-x2x4k', container = 'vote', first = 0): ParsedLogLine[] =>
  new LogCutter()
    .take(texts.map((text, at) => `2026-03-01T12:00:${String(at % 60).padStart(2, '0')}.${String(at % 1000).padStart(3, '0')}Z ${text}\n`).join(''))
    .map((line, at) => ({ id: first + at, pod, container, ...line }));

describePages('the log page in a browser', (openPage) => {
  async function open(options: { theme?: DevTheme; width?: number; height?: number; script?: string } = {}): Promise<Page> {
    const page = await openPage({ page: 'logs', width: 1200, height: 700, ...options });
    await page.waitForSelector('.log-box');
    return page;
  }
  const send = (page: Page, ...bodies: readonly LogStreamBody[]): Promise<void> =>
    page.evaluate((sent) => {
      for (const body of sent) (window.kubeorchHost as BrowserLogHost).send(body);
    }, bodies);
  const keep = (page: Page, lines: readonly ParsedLogLine[]): Promise<void> =>
    page.evaluate((kept) => {
      (window.kubeorchHost as BrowserLogHost).kept = kept;
    }, lines);
  const heard = (page: Page, name: string): Promise<readonly unknown[]> =>
    page.evaluate((wanted) => (window.kubeorchHost as BrowserLogHost).heard.filter((item) => item.name === wanted).map((item) => item.data), name);
  const log = (lines: readonly ParsedLogLine[], more: { dropped?: number; anew?: { kept: number } } = {}): LogStreamBody => ({
    event_type: 'log',
    data: { lines, ...more },
  });
  const metadata: LogStreamBody = {
    event_type: 'metadata',
    data: {
      nodeId: 'vote',
      namespace: 'voting',
      cluster: 'Sandbox',
      containers: [
        { pod: 'vote-5d8f-x2x4k', container: 'vote', type: 'container' },
        { pod: 'vote-5d8f-x2x4k', container: 'migrate', type: 'init' },
      ],
    },
  };
  const lastRow = (page: Page) => page.locator('.log-row').last();

  it('follows the newest lines, as text, and draws only what can be seen', async () => {
    const page = await open();
    await send(page, metadata, log(parsed(Array.from({ length: 6000 }, (_, at) => `line ${at} <img src=x onerror=alert(1)>`))));
    await expect.poll(() => lastRow(page).textContent()).toContain('line 5999 <img');
    expect(await page.locator('.log-row').count()).toBeLessThan(200);
    expect(await page.locator('.log-box img').count()).toBe(0);
    await expect.poll(() => heard(page, 'taken')).toEqual([{ sequenceNumber: 2 }]);
    await page.getByRole('button', { name: 'Stop following' }).click();
    await expect.poll(() => heard(page, 'setFollow')).toEqual([{ follow: false }]);
  });

  it('holds what is read while new lines come, and jumps to the end when asked', async () => {
    const page = await open();
    await send(page, metadata, log(parsed(Array.from({ length: 5000 }, (_, at) => `line ${at}`))));
    await expect.poll(() => lastRow(page).textContent()).toContain('line 4999');
    await page.locator('.log-box').hover();
    await page.mouse.wheel(0, -20_000);
    await page.locator('.log-jump').waitFor();
    const seen = () => page.locator('.log-row').nth(20).textContent();
    await expect.poll(seen).not.toContain('line 49');
    const before = await seen();
    await send(
      page,
      log(
        parsed(
          Array.from({ length: 300 }, (_, at) => `more ${at}`),
          undefined,
          undefined,
          10_000,
        ),
      ),
    );
    await expect.poll(() => heard(page, 'taken')).toHaveLength(2);
    expect(await seen()).toBe(before);
    await page.locator('.log-jump').click();
    await expect.poll(() => lastRow(page).textContent()).toContain('more 299');
  });

  it('keeps to the end when a scroll is heard while the next lines are on their way, and leaves it with who scrolls up', async () => {
    const page = await open();
    await send(page, metadata, log(parsed(Array.from({ length: 200 }, (_, at) => `line ${at}`))));
    await expect.poll(() => lastRow(page).textContent()).toContain('line 199');
    await page.locator('.log-space').evaluate((space: HTMLElement) => {
      space.style.height = `${space.clientHeight + 500}px`;
      space.parentElement?.dispatchEvent(new Event('scroll'));
    });
    await send(
      page,
      log(
        parsed(
          Array.from({ length: 50 }, (_, at) => `later ${at}`),
          undefined,
          undefined,
          200,
        ),
      ),
    );
    await expect.poll(() => lastRow(page).textContent()).toContain('later 49');
    await page.locator('.log-box').hover();
    await page.mouse.wheel(0, -600);
    await page.locator('.log-jump').waitFor();
    await send(page, log(parsed(['the last one'], undefined, undefined, 250)));
    await page.locator('.log-jump').click();
    await expect.poll(() => lastRow(page).textContent()).toContain('the last one');
  });

  it('reaches lines that only the host keeps, by scrolling and by searching', async () => {
    const page = await open();
    const kept = parsed(Array.from({ length: 20_000 }, (_, at) => (at === 77 ? 'needle' : `line ${at}`)));
    await keep(page, kept);
    await send(page, metadata, log(kept.slice(-5000), { anew: { kept: kept.length } }));
    await expect.poll(() => lastRow(page).textContent()).toContain('line 19999');
    await page.locator('.log-box').focus();
    await page.keyboard.press('Home');
    await expect.poll(() => heard(page, 'readLines')).toHaveLength(1);
    await page.keyboard.press('ArrowUp');
    await expect.poll(() => page.locator('.log-row').first().textContent()).toMatch(/line 149\d\d/);
    await page.keyboard.press('ControlOrMeta+f');
    await page.keyboard.type('needle');
    await expect.poll(() => page.locator('.log-row[data-current="true"]').textContent()).toContain('needle');
    expect(await page.locator('.logs-count').textContent()).toBe('1 of 1');
    expect(await page.locator('.log-row[data-current="true"] mark').textContent()).toBe('needle');
    await page.locator('.log-jump').click();
    await expect.poll(() => heard(page, 'newest')).toHaveLength(1);
  });

  it('asks the host for what is filtered, once per pause in typing', async () => {
    const page = await open();
    await send(page, metadata, log(parsed(['one'])));
    await page.locator('.logs-filter input').click();
    await page.keyboard.type('pool|queue');
    await page.getByRole('button', { name: 'Use a regular expression' }).click();
    await page.getByRole('button', { name: 'Only these levels: Errors' }).click();
    await expect.poll(async () => (await heard(page, 'select')).at(-1)).toEqual({ text: 'pool|queue', regex: true, levels: ['error'], sources: [] });
    expect((await heard(page, 'select')).length).toBeLessThanOrEqual(3);
    await page.locator('.logs-origin').click();
    await expect.poll(() => page.locator('.logs-origin').textContent()).toContain('Last 5 minutes');
  });

  it('takes JSON lines apart and unfolds them, wraps, and shows times, by keyboard too', async () => {
    const page = await open();
    await send(page, metadata, log(parsed(['plain', '{"level":"error","msg":"could not connect","host":"db","attempt":3}', 'x'.repeat(2000)])));
    const row = page.locator('.log-row').nth(1);
    await expect.poll(() => row.locator('.log-level').textContent()).toBe('ERROR ');
    expect(await row.textContent()).toContain('could not connect');
    expect(await row.locator('.log-fields').textContent()).toContain('host=db');
    await page.locator('.log-box').focus();
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    expect(await row.locator('dt').allTextContents()).toEqual(['host', 'attempt']);
    const boxes = async () => Promise.all([0, 1, 2].map(async (at) => (await page.locator('.log-row').nth(at).boundingBox()) ?? { y: 0, height: 0 }));
    await page.getByRole('button', { name: 'Wrap long lines' }).click();
    await expect.poll(async () => (await boxes())[2]?.height ?? 0).toBeGreaterThan(60);
    // The space is as high as what the browser made of the rows.
    await expect
      .poll(async () => {
        const heights = (await boxes()).reduce((sum, box) => sum + box.height, 0);
        const space = (await page.locator('.log-space').boundingBox())?.height ?? 0;
        return Math.abs(space - heights);
      })
      .toBeLessThan(2);
    await page.getByRole('button', { name: 'Times: off' }).click();
    await page.getByRole('button', { name: 'Times: local' }).click();
    await expect.poll(() => page.locator('.log-time').first().textContent()).toBe('12:00:00.000Z ');
    await page.locator('.log-box').focus();
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.press('ControlOrMeta+c');
    await expect.poll(async () => ((await heard(page, 'copyText'))[0] as { text: string } | undefined)?.text.split('\n').length).toBe(3);
  });

  it('says in the place of it what happened to a container', async () => {
    const page = await open();
    const mark = (id: number, message: string, kind: NonNullable<ParsedLogLine['mark']>): ParsedLogLine => ({
      id,
      pod: 'p',
      container: '',
      timestamp: '',
      message,
      mark: kind,
    });
    await send(page, metadata, log([...parsed(['before']), mark(90, 'vote was started again (exit 137, OOMKilled).', 'restarted')], { dropped: 12_345 }));
    await expect
      .poll(() => page.locator('.log-mark').allTextContents())
      .toEqual(['12345 lines came faster than they could be shown. Search and filter find them.', 'vote was started again (exit 137, OOMKilled).']);
  });

  it('lets nothing through that six hundred hostile lines try', async () => {
    const texts = hostileTexts();
    expect(texts.length).toBeGreaterThanOrEqual(600);
    const page = await open({
      script: `window.attempts = [];
        const note = (name) => (...args) => { window.attempts.push([name, ...args.map(String)]); };
        for (const name of ['open', 'alert', 'prompt', 'confirm', 'print', 'fetch']) window[name] = note(name);
        if (navigator.clipboard) { navigator.clipboard.writeText = note('clipboard'); navigator.clipboard.write = note('clipboard'); }
        document.execCommand = note('execCommand');`,
    });
    await send(page, metadata);
    const before = await page.evaluate(() => (window.kubeorchHost as BrowserLogHost).heard.length);
    const shown = new Set<string>();
    // Plain lines, and the same once more hidden in JSON, which undoes escapes of its own.
    const all = [
      ...parsed(texts),
      ...parsed(
        texts.map((text) => JSON.stringify({ level: 'info', msg: text, [text]: text })),
        undefined,
        undefined,
        5000,
      ),
    ];
    for (const line of all) expect(line.message).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/);
    for (let at = 0; at < all.length; at += 40) {
      await send(page, log(all.slice(at, at + 40), { anew: { kept: Math.min(40, all.length - at) } }));
      const last = all[Math.min(at + 39, all.length - 1)];
      await page.locator(`.log-row[data-id="${last?.id}"]`).waitFor();
      const found = await page.evaluate(() => ({
        rows: [...document.querySelectorAll('.log-row')].map((row) => [Number((row as HTMLElement).dataset['id']), row.textContent] as const),
        // Attributes as well: a title is text, too.
        raw: /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/.test(document.documentElement.outerHTML),
        elements: document.querySelectorAll('.log-box :is(a, img, script, svg, iframe, object, embed, form, input, style, link)').length,
        links: document.querySelectorAll('[href]:not(link), [src]:not(script)').length,
      }));
      expect(found).toMatchObject({ raw: false, elements: 0, links: 0 });
      for (const [id, text] of found.rows) shown.add(`${id} ${text ?? ''}`);
    }
    expect(shown.size).toBeGreaterThanOrEqual(all.length);
    expect(await page.evaluate(() => (window as unknown as { attempts: unknown[] }).attempts)).toEqual([]);
    // Nothing goes back but the word that lines were taken.
    const sent = await page.evaluate((from) => (window.kubeorchHost as BrowserLogHost).heard.slice(from).map(({ name }) => name), before);
    expect(new Set(sent)).toEqual(new Set(['taken']));
  });

  it('can be used with a screen reader and in every theme, also at twice the size', async () => {
    const checker = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
    const lines = parsed([
      `${escape}[32mINFO${escape}[0m  server listening on :8080`,
      `${escape}[90m12:00:01${escape}[0m ${escape}[33mWARN${escape}[0m  pool is nearly full ${escape}[1m(18 of 20)${escape}[0m`,
      `${escape}[31mERROR${escape}[0m connection refused: ${escape}[4mredis:6379${escape}[0m`,
      '{"level":"info","msg":"vote counted","option":"cats","ms":3}',
      '{"level":"error","msg":"could not store the vote","error":"dial tcp 10.96.0.12:6379: connection refused","attempt":3}',
      `${escape}[30;42m PASS ${escape}[0m ${escape}[38;5;208morange${escape}[0m ${escape}[38;2;120;80;250mviolet${escape}[0m ${escape}[3mitalic${escape}[0m`,
      'GET /healthz 200 1ms',
    ]);
    const others = parsed(['applying migration 0007', 'done'], 'vote-5d8f-x2x4k', 'migrate', 100);
    const mark: ParsedLogLine = {
      id: 200,
      pod: 'p',
      container: '',
      timestamp: '',
      message: 'vote-5d8f-x2x4k/vote was started again (exit 137, OOMKilled).',
      mark: 'restarted',
    };
    for (const theme of ['vscode-dark', 'vscode-light', 'vscode-high-contrast', 'vscode-high-contrast-light'] as const) {
      const page = await open({ theme });
      await send(
        page,
        metadata,
        log([
          ...others,
          ...lines,
          mark,
          ...parsed(
            Array.from({ length: 12 }, (_, at) => `GET /vote/${at} 200 2ms`),
            undefined,
            undefined,
            300,
          ),
        ]),
      );
      await page.locator('.log-row[data-id="4"] .log-fold').click();
      await page.locator('.logs-search input').fill('vote');
      await page.locator('.log-details').waitFor();
      await page.screenshot({ path: `out/screenshots/logs-${theme}.png` });
      await page.evaluate(checker);
      const violations = await page.evaluate(async () => {
        const { axe } = window as unknown as {
          axe: { run(context: unknown, options: unknown): Promise<{ violations: { id: string; nodes: { html: string; failureSummary: string }[] }[] }> };
        };
        const result = await axe.run(document, { resultTypes: ['violations'] });
        return result.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.html} ${node.failureSummary}`).join(' | ')}`);
      });
      expect(violations).toEqual([]);
      await page.context().close();
    }
    // Twice the size is half the room.
    const page = await open({ width: 600, height: 350 });
    await send(page, metadata, log([...others, ...lines]));
    await lastRow(page).waitFor();
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(overflow).toBe(0);
    expect((await page.locator('.log-box').boundingBox())?.height ?? 0).toBeGreaterThan(120);
    await page.screenshot({ path: 'out/screenshots/logs-narrow.png' });
    // Wrapped, nothing is left to scroll to.
    await page.getByRole('button', { name: 'Wrap long lines' }).click();
    expect(await page.locator('.log-box').evaluate((box) => box.scrollWidth <= box.clientWidth)).toBe(true);
  });
});
