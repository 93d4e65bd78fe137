import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DeployRig } from '../../testing/deployRig';
import { installExternalSecrets } from '../../testing/externalSecrets';
import { goldenWorkflows, plannableGolden } from '../../testing/goldenWorkflows';
import { valueAt } from '../../shared/json';
import { LiveWorkflow } from '../status/liveWorkflow';

const goldens = await goldenWorkflows(['hpa', 'networkpolicy', 'namespace', 'serviceaccount', 'poddisruptionbudget', 'role', 'manifest', 'secret']);

let rig: DeployRig;
beforeAll(async () => {
  rig = await DeployRig.start();
});
afterAll(() => rig.dispose());

describe('the goldens of policies and of what belongs to a platform', () => {
  test.each(goldens.filter((file) => !file.includes('external')))('%s is accepted by the sandbox', async (file) => {
    const text = inOneNamespace(await plannableGolden(file));
    for (const { nodeId, secretKeys } of rig.render(text)) for (const key of secretKeys) rig.secretValues.set(`${nodeId}.${key}`, 'x');
    const { plan } = await rig.plan(text);
    expect(plan.problems).toEqual([]);
    expect(plan.steps.filter((step) => step.action !== 'create')).toEqual([]);
  });

  test('an ExternalSecret is refused with the word that the cluster does not know it', async () => {
    const { plan } = await rig.plan(await plannableGolden('secret/golden/external.workflow.yaml'));
    expect(plan.steps.map((step) => [step.action, step.problems.map((problem) => problem.code)])).toEqual([['blocked', ['cluster.kindMissing']]]);
  });

  test('an ExternalSecret is accepted once its definition is there', async () => {
    await installExternalSecrets(rig.cluster);
    for (const file of goldens.filter((one) => one.includes('external'))) {
      const { plan } = await rig.plan(await plannableGolden(file));
      expect([file, plan.problems, plan.steps.map(({ ref, action }) => [ref.kind, action])]).toEqual([file, [], [['ExternalSecret', 'create']]]);
    }
  });
});

/** A golden whose nodes all go to the target's namespace. */
function inOneNamespace(text: string): string {
  return text.replaceAll(/^ +namespace: .*\n/gm, '').replaceAll(/, namespace: [a-z]+/g, '');
}

const platform = `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: platform
status: published
nodes:
  team: { type: namespace, podSecurity: baseline }
  account: { type: serviceaccount }
  reader: { type: role, rules: [{ resources: [pods], verbs: [get] }] }
  web: { type: deployment, image: web:1, resources: { requests: { cpu: 100m } } }
  scale: { type: hpa }
  budget: { type: poddisruptionbudget, maxUnavailable: 1 }
  policy: { type: networkpolicy }
  inside: { type: configmap, data: { A: b }, namespace: team }
  limits: { type: manifest, manifest: { apiVersion: v1, kind: LimitRange, spec: { limits: [{ type: Container, default: { memory: 128Mi } }] } } }
edges:
  - account -> web
  - reader -> account
  - scale -> web
  - budget -> web
  - policy -> web
  - { from: policy, to: team, relation: allow-from }
`;

describe('a workflow of them', () => {
  test('is deployed in the order of its relations, with the namespace that it makes itself, and is ready', async () => {
    const events = await rig.deploy(platform, { wait: true });
    expect(events.at(-1)).toMatchObject({ type: 'run:completed', ready: true });
    const started = events.flatMap((event) => (event.type === 'node:started' ? [event.nodeId] : []));
    for (const [first, second] of [
      ['team', 'inside'],
      ['account', 'web'],
      ['account', 'reader'],
      ['policy', 'web'],
      ['web', 'scale'],
    ] as const)
      expect(started.indexOf(first)).toBeLessThan(started.indexOf(second));
    expect((await rig.cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'team', name: 'inside' }))?.data).toEqual({ A: 'b' });
    expect(await rig.cluster.get({ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', namespace: 'default', name: 'reader' })).toMatchObject({
      subjects: [{ kind: 'ServiceAccount', name: 'account', namespace: 'default' }],
    });
  });

  test('is judged by the health of its kinds', async () => {
    // The sandbox scripts the load of an autoscaler by an annotation; a change of it is looked at at once, now that there are pods.
    await rig.deploy(platform.replace('{ type: hpa }', '{ type: hpa, annotations: { sandbox.kubeorch.dev/load: "60" } }'));
    const live = new LiveWorkflow({ cluster: rig.cluster, clock: rig.clock, logger: rig.logger, workflow: 'platform', objects: rig.render(platform) });
    try {
      await live.settled();
      for (const id of ['team', 'account', 'reader', 'web', 'policy', 'inside', 'limits', 'scale', 'budget'])
        await live.until(() => live.statusOf(id)?.state === 'healthy');
      expect(live.statusOf('scale')).toMatchObject({ desiredReplicas: 1, scaleTarget: 'Deployment/web' });
      await live.until(() => live.statusOf('budget')?.message === '1 of 1 pods may be evicted, 0 must stay');
    } finally {
      live.dispose();
      await rig.deploy(platform);
    }
  });

  test('is unchanged when it is deployed again', async () => {
    const { plan } = await rig.plan(platform);
    expect(plan.steps.filter((step) => step.action !== 'unchanged').map(({ nodeId, action, changes }) => ({ nodeId, action, changes }))).toEqual([]);
  });
});

describe('a workload whose replicas stood in the file before an autoscaler came', () => {
  const text = (more: string, edge: string): string =>
    `apiVersion: kubeorch.dev/v1alpha1\nkind: Workflow\nname: handover\nstatus: published\nnodes:\n  shop: { type: deployment, image: shop:1${more} }\n${edge}`;
  const scaled = '  grow: { type: hpa }\nedges:\n  - grow -> shop\n';
  const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'default', name: 'shop' };
  const replicas = async (): Promise<unknown> => valueAt((await rig.cluster.get(deployment))?.spec, ['replicas']);

  test('keeps them until they are changed, instead of falling back to one', async () => {
    await rig.deploy(text(', replicas: 4', ''));
    expect(await replicas()).toBe(4);
    await rig.deploy(text('', scaled));
    expect(await replicas()).toBe(4);
    const { plan } = await rig.plan(text('', scaled));
    expect(plan.steps.map((step) => [step.nodeId, step.action])).toEqual([
      ['shop', 'unchanged'],
      ['grow', 'unchanged'],
    ]);
  });

  test('lets go of them once somebody else has set them, and then a deployment changes nothing of it', async () => {
    const live = await rig.cluster.get(deployment);
    expect(live).toBeDefined();
    await rig.cluster.apply(
      { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'shop', namespace: 'default' }, spec: { replicas: 7 } },
      { fieldManager: 'horizontal-pod-autoscaler', force: true },
    );
    await rig.deploy(text(', env: { MODE: fast }', scaled));
    expect(await replicas()).toBe(7);
  });
});
