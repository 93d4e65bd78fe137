import type { DerivedLink } from '../../shared/derivedLink';
import type { JsonValue } from '../../shared/json';
import { isJsonObject, valueAt } from '../../shared/json';
import type { KubeObject, ObjectRef } from '../../shared/kubeObject';
import { refKey } from '../../shared/kubeObject';
import type { Plan, PlanAction, PlanAsked, PlanGate, PlanStep, Target } from '../../shared/plan';
import { planActions } from '../../shared/plan';
import type { Problem, ProblemCode } from '../../shared/problem';
import type { Workflow } from '../../shared/workflow';
import type { OpenApi } from '../../openapi';
import { clusterFailure, clusterProblem, isClusterGone } from '../clusterProblem';
import { canonicalJson, sha256Hex } from '../digest';
import type { Inventory, InventoryMember } from '../inventory';
import { inventoryRef, readInventory, setIdOf } from '../inventory';
import { fieldManager, partOfSetLabel, withLabel, workflowOf } from '../labels';
import { limited } from '../limited';
import type { ApplyOrder } from '../order';
import type { Clock, Cluster, Secrets } from '../ports';
import { ClusterError } from '../ports';
import { isBusy, repeated } from '../retry';
import type { HealthRules } from '../plugins/healthRules';
import type { RenderedObject } from '../render';
import { kindsOfDefinitions } from '../sources/definitions';
import type { SealedData } from '../sources/sealedData';
import { fieldChanges } from './fieldChanges';
import { asJson, ownedFields, stepSeparator } from './fieldPaths';
import { isChosen, unusedChoices } from './choices';
import { contradictions, missingDefinition } from './definitions';
import { kindKey, liveObjectsOf } from './liveObjects';
import type { WantedRelease } from './helmReleases';
import { releaseOf, releaseProblems } from './helmReleases';
import type { Outcome } from './outcomes';
import { changeOutcome, fixedChange, isCertainlyUnchanged } from './outcomes';
import { preflightProblems } from './preflight';
import { secretData } from './secretData';
import { workflowForEnvironment } from '../environment';
import { nodeGatesOf } from '../run/nodeGates';
import { plannedDeletions } from '../prune/plannedDeletions';

export interface PlanRequest extends PlanAsked {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly workflow: Workflow;
  readonly target: Target;
  readonly rendered: readonly RenderedObject[];
  readonly order: ApplyOrder;
  /** What edges filled in; the run log tells it. */
  readonly links: readonly DerivedLink[];
  readonly secrets: Secrets;
  /** Repository and path of the file; empty when unknown. */
  readonly origin: string;
  /** The structure of the API. With it an object that already says everything costs no request of its own. */
  readonly openApi?: OpenApi;
  /** Releases that Helm must not have on this target, or whose objects are taken over. */
  readonly releases?: readonly WantedRelease[];
  /** Shows fields of other owners as changes. For looking only: a run does not take what nobody named. */
  readonly takesAll?: true;
  readonly signal?: AbortSignal;
}

/** One step with what a run needs to carry it out. Nothing here holds a secret value. */
export interface PreparedStep {
  readonly step: PlanStep;
  /** The object to apply, label of its set included; undefined for what no node makes. */
  readonly intent?: KubeObject;
  /** Of the object as it was when the plan was made; undefined when there was none. */
  readonly uid?: string;
  readonly secretKeys: readonly string[];
  /** Values of a Secret that a chart or base made. */
  readonly sealed?: SealedData;
  /** As in `RenderedObject`. */
  readonly batch?: number;
  readonly health?: HealthRules;
}

export interface PreparedPlan {
  readonly plan: Plan;
  readonly steps: readonly PreparedStep[];
  /** With the overrides of the target's environment. */
  readonly workflow: Workflow;
  readonly order: ApplyOrder;
  readonly links: readonly DerivedLink[];
  readonly members: readonly InventoryMember[];
  /** Members that a prune takes off the list, because they are not on the cluster any more. */
  readonly vanished: readonly ObjectRef[];
  readonly inventory: Inventory;
  readonly origin: string;
  /** With what it was asked for. */
  readonly asked: PlanAsked;
  /** When the cluster was looked at, in milliseconds since the epoch. */
  readonly madeAtMs: number;
}

/**
 * What a run would do, asked of the API server itself: every object that is not certainly as wanted is applied as a
 * dry-run under its uid. Reads only; objects are asked about side by side. Throws a ProblemError when the cluster cannot
 * be asked at all; everything that concerns one object is that object's step.
 */
export async function planWorkflow(request: PlanRequest): Promise<PreparedPlan> {
  const { clock, workflow, target, order, signal } = request;
  const cluster = patientCluster(request.cluster, clock, signal);
  const about = { server: cluster.server, verb: 'list' };
  const madeAtMs = clock.now();
  try {
    const namespaces = [...new Set([target.namespace, ...request.rendered.map((one) => one.object.metadata.namespace ?? '')])].filter((name) => name !== '');
    const [{ missing, ending }, inventory, setId, releases] = await Promise.all([
      unusableNamespaces(cluster, namespaces, signal),
      readInventory(cluster, workflow.name, target.namespace, signal),
      setIdOf(inventoryRef(workflow.name, target.namespace)),
      releaseProblems(cluster, target.namespace, request.releases ?? [], signal),
    ]);
    const placed = await Promise.all(request.rendered.map((one) => placedByCluster(cluster, one, target.namespace)));
    const wanted = placed.map((one) => ({ ...one, object: withLabel(one.object, partOfSetLabel, setId) }));
    // The set's parent must be written before anything else, so the target's own namespace is never made by a step.
    const made = new Set(placed.flatMap(({ object }) => (object.kind === 'Namespace' && object.apiVersion === 'v1' ? [object.metadata.name] : [])));
    const comes = new Set(missing.filter((name) => made.has(name) && name !== target.namespace));
    const members = wanted.map((one) => ({ ...refFor(one), nodeId: one.nodeId }));
    const live = await liveObjectsOf(cluster, workflow.name, target.namespace, members, inventory.members, signal);
    const waveOf = new Map(order.waves.flatMap((ids, wave) => ids.map((id) => [id, wave] as const)));
    const planner = new StepPlanner(
      request,
      cluster,
      { missing: new Set([...ending, ...missing.filter((name) => !comes.has(name))]), coming: comes },
      live.unknownKinds,
      kindsOfDefinitions(wanted.map((one) => one.object)),
      (id) => waveOf.get(id) ?? 0,
    );
    const planned = await limited(wanted.map((one) => () => planner.stepFor(one, live.ours.get(refKey(refFor(one))))));
    const deletions = plannedDeletions({
      ours: [...live.ours.values()],
      wanted: members,
      members: inventory.members,
      setId,
      firstWave: order.waves.length,
      prune: request.prune,
    });
    const steps = [...planned, ...deletions.steps];
    const problems = [
      ...planProblems(
        request,
        missing.filter((name) => !comes.has(name)),
        ending,
        inventory,
      ),
      ...releases,
      ...deletions.problems,
      ...(await contradictions(cluster, request.rendered)),
      ...unusedChoices(request.choices, steps),
      ...(await preflightProblems({ cluster, steps, live: [...live.ours.values()], target, signal })),
    ];
    const effective = workflowForEnvironment(workflow, target.environment);
    const gates = request.purpose === 'delete' ? [] : nodeGatesOf(effective, order, steps);
    const plan: Plan = {
      workflow: workflow.name,
      target,
      digest: await digestOf(workflow.name, target, steps, gates),
      steps: steps.map((one) => one.step),
      problems,
      counts: countsOf(steps),
      ...(gates.length === 0 ? {} : { gates }),
    };
    return {
      plan,
      steps,
      workflow: effective,
      order,
      links: request.links,
      members,
      vanished: deletions.vanished,
      inventory,
      origin: request.origin,
      asked: askedOf(request),
      madeAtMs,
    };
  } catch (error) {
    throw clusterFailure(error, about);
  }
}

function askedOf({ prune, choices, purpose }: PlanAsked): PlanAsked {
  return { ...(prune === undefined ? {} : { prune }), ...(choices === undefined ? {} : { choices }), ...(purpose === undefined ? {} : { purpose }) };
}

const replicasPath = ['f:spec', 'f:replicas'].join(stepSeparator);

/** What a plan asks of a cluster. */
export type PlanCluster = Pick<Cluster, 'server' | 'get' | 'list' | 'resourceOf' | 'resources' | 'apply' | 'mayI'>;

/** The cluster with reads and dry-runs that are repeated while the server is only busy. */
function patientCluster(cluster: PlanCluster, clock: Clock, signal: AbortSignal | undefined): PlanCluster {
  const patient = <T>(ask: () => Promise<T>): Promise<T> => repeated(ask, isBusy, clock, signal);
  return {
    server: cluster.server,
    get: (ref) => patient(() => cluster.get(ref, signal)),
    list: (kind, query) => patient(() => cluster.list(kind, query)),
    resourceOf: (kind) => patient(() => cluster.resourceOf(kind, signal)),
    resources: () => patient(() => cluster.resources(signal)),
    apply: (object, options) => patient(() => cluster.apply(object, options)),
    mayI: (query) => patient(() => cluster.mayI(query, signal)),
  };
}

function refFor(one: RenderedObject): ObjectRef {
  const { apiVersion, kind, metadata } = one.object;
  return { apiVersion, kind, namespace: one.namespaced ? (metadata.namespace ?? '') : '', name: metadata.name };
}

/** Who may not read namespaces cannot be told that one is missing; the dry-run will tell. */
async function unusableNamespaces(
  cluster: PlanCluster,
  names: readonly string[],
  signal: AbortSignal | undefined,
): Promise<{ readonly missing: readonly string[]; readonly ending: readonly string[] }> {
  const [missing, ending]: [string[], string[]] = [[], []];
  await limited(
    names.map((name) => async () => {
      try {
        const found = await cluster.get({ apiVersion: 'v1', kind: 'Namespace', namespace: '', name }, signal);
        if (found === undefined) missing.push(name);
        else if (found.metadata.deletionTimestamp !== undefined) ending.push(name);
      } catch (error) {
        if (!(error instanceof ClusterError) || error.failure.kind !== 'forbidden') throw error;
      }
    }),
  );
  return { missing, ending };
}

function planProblems(request: PlanRequest, missing: readonly string[], ending: readonly string[], inventory: Inventory): readonly Problem[] {
  const { workflow, order, origin } = request;
  const problems: Problem[] = missing.map((namespace) => ({ code: 'cluster.namespaceMissing', args: { namespace }, severity: 'error' }));
  for (const namespace of ending) problems.push({ code: 'cluster.namespaceEnding', args: { namespace }, severity: 'error' });
  if (request.purpose === 'delete') return problems;
  if (workflow.status === 'draft') problems.push({ code: 'run.draft', args: {}, severity: 'error' });
  if (workflow.status === 'archived') problems.push({ code: 'run.archived', args: {}, severity: 'error' });
  if (order.cycle !== undefined) problems.push({ code: 'edge.cycle', args: { path: order.cycle.join(' -> ') }, severity: 'error' });
  if (origin !== '' && inventory.origin !== '' && inventory.origin !== origin)
    problems.push({ code: 'run.otherOrigin', args: { origin: inventory.origin }, severity: 'warning' });
  return problems;
}

/** What is as wanted, or left as it is, has no effect: a run that did a part of a plan has the rest of it before it. */
function isEffective({ step }: PreparedStep): boolean {
  return step.action !== 'unchanged' && step.action !== 'left-running';
}

/** Everything that decides the effect of a run, and nothing that moves by itself: an approval holds exactly as long. */
export async function digestOf(workflow: string, target: Target, steps: readonly PreparedStep[], gates: readonly PlanGate[]): Promise<string> {
  const parts = await Promise.all(
    steps.filter(isEffective).map(async ({ step, intent, uid }) => ({
      ref: refKey(step.ref),
      action: step.action,
      uid: uid ?? '',
      intent: intent === undefined ? '' : await sha256Hex(canonicalJson(asJson(intent))),
      takes: step.takesFields === true,
      changes: step.changes as unknown as JsonValue,
      conflicts: step.conflicts as unknown as JsonValue,
    })),
  );
  const asked = gates.length === 0 ? {} : { gates: gates as unknown as JsonValue };
  return sha256Hex(canonicalJson({ workflow, clusterUid: target.clusterUid, namespace: target.namespace, steps: parts, ...asked }));
}

function countsOf(steps: readonly PreparedStep[]): Plan['counts'] {
  const counts = Object.fromEntries(planActions.map((action) => [action, 0])) as Record<PlanAction, number>;
  for (const { step } of steps) counts[step.action] += 1;
  return counts;
}

/** Of the namespaces that objects go to, those that cannot be used: not there or ending, or not there until a step of this plan makes them. */
interface Namespaces {
  readonly missing: ReadonlySet<string>;
  readonly coming: ReadonlySet<string>;
}

/** Of a kind that only the cluster knows, the cluster says whether it is in namespaces. */
async function placedByCluster(cluster: PlanCluster, one: RenderedObject, namespace: string): Promise<RenderedObject> {
  if (!one.namespaced && one.plugin === undefined) return one;
  const info = await cluster.resourceOf({ apiVersion: one.object.apiVersion, kind: one.object.kind });
  if (info === undefined || info.namespaced === one.namespaced) return one;
  // A plugin said that its kind is in no namespace, and it is: the object goes where the workflow goes.
  if (info.namespaced) return { ...one, namespaced: true, object: { ...one.object, metadata: { ...one.object.metadata, namespace } } };
  const { namespace: _namespace, ...metadata } = one.object.metadata;
  return { ...one, namespaced: false, object: { ...one.object, metadata } };
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

/** Plans one object at a time; everything that is the same for all of them is asked once. */
class StepPlanner {
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
    const one = rendered.scaledByOthers === true ? keepingReplicas(rendered, live) : rendered;
    const { adoptedUid, ...outcome } = await this.#outcome(one, live);
    const step: PlanStep = {
      nodeId: one.nodeId,
      ref: refFor(one),
      changes: [],
      conflicts: [],
      problems: [],
      wave: this.#waveOf(one.nodeId),
      after: order.after(one.nodeId),
      afterReady: order.afterReady(one.nodeId),
      ...outcome,
    };
    const uid = live?.metadata.uid ?? adoptedUid;
    return {
      step,
      intent: one.object,
      secretKeys: one.secretKeys,
      ...(one.sealed === undefined ? {} : { sealed: one.sealed }),
      ...(one.batch === undefined ? {} : { batch: one.batch }),
      ...(one.health === undefined ? {} : { health: one.health }),
      ...(uid === undefined ? {} : { uid }),
    };
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
    if (live !== undefined && isCertainlyUnchanged(intent, live, schema)) return { action: 'unchanged' };
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
      return after.metadata.resourceVersion === undefined || after.metadata.resourceVersion === '' ? { action: 'create' } : await this.#foreign(one, live);
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
      if (live === undefined) return this.#foreign(one, live);
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
        return {
          action: 'replace',
          changes: shown.map((path) => fixedChange(path, live, intent)),
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
    const after = await this.#cluster.apply(intent, { dryRun: true, force: true, fieldManager, uid, ...(signal === undefined ? {} : { signal }) });
    return { ...changeOutcome(live, after, openApi?.schemaOf(one.object.apiVersion, one.object.kind)), conflicts, takesFields: true };
  }

  /** What taking an object over from Helm, or from nobody, would do. Fields that Helm owns with another value stay its own: that is a conflict. */
  async #adoption(one: RenderedObject, found: KubeObject): Promise<Outcome> {
    const { signal, openApi } = this.#request;
    const intent = one.sealed === undefined ? one.object : { ...one.object, data: one.sealed.open() };
    const uid = found.metadata.uid ?? '';
    try {
      const after = await this.#cluster.apply(intent, { dryRun: true, fieldManager, uid, ...(signal === undefined ? {} : { signal }) });
      const changes = fieldChanges(found, after, openApi?.schemaOf(intent.apiVersion, intent.kind), ownedFields(after, fieldManager));
      return { action: 'adopt', changes, adoptedUid: uid };
    } catch (error) {
      return this.#refused(error, one, found, intent);
    }
  }

  /** There is an object of this name that is not ours: whose it is decides the sentence. */
  async #foreign(one: RenderedObject, live: KubeObject | undefined): Promise<Outcome> {
    const { signal, workflow } = this.#request;
    const found = live ?? (await this.#cluster.get(refFor(one), signal));
    const named = { kind: one.object.kind, name: one.object.metadata.name, namespace: one.object.metadata.namespace ?? '' };
    const owner = found === undefined ? undefined : workflowOf(found);
    const isAdopted =
      (one.adopts !== undefined && found !== undefined && one.adopts === releaseOf(found)) || isChosen(this.#request.choices?.adopt, one.object);
    if (found !== undefined && owner === undefined && isAdopted) return this.#adoption(one, found);
    if (found === undefined || owner === workflow.name) return blocked('cluster.changed', named);
    return owner === undefined ? blocked('cluster.notOurs', named) : blocked('cluster.otherWorkflow', { ...named, workflow: owner });
  }
}

const immutableWords = /immutable|may not (?:be )?change|updates to statefulset spec/i;

function blocked(code: ProblemCode, args: Readonly<Record<string, string>>): Outcome {
  return { action: 'blocked', problems: [{ code, args, severity: 'error' }] };
}

function conflictProblem(object: KubeObject, field: string, owner: string): Problem {
  return { code: 'cluster.conflict', args: { kind: object.kind, name: object.metadata.name, field, owner }, severity: 'error' };
}
