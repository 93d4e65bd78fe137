import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Cluster } from '../../engine/ports';
import { clusterFromKubeconfig } from '../../kube/index';
import { systemClock } from '../../node/systemClock';
import type { RunningSandbox } from '../../sandbox/options';
import { startServer } from '../../sandbox/startServer';
import type { Plan } from '../../shared/plan';
import type { BundledCli, CliResult } from '../../testing/bundledCli';
import { bundleCli } from '../../testing/bundledCli';
import { runHere } from '../tests/runHere';
import { MemoryLogger } from '../../testing/memoryLogger';
import { realTools, sourceFixtures, workflowWith } from '../../testing/sourceRig';

const missing = realTools === undefined ? ' (skipped: helm and kubectl are not to be had on this machine)' : '';
const file = '.kubeorch/living.workflow.yaml';
const shop = (more = ''): string =>
  `  shop: { type: helm, chart: charts/shop, releaseName: demo${more} }\n  after: { type: configmap, data: { A: b } }\n  base: { type: kustomize, path: bases/shop/overlay }\n` +
  `edges:\n  - { from: base, to: shop, relation: depends-on }\n`;

describe.skipIf(realTools === undefined)(`charts and bases on the command line${missing}`, () => {
  let cli: BundledCli;
  let sandbox: RunningSandbox;
  let cluster: Cluster;
  const env = { PATH: realTools === undefined ? '' : dirname(realTools.helm) };
  const run = (command: string, ...args: string[]): Promise<CliResult> => runHere([command, file, ...args], { cwd: cli.folder, env });
  const target = ['--kubeconfig', 'sandbox.kubeconfig'];
  const author = (nodes: string): Promise<void> => writeFile(join(cli.folder, file), workflowWith(nodes));

  beforeAll(async () => {
    [cli, sandbox] = await Promise.all([
      bundleCli(['engine', 'kube']),
      startServer({ seed: '1', delays: { imagePullMs: 20, containerStartMs: 20, readinessMs: 100, terminationMs: 20 } }),
    ]);
    await writeFile(join(cli.folder, 'sandbox.kubeconfig'), sandbox.kubeconfig);
    await mkdir(join(cli.folder, '.kubeorch'), { recursive: true });
    await cp(sourceFixtures, cli.folder, { recursive: true });
    await author(shop());
    cluster = await clusterFromKubeconfig({ text: sandbox.kubeconfig, clock: systemClock(), logger: new MemoryLogger() });
  }, 180_000);
  afterAll(async () => {
    cluster.dispose();
    await sandbox.close();
    await cli.dispose();
  });

  test('render prints their objects, and what there is to know on stderr', async () => {
    const { code, stdout, stderr } = await run('render');
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('Helm hooks of "shop" are not run: Job demo-migrate') as string });
    expect(stdout).toContain('kind: Widget');
    expect(stdout).not.toMatch(/chart-secret-1|Y2hhcnQtc2VjcmV0LTE/);
  }, 120_000);

  test('a release that Helm has under this name refuses the plan, and "adopt" takes its objects over', async () => {
    await cluster.create({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'sh.helm.release.v1.demo.v1', namespace: 'default', labels: { owner: 'helm', name: 'demo' } },
      type: 'helm.sh/release.v1',
      data: { release: 'e30=' },
    });
    const annotations = { 'meta.helm.sh/release-name': 'demo', 'meta.helm.sh/release-namespace': 'default' };
    await cluster.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'demo-cache', namespace: 'default', annotations }, data: { SIZE: '64' } });
    const refused = await run('plan', ...target, '-o', 'json');
    expect((JSON.parse(refused.stdout) as Plan).problems).toMatchObject([{ code: 'source.release', nodeId: 'shop', severity: 'error' }]);
    expect(refused.code).toBe(2);
    await author(shop(', adopt: true'));
    const plan = JSON.parse((await run('plan', ...target, '-o', 'json')).stdout) as Plan;
    expect(plan.problems).toMatchObject([{ code: 'source.adopts', severity: 'warning' }]);
    expect(plan.steps.find((step) => step.ref.name === 'demo-cache')?.action).toBe('adopt');
    // The definition comes with this very plan, and so does an object of it.
    expect(plan.steps.find((step) => step.ref.kind === 'Widget')?.action).toBe('create');
  }, 120_000);

  test('deploy applies them in order until all are healthy, and a second one finds nothing to do', async () => {
    const deployed = await cli.run(['deploy', file, ...target, '--yes', '--wait', '--timeout', '60s', '-o', 'ndjson'], { env });
    expect({ code: deployed.code, stderr: deployed.stderr }).toMatchObject({ code: 0 });
    const events = deployed.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; ref?: { kind: string }; nodeId?: string });
    const applied = events.filter((event) => event.type === 'node:completed');
    expect(applied[0]?.ref?.kind).not.toBe('Widget');
    const order = applied.filter((event) => event.nodeId === 'shop').map((event) => event.ref?.kind);
    expect(order[0]).toBe('CustomResourceDefinition');
    expect(order.indexOf('Deployment')).toBeGreaterThan(order.indexOf('Service'));
    expect(events.findIndex((event) => event.nodeId === 'base' && event.type === 'node:started')).toBeGreaterThan(
      events.findLastIndex((event) => event.nodeId === 'shop' && event.type === 'node:completed'),
    );
    const secret = await cluster.get({ apiVersion: 'v1', kind: 'Secret', namespace: 'default', name: 'demo-login' });
    expect(Object.keys(secret?.data ?? {}).sort()).toEqual(['PASSWORD', 'USER']);
    expect(await run('plan', ...target)).toMatchObject({ code: 0 });
  }, 180_000);

  test('status tells every object by itself, and its node by the worst of them', async () => {
    const { code, stdout } = await run('status', ...target, '-o', 'json');
    const rows = JSON.parse(stdout) as readonly { kind: string; name: string; state: string }[];
    expect(rows.find((row) => row.kind === 'Deployment' && row.name === 'demo-web')).toMatchObject({ state: 'healthy' });
    expect(rows.filter((row) => row.kind === 'Widget')).toHaveLength(1);
    expect(code).toBe(0);
  }, 120_000);

  test('nothing secret is in any file that was written', async () => {
    const written = await readdir(join(cli.folder, '.kubeorch'), { recursive: true, withFileTypes: true });
    for (const entry of written.filter((one) => one.isFile())) {
      const text = await readFile(join(entry.parentPath, entry.name), 'utf8');
      expect(text).not.toMatch(/chart-secret-1|Y2hhcnQtc2VjcmV0LTE|base-secret-1|YmFzZS1zZWNyZXQtMQ/);
    }
  });
});
