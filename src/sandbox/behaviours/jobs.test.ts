import { expect, test } from 'vitest';
import type { Pod } from '../objectTypes';
import { TestCluster } from '../tests/workloads';
import type { Job } from '../workloadTypes';
import { conditionOf } from './conditions';
import { indexesText, parsedIndexes } from './jobPods';

const secondMs = 1_000;
const crash = { 'sandbox.kubeorch.dev/scenario': 'crash-loop' };

function jobOf(spec: object = {}, annotations: Record<string, string> = {}, pod: object = {}): object {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'work', namespace: 'default' },
    spec: { template: { metadata: { annotations }, spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'busybox:1' }], ...pod } }, ...spec },
  };
}

function job(cluster: TestCluster): Job {
  return cluster.find('jobs', 'work') as Job;
}

function conditions(cluster: TestCluster): string[] {
  return (job(cluster).status.conditions ?? []).filter((one) => one.status === 'True').map((one) => `${one.type} ${one.reason ?? ''}`);
}

function change(cluster: TestCluster, spec: object): void {
  const { registry } = cluster.cluster;
  registry.write(registry.kinds.named('jobs'), { ...job(cluster), spec: { ...job(cluster).spec, ...spec } }, 'tests');
}

test('a job runs its pod to the end and is complete', () => {
  const cluster = new TestCluster();
  cluster.create('jobs', jobOf());
  cluster.clock.advance(secondMs / 2);
  expect(job(cluster).status).toMatchObject({ active: 1, terminating: 0, uncountedTerminatedPods: {} });
  expect(cluster.pods()[0]?.metadata.finalizers).toEqual(['batch.kubernetes.io/job-tracking']);
  expect(cluster.pods()[0]?.metadata.labels).toMatchObject({ 'job-name': 'work', 'batch.kubernetes.io/job-name': 'work' });
  cluster.clock.advance(5 * secondMs);
  expect(job(cluster).status).toMatchObject({ succeeded: 1, ready: 0 });
  expect(job(cluster).status.completionTime).toBeDefined();
  expect(conditions(cluster)).toEqual(['SuccessCriteriaMet CompletionsReached', 'Complete CompletionsReached']);
  expect(cluster.eventReasons('work')).toEqual(['SuccessfulCreate', 'Completed']);
  expect(cluster.pods()[0]?.status.phase).toBe('Succeeded');
  expect(cluster.pods()[0]?.metadata.finalizers).toBeUndefined();
});

test('never more pods run at once than the parallelism says, until all completions are reached', () => {
  const cluster = new TestCluster();
  cluster.create('jobs', jobOf({ completions: 5, parallelism: 2 }));
  for (let step = 0; step < 1_000; step++) {
    cluster.clock.advance(10);
    expect(cluster.pods().filter((pod) => pod.status.phase !== 'Succeeded').length).toBeLessThanOrEqual(2);
  }
  expect(job(cluster).status.succeeded).toBe(5);
  expect(conditions(cluster)).toContain('Complete CompletionsReached');
});

test('a job that fails pauses longer each time, and ends at its back-off limit', () => {
  const cluster = new TestCluster();
  cluster.create('jobs', jobOf({ backoffLimit: 2 }, { ...crash, 'sandbox.kubeorch.dev/exit-code': '3' }));
  cluster.clock.advance(5 * secondMs);
  expect(job(cluster).status).toMatchObject({ failed: 1 });
  expect(job(cluster).status.active).toBeUndefined();
  cluster.clock.advance(60 * secondMs);
  expect(job(cluster).status).toMatchObject({ failed: 3 });
  expect(conditions(cluster)).toEqual(['FailureTarget BackoffLimitExceeded', 'Failed BackoffLimitExceeded']);
  expect(job(cluster).status.completionTime).toBeUndefined();
  const starts = cluster
    .pods()
    .map((pod) => Date.parse(pod.status.startTime ?? ''))
    .sort((a, b) => a - b);
  const [first = 0, second = 0, third = 0] = starts;
  expect(second - first).toBeGreaterThanOrEqual(10 * secondMs);
  expect(third - second).toBeGreaterThanOrEqual(20 * secondMs);
  expect(cluster.pods()[0]?.status.containerStatuses?.[0]?.state.terminated).toMatchObject({ exitCode: 3, reason: 'Error' });
  expect(cluster.eventReasons('work')).toContain('BackoffLimitExceeded');
});

test('restarts in place count towards the limit as well', () => {
  const cluster = new TestCluster();
  cluster.create('jobs', jobOf({ backoffLimit: 1 }, crash, { restartPolicy: 'OnFailure' }));
  cluster.clock.advance(60 * secondMs);
  expect(conditions(cluster)).toContain('Failed BackoffLimitExceeded');
  expect(cluster.pods()).toEqual([]);
});

test('a deadline ends the job and its pods', () => {
  const cluster = new TestCluster();
  cluster.create('jobs', jobOf({ activeDeadlineSeconds: 5 }, { 'sandbox.kubeorch.dev/runs-for-seconds': '600' }));
  cluster.clock.advance(4 * secondMs);
  expect(job(cluster).status.active).toBe(1);
  cluster.clock.advance(4 * secondMs);
  expect(conditions(cluster)).toEqual(['FailureTarget DeadlineExceeded', 'Failed DeadlineExceeded']);
  expect(cluster.pods()).toEqual([]);
});

test('a failure policy ends the job at once, or takes no notice', () => {
  const rule = (action: string): object => ({ podFailurePolicy: { rules: [{ action, onExitCodes: { operator: 'In', values: [42] } }] }, backoffLimit: 3 });
  const failing = { ...crash, 'sandbox.kubeorch.dev/exit-code': '42' };
  const strict = new TestCluster();
  strict.create('jobs', jobOf(rule('FailJob'), failing));
  strict.clock.advance(10 * secondMs);
  expect(conditions(strict)).toEqual(['FailureTarget PodFailurePolicy', 'Failed PodFailurePolicy']);
  expect(conditionOf(job(strict).status.conditions, 'Failed')?.message).toMatch(
    /^Container main for pod default\/work-\w+ failed with exit code 42 matching FailJob rule/,
  );
  const lenient = new TestCluster();
  lenient.create('jobs', jobOf(rule('Ignore'), failing));
  lenient.clock.advance(10 * secondMs);
  expect(job(lenient).status.failed).toBeUndefined();
  expect(lenient.pods().length).toBeGreaterThan(1);
});

test('a suspended job runs nothing, and its time begins when it is resumed', () => {
  const cluster = new TestCluster();
  cluster.create('jobs', jobOf({ suspend: true }));
  cluster.clock.advance(10 * secondMs);
  expect(cluster.pods()).toEqual([]);
  expect(conditions(cluster)).toEqual(['Suspended JobSuspended']);
  expect(job(cluster).status.startTime).toBeUndefined();
  change(cluster, { suspend: false });
  cluster.clock.advance(10 * secondMs);
  expect(conditionOf(job(cluster).status.conditions, 'Suspended')).toMatchObject({ status: 'False', reason: 'JobResumed' });
  expect(conditions(cluster)).toContain('Complete CompletionsReached');
  expect(cluster.eventReasons('work')).toEqual(['Suspended', 'SuccessfulCreate', 'Resumed', 'Completed']);
});

test('a finished job goes with its pods when its time to live is over', () => {
  const cluster = new TestCluster();
  cluster.create('jobs', jobOf({ ttlSecondsAfterFinished: 30 }));
  cluster.clock.advance(10 * secondMs);
  expect(conditions(cluster)).toContain('Complete CompletionsReached');
  cluster.clock.advance(40 * secondMs);
  expect(cluster.find('jobs', 'work')).toBeUndefined();
  expect(cluster.pods()).toEqual([]);
});

test('pods of a deleted job are left to themselves, or go with it, and none is held back', () => {
  for (const policy of [undefined, 'Background', 'Foreground']) {
    const cluster = new TestCluster();
    cluster.create('jobs', jobOf({}, { 'sandbox.kubeorch.dev/runs-for-seconds': '600' }));
    cluster.clock.advance(2 * secondMs);
    cluster.remove('jobs', 'work', policy === undefined ? {} : { propagationPolicy: policy });
    cluster.clock.advance(5 * secondMs);
    expect(cluster.find('jobs', 'work')).toBeUndefined();
    expect(cluster.pods().map((pod) => pod.metadata.finalizers)).toEqual(policy === undefined ? [undefined] : []);
  }
});

test('a pod that is taken away counts as failed and is replaced', () => {
  const cluster = new TestCluster();
  cluster.create('jobs', jobOf({}, { 'sandbox.kubeorch.dev/runs-for-seconds': '20' }));
  cluster.clock.advance(2 * secondMs);
  cluster.remove('pods', cluster.pods()[0]?.metadata.name ?? '');
  cluster.clock.advance(60 * secondMs);
  expect(job(cluster).status).toMatchObject({ failed: 1, succeeded: 1 });
});

test('an indexed job gives each pod its index once', () => {
  const cluster = new TestCluster();
  cluster.create('jobs', jobOf({ completions: 4, parallelism: 3, completionMode: 'Indexed' }));
  cluster.clock.advance(20 * secondMs);
  expect(job(cluster).status).toMatchObject({ succeeded: 4, completedIndexes: '0-3' });
  const indexes = cluster.pods().map((pod: Pod) => pod.metadata.annotations?.['batch.kubernetes.io/job-completion-index']);
  expect(indexes.sort((a = '', b = '') => a.localeCompare(b))).toEqual(['0', '1', '2', '3']);
  expect(cluster.pods()[0]?.metadata.name).toMatch(/^work-\d-[a-z0-9]{5}$/);
});

test('indexes are written as the real controller writes them', () => {
  expect(indexesText(new Set([0, 1, 3, 4, 5, 9]))).toBe('0,1,3-5,9');
  expect([...parsedIndexes('0,1,3-5,9')]).toEqual([0, 1, 3, 4, 5, 9]);
});
