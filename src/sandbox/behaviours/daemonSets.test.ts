import { expect, test } from 'vitest';
import type { Node, Pod } from '../objectTypes';
import { TestCluster } from '../tests/workloads';
import type { DaemonSet } from '../workloadTypes';
import { isReady } from './podFacts';

const secondMs = 1_000;

function setOf(image: string, more: { spec?: object; pod?: object; annotations?: Record<string, string> } = {}): object {
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'agent', namespace: 'default' },
    spec: {
      selector: { matchLabels: { app: 'agent' } },
      template: { metadata: { labels: { app: 'agent' }, annotations: more.annotations ?? {} }, spec: { containers: [{ name: 'agent', image }], ...more.pod } },
      ...more.spec,
    },
  };
}

function statusOf(cluster: TestCluster): DaemonSet['status'] {
  return (cluster.find('daemonsets', 'agent') as DaemonSet).status;
}

function changeNode(cluster: TestCluster, change: (node: Node) => Node): void {
  const { registry } = cluster.cluster;
  registry.write(registry.kinds.named('nodes'), change(cluster.find('nodes', 'sandbox', '') as Node), 'tests');
}

test('one pod runs on the node, with the tolerations of daemons', () => {
  const cluster = new TestCluster();
  cluster.apply('daemonsets', setOf('agent:1'));
  cluster.clock.advance(3 * secondMs);
  expect(cluster.pods()).toHaveLength(1);
  expect(cluster.pods()[0]?.spec.tolerations).toContainEqual({ key: 'node.kubernetes.io/unschedulable', operator: 'Exists', effect: 'NoSchedule' });
  expect(statusOf(cluster)).toEqual({
    currentNumberScheduled: 1,
    desiredNumberScheduled: 1,
    numberAvailable: 1,
    numberMisscheduled: 0,
    numberReady: 1,
    observedGeneration: 1,
    updatedNumberScheduled: 1,
  });
  expect(cluster.eventReasons('agent')).toEqual(['SuccessfulCreate']);
});

test('a cordoned node keeps its daemon, and a selector that fits no node wants none', () => {
  const cluster = new TestCluster();
  changeNode(cluster, (node) => ({ ...node, spec: { ...node.spec, unschedulable: true } }));
  cluster.apply('daemonsets', setOf('agent:1'));
  cluster.clock.advance(3 * secondMs);
  expect(statusOf(cluster).numberReady).toBe(1);
  cluster.apply('daemonsets', setOf('agent:1', { pod: { nodeSelector: { disk: 'ssd' } } }));
  cluster.clock.advance(3 * secondMs);
  expect(cluster.pods()).toHaveLength(0);
  expect(statusOf(cluster)).toMatchObject({ desiredNumberScheduled: 0, numberReady: 0 });
  changeNode(cluster, (node) => ({ ...node, metadata: { ...node.metadata, labels: { ...node.metadata.labels, disk: 'ssd' } } }));
  cluster.clock.advance(3 * secondMs);
  expect(statusOf(cluster).numberReady).toBe(1);
});

test('a taint keeps daemons away that do not tolerate it', () => {
  const cluster = new TestCluster();
  changeNode(cluster, (node) => ({ ...node, spec: { ...node.spec, taints: [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }] } }));
  cluster.apply('daemonsets', setOf('agent:1'));
  cluster.clock.advance(3 * secondMs);
  expect(cluster.pods()).toHaveLength(0);
  cluster.apply('daemonsets', setOf('agent:1', { pod: { tolerations: [{ key: 'gpu', operator: 'Equal', value: 'yes', effect: 'NoSchedule' }] } }));
  cluster.clock.advance(3 * secondMs);
  expect(statusOf(cluster).numberReady).toBe(1);
});

test('a rolling update removes the old pod before the new one comes', () => {
  const cluster = new TestCluster();
  cluster.apply('daemonsets', setOf('agent:1'));
  cluster.clock.advance(3 * secondMs);
  cluster.apply('daemonsets', setOf('agent:2'));
  for (let step = 0; step < 300; step++) {
    cluster.clock.advance(10);
    expect(cluster.pods().filter((pod) => pod.metadata.deletionTimestamp === undefined).length).toBeLessThanOrEqual(1);
  }
  expect(cluster.pods()[0]?.spec.containers[0]?.image).toBe('agent:2');
  expect(statusOf(cluster)).toMatchObject({ updatedNumberScheduled: 1, numberAvailable: 1 });
});

test('with maxSurge the new pod is ready before the old one goes', () => {
  const cluster = new TestCluster();
  const spec = { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } };
  cluster.apply('daemonsets', setOf('agent:1', { spec }));
  cluster.clock.advance(3 * secondMs);
  cluster.apply('daemonsets', setOf('agent:2', { spec }));
  for (let step = 0; step < 300; step++) {
    cluster.clock.advance(10);
    expect(cluster.pods().filter((pod) => isReady(pod) && pod.metadata.deletionTimestamp === undefined).length).toBeGreaterThanOrEqual(1);
  }
  expect(cluster.pods().map((pod) => pod.spec.containers[0]?.image)).toEqual(['agent:2']);
});

test('OnDelete leaves the old pod until somebody deletes it', () => {
  const cluster = new TestCluster();
  const spec = { updateStrategy: { type: 'OnDelete' } };
  cluster.apply('daemonsets', setOf('agent:1', { spec }));
  cluster.clock.advance(3 * secondMs);
  cluster.apply('daemonsets', setOf('agent:2', { spec }));
  cluster.clock.advance(3 * secondMs);
  expect(cluster.pods()[0]?.spec.containers[0]?.image).toBe('agent:1');
  expect(statusOf(cluster).updatedNumberScheduled).toBeUndefined();
  cluster.remove('pods', cluster.pods()[0]?.metadata.name ?? '');
  cluster.clock.advance(3 * secondMs);
  expect(cluster.pods()[0]?.spec.containers[0]?.image).toBe('agent:2');
});

test('a pod that is never ready is scheduled and not available', () => {
  const cluster = new TestCluster();
  cluster.apply('daemonsets', setOf('agent:1', { annotations: { 'sandbox.kubeorch.dev/scenario': 'never-ready' } }));
  cluster.clock.advance(30 * secondMs);
  expect(statusOf(cluster)).toMatchObject({ desiredNumberScheduled: 1, currentNumberScheduled: 1, numberReady: 0, numberUnavailable: 1 });
});

test('the scenarios unschedulable and failed-mount hold a pod before any container runs', () => {
  const cluster = new TestCluster();
  for (const scenario of ['unschedulable', 'failed-mount'])
    cluster.create('pods', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: scenario, annotations: { 'sandbox.kubeorch.dev/scenario': scenario } },
      spec: { containers: [{ name: 'main', image: 'redis:7' }] },
    });
  cluster.clock.advance(30 * secondMs);
  const waiting = cluster.find('pods', 'unschedulable') as Pod;
  expect(waiting.status.conditions).toContainEqual(expect.objectContaining({ type: 'PodScheduled', status: 'False', reason: 'Unschedulable' }));
  expect(cluster.eventReasons('unschedulable')).toEqual(['FailedScheduling']);
  expect((cluster.find('pods', 'failed-mount') as Pod).status.containerStatuses?.[0]?.state.waiting?.reason).toBe('ContainerCreating');
  expect(cluster.eventReasons('failed-mount')).toEqual(['Scheduled', 'FailedMount']);
});
