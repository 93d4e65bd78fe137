import type { Prices } from '../../shared/cost';
import type { DerivedLink } from '../../shared/derivedLink';
import type { JsonValue } from '../../shared/json';
import type { KubeObject, ObjectRef } from '../../shared/kubeObject';
import { refKey } from '../../shared/kubeObject';
import type { Plan, PlanAction, PlanAsked, PlanGate, PlanStep, Target } from '../../shared/plan';
import { planActions } from '../../shared/plan';
import type { Problem } from '../../shared/problem';
import { failure } from '../../shared/problem';
import type { Workflow } from '../../shared/workflow';
import type { OpenApi } from '../../openapi';
import { clusterFailure } from '../clusterProblem';
import { costOf } from '../cost';
import { canonicalJson, sha256Hex } from '../digest';
import type { Inventory, InventoryMember } from '../inventory';
import { inventoryRef, readInventory, setIdOf, watchedInventory } from '../inventory';
import { partOfSetLabel, withLabel } from '../labels';
import { limited } from '../limited';
import type { ApplyOrder } from '../order';
import type { Clock, Cluster, Secrets } from '../ports';
import { ClusterError } from '../ports';
import { isBusy, repeated } from '../retry';
import type { RenderedObject } from '../render';
import { kindsOfDefinitions } from '../sources/definitions';
import type { SourceResults } from '../sources/renderSources';
import { sourceDigests } from '../sources/sourceDigests';
import { asJson } from './fieldPaths';
import { unusedChoices } from './choices';
import { contradictions } from './definitions';
import { kindKey, liveObjectsOf } from './liveObjects';
import type { WantedRelease } from './helmReleases';
import { releaseProblems } from './helmReleases';
import { preflightProblems } from './preflight';
import { renamesOf } from './renames';
import type { PlanCluster } from './stepPlanner';
import { StepPlanner, refFor } from './stepPlanner';
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
  /** What programs made of the nodes that they render. */
  readonly sources?: SourceResults;
  /** Copies that watches keep in step will do where they are, so that what has not changed costs no request. */
  readonly watched?: true;
  /** What a month of what the nodes ask for is estimated by. */
  readonly prices?: Prices;
  /** Shows fields of other owners as changes. For looking only: a run does not take what nobody named. */
  readonly takesAll?: true;
  readonly signal?: AbortSignal;
}

/** One step with what a run needs to carry it out. Nothing here holds a secret value. */
export interface PreparedStep {
  readonly step: PlanStep;
  /** What is applied, with the label of its set; undefined for what no node makes. */
  readonly rendered?: RenderedObject;
  /** Of the object as it was when the plan was made; undefined when there was none. */
  readonly uid?: string;
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
  /** Of the charts and bases among the nodes. */
  readonly sourceDigests: Readonly<Record<string, string>>;
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
  const isAsked = nodesFrom(order, request.from);
  try {
    const namespaces = [...new Set([target.namespace, ...request.rendered.map((one) => one.object.metadata.namespace ?? '')])].filter((name) => name !== '');
    const isWatched = request.watched === true;
    const [early, inventory, setId, releases] = await Promise.all([
      isWatched ? undefined : unusableNamespaces(cluster, namespaces, signal),
      (isWatched ? watchedInventory : readInventory)(cluster, workflow.name, target.namespace, signal),
      setIdOf(inventoryRef(workflow.name, target.namespace)),
      releaseProblems(cluster, target.namespace, request.releases ?? [], signal),
    ]);
    const placed = await Promise.all(request.rendered.map((one) => placedByCluster(cluster, one, target.namespace)));
    const wanted = placed.map((one) => ({ ...one, object: withLabel(one.object, partOfSetLabel, setId) }));
    const members = wanted.map((one) => ({ ...refFor(one), nodeId: one.nodeId }));
    const reading = { signal, ...(isWatched ? { watched: true as const } : {}) };
    const live = await liveObjectsOf(cluster, workflow.name, target.namespace, members, inventory.members, reading);
    const { missing, ending } = early ?? (await unusableNamespaces(cluster, unproven(namespaces, members, live.ours), signal));
    // The set's parent must be written before anything else, so the target's own namespace is never made by a step.
    const made = new Set(placed.flatMap(({ object }) => (object.kind === 'Namespace' && object.apiVersion === 'v1' ? [object.metadata.name] : [])));
    const comes = new Set(missing.filter((name) => made.has(name) && name !== target.namespace));
    const waveOf = new Map(order.waves.flatMap((ids, wave) => ids.map((id) => [id, wave] as const)));
    const planner = new StepPlanner(
      request,
      cluster,
      { missing: new Set([...ending, ...missing.filter((name) => !comes.has(name))]), coming: comes },
      live.unknownKinds,
      kindsOfDefinitions(wanted.map((one) => one.object)),
      (id) => waveOf.get(id) ?? 0,
    );
    const planned = await limited(wanted.filter(({ nodeId }) => isAsked(nodeId)).map((one) => () => planner.stepFor(one, live.ours.get(refKey(refFor(one))))));
    const deletions = plannedDeletions({
      ours: [...live.ours.values()],
      wanted: members,
      members: inventory.members,
      setId,
      firstWave: order.waves.length,
      isWhole: request.purpose === 'delete',
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
      ...deletions.vanished.filter((ref) => live.goneKinds.has(kindKey(ref))).map(kindGone),
      ...(await contradictions(cluster, request.rendered)),
      ...unusedChoices(request.choices, steps),
      ...(await preflightProblems({ cluster, steps, live: [...live.ours.values()], target, signal })),
    ];
    const effective = workflowForEnvironment(workflow, target.environment);
    const gates = request.purpose === 'delete' ? [] : nodeGatesOf(effective, order, steps);
    const renames = renamesOf({
      planned,
      deletions: deletions.steps,
      members: inventory.members,
      ours: live.ours.values(),
      nodeIds: new Set(workflow.nodes.map(({ id }) => id)),
    });
    const cost = costOf(request.rendered, request.prices);
    const plan: Plan = {
      workflow: workflow.name,
      target,
      digest: await digestOf(workflow.name, target, steps, gates),
      steps: steps.map((one) => one.step),
      problems,
      counts: countsOf(steps),
      ...(gates.length === 0 ? {} : { gates }),
      ...(cost === undefined ? {} : { cost }),
      ...(renames.length === 0 ? {} : { renames }),
      ...(request.from === undefined ? {} : { from: request.from }),
    };
    return {
      plan,
      steps,
      workflow: effective,
      order,
      links: request.links,
      // What a plan leaves alone and nobody made yet is not on its way to being made.
      members: withUnproven(
        members.filter((member) => isAsked(member.nodeId) || live.ours.has(refKey(member)) || inventory.members.some((one) => refKey(one) === refKey(member))),
        planned,
      ),
      vanished: deletions.vanished,
      inventory,
      origin: request.origin,
      asked: askedOf(request),
      sourceDigests: await sourceDigests(request.sources ?? new Map()),
      madeAtMs,
    };
  } catch (error) {
    throw clusterFailure(error, about);
  }
}

/** With its definition every object of a kind goes: there is nothing to delete, and nothing that could be asked about. */
function kindGone({ apiVersion, kind, name }: ObjectRef): Problem {
  return { code: 'run.kindGone', args: { apiVersion, kind, name }, severity: 'info' };
}

/** What a run is about to make stands in the inventory as not yet made, until the run has told that it is. */
function withUnproven(members: readonly InventoryMember[], planned: readonly PreparedStep[]): readonly InventoryMember[] {
  const created = new Set(planned.flatMap(({ step }) => (step.action === 'create' ? [refKey(step.ref)] : [])));
  return members.map((member) => (created.has(refKey(member)) ? { ...member, unproven: true } : member));
}

function askedOf({ prune, choices, purpose, from }: PlanAsked): PlanAsked {
  return {
    ...(prune === undefined ? {} : { prune }),
    ...(choices === undefined ? {} : { choices }),
    ...(purpose === undefined ? {} : { purpose }),
    ...(from === undefined ? {} : { from }),
  };
}

/** Whether a node is the one that a plan begins at, or comes after it. Throws `run.fromMissing`. */
function nodesFrom(order: ApplyOrder, from: string | undefined): (nodeId: string) => boolean {
  if (from === undefined) return () => true;
  if (!order.order.includes(from)) throw failure('run.fromMissing', { node: from });
  const asked = new Set([from]);
  for (const id of order.order) if (order.after(id).some((other) => asked.has(other))) asked.add(id);
  return (nodeId) => asked.has(nodeId);
}

/** The cluster with reads and dry-runs that are repeated while the server is only busy. */
function patientCluster(cluster: PlanCluster, clock: Clock, signal: AbortSignal | undefined): PlanCluster {
  const patient = <T>(ask: () => Promise<T>): Promise<T> => repeated(ask, isBusy, clock, signal);
  return {
    server: cluster.server,
    get: (ref) => patient(() => cluster.get(ref, signal)),
    list: (kind, query) => patient(() => cluster.list(kind, query)),
    asRead: (object) => cluster.asRead(object),
    resourceOf: (kind) => patient(() => cluster.resourceOf(kind, signal)),
    resources: () => patient(() => cluster.resources(signal)),
    apply: (object, options) => patient(() => cluster.apply(object, options)),
    mayI: (query) => patient(() => cluster.mayI(query, signal)),
  };
}

/** Namespaces that nothing on the cluster proves to take objects: something is to be made there, or nothing is there. */
function unproven(namespaces: readonly string[], members: readonly InventoryMember[], ours: ReadonlyMap<string, KubeObject>): readonly string[] {
  const inUse = new Set([...ours.values()].map((object) => object.metadata.namespace ?? ''));
  const coming = new Set(members.flatMap((member) => (ours.has(refKey(member)) ? [] : [member.namespace])));
  return namespaces.filter((name) => coming.has(name) || !inUse.has(name));
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
    steps.filter(isEffective).map(async ({ step, rendered, uid }) => ({
      ref: refKey(step.ref),
      action: step.action,
      uid: uid ?? '',
      intent: rendered === undefined ? '' : await sha256Hex(canonicalJson(asJson(rendered.object))),
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
