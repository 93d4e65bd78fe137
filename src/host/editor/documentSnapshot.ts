import type { ResolvedWorkflow } from '../../engine/index';
import type { Catalog } from '../../shared/catalog';
import type { DocumentSnapshot } from '../../shared/protocol';
import type { Workflow } from '../../shared/workflow';
import { edgeKey } from '../../shared/workflow';
import type { Engine } from '../rooms';

/** What a page draws of a workflow: itself, where everything stands, and what its edges mean. */
export function snapshotOf(
  engine: Engine,
  { workflow, resolved, catalog }: { readonly workflow: Workflow; readonly resolved: ResolvedWorkflow; readonly catalog: Catalog },
): Pick<DocumentSnapshot, 'workflow' | 'positions' | 'relations' | 'derived' | 'derivedFrom'> {
  const relations: Record<string, string> = {};
  for (const { edge, rule } of resolved.edges) if (rule !== undefined) relations[edgeKey(edge)] = rule.relation;
  return {
    workflow,
    positions: engine.placeNodes(workflow, catalog),
    relations,
    derived: resolved.derived,
    derivedFrom: resolved.links.map(({ nodeId, path, source }) => ({ nodeId, path, source })),
  };
}
