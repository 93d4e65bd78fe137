import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isNamespacedKind } from '../../engine/kinds/scope';
import { LiveWorkflow } from '../../engine/status/liveWorkflow';
import { DeployRig } from '../../testing/deployRig';
import { externalSecretsDefinition, installExternalSecrets } from '../../testing/externalSecrets';
import { goldenWorkflows, plannableGolden } from '../../testing/goldenWorkflows';
import { selfContainedKubeconfig } from './administrator';

const execute = promisify(execFile);
const namespace = `policy-${String(process.pid)}`;
const made = `${namespace}-team`;

async function kubectl(...args: readonly string[]): Promise<string> {
  const program = process.env['KUBECTL'];
  if (program === undefined) throw new Error('KUBECTL is not set: start this suite with npm run test:cluster');
  return (await execute(program, args)).stdout;
}

const goldens = await goldenWorkflows(['hpa', 'networkpolicy', 'namespace', 'serviceaccount', 'poddisruptionbudget', 'role', 'manifest', 'secret']);

let rig: DeployRig;
beforeAll(async () => {
  await kubectl('create', 'namespace', namespace);
  rig = await DeployRig.start({ kubeconfig: await selfContainedKubeconfig(), namespace });
  await installExternalSecrets(rig.cluster);
});
afterAll(async () => {
  await rig.cluster.delete(externalSecretsDefinition);
  await rig.dispose();
  await kubectl('delete', 'namespace', namespace, made, '--wait=false', '--ignore-not-found');
});

describe('what policies and the parts of a platform render', () => {
  test.each(goldens)('%s passes the dry-run of a real API server', async (file) => {
    // All in the one namespace that is there: a dry-run in another one would be refused for that alone.
    const text = (await plannableGolden(file)).replaceAll(/^ +namespace: .*\n/gm, '').replaceAll(/, namespace: [a-z]+/g, '');
    for (const { nodeId, secretKeys } of rig.render(text)) for (const key of secretKeys) rig.secretValues.set(`${nodeId}.${key}`, 'x');
    const { plan } = await rig.plan(text);
    expect(plan.problems).toEqual([]);
    expect(plan.steps.filter((step) => step.action !== 'create')).toEqual([]);
    expect(plan.steps.length).toBeGreaterThan(0);
  });
});

const platform = `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: platform
status: published
nodes:
  team: { type: namespace, name: ${made} }
  inside: { type: configmap, data: { A: b } }
  account: { type: serviceaccount }
  reader: { type: role, rules: [{ resources: [pods], verbs: [get, list] }] }
  web: { type: deployment, image: docker.io/library/probe:1, replicas: 2, port: 8080, resources: { requests: { cpu: 10m } } }
  budget: { type: poddisruptionbudget, maxUnavailable: 1 }
  policy: { type: networkpolicy }
  limits: { type: manifest, manifest: { apiVersion: v1, kind: LimitRange, spec: { limits: [{ type: Container, max: { memory: 1Gi } }] } } }
edges:
  - team -> inside
  - account -> web
  - reader -> account
  - budget -> web
  - policy -> web
  - { from: policy, to: web, relation: allow-from }
`;

describe('a workflow of them on a real cluster', () => {
  test('is deployed with the namespace that it makes itself, becomes healthy, and the role is in force', async () => {
    const events = await rig.deploy(platform, { wait: true, timeoutMs: 90_000 });
    expect(events.at(-1)).toMatchObject({ type: 'run:completed', ready: true });
    const live = new LiveWorkflow({ cluster: rig.cluster, clock: rig.clock, logger: rig.logger, workflow: 'platform', objects: rig.render(platform) });
    try {
      await live.settled();
      for (const id of ['team', 'inside', 'account', 'reader', 'web', 'budget', 'policy', 'limits'])
        await live.until(() => live.statusOf(id)?.state === 'healthy');
      await live.until(() => live.statusOf('budget')?.message === '1 of 2 pods may be evicted, 1 must stay');
    } finally {
      live.dispose();
    }
    const as = `system:serviceaccount:${namespace}:account`;
    expect((await kubectl('auth', 'can-i', 'list', 'pods', '-n', namespace, '--as', as)).trim()).toBe('yes');
    const { plan } = await rig.plan(platform);
    expect(plan.steps.filter((step) => step.action !== 'unchanged').map(({ nodeId, action, changes }) => ({ nodeId, action, changes }))).toEqual([]);
  });

  test('hands the replicas over to an autoscaler without a fall to one, and leaves them alone from then on', async () => {
    const file = (more: string, scaled: boolean): string =>
      `apiVersion: kubeorch.dev/v1alpha1\nkind: Workflow\nname: handover\nstatus: published\nnodes:\n  shop: { type: deployment, image: docker.io/library/probe:1, port: 8080${more} }\n${
        scaled ? '  grow: { type: hpa, minReplicas: 2, maxReplicas: 8 }\nedges:\n  - grow -> shop\n' : ''
      }`;
    const replicas = async (): Promise<string> => kubectl('-n', namespace, 'get', 'deployment', 'shop', '-o', 'jsonpath={.spec.replicas}');
    await rig.deploy(file(', replicas: 3', false));
    expect(await replicas()).toBe('3');
    await rig.deploy(file('', true));
    expect(await replicas()).toBe('3');
    // As an autoscaler does it: through the scale subresource, which takes the field over.
    await kubectl('-n', namespace, 'scale', 'deployment', 'shop', '--replicas=5');
    const events = await rig.deploy(file(', env: { MODE: fast }', true));
    expect(events.at(-1)).toMatchObject({ type: 'run:completed' });
    expect(await replicas()).toBe('5');
    const { plan } = await rig.plan(file(', env: { MODE: fast }', true));
    expect(plan.steps.map((step) => [step.nodeId, step.action])).toEqual([
      ['shop', 'unchanged'],
      ['grow', 'unchanged'],
    ]);
  });
});

describe('which kinds are outside of namespaces', () => {
  test('is as the real API server says', async () => {
    const table = await kubectl('api-resources', '--no-headers', '--namespaced=false', '-o', 'wide');
    const rows = table.split('\n').filter((line) => line !== '');
    // NAME SHORTNAMES APIVERSION NAMESPACED KIND: the short names may be missing.
    const kinds = rows
      .map((line) => /(\S+)\s+false\s+(\S+)/.exec(line))
      .flatMap((match) => (match === null ? [] : [[match[1] ?? '', match[2] ?? ''] as const]));
    expect(kinds.length).toBeGreaterThan(20);
    // Kinds that tests of the cluster define come and go; only Kubernetes' own are ours to know.
    const own = kinds.filter(([apiVersion]) => !apiVersion.includes('.') || /^[a-z.]*\.k8s\.io\//.test(apiVersion));
    expect(own.filter(([apiVersion, kind]) => isNamespacedKind(apiVersion, kind) !== false)).toEqual([]);
  });

  test('names none that is inside of them', async () => {
    const table = await kubectl('api-resources', '--no-headers', '--namespaced=true', '-o', 'wide');
    const kinds = [...table.matchAll(/(\S+)\s+true\s+(\S+)/g)].map((match) => [match[1] ?? '', match[2] ?? ''] as const);
    expect(kinds.length).toBeGreaterThan(20);
    expect(kinds.filter(([apiVersion, kind]) => isNamespacedKind(apiVersion, kind) === false)).toEqual([]);
  });
});
