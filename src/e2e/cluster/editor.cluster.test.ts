// The real VS Code on the real cluster: planned, deployed, watched and looked into by mouse and keyboard.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { findChromium, howToGetChromium } from '../../build/chromium.mjs';
import { ensureCodeServer } from '../../build/codeServer.mjs';
import { nodeOf, statusOf } from '../gestures';
import { scenario } from '../scenario';

const execute = promisify(execFile);
const namespace = `editor-${String(process.pid)}`;
const secretValue = 'c4nary-in-the-ed1tor';

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: start this suite with npm run test:cluster`);
  return value;
}

async function kubectl(...args: string[]): Promise<string> {
  const { stdout } = await execute(required('KUBECTL'), args);
  return stdout;
}

const workflow = `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: probe
status: published
namespace: ${namespace}
nodes:
  web: { type: deployment, image: docker.io/library/probe:1, port: 8080, readinessProbe: { path: / } }
  web-svc: { type: service, name: web, port: 80 }
  settings: { type: configmap, data: { MODE: fast } }
  token: { type: secret, keys: [TOKEN] }
edges:
  - web-svc -> web
  - { from: settings, to: web, as: env }
  - { from: token, to: web, as: env }
`;

const chromium = findChromium();

describe.skipIf(chromium === undefined)(`the editor on the real cluster${chromium === undefined ? ` (no Chromium: ${howToGetChromium})` : ''}`, () => {
  beforeAll(async () => {
    await ensureCodeServer(() => undefined);
    await kubectl('create', 'namespace', namespace);
  }, 300_000);
  afterAll(() => kubectl('delete', 'namespace', namespace, '--wait=false'));

  scenario(
    'deploys, turns healthy, shows logs, opens a shell, and has nothing to do the second time',
    { workspace: { '.kubeorch/probe.workflow.yaml': workflow }, env: { KUBECONFIG: process.env['KUBECONFIG'] ?? '' }, timeoutMs: 600_000 },
    async (workbench) => {
      await workbench.openFile('.kubeorch/probe.workflow.yaml');
      const canvas = await workbench.canvas();
      await nodeOf(canvas, 'web').waitFor();
      await workbench.runCommand('KubeOrch: Select Target…');
      await workbench.pick('127.0.0.1:6443');
      await canvas.locator('.target-chip[data-state="live"]').waitFor();
      await canvas.getByRole('button', { name: 'Plan', exact: true }).click();
      await workbench.answer(secretValue);
      await workbench.pick('For This Window');
      await canvas.locator('#accept-plan').click();
      await canvas.locator('.health-summary[data-tone="good"]').waitFor();
      await statusOf(canvas, 'web').getByText('Healthy').waitFor();
      await workbench.screenshot('cluster-healthy');

      const applied = await kubectl('-n', namespace, 'get', 'deployment', 'web', '-o', 'yaml', '--show-managed-fields');
      expect(applied).toContain('manager: kubeorch');
      const mounted = await kubectl('-n', namespace, 'exec', 'deployment/web', '--', '/bin/sh', '-c', 'echo $TOKEN');
      expect(mounted.trim()).toBe(secretValue);

      await canvas.getByRole('button', { name: 'Plan', exact: true }).click();
      await canvas.locator('#accept-plan', { hasText: 'Nothing to deploy' }).waitFor();

      await nodeOf(canvas, 'web').locator('.card-name').click();
      await workbench.runCommand('KubeOrch: Show Logs…');
      const logs = await workbench.webview('.log-row');
      await logs.locator('.log-row', { hasText: 'listening on :8080' }).first().waitFor();

      await workbench.page.locator('.tab', { hasText: 'probe.workflow.yaml' }).first().click();
      await workbench.runCommand('KubeOrch: Open Terminal…');
      await workbench.page.locator('.terminal-wrapper.active .xterm-helper-textarea').focus();
      await workbench.page.keyboard.type('touch /tmp/typed-$((40+2))\n');
      await expect.poll(() => kubectl('-n', namespace, 'exec', 'deployment/web', '--', '/bin/ls', '/tmp')).toContain('typed-42');
      await workbench.screenshot('cluster-terminal');
    },
  );
});
