import { expect, test } from 'vitest';
import type { Pod } from '../objectTypes';
import { columnsOf, rowOf } from '../tables/tables';
import { deploymentOf, podOf, TestCluster } from '../tests/workloads';
import { conditionOf } from './conditions';

const secondMs = 1_000;

function pod(cluster: TestCluster, name = 'p'): Pod {
  const found = cluster.find('pods', name);
  if (found === undefined) throw new Error(`no pod ${name}`);
  return found as Pod;
}

/** The word in the STATUS column. */
function word(cluster: TestCluster, name = 'p'): unknown {
  const info = cluster.cluster.registry.kinds.named('pods');
  const at = columnsOf(info).findIndex((column) => column.name === 'Status');
  return rowOf(info, pod(cluster, name), cluster.clock.now()).cells[at];
}

test('a pod is scheduled, pulled, started and then ready, one after the other', () => {
  const cluster = new TestCluster({ delays: { schedulingMs: 100, imagePullMs: 100, containerStartMs: 100, readinessMs: 100 } });
  cluster.create('pods', podOf('p'));
  expect(pod(cluster).status).toMatchObject({ phase: 'Pending', qosClass: 'BestEffort' });
  cluster.clock.advance(150);
  expect(pod(cluster).spec.nodeName).toBe('sandbox');
  expect(word(cluster)).toBe('ContainerCreating');
  cluster.clock.advance(200);
  expect(pod(cluster).status).toMatchObject({ phase: 'Running', containerStatuses: [{ ready: false, state: { running: {} } }] });
  cluster.clock.advance(100);
  expect(pod(cluster).status.containerStatuses).toMatchObject([{ ready: true, restartCount: 0, started: true }]);
  expect(conditionOf(pod(cluster).status.conditions, 'Ready')?.status).toBe('True');
});

test('an image that cannot be pulled goes from ErrImagePull to ImagePullBackOff with growing pauses', () => {
  const cluster = new TestCluster();
  cluster.create('pods', podOf('p', { container: { image: 'registry.example/nonexistent:1' } }));
  cluster.clock.advance(500);
  expect(word(cluster)).toBe('ErrImagePull');
  cluster.clock.advance(2 * secondMs);
  expect(word(cluster)).toBe('ImagePullBackOff');
  cluster.clock.advance(10 * 60 * secondMs);
  expect(pod(cluster).status.phase).toBe('Pending');
  const pulls = cluster.all('events').find((event) => event['reason'] === 'Pulling');
  expect(pulls?.['count']).toBeGreaterThan(3);
  expect(pulls?.['count']).toBeLessThan(10);
});

test('a crash loop restarts at once, then after pauses that double, and keeps the exit code', () => {
  const cluster = new TestCluster();
  cluster.create('pods', podOf('p', { annotations: { 'sandbox.kubeorch.dev/scenario': 'crash-loop' } }));
  cluster.clock.advance(2_200);
  expect(pod(cluster).status.containerStatuses?.[0]).toMatchObject({ restartCount: 1, lastState: { terminated: { exitCode: 1, reason: 'Error' } } });
  cluster.clock.advance(2 * secondMs);
  expect(word(cluster)).toBe('CrashLoopBackOff');
  expect(pod(cluster).status.phase).toBe('Running');
  expect(pod(cluster).status.containerStatuses?.[0]?.state.waiting?.message).toMatch(/^back-off 10s restarting failed container=main pod=p_default\(/);
  cluster.clock.advance(10 * 60 * secondMs);
  const restarts = pod(cluster).status.containerStatuses?.[0]?.restartCount ?? 0;
  expect(restarts).toBeGreaterThan(4);
  expect(restarts).toBeLessThan(9);
  expect(cluster.eventReasons('p')).toContain('BackOff');
});

test('a container that runs out of memory is told as OOMKilled with exit code 137', () => {
  const cluster = new TestCluster();
  cluster.create('pods', podOf('p', { annotations: { 'sandbox.kubeorch.dev/scenario': 'oom' } }));
  cluster.clock.advance(5 * secondMs);
  expect(pod(cluster).status.containerStatuses?.[0]?.lastState.terminated).toMatchObject({ exitCode: 137, reason: 'OOMKilled' });
});

test('never-ready runs without ever being ready, and slow-start becomes ready late', () => {
  const cluster = new TestCluster();
  cluster.create('pods', podOf('never', { annotations: { 'sandbox.kubeorch.dev/scenario': 'never-ready' } }));
  cluster.create('pods', podOf('slow', { annotations: { 'sandbox.kubeorch.dev/scenario.main': 'slow-start' } }));
  cluster.clock.advance(10 * secondMs);
  expect([word(cluster, 'never'), word(cluster, 'slow')]).toEqual(['Running', 'Running']);
  expect(conditionOf(pod(cluster, 'slow').status.conditions, 'Ready')?.status).toBe('False');
  cluster.clock.advance(30 * secondMs);
  expect(conditionOf(pod(cluster, 'slow').status.conditions, 'Ready')?.status).toBe('True');
  expect(conditionOf(pod(cluster, 'never').status.conditions, 'Ready')).toMatchObject({ status: 'False', reason: 'ContainersNotReady' });
  expect(cluster.eventReasons('never')).toContain('Unhealthy');
});

test('a name that no image can have is refused before anything is pulled', () => {
  const cluster = new TestCluster();
  const names = ['nginx', 'nginx:1.27', 'ghcr.io/acme/web:1', 'localhost:5000/a__b-c/web@sha256:'.concat('a'.repeat(64)), 'Registry.example/web:V_1.x'];
  const wrong = ['UPPER', 'ghcr.io/Acme/web:1', 'web:', 'web:a b', '-web', 'a//b', 'web@sha256:short'];
  for (const [index, image] of [...names, ...wrong].entries()) cluster.create('pods', podOf(`p${String(index)}`, { container: { image } }));
  cluster.clock.advance(5 * secondMs);
  const words = [...names, ...wrong].map((_, index) => word(cluster, `p${String(index)}`));
  expect(words).toEqual([...names.map(() => 'Running'), ...wrong.map(() => 'InvalidImageName')]);
});

test('failing-liveness is killed again and again, and says by which probe', () => {
  const cluster = new TestCluster();
  cluster.create('pods', podOf('p', { annotations: { 'sandbox.kubeorch.dev/scenario': 'failing-liveness' } }));
  cluster.clock.advance(10 * secondMs);
  expect(pod(cluster).status.containerStatuses?.[0]).toMatchObject({ restartCount: 1, lastState: { terminated: { exitCode: 137, reason: 'Error' } } });
  expect(word(cluster)).toBe('CrashLoopBackOff');
  expect(cluster.eventReasons('p')).toEqual(expect.arrayContaining(['Unhealthy', 'Killing', 'BackOff']));
});

test('a missing Secret or key in the environment is a config error that ends when it comes', () => {
  const cluster = new TestCluster();
  const env = [{ name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'db', key: 'password' } } }];
  cluster.create('pods', podOf('p', { container: { env } }));
  cluster.clock.advance(2 * secondMs);
  expect(word(cluster)).toBe('CreateContainerConfigError');
  expect(pod(cluster).status.containerStatuses?.[0]?.state.waiting?.message).toBe('secret "db" not found');
  cluster.create('secrets', { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'db' }, data: { user: 'YQ==' } });
  cluster.clock.advance(2 * secondMs);
  expect(pod(cluster).status.containerStatuses?.[0]?.state.waiting?.message).toBe("couldn't find key password in Secret default/db");
  cluster.apply('secrets', { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'db' }, data: { password: 'c2VjcmV0' } });
  cluster.clock.advance(2 * secondMs);
  expect(word(cluster)).toBe('Running');
  expect(cluster.cluster.kubelet.containerOf(pod(cluster), 'main')?.environment.get('PASSWORD')).toBe('secret');
});

test('a missing ConfigMap of a volume keeps the pod in ContainerCreating with FailedMount', () => {
  const cluster = new TestCluster();
  cluster.create('pods', podOf('p', { spec: { volumes: [{ name: 'conf', configMap: { name: 'conf' } }] }, container: {} }));
  cluster.clock.advance(3 * secondMs);
  expect(word(cluster)).toBe('ContainerCreating');
  const failed = cluster.all('events').find((event) => event['reason'] === 'FailedMount');
  expect(failed?.['message']).toBe('MountVolume.SetUp failed for volume "conf" : configmap "conf" not found');
  cluster.create('configmaps', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'conf' }, data: { a: 'b' } });
  cluster.clock.advance(2 * secondMs);
  expect(word(cluster)).toBe('Running');
});

test('init containers run one by one before the others', () => {
  const cluster = new TestCluster();
  const initContainers = [
    { name: 'one', image: 'busybox:1' },
    { name: 'two', image: 'busybox:1' },
  ];
  cluster.create('pods', podOf('p', { spec: { initContainers } }));
  cluster.clock.advance(600);
  expect(word(cluster)).toBe('Init:0/2');
  expect(pod(cluster).status.containerStatuses?.[0]?.state.waiting?.reason).toBe('PodInitializing');
  cluster.clock.advance(5 * secondMs);
  expect(word(cluster)).toBe('Running');
  expect(pod(cluster).status.initContainerStatuses?.map((one) => one.state.terminated?.exitCode)).toEqual([0, 0]);
});

test('a pod that may end completes, and one that fails with restartPolicy Never stays failed', () => {
  const cluster = new TestCluster();
  cluster.create('pods', podOf('good', { spec: { restartPolicy: 'Never' } }));
  cluster.create('pods', podOf('bad', { spec: { restartPolicy: 'Never' }, annotations: { 'sandbox.kubeorch.dev/scenario': 'crash-loop' } }));
  cluster.clock.advance(10 * secondMs);
  expect([word(cluster, 'good'), pod(cluster, 'good').status.phase]).toEqual(['Completed', 'Succeeded']);
  expect([word(cluster, 'bad'), pod(cluster, 'bad').status.phase]).toEqual(['Error', 'Failed']);
});

test('a pod goes gracefully, or at once when forced', () => {
  const cluster = new TestCluster({ delays: { terminationMs: 500 } });
  cluster.create('pods', podOf('p'));
  cluster.create('pods', podOf('forced'));
  cluster.clock.advance(2 * secondMs);
  cluster.remove('pods', 'p');
  cluster.remove('pods', 'forced', { gracePeriodSeconds: 0 });
  expect(cluster.find('pods', 'forced')).toBeUndefined();
  cluster.clock.advance(100);
  expect(word(cluster)).toBe('Terminating');
  expect(cluster.eventReasons('p')).toContain('Killing');
  cluster.clock.advance(600);
  expect(cluster.find('pods', 'p')).toBeUndefined();
});

test('a pod that no node fits waits with the reason, and a cordoned node takes nothing new', () => {
  const cluster = new TestCluster();
  cluster.create('pods', podOf('p', { spec: { nodeSelector: { disk: 'fast' } } }));
  cluster.clock.advance(secondMs);
  expect(conditionOf(pod(cluster).status.conditions, 'PodScheduled')).toMatchObject({ status: 'False', reason: 'Unschedulable' });
  expect(cluster.eventReasons('p')).toEqual(['FailedScheduling']);
  const node = cluster.find('nodes', 'sandbox', '');
  cluster.cluster.registry.write(
    cluster.cluster.registry.kinds.named('nodes'),
    { ...node, metadata: { ...node?.metadata, labels: { disk: 'fast' } } } as Pod,
    'tests',
  );
  cluster.clock.advance(5 * secondMs);
  expect(word(cluster)).toBe('Running');
});

test('a pod may use a claim, which keeps the claim until the pod has gone', () => {
  const cluster = new TestCluster();
  const claim = {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'data' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  };
  cluster.create('persistentvolumeclaims', claim);
  cluster.create('pods', podOf('p', { spec: { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }] } }));
  cluster.clock.advance(3 * secondMs);
  expect(word(cluster)).toBe('Running');
  expect(cluster.find('persistentvolumeclaims', 'data')).toMatchObject({ status: { phase: 'Bound' }, spec: { storageClassName: 'standard' } });
  cluster.remove('persistentvolumeclaims', 'data');
  cluster.clock.advance(3 * secondMs);
  expect(cluster.find('persistentvolumeclaims', 'data')?.metadata.deletionTimestamp).toBeDefined();
  cluster.remove('pods', 'p');
  cluster.clock.advance(3 * secondMs);
  expect(cluster.all('persistentvolumeclaims')).toEqual([]);
  expect(cluster.all('persistentvolumes')).toEqual([]);
});

test('a stopped cluster leaves no timer behind', () => {
  const cluster = new TestCluster();
  cluster.apply('deployments', deploymentOf('nginx:1', 3));
  cluster.create('pods', podOf('p', { annotations: { 'sandbox.kubeorch.dev/scenario': 'crash-loop' } }));
  cluster.clock.advance(1_500);
  cluster.cluster.close();
  expect(cluster.clock.waiting).toBe(0);
});
