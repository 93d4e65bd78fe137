import type { JsonObject } from '../../shared/json';
import type { KubeObject } from '../../shared/kubeObject';
import type { HealthCase } from './builders';
import { condition, ended, loops, object, pendingPod, pod, readyPod, runningPod, waits, warned } from './builders';

const rolledOut = [condition('Available', 'True', 'MinimumReplicasAvailable'), condition('Progressing', 'True', 'NewReplicaSetAvailable')];
const full = { observedGeneration: 1, replicas: 3, updatedReplicas: 3, readyReplicas: 3, availableReplicas: 3, conditions: rolledOut };
const deployment = (status: JsonObject, spec: JsonObject = {}, metadata: object = {}): KubeObject =>
  object('apps/v1', 'Deployment', { spec: { replicas: 3, progressDeadlineSeconds: 600, ...spec }, status: { ...full, ...status }, metadata });
const noneReady = { readyReplicas: 0, availableReplicas: 0 };
const oneReady = { readyReplicas: 1, availableReplicas: 1 };
const timedOut = [
  condition('Available', 'False'),
  condition('Progressing', 'False', 'ProgressDeadlineExceeded', 'ReplicaSet "web-1" has timed out progressing.'),
];
const quota = 'pods "web-x" is forbidden: exceeded quota: small, requested: pods=1, used: pods=3, limited: pods=3';
const refusedBy = (message: string): JsonObject => ({
  replicas: 0,
  updatedReplicas: 0,
  ...noneReady,
  conditions: [condition('ReplicaFailure', 'True', 'FailedCreate', message)],
});
const noImage = pendingPod(waits('ImagePullBackOff', 'Back-off pulling image "nope:1": ErrImagePull: not found'));
const evicted = pod({ phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: memory.' });
const starting = pendingPod(waits('ContainerCreating'));

const replicaSet = (status: JsonObject, spec: JsonObject = {}): KubeObject =>
  object('apps/v1', 'ReplicaSet', {
    spec: { replicas: 2, ...spec },
    status: { observedGeneration: 1, replicas: 2, fullyLabeledReplicas: 2, readyReplicas: 2, availableReplicas: 2, ...status },
  });

const settled = { observedGeneration: 1, replicas: 3, readyReplicas: 3, currentReplicas: 3, updatedReplicas: 3, currentRevision: 'a', updateRevision: 'a' };
const statefulSet = (status: JsonObject, spec: JsonObject = {}): KubeObject =>
  object('apps/v1', 'StatefulSet', { spec: { replicas: 3, ...spec }, status: { ...settled, ...status } });
const partition = (stop: number): JsonObject => ({ updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: stop } } });

const everywhere = {
  observedGeneration: 1,
  desiredNumberScheduled: 3,
  currentNumberScheduled: 3,
  updatedNumberScheduled: 3,
  numberReady: 3,
  numberAvailable: 3,
};
const daemonSet = (status: JsonObject, spec: JsonObject = {}): KubeObject => object('apps/v1', 'DaemonSet', { spec, status: { ...everywhere, ...status } });

const job = (status: JsonObject, spec: JsonObject = {}): KubeObject =>
  object('batch/v1', 'Job', { spec, status: { startTime: '2026-03-01T11:00:00Z', ...status } });
const failedPod = pod({ phase: 'Failed', containerStatuses: [ended(3)] }, { restartPolicy: 'Never' });
const cronJob = (status: JsonObject, spec: JsonObject = {}): KubeObject => object('batch/v1', 'CronJob', { spec: { schedule: '@daily', ...spec }, status });

export const workloadCases: readonly HealthCase[] = [
  ['a deployment that is rolled out', 'healthy - -', 'All 3 pods ready', deployment({})],
  ['a deployment whose change nobody has seen', 'pending GenerationNotObserved -', 'generation 2', deployment({}, {}, { generation: 2 })],
  ['a deployment that no controller has seen', 'pending GenerationNotObserved -', 'to be observed', object('apps/v1', 'Deployment', { spec: { replicas: 1 } })],
  ['a deployment that is just made', 'pending - -', 'Starting deployment...', deployment({ replicas: 0, updatedReplicas: 0, ...noneReady, conditions: [] })],
  ['a deployment with old pods still', 'partial - -', 'Rolling out: 1/3 pods updated, 3 ready', deployment({ replicas: 4, updatedReplicas: 1 })],
  ['a deployment whose old pods are ending', 'partial - -', '1 old pods are ending', deployment({ replicas: 4 })],
  ['a deployment whose pods are ready and not long enough', 'partial - -', '1/3 pods available', deployment({ availableReplicas: 1 })],
  ['a deployment with some pods', 'partial - -', '1/3 pods ready', deployment({ readyReplicas: 1 })],
  ['a deployment with no pod ready', 'pending - -', 'No pods are ready', deployment(noneReady)],
  [
    'a deployment whose new set is not announced',
    'partial - -',
    'Waiting for the new ReplicaSet',
    deployment({ conditions: [condition('Available', 'True')] }),
  ],
  [
    'a deployment that is not available',
    'partial - -',
    'Waiting for the Deployment to be available',
    deployment({ conditions: [condition('Progressing', 'True', 'NewReplicaSetAvailable')] }),
  ],
  [
    'a deployment without a deadline needs no announcement',
    'healthy - -',
    'All 3 pods ready',
    deployment({ conditions: [condition('Available', 'True')] }, { progressDeadlineSeconds: 2_147_483_647 }),
  ],
  ['a deployment of none', 'healthy - -', 'Scaled to 0', deployment({ replicas: 0, updatedReplicas: 0, ...noneReady }, { replicas: 0 })],
  ['a paused deployment is no fault', 'suspended - -', 'Deployment is paused', deployment(noneReady, { paused: true })],
  [
    'a paused deployment on its way out',
    'pending Terminating -',
    'Being deleted',
    deployment({}, { paused: true }, { deletionTimestamp: '2026-03-01T11:59:00Z' }),
  ],
  [
    'a deployment that its dependents keep',
    'pending Terminating -',
    'Being deleted',
    deployment({}, {}, { deletionTimestamp: '2026-03-01T11:59:00Z', finalizers: ['foregroundDeletion'] }),
  ],
  [
    'a deployment that made no progress',
    'error ProgressDeadlineExceeded rollout.stuck',
    'Progress deadline exceeded',
    deployment({ ...noneReady, conditions: timedOut }),
  ],
  [
    'a deployment that made no progress, by its pods',
    'error ImagePullBackOff image.missing',
    'Progress deadline exceeded: ImagePullBackOff: container web',
    deployment({ ...noneReady, conditions: timedOut }),
    { pods: [noImage] },
  ],
  ['a deployment without its image', 'error ImagePullBackOff image.missing', 'container web', deployment(noneReady), { pods: [noImage] }],
  [
    'a deployment of which one pod has no image',
    'partial ImagePullBackOff image.missing',
    '1/3 pods ready: ImagePullBackOff',
    deployment(oneReady),
    { pods: [readyPod, noImage] },
  ],
  ['a deployment whose pods crash', 'error CrashLoopBackOff container.logs', 'exit code 1', deployment(noneReady), { pods: [runningPod(loops(1))] }],
  [
    'a fault before what may still pass',
    'error CrashLoopBackOff container.logs',
    'exit code 1',
    deployment(noneReady),
    { pods: [runningPod(ended(1)), runningPod(loops(1))] },
  ],
  [
    'a deployment whose probe fails',
    'pending Unhealthy probe.failing',
    'Readiness probe failed',
    deployment(noneReady),
    { pods: [runningPod()], ...warned('uid-of-pod', 'Unhealthy', 'Readiness probe failed: 503') },
  ],
  ['a deployment whose pods are just not ready', 'pending - -', 'No pods are ready', deployment(noneReady), { pods: [runningPod()] }],
  [
    'a deployment whose pod is ending has no trouble',
    'pending - -',
    'No pods are ready',
    deployment(noneReady),
    { pods: [runningPod(), runningPod(), runningPod(), pod({}, {}, { deletionTimestamp: '2026-03-01T12:00:20Z' })] },
  ],
  ['a deployment that a quota refuses', 'error FailedCreate refused.quota', 'exceeded quota: small', deployment(refusedBy(quota))],
  [
    'a deployment of which a quota refuses the rest',
    'partial FailedCreate refused.quota',
    'exceeded quota: small',
    deployment({ ...refusedBy(quota), ...oneReady }),
  ],
  [
    'a deployment that the pod security level refuses',
    'error FailedCreate refused.security',
    'violates PodSecurity',
    deployment(refusedBy('pods "web" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot != true')),
  ],
  [
    'a deployment that a webhook refuses',
    'error FailedCreate refused.admission',
    'admission webhook "policy.example" denied',
    deployment(refusedBy('admission webhook "policy.example" denied the request: no latest tag')),
  ],
  [
    'a deployment without its account',
    'error FailedCreate refused.account',
    'serviceaccount "runner" not found',
    deployment(refusedBy('pods "web" is forbidden: error looking up service account shop/runner: serviceaccount "runner" not found')),
  ],
  ['an eviction that nothing has replaced', 'partial Evicted machine.pressure', 'low on resource: memory', deployment(oneReady), { pods: [readyPod, evicted] }],
  ['an eviction that has been replaced', 'partial - -', '1/3 pods ready', deployment(oneReady), { pods: [readyPod, starting, starting, evicted] }],
  [
    'a deployment that a tool stalls',
    'error Suspicious -',
    'somebody says so',
    deployment({ conditions: [...rolledOut, condition('Stalled', 'True', 'Suspicious', 'somebody says so')] }),
  ],

  ['a replica set with its pods', 'healthy - -', 'All 2 pods ready', replicaSet({})],
  [
    'a replica set of none',
    'healthy - -',
    'Scaled to 0',
    replicaSet({ replicas: 0, fullyLabeledReplicas: 0, readyReplicas: 0, availableReplicas: 0 }, { replicas: 0 }),
  ],
  [
    'a replica set that is not yet counted',
    'pending GenerationNotObserved -',
    'observed',
    object('apps/v1', 'ReplicaSet', { spec: { replicas: 2 }, status: { replicas: 0 } }),
  ],
  ['a replica set with one pod of two', 'partial - -', '1/2 pods ready', replicaSet({ readyReplicas: 1, availableReplicas: 1 })],
  ['a replica set with foreign labels', 'partial - -', '2/2 pods ready', replicaSet({ fullyLabeledReplicas: 1 })],
  ['a replica set with too many', 'partial - -', '1 pods are ending', replicaSet({ replicas: 3 })],
  [
    'a replica set that a quota refuses',
    'error FailedCreate refused.quota',
    'exceeded quota',
    replicaSet({ conditions: [condition('ReplicaFailure', 'True', 'FailedCreate', quota)] }),
  ],
  [
    'a replica set whose pods crash',
    'error OOMKilled container.memory',
    'OOMKilled',
    replicaSet({ readyReplicas: 0, availableReplicas: 0 }),
    { pods: [runningPod(loops(137, 'OOMKilled'))] },
  ],

  ['a stateful set in order', 'healthy - -', 'All 3 pods ready', statefulSet({})],
  [
    'a stateful set of none',
    'healthy - -',
    'StatefulSet scaled to 0',
    statefulSet({ replicas: 0, readyReplicas: 0, currentReplicas: 0, updatedReplicas: 0 }, { replicas: 0 }),
  ],
  ['a stateful set that comes up one by one', 'partial - -', '1/3 pods ready', statefulSet({ replicas: 2, readyReplicas: 1 })],
  ['a stateful set that shrinks', 'partial - -', '1 pods are ending', statefulSet({ replicas: 4 })],
  [
    'a stateful set that rolls out',
    'partial - -',
    'Rolling out: 1/3 pods updated',
    statefulSet({ updatedReplicas: 1, currentReplicas: 2, updateRevision: 'b' }),
  ],
  ['a stateful set whose revisions differ', 'partial - -', 'Rolling out: 3/3 pods updated', statefulSet({ updateRevision: 'b' })],
  ['a stateful set that stops at its partition', 'healthy - -', 'All 3 pods ready', statefulSet({ updatedReplicas: 1, updateRevision: 'b' }, partition(2))],
  [
    'a stateful set before its partition',
    'partial - -',
    'Rolling out: 0/1 pods updated (partition 2)',
    statefulSet({ updatedReplicas: 0, updateRevision: 'b' }, partition(2)),
  ],
  [
    'a stateful set with a partition beyond its size',
    'healthy - -',
    'All 3 pods ready',
    statefulSet({ updatedReplicas: 0, updateRevision: 'b' }, partition(9)),
  ],
  [
    'a stateful set that a person updates',
    'healthy - -',
    'All 3 pods ready',
    statefulSet({ updatedReplicas: 0, updateRevision: 'b' }, { updateStrategy: { type: 'OnDelete' } }),
  ],
  [
    'a stateful set whose pod finds no disk',
    'error FailedAttachVolume volume.mount',
    'Multi-Attach',
    statefulSet({ replicas: 1, readyReplicas: 0 }),
    { pods: [starting], ...warned('uid-of-pod', 'FailedAttachVolume', 'Multi-Attach error', 5) },
  ],
  [
    'a stateful set that a quota refuses',
    'error FailedCreate refused.quota',
    'exceeded quota',
    statefulSet({ replicas: 0, readyReplicas: 0 }),
    warned('it', 'FailedCreate', `create Pod db-0 in StatefulSet db failed error: ${quota}`),
  ],
  [
    'a stateful set that waits for a pod of a lost machine',
    'partial Terminating machine.lost',
    'Waiting for pod web-1 to go',
    statefulSet({ replicas: 3, readyReplicas: 2 }),
    { pods: [readyPod, readyPod, pod({}, {}, { deletionTimestamp: '2026-03-01T11:50:00Z' })] },
  ],

  ['a daemon set on every machine', 'healthy - -', 'All 3 pods ready', daemonSet({})],
  [
    'a daemon set that no machine wants',
    'healthy - -',
    'No machine wants one',
    daemonSet({ desiredNumberScheduled: 0, currentNumberScheduled: 0, updatedNumberScheduled: 0, numberReady: 0, numberAvailable: 0 }),
  ],
  [
    'a daemon set that is not counted yet',
    'pending - -',
    'Waiting for its machines to be counted',
    object('apps/v1', 'DaemonSet', { spec: {}, status: { observedGeneration: 1 } }),
  ],
  ['a daemon set on some machines', 'partial - -', '2/3 pods ready', daemonSet({ numberReady: 2, numberAvailable: 2 })],
  ['a daemon set that rolls out', 'partial - -', 'Rolling out: 1/3 pods updated', daemonSet({ updatedNumberScheduled: 1 })],
  ['a daemon set that a person updates', 'healthy - -', 'All 3 pods ready', daemonSet({ updatedNumberScheduled: 1 }, { updateStrategy: { type: 'OnDelete' } })],
  [
    'a daemon set whose pods crash',
    'partial CrashLoopBackOff container.logs',
    '2/3 pods ready: CrashLoopBackOff',
    daemonSet({ numberReady: 2, numberAvailable: 2 }),
    { pods: [readyPod, runningPod(loops(1))] },
  ],
  [
    'a daemon set that is refused on every machine',
    'error FailedCreate refused.security',
    'violates PodSecurity',
    daemonSet({ currentNumberScheduled: 0, numberReady: 0, numberAvailable: 0 }),
    warned('it', 'FailedCreate', 'violates PodSecurity "baseline:latest": host namespaces'),
  ],

  ['a job that has not started', 'pending - -', 'Not started', object('batch/v1', 'Job', { spec: {} })],
  ['a job that runs', 'partial - -', 'Running (2 active)', job({ active: 2 })],
  ['a job between two pods', 'pending - -', 'Running (0 active)', job({})],
  [
    'a job that is done',
    'healthy - -',
    'Completed successfully (3 succeeded)',
    job({ succeeded: 3, conditions: [condition('Complete', 'True')] }, { completions: 3 }),
  ],
  [
    'a job that is done with some failures',
    'healthy - -',
    'Completed successfully',
    job({ succeeded: 1, failed: 2, conditions: [condition('SuccessCriteriaMet', 'True'), condition('Complete', 'True')] }),
  ],
  ['a job of which one pod is done', 'partial - -', 'Running (1 active)', job({ succeeded: 1, active: 1 }, { completions: 3 })],
  ['a suspended job', 'suspended - -', 'Job is suspended', job({ conditions: [condition('Suspended', 'True')] }, { suspend: true })],
  ['a resumed job', 'partial - -', 'Running (1 active)', job({ active: 1, conditions: [condition('Suspended', 'False', 'JobResumed')] })],
  [
    'a job that gave up',
    'error BackoffLimitExceeded job.logs',
    'Job has reached the specified backoff limit',
    job({ failed: 7, conditions: [condition('Failed', 'True', 'BackoffLimitExceeded', 'Job has reached the specified backoff limit')] }),
  ],
  [
    'a job that gave up, with the last end',
    'error BackoffLimitExceeded job.logs',
    'backoff limit: Container web ended: exit code 3',
    job({ failed: 1, conditions: [condition('Failed', 'True', 'BackoffLimitExceeded', 'Job has reached the specified backoff limit')] }),
    { pods: [failedPod] },
  ],
  [
    'a job that took too long',
    'error DeadlineExceeded job.deadline',
    'longer than specified deadline',
    job({ failed: 1, conditions: [condition('Failed', 'True', 'DeadlineExceeded', 'Job was active longer than specified deadline')] }),
  ],
  [
    'a job that tries again',
    'partial Error container.logs',
    'Running (1 active), 1 failed: Container web ended: exit code 3',
    job({ active: 1, failed: 1 }),
    { pods: [failedPod, starting] },
  ],
  [
    'a job whose pod crashes in place',
    'error CrashLoopBackOff container.logs',
    'exit code 1',
    job({ active: 1 }),
    { pods: [pod({ phase: 'Running', containerStatuses: [loops(1)] }, { restartPolicy: 'OnFailure' })] },
  ],
  [
    'a job whose image may still come',
    'pending ImagePullBackOff image.missing',
    'container web',
    job({ active: 1 }),
    { pods: [pod({ phase: 'Pending', containerStatuses: [waits('ImagePullBackOff', 'Back-off pulling image "nope:1"')] }, { restartPolicy: 'Never' })] },
  ],
  ['a job that may make no pod', 'error FailedCreate refused.quota', 'exceeded quota', job({}), warned('it', 'FailedCreate', `Error creating: ${quota}`)],

  ['a cron job that waits for its hour', 'healthy - -', 'Schedule @daily, not yet run', cronJob({})],
  ['a suspended cron job', 'suspended - -', 'Suspended (schedule @daily)', cronJob({}, { suspend: true })],
  ['a cron job at work', 'healthy - -', '1 active', cronJob({ active: [{}], lastScheduleTime: '2026-03-01T11:00:00Z' })],
  [
    'a cron job whose last run is done',
    'healthy - -',
    'last run 2026-03-01T11:00:00Z',
    cronJob({ lastScheduleTime: '2026-03-01T11:00:00Z', lastSuccessfulTime: '2026-03-01T11:00:09Z' }),
  ],
  ['a cron job whose first run is not known to have failed', 'healthy - -', 'last run', cronJob({ lastScheduleTime: '2026-03-01T11:00:00Z' })],
  [
    'a cron job whose last run failed',
    'error LastRunFailed job.logs',
    'The run of 2026-03-01T11:00:00Z did not succeed: Container web ended: exit code 3',
    cronJob({ lastScheduleTime: '2026-03-01T11:00:00Z', lastSuccessfulTime: '2026-02-28T11:00:09Z' }),
    { pods: [failedPod] },
  ],
  [
    'a cron job whose present run has no image',
    'partial CrashLoopBackOff container.logs',
    'Its present run has trouble',
    cronJob({ active: [{}], lastScheduleTime: '2026-03-01T11:00:00Z' }),
    { pods: [runningPod(loops(1))] },
  ],
];
