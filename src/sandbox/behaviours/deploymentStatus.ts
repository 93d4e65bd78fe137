// What a deployment says of itself: counts over its replica sets, and the conditions Available, Progressing, ReplicaFailure.
import { timestampOf } from '../clock';
import type { Condition, Deployment, DeploymentStatus, ReplicaSet } from '../objectTypes';
import { conditionOf, withCondition, withoutCondition } from './conditions';
import { boundsOf } from './rollout';

export interface Reported {
  status: DeploymentStatus;
  /** When the progress deadline would pass. */
  checkInMs: number | undefined;
}

function sum(sets: readonly ReplicaSet[], count: (set: ReplicaSet) => number | undefined): number {
  return sets.reduce((total, set) => total + (count(set) ?? 0), 0);
}

export function deploymentStatus(deployment: Deployment, sets: readonly ReplicaSet[], fresh: ReplicaSet | undefined, nowMs: number): Reported {
  const replicas = sum(sets, (set) => set.status.replicas);
  const updated = fresh?.status.replicas ?? 0;
  const ready = sum(sets, (set) => set.status.readyReplicas);
  const available = sum(sets, (set) => set.status.availableReplicas);
  const unavailable = Math.max(0, sum(sets, (set) => set.spec.replicas) - available);
  const counts: DeploymentStatus = {
    observedGeneration: deployment.metadata.generation ?? 1,
    ...(replicas > 0 ? { replicas } : {}),
    ...(updated > 0 ? { updatedReplicas: updated } : {}),
    ...(ready > 0 ? { readyReplicas: ready } : {}),
    ...(available > 0 ? { availableReplicas: available } : {}),
    ...(unavailable > 0 ? { unavailableReplicas: unavailable } : {}),
    terminatingReplicas: sum(sets, (set) => set.status.terminatingReplicas),
  };
  const now = timestampOf(nowMs);
  let conditions = availability(deployment, available, now);
  const failure = conditionOf(sets.find((set) => conditionOf(set.status.conditions, 'ReplicaFailure'))?.status.conditions, 'ReplicaFailure');
  conditions = failure === undefined ? withoutCondition(conditions, 'ReplicaFailure') : withCondition(conditions, failure, now, true);
  const progress = progressOf(deployment, sets, fresh, { replicas, updated, ready, available }, nowMs);
  if (progress.condition !== undefined) {
    // Any step forward restarts the deadline, which is counted from the update time.
    const before = conditionOf(conditions, 'Progressing');
    conditions = withCondition(conditions, progress.condition, now, true);
    if (progress.moved && before !== undefined) conditions = conditions.map((one) => (one.type === 'Progressing' ? { ...one, lastUpdateTime: now } : one));
  }
  const status: DeploymentStatus = { ...counts, ...(conditions.length > 0 ? { conditions } : {}) };
  if (deployment.status.collisionCount !== undefined) status.collisionCount = deployment.status.collisionCount;
  return { status, checkInMs: progress.checkInMs };
}

function availability(deployment: Deployment, available: number, now: string): Condition[] {
  const { spec, status } = deployment;
  const { unavailable } = spec.strategy?.type === 'Recreate' ? { unavailable: 0 } : boundsOf(spec.strategy?.rollingUpdate, spec.replicas);
  const enough = available >= spec.replicas - unavailable;
  const condition: Condition = enough
    ? { type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable', message: 'Deployment has minimum availability.' }
    : { type: 'Available', status: 'False', reason: 'MinimumReplicasUnavailable', message: 'Deployment does not have minimum availability.' };
  return withCondition(status.conditions, condition, now, true);
}

interface Counts {
  replicas: number;
  updated: number;
  ready: number;
  available: number;
}

interface Progress {
  condition: Condition | undefined;
  moved: boolean;
  checkInMs: number | undefined;
}

function progressOf(deployment: Deployment, sets: readonly ReplicaSet[], fresh: ReplicaSet | undefined, counts: Counts, nowMs: number): Progress {
  const { spec, status, metadata } = deployment;
  const before = conditionOf(status.conditions, 'Progressing');
  const subject = fresh === undefined ? `Deployment "${metadata.name}"` : `ReplicaSet "${fresh.metadata.name}"`;
  const rest = { moved: false, checkInMs: undefined };
  if (spec.paused === true) {
    if (before?.reason === 'DeploymentPaused' || before?.reason === 'NewReplicaSetAvailable') return { condition: undefined, ...rest };
    return { condition: { type: 'Progressing', status: 'Unknown', reason: 'DeploymentPaused', message: 'Deployment is paused' }, ...rest };
  }
  const complete =
    counts.updated === spec.replicas &&
    counts.replicas === spec.replicas &&
    counts.available === spec.replicas &&
    fresh !== undefined &&
    sets.every((set) => (set.status.observedGeneration ?? 0) >= (set.metadata.generation ?? 1));
  if (complete) {
    const message = `${subject} has successfully progressed.`;
    return { condition: { type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable', message }, ...rest };
  }
  const moved =
    counts.updated > (status.updatedReplicas ?? 0) ||
    counts.replicas - counts.updated < (status.replicas ?? 0) - (status.updatedReplicas ?? 0) ||
    counts.ready > (status.readyReplicas ?? 0) ||
    counts.available > (status.availableReplicas ?? 0) ||
    before === undefined ||
    before.reason === 'DeploymentPaused';
  const deadlineMs = (spec.progressDeadlineSeconds ?? 600) * 1000;
  // A rollout that was complete and lost a pod is not a new rollout: only a new template starts the deadline again.
  if (before?.reason === 'NewReplicaSetAvailable' && before.message === `${subject} has successfully progressed.`) {
    return { condition: undefined, ...rest };
  }
  if (!moved && before !== undefined) {
    const passedMs = nowMs - Date.parse(before.lastUpdateTime ?? '');
    if (before.reason === 'ProgressDeadlineExceeded') return { condition: undefined, ...rest };
    if (passedMs >= deadlineMs) {
      const message = `${subject} has timed out progressing.`;
      return { condition: { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message }, ...rest };
    }
    return { condition: undefined, moved: false, checkInMs: deadlineMs - passedMs };
  }
  const created = before === undefined && counts.ready === 0 && fresh !== undefined;
  const condition: Condition = created
    ? { type: 'Progressing', status: 'True', reason: 'NewReplicaSetCreated', message: `Created new replica set "${fresh.metadata.name}"` }
    : { type: 'Progressing', status: 'True', reason: 'ReplicaSetUpdated', message: `${subject} is progressing.` };
  return { condition, moved: true, checkInMs: deadlineMs };
}
