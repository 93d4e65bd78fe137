import type { OpenApi } from '../../../openapi/index';
import { isJsonObject } from '../../../shared/json';
import type { JsonValue } from '../../../shared/json';
import type { KubeObject } from '../../../shared/kubeObject';
import type { FieldChange, PlanStep, Target } from '../../../shared/plan';
import { failure, problemText } from '../../../shared/problem';
import type { Workflow } from '../../../shared/workflow';
import type { LoadedCatalog } from '../../catalog';
import { clusterFailure } from '../../clusterProblem';
import { owningLabels, ownLabels, partOfSetLabel } from '../../labels';
import { applyOrder } from '../../order';
import { pathSegment } from '../../plan/fieldChanges';
import { planWorkflow } from '../../plan/planWorkflow';
import type { Clock, Cluster } from '../../ports';
import { ClusterError } from '../../ports';
import { renderWorkflow } from '../../render';
import type { Place } from '../compose/tree';
import { Ledger } from '../ledger';
import type { ManifestImport } from '../manifests/importManifests';
import { importObjects } from '../manifests/importManifests';
import type { ReadObject } from '../manifests/readManifests';
import { withoutNulls } from '../manifests/readManifests';
import { liveObject } from './liveObject';
import type { LeftOut, LeftOutReason, NamespaceObjects } from './namespaceObjects';
import { namespaceObjects } from './namespaceObjects';
import { withoutServersDefaults } from './withoutDefaults';

export interface AdoptRequest {
  readonly cluster: Cluster;
  readonly clock: Clock;
  /** Its namespace is the one that is adopted. */
  readonly target: Target;
  readonly loaded: LoadedCatalog;
  readonly openApi: OpenApi;
  /** The workflow's name; that of what most objects say they are part of, else the namespace's, when it is left out. */
  readonly name?: string;
  readonly signal?: AbortSignal;
}

/** What a dry-run of the workflow would change of an object, beyond the labels by which a run knows what is its own. */
export interface Unproven {
  readonly node: string;
  readonly object: string;
  readonly changes: readonly FieldChange[];
  /** Why it could not be asked. */
  readonly problems: readonly string[];
}

export interface AdoptedNamespace extends ManifestImport {
  /** Empty when the proof held: every object was applied as a dry-run, and nothing changed but our labels. */
  readonly unproven: readonly Unproven[];
  /** What has to be said yes to when the workflow is deployed for the first time, as `Kind/name` and `Kind/name:path`. */
  readonly adopts: readonly string[];
  readonly takes: readonly string[];
  /** Objects that were left out because a controller or the cluster makes them. */
  readonly madeByOthers: number;
}

/**
 * Makes a workflow of what is in a namespace. Nothing is written to the cluster; that the workflow would change nothing there is proved by
 * applying all of it as a dry-run. Values of Secrets stay where they are.
 * @throws ProblemError `adopt.noNamespace`, `adopt.nothing`, `import.tooManyObjects`
 */
export async function adoptNamespace(request: AdoptRequest): Promise<AdoptedNamespace> {
  try {
    return await adopted(request);
  } catch (error) {
    throw clusterFailure(error, { server: request.cluster.server, verb: 'list' });
  }
}

async function adopted(request: AdoptRequest): Promise<AdoptedNamespace> {
  const { cluster, target, loaded, signal } = request;
  const { namespace } = target;
  await requireNamespace(cluster, namespace, signal);
  const known = new Set(loaded.catalog.kinds.map((kind) => `${kind.apiVersion} ${kind.kind}`));
  const found = await namespaceObjects(cluster, namespace, ({ apiVersion, kind }) => known.has(`${apiVersion} ${kind}`), signal);
  // Secrets alone stay where they are: there would be nothing to deploy.
  if (found.wanted.every(isSecret)) throw failure('adopt.nothing', { namespace, detail: whyNothing(found) });
  const ledger = new Ledger((file) => file);
  const objects = found.wanted.map((object) => readLive(object, request.openApi, ledger));
  tellLeftOut(found, ledger);
  const made = importObjects(objects, ledger, {
    loaded,
    openApi: request.openApi,
    name: request.name ?? commonName(found.wanted) ?? namespace,
    namespace,
    description: `Adopted from namespace ${namespace}`,
    tags: ['imported', 'namespace'],
    isExact: true,
  });
  const proof = await prove(request, made.workflow);
  for (const { node, object, changes, problems } of proof.unproven)
    ledger.tellAt('changed', placeOf(object), object, whatChanges(node, changes, problems), 'Compare the node with the object before you deploy.');
  return { ...made, ...proof, losses: ledger.losses, madeByOthers: found.leftOut.filter(({ reason }) => reason === 'made').length };
}

async function requireNamespace(cluster: Cluster, name: string, signal: AbortSignal | undefined): Promise<void> {
  try {
    const found = await cluster.get({ apiVersion: 'v1', kind: 'Namespace', namespace: '', name }, signal);
    if (found === undefined) throw failure('adopt.noNamespace', { namespace: name, server: cluster.label });
  } catch (error) {
    // Who may not read namespaces may still read what is in one.
    if (!(error instanceof ClusterError) || error.failure.kind !== 'forbidden') throw error;
  }
}

/** What the objects say they are part of, when all that say so agree. */
function commonName(objects: readonly KubeObject[]): string | undefined {
  for (const label of ['app.kubernetes.io/part-of', 'app.kubernetes.io/instance']) {
    const said = new Set(objects.flatMap(({ metadata }) => metadata.labels?.[label] ?? []));
    const [only] = said;
    if (said.size === 1 && only !== undefined) return only;
  }
  return undefined;
}

function isSecret({ apiVersion, kind }: KubeObject): boolean {
  return kind === 'Secret' && apiVersion === 'v1';
}

function placeOf(file: string): Place {
  return { file, line: 1, column: 1 };
}

function nameOf({ kind, metadata }: Pick<KubeObject, 'kind' | 'metadata'>): string {
  return `${kind}/${metadata.name}`;
}

function readLive(live: KubeObject, openApi: OpenApi, ledger: Ledger): ReadObject {
  const place = placeOf(nameOf(live));
  const { object, programs, variables } = liveObject(live);
  if (programs.length > 0)
    ledger.tellAt('note', place, place.file, `Programs of the cluster wrote these, so they are left out: ${programs.join(', ')}.`, 'Nothing.');
  for (const { container, name } of variables)
    ledger.tellAt(
      'lost',
      place,
      `${place.file} ${container} ${name}`,
      `The variable ${name} looks like a secret, so its value is not written to a file. It stays on the cluster as it is.`,
      'Put it into a Secret and take it from there with "keyEnv", before you deploy to another place.',
    );
  const least = withoutServersDefaults(openApi, withoutNulls(object));
  return { object: least, at: () => place };
}

const reasonWords: Readonly<Record<Exclude<LeftOutReason, 'made'>, (by: string) => readonly [reason: string, todo: string]>> = {
  workflow: (by) => [`It belongs to workflow ${by}.`, 'Nothing: open that workflow.'],
  ending: () => ['It is being deleted.', 'Adopt again when it is gone, if something else takes its place.'],
  program: (by) => [`A program keeps it for itself (${by}).`, 'Nothing.'],
  'empty-secret': () => ['It is a Secret without values.', 'Nothing, unless a program fills it: that one makes it again.'],
};

function tellLeftOut({ wanted, leftOut, unread }: NamespaceObjects, ledger: Ledger): void {
  const made = new Map<string, LeftOut[]>();
  for (const one of leftOut) {
    if (one.reason === 'made') made.set(one.object.kind, [...(made.get(one.object.kind) ?? []), one]);
    else ledger.tellAt('note', placeOf(nameOf(one.object)), nameOf(one.object), ...reasonWords[one.reason](one.by));
  }
  for (const [kind, all] of made) {
    const owners = [...new Set(all.map(({ by }) => by))];
    const named = owners.length > 3 ? `${owners.slice(0, 3).join(', ')} and ${String(owners.length - 3)} more` : owners.join(', ');
    ledger.tellAt('note', placeOf(kind), kind, `${String(all.length)} left out, because others make them: ${named}.`, 'Nothing: they are made again.');
  }
  for (const { kind, apiVersion } of unread)
    ledger.tellAt(
      'lost',
      placeOf(kind),
      `${apiVersion} ${kind}`,
      'You may not list this kind here, or its server is away.',
      'Ask for the right to list it, and adopt again.',
    );
  for (const secret of wanted.filter(isSecret))
    ledger.tellAt(
      'note',
      placeOf(nameOf(secret)),
      nameOf(secret),
      'It stays on the cluster with its values; the file has its name and keys.',
      'To deploy to another place, make it there, or take "valueFrom" away and give the values.',
    );
}

function whyNothing({ leftOut, unread }: NamespaceObjects): string {
  const [first] = leftOut.filter(({ reason }) => reason === 'workflow');
  if (first !== undefined) return `what is there belongs to workflow "${first.by}"`;
  if (unread.length > 0) return `you may not list ${unread.map(({ kind }) => kind).join(', ')}`;
  return 'it has only what the cluster makes itself';
}

function whatChanges(node: string, changes: readonly FieldChange[], problems: readonly string[]): string {
  const [first] = changes;
  if (problems.length > 0) return `Whether node ${node} changes it could not be asked: ${problems.join(' ')}`;
  const paths = changes.slice(0, 5).map(({ path }) => path);
  return first === undefined ? `Node ${node} would make it anew.` : `Node ${node} would change ${paths.join(', ')}${changes.length > 5 ? ' and more' : ''}.`;
}

/** Applies all of it as a dry-run, with a yes to every object and field, and keeps what would change. */
async function prove(
  { cluster, clock, target, loaded, openApi, signal }: AdoptRequest,
  workflow: Workflow,
): Promise<Pick<AdoptedNamespace, 'unproven' | 'adopts' | 'takes'>> {
  const { objects, resolved, problems } = renderWorkflow({ workflow, loaded, namespace: target.namespace });
  const adopts = objects.map(({ object }) => nameOf(object));
  const { plan } = await planWorkflow({
    cluster,
    clock,
    workflow: { ...workflow, status: 'published' },
    target,
    rendered: objects,
    order: applyOrder(resolved),
    links: resolved.links,
    secrets: { get: () => Promise.resolve(undefined) },
    origin: '',
    openApi,
    choices: { adopt: adopts, take: [] },
    takesAll: true,
    ...(signal === undefined ? {} : { signal }),
  });
  const unproven = plan.steps.flatMap((step): readonly Unproven[] => {
    const changes = step.changes.filter((change) => !isOurs(change));
    const failed = step.problems.filter(({ severity }) => severity === 'error').map(problemText);
    if (step.action === 'adopt' && changes.length === 0) return [];
    return [{ node: step.nodeId, object: `${step.ref.kind}/${step.ref.name}`, changes, problems: failed }];
  });
  const unrendered = problems.map((problem): Unproven => ({
    node: problem.nodeId ?? '',
    object: problem.nodeId ?? '',
    changes: [],
    problems: [problemText(problem)],
  }));
  return { unproven: [...unrendered, ...unproven], adopts, takes: plan.steps.flatMap(takenOf) };
}

function takenOf({ ref, conflicts }: PlanStep): readonly string[] {
  return conflicts.map(({ path }) => `${ref.kind}/${ref.name}:${path}`);
}

/** Whether a change is but a label of ours that comes, or who manages the object. */
function isOurs({ path, before, after }: FieldChange): boolean {
  if (path === 'metadata.managedFields') return true;
  const isFree = (label: string, from: JsonValue | undefined): boolean =>
    label === partOfSetLabel || owningLabels.includes(label) || (from === undefined && ownLabels.includes(label));
  if (path !== 'metadata.labels')
    return [...ownLabels, partOfSetLabel].some((label) => path === `metadata.labels${pathSegment(label)}` && isFree(label, before));
  // The first labels of an object come as one.
  const labels = isJsonObject(before) ? before : {};
  return (
    isJsonObject(after) &&
    [...new Set([...Object.keys(labels), ...Object.keys(after)])].every((label) => labels[label] === after[label] || isFree(label, labels[label]))
  );
}
