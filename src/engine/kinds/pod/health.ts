import type { KubeObject } from '../../../shared/kubeObject';
import type { NodeStatus } from '../../../shared/nodeStatus';
import type { Related } from '../../status/verdict';
import { conditionOf, deletionHealth, heldBy, itemsAt, textAt, verdict } from '../../status/verdict';
import type { Warning } from '../../status/warnings';
import { recentWarning } from '../../status/warnings';
import type { ContainerFacts } from './containers';
import { called, capitalised, containersOf } from './containers';

/** How long a Pod may be without a machine before that counts as a fault, in milliseconds (the window kstatus gives). */
export const scheduleWindowMs = 15_000;
/** How long after its grace period a Pod may still be there before its machine is asked about, in milliseconds. */
const goneWindowMs = 30_000;

/** What keeps containers from being made, as the kubelet and the attach controller complain. */
const creationTroubles: ReadonlySet<string> = new Set([
  'FailedMount',
  'FailedAttachVolume',
  'FailedCreatePodSandBox',
  'FailedMapVolume',
  'NetworkNotReady',
  'FailedPrepareDynamicResources',
]);
const probeTroubles: ReadonlySet<string> = new Set(['Unhealthy']);
const pullTroubles: ReadonlySet<string> = new Set(['Failed']);
const machineTroubles: ReadonlySet<string> = new Set(['NodeNotReady']);
/** Complaints after which a cause does not go away by itself; the kubelet's waits between them have grown to seconds by then. */
const faultAfter = 3;
/** Waiting for these is a fault, beside whatever begins with `Err` or ends with `Error` or `BackOff`. */
const badWaits: ReadonlySet<string> = new Set(['InvalidImageName', 'RegistryUnavailable', 'SignatureValidationFailed', 'ContainerCannotRun']);

/**
 * A Pod's verdict, with the reason that a person needs: why its image does not come, why its container ends, why it finds
 * no machine. Rules of gitops-engine and kstatus: waiting with an error or back-off is an error, a container that ended
 * before and is not ready is an error, a Pod of finite life is on its way until it has succeeded.
 */
export function podHealth(pod: KubeObject, related: Related): NodeStatus {
  const phase = textAt(pod.status, ['phase']);
  const ready = isPodReady(pod);
  const containers = containersOf(pod);
  const counts = {
    ready: ready ? 1 : 0,
    desired: 1,
    ...(phase === undefined ? {} : { phase }),
    restarts: containers.reduce((sum, container) => sum + container.restarts, 0),
  };
  if (pod.metadata.deletionTimestamp !== undefined) return leaving(pod, counts, related);
  if (phase === 'Succeeded') return verdict('healthy', 'Completed', counts);
  if (phase === 'Failed') return failed(pod, containers, counts);

  const finite = isFinite(pod);
  const waiting = waitingContainer(pod, containers, related);
  if (waiting !== undefined) {
    // A Pod of finite life may still get its image; only a crash loop is certain.
    const state = finite && !waiting.isLoop ? 'pending' : 'error';
    return verdict(state, waiting.message, { ...counts, reason: waiting.reason });
  }
  const lost = lostMachine(pod, related);
  if (lost !== undefined) return verdict('error', lost, { ...counts, reason: textAt(pod.status, ['reason']) ?? 'NodeNotReady' });
  if (phase === 'Running') return running(pod, ready, finite, containers, counts, related);
  if (phase !== 'Pending' && phase !== undefined) return verdict('unknown', `Phase ${phase}`, counts);
  return pending(pod, finite, containers, counts, related);
}

export function isPodReady(pod: KubeObject): boolean {
  return conditionOf(pod, 'Ready')?.status === 'True';
}

/**
 * In how many milliseconds time alone may change this Pod's verdict: it finds no machine, or is not gone when it should be.
 * Not positive, or endless, when time changes nothing.
 */
export function podChangesInMs(pod: KubeObject, nowMs: number): number {
  const { creationTimestamp, deletionTimestamp } = pod.metadata;
  if (deletionTimestamp !== undefined) return Date.parse(deletionTimestamp) + goneWindowMs - nowMs;
  if (textAt(pod.status, ['phase']) !== 'Pending' || creationTimestamp === undefined) return Number.POSITIVE_INFINITY;
  return Date.parse(creationTimestamp) + scheduleWindowMs - nowMs;
}

type Counts = Pick<NodeStatus, 'ready' | 'desired' | 'phase' | 'restarts'>;

function leaving(pod: KubeObject, counts: Counts, related: Related): NodeStatus {
  const told = deletionHealth(pod, counts);
  if (heldBy(pod).length > 0 || !(podChangesInMs(pod, related.nowMs) <= 0)) return told;
  return { ...told, message: 'Being deleted, but its machine has not confirmed that it ended' };
}

function pending(pod: KubeObject, finite: boolean, containers: readonly ContainerFacts[], counts: Counts, related: Related): NodeStatus {
  const scheduled = conditionOf(pod, 'PodScheduled');
  if (scheduled?.status === 'False' && scheduled.reason === 'Unschedulable') {
    const leftMs = podChangesInMs(pod, related.nowMs);
    return verdict(leftMs > 0 && Number.isFinite(leftMs) ? 'pending' : 'error', `No machine takes it: ${scheduled.message}`, {
      ...counts,
      reason: 'Unschedulable',
    });
  }
  if (scheduled?.status === 'False' && scheduled.reason === 'SchedulingGated') {
    const gates = itemsAt(pod.spec, ['schedulingGates']).map((gate) => textAt(gate, ['name']) ?? '');
    return verdict('pending', `Waits for scheduling gates: ${gates.join(', ')}`, { ...counts, reason: 'SchedulingGated' });
  }
  const held = recentWarning(pod, creationTroubles, related);
  if (held !== undefined) {
    // The first complaints may come from a volume that is just being made; one that goes on is a fault.
    return verdict(held.count >= faultAfter ? 'error' : 'pending', `${held.reason}: ${held.message}`, { ...counts, reason: held.reason });
  }
  // Between two tries of a loop it is not well either; without this it would blink.
  const again = restarted(pod, containers, counts, related);
  if (again !== undefined) return finite ? { ...again, state: 'pending' } : again;
  const first = containers.find((container) => container.waiting !== undefined);
  const init = containers.filter((container) => container.role === 'init container');
  const done = init.filter((container) => container.ended?.exitCode === 0).length;
  if (done < init.length && counts.phase !== undefined) {
    const now = init[done];
    const why = now?.waiting?.message;
    return verdict('pending', `Init container ${now?.name ?? ''} (${String(done)}/${String(init.length)} done)${why === undefined ? '' : `: ${why}`}`, counts);
  }
  return verdict('pending', first === undefined ? 'Pending' : (first.waiting?.message ?? creatingWords(first.waiting?.reason)), counts);
}

function creatingWords(reason = ''): string {
  return reason === 'ContainerCreating' ? 'Creating its containers' : reason;
}

function running(pod: KubeObject, ready: boolean, finite: boolean, containers: readonly ContainerFacts[], counts: Counts, related: Related): NodeStatus {
  if (finite) return verdict('pending', 'Running', counts);
  if (ready) return verdict('healthy', 'Running and ready', counts);
  const again = restarted(pod, containers, counts, related);
  if (again !== undefined) return again;
  const first = containers.find((container) => container.role !== 'init container' && container.ended !== undefined);
  if (first?.ended !== undefined) {
    // It ended for the first time and is about to be started again.
    return verdict('pending', `${capitalised(called(first))} ended with ${first.ended.words}`, { ...counts, reason: first.ended.reason });
  }
  const probe = recentWarning(pod, probeTroubles, related);
  if (probe !== undefined) return verdict('pending', `Running, not ready: ${probe.message}`, { ...counts, reason: probe.reason });
  const why = conditionOf(pod, 'Ready')?.message;
  return verdict('pending', why === undefined || why === '' ? 'Running, not ready' : `Running, not ready: ${why}`, { ...counts, reason: 'NotReady' });
}

/** A container that ended before and is not ready yet: it may well end again. */
function restarted(pod: KubeObject, containers: readonly ContainerFacts[], counts: Counts, related: Related): NodeStatus | undefined {
  const found = containers.find((container) => container.lastEnded !== undefined && !container.ready && container.ended?.exitCode !== 0);
  if (found?.lastEnded === undefined) return undefined;
  const killed = killingProbe(pod, related);
  const why = killed === undefined ? '' : `, ${killed.message}`;
  return verdict('error', `${capitalised(called(found))} was restarted and is not ready: ${found.lastEnded.words}${why}`, {
    ...counts,
    reason: killed === undefined ? found.lastEnded.reason : killed.reason,
  });
}

function failed(pod: KubeObject, containers: readonly ContainerFacts[], counts: Counts): NodeStatus {
  const reason = textAt(pod.status, ['reason']);
  const said = textAt(pod.status, ['message']);
  if (said !== undefined) return verdict('error', said, { ...counts, ...(reason === undefined ? {} : { reason }) });
  // Sidecars are ended from outside when the others are done, so theirs is the last guess.
  const byBlame = [...containers.filter((one) => one.role !== 'sidecar'), ...containers.filter((one) => one.role === 'sidecar')];
  for (const container of byBlame) {
    const { ended } = container;
    if (ended === undefined || ended.exitCode === 0) continue;
    return verdict('error', `${capitalised(called(container))} ended: ${ended.words}`, { ...counts, reason: reason ?? ended.reason });
  }
  return verdict('error', 'Failed', { ...counts, reason: reason ?? 'Failed' });
}

/** The first container that waits for a bad reason, with words that name the container and how it ended last time. */
function waitingContainer(
  pod: KubeObject,
  containers: readonly ContainerFacts[],
  related: Related,
): { readonly reason: string; readonly message: string; readonly isLoop: boolean } | undefined {
  for (const container of containers) {
    const reason = container.waiting?.reason;
    if (reason === undefined || !isBadReason(reason)) continue;
    const last = container.lastEnded;
    if (reason === 'CrashLoopBackOff' && last !== undefined) {
      const killed = killingProbe(pod, related);
      const why = killed === undefined ? '' : `, ${killed.message}`;
      return {
        // Why it loops is the better word, where the kernel has told it.
        reason: last.reason === 'OOMKilled' ? last.reason : reason,
        message: `CrashLoopBackOff: ${called(container)} ended with ${last.words} (${container.restarts === 1 ? '1 restart' : `${String(container.restarts)} restarts`})${why}`,
        isLoop: true,
      };
    }
    const said = waitingMessage(pod, container, reason, related);
    return { reason, message: `${reason}: ${called(container)}${said === undefined ? '' : `: ${said}`}`, isLoop: reason === 'CrashLoopBackOff' };
  }
  return undefined;
}

/** While a kubelet waits before it pulls again, it may say only that it waits; why the pull failed is then told by an event. */
function waitingMessage(pod: KubeObject, container: ContainerFacts, reason: string, related: Related): string | undefined {
  const said = container.waiting?.message;
  if (reason !== 'ImagePullBackOff' || said?.includes('ErrImagePull') === true) return said;
  return recentWarning(pod, pullTroubles, related, (one) => one.message.startsWith('Failed to pull image'))?.message ?? said;
}

/** The probe that makes the kubelet kill containers; a failing readiness probe kills nothing. */
function killingProbe(pod: KubeObject, related: Related): Warning | undefined {
  return recentWarning(pod, probeTroubles, related, (one) => /^(Liveness|Startup) probe/.test(one.message));
}

/** A kubelet that does not answer leaves its Pods as they were; the node controller marks them and warns. */
function lostMachine(pod: KubeObject, related: Related): string | undefined {
  if (textAt(pod.status, ['reason']) === 'NodeLost') return textAt(pod.status, ['message']) ?? 'Its machine does not answer';
  const ready = itemsAt(pod.status, ['conditions']).find((one) => one['type'] === 'Ready');
  if (ready === undefined || ready['status'] === 'True') return undefined;
  const sinceMs = Date.parse(textAt(ready, ['lastTransitionTime']) ?? '');
  // A warning from before the Pod last changed is about an outage that is over.
  const warned = recentWarning(pod, machineTroubles, related, (one) => !(one.lastSeenMs < sinceMs - clockSlackMs));
  return warned === undefined ? undefined : `Its machine does not answer: ${warned.message}`;
}

/** Times of conditions and events are whole seconds, written one after the other. */
const clockSlackMs = 2_000;

function isBadReason(reason: string): boolean {
  return reason.startsWith('Err') || reason.endsWith('Error') || reason.endsWith('BackOff') || badWaits.has(reason);
}

function isFinite(pod: KubeObject): boolean {
  const policy = textAt(pod.spec, ['restartPolicy']);
  return policy === 'Never' || policy === 'OnFailure';
}
