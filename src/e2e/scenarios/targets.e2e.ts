// Targets that do not answer, refuse, or are not what the file expects: each says why in one sentence, and nothing is lost.
import { existsSync, mkdtempSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, onTestFinished } from 'vitest';
import { parse, stringify } from 'yaml';
import { freePort } from '../../build/freePort.mjs';
import { clusterFromKubeconfig } from '../../kube/index';
import { systemClock } from '../../node/systemClock';
import { sandboxStateDir, startSandbox } from '../../sandbox/index';
import { MemoryLogger } from '../../testing/memoryLogger';
import { projectRoot } from '../editor';
import { nodeOf } from '../gestures';
import { scenario } from '../scenario';

const file = '.kubeorch/shop.workflow.yaml';
const text = `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: shop
status: published
namespace: nowhere
environments:
  staging: { namespace: shop-staging }
nodes:
  web: { type: deployment, image: 'nginx:1.27', port: 80 }
  web-svc: { type: service, port: 80 }
edges:
  - web-svc -> web
`;

interface Kubeconfig {
  clusters: { name: string; cluster: { server: string } }[];
  users: { name: string; user: { token?: string } }[];
  contexts: { name: string; context: { cluster: string; user: string } }[];
}

/** The kubeconfig of a sandbox with two more ways to it: one whose port is closed, and one whose token is wrong. */
function withWrongWays(kubeconfig: Kubeconfig, closedPort: number): Kubeconfig {
  const [cluster, user] = [kubeconfig.clusters[0], kubeconfig.users[0]];
  if (cluster === undefined || user === undefined) throw new Error('The kubeconfig of the sandbox is empty.');
  return {
    ...kubeconfig,
    clusters: [cluster, { name: 'asleep', cluster: { ...cluster.cluster, server: `https://127.0.0.1:${closedPort}` } }],
    users: [user, { name: 'former', user: { token: 'expired-long-ago' } }],
    contexts: [
      { name: 'dead-cluster', context: { cluster: 'asleep', user: user.name } },
      { name: 'old-token', context: { cluster: cluster.name, user: 'former' } },
    ],
  };
}

const place = mkdtempSync(join(tmpdir(), 'kubeorch-kubeconfig-'));
const kubeconfigFile = join(place, 'config');
afterAll(() => rm(place, { recursive: true, force: true }));

scenario('a target that cannot be used says why and loses nothing', { workspace: { [file]: text }, env: { KUBECONFIG: kubeconfigFile } }, async (workbench) => {
  const sandbox = await startSandbox({ stateDir: sandboxStateDir(workbench.folder), entry: join(projectRoot, 'dist/sandbox.js'), execPath: process.execPath });
  const closedPort = await freePort();
  await writeFile(kubeconfigFile, stringify(withWrongWays(parse(await readFile(sandbox.kubeconfigPath, 'utf8')) as Kubeconfig, closedPort)));

  await workbench.openFile(file);
  const canvas = await workbench.canvas();
  await nodeOf(canvas, 'web').waitFor();
  const banner = canvas.locator('.banner[data-tone="warn"]');
  const plan = canvas.getByRole('button', { name: 'Plan', exact: true });
  const refusal = canvas.locator('.side-view.plan [role="alert"]');
  const choose = async (name: string): Promise<void> => {
    await workbench.runCommand('KubeOrch: Select Target…');
    await workbench.pick(name);
  };
  /** The same sentence where the target is followed and where it is planned on, each once. */
  const saysBoth = async (sentence: RegExp): Promise<void> => {
    await banner.filter({ hasText: sentence }).waitFor();
    expect(await banner.count()).toBe(1);
    await plan.click();
    await refusal.filter({ hasText: sentence }).waitFor();
    expect(await refusal.count()).toBe(1);
  };

  await choose('staging');
  await saysBoth(/Environment "staging" names no context.*Add "context"/);
  await choose('old-token');
  await saysBoth(/refused the credentials \(401\).*sign in again/);
  await choose('dead-cluster');
  await saysBoth(new RegExp(`The cluster at https://127\\.0\\.0\\.1:${closedPort} does not answer`));
  await workbench.screenshot('target-dead');

  // Something answers there again: the canvas notices by itself. (It is the sandbox, which then wants to be called by its own address.)
  const sandboxPort = Number(new URL(sandbox.server).port);
  const relay = createServer((socket) => {
    const onward = connect(sandboxPort, '127.0.0.1');
    for (const [from, to] of [
      [socket, onward],
      [onward, socket],
    ] as const) {
      from.pipe(to);
      from.on('error', () => to.destroy());
    }
  });
  await new Promise<void>((resolve) => relay.listen(closedPort, '127.0.0.1', resolve));
  onTestFinished(() => void relay.close());
  await canvas.locator('.target-chip', { hasText: 'dead-cluster · nowhere' }).waitFor();
  await banner.filter({ hasText: 'does not answer' }).waitFor({ state: 'detached' });

  // A namespace is never made on the way.
  await choose('Sandbox');
  await canvas.locator('.target-chip', { hasText: 'sandbox' }).and(canvas.locator('[data-state="live"]')).waitFor();
  await plan.click();
  await canvas.locator('.side-view.plan .plan-note', { hasText: 'The namespace "nowhere" does not exist on this cluster.' }).first().waitFor();
  await canvas.locator('#accept-plan[disabled]').waitFor();
  await workbench.screenshot('target-namespace-missing');

  const cluster = await clusterFromKubeconfig({
    path: sandbox.kubeconfigPath,
    clock: systemClock(),
    logger: new MemoryLogger(),
    allowPrograms: () => Promise.resolve(false),
  });
  try {
    const deployments = await cluster.list({ apiVersion: 'apps/v1', kind: 'Deployment' }, {});
    expect(deployments).toEqual([]);
  } finally {
    cluster.dispose();
  }
  // A person may have it made: asked by name and cluster, and planned again at once.
  const make = canvas.getByRole('button', { name: 'Create namespace…' });
  await make.click();
  await (await workbench.dialog('Create the namespace nowhere')).getByRole('button', { name: 'Cancel' }).click();
  await make.click();
  await (await workbench.dialog('Create the namespace nowhere')).getByRole('button', { name: 'Create Namespace' }).click();
  await canvas.locator('#accept-plan:not([disabled])').waitFor();
  await make.waitFor({ state: 'detached' });

  expect(existsSync(join(workbench.folder, '.kubeorch/versions'))).toBe(false);
  expect(existsSync(join(workbench.folder, '.kubeorch/runs'))).toBe(false);
  expect(await workbench.page.locator('.tab.dirty').count()).toBe(0);
  expect(await readFile(join(workbench.folder, file), 'utf8')).toBe(text);
});
