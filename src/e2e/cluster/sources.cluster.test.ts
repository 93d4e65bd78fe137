// Charts and bases on a real cluster: rendered for a plan by the real programs, deployed to health, left alone by a second deploy,
// an object that is gone from the chart left running or pruned, without a value of a Secret in anything that is written, and routes that lead into a chart judged.
import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KubeObject } from '../../shared/kubeObject';
import type { BundledCli, CliResult } from '../../testing/bundledCli';
import { bundleCli } from '../../testing/bundledCli';
import { realTools, sourceFixtures } from '../../testing/sourceRig';

const execute = promisify(execFile);
const namespace = `sources-${String(process.pid)}`;
const file = '.kubeorch/living.workflow.yaml';
/** In a values file of the chart, as charts ask for it; it becomes the value of a Secret. */
const canary = 'v4lues-canary-9137';
const missing = realTools === undefined ? ' (skipped: helm and kubectl are not to be had on this machine)' : '';

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: start this suite with npm run test:cluster`);
  return value;
}

async function kubectl(...args: string[]): Promise<string> {
  const { stdout } = await execute(required('KUBECTL'), ['-n', namespace, ...args]);
  return stdout;
}

const workflow = (service = 'demo-web'): string => `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: living
status: published
namespace: ${namespace}
nodes:
  shop: { type: helm, chart: charts/shop, releaseName: demo, valuesFiles: [values/private.yaml], values: { replicas: 1 } }
  base: { type: kustomize, path: bases/shop/overlay }
  front: { type: ingress, host: ${namespace}.example.com, ingressClassName: ${namespace}, serviceName: ${service}, servicePort: 80 }
edges:
  - { from: base, to: shop, relation: depends-on }
`;

describe.skipIf(realTools === undefined)(`charts and bases on a real cluster${missing}`, () => {
  let cli: BundledCli;
  /** Everything that the program said. */
  const said: string[] = [];

  async function run(command: string, ...args: string[]): Promise<CliResult> {
    const result = await cli.run([command, file, ...args], { env: { PATH: realTools === undefined ? '' : dirname(realTools.helm) } });
    said.push(result.stdout, result.stderr);
    return result;
  }
  const target = (): string[] => ['--kubeconfig', required('KUBECONFIG')];
  const author = (text: string): Promise<void> => writeFile(join(cli.folder, file), text);

  /** What we wrote, by the versions that a write would change: controllers write a Deployment's status too. */
  async function written(): Promise<Record<string, unknown>> {
    const kinds = 'deployments,services,configmaps,secrets,ingresses,widgets.living.kubeorch.dev';
    const list = JSON.parse(await kubectl('get', kinds, '-l', 'kubeorch.dev/workflow=living', '-o', 'json')) as { items: KubeObject[] };
    return Object.fromEntries(
      list.items.map(({ kind, metadata }) => [`${kind}/${metadata.name}`, kind === 'Deployment' ? metadata.generation : metadata.resourceVersion]),
    );
  }

  beforeAll(async () => {
    cli = await bundleCli(['engine', 'kube']);
    await mkdir(join(cli.folder, '.kubeorch'), { recursive: true });
    await cp(sourceFixtures, cli.folder, { recursive: true });
    await mkdir(join(cli.folder, 'values'));
    await writeFile(join(cli.folder, 'values/private.yaml'), `password: ${canary}\n`);
    await kubectl('create', 'namespace', namespace);
    const spec = { controller: 'example.com/none' };
    await writeFile(
      join(cli.folder, 'class.json'),
      JSON.stringify({ apiVersion: 'networking.k8s.io/v1', kind: 'IngressClass', metadata: { name: namespace }, spec }),
    );
    await kubectl('apply', '-f', join(cli.folder, 'class.json'));
    await author(workflow());
  }, 120_000);
  afterAll(async () => {
    await Promise.all([kubectl('delete', 'namespace', namespace, '--wait=false'), kubectl('delete', 'ingressclass', namespace)]);
    await kubectl('delete', 'customresourcedefinition', '-l', 'kubeorch.dev/workflow=living', '--wait=false');
    await cli.dispose();
  });

  test('are rendered for the plan, deployed and healthy', async () => {
    const planned = JSON.parse((await run('plan', ...target(), '-o', 'json')).stdout) as { steps: readonly { nodeId: string; effect: string }[] };
    const ofChart = planned.steps.filter((step) => step.nodeId === 'shop');
    expect(ofChart.length).toBeGreaterThan(5);
    expect(ofChart.filter((step) => step.effect !== 'create')).toEqual([]);
    const { code, stderr } = await run('deploy', ...target(), '--yes', '--wait', '--timeout', '90s');
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    const rows = JSON.parse((await run('status', ...target(), '-o', 'json')).stdout) as readonly { kind: string; name: string; state: string }[];
    for (const name of ['demo-web', 'lab-web']) expect(rows.find((row) => row.kind === 'Deployment' && row.name === name)).toMatchObject({ state: 'healthy' });
    // The value that the chart was given is where it belongs.
    const password = await kubectl('get', 'secret', 'demo-login', '-o', 'jsonpath={.data.PASSWORD}');
    expect(Buffer.from(password, 'base64').toString()).toBe(canary);
  }, 150_000);

  test('are left alone by a second deploy', async () => {
    const before = await written();
    expect(Object.keys(before).length).toBeGreaterThan(8);
    expect((await run('deploy', ...target(), '--yes')).code).toBe(0);
    expect(await written()).toEqual(before);
  }, 60_000);

  test('a field that someone takes from an object of a chart is told, and taken back when it is named', async () => {
    expect(await run('drift', ...target())).toMatchObject({ code: 0, stderr: expect.not.stringContaining('Rendered otherwise') as string });
    await kubectl('patch', 'deployment', 'demo-web', '--field-manager', 'someone', '-p', '{"spec":{"replicas":2}}');
    const told = await run('drift', ...target());
    expect(told.code).toBe(4);
    expect(told.stdout).toContain('Deployment/demo-web\n  spec.replicas: live 2, applied 1, file 1 (someone; --take Deployment/demo-web:spec.replicas)\n');
    expect((await run('deploy', ...target(), '--yes', '--take', 'Deployment/demo-web:spec.replicas')).code).toBe(0);
    expect(await kubectl('get', 'deployment', 'demo-web', '-o', 'jsonpath={.spec.replicas}')).toBe('1');
    expect((await run('drift', ...target())).code).toBe(0);
  }, 60_000);

  test('an object that the chart has no more is left running, and deleted by a prune', async () => {
    await rm(join(cli.folder, 'charts/shop/templates/widget.yaml'));
    const widgets = async (): Promise<string> => (await kubectl('get', 'widgets.living.kubeorch.dev', '-o', 'name')).trim();
    expect((await run('deploy', ...target(), '--yes')).code).toBe(0);
    expect(await widgets()).toBe('widget.living.kubeorch.dev/demo');
    const before = await written();
    const pruned = await run('deploy', ...target(), '--prune', '--yes', '--allow', 'prune');
    expect({ code: pruned.code, stderr: pruned.stderr.includes('Widget') }).toEqual({ code: 0, stderr: false });
    expect(await widgets()).toBe('');
    // Its definition stays, as definitions do, and nothing else was touched but the inventory.
    await kubectl('get', 'customresourcedefinition', 'widgets.living.kubeorch.dev');
    const { 'Widget/demo': gone, 'ConfigMap/kubeorch-living': _before, ...others } = before;
    const { 'ConfigMap/kubeorch-living': _after, ...left } = await written();
    expect(gone).toBeDefined();
    expect(left).toEqual(others);
  }, 60_000);

  test('a route of an Ingress into a chart is judged at the objects of the chart', async () => {
    type Told = readonly { id: string; checks: readonly { name: string; node: string; status: string; code: string }[] }[];
    const front = async (): Promise<Told[number]['checks']> => {
      const told = JSON.parse((await run('diagnose', 'front', ...target(), '-o', 'json')).stdout) as Told;
      return told[0]?.checks ?? [];
    };
    const hops = await front();
    expect(hops.filter(({ status }) => status === 'error')).toEqual([]);
    for (const name of ['selector-match', 'port-config', 'pods-ready', 'endpoints-exist'])
      expect(hops.find((hop) => hop.name === name)).toMatchObject({ node: 'shop', status: 'pass' });
    await author(workflow('demo-wep'));
    expect((await run('deploy', ...target(), '--yes')).code).toBe(0);
    expect((await front()).filter(({ status }) => status === 'error').map(({ code }) => code)).toEqual(['backend.missing']);
  }, 60_000);

  test('no value of a Secret is in anything that was said or written', async () => {
    const secrets = [canary, Buffer.from(canary).toString('base64'), 'base-secret-1', Buffer.from('base-secret-1').toString('base64')];
    const files = (await readdir(join(cli.folder, '.kubeorch'), { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
    const texts = await Promise.all(files.map((entry) => readFile(join(entry.parentPath, entry.name), 'utf8')));
    expect(texts.some((text) => text.includes('demo-login'))).toBe(true);
    expect(secrets.filter((secret) => [...texts, ...said].some((text) => text.includes(secret)))).toEqual([]);
  });
});
