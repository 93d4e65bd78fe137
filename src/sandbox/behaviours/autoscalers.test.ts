import { expect, test } from 'vitest';
import { deploymentOf, TestCluster } from '../tests/workloads';
import type { Autoscaler } from '../workloadTypes';
import { loadOf, replicasFor, sizeNow } from './autoscaling';
import { conditionOf } from './conditions';

const secondMs = 1_000;
const request = { resources: { requests: { cpu: '100m', memory: '64Mi' } } };

function scalerOf(spec: object = {}, load?: string): object {
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'web', namespace: 'default', ...(load === undefined ? {} : { annotations: { 'sandbox.kubeorch.dev/load': load } }) },
    spec: {
      minReplicas: 1,
      maxReplicas: 5,
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
      metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } }],
      ...spec,
    },
  };
}

function scaler(cluster: TestCluster): Autoscaler {
  return cluster.find('horizontalpodautoscalers', 'web') as Autoscaler;
}

function setLoad(cluster: TestCluster, load: string): void {
  const { registry } = cluster.cluster;
  const before = scaler(cluster);
  registry.write(
    registry.kinds.named('horizontalpodautoscalers'),
    { ...before, metadata: { ...before.metadata, annotations: { 'sandbox.kubeorch.dev/load': load } } },
    'tests',
  );
}

function reasonOf(cluster: TestCluster, type: string): string | undefined {
  const found = conditionOf(scaler(cluster).status.conditions, type);
  return found && `${found.status} ${found.reason ?? ''}`;
}

test('without a load there are no metrics, and the autoscaler says so in the words of a cluster without a metrics server', () => {
  const cluster = new TestCluster();
  cluster.apply('deployments', deploymentOf('nginx:1', 2, { container: request }));
  cluster.apply('horizontalpodautoscalers', scalerOf());
  cluster.clock.advance(20 * secondMs);
  expect(scaler(cluster).status).toMatchObject({ currentReplicas: 2, desiredReplicas: 0 });
  expect(reasonOf(cluster, 'AbleToScale')).toBe('True SucceededGetScale');
  expect(conditionOf(scaler(cluster).status.conditions, 'ScalingActive')).toMatchObject({
    status: 'False',
    reason: 'FailedGetResourceMetric',
    message: expect.stringContaining('the server could not find the requested resource (get pods.metrics.k8s.io)') as string,
  });
  expect(cluster.eventReasons('web')).toEqual(expect.arrayContaining(['FailedGetResourceMetric', 'FailedComputeMetricsReplicas']));
  expect(cluster.pods()).toHaveLength(2);
});

test('a load grows the target until each pod is at its target, and shrinks it after the stabilization window', () => {
  const cluster = new TestCluster();
  cluster.apply('deployments', deploymentOf('nginx:1', 1, { container: request }));
  cluster.apply('horizontalpodautoscalers', scalerOf({}, '240'));
  cluster.clock.advance(60 * secondMs);
  expect(cluster.deployment().spec.replicas).toBe(3);
  expect(scaler(cluster).status).toMatchObject({
    currentReplicas: 3,
    desiredReplicas: 3,
    currentMetrics: [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 80, averageValue: '80m' } } }],
  });
  expect(reasonOf(cluster, 'ScalingActive')).toBe('True ValidMetricFound');
  expect(reasonOf(cluster, 'ScalingLimited')).toBe('False DesiredWithinRange');
  expect(cluster.eventReasons('web')).toContain('SuccessfulRescale');
  setLoad(cluster, '40');
  cluster.clock.advance(60 * secondMs);
  expect(cluster.deployment().spec.replicas).toBe(3);
  expect(reasonOf(cluster, 'AbleToScale')).toBe('True ScaleDownStabilized');
  cluster.clock.advance(300 * secondMs);
  expect(cluster.deployment().spec.replicas).toBe(1);
});

test('the bounds hold, and the condition tells which', () => {
  const cluster = new TestCluster();
  cluster.apply('deployments', deploymentOf('nginx:1', 1, { container: request }));
  cluster.apply('horizontalpodautoscalers', scalerOf({ maxReplicas: 2 }, '900'));
  cluster.clock.advance(60 * secondMs);
  expect(cluster.deployment().spec.replicas).toBe(2);
  expect(reasonOf(cluster, 'ScalingLimited')).toBe('True TooManyReplicas');
});

test('containers without a request have no utilization', () => {
  const cluster = new TestCluster();
  cluster.apply('deployments', deploymentOf('nginx:1', 1));
  cluster.apply('horizontalpodautoscalers', scalerOf({}, '200'));
  cluster.clock.advance(20 * secondMs);
  expect(conditionOf(scaler(cluster).status.conditions, 'ScalingActive')?.message).toContain('missing request for cpu in container web of Pod web-');
});

test('a target that is not there, and one that is scaled to nothing, are told', () => {
  const cluster = new TestCluster();
  cluster.apply('horizontalpodautoscalers', scalerOf({}, '200'));
  cluster.clock.advance(secondMs);
  expect(conditionOf(scaler(cluster).status.conditions, 'AbleToScale')?.message).toContain('deployments.apps "web" not found');
  cluster.apply('deployments', deploymentOf('nginx:1', 0, { container: request }));
  cluster.clock.advance(20 * secondMs);
  expect(reasonOf(cluster, 'ScalingActive')).toBe('False ScalingDisabled');
  expect(cluster.deployment().spec.replicas).toBe(0);
});

test('a closed cluster leaves no alarm behind', () => {
  const cluster = new TestCluster();
  cluster.apply('horizontalpodautoscalers', scalerOf());
  cluster.clock.advance(20 * secondMs);
  cluster.cluster.close();
  expect(cluster.clock.waiting).toBe(0);
});

test('a load is read for all resources or for each', () => {
  expect(loadOf('240', 'cpu')).toBe(240);
  expect(loadOf('cpu=100, memory=50', 'memory')).toBe(50);
  expect(loadOf('cpu=100', 'memory')).toBeUndefined();
  expect(loadOf('lots', 'cpu')).toBeUndefined();
  expect(loadOf(undefined, 'cpu')).toBeUndefined();
});

test('the arithmetic of one step', () => {
  expect(replicasFor(4, 85, 80)).toBe(4);
  expect(replicasFor(4, 100, 80)).toBe(5);
  const limits = { min: 1, max: 20 };
  expect(sizeNow(2, 20, limits, [], [], 0)).toMatchObject({ replicas: 6, limited: { reason: 'ScaleUpLimit' } });
  expect(sizeNow(2, 20, { ...limits, scaleUp: { policies: [{ type: 'Pods', value: 1, periodSeconds: 60 }] } }, [], [{ atMs: 0, by: 1 }], 30_000).replicas).toBe(
    2,
  );
  expect(sizeNow(10, 1, { ...limits, scaleDown: { stabilizationWindowSeconds: 0, selectPolicy: 'Disabled' } }, [], [], 0).replicas).toBe(10);
  expect(sizeNow(10, 1, { ...limits, scaleDown: { stabilizationWindowSeconds: 0 } }, [], [], 0).replicas).toBe(1);
});
