import type { PlanCost } from './cost';
import type { JsonValue } from './json';
import type { ObjectRef } from './kubeObject';
import type { Problem } from './problem';

/** Where a run goes. Everything about a deployment is keyed by (workflow, cluster UID, namespace). */
export interface Target {
  /** What a person reads: an environment's, a context's or the sandbox's name. */
  readonly label: string;
  readonly sandbox: boolean;
  readonly context: string;
  readonly server: string;
  /** UID of the kube-system namespace. */
  readonly clusterUid: string;
  readonly namespace: string;
  readonly environment?: string;
  readonly protected: boolean;
}

export const planActions = ['create', 'change', 'replace', 'adopt', 'conflict', 'delete', 'unchanged', 'left-running', 'blocked'] as const;
/**
 * What a run would do with one object: `left-running` is an object of this workflow that the file no longer has and that
 * stays until pruned; `blocked` cannot be applied (a stranger's object, missing secret values, a refused dry-run).
 */
export type PlanAction = (typeof planActions)[number];

/** One field that changes. Values of Secrets are never here: they show as `changed` with both values left out. */
export interface FieldChange {
  readonly path: string;
  readonly before?: JsonValue;
  readonly after?: JsonValue;
}

/** A field that another manager owns and that this workflow would set differently. */
export interface FieldConflict {
  readonly path: string;
  readonly owner: string;
}

export interface PlanStep {
  /** Empty for an object that no node makes any more: left running, or deleted. */
  readonly nodeId: string;
  readonly ref: ObjectRef;
  readonly action: PlanAction;
  readonly changes: readonly FieldChange[];
  readonly conflicts: readonly FieldConflict[];
  /** A person chose to take the fields in conflict over from their owners. */
  readonly takesFields?: true;
  /** Why it is blocked, or what to know. */
  readonly problems: readonly Problem[];
  /** The wave it runs in, from 0; objects of one wave do not depend on one another. */
  readonly wave: number;
  /** Node ids that must be applied before it, and those that must be ready before it. */
  readonly after: readonly string[];
  readonly afterReady: readonly string[];
}

/** An object that comes under another name or in another namespace; two steps of the plan, `from` and `to`, are one change to a person. */
export interface PlanRename {
  readonly nodeId: string;
  /** The id that the node had; absent when it is the same node. */
  readonly nodeBefore?: string;
  readonly from: ObjectRef;
  readonly to: ObjectRef;
  /** What it means for data, values and addresses. */
  readonly problems: readonly Problem[];
}

/** What a person asks of a plan beyond what the file says. A run that was paused is planned again with the same. */
export interface PlanAsked {
  /** Delete what no node makes any more. Without it these objects are left running, and the plan says so. */
  readonly prune?: PruneWish;
  /** What a person chose for objects of others, by name. */
  readonly choices?: PlanChoices;
  /** `delete`: nothing is wanted any more, so neither drafts nor archived workflows are refused. */
  readonly purpose?: 'deploy' | 'delete';
  /** Only this node and what depends on it; everything before it is left as it is. So a run that failed there is tried again. */
  readonly from?: string;
}

/** Which objects that no node makes any more are deleted although they hold data, as `Kind/name`, the kind in any case. */
export interface PruneWish {
  readonly named: readonly string[];
}

/** What a person chose, object by object. Each is named as `Kind/name`, the kind in any case. */
export interface PlanChoices {
  /** Objects that nobody's workflow made, to be taken over. */
  readonly adopt: readonly string[];
  /** Fields of other managers to be taken over, as `Kind/name:path`, the path as a conflict names it. */
  readonly take: readonly string[];
}

export const gateTypes = ['approval', 'input', 'review'] as const;
/** What a gate asks for: a yes or no, values, or a yes or no with words to it. */
export type GateType = (typeof gateTypes)[number];

/** A value that an input gate asks for. It stands in the journal, so it is never a secret. */
export interface GateInput {
  readonly name: string;
  readonly label: string;
  readonly required: boolean;
  /** The only values that are taken; empty takes any text. */
  readonly options: readonly string[];
}

/** A gate node of the file with something to do behind it: the run asks there, and what is behind it waits. */
export interface PlanGate {
  readonly nodeId: string;
  readonly gateType: GateType;
  readonly message: string;
  /** The user or the group who may answer, as the cluster names them; anyone who may resume the run when absent. */
  readonly assignee?: string;
  readonly timeoutMs?: number;
  /** What happens when nobody answers in time. */
  readonly timeoutAction: 'reject' | 'approve';
  readonly inputs: readonly GateInput[];
  /** Nodes with something to do that wait for the answer, and their objects. */
  readonly holds: readonly string[];
  readonly refs: readonly ObjectRef[];
  /** Its place in the order, among the steps' waves. */
  readonly wave: number;
}

/** What a run would do, as shown before it is accepted. `digest` is over everything that decides its effect. */
export interface Plan {
  readonly workflow: string;
  readonly target: Target;
  readonly digest: string;
  readonly steps: readonly PlanStep[];
  /** Problems that concern the whole plan. An error blocks the run. */
  readonly problems: readonly Problem[];
  readonly counts: Readonly<Record<PlanAction, number>>;
  /** Gate nodes at which the run will ask, in the order in which it comes to them. Absent when there is none. */
  readonly gates?: readonly PlanGate[];
  /** Steps that belong together. Absent when there are none. */
  readonly renames?: readonly PlanRename[];
  /** What the nodes ask to have kept for them. Absent when none makes pods or claims. */
  readonly cost?: PlanCost;
  /** It is of this node and what depends on it only. */
  readonly from?: string;
}

/** Kinds whose deletion takes more with it than the object itself: stored data, everything in a namespace, everything of a kind. */
const dataKinds: ReadonlySet<string> = new Set(['PersistentVolumeClaim', 'PersistentVolume', 'Namespace', 'CustomResourceDefinition']);

/** Whether an object of this kind is deleted only when a person names it. Values of Secrets are kept nowhere else. */
export function isKeptKind(kind: string): boolean {
  return kind === 'Secret' || dataKinds.has(kind);
}

const rollingKinds: ReadonlySet<string> = new Set(['Deployment', 'StatefulSet', 'DaemonSet']);

/** What a step does to what runs: `rolling` puts new pods in the place of the old ones, `data-loss` cannot be undone by another run. */
export type PlanEffect = Exclude<PlanAction, 'change'> | 'in-place' | 'rolling' | 'data-loss';

/** The class of a change, as a person judges it. */
export function effectOf(step: Pick<PlanStep, 'action' | 'ref' | 'changes'>): PlanEffect {
  const { action, ref, changes } = step;
  if (action === 'replace' && dataKinds.has(ref.kind)) return 'data-loss';
  if (action === 'delete' && isKeptKind(ref.kind)) return 'data-loss';
  if (action !== 'change') return action;
  return rollingKinds.has(ref.kind) && changes.some(({ path }) => path.startsWith('spec.template')) ? 'rolling' : 'in-place';
}

/** What a person may allow beyond changes that destroy nothing. */
export const approvalClasses = ['replace', 'prune', 'data-loss'] as const;
export type ApprovalClass = (typeof approvalClasses)[number];

/** The approval that one step needs; undefined for one that destroys nothing. */
export function approvalOf(step: Pick<PlanStep, 'action' | 'ref' | 'changes'>): ApprovalClass | undefined {
  const effect = effectOf(step);
  if (effect === 'delete') return 'prune';
  return effect === 'replace' || effect === 'data-loss' ? effect : undefined;
}

/** Classes of change in a plan that need an approval. */
export function approvalsNeeded(plan: Plan): readonly ApprovalClass[] {
  const needed = new Set(plan.steps.map(approvalOf));
  return approvalClasses.filter((one) => needed.has(one));
}

/** Whether a run of this plan would write anything. */
export function hasChanges(plan: Plan): boolean {
  return plan.steps.some((step) => step.action !== 'unchanged' && step.action !== 'left-running');
}

/** Whether a plan cannot be run as it is. */
export function isBlocked(plan: Plan): boolean {
  return plan.problems.some((problem) => problem.severity === 'error') || plan.steps.some((step) => step.action === 'blocked' || step.action === 'conflict');
}
