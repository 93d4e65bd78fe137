// What goes wrong with pods, as the canvas and the inspector say it: the reason, the cluster's own words, and what helps.
import { expect } from 'vitest';
import type { StatusHint } from '../../shared/statusHint';
import { hintSentences } from '../../shared/statusHint';
import { nodeOf, statusOf } from '../gestures';
import { scenario } from '../scenario';

interface Failure {
  readonly reason: string;
  readonly hint: StatusHint;
  /** What the pods are told to do on the sandbox; none where the cluster itself refuses them. */
  readonly staged?: string;
}

const failures: Readonly<Record<string, Failure>> = {
  'no-image': { reason: 'ImagePull', hint: 'image.missing', staged: 'image-pull' },
  crashing: { reason: 'CrashLoopBackOff', hint: 'container.logs', staged: 'crash-loop' },
  hungry: { reason: 'OOMKilled', hint: 'container.memory', staged: 'oom' },
  unplaced: { reason: 'Unschedulable', hint: 'schedule.resources', staged: 'unschedulable' },
  unmounted: { reason: 'FailedMount', hint: 'volume.mount', staged: 'failed-mount' },
  unready: { reason: 'Unhealthy', hint: 'probe.failing', staged: 'never-ready' },
  refused: { reason: 'FailedCreate', hint: 'refused.quota' },
};

/** A deployment for each, in two columns. */
const nodes = Object.entries(failures).map(([id, { staged }]) => {
  const annotations = staged === undefined ? '' : `, podAnnotations: { sandbox.kubeorch.dev/scenario: ${staged} }`;
  const replicas = staged === undefined ? ', resources: { requests: { cpu: 100m } }' : '';
  return `  ${id}: { type: deployment, image: 'nginx:1.27', port: 8080, readinessProbe: { path: / }${replicas}${annotations} }`;
});
const layout = Object.keys(failures).map((id, index) => `  ${id}: [${String((index % 2) * 280)}, ${String(Math.floor(index / 2) * 172)}]`);
const file = '.kubeorch/trouble.workflow.yaml';
const text = `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: trouble
status: published
nodes:
${nodes.join('\n')}
  quota:
    type: manifest
    manifest: { apiVersion: v1, kind: ResourceQuota, metadata: { name: cpu }, spec: { hard: { requests.cpu: 50m }, scopes: [NotBestEffort] } }
edges:
  - { from: refused, to: quota, relation: depends-on, ready: applied }
layout:
${layout.join('\n')}
  quota: [280, 516]
`;

scenario('what goes wrong with pods is said with its reason and what helps', { workspace: { [file]: text }, timeoutMs: 300_000 }, async (workbench) => {
  await workbench.openFile(file);
  let canvas = await workbench.canvas();
  await workbench.runCommand('KubeOrch: Select Target…');
  await workbench.pick('Sandbox');
  await canvas.locator('.target-chip[data-state="live"]').waitFor();
  await workbench.runCommand('KubeOrch: Deploy…');
  await canvas.locator('#accept-plan:not([disabled])').click();
  await nodeOf(canvas, 'crashing').locator('.card-name').click();
  await canvas.getByRole('tab', { name: 'Settings' }).click();

  for (const [id, { reason, hint }] of Object.entries(failures)) {
    await nodeOf(canvas, id).locator('.card-name').click();
    const told = canvas.locator('.inspector .live-status');
    await told.locator('.live-hint', { hasText: hintSentences[hint] }).waitFor();
    await told.locator('.facts dd', { hasText: reason }).first().waitFor();
    expect([id, await told.locator('.live-message').textContent()]).not.toEqual([id, '']);
    // Nothing beside it says that all is well, and the card says the reason too, whatever the language.
    expect(await canvas.locator('.inspector .diagnostics').count()).toBe(0);
    await statusOf(canvas, id).getByText(reason).first().waitFor();
    await workbench.screenshot(`health-${id}`);
  }
  for (const theme of ['light', 'high-contrast', 'dark'] as const) {
    await workbench.setTheme(theme);
    canvas = await workbench.canvas();
    await nodeOf(canvas, 'hungry').locator('.card-name').click();
    await workbench.screenshot(`health-${theme}`);
  }
});
