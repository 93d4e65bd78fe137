import { afterEach, beforeEach, expect, test } from 'vitest';
import { DeployRig } from '../../testing/deployRig';
import { isSameMeaning } from '../../shared/workflowDiff';
import { driftOf } from './driftOf';
import { liveDiff } from './liveDiff';

const shop = `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: shop
status: published
nodes:
  web: { type: deployment, image: nginx:1, replicas: 2 }
  settings: { type: configmap, data: { MODE: fast } }
  token: { type: secret, keys: [TOKEN] }
`;
const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'default', name: 'web' };

let rig: DeployRig;
beforeEach(async () => {
  rig = await DeployRig.start();
  rig.secretValues.set('token.TOKEN', 'canary-value');
  await rig.deploy(shop);
});
afterEach(() => rig.dispose());

const drift = async (file: string) => driftOf((await rig.plan(shop, { takesAll: true })).plan, (await rig.plan(file, { takesAll: true })).plan);

test('there is none after a deployment, nor by a change of the file, nor by what others add', async () => {
  expect(await drift(shop)).toEqual([]);
  expect(await drift(shop.replace('replicas: 2', 'replicas: 3'))).toEqual([]);
  await rig.cluster.mergePatch(deployment, { metadata: { annotations: { team: 'blue' } }, spec: { minReadySeconds: 5 } }, { fieldManager: 'someone' });
  expect(await drift(shop)).toEqual([]);
});

test('a field that someone changed is told with all three sides and who it was', async () => {
  await rig.cluster.mergePatch(deployment, { spec: { replicas: 7 } }, { fieldManager: 'someone' });
  expect(await drift(shop.replace('replicas: 2', 'replicas: 3'))).toEqual([
    { nodeId: 'web', ref: deployment, missing: false, fields: [{ path: 'spec.replicas', live: 7, applied: 2, file: 3, owner: 'someone' }] },
  ]);
  // Written into the file, it is as the file says, and still not as it was applied.
  expect(await drift(shop.replace('replicas: 2', 'replicas: 7'))).toMatchObject([{ fields: [{ live: 7, applied: 2, file: 7 }] }]);
  // A look at everything is no leave to take it.
  expect((await rig.plan(shop)).plan.steps.find((step) => step.nodeId === 'web')?.action).toBe('conflict');
});

test('an object that is gone, and a value of a Secret, are told without the value', async () => {
  await rig.cluster.delete({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'settings' });
  await rig.cluster.mergePatch(
    { apiVersion: 'v1', kind: 'Secret', namespace: 'default', name: 'token' },
    { data: { TOKEN: 'b3RoZXI=' } },
    { fieldManager: 'someone' },
  );
  const found = await drift(shop);
  expect(found).toMatchObject([
    { nodeId: 'settings', missing: true },
    { nodeId: 'token', fields: [{ path: 'data.TOKEN', hidden: true }] },
  ]);
  expect(JSON.stringify(found)).not.toMatch(/canary|b3RoZXI/);
});

test('the cluster is a side of a comparison like any other, node by node, with what was applied last', async () => {
  const compared = async (file: string) => liveDiff(await rig.plan(file, { takesAll: true }), (await rig.plan(shop, { takesAll: true })).plan);
  expect(isSameMeaning(await compared(shop))).toBe(true);
  await rig.cluster.mergePatch(deployment, { spec: { replicas: 7 } }, { fieldManager: 'someone' });
  await rig.cluster.delete({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'settings' });
  rig.secretValues.delete('token.TOKEN');
  const found = await compared(shop.replace('replicas: 2', 'replicas: 3').replace(/ {2}token:.*\n/, '  other: { type: secret, keys: [TOKEN] }\n'));
  expect(found).toMatchObject({
    addedNodes: [{ id: 'Secret/token', type: 'Secret' }],
    removedNodes: [{ id: 'settings', type: 'configmap' }],
    changedNodes: [{ id: 'web', type: 'deployment', fields: [{ path: 'Deployment/web spec.replicas', before: 3, after: 7, applied: 2, owner: 'someone' }] }],
    unknownNodes: [{ id: 'other', type: 'secret' }],
  });
});
