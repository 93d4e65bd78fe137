import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../shared/json';
import type { KubeObject } from '../../shared/kubeObject';
import type { NodeStatus } from '../../shared/nodeStatus';
import { sameStatus } from '../../shared/nodeStatus';
import { healthOf } from './healthOf';
import type { Warning } from './warnings';

const nowMs = Date.parse('2026-03-01T12:00:00Z');

function it(apiVersion: string, kind: string, spec: JsonObject, status: JsonObject = {}): KubeObject {
  return {
    apiVersion,
    kind,
    metadata: { name: 'it', namespace: 'shop', uid: 'it', generation: 1, creationTimestamp: '2026-03-01T11:00:00Z' },
    spec,
    status: { observedGeneration: 1, ...status },
  };
}

const address = (value: JsonObject): JsonObject => ({ loadBalancer: { ingress: [value] } });

// What each of the fourteen kinds tells beside its verdict. Whatever else a status has is not looked at here.
const table: readonly (readonly [string, KubeObject, Partial<NodeStatus>])[] = [
  [
    'a deployment its replicas',
    it('apps/v1', 'Deployment', { replicas: 3 }, { replicas: 3, readyReplicas: 1, updatedReplicas: 2 }),
    { replicas: 3, readyReplicas: 1, updatedReplicas: 2, ready: 1, desired: 3, state: 'partial', message: 'Rolling out: 2/3 pods updated, 1 ready' },
  ],
  [
    'a deployment without pods that it is starting',
    it('apps/v1', 'Deployment', {}, {}),
    { state: 'pending', message: 'Starting deployment...', ready: 0, desired: 1, replicas: 0 },
  ],
  [
    'a deployment that wants none that it has none',
    it('apps/v1', 'Deployment', { replicas: 0 }, { conditions: [{ type: 'Available', status: 'True' }] }),
    { state: 'healthy', message: 'Scaled to 0', desired: 0 },
  ],
  [
    'a service its addresses',
    it('v1', 'Service', { type: 'LoadBalancer', clusterIP: '10.0.0.7', ports: [{ port: 80, nodePort: 30_080 }] }, address({ hostname: 'lb.example' })),
    { state: 'healthy', clusterIP: '10.0.0.7', externalIP: 'lb.example', nodePort: 30_080 },
  ],
  [
    'a load balancer without an address that it waits',
    it('v1', 'Service', { type: 'LoadBalancer', clusterIP: '10.0.0.7' }),
    { state: 'partial', message: 'Waiting for LoadBalancer IP assignment', clusterIP: '10.0.0.7' },
  ],
  [
    'an ingress its addresses and rules',
    it('networking.k8s.io/v1', 'Ingress', { rules: [{}, {}] }, address({ ip: '10.9.9.9' })),
    { state: 'healthy', message: 'Ingress is active', rulesCount: 2, loadBalancerIP: '10.9.9.9', externalIP: '10.9.9.9' },
  ],
  [
    'an ingress that waits how many rules it has',
    it('networking.k8s.io/v1', 'Ingress', { rules: [{}] }),
    { state: 'pending', message: 'Waiting for LoadBalancer address assignment', rulesCount: 1 },
  ],
  [
    'a stateful set its current and updated replicas',
    it('apps/v1', 'StatefulSet', { replicas: 2 }, { replicas: 2, readyReplicas: 2, currentReplicas: 2, updatedReplicas: 2 }),
    { state: 'healthy', message: 'All 2 pods ready', replicas: 2, currentReplicas: 2, updatedReplicas: 2 },
  ],
  ['a stateful set scaled to zero so', it('apps/v1', 'StatefulSet', { replicas: 0 }), { state: 'healthy', message: 'StatefulSet scaled to 0', desired: 0 }],
  [
    'a daemon set its machines',
    it('apps/v1', 'DaemonSet', {}, { desiredNumberScheduled: 3, currentNumberScheduled: 3, numberReady: 2, numberAvailable: 2, updatedNumberScheduled: 3 }),
    { state: 'partial', message: '2/3 pods ready', ready: 2, desired: 3, updatedReplicas: 3 },
  ],
  [
    'a job its counts',
    it('batch/v1', 'Job', { completions: 3 }, { startTime: '2026-03-01T11:00:00Z', active: 1, succeeded: 1, failed: 2 }),
    { state: 'partial', message: 'Running (1 active)', active: 1, succeeded: 1, failed: 2, ready: 1, desired: 3 },
  ],
  [
    'a cron job its schedule and runs',
    it(
      'batch/v1',
      'CronJob',
      { schedule: '@daily', concurrencyPolicy: 'Forbid' },
      { active: [{}], lastScheduleTime: '2026-03-01T00:00:00Z', lastSuccessfulTime: '2026-02-28T00:01:00Z' },
    ),
    {
      state: 'healthy',
      schedule: '@daily',
      suspend: false,
      concurrencyPolicy: 'Forbid',
      activeJobs: 1,
      lastScheduleTime: '2026-03-01T00:00:00Z',
      lastSuccessfulTime: '2026-02-28T00:01:00Z',
    },
  ],
  ['a suspended cron job that it is', it('batch/v1', 'CronJob', { schedule: '@daily', suspend: true }), { state: 'suspended', suspend: true }],
  [
    'a claim its volume',
    it('v1', 'PersistentVolumeClaim', { volumeName: 'pv-7' }, { phase: 'Bound', capacity: { storage: '8Gi' } }),
    { state: 'healthy', message: 'Volume bound successfully (8Gi)', phase: 'Bound', capacity: '8Gi', volumeName: 'pv-7' },
  ],
  [
    'a lost claim that it is lost',
    it('v1', 'PersistentVolumeClaim', {}, { phase: 'Lost' }),
    { state: 'error', message: 'Volume has been lost', phase: 'Lost' },
  ],
  [
    'a pod its phase and restarts',
    it('v1', 'Pod', {}, { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }], containerStatuses: [{ name: 'c', restartCount: 4 }] }),
    { state: 'healthy', phase: 'Running', restarts: 4, ready: 1, desired: 1 },
  ],
  [
    'a replica set its replicas',
    it('apps/v1', 'ReplicaSet', { replicas: 2 }, { replicas: 2, readyReplicas: 1, availableReplicas: 1, fullyLabeledReplicas: 2 }),
    { state: 'partial', replicas: 2, readyReplicas: 1, ready: 1, desired: 2 },
  ],
  [
    'an autoscaler its bounds, sizes and metrics',
    it(
      'autoscaling/v2',
      'HorizontalPodAutoscaler',
      {
        minReplicas: 2,
        maxReplicas: 9,
        scaleTargetRef: { kind: 'Deployment', name: 'web' },
        metrics: [
          { type: 'Resource', resource: { name: 'cpu', target: { averageUtilization: 80 } } },
          { type: 'Resource', resource: { name: 'memory', target: { averageUtilization: 70 } } },
        ],
      },
      {
        currentReplicas: 2,
        desiredReplicas: 4,
        currentMetrics: [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 160 } } }],
        conditions: [{ type: 'AbleToScale', status: 'True' }],
      },
    ),
    {
      state: 'partial',
      message: 'Scaling from 2 to 4',
      minReplicas: 2,
      maxReplicas: 9,
      currentReplicas: 2,
      desiredReplicas: 4,
      scaleTarget: 'Deployment/web',
      cpuTarget: 80,
      cpuCurrent: 160,
      memoryTarget: 70,
    },
  ],
  [
    'an autoscaler of the first version the same',
    it('autoscaling/v1', 'HorizontalPodAutoscaler', { maxReplicas: 3, targetCPUUtilizationPercentage: 50 }, { currentCPUUtilizationPercentage: 10 }),
    { minReplicas: 1, maxReplicas: 3, cpuTarget: 50, cpuCurrent: 10 },
  ],
  [
    'a network policy its types, pods and rules',
    it('networking.k8s.io/v1', 'NetworkPolicy', {
      podSelector: { matchLabels: { app: 'web' }, matchExpressions: [{ key: 'tier', operator: 'Exists' }] },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{}, {}],
      egress: [{}],
    }),
    { state: 'healthy', policyTypes: 'Ingress and Egress', podSelector: 'app=web,tier', ingressRulesCount: 2, egressRulesCount: 1 },
  ],
  ['a config map that it is there', { ...it('v1', 'ConfigMap', {}), data: { a: '1' } }, { state: 'healthy', message: '1 key' }],
  ['a secret that it is there', { ...it('v1', 'Secret', {}), data: { a: 'MQ==', b: 'Mg==' } }, { state: 'healthy', message: '2 keys' }],
];

describe('the status of a kind tells', () => {
  test.each(table)('%s', (_, object, expected) => {
    expect(healthOf(object, { nowMs })).toMatchObject(expected);
  });
});

describe('warnings of the cluster', () => {
  const warned = (reason: string, message: string, count = 1, secondsAgo = 30): { readonly warnings: Map<string, readonly Warning[]> } => ({
    warnings: new Map([['it', [{ reason, message, count, lastSeenMs: nowMs - secondsAgo * 1000 }]]]),
  });
  const pod = (status: JsonObject): KubeObject => it('v1', 'Pod', {}, status);
  const creating = pod({ phase: 'Pending', containerStatuses: [{ name: 'c', state: { waiting: { reason: 'ContainerCreating' } } }] });

  test('name the volume that does not come, as a fault once it has been tried several times', () => {
    expect(healthOf(creating, { nowMs })).toMatchObject({ state: 'pending', message: 'Creating its containers' });
    const message = 'MountVolume.SetUp failed for volume "settings": configmap "settings" not found';
    expect(healthOf(creating, { nowMs, ...warned('FailedMount', message) })).toMatchObject({ state: 'pending', reason: 'FailedMount' });
    expect(healthOf(creating, { nowMs, ...warned('FailedMount', message, 3) })).toMatchObject({
      state: 'error',
      reason: 'FailedMount',
      message: `FailedMount: ${message}`,
    });
  });

  test('of long ago, or about something else, count for nothing', () => {
    expect(healthOf(creating, { nowMs, ...warned('FailedMount', 'x', 9, 601) }).reason).toBeUndefined();
    expect(healthOf(creating, { nowMs, ...warned('Evicted', 'x', 9) }).reason).toBeUndefined();
    expect(healthOf({ ...creating, metadata: { ...creating.metadata, uid: 'other' } }, { nowMs, ...warned('FailedMount', 'x', 9) }).reason).toBeUndefined();
  });

  test('name the probe that a running pod fails', () => {
    const running = pod({ phase: 'Running', conditions: [{ type: 'Ready', status: 'False', message: 'containers not ready' }] });
    expect(healthOf(running, { nowMs, ...warned('Unhealthy', 'Readiness probe failed: HTTP 503') })).toMatchObject({
      state: 'pending',
      reason: 'Unhealthy',
      message: 'Running, not ready: Readiness probe failed: HTTP 503',
    });
  });

  test('say why an image is waited for when the kubelet says only that it waits', () => {
    const waiting = (message: string): KubeObject =>
      pod({ phase: 'Pending', containerStatuses: [{ name: 'c', state: { waiting: { reason: 'ImagePullBackOff', message } } }] });
    const pull = warned('Failed', 'Failed to pull image "x:1": not found');
    expect(healthOf(waiting('Back-off pulling image "x:1"'), { nowMs, ...pull }).message).toBe(
      'ImagePullBackOff: container c: Failed to pull image "x:1": not found',
    );
    const known = 'Back-off pulling image "x:1": ErrImagePull: unauthorized';
    expect(healthOf(waiting(known), { nowMs, ...pull }).message).toBe(`ImagePullBackOff: container c: ${known}`);
  });

  test.each([
    ['StatefulSet', 'apps/v1', { replicas: 2 }, { replicas: 1, readyReplicas: 0 }],
    ['DaemonSet', 'apps/v1', {}, { desiredNumberScheduled: 2, currentNumberScheduled: 1 }],
    ['Job', 'batch/v1', {}, { startTime: '2026-03-01T11:00:00Z' }],
  ] as const)('say that a quota lets a %s make no pod', (kind, apiVersion, spec, status) => {
    const object = it(apiVersion, kind, spec, status);
    expect(healthOf(object, { nowMs, ...warned('FailedCreate', 'exceeded quota: small') })).toMatchObject({
      state: 'error',
      reason: 'FailedCreate',
      message: 'exceeded quota: small',
    });
    expect(healthOf(object, { nowMs }).state).not.toBe('error');
  });

  test('say why a volume is not provisioned', () => {
    const claim = it('v1', 'PersistentVolumeClaim', {}, { phase: 'Pending' });
    expect(healthOf(claim, { nowMs, ...warned('ProvisioningFailed', 'storageclass "fast" not found') })).toMatchObject({
      state: 'pending',
      reason: 'ProvisioningFailed',
      message: 'Waiting for volume to be provisioned: storageclass "fast" not found',
    });
  });
});

test('two statuses are the same exactly when all their fields are', () => {
  const status: NodeStatus = { state: 'healthy', message: '', ready: 1, desired: 1 };
  expect(sameStatus(status, { ...status })).toBe(true);
  expect(sameStatus(status, undefined)).toBe(false);
  for (const more of [{ restarts: 1 }, { capacity: '8Gi' }, { staleSince: '2026-03-01T12:00:00Z' }, { ready: 0 }, { reason: 'x' }] as const) {
    expect(sameStatus(status, { ...status, ...more })).toBe(false);
    expect(sameStatus({ ...status, ...more }, status)).toBe(false);
  }
});
