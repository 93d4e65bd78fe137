import type { KubeObject, ObjectRef } from '../../shared/kubeObject';
import { refKey, refOf } from '../../shared/kubeObject';
import type { PlanStep, PruneWish } from '../../shared/plan';
import { isKeptKind } from '../../shared/plan';
import type { Problem } from '../../shared/problem';
import type { InventoryMember } from '../inventory';
import { partOfSetLabel } from '../labels';
import { gitOpsProblems } from '../plan/gitOpsOwner';
import type { PreparedStep } from '../plan/planWorkflow';
import { deletionRank } from './deletionOrder';

export interface DeletionRequest {
  /** Everything on the cluster that carries the labels of this workflow. */
  readonly ours: readonly KubeObject[];
  /** What the nodes make. */
  readonly wanted: readonly InventoryMember[];
  /** What runs made, as the inventory says. */
  readonly members: readonly InventoryMember[];
  readonly setId: string;
  /** The wave after all others. */
  readonly firstWave: number;
  /** All of it is to go, as a person asked for by name; then it is no slip that no node makes anything. */
  readonly isWhole: boolean;
  /** Undefined: what no node makes any more is left running. */
  readonly prune: PruneWish | undefined;
}

export interface PlannedDeletions {
  readonly steps: readonly PreparedStep[];
  /** Members that no node makes and that are not on the cluster any more: they leave the list. */
  readonly vanished: readonly ObjectRef[];
  readonly problems: readonly Problem[];
}

/**
 * What becomes of objects that no node makes any more; one that was renamed or moved is among them under its old name.
 * Deleted is only what stands in the inventory and carries the labels of the workflow and of this very set: labels alone may
 * have been copied, and a name alone may be a stranger's by now.
 */
export function plannedDeletions(request: DeletionRequest): PlannedDeletions {
  const { ours, wanted, members, prune } = request;
  const made = new Set(wanted.map(refKey));
  const known = new Map(members.map((member) => [refKey(member), member]));
  const alive = new Set<string>();
  const asked = new Set<string>();
  const steps: PreparedStep[] = [];
  for (const object of ours) {
    const key = refKey(refOf(object));
    alive.add(key);
    if (made.has(key) || object.metadata.deletionTimestamp !== undefined) continue;
    const named = prune?.named.filter((name) => isNamed(name, object)) ?? [];
    for (const name of named) asked.add(name);
    steps.push(stepFor(object, known.get(key), named.length > 0, request));
  }
  const problems = (prune?.named ?? [])
    .filter((name) => !asked.has(name))
    .map((name): Problem => ({ code: 'run.namedNothing', args: { name, verb: 'delete' }, severity: 'error' }));
  const deleted = steps.filter(({ step }) => step.action === 'delete').length;
  // An emptied file is far more often a slip than a wish, and a prune was never meant to be the way to take all of it off.
  if (deleted > 0 && wanted.length === 0 && !request.isWhole) problems.push({ code: 'run.emptied', args: { count: String(deleted) }, severity: 'error' });
  return {
    steps: steps.sort((a, b) => a.step.wave - b.step.wave || (refKey(a.step.ref) < refKey(b.step.ref) ? -1 : 1)),
    vanished: prune === undefined ? [] : members.filter((member) => !made.has(refKey(member)) && !alive.has(refKey(member))),
    problems,
  };
}

function stepFor(object: KubeObject, member: InventoryMember | undefined, isNamedHere: boolean, request: DeletionRequest): PreparedStep {
  const ref = refOf(object);
  const isMember = member !== undefined && object.metadata.labels?.[partOfSetLabel] === request.setId && object.metadata.uid !== undefined;
  const problems: Problem[] = [...gitOpsProblems(object)];
  if (!isMember) problems.push({ code: 'run.unlisted', args: { kind: ref.kind, name: ref.name }, severity: 'info' });
  const isKept = isKeptKind(ref.kind) && !isNamedHere;
  if (isMember && isKept && request.prune !== undefined) problems.push({ code: 'run.kept', args: { kind: ref.kind, name: ref.name }, severity: 'info' });
  const isDeleted = request.prune !== undefined && isMember && !isKept;
  const step: PlanStep = {
    nodeId: '',
    ref,
    action: isDeleted ? 'delete' : 'left-running',
    changes: [],
    conflicts: [],
    problems,
    wave: request.firstWave + (isDeleted ? deletionRank(ref.kind) : 0),
    after: [],
    afterReady: [],
  };
  return { step, ...(object.metadata.uid === undefined ? {} : { uid: object.metadata.uid }) };
}

/** `Kind/name`, the kind in any case. */
function isNamed(name: string, { kind, metadata }: KubeObject): boolean {
  const [first = '', ...rest] = name.split('/');
  return first.toLowerCase() === kind.toLowerCase() && rest.join('/') === metadata.name;
}
