import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import type { JsonObject, JsonValue } from '../../shared/json';
import type { KubeObject } from '../../shared/kubeObject';
import { nodeStates } from '../../shared/nodeStatus';
import { healthOf } from './healthOf';

const nowMs = Date.parse('2026-03-01T12:00:00Z');

function object(apiVersion: string, kind: string, parts: { spec?: JsonObject; status?: JsonObject; metadata?: object; data?: JsonObject }): KubeObject {
  return { apiVersion, kind, ...parts, metadata: { name: 'it', namespace: 'shop', creationTimestamp: '2026-03-01T11:00:00Z', ...parts.metadata } };
}

const condition = (type: string, status: string, reason = '', message = ''): JsonObject => ({ type, status, reason, message });
const running = [condition('Available', 'True', 'MinimumReplicasAvailable'), condition('Progressing', 'True', 'NewReplicaSetAvailable')];

function deployment(spec: JsonObject, status: JsonObject, generation = 2): KubeObject {
  return object('apps/v1', 'Deployment', {
    metadata: { generation },
    spec: { progressDeadlineSeconds: 600, ...spec },
    status: { observedGeneration: generation, ...status },
  });
}

function pod(status: JsonObject, more: { spec?: JsonObject; metadata?: object } = {}): KubeObject {
  return object('v1', 'Pod', { spec: { restartPolicy: 'Always', ...more.spec }, status, ...(more.metadata === undefined ? {} : { metadata: more.metadata }) });
}

const verdictOf = (it: KubeObject, related: { pods?: readonly KubeObject[]; endpointSlices?: readonly KubeObject[] } = {}) =>
  healthOf(it, { nowMs, ...related });
const stateOf = (it: KubeObject, related = {}) => verdictOf(it, related).state;

const waiting = (reason: string, message = '', last?: JsonObject): JsonObject => ({
  name: 'web',
  ready: false,
  restartCount: 4,
  state: { waiting: { reason, message } },
  ...(last === undefined ? {} : { lastState: { terminated: last } }),
});

describe('a deployment', () => {
  const full = { replicas: 2, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 2, conditions: running };

  test('is healthy when the newest template runs everywhere and the controller says so', () => {
    expect(verdictOf(deployment({ replicas: 2 }, full))).toMatchObject({ state: 'healthy', message: 'All 2 pods ready', ready: 2, desired: 2 });
  });

  test('waits for its generation before anything in its status counts', () => {
    const behind = deployment({ replicas: 2 }, { ...full, observedGeneration: 1 });
    expect(verdictOf(behind)).toMatchObject({ state: 'pending', reason: 'GenerationNotObserved' });
    expect(stateOf(object('apps/v1', 'Deployment', { metadata: { generation: 1 }, spec: { replicas: 0 } }))).toBe('pending');
  });

  test('fails on an exceeded progress deadline, also when old pods still serve', () => {
    const conditions = [condition('Available', 'True'), condition('Progressing', 'False', 'ProgressDeadlineExceeded', 'timed out')];
    expect(verdictOf(deployment({ replicas: 2 }, { ...full, updatedReplicas: 1, conditions }))).toMatchObject({
      state: 'error',
      reason: 'ProgressDeadlineExceeded',
    });
  });

  test('is pending with no pod ready and partial with some', () => {
    expect(verdictOf(deployment({ replicas: 2 }, {})).message).toBe('Starting deployment...');
    expect(verdictOf(deployment({ replicas: 2 }, { ...full, readyReplicas: 0, availableReplicas: 0 }))).toMatchObject({
      state: 'pending',
      message: 'No pods are ready',
    });
    expect(verdictOf(deployment({ replicas: 2 }, { ...full, readyReplicas: 1, availableReplicas: 1 }))).toMatchObject({
      state: 'partial',
      message: '1/2 pods ready',
      ready: 1,
    });
  });

  test('is not healthy while pods of the old template remain or the new ones are not available', () => {
    expect(stateOf(deployment({ replicas: 2 }, { ...full, replicas: 3 }))).toBe('partial');
    expect(stateOf(deployment({ replicas: 2 }, { ...full, updatedReplicas: 1 }))).toBe('partial');
    expect(stateOf(deployment({ replicas: 2 }, { ...full, availableReplicas: 1 }))).toBe('partial');
    expect(stateOf(deployment({ replicas: 2 }, { ...full, conditions: [] }))).toBe('partial');
  });

  test('scaled to zero wants zero and is healthy with zero', () => {
    expect(verdictOf(deployment({ replicas: 0 }, { conditions: running }))).toMatchObject({ state: 'healthy', message: 'Scaled to 0', desired: 0 });
    expect(verdictOf(deployment({}, { conditions: running })).desired).toBe(1);
  });

  test('says that it is paused', () => {
    expect(stateOf(deployment({ replicas: 2, paused: true }, full))).toBe('suspended');
  });

  test('takes the reason out of its pods', () => {
    const none = { replicas: 1, updatedReplicas: 1, unavailableReplicas: 1 };
    const pull = pod({ phase: 'Pending', containerStatuses: [waiting('ImagePullBackOff', 'Back-off pulling image "nope:1"')] });
    expect(verdictOf(deployment({}, none), { pods: [pull] })).toMatchObject({
      state: 'error',
      reason: 'ImagePullBackOff',
      message: 'ImagePullBackOff: container web: Back-off pulling image "nope:1"',
    });
    const crash = pod({ phase: 'Running', containerStatuses: [waiting('CrashLoopBackOff', '', { exitCode: 137, reason: 'OOMKilled' })] });
    expect(verdictOf(deployment({}, none), { pods: [crash] }).message).toBe(
      'CrashLoopBackOff: container web ended with exit code 137 (OOMKilled) (4 restarts)',
    );
    const some = { ...full, readyReplicas: 1, availableReplicas: 1 };
    expect(verdictOf(deployment({ replicas: 2 }, some), { pods: [crash] })).toMatchObject({ state: 'partial', reason: 'OOMKilled' });
  });

  test('shows what the quota refused', () => {
    const conditions = [condition('ReplicaFailure', 'True', 'FailedCreate', 'exceeded quota: pods=3')];
    expect(verdictOf(deployment({ replicas: 2 }, { conditions }))).toMatchObject({ state: 'error', message: 'exceeded quota: pods=3' });
  });
});

describe('a pod', () => {
  test.each([
    ['ErrImagePull', 'error'],
    ['ImagePullBackOff', 'error'],
    ['InvalidImageName', 'error'],
    ['CreateContainerConfigError', 'error'],
    ['CrashLoopBackOff', 'error'],
    ['ContainerCreating', 'pending'],
    ['PodInitializing', 'pending'],
  ])('waiting with %s is %s', (reason, state) => {
    expect(stateOf(pod({ phase: 'Pending', containerStatuses: [waiting(reason)] }))).toBe(state);
    expect(stateOf(pod({ phase: 'Pending', initContainerStatuses: [waiting(reason)] }))).toBe(state);
  });

  test('of finite life is on its way until it has succeeded, but a crash loop is certain', () => {
    const job = { spec: { restartPolicy: 'OnFailure' } };
    expect(stateOf(pod({ phase: 'Running', conditions: [condition('Ready', 'True')] }, job))).toBe('pending');
    expect(verdictOf(pod({ phase: 'Pending', containerStatuses: [waiting('ImagePullBackOff')] }, job))).toMatchObject({
      state: 'pending',
      reason: 'ImagePullBackOff',
    });
    expect(stateOf(pod({ phase: 'Running', containerStatuses: [waiting('CrashLoopBackOff')] }, job))).toBe('error');
    expect(stateOf(pod({ phase: 'Succeeded' }, job))).toBe('healthy');
  });

  test('that ended before and is not ready is an error; one that just starts is pending', () => {
    const restarted = { name: 'web', ready: false, state: { running: {} }, lastState: { terminated: { exitCode: 1, reason: 'Error' } } };
    expect(verdictOf(pod({ phase: 'Running', containerStatuses: [restarted] })).message).toBe('Container web was restarted and is not ready: exit code 1');
    expect(stateOf(pod({ phase: 'Running', containerStatuses: [{ name: 'web', ready: false, state: { running: {} } }] }))).toBe('pending');
    expect(stateOf(pod({ phase: 'Running', conditions: [condition('Ready', 'True')] }))).toBe('healthy');
  });

  test('without a machine is pending for 15 seconds and an error after', () => {
    const status = { phase: 'Pending', conditions: [condition('PodScheduled', 'False', 'Unschedulable', '0/1 nodes are available: insufficient memory')] };
    expect(verdictOf(pod(status))).toMatchObject({
      state: 'error',
      reason: 'Unschedulable',
      message: 'No machine takes it: 0/1 nodes are available: insufficient memory',
    });
    expect(stateOf(pod(status, { metadata: { creationTimestamp: '2026-03-01T11:59:50Z' } }))).toBe('pending');
  });

  test('that failed says why', () => {
    expect(verdictOf(pod({ phase: 'Failed', reason: 'Evicted', message: 'The node was low on memory.' }))).toMatchObject({
      state: 'error',
      reason: 'Evicted',
      message: 'The node was low on memory.',
    });
    const ended = { name: 'init', state: { terminated: { exitCode: 3, reason: 'Error' } } };
    expect(verdictOf(pod({ phase: 'Failed', initContainerStatuses: [ended] })).message).toBe('Init container init ended: exit code 3');
  });
});

describe('other workloads', () => {
  test('a replica set shows a refused pod and counts labelled, available and ready ones', () => {
    const set = (status: JsonObject) =>
      object('apps/v1', 'ReplicaSet', { metadata: { generation: 1 }, spec: { replicas: 2 }, status: { observedGeneration: 1, ...status } });
    expect(stateOf(set({ replicas: 2, fullyLabeledReplicas: 2, readyReplicas: 2, availableReplicas: 2 }))).toBe('healthy');
    expect(stateOf(set({ replicas: 2, fullyLabeledReplicas: 2, readyReplicas: 1, availableReplicas: 1 }))).toBe('partial');
    expect(stateOf(set({ conditions: [condition('ReplicaFailure', 'True', 'FailedCreate')] }))).toBe('error');
  });

  test('a stateful set follows readiness, partition and revision', () => {
    const set = (spec: JsonObject, status: JsonObject) =>
      object('apps/v1', 'StatefulSet', { metadata: { generation: 1 }, spec: { replicas: 3, ...spec }, status: { observedGeneration: 1, ...status } });
    const full = { replicas: 3, readyReplicas: 3, currentReplicas: 3, updatedReplicas: 3, currentRevision: 'a', updateRevision: 'a' };
    expect(stateOf(set({}, full))).toBe('healthy');
    expect(stateOf(set({}, { ...full, readyReplicas: 0 }))).toBe('pending');
    expect(stateOf(set({}, { ...full, updateRevision: 'b' }))).toBe('partial');
    const partition = { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } } };
    expect(stateOf(set(partition, { ...full, updatedReplicas: 1, updateRevision: 'b' }))).toBe('healthy');
    expect(stateOf(set(partition, { ...full, updatedReplicas: 0, updateRevision: 'b' }))).toBe('partial');
    expect(stateOf(set({ updateStrategy: { type: 'OnDelete' } }, { ...full, updateRevision: 'b' }))).toBe('healthy');
  });

  test('a daemon set counts machines, and its counts change within one state', () => {
    const set = (status: JsonObject) => object('apps/v1', 'DaemonSet', { metadata: { generation: 1 }, spec: {}, status: { observedGeneration: 1, ...status } });
    const full = { desiredNumberScheduled: 3, currentNumberScheduled: 3, updatedNumberScheduled: 3, numberAvailable: 3, numberReady: 3 };
    expect(stateOf(set(full))).toBe('healthy');
    expect(stateOf(set({}))).toBe('pending');
    expect(verdictOf(set({ ...full, numberReady: 1, numberAvailable: 1 }))).toMatchObject({ state: 'partial', ready: 1 });
    expect(verdictOf(set({ ...full, numberReady: 2, numberAvailable: 2 }))).toMatchObject({ state: 'partial', ready: 2 });
  });

  test('a job is judged by its conditions, not by its counts', () => {
    const job = (status: JsonObject) => object('batch/v1', 'Job', { spec: { completions: 3 }, status });
    expect(stateOf(job({}))).toBe('pending');
    expect(stateOf(job({ startTime: 'x', active: 1 }))).toBe('partial');
    expect(stateOf(job({ startTime: 'x', succeeded: 1, failed: 2, active: 1 }))).toBe('partial');
    expect(verdictOf(job({ succeeded: 3, conditions: [condition('Complete', 'True')] })).message).toBe('Completed successfully (3 succeeded)');
    expect(verdictOf(job({ failed: 7, conditions: [condition('Failed', 'True', 'BackoffLimitExceeded', 'has reached the limit')] }))).toMatchObject({
      state: 'error',
      reason: 'BackoffLimitExceeded',
    });
    expect(stateOf(job({ conditions: [condition('Suspended', 'True')] }))).toBe('suspended');
  });

  test('a cron job may be suspended', () => {
    expect(stateOf(object('batch/v1', 'CronJob', { spec: { schedule: '* * * * *' } }))).toBe('healthy');
    expect(stateOf(object('batch/v1', 'CronJob', { spec: { schedule: '* * * * *', suspend: true } }))).toBe('suspended');
  });

  test('an autoscaler that cannot scale is an error, one that scales is partial', () => {
    const hpa = (status: JsonObject) => object('autoscaling/v2', 'HorizontalPodAutoscaler', { spec: {}, status });
    const able = [
      condition('AbleToScale', 'True', 'ReadyForNewScale'),
      condition('ScalingActive', 'True', 'ValidMetricFound'),
      condition('ScalingLimited', 'False', 'DesiredWithinRange'),
    ];
    expect(stateOf(hpa({}))).toBe('pending');
    expect(stateOf(hpa({ conditions: able, currentReplicas: 2, desiredReplicas: 2 }))).toBe('healthy');
    expect(stateOf(hpa({ conditions: able, currentReplicas: 2, desiredReplicas: 5 }))).toBe('partial');
    expect(stateOf(hpa({ conditions: [condition('AbleToScale', 'False', 'FailedGetScale', 'no such deployment')] }))).toBe('error');
    const old = object('autoscaling/v1', 'HorizontalPodAutoscaler', {
      metadata: { annotations: { 'autoscaling.alpha.kubernetes.io/conditions': '[{"type":"AbleToScale","status":"True","reason":"x"}]' } },
    });
    expect(stateOf(old)).toBe('healthy');
  });
});

describe('network and data', () => {
  test('a service waits for its load balancer and, when they are known, for endpoints', () => {
    const service = (spec: JsonObject, status: JsonObject = {}) => object('v1', 'Service', { spec: { clusterIP: '10.0.0.1', ...spec }, status });
    expect(verdictOf(service({}))).toMatchObject({ state: 'healthy', clusterIP: '10.0.0.1' });
    expect(stateOf(service({ type: 'LoadBalancer' }))).toBe('partial');
    expect(verdictOf(service({ type: 'LoadBalancer' }, { loadBalancer: { ingress: [{ hostname: 'lb.example' }] } }))).toMatchObject({
      state: 'healthy',
      externalIP: 'lb.example',
    });
    expect(stateOf(service({ type: 'ExternalName', externalName: 'db.example' }))).toBe('healthy');
    expect(stateOf(service({ selector: { app: 'web' } }), { endpointSlices: [] })).toBe('error');
    const slice = (ready: boolean, uid: string): KubeObject =>
      ({
        ...object('discovery.k8s.io/v1', 'EndpointSlice', {}),
        endpoints: [{ addresses: ['10.1.0.1'], conditions: { ready }, targetRef: { uid } }],
      }) as KubeObject;
    expect(stateOf(service({ selector: { app: 'web' } }), { endpointSlices: [slice(false, 'a')] })).toBe('pending');
    expect(verdictOf(service({ selector: { app: 'web' } }), { endpointSlices: [slice(true, 'a'), slice(true, 'a'), slice(true, 'b')] }).message).toBe(
      '2 endpoints ready',
    );
  });

  test('an ingress waits for an address', () => {
    expect(stateOf(object('networking.k8s.io/v1', 'Ingress', { spec: {}, status: { loadBalancer: {} } }))).toBe('pending');
    expect(verdictOf(object('networking.k8s.io/v1', 'Ingress', { spec: {}, status: { loadBalancer: { ingress: [{ ip: '1.2.3.4' }] } } }))).toMatchObject({
      state: 'healthy',
      externalIP: '1.2.3.4',
    });
  });

  test('a claim is bound, waiting or lost', () => {
    const claim = (phase: string) => object('v1', 'PersistentVolumeClaim', { status: { phase } });
    expect([stateOf(claim('Bound')), stateOf(claim('Pending')), stateOf(claim('Lost'))]).toEqual(['healthy', 'pending', 'error']);
  });

  test('config maps, secrets and network policies are well when they exist, and no value is shown', () => {
    expect(verdictOf(object('v1', 'ConfigMap', { data: { a: '1', b: '2' } }))).toMatchObject({ state: 'healthy', message: '2 keys' });
    const secret = verdictOf(object('v1', 'Secret', { data: { PASSWORD: 'aHVudGVyMg==' } }));
    expect(secret).toMatchObject({ state: 'healthy', message: '1 key' });
    expect(JSON.stringify(secret)).not.toContain('PASSWORD');
    expect(stateOf(object('networking.k8s.io/v1', 'NetworkPolicy', { spec: { ingress: [{}] } }))).toBe('healthy');
  });
});

describe('any object', () => {
  test('on its way out is pending', () => {
    expect(verdictOf(object('v1', 'ConfigMap', { metadata: { deletionTimestamp: '2026-03-01T11:59:59Z' } }))).toMatchObject({
      state: 'pending',
      reason: 'Terminating',
    });
  });

  test('of a kind without rules follows Stalled, Reconciling, Ready and the observed generation', () => {
    const custom = (status: JsonObject, generation = 1) => object('example.com/v1', 'Thing', { metadata: { generation }, status });
    expect(stateOf(custom({}))).toBe('healthy');
    expect(stateOf(custom({ observedGeneration: 1 }, 2))).toBe('pending');
    expect(stateOf(custom({ conditions: [condition('Ready', 'True')] }))).toBe('healthy');
    expect(verdictOf(custom({ conditions: [condition('Ready', 'False', 'Waiting', 'for a friend')] }))).toMatchObject({
      state: 'partial',
      message: 'for a friend',
    });
    expect(stateOf(custom({ conditions: [condition('Ready', 'True'), condition('Stalled', 'True', 'Broken')] }))).toBe('error');
    expect(stateOf(custom({ conditions: [condition('Ready', 'True'), condition('Reconciling', 'True')] }))).toBe('pending');
  });

  test('of another group is not taken for the kind of the same name', () => {
    expect(stateOf(object('serving.knative.dev/v1', 'Service', { status: { conditions: [condition('Ready', 'False')] } }))).toBe('partial');
  });

  test('has a one-line message without control characters, whatever the cluster says', () => {
    const status = verdictOf(pod({ phase: 'Failed', message: `\u001b[31mred\u001b[0m\nnext\u202e${'x'.repeat(900)}` }));
    expect(status.message).not.toMatch(/[\u0000-\u001f\u202e]/u);
    expect(status.message.length).toBeLessThan(540);
  });

  test('never throws, however strange', () => {
    const json = fc.jsonValue() as fc.Arbitrary<JsonValue>;
    const kinds = fc.constantFrom(
      ['apps/v1', 'Deployment'],
      ['v1', 'Pod'],
      ['v1', 'Service'],
      ['batch/v1', 'Job'],
      ['autoscaling/v1', 'HorizontalPodAutoscaler'],
      ['x/v1', 'Y'],
    );
    fc.assert(
      fc.property(kinds, json, json, ([apiVersion = '', kind = ''], spec, status) => {
        const verdict = verdictOf({ apiVersion, kind, metadata: { name: 'x', generation: 1 }, spec, status } as KubeObject, {
          pods: [{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, status } as KubeObject],
        });
        expect(nodeStates).toContain(verdict.state);
      }),
    );
  });
});
