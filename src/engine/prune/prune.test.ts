import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { KubeObject, ObjectRef } from '../../shared/kubeObject';
import type { PlanStep } from '../../shared/plan';
import { effectOf } from '../../shared/plan';
import type { RunEvent } from '../../shared/runEvent';
import { DeployRig } from '../../testing/deployRig';
import { seeded } from '../../testing/watchFaults';
import { inventoryRef, readInventory } from '../inventory';
import type { PreparedPlan } from '../plan/planWorkflow';
import { deletionRank } from './deletionOrder';

const shop = `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: shop
status: published
nodes:
  web: { type: deployment, image: nginx:1, port: 80 }
  web-svc: { type: service, name: web, port: 80 }
  settings: { type: configmap, data: { MODE: fast } }
  token: { type: secret, keys: [TOKEN] }
  store: { type: persistentvolumeclaim, storage: 1Gi }
edges:
  - web-svc -> web
`;
const without = (...ids: readonly string[]): string =>
  shop
    .split('\n')
    .filter((line) => !ids.some((id) => line.startsWith(`  ${id}:`) || line.includes(`- ${id} ->`)))
    .join('\n');
const configMap = (name: string): ObjectRef => ({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name });
const all = { prune: { named: [] } };

let rig: DeployRig;
beforeEach(async () => {
  rig = await DeployRig.start();
  rig.secretValues.set('token.TOKEN', 'value');
});
afterEach(() => rig.dispose());

const ends = (steps: readonly PlanStep[], action: PlanStep['action']): readonly string[] =>
  steps.filter((step) => step.action === action).map(({ ref }) => `${ref.kind}/${ref.name}`);
const deletedIn = (events: readonly RunEvent[]): readonly string[] =>
  events.flatMap((event) => (event.type === 'node:completed' && event.action === 'delete' ? [event.nodeId] : []));

async function stranger(ref: ObjectRef, more: Partial<KubeObject['metadata']> = {}): Promise<KubeObject> {
  const { apiVersion, kind, ...place } = ref;
  return rig.cluster.create({ apiVersion, kind, metadata: { ...place, ...more } }, { fieldManager: 'someone' });
}

describe('what has no node any more', () => {
  test('is deleted after an approval, leaves the inventory, and the next plan has nothing to do', async () => {
    await rig.deploy(shop);
    const less = without('settings');
    const prepared = await rig.plan(less, all);
    expect(ends(prepared.plan.steps, 'delete')).toEqual(['ConfigMap/settings']);
    expect((await rig.run(less, prepared)).at(-1)).toMatchObject({ type: 'run:paused', gateIds: ['prune'] });
    expect(await rig.cluster.get(configMap('settings'))).toBeDefined();
    const events = await rig.run(less, prepared, { allow: ['prune'] });
    expect(events.at(-1)).toMatchObject({ type: 'run:completed', applied: 1, unchanged: 4 });
    expect(deletedIn(events)).toEqual(['ConfigMap/settings']);
    expect(await rig.cluster.get(configMap('settings'))).toBeUndefined();
    const inventory = await readInventory(rig.cluster, 'shop', 'default');
    expect(inventory.members.map(({ name }) => name).sort()).toEqual(['store', 'token', 'web', 'web']);
    expect(inventory.parent?.metadata.annotations?.['applyset.kubernetes.io/contains-group-kinds']).toBe(
      'Deployment.apps,PersistentVolumeClaim,Secret,Service',
    );
    expect((await rig.plan(less, all)).plan.counts).toMatchObject({ delete: 0, 'left-running': 0, unchanged: 4 });
  });

  test('is kept where it holds data, until it is named', async () => {
    await rig.deploy(shop);
    const less = without('token', 'store', 'settings');
    const { plan } = await rig.plan(less, all);
    expect(ends(plan.steps, 'delete')).toEqual(['ConfigMap/settings']);
    expect(plan.steps.filter((step) => step.action === 'left-running').map((step) => step.problems[0]?.code)).toEqual(['run.kept', 'run.kept']);
    const named = await rig.plan(less, { prune: { named: ['persistentvolumeclaim/store'] } });
    const claim = named.plan.steps.find((step) => step.ref.kind === 'PersistentVolumeClaim');
    expect(claim && effectOf(claim)).toBe('data-loss');
    expect((await rig.run(less, named, { allow: ['prune'] })).at(-1)).toMatchObject({ type: 'run:paused', gateIds: ['data-loss'] });
    const events = await rig.run(less, named, { approvedDigest: named.plan.digest });
    expect(deletedIn(events)).toEqual(['ConfigMap/settings', 'PersistentVolumeClaim/store']);
    expect(await rig.cluster.get({ apiVersion: 'v1', kind: 'Secret', namespace: 'default', name: 'token' })).toBeDefined();
    const slip = await rig.plan(less, { prune: { named: ['Secret/tokne'] } });
    expect(slip.plan.problems).toMatchObject([{ code: 'run.namedNothing', args: { name: 'Secret/tokne' } }]);
  });

  test('is not deleted when that would be everything: an emptied file is refused, and to delete all of it is asked for by name', async () => {
    await rig.deploy(shop);
    const emptied = without('web', 'web-svc', 'settings', 'token', 'store');
    const prepared = await rig.plan(emptied, all);
    expect(prepared.plan.problems).toMatchObject([{ code: 'run.emptied', severity: 'error', args: { count: '3' } }]);
    const events = await rig.run(emptied, prepared, { approvedDigest: prepared.plan.digest, allow: ['prune'] });
    expect(events).toMatchObject([{ type: 'run:failed', problem: { code: 'run.emptied' } }]);
    expect(await rig.cluster.get(configMap('settings'))).toBeDefined();
    // Without a prune nothing of it would go.
    expect((await rig.plan(emptied)).plan).toMatchObject({ problems: [], counts: { delete: 0, 'left-running': 5 } });
    const whole = await rig.planDeletion(emptied);
    expect(whole.plan).toMatchObject({ problems: [], counts: { delete: 3 } });
    expect((await rig.run(emptied, whole, { approvedDigest: whole.plan.digest })).at(-1)).toMatchObject({ type: 'run:completed', applied: 3 });
    // What is kept is no reason to refuse anything: there is nothing more to delete.
    expect((await rig.plan(emptied, all)).plan.problems).toEqual([]);
  });

  test('under its old name goes after the new one was made', async () => {
    await rig.deploy(shop);
    const renamed = shop.replace('settings: { type: configmap,', 'settings: { type: configmap, name: settings-2,');
    const prepared = await rig.plan(renamed, all);
    expect(prepared.plan.renames).toMatchObject([{ nodeId: 'settings', from: { name: 'settings' }, to: { name: 'settings-2' } }]);
    const events = await rig.run(renamed, prepared, { allow: ['prune'] });
    const at = (nodeId: string): number => events.findIndex((event) => event.type === 'node:completed' && event.nodeId === nodeId);
    expect(at('settings')).toBeGreaterThan(0);
    expect(at('ConfigMap/settings')).toBeGreaterThan(at('settings'));
    expect(await rig.cluster.get(configMap('settings-2'))).toBeDefined();
  });

  test('in another namespace is found and deleted there', async () => {
    await rig.cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'other' } });
    await rig.deploy(shop.replace('settings: { type: configmap,', 'settings: { type: configmap, namespace: other,'));
    const prepared = await rig.plan(shop, all);
    expect(prepared.plan.steps.find((step) => step.action === 'delete')).toMatchObject({ ref: { namespace: 'other', name: 'settings' } });
    await rig.run(shop, prepared, { allow: ['prune'] });
    expect(await rig.cluster.get({ ...configMap('settings'), namespace: 'other' })).toBeUndefined();
    const { parent } = await readInventory(rig.cluster, 'shop', 'default');
    expect(parent?.metadata.annotations?.['applyset.kubernetes.io/additional-namespaces']).toBe('');
  });

  test('leaves the list when it was deleted by hand', async () => {
    await rig.deploy(shop);
    await rig.cluster.delete(configMap('settings'));
    expect((await rig.deploy(without('settings'), {}, all)).at(-1)).toMatchObject({ type: 'run:completed' });
    expect((await readInventory(rig.cluster, 'shop', 'default')).members.some(({ name }) => name === 'settings')).toBe(false);
  });
});

describe("a stranger's object is never deleted", () => {
  test('when it bears the name of one of ours that is gone', async () => {
    await rig.deploy(shop);
    await rig.cluster.delete(configMap('settings'));
    await stranger(configMap('settings'));
    const prepared = await rig.plan(without('settings'), all);
    expect(ends(prepared.plan.steps, 'delete')).toEqual([]);
    await rig.run(without('settings'), prepared, { approvedDigest: prepared.plan.digest });
    expect(await rig.cluster.get(configMap('settings'))).toBeDefined();
  });

  test('when our labels were copied to it', async () => {
    await rig.deploy(shop);
    const ours = await rig.cluster.get(configMap('settings'));
    await stranger(configMap('copy'), { labels: ours?.metadata.labels ?? {} });
    const { plan } = await rig.plan(without('settings'), all);
    expect(ends(plan.steps, 'delete')).toEqual(['ConfigMap/settings']);
    expect(plan.steps.find((step) => step.ref.name === 'copy')).toMatchObject({ action: 'left-running', problems: [{ code: 'run.unlisted' }] });
  });

  test.each<readonly [string, (prepared: PreparedPlan) => Promise<unknown>]>([
    [
      'made anew',
      async () => {
        await rig.cluster.delete(configMap('settings'));
        await stranger(configMap('settings'));
      },
    ],
    ['given away', () => rig.cluster.mergePatch(configMap('settings'), { metadata: { labels: { 'kubeorch.dev/workflow': 'other' } } })],
  ])('when it was %s between plan and run', async (_, change) => {
    await rig.deploy(shop);
    const less = without('settings');
    const prepared = await rig.plan(less, all);
    await change(prepared);
    const events = await rig.run(less, prepared, { approvedDigest: prepared.plan.digest });
    expect(events.at(-1)).toMatchObject({ type: 'run:failed', problem: { code: 'cluster.changed' } });
    expect((await rig.cluster.get(configMap('settings')))?.metadata.deletionTimestamp).toBeUndefined();
  });
});

describe('deleting a workflow from the cluster', () => {
  test('goes in order, needs no published file, and takes the inventory when nothing is left', async () => {
    await rig.deploy(shop);
    const draft = shop.replace('published', 'draft');
    const kept = await rig.planDeletion(draft);
    expect(ends(kept.plan.steps, 'delete')).toEqual(['Service/web', 'Deployment/web', 'ConfigMap/settings']);
    expect((await rig.run(draft, kept, { allow: ['prune'] })).at(-1)).toMatchObject({ type: 'run:completed', applied: 3 });
    expect((await readInventory(rig.cluster, 'shop', 'default')).members).toHaveLength(2);
    const rest = await rig.planDeletion(draft, ['Secret/token', 'PersistentVolumeClaim/store']);
    const events = await rig.run(draft, rest, { approvedDigest: rest.plan.digest });
    expect(deletedIn(events)).toEqual(['PersistentVolumeClaim/store', 'Secret/token']);
    expect(await rig.cluster.get(inventoryRef('shop', 'default'))).toBeUndefined();
    expect((await rig.deploy(shop)).at(-1)).toMatchObject({ type: 'run:completed' });
  });

  test('begins with what steers and routes, and ends with what holds others', () => {
    const order = ['NetworkPolicy', 'Ingress', 'Service', 'CronJob', 'Job', 'StatefulSet', 'Deployment', 'DaemonSet', 'ConfigMap', 'PersistentVolumeClaim'];
    const ranks = [...order, 'SomethingCustom', 'ServiceAccount', 'CustomResourceDefinition', 'Namespace'].map(deletionRank);
    expect(ranks).toEqual([...new Set(ranks)].sort((a, b) => a - b));
    expect(deletionRank('HorizontalPodAutoscaler')).toBe(0);
  });
});

test.each([1, 2, 3])('what a plan says is deleted is what is deleted, for any two files and strangers beside them (case %i)', async (seed) => {
  const random = seeded(seed);
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  const fileOf = (): string => {
    const nodes = names
      .filter(() => random() < 0.6)
      .map((id) => `  ${id}: { type: configmap, name: ${random() < 0.3 ? names[Math.floor(random() * 6)] : ''}${id}x, data: { K: v } }`);
    // A file that makes nothing is refused.
    if (nodes.length === 0) nodes.push('  a: { type: configmap, name: ax, data: { K: v } }');
    return `apiVersion: kubeorch.dev/v1alpha1\nkind: Workflow\nname: pair\nstatus: published\nnodes:\n${nodes.join('\n')}\n`;
  };
  const list = async (): Promise<readonly string[]> =>
    (await rig.cluster.list({ apiVersion: 'v1', kind: 'ConfigMap' }, { namespace: 'default' }))
      .map(({ metadata }) => metadata.name)
      .filter((name) => name !== inventoryRef('pair', 'default').name)
      .sort();
  await stranger(configMap('strange'));
  for (let pair = 0; pair < 6; pair += 1) {
    const [first, second] = [fileOf(), fileOf()];
    await rig.deploy(first, { allow: ['prune'] }, all);
    const before = await list();
    const prepared = await rig.plan(second, all);
    const told = new Set(prepared.plan.steps.filter((step) => step.action === 'delete').map((step) => step.ref.name));
    const made = prepared.plan.steps.filter((step) => step.action === 'create').map((step) => step.ref.name);
    expect((await rig.run(second, prepared, { approvedDigest: prepared.plan.digest })).at(-1)).toMatchObject({ type: 'run:completed' });
    expect(await list()).toEqual([...before.filter((name) => !told.has(name)), ...made].sort());
    expect(await list()).toContain('strange');
  }
});
