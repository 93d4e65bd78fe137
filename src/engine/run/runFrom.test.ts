import { afterAll, beforeAll, expect, test } from 'vitest';
import { DeployRig } from '../../testing/deployRig';

const shop = (image: string): string => `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: shop
status: published
nodes:
  settings: { type: configmap, data: { MODE: ${image} } }
  other: { type: configmap, data: { MODE: ${image} } }
  api: { type: deployment, image: "nginx:${image}", replicas: 1 }
  web: { type: deployment, image: "nginx:${image}", replicas: 1 }
edges:
  - { from: web, to: api, relation: depends-on }
  - settings -> api
`;

let rig: DeployRig;
beforeAll(async () => {
  rig = await DeployRig.start();
});
afterAll(() => rig.dispose());

test('a run may begin at a node: it and what depends on it are made, the rest is left as it is', async () => {
  await rig.deploy(shop('1'));
  const from = await rig.plan(shop('2'), { from: 'api' });
  expect(from.plan.steps.map(({ nodeId, action }) => [nodeId, action])).toEqual([
    ['api', 'change'],
    ['web', 'change'],
  ]);
  expect(from.asked).toEqual({ from: 'api' });
  const whole = await rig.plan(shop('2'));
  expect(whole.plan.digest).not.toBe(from.plan.digest);
  const events = await rig.deploy(shop('2'), {}, { from: 'api' });
  expect(events.at(-1)?.type).toBe('run:completed');
  const left = (await rig.plan(shop('2'))).plan.steps.filter(({ action }) => action !== 'unchanged').map(({ nodeId }) => nodeId);
  expect(left).toEqual(['settings', 'other']);
  // What was left alone still belongs to the workflow: nothing of it is offered for deletion.
  expect((await rig.plan(shop('2'))).plan.counts['left-running']).toBe(0);
  await expect(rig.plan(shop('2'), { from: 'nowhere' })).rejects.toMatchObject({ problem: { code: 'run.fromMissing', args: { node: 'nowhere' } } });
});
