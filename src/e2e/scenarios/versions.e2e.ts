// A history that is looked at, compared, put back and replayed; and a merge that is answered on the canvas.
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { nodeOf } from '../gestures';
import { scenario } from '../scenario';

const file = '.kubeorch/shop.workflow.yaml';
const text = `# The shop.
apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: shop
status: published
nodes:
  settings: { type: configmap, data: { MODE: fast } }
  web:
    type: deployment # two are enough
    image: nginx:1
    replicas: 2
edges:
  - settings -> web
layout: { settings: [0, 40], web: [340, 40] }
`;
const edited = text.replace('replicas: 2', 'replicas: 5').replace('nodes:\n', 'nodes:\n  cache: { type: configmap, data: { SIZE: "1" } }\n');
const conflict = text.replace('    replicas: 2\n', '<<<<<<< HEAD\n    replicas: 3\n=======\n    replicas: 7 # measured\n>>>>>>> cache\n');

scenario('versions are compared and restored, a run is replayed, and a merge is answered on the canvas', { workspace: { [file]: text } }, async (workbench) => {
  const { page } = workbench;
  await workbench.openFile(file);
  let canvas = await workbench.canvas();
  await workbench.runCommand('KubeOrch: Select Target…');
  await workbench.pick('Sandbox');
  await canvas.locator('.target-chip[data-state="live"]').waitFor();
  await canvas.getByRole('button', { name: 'Plan', exact: true }).click();
  await canvas.locator('#accept-plan').click();
  await canvas.locator('.run-status[data-status="completed"]').waitFor();

  // The version of the run against the file as it is now, on two canvases.
  await writeFile(join(workbench.folder, file), edited);
  await nodeOf(canvas, 'cache').waitFor();
  await workbench.runCommand('KubeOrch: Compare Versions…');
  await workbench.pick('Version 1');
  await workbench.pick('Working file');
  let compared = await workbench.webview('.compare[data-kind="compare"]');
  await compared.locator('[data-side="after"] .react-flow__node[data-id="cache"] .card-status', { hasText: 'Added' }).waitFor();
  await compared.locator('.change', { hasText: 'web' }).locator('ins', { hasText: '5' }).waitFor();
  await workbench.screenshot('versions-compared');

  // Restored: a new version, and the one that stood in the file is kept.
  await compared.locator('#compare-restore').click();
  await (await workbench.dialog('Put version 1 of "shop" back into the file?')).getByRole('button', { name: 'Restore' }).click();
  await compared.getByText('They mean the same.').waitFor();
  await expect.poll(() => readFile(join(workbench.folder, file), 'utf8')).toBe(text);
  const kept = (await readdir(join(workbench.folder, '.kubeorch/versions/shop')))
    .filter((name) => !name.endsWith('.meta.yaml'))
    .sort((a, b) => (a < b ? -1 : 1));
  expect(kept.map((name) => name.slice(0, 4))).toEqual(['0001', '0002', '0003']);
  expect(await readFile(join(workbench.folder, '.kubeorch/versions/shop', kept[1] ?? ''), 'utf8')).toBe(edited);
  await workbench.openFile(file);
  canvas = await workbench.webview('.toolbar');
  await nodeOf(canvas, 'cache').waitFor({ state: 'detached' });

  // The cluster is a side, too, and says the same.
  await workbench.runCommand('KubeOrch: Compare File with Cluster');
  compared = await workbench.webview('.compare[data-kind="compare"] .compare-same');
  await compared.locator('.compare-label', { hasText: 'Cluster: ' }).waitFor();

  // The view lists them; a row opens its version, which nobody can change.
  await workbench.runCommand('KubeOrch: Focus on Versions View');
  await page.locator('.pane-body .monaco-list-row[aria-label^="Version 2"]').click();
  const version = await workbench.webview('.compare[data-kind="version"]');
  await nodeOf(version, 'cache').waitFor();
  await workbench.screenshot('versions-view');

  // The run, event by event, without a cluster.
  await workbench.runCommand('KubeOrch: Replay Run');
  await workbench.pick('version 1');
  const replay = await workbench.webview('.compare[data-kind="replay"]');
  await replay.getByRole('slider', { name: 'Event of the run' }).focus();
  await page.keyboard.press('Home');
  await replay.locator('.react-flow__node[data-id="web"] .status-label:empty').waitFor({ state: 'attached' });
  await page.keyboard.press('End');
  await replay.locator('.react-flow__node[data-id="web"] .status-label', { hasText: /\w/ }).waitFor();
  await workbench.screenshot('versions-replay');

  // A merge with a question opens as both sides, and is answered there; comments of what is taken come along.
  await workbench.openFile(file);
  await workbench.webview('.toolbar');
  await writeFile(join(workbench.folder, file), conflict);
  const merge = await workbench.webview('.compare[data-kind="conflict"]');
  await merge.getByRole('radio', { name: 'Theirs' }).check();
  await merge.locator('.react-flow__node[data-id="web"] .card-status', { hasText: 'Taken' }).waitFor();
  await workbench.screenshot('versions-merge');
  await merge.locator('#resolve-conflict').click();
  canvas = await workbench.webview('.toolbar');
  await nodeOf(canvas, 'web').locator('.card-row', { hasText: '7' }).waitFor();
  await page.keyboard.press('ControlOrMeta+S');
  await page.locator('.tab.active.dirty').waitFor({ state: 'detached' });
  expect(await readFile(join(workbench.folder, file), 'utf8')).toBe(text.replace('replicas: 2', 'replicas: 7 # measured'));
});
