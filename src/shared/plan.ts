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
  /** Empty for an object that no node makes any more (left running). */
  readonly nodeId: string;
  readonly ref: ObjectRef;
  readonly action: PlanAction;
  readonly changes: readonly FieldChange[];
  readonly conflicts: readonly FieldConflict[];
  /** Why it is blocked, or what to know. */
  readonly problems: readonly Problem[];
  /** The wave it runs in, from 0; objects of one wave do not depend on one another. */
  readonly wave: number;
  /** Node ids that must be applied before it, and those that must be ready before it. */
  readonly after: readonly string[];
  readonly afterReady: readonly string[];
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
}

/** Whether a run of this plan would write anything. */
export function hasChanges(plan: Plan): boolean {
  return plan.steps.some((step) => step.action !== 'unchanged' && step.action !== 'left-running');
}

/** Whether a plan cannot be run as it is. */
export function isBlocked(plan: Plan): boolean {
  return plan.problems.some((problem) => problem.severity === 'error') || plan.steps.some((step) => step.action === 'blocked' || step.action === 'conflict');
}
