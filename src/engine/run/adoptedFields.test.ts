import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { adoptedFields } from '../../testing/adoptedFields';
import { DeployRig } from '../../testing/deployRig';

let rig: DeployRig;
beforeAll(async () => {
  rig = await DeployRig.start();
});
afterEach(() => {
  rig.proxy.fault = () => undefined;
});
afterAll(() => rig.dispose());

adoptedFields(() => rig);

test('a write of somebody else in between is no reason to give up, and none to take over what is another object by now', async () => {
  const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: rig.target.namespace, name: 'busy' };
  const place = { name: 'busy', namespace: rig.target.namespace };
  await rig.cluster.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: place, data: { MODE: 'fast' } }, { fieldManager: 'kubectl-client-side-apply' });
  const text = `apiVersion: kubeorch.dev/v1alpha1\nkind: Workflow\nname: busy\nstatus: published\nnodes:\n  busy: { type: configmap, data: { MODE: fast } }\n`;
  let met = 0;
  rig.proxy.fault = ({ method, path, query, nth }) => {
    const isPatch = method === 'PATCH' && path.endsWith('/configmaps/busy') && query.get('force') === null && query.get('dryRun') === null;
    // The second write of the run is the one that takes the fields over.
    if (!isPatch || met > 0 || nth < 2) return undefined;
    met += 1;
    const body = { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'Conflict', code: 409, message: 'the object has been modified' };
    return { fault: 'answer', status: 409, body };
  };
  const events = await rig.deploy(text, {}, { choices: { adopt: ['ConfigMap/busy'], take: [] } });
  expect([met, events.at(-1)]).toMatchObject([1, { type: 'run:completed', applied: 1 }]);
  expect((await rig.cluster.get(ref))?.metadata.managedFields?.map(({ manager, operation }) => `${String(manager)} ${String(operation)}`)).toEqual([
    'kubeorch Apply',
  ]);
});
