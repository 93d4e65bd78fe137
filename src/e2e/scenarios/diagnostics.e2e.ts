// What does not hold on the cluster: drawn where traffic stops, with its reason, and mended by an edit of the file that is shown as a diff.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Frame, Locator } from 'playwright-core';
import { nodeOf } from '../gestures';
import { scenario } from '../scenario';
import type { Workbench } from '../workbench';

const file = '.kubeorch/shop.workflow.yaml';
const text = `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: shop
status: published
nodes:
  web: { type: deployment, image: 'nginx:1.27', ports: [{ name: http, port: 8080 }] }
  web-svc: { type: service, port: 80, targetPort: htpp } # the front door
  api: { type: deployment, image: 'nginx:1.27', port: 8080 }
  api-svc: { type: service, port: 80, selector: { app: ap1 } }
  front: { type: ingress, host: shop.example.com, ingressClassName: nginx, paths: [{ id: web, path: / }, { id: api, path: /api }] }
edges:
  - web-svc -> web
  - api-svc -> api
  - { from: front, handle: web, to: web-svc }
  - { from: front, handle: api, to: api-svc }
`;

const edgeOf = (canvas: Frame, id: string): Locator => canvas.locator(`.react-flow__edge[data-id="${id}"]`);
const inState = (canvas: Frame, id: string, state: string): Promise<void> => edgeOf(canvas, id).locator(`.relation-edge[data-state="${state}"]`).waitFor();
const routes = { web: 'web-svc|||web', api: 'api-svc|||api' };

/** By the hop that asks for it. */
async function deploy(workbench: Workbench, canvas: Frame): Promise<void> {
  await workbench.runCommand('KubeOrch: Diagnose…');
  await workbench.pick('web-svc');
  await workbench.pick('Service "web-svc" is not on the cluster.');
  await canvas.locator('#accept-plan:not([disabled])').click();
  await canvas.locator('.run-status[data-status="completed"]').waitFor();
}

/** Cards that a reason of an edge covers, and the height of its letters on the screen. */
function reasonOnScreen(canvas: Frame, id: string): Promise<{ covered: string[]; pixels: number }> {
  return canvas.evaluate((edge) => {
    const box = document.querySelector(`.react-flow__edge[data-id="${edge}"] .break-box > span`);
    if (box === null) throw new Error(`${edge} gives no reason.`);
    const at = box.getBoundingClientRect();
    const covered = [...document.querySelectorAll('.react-flow__node')].filter((node) => {
      const card = node.getBoundingClientRect();
      return at.left < card.right && at.right > card.left && at.top < card.bottom && at.bottom > card.top;
    });
    const lines = box.getClientRects().length === 0 ? 0 : at.width / (box as HTMLElement).offsetWidth;
    return { covered: covered.map((node) => node.getAttribute('data-id') ?? ''), pixels: lines * Number.parseFloat(getComputedStyle(box).fontSize) };
  }, id);
}

scenario('a broken edge says why, and is healed by the fix that it offers', { workspace: { [file]: text }, timeoutMs: 300_000 }, async (workbench) => {
  const { page } = workbench;
  const textOf = (): Promise<string> => readFile(join(workbench.folder, file), 'utf8');
  await workbench.openFile(file);
  let canvas = await workbench.canvas();
  await workbench.runCommand('KubeOrch: Select Target…');
  await workbench.pick('Sandbox');
  await canvas.locator('.target-chip[data-state="live"]').waitFor();
  await deploy(workbench, canvas);

  // The hops that hold are drawn as such; the first that does not is broken, and says why, clear of every card.
  await inState(canvas, routes.web, 'broken');
  await inState(canvas, routes.api, 'broken');
  for (const theme of ['light', 'high-contrast', 'dark'] as const) {
    await workbench.setTheme(theme);
    canvas = await workbench.canvas();
    await workbench.screenshot(`diagnostics-broken-${theme}`);
  }
  await edgeOf(canvas, routes.web).locator('.break-box', { hasText: 'Broken: Port 80 leads to the port named "htpp"' }).waitFor();
  for (const id of Object.values(routes)) {
    const { covered, pixels } = await reasonOnScreen(canvas, id);
    expect([id, covered]).toEqual([id, []]);
    expect(pixels).toBeGreaterThanOrEqual(11);
  }
  for (let step = 0; step < 4; step++) await canvas.locator('.react-flow__controls-zoomout').click();
  await edgeOf(canvas, routes.web).locator('.break-mark').hover();
  await expect
    .poll(() =>
      edgeOf(canvas, routes.web)
        .locator('.break-reason')
        .evaluate((reason) => getComputedStyle(reason).opacity),
    )
    .toBe('1');
  expect((await reasonOnScreen(canvas, routes.web)).pixels).toBeGreaterThanOrEqual(11);
  await workbench.screenshot('diagnostics-broken-far');
  await canvas.locator('.react-flow__controls-fitview').click();

  // By mouse: the edge, its hops, the fix as a diff, applied as one step of undo.
  await edgeOf(canvas, routes.web).locator('.break-mark').click();
  await canvas.getByRole('tab', { name: 'Settings' }).click();
  await canvas.locator('.inspector .hop[data-status="error"]').first().getByRole('button', { name: 'Show the fix' }).click();
  await page.locator('.tab.active', { hasText: '(proposed)' }).waitFor();
  await page.locator('.monaco-diff-editor .view-line', { hasText: 'htpp' }).first().waitFor();
  await workbench.screenshot('diagnostics-diff');
  await page.getByRole('button', { name: 'Apply Fix' }).first().click();
  await page.locator('.tab.active.dirty', { hasText: 'shop.workflow.yaml' }).waitFor();
  canvas = await workbench.canvas();
  await canvas
    .locator('.react-flow__pane')
    .first()
    .click({ position: { x: 12, y: 12 } });
  await page.keyboard.press('ControlOrMeta+Z');
  await page.locator('.tab.active.dirty').waitFor({ state: 'detached' });
  await page.keyboard.press('ControlOrMeta+Shift+Z');
  await page.locator('.tab.active.dirty').waitFor();
  await page.keyboard.press('ControlOrMeta+S');
  await page.locator('.tab.active.dirty').waitFor({ state: 'detached' });
  const once = await textOf();
  expect(once).toBe(text.replace(', targetPort: htpp', ''));

  // By keyboard: the focused edge leads to its hops even while the run is shown, and from there to the fix.
  await workbench.runCommand('KubeOrch: Deploy…');
  await canvas.locator('#accept-plan:not([disabled])').focus();
  await page.keyboard.press('Enter');
  await inState(canvas, routes.web, 'proven');
  await edgeOf(canvas, routes.api).focus();
  await page.keyboard.press('Enter');
  await canvas.locator('#edge-diagnostics:focus').waitFor();
  // Past the heading, which folds the hops.
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await canvas.locator('#edge-diagnostics .link-button:focus').waitFor();
  await page.keyboard.press('Enter');
  await page.locator('.tab.active', { hasText: '(proposed)' }).waitFor();
  await workbench.runCommand('KubeOrch: Apply Fix');
  await page.locator('.tab.active.dirty', { hasText: 'shop.workflow.yaml' }).waitFor();
  canvas = await workbench.canvas();
  await workbench.runCommand('KubeOrch: Deploy…');
  await canvas.locator('#accept-plan:not([disabled])').focus();
  await page.keyboard.press('Enter');
  await inState(canvas, routes.api, 'proven');
  for (const id of ['front|web||web-svc', 'front|api||api-svc', routes.web]) await inState(canvas, id, 'proven');
  await nodeOf(canvas, 'api').waitFor();
  expect(await canvas.locator('.edge-break').count()).toBe(0);
  await workbench.screenshot('diagnostics-healed');
});
