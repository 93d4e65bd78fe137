import type { Locator, Page } from 'playwright-core';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { beforeAll, expect, it, vi } from 'vitest';
import type { Workflow } from '../../src/shared/workflow';
import type { BrowserHost, BrowserHostSample } from '../bridge/browserHost';
import { describePages, sampleOf, votingText } from './devPage';

// A browser on a busy machine takes its time.
vi.setConfig({ testTimeout: 90_000 });

// Pages are dear to open: each is used for many gestures in a row, as a person would.
describePages('gestures on the canvas', (openPage) => {
  let voting: BrowserHostSample;
  beforeAll(async () => {
    voting = await sampleOf(votingText());
  });

  async function open(sample = voting, faultsAllowed = false): Promise<Page> {
    const page = await openPage({ sample, faultsAllowed });
    await page.waitForSelector('.react-flow__pane');
    return page;
  }
  const card = (page: Page, id: string): Locator => page.locator(`.react-flow__node[data-id="${id}"]`);
  const head = (page: Page, id: string): Locator => card(page, id).locator('.card-header');
  const workflowOf = (page: Page): Promise<Workflow> => page.evaluate(() => (window.kubeorchHost as BrowserHost).workflow);
  const ids = async (page: Page): Promise<readonly string[]> => (await workflowOf(page)).nodes.map((node) => node.id);
  const edits = (page: Page): Promise<number> =>
    page.evaluate(() => (window.kubeorchHost as BrowserHost).heard.filter(({ name }) => name === 'applyEdit').length);
  const selected = (page: Page): Promise<readonly string[]> =>
    page.locator('.react-flow__node.selected').evaluateAll((nodes) => nodes.map((node) => node.getAttribute('data-id') ?? '').toSorted());
  const focused = (page: Page): Promise<string> =>
    page.evaluate(() => document.activeElement?.getAttribute('data-id') ?? document.activeElement?.className ?? '');
  const said = (page: Page): Promise<string> => page.locator('.app > [role="status"]').innerText();
  const command = (page: Page, name: string): Promise<void> => page.evaluate((wanted) => (window.kubeorchHost as BrowserHost).command(wanted as never), name);
  const picture = async (page: Page, name: string): Promise<void> => {
    const folder = process.env['KUBEORCH_PICTURES'];
    if (folder === undefined) return;
    mkdirSync(folder, { recursive: true });
    await page.screenshot({ path: `${folder}/${name}.png` });
  };

  it('copies, pastes, cuts, duplicates, each in one step of undo, and keeps the focus', async () => {
    const page = await open();
    const before = await ids(page);
    await head(page, 'vote').click();
    await head(page, 'vote-svc').click({ modifiers: ['Control'] });
    await expect.poll(() => selected(page)).toEqual(['vote', 'vote-svc']);
    await page.keyboard.press('Control+c');
    await expect.poll(() => said(page)).toBe('Copied 2 nodes');
    await page.keyboard.press('Control+v');
    await expect.poll(() => selected(page)).toEqual(['vote-2', 'vote-svc-2']);
    expect((await workflowOf(page)).edges).toContainEqual(expect.objectContaining({ from: 'vote-svc-2', to: 'vote-2' }));
    await page.keyboard.press('Control+z');
    await expect.poll(() => ids(page)).toEqual(before);
    // What had the focus is gone; the canvas has it, so the next key still reaches it.
    expect(await focused(page)).toContain('canvas');
    await head(page, 'worker').click();
    await page.keyboard.press('Control+d');
    await expect.poll(() => selected(page)).toEqual(['worker-2']);
    await page.keyboard.press('Control+x');
    await expect.poll(() => ids(page)).toEqual(before);
    await page.keyboard.press('Control+v');
    await expect.poll(() => selected(page)).toEqual(['worker-2']);
    await page.keyboard.press('Control+z');
    await expect.poll(() => ids(page)).toEqual(before);
    await page.keyboard.press('Control+a');
    await expect.poll(async () => (await selected(page)).length).toBe(before.length);
    // A field keeps its own clipboard.
    await page.keyboard.press('Escape');
    await head(page, 'vote').click();
    await page.locator('.inspector').getByRole('textbox', { name: 'Replicas' }).click();
    await page.keyboard.press('Control+v');
    expect(await ids(page)).toEqual(before);
  });

  it('selects by a box, aligns and distributes in one edit each', async () => {
    const page = await open();
    await head(page, 'vote').click();
    await head(page, 'result').click({ modifiers: ['Control'] });
    await head(page, 'worker').click({ modifiers: ['Control'] });
    const count = await edits(page);
    await command(page, 'alignLeft');
    await expect.poll(() => edits(page)).toBe(count + 1);
    const { layout } = await workflowOf(page);
    expect(new Set(['vote', 'result', 'worker'].map((id) => layout[id]?.[0])).size).toBe(1);
    await command(page, 'distributeVertically');
    await expect.poll(() => said(page)).toBe('Distributed 3 nodes');
    await page.keyboard.press('Escape');
    // A box over two cards, drawn from an empty place.
    const [first, second] = [await card(page, 'redis-svc').boundingBox(), await card(page, 'redis').boundingBox()];
    if (first === null || second === null) throw new Error('The cards are not there.');
    await page.mouse.move(first.x - 12, Math.min(first.y, second.y) - 12);
    await page.mouse.down();
    await page.mouse.move(second.x + 40, Math.max(first.y, second.y) + 20, { steps: 6 });
    await page.mouse.up();
    await expect.poll(async () => (await selected(page)).filter((id) => id.startsWith('redis'))).toEqual(['redis', 'redis-svc']);
    await page.keyboard.press('Escape');
    await command(page, 'alignTop');
    await page.waitForSelector('.notice');
    expect(await page.locator('.notice').innerText()).toContain('Select 2 nodes');
  });

  it('follows connections with arrow keys, finds nodes, and selects what leads where', async () => {
    const page = await open();
    await head(page, 'web').click();
    await card(page, 'web').focus();
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => focused(page)).toMatch(/-svc$/);
    const service = await focused(page);
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => focused(page)).toBe(service.replace('-svc', ''));
    await page.keyboard.press('ArrowLeft');
    await expect.poll(() => focused(page)).not.toBe(service.replace('-svc', ''));
    expect(await edits(page)).toBe(0);
    await page.keyboard.press('Control+f');
    await page.waitForSelector('.find-bar');
    await page.keyboard.type('secret');
    await expect.poll(() => page.locator('.find-count').innerText()).toMatch(/^1 of \d/);
    await expect.poll(() => selected(page)).toEqual(['db-secret']);
    await picture(page, 'find');
    await page.getByRole('button', { name: 'Fade what is not found' }).click();
    await expect.poll(() => card(page, 'vote').locator('.card').getAttribute('data-faded')).toBe('true');
    expect(await card(page, 'db-secret').locator('.card').getAttribute('data-faded')).toBe('false');
    await picture(page, 'filter');
    await page.locator('.find-bar').getByRole('textbox').click();
    await page.keyboard.press('Escape');
    await expect.poll(() => focused(page)).toBe('db-secret');
    await command(page, 'selectDownstream');
    await expect.poll(async () => (await selected(page)).includes('db')).toBe(true);
    await page.keyboard.press('1');
    await head(page, 'vote').click();
    await command(page, 'selectReferrers');
    await expect.poll(() => page.locator('.notice').last().innerText()).toContain('vote-svc');
  });

  it('groups, names, collapses, moves and expands nodes', async () => {
    const page = await open();
    await head(page, 'vote').click();
    await head(page, 'vote-svc').click({ modifiers: ['Control'] });
    await command(page, 'groupSelection');
    await page.waitForSelector('.group-name-field');
    await page.keyboard.type('Front');
    await page.keyboard.press('Enter');
    await expect.poll(async () => (await workflowOf(page)).groups).toEqual({ group: { label: 'Front', nodes: ['vote', 'vote-svc'] } });
    await picture(page, 'group');
    await page.getByRole('button', { name: 'Collapse Front' }).click();
    await expect.poll(() => card(page, 'vote').count()).toBe(0);
    expect(await card(page, 'group#group').textContent()).toContain('2 nodes');
    await picture(page, 'collapsed');
    const before = (await workflowOf(page)).layout;
    const box = await card(page, 'group#group').boundingBox();
    if (box === null) throw new Error('The group has no card.');
    await page.mouse.move(box.x + 60, box.y + 20);
    await page.mouse.down();
    await page.mouse.move(box.x + 90, box.y + 90, { steps: 5 });
    await page.mouse.up();
    await expect.poll(async () => (await workflowOf(page)).layout['vote']).not.toEqual(before['vote']);
    const after = (await workflowOf(page)).layout;
    const shift = (id: string): readonly number[] => [0, 1].map((axis) => (after[id]?.[axis] ?? 0) - (before[id]?.[axis] ?? 0));
    expect(shift('vote')).toEqual(shift('vote-svc'));
    await page.keyboard.press('Control+z');
    await page.getByRole('button', { name: 'Expand Front' }).click();
    await expect.poll(() => card(page, 'vote').count()).toBe(1);
    await page.getByRole('button', { name: 'Front', exact: true }).click();
    await expect.poll(() => selected(page)).toEqual(['vote', 'vote-svc']);
    await command(page, 'ungroupSelection');
    await expect.poll(async () => (await workflowOf(page)).groups).toEqual({});
  });

  it('has no accessibility violation in a collapsed and an open group, the bar that finds, and an empty canvas, in any theme', async () => {
    const checker = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
    const grouped = {
      ...voting.workflow,
      groups: { front: { label: 'Front', nodes: ['vote', 'vote-svc'] }, back: { nodes: ['db', 'db-svc'], collapsed: true } },
    };
    // The checker adds styles of its own, which the page's policy refuses.
    const page = await open({ ...voting, workflow: grouped }, true);
    await page.evaluate(checker);
    await card(page, 'group#back').waitFor();
    await page.keyboard.press('Control+a');
    await page.locator('.canvas').focus();
    await page.keyboard.press('Control+a');
    await page.keyboard.press('Control+f');
    await page.waitForSelector('.find-bar');
    const check = async (state: string): Promise<void> => {
      for (const theme of ['vscode-dark', 'vscode-light', 'vscode-high-contrast', 'vscode-high-contrast-light']) {
        await page.evaluate((name) => {
          document.body.className = name;
        }, theme);
        await picture(page, `${state}-${theme}`);
        const found = await page.evaluate(async () => {
          const { axe } = window as unknown as {
            axe: { run(context: unknown, options: unknown): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
          };
          const { violations } = await axe.run(document, { resultTypes: ['violations'] });
          return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' | ')}`);
        });
        expect(found, `${state} in ${theme}`).toEqual([]);
      }
    };
    await check('grouped');
    await page.keyboard.press('Escape');
    await page.evaluate(() =>
      (window.kubeorchHost as BrowserHost).become({ ...(window.kubeorchHost as BrowserHost).workflow, nodes: [], edges: [], groups: {} }),
    );
    await page.waitForSelector('.empty-canvas');
    await check('empty');
  });

  it('puts a kind that is dropped on the line of an edge between its two nodes, in one step of undo', async () => {
    const page = await open();
    const before = await workflowOf(page);
    const made = await edits(page);
    const line = page.locator('.react-flow__edge[data-id="worker|||db"] .edge-line');
    const middle = await line.evaluate((element) => {
      const path = element as unknown as SVGPathElement;
      const { x, y } = path.getPointAtLength(path.getTotalLength() / 2).matrixTransform(path.getScreenCTM() ?? undefined);
      return { x, y };
    });
    const kind = page.locator('.palette-item[data-kind="job"]');
    expect(await kind.getAttribute('title')).toMatch(/^Job: .+\n(?:Easy to set up|Takes some knowledge|For experts)$/);
    await kind.scrollIntoViewIfNeeded();
    const box = await kind.boundingBox();
    if (box === null) throw new Error('The palette has no such kind.');
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.move(middle.x - 30, middle.y, { steps: 5 });
    await page.mouse.move(middle.x, middle.y, { steps: 3 });
    await page.mouse.up();
    await expect.poll(() => ids(page)).toHaveLength(before.nodes.length + 1);
    const { nodes, edges } = await workflowOf(page);
    const added = nodes.find((node) => !before.nodes.some(({ id }) => id === node.id));
    expect(added?.type).toBe('job');
    const pairs = (all: Workflow['edges']): readonly string[] => all.map(({ from, to }) => `${from} -> ${to}`).toSorted();
    const id = added?.id ?? '';
    expect(pairs(edges)).toEqual([...pairs(before.edges).filter((pair) => pair !== 'worker -> db'), `worker -> ${id}`, `${id} -> db`].toSorted());
    expect(await edits(page)).toBe(made + 1);
    await picture(page, 'dropped');
    await page.keyboard.press('Control+z');
    await expect.poll(async () => pairs((await workflowOf(page)).edges)).toEqual(pairs(before.edges));
    expect(await ids(page)).toEqual(before.nodes.map((node) => node.id));
  });

  it('begins an empty canvas with a starter, and adds another one from the quick palette', async () => {
    const page = await open({ ...voting, workflow: { ...voting.workflow, nodes: [], edges: [], layout: {}, environments: {} }, nodes: {} });
    await picture(page, 'empty');
    await page.getByRole('button', { name: 'Web app' }).last().click();
    await expect.poll(() => ids(page)).toEqual(['web', 'web-ingress', 'web-svc']);
    expect((await workflowOf(page)).edges).toEqual([
      { from: 'web-ingress', to: 'web-svc', handle: 'web' },
      { from: 'web-svc', to: 'web' },
    ]);
    expect(await edits(page)).toBe(1);
    await page.keyboard.press('Escape');
    await page.mouse.click(700, 700);
    await page.keyboard.press('/');
    await page.waitForSelector('.quick-palette');
    await page.keyboard.type('database');
    await picture(page, 'quick');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');
    await expect.poll(async () => (await ids(page)).includes('db-data')).toBe(true);
    await picture(page, 'starters');
  });

  const centre = async (locator: Locator): Promise<{ x: number; y: number }> => {
    await locator.hover({ trial: true });
    const box = await locator.boundingBox();
    if (box === null) throw new Error('It cannot be seen.');
    return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  };
  const dragTo = async (page: Page, from: { x: number; y: number }, to: { x: number; y: number }): Promise<void> => {
    await page.mouse.move(from.x, from.y);
    await page.mouse.down();
    await page.mouse.move((from.x + to.x) / 2, (from.y + to.y) / 2, { steps: 5 });
    await page.mouse.move(to.x, to.y, { steps: 5 });
    await page.mouse.up();
  };
  const pairsOf = async (page: Page): Promise<readonly string[]> => (await workflowOf(page)).edges.map(({ from, to }) => `${from} -> ${to}`);

  it('moves the end of an edge to another card, or to a new one, in one step each', async () => {
    const page = await open();
    const before = await pairsOf(page);
    const made = await edits(page);
    const end = page.locator('.react-flow__edge[data-id="worker|||db"] .react-flow__edgeupdater-target');
    await dragTo(page, await centre(end), await centre(card(page, 'vote').locator('.react-flow__handle.target')));
    await expect.poll(() => pairsOf(page)).toEqual([...before.filter((pair) => pair !== 'worker -> db'), 'worker -> vote']);
    expect(await edits(page)).toBe(made + 1);
    await page.keyboard.press('Control+z');
    await expect.poll(() => pairsOf(page)).toEqual(before);
    // Let go in the void: what is chosen there gets the edge.
    const at = await centre(end);
    await dragTo(page, at, { x: at.x - 60, y: at.y + 140 });
    await page.waitForSelector('.quick-palette');
    await page.keyboard.type('job');
    await page.keyboard.press('Enter');
    await expect.poll(() => pairsOf(page)).toEqual([...before.filter((pair) => pair !== 'worker -> db'), 'worker -> my-job']);
    expect(await edits(page)).toBe(made + 2);
    await page.keyboard.press('Control+z');
    await expect.poll(() => pairsOf(page)).toEqual(before);
  });

  it('puts a card without connections into the edge that it is dropped on, and only moves one that has some', async () => {
    const loose = { ...voting.workflow, edges: voting.workflow.edges.filter(({ to }) => to !== 'redis') };
    const page = await open({ ...voting, workflow: loose });
    const before = await pairsOf(page);
    const middle = async (): Promise<{ x: number; y: number }> =>
      page.locator('.react-flow__edge[data-id="worker|||db"] .edge-line').evaluate((element) => {
        const path = element as unknown as SVGPathElement;
        const { x, y } = path.getPointAtLength(path.getTotalLength() / 2).matrixTransform(path.getScreenCTM() ?? undefined);
        return { x, y };
      });
    const made = await edits(page);
    await dragTo(page, await centre(head(page, 'redis')), await middle());
    await expect.poll(() => pairsOf(page)).toEqual([...before.filter((pair) => pair !== 'worker -> db'), 'worker -> redis', 'redis -> db']);
    expect(await edits(page)).toBe(made + 1);
    await page.keyboard.press('Control+z');
    await expect.poll(() => pairsOf(page)).toEqual(before);
    await dragTo(page, await centre(head(page, 'result')), await middle());
    await expect.poll(() => edits(page)).toBe(made + 2);
    expect(await pairsOf(page)).toEqual(before);
    expect(await page.locator('[data-taking]').count()).toBe(0);
  });

  it('closes the gap of a deleted node when that is wished, with it or afterwards', async () => {
    const middle = { ...voting.workflow, edges: [...voting.workflow.edges, { from: 'vote', to: 'worker' }] };
    const page = await open({ ...voting, workflow: middle });
    const before = await pairsOf(page);
    const left = before.filter((pair) => !pair.includes('worker'));
    const made = await edits(page);
    await head(page, 'worker').click();
    await page.keyboard.press('Control+Delete');
    await expect.poll(() => pairsOf(page)).toEqual([...left, 'vote -> redis', 'vote -> db']);
    expect(await edits(page)).toBe(made + 1);
    await page.keyboard.press('Control+z');
    await expect.poll(() => pairsOf(page)).toEqual(before);
    await head(page, 'worker').click();
    await page.keyboard.press('Delete');
    await expect.poll(() => pairsOf(page)).toEqual(left);
    await picture(page, 'offered');
    await page.getByRole('button', { name: 'Connect 2 pairs' }).click();
    await expect.poll(() => pairsOf(page)).toEqual([...left, 'vote -> redis', 'vote -> db']);
    expect(await edits(page)).toBe(made + 3);
  });

  it('hears Cmd on Apple keyboards, and leaves Ctrl alone there', async () => {
    const page = await openPage({ sample: voting, script: "Object.defineProperty(navigator, 'platform', { get: () => 'MacIntel' });" });
    await page.waitForSelector('.react-flow__pane');
    const before = await ids(page);
    await head(page, 'worker').click();
    await page.keyboard.press('Control+d');
    await page.keyboard.press('Meta+d');
    await expect.poll(() => ids(page)).toHaveLength(before.length + 1);
    await expect.poll(() => selected(page)).toEqual(['worker-2']);
    await page.keyboard.press('Control+z');
    await page.keyboard.press('Meta+z');
    await expect.poll(() => ids(page)).toEqual(before);
    await page.keyboard.press('Meta+Shift+z');
    await expect.poll(() => ids(page)).toHaveLength(before.length + 1);
    // A field undoes its own typing, and the document stays as it is.
    const image = page.locator('.inspector').getByRole('textbox', { name: 'Image' });
    await head(page, 'worker-2').click();
    await image.click();
    const typed = await image.inputValue();
    await page.keyboard.press('End');
    await page.keyboard.type('x');
    await page.keyboard.press('Meta+z');
    await expect.poll(() => image.inputValue()).toBe(typed);
    expect(await ids(page)).toHaveLength(before.length + 1);
  });

  it('leaves its keys to the window when they were given away, and takes no command of a key into a field', async () => {
    const page = await open({ ...voting, ownKeys: false });
    const before = await ids(page);
    const heard = (): Promise<readonly string[]> => page.evaluate(() => (window as unknown as { heardKeys: string[] }).heardKeys);
    await page.evaluate(() => {
      const keys: string[] = [];
      (window as unknown as { heardKeys: string[] }).heardKeys = keys;
      window.addEventListener('keydown', ({ key }) => keys.push(key));
    });
    await head(page, 'worker').click();
    await page.keyboard.press('Control+d');
    await page.keyboard.press('Delete');
    await expect.poll(heard).toEqual(['Control', 'd', 'Delete']);
    expect(await ids(page)).toEqual(before);
    const byKey = (name: string): Promise<void> => page.evaluate((wanted) => (window.kubeorchHost as BrowserHost).command(wanted as never, true), name);
    await byKey('duplicateSelection');
    await expect.poll(() => ids(page)).toHaveLength(before.length + 1);
    await page.locator('.inspector').getByRole('textbox', { name: 'Image' }).click();
    await byKey('deleteSelection');
    await byKey('toggleOverview');
    // Commands of the palette count wherever the focus was.
    await command(page, 'toggleSettings');
    await page.waitForSelector('.side', { state: 'detached' });
    expect(await ids(page)).toHaveLength(before.length + 1);
    expect(await page.locator('.react-flow__minimap').count()).toBe(1);
  });
});
