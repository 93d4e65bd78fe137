import type { JsonObject } from '../../shared/json';
import type { Target } from '../../shared/plan';
import type { Environment, Workflow } from '../../shared/workflow';
import type { WorkflowEdit } from '../../shared/workflowEdit';

/**
 * The edit that pins an environment to a cluster: where it leads by name, and which cluster that must be. Undefined when the file
 * says so already.
 */
export function pinningEdit(workflow: Workflow, name: string, target: Pick<Target, 'context' | 'clusterUid'>): WorkflowEdit | undefined {
  const present = Object.hasOwn(workflow.environments, name) ? workflow.environments[name] : undefined;
  const edits: WorkflowEdit[] = [];
  if (present?.context !== target.context) edits.push({ type: 'setProperty', path: ['environments', name, 'context'], value: target.context });
  if (present?.clusterUid !== target.clusterUid) edits.push({ type: 'setProperty', path: ['environments', name, 'clusterUid'], value: target.clusterUid });
  return edits.length === 0 ? undefined : { type: 'composite', edits };
}

/** The edit that adds an environment. Only what was answered is written. */
export function newEnvironmentEdit(name: string, answers: Pick<Environment, 'context' | 'namespace' | 'protected'>): WorkflowEdit {
  const value: Record<string, string | boolean> = {};
  if (answers.context !== undefined && answers.context !== '') value['context'] = answers.context;
  if (answers.namespace !== undefined && answers.namespace !== '') value['namespace'] = answers.namespace;
  if (answers.protected === true) value['protected'] = true;
  return { type: 'setProperty', path: ['environments', name], value: value as JsonObject };
}
