import type { WorkflowDiff } from './workflowDiff';
import { workflowDiff } from './workflowDiff';
import type { Workflow } from './workflow';
import { edgeKey } from './workflow';

/** The two sides of a merge: what this branch says, and what the branch that is merged says. */
export type ConflictSide = 'ours' | 'theirs';

/** One thing that both sides of a merge say differently and that a person picks a side of. Exactly one of the last three is there. */
export interface ConflictPart {
  /** Names it among all parts: `node:web`. */
  readonly key: string;
  readonly node?: string;
  /** The edge's identity. */
  readonly edge?: string;
  /** A property of the workflow itself, such as `description`. */
  readonly property?: string;
}

/** Everything in which the two sides differ, nodes first. Where nodes stand is no part of it. */
export function conflictParts(ours: Workflow, theirs: Workflow, diff: WorkflowDiff = workflowDiff(ours, theirs)): readonly ConflictPart[] {
  const nodes = [...diff.changedNodes, ...diff.addedNodes, ...diff.removedNodes].map(({ id }) => id);
  const edges = [...diff.addedEdges, ...diff.removedEdges, ...diff.changedEdges.map(({ after }) => after)].map(edgeKey);
  const properties = [...new Set(diff.fields.map(({ path }) => /^[^.[]+|^\[([^\]]*)\]/.exec(path)).map((found) => found?.[1] ?? found?.[0] ?? ''))];
  return [
    ...nodes.map((node) => ({ key: `node:${node}`, node })),
    ...edges.map((edge) => ({ key: `edge:${edge}`, edge })),
    ...properties.map((property) => ({ key: `property:${property}`, property })),
  ];
}
