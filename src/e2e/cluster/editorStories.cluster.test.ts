// The stories of `stories.cluster.test.ts` as a person has them in the editor: a middle tier that does not come up, mended and gone on with;
// a change that replaces and a removal, each behind its gate; a stranger's object that stays.
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { findChromium, howToGetChromium } from '../../build/chromium.mjs';
import { ensureCodeServer } from '../../build/codeServer.mjs';
import { nodeOf, recordOrder } from '../gestures';
import { scenario } from '../scenario';

const execute = promisify(execFile);
const namespace = `editor-stories-${String(process.pid)}`;
const file = '.kubeorch/shop.workflow.yaml';

async function kubectl(...args: string[]): Promise<string> {
  const { stdout } = await execute(process.env['KUBECTL'] ?? 'kubectl', ['-n', namespace, ...args]);
  return stdout.trim();
}

const tier = (image: string, more = ''): string => `{ type: deployment, image: "docker.io/library/${image}", port: 8080, readinessProbe: { path: / }${more} }`;
const map = '{ type: configmap, data: { OURS: yes } }';

function shop(nodes: Readonly<Record<string, string>>): string {
  const lines = Object.entries(nodes).map(([id, said]) => `  ${id}: ${said}\n`);
  const head = `apiVersion: kubeorch.dev/v1alpha1\nkind: Workflow\nname: shop\nstatus: published\nnamespace: ${namespace}\n`;
  return `${head}nodes:\n${lines.join('')}edges:\n  - web -> api\n  - api -> store\n`;
}

const fixed = (mode: string): string => `{ type: configmap, data: { MODE: ${mode} }, patch: { immutable: true } }`;
const tiers = { store: tier('probe:1'), api: tier('probe:1'), web: tier('probe:1') };
const failing = { ...tiers, api: tier('nowhere:1', ', options: { timeoutMs: 8000 }'), fixed: fixed('fast'), old: map, twin: map };
const mended = { ...failing, api: tiers.api, late: map };
const less = { ...tiers, fixed: fixed('slow'), late: map };

const chromium = findChromium();

describe.skipIf(chromium === undefined)(`stories in the editor${chromium === undefined ? ` (no Chromium: ${howToGetChromium})` : ''}`, () => {
  beforeAll(async () => {
    await ensureCodeServer(() => undefined);
    await execute(process.env['KUBECTL'] ?? 'kubectl', ['create', 'namespace', namespace]);
  }, 300_000);
  afterAll(() => kubectl('delete', 'namespace', namespace, '--wait=false'));

  scenario(
    'a tier that fails is mended, a replacement and a removal are approved, and a stranger keeps what is theirs',
    { workspace: { [file]: shop(failing) }, env: { KUBECONFIG: process.env['KUBECONFIG'] ?? '' }, timeoutMs: 600_000 },
    async (workbench) => {
      const author = (nodes: Readonly<Record<string, string>>): Promise<void> => writeFile(join(workbench.folder, file), shop(nodes));
      await workbench.openFile(file);
      const canvas = await workbench.canvas();
      await nodeOf(canvas, 'api').waitFor();
      await workbench.runCommand('KubeOrch: Select Target…');
      await workbench.pick('127.0.0.1:6443');
      await canvas.locator('.target-chip[data-state="live"]').waitFor();
      const plan = (): Promise<void> => canvas.getByRole('button', { name: 'Plan', exact: true }).click();

      await plan();
      const failed = await recordOrder(canvas);
      await canvas.locator('#accept-plan').click();
      await canvas.locator('.run-status[data-status="failed"]').waitFor();
      expect((await failed()).filter((one) => one.startsWith('web: Appl'))).toEqual([]);
      await workbench.screenshot('cluster-story-failed');
      expect(await kubectl('get', 'deployments', '-o', 'jsonpath={.items[*].metadata.name}')).toBe('api store');

      await author(mended);
      await nodeOf(canvas, 'late').waitFor();
      await plan();
      const waves = await recordOrder(canvas);
      await canvas.locator('#accept-plan').click();
      await canvas.locator('.run-status[data-status="completed"]').waitFor();
      expect(await kubectl('get', 'deployments', '-o', 'jsonpath={.items[*].status.readyReplicas}')).toBe('1 1 1');
      // A tier is begun when the one that it depends on was seen ready.
      const seen = await waves();
      expect(seen.findIndex((one) => one.startsWith('web: Appl'))).toBeGreaterThan(seen.indexOf('api: Healthy'));
      expect(seen.indexOf('api: Healthy')).toBeGreaterThan(-1);

      await kubectl('delete', 'configmap', 'twin');
      await kubectl('create', 'configmap', 'twin', '--from-literal=THEIRS=yes');
      await author(less);
      await nodeOf(canvas, 'old').waitFor({ state: 'detached' });
      await plan();
      await canvas.getByRole('button', { name: 'Plan to delete these…' }).click();
      await canvas.locator('.plan-step[data-tone="bad"]', { hasText: 'ConfigMap old' }).waitFor();
      await workbench.screenshot('cluster-story-plan');
      await canvas.locator('#accept-plan').click();
      for (const object of ['ConfigMap fixed', 'ConfigMap old']) {
        const asked = canvas.locator('.gate', { hasText: object });
        await asked.waitFor();
        expect(await kubectl('get', 'configmap', 'old', '-o', 'name')).toBe('configmap/old');
        await asked.getByRole('button', { name: 'Approve' }).click();
        await asked.getByRole('button', { name: 'Approve' }).waitFor({ state: 'detached' });
      }
      await canvas.locator('.run-status[data-status="completed"]').waitFor();
      await workbench.screenshot('cluster-story-done');
      expect(await kubectl('get', 'configmaps', 'fixed', 'twin', '-o', 'jsonpath={.items[*].data}')).toBe('{"MODE":"slow"} {"THEIRS":"yes"}');
      await expect(kubectl('get', 'configmap', 'old')).rejects.toThrow('not found');
    },
  );
});
