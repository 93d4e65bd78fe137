import { failure } from '../shared/problem';
import type { Environment, Workflow } from '../shared/workflow';
import { overlaid } from './merge';

/**
 * The workflow as it is deployed to an environment: what its `set` says lies over the nodes' own data. Without a name the
 * workflow itself. Throws `environment.unknown`. Overrides of nodes that do not exist have no effect here; the check tells of them.
 */
export function workflowForEnvironment(workflow: Workflow, name: string | undefined): Workflow {
  const set = environmentOf(workflow, name)?.set;
  if (set === undefined) return workflow;
  return {
    ...workflow,
    nodes: workflow.nodes.map((node) => {
      const over = Object.hasOwn(set, node.id) ? set[node.id] : undefined;
      return over === undefined ? node : { ...node, data: overlaid(node.data, over) };
    }),
  };
}

/** The environment of that name; undefined when none is named. Throws `environment.unknown`. */
export function environmentOf(workflow: Workflow, name: string | undefined): Environment | undefined {
  if (name === undefined) return undefined;
  const found = Object.hasOwn(workflow.environments, name) ? workflow.environments[name] : undefined;
  if (found === undefined) {
    const known = Object.keys(workflow.environments).join(', ');
    throw failure('environment.unknown', { name, known: known === '' ? 'none' : known });
  }
  return found;
}

/** The namespace that the file asks for: the environment's, else the workflow's; undefined leaves it to the target. */
export function namespaceOf(workflow: Workflow, environment: string | undefined): string | undefined {
  return environmentOf(workflow, environment)?.namespace ?? workflow.namespace;
}
