import type { KubeObject, ObjectRef } from '../../shared/kubeObject';
import { isJsonObject, valueAt } from '../../shared/json';
import type { PlanStep } from '../../shared/plan';
import type { Problem, ProblemCode } from '../../shared/problem';
import { clusterProblem, isClusterGone } from '../clusterProblem';
import { isMadeByUs } from '../creation';
import { fieldManager, workflowOf } from '../labels';
import type { Cluster } from '../ports';
import { ClusterError } from '../ports';
import { madePullSecrets, withImagePullSecrets } from '../registries/pullSecrets';
import type { RenderedObject } from '../render';
import { isChosen } from './choices';
import { missingDefinition } from './definitions';
import { fieldChanges } from './fieldChanges';
import { ownedFields, stepSeparator } from './fieldPaths';
import { gitOpsProblems } from './gitOpsOwner';
import { releaseOf } from './helmReleases';
import { kindKey } from './liveObjects';
import type { Outcome } from './outcomes';
import { changeOutcome, fixedChange, isCertainlyUnchanged } from './outcomes';
import { clientSideManagers, helmManagers } from '../run/adoptedFields';
import type { PlanRequest, PreparedStep } from './planWorkflow';
import { secretData } from './secretData';

/** What a plan asks of a cluster. */
export type PlanCluster = Pick<Cluster, 'server' | 'get' | 'list' | 'asRead' | 'resourceOf' | 'resources' | 'apply' | 'mayI'>;

/** Of the namespaces that objects go to, those that cannot be used: not there or ending, or not there until a step of this plan makes them. */
export interface Namespaces {
  readonly missing: ReadonlySet<string>;
  readonly coming: ReadonlySet<string>;
}

const replicasPath = ['f:spec', 'f:replicas'].join(stepSeparator);

export function refFor(one: RenderedObject): ObjectRef {
  const { apiVersion, kind, metadata } = one.object;
  return { apiVersion, kind, namespace: one.namespaced ? (metadata.namespace ?? '') : '', name: metadata.name };
}

/**
 * What we wrote before an autoscaler came is ours until it scales for the first time. To leave the field out then would make
 * the server fall back to one copy, so its live value is kept for exactly as long as it is ours.
 */
function keepingReplicas(one: RenderedObject, live: KubeObject | undefined): RenderedObject {
  const replicas = live === undefined ? undefined : valueAt(live.spec, ['replicas']);
  if (live === undefined || typeof replicas !== 'number' || !ownedFields(live, fieldManager).has(replicasPath)) return one;
  return { ...one, object: { ...one.object, spec: { ...(isJsonObject(one.object.spec) ? one.object.spec : {}), replicas } } };
}

/**
 * Pull secrets are made of sign-ins that only some machines have. Where this one has none, those that an earlier run put into the
 * pods stay there: without them new pods could not pull their image any more.
 */
function keepingPullSecrets(one: RenderedObject, live: KubeObject | undefined): RenderedObject {
  const kept = live === undefined ? [] : madePullSecrets(live);
  return kept.length === 0 ? one : withImagePullSecrets(one, kept);
}

/** Plans one object at a time; everything that is the same for all of them is asked once. */
export class StepPlanner {
  readonly #request: PlanRequest;
  readonly #cluster: PlanCluster;
  readonly #namespaces: Namespaces;
  readonly #unknownKinds: ReadonlySet<string>;
  /** Kinds that definitions of this very plan bring. */
  readonly #comingKinds: ReadonlySet<string>;
  readonly #waveOf: (nodeId: string) => number;

  constructor(
    request: PlanRequest,
    cluster: PlanCluster,
    namespaces: Namespaces,
    unknownKinds: ReadonlySet<string>,
    comingKinds: ReadonlySet<string>,
    waveOf: (nodeId: string) => number,
  ) {
    this.#request = request;
    this.#cluster = cluster;
    this.#namespaces = namespaces;
    this.#unknownKinds = unknownKinds;
    this.#comingKinds = comingKinds;
    this.#waveOf = waveOf;
  }

  async stepFor(rendered: RenderedObject, live: KubeObject | undefined): Promise<PreparedStep> {
    const { order } = this.#request;
    const one = keepingPullSecrets(rendered.scaledByOthers === true ? keepingReplicas(rendered, live) : rendered, live);
    const { adoptedUid, problems = [], ...outcome } = await this.#outcome(one, live);
    const step: PlanStep = {
      nodeId: one.nodeId,
      ref: refFor(one),
      changes: [],
      conflicts: [],
      problems: [...problems, ...gitOpsProblems(live)],
      wave: this.#waveOf(one.nodeId),
      after: order.after(one.nodeId),
      afterReady: order.afterReady(one.nodeId),
      ...outcome,
    };
    const uid = live?.metadata.uid ?? adoptedUid;
    return { step, rendered: one, ...(uid === undefined ? {} : { uid }) };
  }

  async #outcome(one: RenderedObject, live: KubeObject | undefined): Promise<Outcome> {
    const { kind, apiVersion, metadata } = one.object;
    const named = { kind, name: metadata.name, namespace: metadata.namespace ?? '' };
    if (this.#unknownKinds.has(kindKey(one.object)))
      // Nobody knows the kind yet, and nobody can have made one: it is checked by the apply, after the definition.
      return this.#comingKinds.has(kindKey(one.object))
        ? { action: 'create' }
        : one.plugin === undefined
          ? blocked('cluster.kindMissing', { apiVersion, kind })
          : { action: 'blocked', problems: [await missingDefinition(this.#cluster, one.plugin)] };
    // The whole plan says so, once.
    if (this.#namespaces.missing.has(named.namespace)) return { action: 'blocked' };
    // A dry-run needs the namespace; nothing can be in the way in one that is only made by this very plan.
    if (this.#namespaces.coming.has(named.namespace)) return this.#createdLater(one);
    if (live?.metadata.deletionTimestamp !== undefined) return blocked('cluster.beingDeleted', named);
    let intent = one.sealed === undefined ? one.object : { ...one.object, data: one.sealed.open() };
    if (one.secretKeys.length > 0) {
      const { secrets, target, workflow } = this.#request;
      const values = await secretData(secrets, { target, workflow: workflow.name, nodeId: one.nodeId, keys: one.secretKeys }, live);
      if (values.kind === 'kept') return { action: 'unchanged' };
      if (values.kind === 'missing') return blocked('run.secretMissing', { id: one.nodeId, keys: values.keys.join(', ') });
      intent = { ...one.object, data: values.data };
    }

    const schema = this.#request.openApi?.schemaOf(apiVersion, kind);
    if (live !== undefined && isCertainlyUnchanged(this.#cluster.asRead(intent), live, schema)) return { action: 'unchanged' };
    try {
      const { signal } = this.#request;
      const uid = live?.metadata.uid;
      const after = await this.#cluster.apply(intent, {
        dryRun: true,
        fieldManager,
        ...(uid === undefined ? {} : { uid }),
        ...(signal === undefined ? {} : { signal }),
      });
      if (live !== undefined) return changeOutcome(live, after, schema);
      // A dry-run of a new object has no resourceVersion: one that has, met an object that is not in our set.
      return after.metadata.resourceVersion === undefined || after.metadata.resourceVersion === ''
        ? { action: 'create' }
        : await this.#foreign(one, live, intent);
    } catch (error) {
      return this.#refused(error, one, live, intent);
    }
  }

  /** What needs no cluster is looked at already: values of Secrets. */
  async #createdLater(one: RenderedObject): Promise<Outcome> {
    if (one.secretKeys.length === 0) return { action: 'create' };
    const { secrets, target, workflow } = this.#request;
    const values = await secretData(secrets, { target, workflow: workflow.name, nodeId: one.nodeId, keys: one.secretKeys }, undefined);
    return values.kind === 'missing' ? blocked('run.secretMissing', { id: one.nodeId, keys: values.keys.join(', ') }) : { action: 'create' };
  }

  async #refused(error: unknown, one: RenderedObject, live: KubeObject | undefined, intent: KubeObject): Promise<Outcome> {
    if (!(error instanceof ClusterError) || isClusterGone(error)) throw error;
    const { failure } = error;
    if (failure.kind === 'conflict' || failure.kind === 'exists') {
      if (live === undefined) return this.#foreign(one, live, intent);
      if (failure.conflicts.length > 0) {
        const conflicts = failure.conflicts.map((conflict) => ({ path: conflict.field.replace(/^\./, ''), owner: conflict.manager }));
        if (this.#request.takesAll === true || conflicts.every(({ path }) => isChosen(this.#request.choices?.take, one.object, path)))
          return this.#takeOver(one, live, intent, conflicts);
        return { action: 'conflict', conflicts, problems: conflicts.map(({ path, owner }) => conflictProblem(one.object, path, owner)) };
      }
    }
    if (failure.kind === 'invalid' && live !== undefined) {
      const fixed = failure.causes.filter((cause) => immutableWords.test(cause.message));
      const fields = fixed.map((cause) => cause.field);
      if (fields.length > 0 || immutableWords.test(failure.message)) {
        const shown = fields.length === 0 ? ['spec'] : [...new Set(fields)];
        const changes = shown.map((path) => fixedChange(path, live, intent));
        const contents = contentsOf(one.object);
        if (contents !== undefined) {
          const { kind, metadata } = one.object;
          return { ...blocked('cluster.neverReplaced', { kind, name: metadata.name, fields: shown.join(', '), contents }), changes };
        }
        return {
          action: 'replace',
          changes,
          problems: [
            { code: 'cluster.immutable', args: { kind: one.object.kind, name: one.object.metadata.name, fields: shown.join(', ') }, severity: 'warning' },
          ],
        };
      }
    }
    return { action: 'blocked', problems: [clusterProblem(error, { server: this.#request.cluster.server, verb: 'patch', ref: refFor(one) })] };
  }

  /** What it would do to take exactly these fields from their owners. */
  async #takeOver(one: RenderedObject, live: KubeObject, intent: KubeObject, conflicts: PlanStep['conflicts']): Promise<Outcome> {
    const { signal, openApi } = this.#request;
    const uid = live.metadata.uid ?? '';
    try {
      const after = await this.#cluster.apply(intent, { dryRun: true, force: true, fieldManager, uid, ...(signal === undefined ? {} : { signal }) });
      return { ...changeOutcome(live, after, openApi?.schemaOf(one.object.apiVersion, one.object.kind)), conflicts, takesFields: true };
    } catch (error) {
      return this.#refused(error, one, live, intent);
    }
  }

  /** What taking an object over from Helm, or from nobody, would do. Fields of others with another value stay theirs unless they are named. */
  async #adoption(one: RenderedObject, found: KubeObject, intent: KubeObject): Promise<Outcome> {
    const { signal, openApi } = this.#request;
    const uid = found.metadata.uid ?? '';
    try {
      const after = await this.#cluster.apply(intent, { dryRun: true, fieldManager, uid, ...(signal === undefined ? {} : { signal }) });
      const changes = fieldChanges(found, after, openApi?.schemaOf(intent.apiVersion, intent.kind), ownedFields(after, fieldManager));
      return { action: 'adopt', changes, problems: fieldsTaken(one, found), adoptedUid: uid };
    } catch (error) {
      const outcome = await this.#refused(error, one, found, intent);
      if (outcome.takesFields === true) return { ...outcome, action: 'adopt', problems: fieldsTaken(one, found), adoptedUid: uid };
      // Nobody's object is deleted so that ours can have its name.
      if (outcome.action !== 'replace') return outcome;
      return { ...outcome, action: 'blocked', problems: (outcome.problems ?? []).map((problem) => ({ ...problem, severity: 'error' })) };
    }
  }

  /** There is an object of this name that is not ours: whose it is decides the sentence. */
  async #foreign(one: RenderedObject, live: KubeObject | undefined, intent: KubeObject): Promise<Outcome> {
    const { signal } = this.#request;
    const found = live ?? (await this.#cluster.get(refFor(one), signal));
    const outcome = await this.#ofForeign(one, found, intent);
    return live === undefined ? { ...outcome, problems: [...(outcome.problems ?? []), ...gitOpsProblems(found)] } : outcome;
  }

  async #ofForeign(one: RenderedObject, found: KubeObject | undefined, intent: KubeObject): Promise<Outcome> {
    const { workflow } = this.#request;
    const named = { kind: one.object.kind, name: one.object.metadata.name, namespace: one.object.metadata.namespace ?? '' };
    // Its labels may be ours and it is not: then a run died on it, and it did not pass as ours in the lists.
    const labelled = found === undefined ? undefined : workflowOf(found);
    const owner = found !== undefined && labelled === workflow.name && !isMadeByUs(found) ? undefined : labelled;
    const isAdopted =
      (one.adopts !== undefined && found !== undefined && one.adopts === releaseOf(found)) || isChosen(this.#request.choices?.adopt, one.object);
    if (found !== undefined && owner === undefined && isAdopted) return this.#adoption(one, found, intent);
    if (found === undefined || owner === workflow.name) return blocked('cluster.changed', named);
    return owner === undefined ? blocked('cluster.notOurs', named) : blocked('cluster.otherWorkflow', { ...named, workflow: owner });
  }
}

const immutableWords = /immutable|may not (?:be )?change|updates to statefulset spec/i;

/** What a cluster deletes together with an object of this kind, although it is no part of it; no approval of a replacement is meant for that. */
function contentsOf({ apiVersion, kind, metadata, spec }: KubeObject): string | undefined {
  if (kind === 'Namespace' && apiVersion === 'v1') return `all objects in namespace ${metadata.name}`;
  if (kind !== 'CustomResourceDefinition' || !apiVersion.startsWith('apiextensions.k8s.io/')) return undefined;
  const custom = valueAt(spec, ['names', 'kind']);
  return `all objects of kind ${typeof custom === 'string' ? custom : metadata.name} on the cluster`;
}

/** Whose fields a run takes over together with the object. */
function fieldsTaken(one: RenderedObject, found: KubeObject): readonly Problem[] {
  const { kind, metadata } = one.object;
  return clientSideManagers(found, helmManagers(one)).map((manager) => ({
    code: 'run.fieldsTaken',
    args: { kind, name: metadata.name, manager },
    severity: 'info',
  }));
}

function blocked(code: ProblemCode, args: Readonly<Record<string, string>>): Outcome {
  return { action: 'blocked', problems: [{ code, args, severity: 'error' }] };
}

function conflictProblem(object: KubeObject, field: string, owner: string): Problem {
  return { code: 'cluster.conflict', args: { kind: object.kind, name: object.metadata.name, field, owner }, severity: 'error' };
}
