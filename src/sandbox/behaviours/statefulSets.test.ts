import { expect, test } from 'vitest';
import type { EndpointSlice, Pod } from '../objectTypes';
import { TestCluster } from '../tests/workloads';
import type { ControllerRevision, StatefulSet } from '../workloadTypes';
import { isReady } from './podFacts';

const secondMs = 1_000;

function setOf(image: string, replicas: number, spec: object = {}, annotations: Record<string, string> = {}): object {
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'db', namespace: 'default' },
    spec: {
      replicas,
      serviceName: 'db',
      selector: { matchLabels: { app: 'db' } },
      template: { metadata: { labels: { app: 'db' }, annotations }, spec: { containers: [{ name: 'db', image }] } },
      ...spec,
    },
  };
}

const dataClaim = {
  volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } }],
};

function statusOf(cluster: TestCluster): StatefulSet['status'] {
  return (cluster.find('statefulsets', 'db') as StatefulSet).status;
}

function names(cluster: TestCluster): string[] {
  return cluster.pods().map((pod) => pod.metadata.name);
}

function images(cluster: TestCluster): Record<string, string> {
  return Object.fromEntries(cluster.pods().map((pod) => [pod.metadata.name, pod.spec.containers[0]?.image ?? '']));
}

/** Lets time pass in small steps and shows what held at each of them. */
function watch(cluster: TestCluster, ms: number, look: () => void): void {
  for (let passedMs = 0; passedMs < ms; passedMs += 10) {
    cluster.clock.advance(10);
    look();
  }
}

test('pods start one after the other, each when the one before is ready, under stable names', () => {
  const cluster = new TestCluster();
  cluster.apply('statefulsets', setOf('postgres:15', 3));
  watch(cluster, 5 * secondMs, () => {
    const pods = cluster.pods();
    expect(pods.slice(0, -1).every(isReady)).toBe(true);
  });
  expect(names(cluster)).toEqual(['db-0', 'db-1', 'db-2']);
  expect(cluster.pods()[1]).toMatchObject({
    metadata: { labels: { 'statefulset.kubernetes.io/pod-name': 'db-1', 'apps.kubernetes.io/pod-index': '1' } },
    spec: { hostname: 'db-1', subdomain: 'db' },
  });
  expect(statusOf(cluster)).toMatchObject({ replicas: 3, readyReplicas: 3, availableReplicas: 3, currentReplicas: 3, updatedReplicas: 3 });
  expect(statusOf(cluster).currentRevision).toBe(statusOf(cluster).updateRevision);
  expect(cluster.eventReasons('db')).toEqual(['SuccessfulCreate', 'SuccessfulCreate', 'SuccessfulCreate']);
});

test('a pod that is never ready holds back the ones behind it, but not with parallel management', () => {
  const scenario = { 'sandbox.kubeorch.dev/scenario': 'never-ready' };
  const ordered = new TestCluster();
  ordered.apply('statefulsets', setOf('postgres:15', 3, {}, scenario));
  ordered.clock.advance(30 * secondMs);
  expect(names(ordered)).toEqual(['db-0']);
  expect(statusOf(ordered)).toMatchObject({ replicas: 1 });
  expect(statusOf(ordered).readyReplicas).toBeUndefined();
  const parallel = new TestCluster();
  parallel.apply('statefulsets', setOf('postgres:15', 3, { podManagementPolicy: 'Parallel' }, scenario));
  parallel.clock.advance(secondMs);
  expect(names(parallel)).toEqual(['db-0', 'db-1', 'db-2']);
});

test('claims are made per pod, mounted by it, and survive both scaling down and the set itself', () => {
  const cluster = new TestCluster();
  cluster.apply('statefulsets', setOf('postgres:15', 2, dataClaim));
  cluster.clock.advance(5 * secondMs);
  const claims = (): string[] => cluster.all('persistentvolumeclaims').map((one) => `${one.metadata.name} ${(one.status as { phase: string }).phase}`);
  expect(claims()).toEqual(['data-db-0 Bound', 'data-db-1 Bound']);
  expect(cluster.pods()[1]?.spec.volumes).toContainEqual({ name: 'data', persistentVolumeClaim: { claimName: 'data-db-1' } });
  cluster.apply('statefulsets', setOf('postgres:15', 1, dataClaim));
  cluster.clock.advance(5 * secondMs);
  expect(names(cluster)).toEqual(['db-0']);
  cluster.remove('statefulsets', 'db');
  cluster.clock.advance(5 * secondMs);
  expect(names(cluster)).toEqual([]);
  expect(cluster.all('controllerrevisions')).toEqual([]);
  expect(claims()).toEqual(['data-db-0 Bound', 'data-db-1 Bound']);
});

test('claims go with their pod or with the set when the retention policy says so', () => {
  const cluster = new TestCluster();
  const policy = { ...dataClaim, persistentVolumeClaimRetentionPolicy: { whenScaled: 'Delete', whenDeleted: 'Delete' } };
  cluster.apply('statefulsets', setOf('postgres:15', 2, policy));
  cluster.clock.advance(5 * secondMs);
  cluster.apply('statefulsets', setOf('postgres:15', 1, policy));
  cluster.clock.advance(5 * secondMs);
  expect(cluster.all('persistentvolumeclaims').map((one) => one.metadata.name)).toEqual(['data-db-0']);
  cluster.remove('statefulsets', 'db');
  cluster.clock.advance(5 * secondMs);
  expect(cluster.all('persistentvolumeclaims')).toEqual([]);
});

test('scaling down takes the highest ordinal first, one at a time', () => {
  const cluster = new TestCluster();
  cluster.apply('statefulsets', setOf('postgres:15', 4));
  cluster.clock.advance(5 * secondMs);
  cluster.apply('statefulsets', setOf('postgres:15', 1));
  const order: string[] = [];
  watch(cluster, 5 * secondMs, () => {
    const going = cluster.pods().filter((pod) => pod.metadata.deletionTimestamp !== undefined);
    expect(going.length).toBeLessThanOrEqual(1);
    for (const pod of going) if (!order.includes(pod.metadata.name)) order.push(pod.metadata.name);
  });
  expect(order).toEqual(['db-3', 'db-2', 'db-1']);
});

test('a rolling update goes from the highest ordinal down, one pod at a time, and then is the current revision', () => {
  const cluster = new TestCluster();
  cluster.apply('statefulsets', setOf('postgres:15', 3));
  cluster.clock.advance(5 * secondMs);
  const before = statusOf(cluster).currentRevision;
  cluster.apply('statefulsets', setOf('postgres:16', 3));
  const order: string[] = [];
  watch(cluster, 10 * secondMs, () => {
    expect(cluster.pods().filter((pod) => isReady(pod) && pod.metadata.deletionTimestamp === undefined).length).toBeGreaterThanOrEqual(2);
    for (const [name, image] of Object.entries(images(cluster))) if (image === 'postgres:16' && !order.includes(name)) order.push(name);
  });
  expect(order).toEqual(['db-2', 'db-1', 'db-0']);
  expect(statusOf(cluster)).toMatchObject({ updatedReplicas: 3, currentReplicas: 3, readyReplicas: 3 });
  expect(statusOf(cluster).currentRevision).toBe(statusOf(cluster).updateRevision);
  expect(statusOf(cluster).currentRevision).not.toBe(before);
  expect((cluster.all('controllerrevisions') as ControllerRevision[]).map((one) => one.revision).sort((a, b) => a - b)).toEqual([1, 2]);
});

test('a partition keeps lower ordinals at the old revision, also when their pods are made again', () => {
  const cluster = new TestCluster();
  cluster.apply('statefulsets', setOf('postgres:15', 3));
  cluster.clock.advance(5 * secondMs);
  const partitioned = setOf('postgres:16', 3, { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } } });
  cluster.apply('statefulsets', partitioned);
  cluster.clock.advance(5 * secondMs);
  cluster.remove('pods', 'db-0');
  cluster.clock.advance(5 * secondMs);
  expect(images(cluster)).toEqual({ 'db-0': 'postgres:15', 'db-1': 'postgres:15', 'db-2': 'postgres:16' });
  expect(statusOf(cluster)).toMatchObject({ updatedReplicas: 1, currentReplicas: 2 });
});

test('OnDelete changes a pod only when somebody deletes it', () => {
  const cluster = new TestCluster();
  cluster.apply('statefulsets', setOf('postgres:15', 2, { updateStrategy: { type: 'OnDelete' } }));
  cluster.clock.advance(5 * secondMs);
  cluster.apply('statefulsets', setOf('postgres:16', 2, { updateStrategy: { type: 'OnDelete' } }));
  cluster.clock.advance(5 * secondMs);
  expect(images(cluster)).toEqual({ 'db-0': 'postgres:15', 'db-1': 'postgres:15' });
  cluster.remove('pods', 'db-1');
  cluster.clock.advance(5 * secondMs);
  expect(images(cluster)).toEqual({ 'db-0': 'postgres:15', 'db-1': 'postgres:16' });
});

test('a headless service tells the names of the pods behind it', () => {
  const cluster = new TestCluster();
  cluster.create('services', {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'db' },
    spec: { clusterIP: 'None', selector: { app: 'db' }, ports: [{ port: 5432 }] },
  });
  cluster.apply('statefulsets', setOf('postgres:15', 2));
  cluster.clock.advance(5 * secondMs);
  const slice = cluster.all('endpointslices', 'default').find((one) => one.metadata.labels?.['kubernetes.io/service-name'] === 'db') as EndpointSlice;
  expect(slice.endpoints.map((one) => one.hostname)).toEqual(['db-0', 'db-1']);
});

test('a deleted pod comes back under its own name with its own claim', () => {
  const cluster = new TestCluster();
  cluster.apply('statefulsets', setOf('postgres:15', 2, dataClaim));
  cluster.clock.advance(5 * secondMs);
  const before = cluster.find('pods', 'db-0') as Pod;
  cluster.remove('pods', 'db-0');
  cluster.clock.advance(5 * secondMs);
  const after = cluster.find('pods', 'db-0') as Pod;
  expect(after.metadata.uid).not.toBe(before.metadata.uid);
  expect(after.spec.volumes?.[0]).toEqual(before.spec.volumes?.[0]);
  expect(statusOf(cluster).readyReplicas).toBe(2);
});
