import type { Locator, Page } from 'playwright-core';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { beforeAll, expect, it, vi } from 'vitest';
import type { NodeStatus } from '../../src/shared/nodeStatus';
import type { Workflow } from '../../src/shared/workflow';
import type { BrowserHost, BrowserHostSample } from '../bridge/browserHost';
import type { DevHost } from '../dev/devWindow';
import { renderCounter, touchedCards } from './renderCounter';
import type { DevPageOptions, DevTheme } from './devPage';
import { describePages, sampleOf, votingText } from './devPage';

// A browser on a busy machine takes its time.
vi.setConfig({ testTimeout: 60_000 });
const healthy: NodeStatus = { state: 'healthy', message: '', ready: 1, desired: 1 };

// Drives the real page in a real browser; only the host is one that lives in the page.
describePages('the canvas in a browser', (openPage) => {
  let voting: BrowserHostSample;
  beforeAll(async () => {
    voting = await sampleOf(votingText());
  });

  async function open(options: DevPageOptions = {}): Promise<Page> {
    const page = await openPage({ sample: voting, ...options });
    await page.waitForSelector(options.page === 'logs' ? '.log-box' : '.react-flow__pane');
    return page;
  }
  const card = (page: Page, id: string): Locator => page.locator(`.react-flow__node[data-id="${id}"]`);
  const workflowOf = (page: Page): Promise<Workflow> => page.evaluate(() => (window.kubeorchHost as BrowserHost).workflow);
  const heard = (page: Page, name: string): Promise<readonly unknown[]> =>
    page.evaluate((wanted) => {
      const host: DevHost = window.kubeorchHost;
      return host.heard.filter((item) => item.name === wanted).map((item) => item.data);
    }, name);
  const setStatus = (page: Page, id: string, status: NodeStatus): Promise<void> =>
    page.evaluate(([nodeId, value]) => (window.kubeorchHost as BrowserHost).setStatuses({ [nodeId]: value }), [id, status] as const);
  async function drag(page: Page, from: { x: number; y: number }, to: { x: number; y: number }): Promise<void> {
    await page.mouse.move(from.x, from.y);
    await page.mouse.down();
    await page.mouse.move((from.x + to.x) / 2, (from.y + to.y) / 2, { steps: 4 });
    await page.mouse.move(to.x, to.y, { steps: 4 });
    await page.mouse.up();
  }
  /** Once it stands still: a canvas that was just opened fits itself into its place. */
  async function middle(locator: Locator): Promise<{ x: number; y: number }> {
    await locator.waitFor();
    await (await locator.elementHandle())?.waitForElementState('stable');
    const box = await locator.boundingBox();
    if (box === null) throw new Error('The element is not there.');
    return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  }

  it('draws every node and edge of the example', async () => {
    const page = await open();
    expect(await page.locator('.react-flow__node').count()).toBe(voting.workflow.nodes.length);
    expect(await page.locator('.relation-edge').count()).toBe(voting.workflow.edges.length);
    expect(await page.locator('.relation-edge[data-relation="forwards"]').count()).toBe(2);
    expect(await page.locator('.relation-edge[data-relation="depends-on"]').count()).toBe(2);
  });

  it("makes one move edit of a drag, and undo and redo are the document's own", async () => {
    const page = await open();
    const before = (await workflowOf(page)).layout['vote'];
    const at = await middle(card(page, 'vote').locator('.card-header'));
    await drag(page, at, { x: at.x + 60, y: at.y + 90 });
    await expect.poll(async () => (await workflowOf(page)).layout['vote']).not.toEqual(before);
    const moved = (await workflowOf(page)).layout['vote'];
    expect(moved?.every(Number.isInteger)).toBe(true);
    expect(await heard(page, 'applyEdit')).toHaveLength(1);
    await page.keyboard.press('Control+z');
    await expect.poll(async () => (await workflowOf(page)).layout['vote']).toEqual(before);
    await page.keyboard.press('Control+Shift+z');
    await expect.poll(async () => (await workflowOf(page)).layout['vote']).toEqual(moved);
    await page.keyboard.press('Control+s');
    await expect.poll(() => heard(page, 'save')).toHaveLength(1);
  });

  it('moves several selected nodes in one edit', async () => {
    const page = await open();
    await card(page, 'vote').locator('.card-header').click();
    await card(page, 'result')
      .locator('.card-header')
      .click({ modifiers: ['Control'] });
    const at = await middle(card(page, 'result').locator('.card-header'));
    await drag(page, at, { x: at.x + 40, y: at.y + 40 });
    await expect.poll(() => heard(page, 'applyEdit')).toHaveLength(1);
    const [sent] = (await heard(page, 'applyEdit')) as { edit: { type: string; positions: object } }[];
    expect(sent?.edit.type).toBe('move');
    expect(Object.keys(sent?.edit.positions ?? {}).toSorted()).toEqual(['result', 'vote']);
  });

  it('moves the selected node with Alt and the arrow keys, as one edit', async () => {
    const page = await open();
    await card(page, 'vote').locator('.card-header').click();
    await card(page, 'vote').focus();
    for (let step = 0; step < 3; step += 1) await page.keyboard.press('Alt+ArrowDown');
    await expect.poll(() => heard(page, 'applyEdit')).toHaveLength(1);
    expect(((await workflowOf(page)).layout['vote'] ?? [0, 0])[1]).toBeGreaterThan((voting.workflow.layout['vote'] ?? [0, 0])[1]);
  });

  it('takes a kind dragged from the palette, connects it by dragging, and shows who can take the connection', async () => {
    const page = await open();
    await drag(page, await middle(page.locator('.palette-item[data-kind="service"]')), { x: 600, y: 640 });
    await expect.poll(async () => (await workflowOf(page)).nodes.some((node) => node.id === 'my-service')).toBe(true);
    await card(page, 'my-service').hover();
    const from = await middle(card(page, 'my-service').locator('.handle.source'));
    const to = await middle(card(page, 'worker').locator('.handle.target'));
    await page.mouse.move(from.x, from.y);
    await page.mouse.down();
    await page.mouse.move(from.x + 30, from.y - 30, { steps: 3 });
    expect(await card(page, 'worker').locator('.card').getAttribute('data-connection')).toBe('possible');
    expect(await card(page, 'db-secret').locator('.card').getAttribute('data-connection')).toBe('impossible');
    await page.mouse.move(to.x, to.y, { steps: 6 });
    await page.mouse.up();
    await expect.poll(async () => (await workflowOf(page)).edges.some((edge) => edge.from === 'my-service' && edge.to === 'worker')).toBe(true);
  });

  it('refuses a connection between kinds that do not fit', async () => {
    const page = await open();
    await card(page, 'web').hover();
    await drag(page, await middle(card(page, 'web').locator('.handle.source').first()), await middle(card(page, 'vote').locator('.handle.target')));
    expect(await heard(page, 'applyEdit')).toHaveLength(0);
    expect((await workflowOf(page)).edges).toEqual(voting.workflow.edges);
  });

  it('offers what fits where a connection is let go, and adds and connects it in one edit', async () => {
    const page = await open();
    await card(page, 'web').hover();
    await drag(page, await middle(card(page, 'web').locator('.handle.source').first()), { x: 420, y: 700 });
    await page.waitForSelector('.quick-palette');
    expect(await page.locator('.quick-item .quick-name').allTextContents()).toEqual(['Service', 'Manifest', 'Gate']);
    await page.keyboard.press('Enter');
    await expect.poll(() => heard(page, 'applyEdit')).toHaveLength(1);
    expect((await workflowOf(page)).edges.some((edge) => edge.from === 'web' && edge.to === 'my-service' && edge.handle === 'vote')).toBe(true);
  });

  it('adds a node from the palette that Tab opens after a press on the canvas, and Escape leaves it', async () => {
    const page = await open();
    await page.mouse.click(500, 200);
    await page.keyboard.press('Tab');
    await page.waitForSelector('.quick-palette');
    await page.keyboard.press('Escape');
    await expect.poll(() => page.locator('.quick-palette').count()).toBe(0);
    await page.mouse.dblclick(500, 160);
    await page.keyboard.type('config');
    await page.keyboard.press('Enter');
    await expect.poll(async () => (await workflowOf(page)).nodes.some((node) => node.type === 'configmap' && node.id !== 'vote-config')).toBe(true);
    await expect.poll(() => page.locator('.inspector-title h2').textContent()).toMatch(/config/);
  });

  it('removes the selected node with its edges in one edit', async () => {
    const page = await open();
    await card(page, 'worker').locator('.card-header').click();
    await page.keyboard.press('Delete');
    await expect.poll(() => card(page, 'worker').count()).toBe(0);
    expect(await heard(page, 'applyEdit')).toHaveLength(1);
    expect((await workflowOf(page)).edges.some((edge) => edge.from === 'worker')).toBe(false);
  });

  it('edits a field in the form as one edit on Enter, with an undo of its own while typing', async () => {
    const page = await open();
    await card(page, 'vote').locator('.card-header').click();
    const replicas = page.locator('.inspector').getByRole('textbox', { name: 'Replicas' });
    await replicas.click();
    await page.keyboard.type('42');
    await page.keyboard.press('Control+z');
    expect(await heard(page, 'undo')).toHaveLength(0);
    await replicas.fill('3');
    expect(await heard(page, 'applyEdit')).toHaveLength(0);
    await page.keyboard.press('Enter');
    await expect.poll(async () => (await workflowOf(page)).nodes.find((node) => node.id === 'vote')?.data['replicas']).toBe(3);
    await replicas.fill('');
    await page.keyboard.press('Tab');
    await expect.poll(async () => Object.hasOwn((await workflowOf(page)).nodes.find((node) => node.id === 'vote')?.data ?? {}, 'replicas')).toBe(false);
    expect(await heard(page, 'applyEdit')).toHaveLength(2);
  });

  it('shows a value that comes from a connection as such', async () => {
    const page = await open();
    await card(page, 'vote-svc').locator('.card-header').click();
    const field = page.locator('.field', { hasText: 'Target port' });
    expect(await field.locator('.field-note').textContent()).toContain('from vote');
    expect(await page.locator('.inspector').getByRole('textbox', { name: 'Target port' }).getAttribute('placeholder')).toBe('80');
  });

  it("asks the host for a secret's value and has no field for one", async () => {
    const page = await open();
    await card(page, 'db-secret').locator('.card-header').click();
    await page.locator('vscode-button', { hasText: 'Enter value' }).click();
    await expect.poll(() => heard(page, 'enterSecret')).toEqual([{ nodeId: 'db-secret', key: 'POSTGRES_PASSWORD' }]);
    await page.waitForSelector('.secret-set');
    expect(await page.locator('.inspector input[type="password"]').count()).toBe(0);
  });

  it('edits the options of a selected connection in one step and keeps it selected', async () => {
    const page = await open();
    await page.locator('.react-flow__edge[data-id="vote-config|||vote"]').focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('.inspector-title h2').textContent()).toBe('Used by');
    await page.locator('.inspector vscode-single-select').evaluate((element: HTMLElement & { value: string }) => {
      element.value = 'volume';
      element.dispatchEvent(new Event('change'));
    });
    await expect.poll(async () => (await workflowOf(page)).edges.find((edge) => edge.from === 'vote-config')).toEqual({ from: 'vote-config', to: 'vote' });
    await page.locator('.inspector').getByRole('textbox', { name: 'Folder' }).fill('/etc/vote');
    await page.keyboard.press('Enter');
    await expect
      .poll(async () => (await workflowOf(page)).edges.find((edge) => edge.from === 'vote-config'))
      .toEqual({ from: 'vote-config', to: 'vote', mountPath: '/etc/vote' });
    expect(await heard(page, 'applyEdit')).toHaveLength(2);
  });

  it('renames a node with everything that names it and keeps it selected', async () => {
    const page = await open();
    await card(page, 'db').locator('.card-header').click();
    await page.keyboard.press('F2');
    await page.locator('#rename-field input').fill('database');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('.inspector-title h2').textContent()).toBe('database');
    expect((await workflowOf(page)).edges.filter((edge) => edge.to === 'database')).toHaveLength(3);
    expect(await card(page, 'database').locator('.card').getAttribute('data-selected')).toBe('true');
  });

  it('takes an edit back that the host refuses, and says so', async () => {
    const page = await open();
    await page.evaluate(() => (window.kubeorchHost as BrowserHost).refuseNext('The file has changed in the meantime.'));
    await card(page, 'worker').locator('.card-header').click();
    await page.keyboard.press('Delete');
    await page.waitForSelector('.notice');
    expect(await page.locator('.notice').textContent()).toContain('The file has changed in the meantime.');
    await expect.poll(() => card(page, 'worker').count()).toBe(1);
  });

  it('can be looked at but not edited while the text is broken', async () => {
    const page = await open();
    await page.evaluate(() => (window.kubeorchHost as BrowserHost).breakText('line 3 is no YAML'));
    await page.waitForSelector('.banner');
    expect(await page.locator('.banner').textContent()).toContain('line 3 is no YAML');
    await card(page, 'worker').locator('.card-header').click();
    await page.keyboard.press('Delete');
    const at = await middle(card(page, 'vote').locator('.card-header'));
    await drag(page, at, { x: at.x + 60, y: at.y + 60 });
    expect(await heard(page, 'applyEdit')).toHaveLength(0);
    expect(await page.locator('.inspector vscode-textfield[disabled]').count()).toBeGreaterThan(0);
  });

  it('shows what a deploy would do, runs exactly that, locks meanwhile, and ends healthy', async () => {
    const page = await open();
    await page.locator('.toolbar vscode-button', { hasText: 'Deploy' }).click();
    await page.waitForSelector('.plan-step');
    expect(await card(page, 'vote').locator('.status-label').textContent()).toBe('Create');
    await page.locator('#accept-plan').click();
    await page.waitForSelector('.banner');
    await expect.poll(() => page.locator('.status-label', { hasText: 'Applying' }).count()).toBeGreaterThan(0);
    await expect.poll(() => page.locator('.run-status').getAttribute('data-status'), { timeout: 15_000 }).toBe('completed');
    expect(await page.locator('.card-status[data-tone="good"]').count()).toBe(voting.workflow.nodes.length);
    expect(await page.locator('.banner').count()).toBe(0);
    const [plan] = (await heard(page, 'startRun')) as { digest: string }[];
    expect(plan?.digest).toBe('digest-1');
    // Nothing has changed since: the next plan writes nothing.
    await page.locator('.toolbar vscode-button', { hasText: 'Plan' }).click();
    await expect.poll(() => page.locator('#accept-plan').textContent()).toContain('Nothing to deploy');
  });

  it('draws one card, and that one past React, for one status', async () => {
    const page = await open({ script: renderCounter });
    await setStatus(page, 'vote', healthy);
    await expect.poll(() => card(page, 'vote').locator('.status-label').textContent()).toBe('Healthy');
    await page.evaluate(() => window.kubeorchRenders.clear());
    const touched = await touchedCards(page);
    await setStatus(page, 'vote', { ...healthy, state: 'pending', message: 'starting', ready: 0 });
    await expect.poll(() => card(page, 'vote').locator('.status-label').textContent()).toBe('Pending');
    const renders = await page.evaluate(() => Object.fromEntries(window.kubeorchRenders));
    for (const name of Object.keys(renders)) expect(name).not.toMatch(/Node|Edge|^Flow$|Canvas|Inspector|Palette/);
    expect(await touched()).toEqual(['vote']);
  });

  it('draws statuses of one frame together, and one that says nothing new not at all', async () => {
    const page = await open({ script: renderCounter });
    await page.waitForTimeout(300);
    await setStatus(page, 'vote', healthy);
    await expect.poll(() => card(page, 'vote').locator('.status-label').textContent()).toBe('Healthy');
    const touched = await touchedCards(page);
    await page.evaluate((status) => {
      const host = window.kubeorchHost as BrowserHost;
      for (let ready = 0; ready < 50; ready += 1) host.setStatuses({ worker: { ...status, ready, desired: 50 } });
      host.setStatuses({ vote: status });
    }, healthy);
    await expect.poll(() => card(page, 'worker').locator('.status-pods').textContent()).toContain('49/50');
    expect(await touched()).toEqual(['worker']);
    // Few pods are shown one by one, whatever was shown before.
    for (const [ready, desired] of [
      [2, 4],
      [4, 4],
      [1, 3],
      [2, 5],
    ] as const) {
      await setStatus(page, 'worker', { ...healthy, ready, desired });
      await expect.poll(() => card(page, 'worker').locator('.status-pods').textContent()).toContain(`${ready}/${desired}`);
      expect(await card(page, 'worker').locator('.pod-dot').count()).toBe(desired);
      expect(await card(page, 'worker').locator('.pod-dot.is-ready').count()).toBe(ready);
    }
  });

  it('asks for the whole state after a gap and shows it', async () => {
    const page = await open();
    await page.evaluate((status) => {
      const host = window.kubeorchHost as BrowserHost;
      host.loseEvents();
      host.setStatuses({ vote: status });
      host.hearEvents();
      host.setStatuses({ worker: status });
    }, healthy);
    await expect.poll(() => heard(page, 'workflowSync')).toHaveLength(1);
    await expect.poll(() => card(page, 'vote').locator('.status-label').textContent()).toBe('Healthy');
  });

  it('says since when it is out of date while the cluster does not answer', async () => {
    const page = await open();
    await page.evaluate(() =>
      (window.kubeorchHost as BrowserHost).setHealth({ connected: false, error: 'connect ECONNREFUSED', staleSince: '2026-11-21T10:00:00.000Z' }),
    );
    await page.waitForSelector('.banner[data-tone="warn"]');
    expect(await page.locator('.target-chip').getAttribute('data-state')).toBe('stale');
  });

  it('shows what it last knew as stale since then and never green, and is live again when the cluster answers', async () => {
    const page = await open();
    const staleSince = '2026-11-21T10:05:00.000Z';
    await setStatus(page, 'vote', { ...healthy, staleSince });
    const line = card(page, 'vote').locator('.card-status');
    const time = await page.evaluate((iso) => new Date(iso).toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' }), staleSince);
    await expect.poll(() => line.locator('.status-label').textContent()).toBe(`Stale since ${time}`);
    expect(await line.locator('.status-detail').textContent()).toBe('was Healthy');
    expect(await line.getAttribute('data-tone')).toBe('quiet');
    expect(await page.locator('.health-summary').getAttribute('data-tone')).toBe('quiet');
    const greens = (): Promise<number> =>
      card(page, 'vote').evaluate((root) => {
        const good = getComputedStyle(document.body).getPropertyValue('--good');
        const probe = document.createElement('span');
        probe.style.setProperty('color', good);
        document.body.append(probe);
        const green = getComputedStyle(probe).color;
        probe.remove();
        return [...root.querySelectorAll('*')].filter((part) => {
          const style = getComputedStyle(part);
          return style.color === green || style.backgroundColor === green || style.borderTopColor === green;
        }).length;
      });
    expect(await greens()).toBe(0);
    await setStatus(page, 'vote', healthy);
    await expect.poll(() => line.locator('.status-label').textContent()).toBe('Healthy');
    expect(await line.getAttribute('data-tone')).toBe('good');
    expect(await greens()).toBeGreaterThan(0);
  });

  it('tries the cluster again at once when a person asks', async () => {
    const page = await open();
    await page.evaluate(() => (window.kubeorchHost as BrowserHost).setHealth({ connected: false, error: 'connect ECONNREFUSED' }));
    await page.getByRole('button', { name: 'Reconnect' }).click();
    await expect.poll(() => heard(page, 'reconnect')).toHaveLength(1);
    await page.evaluate(() => (window.kubeorchHost as BrowserHost).setHealth({ connected: true }));
    await expect.poll(() => page.getByRole('button', { name: 'Reconnect' }).count()).toBe(0);
  });

  it('names in one quiet line what these credentials may not watch', async () => {
    const page = await open();
    await page.evaluate(() =>
      (window.kubeorchHost as BrowserHost).setHealth({
        connected: true,
        forbidden: [
          { verb: 'list', resource: 'pods', namespace: 'voting' },
          { verb: 'list', resource: 'events', namespace: 'voting' },
        ],
      }),
    );
    await page.waitForSelector('.banner[data-tone="quiet"]');
    expect(await page.locator('.banner').allTextContents()).toEqual([
      'Not shown, because these credentials may not: list pods in voting, list events in voting',
    ]);
    expect(await page.locator('.target-chip').getAttribute('data-state')).toBe('live');
  });

  it('names nodes for screen readers by kind, name and state', async () => {
    const page = await open();
    await setStatus(page, 'vote', { ...healthy, state: 'partial', ready: 1, desired: 2 });
    await expect.poll(() => card(page, 'vote').locator('.status-label').textContent()).toBe('Partly healthy');
    const session = await page.context().newCDPSession(page);
    const { nodes } = (await session.send('Accessibility.getFullAXTree')) as { nodes: { role?: { value: string }; name?: { value: string } }[] };
    await session.detach();
    expect(nodes.some((node) => /^Deployment vote Partly healthy.*1 of 2 pods ready/.test(node.name?.value ?? ''))).toBe(true);
  });

  it('has no accessibility violations in any of the four kinds of themes', async () => {
    // The checker writes styles of its own, which the policy refuses.
    const checked = await open({ faultsAllowed: true });
    await checked.waitForSelector('.react-flow__node');
    const checker = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
    const violationsIn = async (page: Page): Promise<readonly string[]> => {
      await page.evaluate(checker);
      return page.evaluate(async () => {
        const { axe } = window as unknown as {
          axe: { run(context: unknown, options: unknown): Promise<{ violations: { id: string; nodes: { html: string; failureSummary: string }[] }[] }> };
        };
        const result = await axe.run(document, { resultTypes: ['violations'] });
        return result.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.html.slice(0, 160)} ${node.failureSummary}`).join(' | ')}`);
      });
    };
    await setStatus(checked, 'vote', healthy);
    await card(checked, 'web').locator('.card-header').click();
    for (const theme of ['vscode-dark', 'vscode-light', 'vscode-high-contrast', 'vscode-high-contrast-light'] satisfies DevTheme[]) {
      await checked.evaluate((name) => {
        document.body.className = name;
      }, theme);
      // Colours fade into those of the theme.
      await checked.evaluate(async () => {
        const fading = document.getAnimations().filter((one) => Number.isFinite(one.effect?.getComputedTiming().endTime));
        await Promise.allSettled(fading.map((one) => one.finished));
      });
      expect(await violationsIn(checked)).toEqual([]);
    }
    await checked.locator('.toolbar vscode-button', { hasText: 'Plan' }).click();
    await checked.waitForSelector('.plan-step');
    expect(await violationsIn(checked)).toEqual([]);
    await checked.locator('#accept-plan').click();
    await checked.waitForSelector('.run-event');
    expect(await violationsIn(checked)).toEqual([]);
    expect(await violationsIn(await open({ page: 'logs', faultsAllowed: true }))).toEqual([]);
  });

  it('opens the settings of a pressed node beside it, not over it, where there is little room', async () => {
    const page = await open({ width: 820, height: 640 });
    expect(await page.locator('.side').count()).toBe(0);
    await card(page, 'db').locator('.card-header').click();
    await page.waitForSelector('.inspector');
    await expect
      .poll(async () => {
        const [node, side] = await Promise.all([card(page, 'db').boundingBox(), page.locator('.side').boundingBox()]);
        return node !== null && side !== null && node.x + node.width < side.x;
      })
      .toBe(true);
  });

  it('says where a run goes however little room there is', async () => {
    const page = await open({ width: 480, height: 640 });
    const [chip, toolbar] = await Promise.all([page.locator('.target-chip').boundingBox(), page.locator('.toolbar').boundingBox()]);
    expect(chip?.width).toBeGreaterThan(70);
    expect((chip?.x ?? 0) + (chip?.width ?? 0)).toBeLessThanOrEqual((toolbar?.x ?? 0) + (toolbar?.width ?? 0));
    expect(await page.locator('.target-chip .target-dot').isVisible()).toBe(true);
    await page.screenshot({ path: 'out/screenshots/canvas-narrow.png' });
  });

  it('keeps the viewport across being closed', async () => {
    const page = await open({
      script: 'window.kubeorchStorage = { saved: { viewport: { x: 11, y: 22, zoom: 0.75 }, selection: ["vote"], paletteOpen: false } };',
    });
    expect(await page.locator('.react-flow__viewport').evaluate((element) => element.style.transform)).toBe('translate(11px, 22px) scale(0.75)');
    expect(await page.locator('.palette').count()).toBe(0);
    expect(await page.locator('.inspector-title h2').textContent()).toBe('vote');
  });

  it('mounts only what can be seen of a large workflow', async () => {
    const nodes = Array.from({ length: 1000 }, (_, index) => ({ id: `n${index}`, type: 'deployment', data: { image: 'nginx' } }));
    const layout = Object.fromEntries(nodes.map((node, index) => [node.id, [(index % 40) * 320, Math.floor(index / 40) * 220] as const]));
    const workflow = { ...voting.workflow, nodes, layout, edges: nodes.slice(1).map((node, index) => ({ from: `n${index}`, to: node.id })) };
    const page = await open({ sample: { ...voting, workflow }, script: 'window.kubeorchStorage = { saved: { viewport: { x: 0, y: 0, zoom: 1 } } };' });
    await page.waitForSelector('.react-flow__node');
    expect(await page.locator('.react-flow__node').count()).toBeLessThan(60);
  });
});
