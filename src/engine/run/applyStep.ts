import type { KubeObject, ObjectRef } from '../../shared/kubeObject';
import { failure } from '../../shared/problem';
import { fieldManager, workflowOf } from '../labels';
import type { PreparedStep } from '../plan/planWorkflow';
import { secretData } from '../plan/secretData';
import { kindsOf } from '../sources/definitions';
import type { Clock, Cluster, Secrets } from '../ports';
import { ClusterError } from '../ports';
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
/** A kind that is not served after so long is told by the apply of its objects. */
const servedWithinMs = 30_000;
const servedDelayMs = 250;

/**
 * Writes one step's object and answers it as the server has it now. Never takes a field that another owns, and never an
 * object that is another one than the plan saw: throws a ProblemError for these, ClusterError for the rest.
 */
export async function applyStep(prepared: PreparedStep, context: ApplyContext, attempt: number): Promise<KubeObject> {
  const object = await withSecretData(prepared, context);
  const applied = await applyObject(object, prepared, context, attempt);
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
    const force = prepared.step.takesFields === true ? { force: true } : {};
    return await context.cluster.apply(object, { fieldManager, uid: prepared.uid, ...force, signal: context.signal });
  } catch (error) {
    if (!(error instanceof ClusterError) || error.failure.kind !== 'conflict' || error.failure.conflicts.length > 0) throw error;
    // Either the object is another one by now, or two writes met; only the second may be tried again.
    const now = await context.cluster.get(ref, context.signal);
    if (now?.metadata.uid !== prepared.uid) throw failure('cluster.changed', { kind: ref.kind, name: ref.name }, { cause: error });
    throw new ClusterError({ ...error.failure, kind: 'unavailable' }, { cause: error });
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
 * Server-side apply has no "only if it is new". So the cluster is looked at again unless the plan just did, and the answer
 * is checked: what we alone made has no other manager's fields.
 */
async function create(object: KubeObject, ref: ObjectRef, context: ApplyContext, lookAgain: boolean): Promise<KubeObject> {
  const { cluster, clock, signal, workflow } = context;
  if (lookAgain || clock.now() - context.plannedAtMs > freshMs) {
    const found = await cluster.get(ref, signal);
    if (found !== undefined) {
      // Our own object: an earlier attempt arrived although its answer was lost.
      if (workflowOf(found) !== workflow || found.metadata.uid === undefined) throw notOurs(ref);
      return cluster.apply(object, { fieldManager, uid: found.metadata.uid, signal });
    }
  }
  const made = await cluster.apply(object, { fieldManager, signal });
  if (made.metadata.managedFields?.some((entry) => entry.manager !== fieldManager) === true) throw notOurs(ref);
  return made;
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
