import type { Workflow } from '../../../src/shared/workflow';
import type { WorkflowEdit } from '../../../src/shared/workflowEdit';

/** Collapses or expands a group; undefined when it is as wished, or gone. A group that is open says nothing of it. */
export function collapseEdit(workflow: Pick<Workflow, 'groups'>, id: string, collapsed: boolean): WorkflowEdit | undefined {
  const group = Object.hasOwn(workflow.groups, id) ? workflow.groups[id] : undefined;
  if (group === undefined || (group.collapsed ?? false) === collapsed) return undefined;
  const { collapsed: _collapsed, ...open } = group;
  return { type: 'group', id, group: collapsed ? { ...open, collapsed } : open };
}

/** Gives a group another name; an empty one takes it away, and the group is called by its id. */
export function labelEdit(workflow: Pick<Workflow, 'groups'>, id: string, typed: string): WorkflowEdit | undefined {
  const group = Object.hasOwn(workflow.groups, id) ? workflow.groups[id] : undefined;
  const label = typed.trim();
  if (group === undefined || label === (group.label ?? '')) return undefined;
  const { label: _label, ...unnamed } = group;
  return { type: 'group', id, group: label === '' ? unnamed : { label, ...unnamed } };
}
