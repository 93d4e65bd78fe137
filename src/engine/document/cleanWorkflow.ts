import type { Workflow } from '../../shared/workflow';
import type { WorkflowEdit } from '../../shared/workflowEdit';

/**
 * What saving tidies: spaces around `name` and `namespace` of every node and around `image` of deployments and stateful sets.
 * Undefined when there is nothing to do, so that saving a clean file writes nothing.
 */
export function cleaningEdit(workflow: Workflow): WorkflowEdit | undefined {
  const edits: WorkflowEdit[] = [];
  for (const node of workflow.nodes) {
    const fields = node.type === 'deployment' || node.type === 'statefulset' ? ['name', 'namespace', 'image'] : ['name', 'namespace'];
    for (const field of fields) {
      const value = node.data[field];
      if (typeof value === 'string' && value !== value.trim()) edits.push({ type: 'setField', id: node.id, path: [field], value: value.trim() });
    }
  }
  return edits.length === 0 ? undefined : { type: 'composite', edits };
}
