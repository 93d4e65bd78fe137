// Kinds that bound others: quotas, limit ranges, disruption budgets.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ApiError } from '../apiStatus';
import type { Pod } from '../objectTypes';
import type { RunningSandbox } from '../options';
import { startServer } from '../startServer';
import { call } from '../tests/client';
import { deploymentOf, podOf, TestCluster } from '../tests/workloads';
import { VirtualClock } from '../clock';
import type { DisruptionBudget, ResourceQuota } from '../workloadTypes';

const secondMs = 1_000;

function quota(hard: Record<string, string>, more: object = {}): object {
  return { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'small', namespace: 'default' }, spec: { hard, ...more } };
}

function refusal(task: () => unknown): ApiError {
  try {
    task();
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

const sized = { container: { resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { cpu: '200m', memory: '128Mi' } } } };

test('a quota counts what there is and refuses what is more, in the words of the API server', () => {
  const cluster = new TestCluster();
  cluster.create('resourcequotas', quota({ pods: '2', 'requests.cpu': '250m', 'count/secrets': '1' }));
  cluster.create('pods', podOf('a', sized));
  cluster.create('pods', podOf('b', sized));
  cluster.clock.advance(2 * secondMs);
  const status = (cluster.find('resourcequotas', 'small') as ResourceQuota).status;
  expect(status.used).toEqual({ pods: '2', 'requests.cpu': '200m', 'count/secrets': '0' });
  expect(status.hard).toEqual({ pods: '2', 'requests.cpu': '250m', 'count/secrets': '1' });
  const refused = refusal(() => cluster.create('pods', podOf('c', sized)));
  expect(refused.status).toMatchObject({ code: 403, reason: 'Forbidden', details: { name: 'c', kind: 'pods' } });
  expect(refused.message).toBe(
    'pods "c" is forbidden: exceeded quota: small, requested: pods=1,requests.cpu=100m, used: pods=2,requests.cpu=200m, limited: pods=2,requests.cpu=250m',
  );
  cluster.remove('pods', 'a');
  cluster.clock.advance(2 * secondMs);
  cluster.create('pods', podOf('c', sized));
});

test('where a quota bounds an amount, containers have to name it', () => {
  const cluster = new TestCluster();
  cluster.create('resourcequotas', quota({ 'limits.memory': '1Gi', 'requests.cpu': '1' }));
  expect(refusal(() => cluster.create('pods', podOf('c'))).message).toBe(
    'pods "c" is forbidden: failed quota: small: must specify limits.memory for: main; requests.cpu for: main',
  );
});

test('a deployment in a full namespace tells why its pods do not come, and goes on when there is room', () => {
  const cluster = new TestCluster();
  cluster.create('resourcequotas', quota({ pods: '1' }));
  cluster.apply('deployments', deploymentOf('nginx:1', 2));
  cluster.clock.advance(3 * secondMs);
  expect(cluster.pods()).toHaveLength(1);
  expect(cluster.sets()[0]?.status.conditions?.[0]).toMatchObject({ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate' });
  expect(cluster.deployment().status.conditions?.map((one) => one.type)).toContain('ReplicaFailure');
  // Each try says the name of a pod that was not made; there are few of them.
  expect(cluster.eventReasons(cluster.sets()[0]?.metadata.name ?? '').filter((reason) => reason === 'FailedCreate').length).toBeLessThan(4);
  cluster.remove('resourcequotas', 'small');
  cluster.clock.advance(10 * secondMs);
  expect(cluster.deployment().status.readyReplicas).toBe(2);
  expect(cluster.sets()[0]?.status.conditions).toBeUndefined();
});

test('services, claims and objects of any kind are counted under their names', () => {
  const cluster = new TestCluster();
  cluster.create('resourcequotas', quota({ 'services.nodeports': '1', 'requests.storage': '1Gi', 'count/deployments.apps': '0' }));
  const service = (name: string): object => ({ apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { type: 'NodePort', ports: [{ port: 80 }] } });
  cluster.create('services', service('one'));
  expect(refusal(() => cluster.create('services', service('two'))).message).toContain('exceeded quota: small, requested: services.nodeports=1');
  const claim = {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'c' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '2Gi' } } },
  };
  expect(refusal(() => cluster.create('persistentvolumeclaims', claim)).message).toContain(
    'requested: requests.storage=2Gi, used: requests.storage=0, limited: requests.storage=1Gi',
  );
  expect(refusal(() => cluster.apply('deployments', deploymentOf('nginx:1', 1))).code).toBe(403);
});

test('a quota with a scope leaves other pods alone', () => {
  const cluster = new TestCluster();
  cluster.create('resourcequotas', quota({ pods: '0' }, { scopes: ['BestEffort'] }));
  cluster.create('pods', podOf('sized', sized));
  expect(refusal(() => cluster.create('pods', podOf('plain'))).code).toBe(403);
});

test('a limit range fills in what containers leave out, and refuses what is out of range', () => {
  const cluster = new TestCluster();
  cluster.create('limitranges', {
    apiVersion: 'v1',
    kind: 'LimitRange',
    metadata: { name: 'range' },
    spec: { limits: [{ type: 'Container', max: { cpu: '1' }, default: { cpu: '500m' }, defaultRequest: { cpu: '100m' } }] },
  });
  const pod = cluster.create('pods', podOf('plain')) as Pod;
  expect(pod.spec.containers[0]?.resources).toEqual({ limits: { cpu: '500m' }, requests: { cpu: '100m' } });
  expect(pod.status.qosClass).toBe('Burstable');
  expect(pod.metadata.annotations?.['kubernetes.io/limit-ranger']).toBe('LimitRanger plugin set: cpu request for container main; cpu limit for container main');
  const greedy = podOf('greedy', { container: { resources: { limits: { cpu: '2' } } } });
  expect(refusal(() => cluster.create('pods', greedy)).message).toBe('pods "greedy" is forbidden: maximum cpu usage per Container is 1, but limit is 2');
});

test('a pod of a service account that is not there is refused', () => {
  const cluster = new TestCluster();
  const message = 'pods "p" is forbidden: error looking up service account default/robot: serviceaccount "robot" not found';
  expect(refusal(() => cluster.create('pods', podOf('p', { spec: { serviceAccountName: 'robot' } }))).message).toBe(message);
});

function budget(spec: object): object {
  return { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: 'web' }, spec: { selector: { matchLabels: { app: 'web' } }, ...spec } };
}

test.each([
  [{ minAvailable: 2 }, { desiredHealthy: 2, disruptionsAllowed: 1 }],
  [{ maxUnavailable: 2 }, { desiredHealthy: 1, disruptionsAllowed: 2 }],
  [{ minAvailable: '100%' }, { desiredHealthy: 3, disruptionsAllowed: 0 }],
  [{ maxUnavailable: '50%' }, { desiredHealthy: 1, disruptionsAllowed: 2 }],
])('a budget of %j over three pods', (spec, wanted) => {
  const cluster = new TestCluster();
  cluster.create('poddisruptionbudgets', budget(spec));
  cluster.apply('deployments', deploymentOf('nginx:1', 3));
  cluster.clock.advance(5 * secondMs);
  const { status } = cluster.find('poddisruptionbudgets', 'web') as DisruptionBudget;
  expect(status).toMatchObject({ currentHealthy: 3, expectedPods: 3, observedGeneration: 1, ...wanted });
  const reason = wanted.disruptionsAllowed > 0 ? 'SufficientPods' : 'InsufficientPods';
  expect(status.conditions?.[0]).toMatchObject({ type: 'DisruptionAllowed', reason, message: '' });
});

let sandbox: RunningSandbox;
const clock = new VirtualClock();

beforeEach(async () => {
  sandbox = await startServer({ clock });
});
afterEach(() => sandbox.close());

test('an eviction beyond the budget is refused, however fast it follows the last one', async () => {
  await call(sandbox, 'POST', '/apis/policy/v1/namespaces/default/poddisruptionbudgets', { body: budget({ minAvailable: 1 }) });
  await call(sandbox, 'POST', '/apis/apps/v1/namespaces/default/deployments', { body: deploymentOf('nginx:1', 2) });
  clock.advance(5 * secondMs);
  const { items } = (await call(sandbox, 'GET', '/api/v1/namespaces/default/pods')).json as { items: Pod[] };
  const evict = (pod: Pod | undefined): ReturnType<typeof call> => {
    const name = pod?.metadata.name ?? '';
    return call(sandbox, 'POST', `/api/v1/namespaces/default/pods/${name}/eviction`, {
      body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name } },
    });
  };
  expect((await evict(items[0])).status).toBe(201);
  const second = await evict(items[1]);
  expect(second.status).toBe(429);
  expect(second.json).toMatchObject({
    reason: 'TooManyRequests',
    details: { causes: [{ reason: 'DisruptionBudget', message: 'The disruption budget web needs 1 healthy pods and has 1 currently' }] },
  });
});
