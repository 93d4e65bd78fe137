import { refKey } from '../../shared/kubeObject';
import type { FieldChange, Plan, PlanStep } from '../../shared/plan';
import type { Workflow } from '../../shared/workflow';
import type { ComparedField, NodeChange, WorkflowDiff } from '../../shared/workflowDiff';
import { isField, ownerOf } from './driftOf';

/** A plan that was made with `takesAll`, so that fields that others took show as changes, and the workflow it is of. */
export interface ComparedPlan {
  readonly plan: Plan;
  readonly workflow: Workflow;
}

/**
 * What the cluster says otherwise than a workflow, node by node. Only fields that the workflow makes are looked at: what others add to
 * an object is theirs. Objects that no node makes any more are nodes that only the cluster has, each named `Kind/name`. With a plan of
 * what was applied last, each field tells that too, and so which side has left it.
 */
export function liveDiff({ plan, workflow }: ComparedPlan, applied?: Plan): WorkflowDiff {
  const last = new Map((applied?.steps ?? []).map((step) => [refKey(step.ref), step]));
  const byNode = new Map<string, PlanStep[]>();
  for (const step of plan.steps) if (step.nodeId !== '') byNode.set(step.nodeId, [...(byNode.get(step.nodeId) ?? []), step]);
  const made = workflow.nodes.flatMap(({ id, type }) => (byNode.has(id) ? [{ id, type, steps: byNode.get(id) ?? [] }] : []));
  const gone = ({ steps }: (typeof made)[number]): boolean => steps.every((step) => step.action === 'create');
  const asked = made.filter(({ steps }) => !steps.some((step) => step.action === 'blocked'));
  const unknownNodes = made.filter(({ steps }) => steps.some((step) => step.action === 'blocked')).map(({ id, type }) => ({ id, type }));
  return {
    addedNodes: plan.steps.filter(({ nodeId, action }) => nodeId === '' && action === 'left-running').map(({ ref }) => ({ id: nameOf(ref), type: ref.kind })),
    removedNodes: asked.filter(gone).map(({ id, type }) => ({ id, type })),
    changedNodes: asked
      .filter((node) => !gone(node))
      .flatMap(({ id, type, steps }): readonly NodeChange[] => {
        const fields = steps.flatMap((step) => fieldsOf(step, last.get(refKey(step.ref))));
        return fields.length === 0 ? [] : [{ id, type, fields }];
      }),
    movedNodes: [],
    addedEdges: [],
    removedEdges: [],
    changedEdges: [],
    fields: [],
    ...(unknownNodes.length === 0 ? {} : { unknownNodes }),
  };
}

function nameOf({ kind, name }: PlanStep['ref']): string {
  return `${kind}/${name}`;
}

function fieldsOf(step: PlanStep, last: PlanStep | undefined): readonly ComparedField[] {
  // An object that is not there, of a node whose other objects are.
  if (step.action === 'create') return [{ path: nameOf(step.ref), before: step.ref.name }];
  if (step.action === 'adopt') return [{ path: nameOf(step.ref), after: step.ref.name }];
  return step.changes.filter(isField).map((change) => fieldOf(change, step, last));
}

function fieldOf({ path, before: live, after: said }: FieldChange, step: PlanStep, last: PlanStep | undefined): ComparedField {
  const owner = ownerOf(step, path);
  const differed = last?.changes.find((change) => change.path === path);
  // What the last version's plan does not change is still as it was applied.
  const applied = last === undefined || last.action === 'create' ? undefined : differed === undefined ? live : differed.after;
  return {
    path: `${nameOf(step.ref)} ${path}`,
    ...(said === undefined ? {} : { before: said }),
    ...(live === undefined ? {} : { after: live }),
    ...(applied === undefined ? {} : { applied }),
    ...(owner === '' ? {} : { owner }),
  };
}
