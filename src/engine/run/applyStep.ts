import type { KubeObject, ObjectRef } from '../../shared/kubeObject';
import { failure, problemText } from '../../shared/problem';
import { clusterProblem } from '../clusterProblem';
import { fieldManager, workflowOf } from '../labels';
import type { PreparedStep } from '../plan/planWorkflow';
import { secretData } from '../plan/secretData';
import { kindsOf } from '../sources/definitions';
import { isMadeByUs } from '../creation';
import type { ApplyOptions, Clock, Cluster, ConflictCause, Secrets } from '../ports';
import { ClusterError } from '../ports';
import { helmManagers, takeOverFields } from './adoptedFields';
import { isTransient } from '../retry';
import type { Target } from '../../shared/plan';

export interface ApplyContext {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly secrets: Secrets;
  readonly target: Target;
  readonly workflow: string;
  /** When the plan looked at the cluster. */
  readonly plannedAtMs: number;
  /** Ends requests that are on their way. */
  readonly signal: AbortSignal;
}

/** How old a look at the cluster may be for "there is no such object" to be still believed, in milliseconds. */
const freshMs = 5000;
const goneDelayMs = 500;
/** An object that its controllers write all the time is looked at so often before a forced write is given up. */
const looks = 8;
/** A kind that is not served after so long is told by the apply of its objects. */
const servedWithinMs = 30_000;
const servedDelayMs = 250;

/**
 * Writes one step's object and answers it as the server has it now. Never takes a field that another owns, and never an
 * object that is another one than the plan saw: throws a ProblemError for these, ClusterError for the rest.
 */
export async function applyStep(prepared: PreparedStep, context: ApplyContext, attempt: number): Promise<KubeObject> {
  const object = await withSecretData(prepared, context);
  const written = await applyObject(object, prepared, context, attempt);
  const others = helmManagers(prepared.rendered);
  const applied =
    prepared.step.action === 'adopt' ? await takeOverFields(written, object, { cluster: context.cluster, others, signal: context.signal }) : written;
  const kinds = kindsOf(object);
  if (kinds.length > 0) await servedKinds(kinds, context);
  return applied;
}

/** After a definition the server needs a moment before it serves the kind; objects of it come right behind. */
async function servedKinds(kinds: ReturnType<typeof kindsOf>, { cluster, clock, signal }: ApplyContext): Promise<void> {
  const untilMs = clock.now() + servedWithinMs;
  for (const kind of kinds) {
    while ((await cluster.resourceOf(kind, signal)) === undefined && clock.now() < untilMs) await clock.sleep(servedDelayMs, signal);
  }
}

async function applyObject(object: KubeObject, prepared: PreparedStep, context: ApplyContext, attempt: number): Promise<KubeObject> {
  const { ref, action } = prepared.step;
  if (action === 'replace') {
    await removeFirst(ref, prepared.uid, context);
    return create(object, ref, context, true);
  }
  if (prepared.uid === undefined) return create(object, ref, context, attempt > 1);
  try {
    if (prepared.step.takesFields === true) return await takeFields(object, prepared, prepared.uid, context);
    return await context.cluster.apply(object, { fieldManager, uid: prepared.uid, signal: context.signal });
  } catch (error) {
    if (!(error instanceof ClusterError) || error.failure.kind !== 'conflict' || error.failure.conflicts.length > 0) throw error;
    // Either the object is another one by now, or two writes met; only the second may be tried again.
    const now = await context.cluster.get(ref, context.signal);
    if (now?.metadata.uid !== prepared.uid) throw failure('cluster.changed', { kind: ref.kind, name: ref.name }, { cause: error });
    throw new ClusterError({ ...error.failure, kind: 'unavailable' }, { cause: error });
  }
}

/**
 * Force takes every field in conflict, also one that somebody else has taken since the plan. So the conflicts are asked for once
 * more, and the forced write holds for exactly the object that they were asked about.
 */
async function takeFields(object: KubeObject, { step }: PreparedStep, uid: string, { cluster, signal }: ApplyContext): Promise<KubeObject> {
  const named = new Set(step.conflicts.map(({ path, owner }) => `${owner} ${path}`));
  for (let look = 1; ; look += 1) {
    const { resourceVersion } = (await cluster.get(step.ref, signal))?.metadata ?? {};
    const seen = { fieldManager, uid, signal, ...(resourceVersion === undefined ? {} : { resourceVersion }) };
    try {
      const unnamed = (await conflictsOf(cluster, object, seen)).find(({ field, manager }) => !named.has(`${manager} ${field.replace(/^\./, '')}`));
      if (unnamed !== undefined) {
        const args = { kind: step.ref.kind, name: step.ref.name, field: unnamed.field.replace(/^\./, ''), owner: unnamed.manager };
        throw failure('cluster.conflict', args);
      }
      return await cluster.apply(object, { ...seen, force: true });
    } catch (error) {
      if (look === looks || !(error instanceof ClusterError) || error.failure.kind !== 'conflict') throw error;
    }
  }
}

async function conflictsOf(cluster: Cluster, object: KubeObject, options: ApplyOptions): Promise<readonly ConflictCause[]> {
  try {
    await cluster.apply(object, { ...options, dryRun: true });
    return [];
  } catch (error) {
    if (error instanceof ClusterError && error.failure.conflicts.length > 0) return error.failure.conflicts;
    throw error;
  }
}

/** The one moment at which a Secret's values are in an object. */
async function withSecretData(prepared: PreparedStep, context: ApplyContext): Promise<KubeObject> {
  const { rendered, step } = prepared;
  if (rendered === undefined) throw new Error(`step ${step.ref.kind}/${step.ref.name} has nothing to apply`);
  const { object, secretKeys, sealed } = rendered;
  if (sealed !== undefined) return { ...object, data: sealed.open() };
  if (secretKeys.length === 0) return object;
  const values = await secretData(context.secrets, { target: context.target, workflow: context.workflow, nodeId: step.nodeId, keys: secretKeys }, undefined);
  if (values.kind === 'given') return { ...object, data: values.data };
  throw failure('run.secretMissing', { id: step.nodeId, keys: values.kind === 'missing' ? values.keys.join(', ') : secretKeys.join(', ') });
}

/**
 * Server-side apply has no "only if it is new". So the cluster is looked at again unless the plan just did, and the answer is
 * checked: an object that somebody else made in between is given back as it was.
 */
async function create(object: KubeObject, ref: ObjectRef, context: ApplyContext, lookAgain: boolean): Promise<KubeObject> {
  const { cluster, clock, signal, workflow } = context;
  if (lookAgain || clock.now() - context.plannedAtMs > freshMs) {
    const found = await cluster.get(ref, signal);
    if (found !== undefined) {
      if (workflowOf(found) !== workflow || found.metadata.uid === undefined) throw notOurs(ref);
      // An earlier attempt arrived although its answer was lost: on our own object, or on somebody's.
      if (!isMadeByUs(found)) return giveBack(found, ref, context);
      return cluster.apply(object, { fieldManager, uid: found.metadata.uid, signal });
    }
  }
  let made: KubeObject;
  try {
    made = await cluster.apply(object, { fieldManager, signal });
  } catch (error) {
    if (!(error instanceof ClusterError) || !['conflict', 'exists'].includes(error.failure.kind) || error.failure.conflicts.length > 0) throw error;
    // Two writes met. Whose object it is now is what the next attempt looks at.
    throw new ClusterError({ ...error.failure, kind: 'unavailable' }, { cause: error });
  }
  if (!isMadeByUs(made)) return giveBack(made, ref, context);
  return made;
}

/** Wants nothing of a stranger's object any more: what the apply added to it goes, and what is the stranger's stays. */
async function giveBack(object: KubeObject, ref: ObjectRef, { cluster, signal }: ApplyContext): Promise<never> {
  const { uid, name, namespace } = object.metadata;
  const nothing: KubeObject = { apiVersion: ref.apiVersion, kind: ref.kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }) } };
  try {
    await cluster.apply(nothing, { fieldManager, ...(uid === undefined ? {} : { uid }), signal });
  } catch (error) {
    // After a fault that passes, the next attempt finds it as it is then and gives it back.
    if (isTransient(error) || !(error instanceof ClusterError)) throw error;
    const detail = problemText(clusterProblem(error, { server: cluster.server, verb: 'patch', ref }));
    throw failure('cluster.notGivenBack', { kind: ref.kind, name: ref.name, namespace: ref.namespace, detail }, { cause: error });
  }
  throw notOurs(ref);
}

function notOurs(ref: ObjectRef): Error {
  return failure('cluster.notOurs', { kind: ref.kind, name: ref.name, namespace: ref.namespace });
}

/** Deletes the object that the plan saw, with what it owns, and waits until its name is free. */
async function removeFirst(ref: ObjectRef, uid: string | undefined, context: ApplyContext): Promise<void> {
  const { cluster, clock, signal } = context;
  const isThere = async (): Promise<boolean> => {
    const now = await cluster.get(ref, signal);
    return now !== undefined && now.metadata.uid === uid;
  };
  if (uid === undefined || !(await isThere())) return;
  await cluster.delete(ref, { uid, propagation: 'Foreground', signal });
  while (await isThere()) await clock.sleep(goneDelayMs, signal);
}
