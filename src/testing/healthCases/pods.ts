import type { JsonObject } from '../../shared/json';
import type { HealthCase } from './builders';
import { condition, ended, loops, pendingPod, pod, readyPod, runningPod, waits, warned } from './builders';

const unscheduled = (message: string): JsonObject => ({ phase: 'Pending', conditions: [condition('PodScheduled', 'False', 'Unschedulable', message)] });
const withInit = (...initContainerStatuses: JsonObject[]): JsonObject => ({
  phase: 'Pending',
  initContainerStatuses,
  containerStatuses: [waits('PodInitializing')],
});
const sidecar: JsonObject = { initContainers: [{ name: 'proxy', restartPolicy: 'Always' }] };
const notFound = 'failed to resolve reference "docker.io/library/nope:1": docker.io/library/nope:1: not found';
const unready = [condition('Ready', 'False', 'ContainersNotReady', 'containers with unready status: [web]')];

export const podCases: readonly HealthCase[] = [
  // Phases.
  ['a pod that runs and is ready is well', 'healthy - -', 'Running and ready', readyPod],
  ['a pod that has done its work is well', 'healthy - -', 'Completed', pod({ phase: 'Succeeded' })],
  ['a pod without a status is on its way', 'pending - -', 'Pending', pod({})],
  ['a pod that nobody has looked at is on its way', 'pending - -', 'Pending', pod({ phase: 'Pending' })],
  ['a pod of a phase of the future is not judged', 'unknown - -', 'Phase Dreaming', pod({ phase: 'Dreaming' })],
  ['a pod whose containers are made is on its way', 'pending - -', 'Creating its containers', pendingPod(waits('ContainerCreating'))],
  ['a pod that just started is not ready yet', 'pending NotReady -', 'containers with unready status: [web]', runningPod()],
  [
    'a pod that waits for a readiness gate says for which',
    'pending NotReady -',
    'readiness gate "target-health"',
    pod({
      phase: 'Running',
      conditions: [condition('Ready', 'False', 'ReadinessGatesNotReady', 'corresponding condition of pod readiness gate "target-health" does not exist.')],
    }),
  ],
  [
    'a pod of finite life that runs is on its way, ready or not',
    'pending - -',
    'Running',
    pod({ phase: 'Running', conditions: [condition('Ready', 'True')] }, { restartPolicy: 'Never' }),
  ],

  // Images.
  [
    'an image that is not there',
    'error ErrImagePull image.missing',
    notFound,
    pendingPod(waits('ErrImagePull', `rpc error: code = NotFound desc = ${notFound}`)),
  ],
  [
    'an image that is still not there',
    'error ImagePullBackOff image.missing',
    notFound,
    pendingPod(waits('ImagePullBackOff', `Back-off pulling image "nope:1": ErrImagePull: ${notFound}`)),
  ],
  [
    'an image that is still not there, told by an event',
    'error ImagePullBackOff image.missing',
    'Failed to pull image "nope:1": not found',
    pendingPod(waits('ImagePullBackOff', 'Back-off pulling image "nope:1"')),
    warned('uid-of-pod', 'Failed', 'Failed to pull image "nope:1": not found'),
  ],
  [
    'an image that may not be read',
    'error ErrImagePull image.access',
    '401 Unauthorized',
    pendingPod(waits('ErrImagePull', 'failed to authorize: unexpected status from GET request to https://r.example/token: 401 Unauthorized')),
  ],
  [
    'a registry that does not answer',
    'error ErrImagePull image.registry',
    'i/o timeout',
    pendingPod(waits('ErrImagePull', 'dial tcp 192.0.2.1:443: i/o timeout')),
  ],
  ['a registry that is away', 'error RegistryUnavailable image.registry', 'RegistryUnavailable', pendingPod(waits('RegistryUnavailable'))],
  [
    'an image name that is none',
    'error InvalidImageName image.name',
    'invalid reference format',
    pendingPod(waits('InvalidImageName', 'Failed to apply default image tag "UPPER": invalid reference format')),
  ],
  [
    'an image that may not be pulled and is not there',
    'error ErrImageNeverPull image.neverPulled',
    'pull policy of Never',
    pendingPod(waits('ErrImageNeverPull', 'Container image "x" is not present with pull policy of Never')),
  ],
  ['an image whose signature does not hold', 'error SignatureValidationFailed -', 'container web', pendingPod(waits('SignatureValidationFailed'))],
  [
    'an image that a pod of finite life waits for may still come',
    'pending ImagePullBackOff image.missing',
    'container web',
    pod({ phase: 'Pending', containerStatuses: [waits('ImagePullBackOff', 'Back-off pulling image "nope:1"')] }, { restartPolicy: 'Never' }),
  ],

  // Ends.
  ['a crash loop with its exit code', 'error CrashLoopBackOff container.logs', 'container web ended with exit code 1 (4 restarts)', runningPod(loops(1))],
  ['a crash loop without a last end', 'error CrashLoopBackOff container.logs', 'container web', runningPod(waits('CrashLoopBackOff', 'back-off 10s'))],
  ['a command that is not found', 'error CrashLoopBackOff container.command', 'exit code 127', runningPod(loops(127))],
  ['a command that may not be run', 'error CrashLoopBackOff container.command', 'exit code 126', runningPod(loops(126))],
  ['a command that just ends', 'error CrashLoopBackOff container.ends', 'exit code 0', runningPod(loops(0, 'Completed'))],
  ['too little memory', 'error OOMKilled container.memory', 'exit code 137 (OOMKilled)', runningPod(loops(137, 'OOMKilled'))],
  ['a kill from outside', 'error CrashLoopBackOff container.killed', 'exit code 137 (SIGKILL)', runningPod(loops(137))],
  ['a segmentation fault by its signal', 'error CrashLoopBackOff container.logs', 'exit code 139 (SIGSEGV)', runningPod(loops(139))],
  [
    'a signal that the runtime names itself',
    'error CrashLoopBackOff container.logs',
    'exit code 255 (SIGABRT)',
    runningPod(loops(255, 'Error', { lastState: { terminated: { exitCode: 255, signal: 6, reason: 'Error' } } })),
  ],
  [
    'the last words of a container',
    'error CrashLoopBackOff container.logs',
    'exit code 2: no DATABASE_URL',
    runningPod(loops(2, 'Error', { lastState: { terminated: { exitCode: 2, reason: 'Error', message: 'no DATABASE_URL\n' } } })),
  ],
  [
    'a crash loop by a liveness probe',
    'error CrashLoopBackOff probe.failing',
    'Liveness probe failed: HTTP probe failed with statuscode: 500',
    runningPod(loops(137)),
    warned('uid-of-pod', 'Unhealthy', 'Liveness probe failed: HTTP probe failed with statuscode: 500'),
  ],
  ['a container that ended once is started again', 'pending Error container.logs', 'Container web ended with exit code 1', runningPod(ended(1))],
  ['a container that ended once because it was done', 'pending Completed container.ends', 'exit code 0', runningPod(ended(0, 'Completed'))],
  [
    'a container between two crashes',
    'error Error container.logs',
    'Container web was restarted and is not ready: exit code 1',
    runningPod({ name: 'web', ready: false, restartCount: 1, state: { running: {} }, lastState: { terminated: { exitCode: 1, reason: 'Error' } } }),
  ],
  [
    'a container that a startup probe keeps killing',
    'error Unhealthy probe.failing',
    'Startup probe failed: connection refused',
    runningPod({ name: 'web', ready: false, restartCount: 1, state: { running: {} }, lastState: { terminated: { exitCode: 143, reason: 'Error' } } }),
    warned('uid-of-pod', 'Unhealthy', 'Startup probe failed: connection refused'),
  ],
  [
    'a container that crashed once and is ready again',
    'healthy - -',
    'Running and ready',
    pod({
      phase: 'Running',
      conditions: [condition('Ready', 'True')],
      containerStatuses: [{ name: 'web', ready: true, restartCount: 1, lastState: { terminated: { exitCode: 1 } } }],
    }),
  ],
  [
    'a program that is not in the image',
    'error RunContainerError container.command',
    'exec: "nope": executable file not found',
    runningPod(waits('RunContainerError', 'exec: "nope": executable file not found in $PATH')),
  ],
  ['a program that could not be started', 'error CrashLoopBackOff container.logs', 'exit code 128 (StartError)', runningPod(loops(128, 'StartError'))],
  [
    'a crash loop of a pod of finite life is certain',
    'error CrashLoopBackOff container.logs',
    'exit code 1',
    pod({ phase: 'Running', containerStatuses: [loops(1)] }, { restartPolicy: 'OnFailure' }),
  ],
  [
    'a failed pod by its container',
    'error Error container.logs',
    'Container web ended: exit code 3',
    pod({ phase: 'Failed', containerStatuses: [ended(3)] }, { restartPolicy: 'Never' }),
  ],
  ['a failed pod that says nothing', 'error Failed -', 'Failed', pod({ phase: 'Failed' })],
  [
    'a failed pod by its container and not by the sidecar that was ended with it',
    'error OOMKilled container.memory',
    'Container web ended: exit code 137 (OOMKilled)',
    pod(
      { phase: 'Failed', initContainerStatuses: [{ ...ended(143), name: 'proxy' }], containerStatuses: [ended(137, 'OOMKilled')] },
      { restartPolicy: 'Never', ...sidecar },
    ),
  ],

  // Probes.
  [
    'a readiness probe that fails',
    'pending Unhealthy probe.failing',
    'Readiness probe failed: HTTP probe failed with statuscode: 404',
    runningPod(),
    warned('uid-of-pod', 'Unhealthy', 'Readiness probe failed: HTTP probe failed with statuscode: 404', 5),
  ],
  [
    'a probe that failed long ago says nothing of now',
    'pending NotReady -',
    'Running, not ready',
    runningPod(),
    warned('uid-of-pod', 'Unhealthy', 'Readiness probe failed', 5, 3600),
  ],
  ['a probe that failed before it passed', 'healthy - -', 'Running and ready', readyPod, warned('uid-of-pod', 'Unhealthy', 'Readiness probe failed', 2)],

  // Configuration and volumes.
  [
    'a ConfigMap that is not there',
    'error CreateContainerConfigError config.missing',
    'configmap "settings" not found',
    pendingPod(waits('CreateContainerConfigError', 'configmap "settings" not found')),
  ],
  [
    'a Secret that is not there',
    'error CreateContainerConfigError config.missing',
    'secret "token" not found',
    pendingPod(waits('CreateContainerConfigError', 'secret "token" not found')),
  ],
  [
    'a key that is not there',
    'error CreateContainerConfigError config.missing',
    "couldn't find key MODE in ConfigMap shop/settings",
    pendingPod(waits('CreateContainerConfigError', "couldn't find key MODE in ConfigMap shop/settings")),
  ],
  [
    'an image that runs as root where it may not',
    'error CreateContainerConfigError container.user',
    'will run as root',
    pendingPod(waits('CreateContainerConfigError', 'container has runAsNonRoot and image will run as root')),
  ],
  [
    'a volume of a ConfigMap that is not there, at first',
    'pending FailedMount config.missing',
    'configmap "settings" not found',
    pendingPod(waits('ContainerCreating')),
    warned('uid-of-pod', 'FailedMount', 'MountVolume.SetUp failed for volume "v": configmap "settings" not found'),
  ],
  [
    'a volume of a ConfigMap that still is not there',
    'error FailedMount config.missing',
    'configmap "settings" not found',
    pendingPod(waits('ContainerCreating')),
    warned('uid-of-pod', 'FailedMount', 'MountVolume.SetUp failed for volume "v": configmap "settings" not found', 4),
  ],
  [
    'a disk that cannot be attached',
    'error FailedAttachVolume volume.mount',
    'already exclusively attached',
    pendingPod(waits('ContainerCreating')),
    warned('uid-of-pod', 'FailedAttachVolume', 'Multi-Attach error for volume "pv": Volume is already exclusively attached to one node', 6),
  ],
  [
    'a network that is not set up',
    'error FailedCreatePodSandBox -',
    'plugin type="calico" failed',
    pendingPod(waits('ContainerCreating')),
    warned('uid-of-pod', 'FailedCreatePodSandBox', 'plugin type="calico" failed', 9),
  ],

  // Scheduling.
  [
    'too little CPU',
    'error Unschedulable schedule.resources',
    '0/3 nodes are available: 3 Insufficient cpu.',
    pod(unscheduled('0/3 nodes are available: 3 Insufficient cpu.')),
  ],
  [
    'too little CPU just now',
    'pending Unschedulable schedule.resources',
    'Insufficient cpu',
    pod(unscheduled('0/3 nodes are available: 3 Insufficient cpu.'), {}, { creationTimestamp: '2026-03-01T11:59:50Z' }),
  ],
  [
    'no machine with the labels',
    'error Unschedulable schedule.placement',
    "didn't match Pod's node affinity/selector",
    pod(unscheduled("0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.")),
  ],
  [
    'a claim without a volume',
    'error Unschedulable volume.unbound',
    'unbound immediate PersistentVolumeClaims',
    pod(unscheduled('0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims.')),
  ],
  [
    'a claim that is not there',
    'error Unschedulable volume.unbound',
    'persistentvolumeclaim "data" not found',
    pod(unscheduled('0/1 nodes are available: persistentvolumeclaim "data" not found.')),
  ],
  [
    'a pod that is held back on purpose',
    'pending SchedulingGated schedule.gates',
    'example.com/quota',
    pod({ phase: 'Pending', conditions: [condition('PodScheduled', 'False', 'SchedulingGated')] }, { schedulingGates: [{ name: 'example.com/quota' }] }),
  ],

  // Init containers and sidecars.
  ['an init container that runs', 'pending - -', 'Init container migrate (0/1 done)', pod(withInit({ name: 'migrate', state: { running: {} } }))],
  [
    'the second of two init containers',
    'pending - -',
    'Init container seed (1/2 done)',
    pod(withInit({ ...ended(0, 'Completed'), name: 'migrate', ready: true }, { name: 'seed', state: { running: {} } })),
  ],
  [
    'an init container that crashes',
    'error CrashLoopBackOff container.logs',
    'init container migrate ended with exit code 1',
    pod(withInit({ ...loops(1), name: 'migrate' })),
  ],
  [
    'an init container between two crashes',
    'error Error container.logs',
    'Init container migrate was restarted',
    pod(withInit({ name: 'migrate', ready: false, restartCount: 2, state: { running: {} }, lastState: { terminated: { exitCode: 1, reason: 'Error' } } })),
  ],
  [
    'an init container whose image is not there',
    'error ImagePullBackOff image.missing',
    'init container migrate',
    pod(withInit({ ...waits('ImagePullBackOff', 'Back-off pulling image "nope:1"'), name: 'migrate' })),
  ],
  [
    'an init container that failed for good',
    'error Error container.logs',
    'Init container migrate ended: exit code 3',
    pod({ phase: 'Failed', initContainerStatuses: [{ ...ended(3), name: 'migrate' }] }, { restartPolicy: 'Never' }),
  ],
  [
    'a sidecar that crashes',
    'error CrashLoopBackOff container.logs',
    'sidecar proxy ended with exit code 1',
    pod({ ...withInit({ ...loops(1), name: 'proxy' }) }, sidecar),
  ],
  ['a sidecar that runs is no work to be done first', 'pending - -', 'PodInitializing', pod(withInit({ name: 'proxy', state: { running: {} } }), sidecar)],
  [
    'a sidecar that ended beside a container that is ready',
    'pending Error container.logs',
    'Sidecar proxy ended with exit code 1',
    pod(
      {
        phase: 'Running',
        conditions: unready,
        initContainerStatuses: [{ ...ended(1), name: 'proxy' }],
        containerStatuses: [{ name: 'web', ready: true, state: { running: {} } }],
      },
      sidecar,
    ),
  ],

  // Machines.
  [
    'an eviction',
    'error Evicted machine.pressure',
    'The node was low on resource: memory.',
    pod({ phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: memory.' }),
  ],
  [
    'a machine that refused the pod',
    'error OutOfcpu -',
    "Node didn't have enough resource: cpu",
    pod({ phase: 'Failed', reason: 'OutOfcpu', message: "Node didn't have enough resource: cpu" }),
  ],
  [
    'a machine that was shut down',
    'error Terminated -',
    'imminent node shutdown',
    pod({ phase: 'Failed', reason: 'Terminated', message: 'Pod was terminated in response to imminent node shutdown.' }),
  ],
  [
    'a pod that took too long',
    'error DeadlineExceeded job.deadline',
    'active on the node longer',
    pod({ phase: 'Failed', reason: 'DeadlineExceeded', message: 'Pod was active on the node longer than the specified deadline' }),
  ],
  [
    'a machine that does not answer',
    'error NodeNotReady machine.lost',
    'Node is not ready',
    pod({ phase: 'Running', conditions: [{ ...condition('Ready', 'False'), lastTransitionTime: '2026-03-01T11:59:30Z' }] }),
    warned('uid-of-pod', 'NodeNotReady', 'Node is not ready'),
  ],
  [
    'a machine that answers again',
    'pending NotReady -',
    'Running, not ready',
    pod({ phase: 'Running', conditions: [{ ...condition('Ready', 'False'), lastTransitionTime: '2026-03-01T11:59:50Z' }] }),
    warned('uid-of-pod', 'NodeNotReady', 'Node is not ready'),
  ],
  [
    'a machine that is gone, as older clusters say it',
    'error NodeLost machine.lost',
    'Node n1 which was running pod web is unresponsive',
    pod({ phase: 'Running', reason: 'NodeLost', message: 'Node n1 which was running pod web is unresponsive' }),
  ],

  // Leaving.
  ['a pod that is told to go', 'pending Terminating -', 'Being deleted', pod({ phase: 'Running' }, {}, { deletionTimestamp: '2026-03-01T12:00:20Z' })],
  [
    'a pod that should be gone',
    'pending Terminating machine.lost',
    'its machine has not confirmed',
    pod({ phase: 'Running' }, {}, { deletionTimestamp: '2026-03-01T11:50:00Z' }),
  ],
  [
    'a pod that a finalizer keeps',
    'pending Terminating deletion.finalizer',
    'held by finalizer example.com/drain',
    pod({ phase: 'Running' }, {}, { deletionTimestamp: '2026-03-01T11:50:00Z', finalizers: ['example.com/drain'] }),
  ],
  [
    'a crash on the way out is none',
    'pending Terminating -',
    'Being deleted',
    pod({ phase: 'Running', containerStatuses: [loops(1)] }, {}, { deletionTimestamp: '2026-03-01T12:00:20Z' }),
  ],
];
