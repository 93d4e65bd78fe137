import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DeployRig } from '../../testing/deployRig';

const all = { prune: { named: [] } };
const shop = (nodes: string, edges = ''): string => `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: shop
status: published
nodes:
${nodes}
${edges}`;
const before = shop(
  `  web: { type: deployment, image: nginx:1, port: 80, replicas: 2 }
  web-svc: { type: service, name: web, port: 80 }
  settings: { type: configmap, data: { MODE: fast } }
  token: { type: secret, keys: [TOKEN] }
  store: { type: persistentvolumeclaim, storage: 1Gi }`,
  `edges:
  - web-svc -> web
`,
);

let rig: DeployRig;
beforeEach(async () => {
  rig = await DeployRig.start();
  rig.secretValues.set('token.TOKEN', 'value').set('password.TOKEN', 'value');
  await rig.deploy(before);
});
afterEach(() => rig.dispose());

async function renamesIn(text: string, more: Parameters<DeployRig['plan']>[1] = {}): Promise<readonly string[]> {
  const { plan } = await rig.plan(text, more);
  return (plan.renames ?? []).map(
    ({ from, to, nodeBefore = '', problems }) =>
      `${from.kind} ${from.namespace}/${from.name} -> ${to.namespace}/${to.name} ${nodeBefore}: ${problems.map(({ code }) => code).join(' ')}`,
  );
}

describe('one change to a person', () => {
  test('is a new name of what a node makes, with what it means for addresses', async () => {
    expect(await renamesIn(before.replace('name: web,', 'name: shop-web,'))).toEqual(['Service default/web -> default/shop-web : run.renamedAddress']);
    expect(await renamesIn(before.replace('{ type: configmap,', '{ type: configmap, name: settings-2,'))).toEqual([
      'ConfigMap default/settings -> default/settings-2 : ',
    ]);
  });

  test('is a new id of a node, with what it means for data and values', async () => {
    const renamed = before
      .replace(/\bweb(?=:|\n)/g, 'front')
      .replace('token:', 'password:')
      .replace('store:', 'files:');
    const found = [
      'Deployment default/web -> default/front web: ',
      'Secret default/token -> default/password token: run.renamedValues',
      'PersistentVolumeClaim default/store -> default/files store: run.renamedData',
    ];
    expect([...(await renamesIn(renamed))].sort()).toEqual([...found].sort());
    expect(await renamesIn(renamed, { prune: { named: ['PersistentVolumeClaim/store', 'Secret/token'] } })).toEqual(
      expect.arrayContaining([
        'Secret default/token -> default/password token: run.renamedValuesLost',
        'PersistentVolumeClaim default/store -> default/files store: run.renamedDataLost',
      ]),
    );
  });

  test('is a move to another namespace', async () => {
    await rig.cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'other' } });
    expect(await renamesIn(before.replace('{ type: configmap,', '{ type: configmap, namespace: other,'), all)).toEqual([
      'ConfigMap default/settings -> other/settings : ',
    ]);
  });

  test('is still told when the new one is there and the old one was left running', async () => {
    const renamed = before.replace('{ type: configmap,', '{ type: configmap, name: settings-2,');
    await rig.deploy(renamed);
    expect(await renamesIn(renamed, all)).toEqual(['ConfigMap default/settings -> default/settings-2 : ']);
    await rig.deploy(renamed, { allow: ['prune'] }, all);
    expect((await rig.plan(renamed, all)).plan.renames).toBeUndefined();
  });
});

describe('two changes', () => {
  test('are a node that is gone and a new one that says something else', async () => {
    const other = before.replace('web: { type: deployment, image: nginx:1, port: 80, replicas: 2 }', 'mail: { type: deployment, image: postfix:3, port: 25 }');
    expect(await renamesIn(other.replace('web-svc -> web', 'web-svc -> mail'))).toEqual([]);
  });

  test('are a node that is gone and two new ones that say the same', async () => {
    const two = before.replace(
      'settings: { type: configmap, data: { MODE: fast } }',
      'one: { type: configmap, data: { MODE: fast } }\n  two: { type: configmap, data: { MODE: fast } }',
    );
    expect(await renamesIn(two)).toEqual([]);
  });
});
