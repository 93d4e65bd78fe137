import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DeployRig } from '../../testing/deployRig';
import { isMadeByUs } from '../creation';

const file = (data: string): string =>
  `apiVersion: kubeorch.dev/v1alpha1\nkind: Workflow\nname: shop\nstatus: published\nnodes:\n  settings: { type: configmap, data: ${data} }\n`;
const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'settings' };
const theirs = (data: Readonly<Record<string, string>>) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'settings', namespace: 'default' },
  data,
});

describe('what others do between a plan and its run', () => {
  let rig: DeployRig;
  beforeEach(async () => {
    rig = await DeployRig.start();
  });
  afterEach(() => rig.dispose());

  test('a field that was named is taken, and one that somebody has taken since is not', async () => {
    await rig.deploy(file('{ MODE: slow, LEVEL: low }'));
    await rig.cluster.apply(theirs({ MODE: 'theirs' }), { fieldManager: 'stranger', force: true });
    const asked = { choices: { adopt: [], take: ['ConfigMap/settings:data.MODE'] } };
    const prepared = await rig.plan(file('{ MODE: fast, LEVEL: high }'), asked);
    expect(prepared.plan.steps).toMatchObject([{ action: 'change', takesFields: true }]);
    await rig.cluster.apply(theirs({ LEVEL: 'theirs' }), { fieldManager: 'another', force: true });
    const events = await rig.run(file('{ MODE: fast, LEVEL: high }'), prepared);
    expect(events.at(-1)).toMatchObject({ type: 'run:failed', problem: { code: 'cluster.conflict', args: { field: 'data.LEVEL', owner: 'another' } } });
    expect((await rig.cluster.get(ref))?.data).toEqual({ MODE: 'theirs', LEVEL: 'theirs' });

    await rig.cluster.apply(theirs({}), { fieldManager: 'another' });
    expect((await rig.deploy(file('{ MODE: fast, LEVEL: high }'), {}, asked)).at(-1)).toMatchObject({ type: 'run:completed', applied: 1 });
    expect((await rig.cluster.get(ref))?.data).toEqual({ MODE: 'fast', LEVEL: 'high' });
  });

  test('an object that somebody makes is given back as it was, also when it has no field in conflict', async () => {
    const prepared = await rig.plan(file('{ MODE: fast }'));
    const made = await rig.cluster.create(theirs({ THEIRS: 'x' }), { fieldManager: 'stranger' });
    const events = await rig.run(file('{ MODE: fast }'), prepared);
    expect(events.at(-1)).toMatchObject({ type: 'run:failed', problem: { code: 'cluster.notOurs', args: { name: 'settings' } } });
    const now = await rig.cluster.get(ref);
    expect(now).toMatchObject({ metadata: { uid: made.metadata.uid }, data: { THEIRS: 'x' } });
    expect(now?.metadata.labels).toBeUndefined();
    expect((await rig.plan(file('{ MODE: fast }'))).plan.steps).toMatchObject([{ action: 'blocked', problems: [{ code: 'cluster.notOurs' }] }]);
  });
});

describe('whether an apply made the object', () => {
  const entry = (manager: string, fieldsV1: object, more: object = {}): object => ({
    manager,
    operation: manager === 'kubeorch' ? 'Apply' : 'Update',
    time: '2026-03-01T12:00:00Z',
    fieldsV1,
    ...more,
  });
  const object = (creationTimestamp: string, ...managedFields: readonly object[]) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'a', creationTimestamp, managedFields },
  });
  const ours = entry('kubeorch', { 'f:data': { 'f:K': {} } });

  test.each([
    ['with our entry alone', true, object('2026-03-01T12:00:00Z', ours)],
    ["with a controller's status and annotation", true, object('2026-03-01T12:00:00Z', ours, entry('operator', { 'f:metadata': { 'f:annotations': {} } }))],
    ['with the cluster itself', true, object('2026-03-01T12:00:00Z', ours, entry('kube-controller-manager', { 'f:spec': {} }))],
    ['with a status', true, object('2026-03-01T12:00:00Z', ours, entry('operator', { 'f:status': {} }, { subresource: 'status' }))],
    ['with data of another', false, object('2026-03-01T12:00:00Z', ours, entry('stranger', { 'f:data': { 'f:L': {} } }))],
    ['with labels of another', false, object('2026-03-01T12:00:00Z', ours, entry('stranger', { 'f:metadata': { 'f:labels': {} } }))],
    ['made well before our entry, by one who owns nothing', false, object('2026-03-01T11:59:00Z', ours)],
  ])('%s: %s', (_, expected, made) => {
    expect(isMadeByUs(made as never)).toBe(expected);
  });
});
