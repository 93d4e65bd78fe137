import type { NodeStatus } from '../../shared/nodeStatus';
import type { Target } from '../../shared/plan';
import type { Workflow } from '../../shared/workflow';
import type { TargetChoice } from '../clusters/targets';

export const noStatuses: Readonly<Record<string, NodeStatus>> = {};

/** The same statuses as no longer followed; what was stale before is so since then. */
export function staleSince(nowMs: number, statuses: Readonly<Record<string, NodeStatus>>): Readonly<Record<string, NodeStatus>> {
  if (Object.keys(statuses).length === 0) return noStatuses;
  const now = new Date(nowMs).toISOString();
  return Object.fromEntries(Object.entries(statuses).map(([nodeId, status]) => [nodeId, { ...status, staleSince: status.staleSince ?? now }]));
}

/** Whether a run that went to this target went where the choice leads now, as far as that can be told without asking a cluster. */
export function leadsTo(choice: TargetChoice, workflow: Workflow, target: Target): boolean {
  const environment = choice.type === 'environment' && Object.hasOwn(workflow.environments, choice.name) ? workflow.environments[choice.name] : undefined;
  const namespace = environment?.namespace ?? workflow.namespace;
  if (namespace !== undefined && namespace !== target.namespace) return false;
  if (choice.type === 'sandbox') return target.sandbox;
  if (choice.type === 'environment') return target.environment === choice.name && (environment?.clusterUid ?? target.clusterUid) === target.clusterUid;
  return choice.type === 'context' && !target.sandbox && target.environment === undefined && target.context === choice.context;
}

/** What decides, besides the choice, which cluster and namespace a workflow's text leads to and how its objects are labelled. */
export function placeText(choice: TargetChoice, workflow: Workflow): string {
  const environment = choice.type === 'environment' && Object.hasOwn(workflow.environments, choice.name) ? workflow.environments[choice.name] : undefined;
  return JSON.stringify([workflow.name, workflow.namespace, environment?.context, environment?.clusterUid, environment?.namespace, environment?.protected]);
}
