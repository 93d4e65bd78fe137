import type { JsonObject } from '../../../shared/json';
import { valueAt } from '../../../shared/json';
import type { KubeObject } from '../../../shared/kubeObject';
import type { NodeStatus } from '../../../shared/nodeStatus';
import type { Related } from '../../status/verdict';
import { recentWarning } from '../../status/warnings';
import { conditionOf, itemsAt, numberAt, textAt, verdict } from '../../status/verdict';

/** How long a Pod may be without a machine before that counts as a fault, in milliseconds (the window kstatus gives). */
export const scheduleWindowMs = 15_000;

/** What keeps containers from being made, as the kubelet and the attach controller complain. */
const creationTroubles: ReadonlySet<string> = new Set(['FailedMount', 'FailedAttachVolume', 'FailedCreatePodSandBox', 'FailedMapVolume']);
const probeTroubles: ReadonlySet<string> = new Set(['Unhealthy']);
const pullTroubles: ReadonlySet<string> = new Set(['Failed']);
/** Complaints after which a cause does not go away by itself; the kubelet's waits between them have grown to seconds by then. */
const faultAfter = 3;

/**
 * A Pod's verdict, with the reason that a person needs: why its image does not come, why its container ends, why it finds
 * no machine. Rules of gitops-engine and kstatus: waiting with an error or back-off is an error, a container that ended
 * before and is not ready is an error, a Pod of finite life is on its way until it has succeeded.
 */
export function podHealth(pod: KubeObject, related: Related): NodeStatus {
  const phase = textAt(pod.status, ['phase']);
  const ready = isPodReady(pod);
  const counts = {
    ready: ready ? 1 : 0,
    desired: 1,
    ...(phase === undefined ? {} : { phase }),
    restarts: containerStatuses(pod).reduce((sum, container) => sum + (numberAt(container, ['restartCount']) ?? 0), 0),
  };
  if (pod.metadata.deletionTimestamp !== undefined) return verdict('pending', 'Being deleted', { ...counts, reason: 'Terminating' });
  if (phase === 'Succeeded') return verdict('healthy', 'Completed', counts);
  if (phase === 'Failed') return failed(pod, counts);

  const finite = isFinite(pod);
  const waiting = waitingContainer(pod, related);
  if (waiting !== undefined) {
    // A Pod of finite life may still get its image; only a crash loop is certain.
    const state = finite && waiting.reason !== 'CrashLoopBackOff' ? 'pending' : 'error';
    return verdict(state, waiting.message, { ...counts, reason: waiting.reason });
  }
  if (phase === 'Running') return running(pod, ready, finite, counts, related);

  const scheduled = conditionOf(pod, 'PodScheduled');
  if (scheduled?.status === 'False' && scheduled.reason === 'Unschedulable') {
    const late = unscheduledForMs(pod, related.nowMs) >= scheduleWindowMs;
    return verdict(late ? 'error' : 'pending', `No machine takes it: ${scheduled.message}`, { ...counts, reason: 'Unschedulable' });
  }
  if (phase !== 'Pending' && phase !== undefined) return verdict('unknown', `Phase ${phase}`, counts);
  const held = recentWarning(pod, creationTroubles, related);
  if (held !== undefined) {
    // The first complaints may come from a volume that is just being made; one that goes on is a fault.
    return verdict(held.count >= faultAfter ? 'error' : 'pending', `${held.reason}: ${held.message}`, { ...counts, reason: held.reason });
  }
  const creating = creatingReason(pod);
  return verdict('pending', creating ?? 'Pending', counts);
}

export function isPodReady(pod: KubeObject): boolean {
  return conditionOf(pod, 'Ready')?.status === 'True';
}

/** Milliseconds since the Pod was made; endless when it does not say. */
export function unscheduledForMs(pod: KubeObject, nowMs: number): number {
  const created = pod.metadata.creationTimestamp;
  return created === undefined ? Number.POSITIVE_INFINITY : nowMs - Date.parse(created);
}

type Counts = Pick<NodeStatus, 'ready' | 'desired' | 'phase' | 'restarts'>;

function running(pod: KubeObject, ready: boolean, finite: boolean, counts: Counts, related: Related): NodeStatus {
  if (finite) return verdict('pending', 'Running', counts);
  if (ready) return verdict('healthy', 'Running and ready', counts);
  for (const container of containerStatuses(pod)) {
    const last = valueAt(container, ['lastState', 'terminated']);
    if (last !== undefined && last !== null && container['ready'] !== true) {
      const reason = textAt(last, ['reason']) ?? 'Error';
      return verdict('error', `Container ${nameOf(container)} was restarted and is not ready: ${endOf(last as JsonObject)}`, { ...counts, reason });
    }
  }
  const probe = recentWarning(pod, probeTroubles, related);
  if (probe !== undefined) return verdict('pending', `Running, not ready: ${probe.message}`, { ...counts, reason: probe.reason });
  const why = conditionOf(pod, 'Ready')?.message;
  return verdict('pending', why === undefined || why === '' ? 'Running, not ready' : `Running, not ready: ${why}`, { ...counts, reason: 'NotReady' });
}

function failed(pod: KubeObject, counts: Counts): NodeStatus {
  const reason = textAt(pod.status, ['reason']);
  const said = textAt(pod.status, ['message']);
  if (said !== undefined) return verdict('error', said, { ...counts, ...(reason === undefined ? {} : { reason }) });
  for (const container of [...itemsAt(pod.status, ['initContainerStatuses']), ...itemsAt(pod.status, ['containerStatuses'])]) {
    const ended = valueAt(container, ['state', 'terminated']);
    if (ended === undefined || ended === null || numberAt(ended, ['exitCode']) === 0) continue;
    return verdict('error', `Container ${nameOf(container)} ended: ${endOf(ended as JsonObject)}`, {
      ...counts,
      reason: textAt(ended, ['reason']) ?? reason ?? 'Error',
    });
  }
  return verdict('error', 'Failed', { ...counts, reason: reason ?? 'Failed' });
}

/** The first container that waits for a bad reason, with words that name the container and how it ended last time. */
function waitingContainer(pod: KubeObject, related: Related): { readonly reason: string; readonly message: string } | undefined {
  for (const container of containerStatuses(pod)) {
    const reason = textAt(container, ['state', 'waiting', 'reason']);
    if (reason === undefined || !isBadReason(reason)) continue;
    const said = waitingMessage(pod, container, reason, related);
    const last = valueAt(container, ['lastState', 'terminated']);
    if (reason === 'CrashLoopBackOff' && last !== undefined && last !== null) {
      const restarts = numberAt(container, ['restartCount']) ?? 0;
      return { reason, message: `CrashLoopBackOff: container ${nameOf(container)} ended with ${endOf(last as JsonObject)} (${String(restarts)} restarts)` };
    }
    return { reason, message: `${reason}: container ${nameOf(container)}${said === undefined ? '' : `: ${said}`}` };
  }
  return undefined;
}

/** While a kubelet waits before it pulls again, it may say only that it waits; why the pull failed is then told by an event. */
function waitingMessage(pod: KubeObject, container: JsonObject, reason: string, related: Related): string | undefined {
  const said = textAt(container, ['state', 'waiting', 'message']);
  if (reason !== 'ImagePullBackOff' || said?.includes('ErrImagePull') === true) return said;
  const pull = recentWarning(pod, pullTroubles, related);
  return pull?.message.startsWith('Failed to pull image') === true ? pull.message : said;
}

function isBadReason(reason: string): boolean {
  return reason.startsWith('Err') || reason.endsWith('Error') || reason.endsWith('BackOff') || reason === 'InvalidImageName';
}

function creatingReason(pod: KubeObject): string | undefined {
  for (const container of containerStatuses(pod)) {
    const reason = textAt(container, ['state', 'waiting', 'reason']);
    if (reason !== undefined)
      return textAt(container, ['state', 'waiting', 'message']) ?? (reason === 'ContainerCreating' ? 'Creating its containers' : reason);
  }
  return undefined;
}

function containerStatuses(pod: KubeObject): readonly JsonObject[] {
  return [...itemsAt(pod.status, ['initContainerStatuses']), ...itemsAt(pod.status, ['containerStatuses'])];
}

function isFinite(pod: KubeObject): boolean {
  const policy = textAt(pod.spec, ['restartPolicy']);
  return policy === 'Never' || policy === 'OnFailure';
}

function nameOf(container: JsonObject): string {
  return textAt(container, ['name']) ?? '';
}

/** `exit code 137 (OOMKilled)`, with the container's own last words when it left some. */
function endOf(terminated: JsonObject): string {
  const code = numberAt(terminated, ['exitCode']) ?? 0;
  const reason = textAt(terminated, ['reason']);
  const said = textAt(terminated, ['message']);
  const named = reason === undefined || reason === 'Error' || reason === 'Completed' ? '' : ` (${reason})`;
  return `exit code ${String(code)}${named}${said === undefined ? '' : `: ${said}`}`;
}
