import type { NodeStatus } from '../../shared/nodeStatus';
import type { StatusHint } from '../../shared/statusHint';

type Choice = StatusHint | ((message: string) => StatusHint | undefined);

const choices: ReadonlyMap<string, Choice> = new Map<string, Choice>([
  ['InvalidImageName', 'image.name'],
  ['ErrImagePull', ofPull],
  ['ImagePullBackOff', ofPull],
  ['ErrImageNeverPull', 'image.neverPulled'],
  ['RegistryUnavailable', 'image.registry'],
  ['CrashLoopBackOff', ofExit],
  ['Error', ofExit],
  ['Completed', 'container.ends'],
  ['OOMKilled', 'container.memory'],
  ['RunContainerError', 'container.command'],
  ['StartError', 'container.command'],
  ['ContainerCannotRun', 'container.command'],
  ['CreateContainerError', 'container.command'],
  ['CreateContainerConfigError', (message) => (message.includes('runAsNonRoot') || message.includes('non-root') ? 'container.user' : 'config.missing')],
  ['Unhealthy', 'probe.failing'],
  ['FailedMount', (message) => (/configmap|secret/i.test(message) ? 'config.missing' : 'volume.mount')],
  ['FailedAttachVolume', 'volume.mount'],
  ['FailedMapVolume', 'volume.mount'],
  ['Unschedulable', ofScheduler],
  ['SchedulingGated', 'schedule.gates'],
  ['NodeNotReady', 'machine.lost'],
  ['NodeLost', 'machine.lost'],
  ['Evicted', 'machine.pressure'],
  ['FailedCreate', ofRefusal],
  ['ProgressDeadlineExceeded', 'rollout.stuck'],
  ['BackoffLimitExceeded', 'job.logs'],
  ['PodFailurePolicy', 'job.logs'],
  ['LastRunFailed', 'job.logs'],
  ['DeadlineExceeded', 'job.deadline'],
  ['FailedBinding', 'volume.class'],
  ['ProvisioningFailed', (message) => (message.includes('not found') ? 'volume.class' : 'volume.provisioner')],
  ['Lost', 'volume.lost'],
  ['NoMatchingPods', 'service.selector'],
  ['NoReadyEndpoints', 'service.unready'],
  ['NoLoadBalancerAddress', 'address.loadBalancer'],
  ['SyncLoadBalancerFailed', 'address.loadBalancer'],
  ['NoAddress', 'address.ingress'],
  ['FailedGetResourceMetric', 'scaler.metrics'],
  ['FailedGetScale', 'scaler.target'],
  ['Terminating', ofDeletion],
]);

/**
 * What helps, as far as the reason and the cluster's words tell. The words only choose between hints: where they say
 * nothing of the kind the hint is the general one, or none.
 */
export function hintOf(status: Pick<NodeStatus, 'state' | 'reason' | 'message'>): StatusHint | undefined {
  if (status.state === 'healthy' || status.reason === undefined) return undefined;
  const choice = choices.get(status.reason);
  return typeof choice === 'function' ? choice(status.message) : choice;
}

function ofPull(message: string): StatusHint {
  if (/unauthorized|forbidden|authorization failed|access denied|denied:|\b40[13]\b/i.test(message)) return 'image.access';
  if (/no such host|i\/o timeout|connection refused|context deadline exceeded|network is unreachable|tls:|x509:|server gave HTTP response/i.test(message))
    return 'image.registry';
  return 'image.missing';
}

function ofExit(message: string): StatusHint {
  if (message.includes('probe failed')) return 'probe.failing';
  const code = /exit code (\d+)/.exec(message)?.[1];
  if (code === '0') return 'container.ends';
  if (code === '126' || code === '127') return 'container.command';
  return code === '137' ? 'container.killed' : 'container.logs';
}

function ofScheduler(message: string): StatusHint {
  if (/PersistentVolumeClaim|persistentvolumeclaim/.test(message)) return 'volume.unbound';
  return /Insufficient|Too many pods/.test(message) ? 'schedule.resources' : 'schedule.placement';
}

function ofRefusal(message: string): StatusHint {
  if (message.includes('exceeded quota') || message.includes('failed quota')) return 'refused.quota';
  if (message.includes('violates PodSecurity')) return 'refused.security';
  return /serviceaccount .* not found/.test(message) ? 'refused.account' : 'refused.admission';
}

function ofDeletion(message: string): StatusHint | undefined {
  if (message.includes('finalizer')) return 'deletion.finalizer';
  return message.includes('machine') ? 'machine.lost' : undefined;
}
