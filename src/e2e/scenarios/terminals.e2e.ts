// Terminals and forwarded ports in the real editor, by mouse and keyboard.
import type { Frame, Locator } from 'playwright-core';
import { expect } from 'vitest';
import { nodeOf } from '../gestures';
import { sandboxOf } from '../sandboxOf';
import { scenario } from '../scenario';
import type { Workbench } from '../workbench';

const workflow = `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: shop
status: published
nodes:
  bare:
    type: deployment
    image: gcr.io/distroless/static
    replicas: 1
    port: 9090
  web:
    type: deployment
    image: nginx:1.27
    replicas: 1
    port: 8080
  web-svc:
    type: service
    port: 80
edges:
  - web-svc -> web
layout:
  bare: [80, 100]
  web: [720, 100]
  web-svc: [400, 100]
`;

// A terminal that paints with DOM elements can be read.
const options = {
  workspace: { '.kubeorch/shop.workflow.yaml': workflow },
  timeoutMs: 600_000,
  settings: { 'terminal.integrated.gpuAcceleration': 'off' },
} as const;

async function deployed(workbench: Workbench): Promise<Frame> {
  await workbench.openFile('.kubeorch/shop.workflow.yaml');
  const canvas = await workbench.canvas();
  await nodeOf(canvas, 'web').waitFor();
  await workbench.runCommand('KubeOrch: Select Target…');
  await workbench.pick('Sandbox');
  await canvas.locator('.target-chip[data-state="live"]').waitFor();
  await canvas.getByRole('button', { name: 'Plan', exact: true }).click();
  await canvas.locator('#accept-plan').click();
  await canvas.locator('.health-summary[data-tone="good"]').waitFor();
  return canvas;
}

async function select(workbench: Workbench, id: string): Promise<void> {
  await workbench.page.locator('.tab', { hasText: 'shop.workflow.yaml' }).first().click();
  const canvas = await workbench.canvas();
  // The panel has taken half of the canvas.
  await workbench.runCommand('KubeOrch: Fit Canvas to View');
  await nodeOf(canvas, id).locator('.card-name').click();
}

const rows = (workbench: Workbench): Locator => workbench.page.locator('.terminal-wrapper.active .xterm-rows');

/** What the terminal shows, without the line breaks of its width. */
async function shown(workbench: Workbench): Promise<string> {
  return ((await rows(workbench).textContent()) ?? '').replaceAll(' ', ' ');
}

async function sees(workbench: Workbench, text: string): Promise<void> {
  await expect.poll(() => shown(workbench)).toContain(text);
}

async function type(workbench: Workbench, text: string): Promise<void> {
  await workbench.page.locator('.terminal-wrapper.active .xterm-helper-textarea').focus();
  await workbench.page.keyboard.type(text);
}

scenario('terminals are opened from the canvas, outlive their pod, and reach images without a shell', options, async (workbench) => {
  await deployed(workbench);
  const { page } = workbench;

  await select(workbench, 'web');
  await workbench.runCommand('KubeOrch: Open Terminal…');
  await sees(workbench, 'scripted shell');
  await type(workbench, 'touch /tmp/first-"mark"; ls /tmp\n');
  await sees(workbench, 'first-mark');
  await page
    .getByText(/web: web-[a-z0-9-]+\/main|web: web-[a-z0-9-]+\/web/)
    .first()
    .waitFor();

  // Ctrl-C ends what runs in the pod and not the shell, and the pod's terminal is as large as the one that is seen.
  await type(workbench, 'sleep 1000\n');
  await sees(workbench, 'sleep 1000');
  await page.keyboard.press('Control+C');
  await type(workbench, 'echo "ended with" $?\n');
  await sees(workbench, 'ended with 130');
  let asked = 0;
  const size = async (): Promise<readonly number[]> => {
    asked++;
    await type(workbench, `echo "size ${asked}:" $(stty size) "."\n`);
    const told = new RegExp(`size ${asked}: (\\d+) (\\d+) \\.`);
    await expect.poll(() => shown(workbench)).toMatch(told);
    return (told.exec(await shown(workbench)) ?? []).slice(1).map(Number);
  };
  const [lines = 0, columns = 0] = await size();
  expect(lines).toBeGreaterThan(5);
  await workbench.runCommand('View: Toggle Maximized Panel');
  await expect.poll(async () => (await size())[0]).toBeGreaterThan(lines);
  expect((await size())[1]).toBe(columns);
  await workbench.runCommand('View: Toggle Maximized Panel');

  // A second one on the same pod is a second shell on the same files.
  await select(workbench, 'web');
  await workbench.runCommand('KubeOrch: Open Terminal…');
  await page.locator('.terminal-tabs-entry').nth(1).waitFor();
  // The first one says the same, and stays in front for a moment.
  await expect.poll(async () => (await shown(workbench)).includes('touch /tmp')).toBe(false);
  await sees(workbench, 'scripted shell');
  await type(workbench, 'ls /tmp\n');
  await sees(workbench, 'first-mark');
  await workbench.screenshot('terminals-two');

  // Its exit code is told, and only this one is closed.
  await type(workbench, 'exit 3\n');
  await sees(workbench, 'Terminal session ended with exit code 3.');
  await type(workbench, ' ');
  await page.locator('.terminal-tabs-entry').nth(1).waitFor({ state: 'detached' });

  // The pod goes away under the first one: it says so and goes on in the new pod, where the old files are not.
  await select(workbench, 'web');
  await workbench.runCommand('KubeOrch: Delete Pod…');
  await workbench.pick('web-');
  const dialog = await workbench.dialog('Delete pod');
  await dialog.getByRole('button', { name: 'Delete Pod' }).click();
  await sees(workbench, 'Disconnected: terminal session ended unexpectedly.');
  await sees(workbench, 'This is a new shell in its replacement');
  await workbench.screenshot('terminals-moved');
  await type(workbench, 'ls /tmp; echo "no"where\n');
  await expect.poll(async () => (await shown(workbench)).split('replacement').at(-1)).toContain('nowhere');
  expect((await shown(workbench)).split('replacement').at(-1)).not.toContain('first-mark');

  // An image without a shell: the offer, the image, the consent, and then a shell beside it.
  await select(workbench, 'bare');
  await workbench.runCommand('KubeOrch: Open Terminal…');
  await sees(workbench, 'has no shell in its image');
  await workbench.pick('busybox');
  const consent = await workbench.dialog('Add a debug container');
  await consent.getByRole('button', { name: 'Add Debug Container' }).click();
  await sees(workbench, 'scripted shell');
  await type(workbench, 'echo "de"bugging\n');
  await sees(workbench, 'debugging');
  await workbench.screenshot('terminals-debug');
});

scenario('a port is forwarded to a service, listed, opened in a browser and stopped', options, async (workbench) => {
  await deployed(workbench);
  const { page } = workbench;
  await select(workbench, 'web-svc');
  await workbench.runCommand('KubeOrch: Forward Port…');
  const row = page.locator('.monaco-list-row', { hasText: 'service/web-svc:80' });
  await row.waitFor();
  const address = /127\.0\.0\.1:\d+/.exec((await row.textContent()) ?? '')?.[0] ?? '';
  expect(address).not.toBe('');
  const answer = await fetch(`http://${address}/hello`);
  expect(await answer.text()).toContain('[sandbox] simulated answer of pod web-');
  await workbench.screenshot('forwards-listed');

  // The pod behind it goes; the same address leads to the one that takes its place.
  const podBehind = async (): Promise<string> => /answer of pod (\S+),/.exec(await (await fetch(`http://${address}/`)).text())?.[1] ?? '';
  const before = await podBehind();
  const cluster = await sandboxOf(workbench.folder);
  const [pod] = (await cluster.list({ apiVersion: 'v1', kind: 'Pod' }, {})).filter(({ metadata }) => metadata.name === before);
  await cluster.delete({ apiVersion: 'v1', kind: 'Pod', namespace: pod?.metadata.namespace ?? '', name: before });
  // Until there is another one the connection is refused, as by the Service itself.
  await expect.poll(() => podBehind().catch(() => before)).not.toBe(before);
  expect(await podBehind()).toMatch(/^web-/);
  expect(await row.textContent()).toContain(address);

  // Where the editor runs on another machine its address leads through the editor's own server, which passes ports on; the bare
  // one of these tests does not, so that the test stands in for it.
  await page.context().route('**/proxy/*/**', async (route) => {
    const passed = await fetch(`http://${address}/`);
    await route.fulfill({ status: passed.status, contentType: 'text/plain', body: await passed.text() });
  });
  await row.hover();
  const [opened] = await Promise.all([page.context().waitForEvent('page'), row.getByRole('button', { name: 'Open Forwarded Port in Browser' }).click()]);
  await opened.getByText('simulated answer').waitFor();
  await opened.close();

  await row.hover();
  await row.getByRole('button', { name: 'Stop Forwarding Port' }).click();
  await row.waitFor({ state: 'detached' });
  await expect(fetch(`http://${address}/`)).rejects.toThrow('fetch failed');
});
