import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { KubeObject } from '../../shared/kubeObject';
import type { PlanEffect } from '../../shared/plan';
import { effectOf } from '../../shared/plan';
import { DeployRig } from '../../testing/deployRig';
import type { Cluster } from '../ports';
import { gitOpsOwner } from './gitOpsOwner';

let rig: DeployRig;
let namespace: string;
let number = 0;
beforeAll(async () => {
  rig = await DeployRig.start();
});
afterAll(() => rig.dispose());
beforeEach(async () => {
  namespace = `case-${String((number += 1))}`;
  await rig.cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
});
afterEach(() => {
  rig.proxy.fault = () => undefined;
});

const file = (...nodes: readonly string[]): string =>
  `apiVersion: kubeorch.dev/v1alpha1\nkind: Workflow\nname: ${namespace}\nnamespace: ${namespace}\nstatus: published\nnodes:\n${nodes.map((node) => `  ${node}\n`).join('')}`;
const web = (more = '', fields = 'image: nginx:1, replicas: 2'): string => `web: { type: deployment, namespace: ${namespace}, ${fields}${more} }`;
const settings = (value: string): string => `settings: { type: configmap, namespace: ${namespace}, data: { MODE: ${value} } }`;
const inNamespace = (
  apiVersion: string,
  kind: string,
  name: string,
  rest: Partial<KubeObject> & { readonly labels?: Record<string, string> } = {},
): KubeObject => {
  const { labels, ...content } = rest;
  return { apiVersion, kind, metadata: { name, namespace, ...(labels === undefined ? {} : { labels }) }, ...content };
};

describe('a change is told by its class', () => {
  test.each<readonly [string, () => readonly string[], () => readonly string[], PlanEffect]>([
    ['a new object', () => [], () => [settings('fast')], 'create'],
    ['another value of a ConfigMap', () => [settings('fast')], () => [settings('slow')], 'in-place'],
    ['another number of copies', () => [web()], () => [web('', 'image: nginx:1, replicas: 3')], 'in-place'],
    ['another image', () => [web()], () => [web('', 'image: nginx:2, replicas: 2')], 'rolling'],
    [
      'another selector',
      () => [web()],
      () => [web(', patch: { spec: { selector: { matchLabels: { app: web, tier: x } }, template: { metadata: { labels: { tier: x } } } } }')],
      'replace',
    ],
    [
      'another class of a claim',
      () => [`store: { type: persistentvolumeclaim, namespace: ${namespace}, storage: 1Gi }`],
      () => [`store: { type: persistentvolumeclaim, namespace: ${namespace}, storage: 1Gi, storageClassName: other }`],
      'data-loss',
    ],
    ['nothing', () => [settings('fast')], () => [settings('fast')], 'unchanged'],
  ])('%s', async (_, before, after, effect) => {
    if (before().length > 0) expect((await rig.deploy(file(...before()))).at(-1)).toMatchObject({ type: 'run:completed' });
    const { plan } = await rig.plan(file(...after()));
    expect(plan.steps.map((step) => effectOf(step))).toEqual([effect]);
  });
});

describe('what somebody keeps by GitOps too', () => {
  const marked = (labels: Record<string, string>, annotations: Record<string, string> = {}): KubeObject => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'shop', labels, annotations },
  });
  test.each<readonly [string, KubeObject, object | undefined]>([
    ['an id of Argo CD', marked({}, { 'argocd.argoproj.io/tracking-id': 'apps:apps/Deployment:shop/web' }), { tool: 'Argo CD', owner: 'apps' }],
    ['an id that was copied from another object', marked({}, { 'argocd.argoproj.io/tracking-id': 'apps:apps/Deployment:shop/other' }), undefined],
    ['a label of Argo CD', marked({ 'argocd.argoproj.io/instance': 'apps' }), { tool: 'Argo CD', owner: 'apps' }],
    [
      'labels of a Kustomization of Flux',
      marked({ 'kustomize.toolkit.fluxcd.io/name': 'apps', 'kustomize.toolkit.fluxcd.io/namespace': 'flux-system' }),
      { tool: 'Flux', owner: 'flux-system/apps' },
    ],
    ['a label of a HelmRelease of Flux', marked({ 'helm.toolkit.fluxcd.io/name': 'apps' }), { tool: 'Flux', owner: 'apps' }],
    ['a label that Helm writes too', marked({ 'app.kubernetes.io/instance': 'apps' }), undefined],
  ])('is told by %s', (_, object, owner) => {
    expect(gitOpsOwner(object)).toEqual(owner);
  });

  test("is a warning at its step, whether it is changed, unchanged, left or somebody else's", async () => {
    const labels = { 'kustomize.toolkit.fluxcd.io/name': 'apps', 'kustomize.toolkit.fluxcd.io/namespace': 'flux-system' };
    const warning = { code: 'cluster.gitOps', severity: 'warning', args: { kind: 'ConfigMap', tool: 'Flux', owner: 'flux-system/apps' } };
    const other = `other: { type: configmap, namespace: ${namespace}, data: { A: b } }`;
    expect((await rig.deploy(file(settings('fast'), other))).at(-1)).toMatchObject({ type: 'run:completed' });
    for (const name of ['settings', 'other'])
      await rig.cluster.mergePatch(
        { apiVersion: 'v1', kind: 'ConfigMap', namespace, name },
        { metadata: { labels } },
        { fieldManager: 'kustomize-controller' },
      );
    await rig.cluster.create(inNamespace('v1', 'ConfigMap', 'strange', { labels, data: { K: 'v' } }), { fieldManager: 'kustomize-controller' });
    const strange = `strange: { type: configmap, namespace: ${namespace}, data: { K: v } }`;
    const { plan } = await rig.plan(file(settings('slow'), strange));
    const found = Object.fromEntries(plan.steps.map((step) => [step.ref.name, step]));
    expect(found['settings']).toMatchObject({ action: 'change', problems: [warning] });
    expect(found['other']).toMatchObject({ action: 'left-running', problems: [warning] });
    expect(found['strange']).toMatchObject({ action: 'blocked', problems: [{ code: 'cluster.notOurs' }, warning] });
    const same = (await rig.plan(file(settings('fast'), other))).plan;
    expect(same.steps).toMatchObject([
      { action: 'unchanged', problems: [warning] },
      { action: 'unchanged', problems: [warning] },
    ]);
  });
});

describe('what takes others with it when it goes', () => {
  const group = (): string => `${namespace}.example.com`;
  const definition = (scope: string): string =>
    `widgets: { type: manifest, manifest: { apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: { name: widgets.${group()} }, spec: { group: ${group()}, scope: ${scope}, names: { plural: widgets, singular: widget, kind: Widget, listKind: WidgetList }, versions: [{ name: v1, served: true, storage: true, schema: { openAPIV3Schema: { type: object } } }] } } }`;

  test('is never deleted to be made again: a definition, with all objects of its kind', async () => {
    expect((await rig.deploy(file(definition('Namespaced')))).at(-1)).toMatchObject({ type: 'run:completed' });
    await rig.cluster.create({ apiVersion: `${group()}/v1`, kind: 'Widget', metadata: { name: 'one', namespace } });
    const prepared = await rig.plan(file(definition('Cluster')));
    expect(prepared.plan.steps).toMatchObject([
      {
        action: 'blocked',
        changes: [{ path: 'spec.scope', before: 'Namespaced', after: 'Cluster' }],
        problems: [{ code: 'cluster.neverReplaced', severity: 'error', args: { fields: 'spec.scope', contents: 'all objects of kind Widget on the cluster' } }],
      },
    ]);
    const events = await rig.run(file(definition('Cluster')), prepared, { approvedDigest: prepared.plan.digest });
    expect(events).toMatchObject([{ type: 'run:failed', problem: { code: 'cluster.neverReplaced' } }]);
    expect(await rig.cluster.get({ apiVersion: `${group()}/v1`, kind: 'Widget', name: 'one', namespace })).toBeDefined();
  });

  test('is never deleted to be made again: a namespace, with all that is in it', async () => {
    const room = (value: string): string => `room: { type: namespace, name: ${namespace}-room, labels: { tier: ${value} } }`;
    expect((await rig.deploy(file(room('one')))).at(-1)).toMatchObject({ type: 'run:completed' });
    const causes = [{ reason: 'FieldValueInvalid', message: 'Invalid value: "two": field is immutable', field: 'metadata.labels.tier' }];
    const body = { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'Invalid', code: 422, message: 'invalid', details: { causes } };
    rig.proxy.fault = ({ method, path }) =>
      method === 'PATCH' && path.endsWith(`/namespaces/${namespace}-room`) ? { fault: 'answer', status: 422, body } : undefined;
    expect((await rig.plan(file(room('two')))).plan.steps).toMatchObject([
      { action: 'blocked', problems: [{ code: 'cluster.neverReplaced', args: { contents: `all objects in namespace ${namespace}-room` } }] },
    ]);
  });
});

describe('what belongs to others', () => {
  test('is taken over when it is named, and stays as it is when the name is a slip', async () => {
    await rig.cluster.create(inNamespace('v1', 'ConfigMap', 'settings', { data: { MODE: 'theirs', KEEP: 'me' } }), { fieldManager: 'someone' });
    const text = file(settings('theirs'));
    const slip = await rig.plan(text, { choices: { adopt: ['ConfigMap/setting'], take: [] } });
    expect(slip.plan.problems).toMatchObject([{ code: 'run.namedNothing', args: { verb: 'adopt' } }]);
    const prepared = await rig.plan(text, { choices: { adopt: ['configmap/settings'], take: [] } });
    expect(prepared.plan.steps).toMatchObject([{ action: 'adopt' }]);
    expect((await rig.run(text, prepared)).at(-1)).toMatchObject({ type: 'run:completed', applied: 1 });
    const found = await rig.cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'settings' });
    expect(found).toMatchObject({ data: { MODE: 'theirs', KEEP: 'me' }, metadata: { labels: { 'kubeorch.dev/workflow': namespace } } });
  });

  test('is taken over together with fields in conflict when both are named, and refused with the conflict when only the object is', async () => {
    await rig.cluster.create(inNamespace('v1', 'ConfigMap', 'settings', { data: { MODE: 'theirs' } }), { fieldManager: 'someone' });
    const text = file(settings('ours'));
    const asked = (take: readonly string[]) => rig.plan(text, { choices: { adopt: ['ConfigMap/settings'], take } });
    expect((await asked([])).plan.steps).toMatchObject([{ action: 'conflict', conflicts: [{ owner: 'someone', path: 'data.MODE' }] }]);
    const both = await asked(['ConfigMap/settings:data.MODE']);
    expect(both.plan).toMatchObject({ problems: [], steps: [{ action: 'adopt', takesFields: true, conflicts: [{ owner: 'someone' }] }] });
    expect((await rig.run(text, both)).at(-1)).toMatchObject({ type: 'run:completed', applied: 1 });
    expect(await rig.cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'settings' })).toMatchObject({ data: { MODE: 'ours' } });
  });

  test('is never deleted to be made again: a field that cannot be changed refuses to take it over', async () => {
    const immutable = { ...inNamespace('v1', 'ConfigMap', 'settings', { data: { MODE: 'theirs' } }), immutable: true };
    await rig.cluster.create(immutable, { fieldManager: 'someone' });
    const text = file(settings('ours'));
    const { plan } = await rig.plan(text, { choices: { adopt: ['ConfigMap/settings'], take: ['ConfigMap/settings:data.MODE'] } });
    expect(plan.steps).toMatchObject([{ action: 'blocked', problems: [{ code: 'cluster.immutable', severity: 'error' }] }]);
  });

  test('a field is taken over exactly when every field in conflict is named', async () => {
    await rig.deploy(file(web()));
    await rig.cluster.apply(inNamespace('apps/v1', 'Deployment', 'web', { spec: { replicas: 7, minReadySeconds: 3 } }), {
      fieldManager: 'scaler',
      force: true,
    });
    const text = file(web(', patch: { spec: { minReadySeconds: 9 } }'));
    const asked = (take: readonly string[]) => rig.plan(text, { choices: { adopt: [], take } });
    const half = await asked(['Deployment/web:spec.replicas']);
    expect(half.plan.steps).toMatchObject([{ action: 'conflict', conflicts: [{ owner: 'scaler' }, { owner: 'scaler' }] }]);
    expect(half.plan.problems).toMatchObject([{ code: 'run.namedNothing' }]);
    const whole = await asked(['Deployment/web:spec.replicas', 'Deployment/web:spec.minReadySeconds']);
    expect(whole.plan.steps).toMatchObject([{ action: 'change', takesFields: true, conflicts: [{ owner: 'scaler' }, { owner: 'scaler' }] }]);
    expect(whole.plan.digest).not.toBe(half.plan.digest);
    expect((await rig.run(text, whole)).at(-1)).toMatchObject({ type: 'run:completed' });
    expect((await rig.cluster.get({ apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'web' }))?.spec).toMatchObject({
      replicas: 2,
      minReadySeconds: 9,
    });
  });
});

describe('before anything is written a plan tells', () => {
  test('that the namespace is ending', async () => {
    await rig.cluster.create(inNamespace('v1', 'ConfigMap', 'held', {}), {});
    await rig.cluster.mergePatch({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'held' }, { metadata: { finalizers: ['test.example/hold'] } });
    await rig.cluster.delete({ apiVersion: 'v1', kind: 'Namespace', namespace: '', name: namespace });
    const { plan } = await rig.plan(file(settings('fast')));
    expect(plan.problems).toMatchObject([{ code: 'cluster.namespaceEnding', severity: 'error', args: { namespace } }]);
    expect(plan.steps).toMatchObject([{ action: 'blocked' }]);
  });

  test('that a quota has no room for the pods, and counts those that go', async () => {
    await rig.cluster.create(inNamespace('v1', 'ResourceQuota', 'small', { spec: { hard: { pods: '3', 'requests.cpu': '1' } } }));
    await rig.cluster.mergePatch({ apiVersion: 'v1', kind: 'ResourceQuota', namespace, name: 'small' }, {});
    const sized = (replicas: number, cpu: string): string =>
      file(
        web(
          `, patch: { spec: { template: { spec: { containers: [{ name: web, resources: { requests: { cpu: ${cpu} } } }] } } } }`,
          `image: nginx:1, replicas: ${String(replicas)}`,
        ),
      );
    // The status of a quota is its controller's; the plan reads nothing else.
    await expect
      .poll(async () => (await rig.cluster.get({ apiVersion: 'v1', kind: 'ResourceQuota', namespace, name: 'small' }))?.status?.['hard'])
      .toBeDefined();
    expect((await rig.plan(sized(2, '200m'))).plan.problems).toEqual([]);
    const { plan } = await rig.plan(sized(4, '500m'));
    expect(plan.problems).toMatchObject([
      { code: 'cluster.quota', severity: 'warning', args: { quota: 'small', resource: 'pods', left: '3', needed: '4' } },
      { code: 'cluster.quota', args: { resource: 'requests.cpu', left: '1', needed: '2' } },
    ]);
    await rig.deploy(sized(2, '200m'), { wait: true });
    expect((await rig.plan(sized(3, '200m'))).plan.problems).toEqual([]);
  });

  test('that a Secret which images are pulled with is missing', async () => {
    const text = file(web(', patch: { spec: { template: { spec: { imagePullSecrets: [{ name: registry }] } } } }'));
    expect((await rig.plan(text)).plan.problems).toMatchObject([
      { code: 'cluster.pullSecret', severity: 'warning', args: { secret: 'registry' }, nodeId: 'web' },
    ]);
    await rig.cluster.create(inNamespace('v1', 'Secret', 'registry', {}));
    expect((await rig.plan(text)).plan.problems).toEqual([]);
  });

  test('that a budget does not hold a replacement back', async () => {
    await rig.deploy(file(web()));
    await rig.cluster.create(
      inNamespace('policy/v1', 'PodDisruptionBudget', 'guard', { spec: { minAvailable: 1, selector: { matchLabels: { app: 'web' } } } }),
    );
    const { plan } = await rig.plan(file(settings('fast')), { prune: { named: [] } });
    expect(plan.problems).toMatchObject([{ code: 'cluster.budget', severity: 'warning', args: { kind: 'Deployment', name: 'web', budget: 'guard' } }]);
  });

  test('that the right to delete is missing, before anything is applied', async () => {
    await rig.deploy(file(settings('fast'), web()));
    const asked: string[] = [];
    const mayI: Cluster['mayI'] = ({ verb, resource }) => {
      asked.push(`${verb} ${resource}`);
      return Promise.resolve(verb !== 'delete');
    };
    const cluster = new Proxy(rig.cluster, {
      get(real, key) {
        const value: unknown = Reflect.get(real, key, real);
        return key === 'mayI' ? mayI : typeof value === 'function' ? (value.bind(real) as unknown) : value;
      },
    });
    const { plan } = await rig.plan(file(settings('slow')), { cluster, prune: { named: [] } });
    expect(plan.problems).toMatchObject([{ code: 'cluster.mayNot', severity: 'error', args: { verb: 'delete', resource: 'deployments', namespace } }]);
    expect(asked.sort()).toEqual(['create configmaps', 'delete deployments', 'update configmaps']);
  });
});
