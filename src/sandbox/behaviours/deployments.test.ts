import { expect, test } from 'vitest';
import { deploymentOf, TestCluster } from '../tests/workloads';
import { conditionOf } from './conditions';

const secondMs = 1_000;

function readyPods(cluster: TestCluster, image: string): number {
  return cluster.pods().filter((pod) => pod.spec.containers[0]?.image === image && conditionOf(pod.status.conditions, 'Ready')?.status === 'True').length;
}

test('a deployment becomes available through a replica set and its pods', () => {
  const cluster = new TestCluster();
  cluster.apply('deployments', deploymentOf('nginx:1', 2));
  cluster.clock.advance(5 * secondMs);
  const { status, metadata } = cluster.deployment();
  expect(status).toMatchObject({ replicas: 2, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 2, observedGeneration: 1 });
  expect(metadata.generation).toBe(1);
  expect(metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('1');
  expect(conditionOf(status.conditions, 'Available')?.status).toBe('True');
  expect(conditionOf(status.conditions, 'Progressing')?.reason).toBe('NewReplicaSetAvailable');
  const hash = cluster.sets()[0]?.metadata.labels?.['pod-template-hash'];
  expect(cluster.pods().every((pod) => pod.metadata.labels?.['pod-template-hash'] === hash)).toBe(true);
  expect(cluster.eventReasons('web')).toEqual(['ScalingReplicaSet']);
  expect(cluster.eventReasons(cluster.pods()[0]?.metadata.name ?? '')).toEqual(['Scheduled', 'Pulling', 'Pulled', 'Created', 'Started']);
});

test('a rolling update never has fewer available or more pods than its bounds allow', () => {
  const cluster = new TestCluster();
  const spec = { strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } } };
  cluster.apply('deployments', deploymentOf('nginx:1', 4, { spec }));
  cluster.clock.advance(5 * secondMs);
  cluster.apply('deployments', deploymentOf('nginx:2', 4, { spec }));
  for (let step = 0; step < 1_000; step++) {
    cluster.clock.advance(10);
    const wanted = cluster.sets().reduce((sum, set) => sum + set.spec.replicas, 0);
    expect(wanted).toBeLessThanOrEqual(5);
    expect(readyPods(cluster, 'nginx:1') + readyPods(cluster, 'nginx:2')).toBeGreaterThanOrEqual(3);
  }
  expect(readyPods(cluster, 'nginx:2')).toBe(4);
  expect(cluster.pods()).toHaveLength(4);
  const byRevision = cluster.sets().map((set) => [set.metadata.annotations?.['deployment.kubernetes.io/revision'], set.spec.replicas] as const);
  expect(Object.fromEntries(byRevision)).toEqual({ '1': 0, '2': 4 });
});

test('going back to an earlier template takes its replica set again and gives it a new revision', () => {
  const cluster = new TestCluster();
  for (const image of ['nginx:1', 'nginx:2', 'nginx:1']) {
    cluster.apply('deployments', deploymentOf(image, 1));
    cluster.clock.advance(10 * secondMs);
  }
  expect(cluster.sets()).toHaveLength(2);
  const back = cluster.sets().find((set) => set.spec.replicas === 1);
  expect(back?.metadata.annotations).toMatchObject({ 'deployment.kubernetes.io/revision': '3', 'deployment.kubernetes.io/revision-history': '1' });
  expect(cluster.deployment().metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('3');
});

test('Recreate starts the new pods only after the last old one has gone', () => {
  const cluster = new TestCluster();
  const spec = { strategy: { type: 'Recreate' } };
  cluster.apply('deployments', deploymentOf('nginx:1', 2, { spec }));
  cluster.clock.advance(5 * secondMs);
  cluster.apply('deployments', deploymentOf('nginx:2', 2, { spec }));
  for (let step = 0; step < 500; step++) {
    cluster.clock.advance(10);
    expect(new Set(cluster.pods().map((pod) => pod.spec.containers[0]?.image)).size).toBeLessThanOrEqual(1);
  }
  expect(readyPods(cluster, 'nginx:2')).toBe(2);
});

test('a paused deployment starts nothing new until it is resumed', () => {
  const cluster = new TestCluster();
  cluster.apply('deployments', deploymentOf('nginx:1', 1));
  cluster.clock.advance(5 * secondMs);
  cluster.apply('deployments', deploymentOf('nginx:2', 1, { spec: { paused: true } }));
  cluster.clock.advance(5 * secondMs);
  expect(cluster.sets()).toHaveLength(1);
  cluster.apply('deployments', deploymentOf('nginx:2', 1, { spec: { paused: false } }));
  cluster.clock.advance(5 * secondMs);
  expect(readyPods(cluster, 'nginx:2')).toBe(1);
});

test('an image that cannot be pulled keeps the old pods and exceeds the progress deadline', () => {
  const cluster = new TestCluster();
  cluster.apply('deployments', deploymentOf('nginx:1', 2, { spec: { progressDeadlineSeconds: 30 } }));
  cluster.clock.advance(5 * secondMs);
  cluster.apply('deployments', deploymentOf('nginx:does-not-exist', 2, { spec: { progressDeadlineSeconds: 30 } }));
  cluster.clock.advance(40 * secondMs);
  const progressing = conditionOf(cluster.deployment().status.conditions, 'Progressing');
  expect(progressing).toMatchObject({ status: 'False', reason: 'ProgressDeadlineExceeded' });
  expect(readyPods(cluster, 'nginx:1')).toBe(2);
  cluster.apply('deployments', deploymentOf('nginx:1', 2, { spec: { progressDeadlineSeconds: 30 } }));
  cluster.clock.advance(10 * secondMs);
  expect(conditionOf(cluster.deployment().status.conditions, 'Progressing')).toMatchObject({ status: 'True', reason: 'NewReplicaSetAvailable' });
});

test('a deleted pod is replaced, and the deployment tells of the gap', () => {
  const cluster = new TestCluster();
  cluster.apply('deployments', deploymentOf('nginx:1', 2));
  cluster.clock.advance(5 * secondMs);
  const gone = cluster.pods()[0];
  cluster.remove('pods', gone?.metadata.name ?? '');
  cluster.clock.advance(100);
  expect(cluster.deployment().status.availableReplicas).toBe(1);
  cluster.clock.advance(5 * secondMs);
  expect(cluster.deployment().status.availableReplicas).toBe(2);
  expect(cluster.pods().map((pod) => pod.metadata.uid)).not.toContain(gone?.metadata.uid);
});

test('scaling to zero and back keeps the one replica set', () => {
  const cluster = new TestCluster();
  cluster.apply('deployments', deploymentOf('nginx:1', 3));
  cluster.clock.advance(5 * secondMs);
  cluster.apply('deployments', deploymentOf('nginx:1', 0));
  cluster.clock.advance(5 * secondMs);
  expect(cluster.pods()).toHaveLength(0);
  cluster.apply('deployments', deploymentOf('nginx:1', 2));
  cluster.clock.advance(5 * secondMs);
  expect(cluster.sets()).toHaveLength(1);
  expect(readyPods(cluster, 'nginx:1')).toBe(2);
});

test('old replica sets beyond the history limit go', () => {
  const cluster = new TestCluster();
  for (const image of ['a:1', 'a:2', 'a:3', 'a:4']) {
    cluster.apply('deployments', deploymentOf(image, 1, { spec: { revisionHistoryLimit: 1 } }));
    cluster.clock.advance(10 * secondMs);
  }
  expect(cluster.sets()).toHaveLength(2);
});
