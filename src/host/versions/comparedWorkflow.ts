import type { ComparedWorkflow } from '../../shared/compareProtocol';
import type { Catalog } from '../../shared/catalog';
import type { Point, Workflow } from '../../shared/workflow';
import { snapshotOf } from '../editor/documentSnapshot';
import type { Engine } from '../rooms';

/** One canvas of a comparison. What it does not place itself stands where the other canvas has it. */
export function comparedWorkflow(
  engine: Engine,
  catalog: Catalog,
  { label, detail, workflow }: { readonly label: string; readonly detail: string; readonly workflow: Workflow },
  beside?: ComparedWorkflow,
): ComparedWorkflow {
  const snapshot = snapshotOf(engine, { workflow, resolved: engine.resolveWorkflow(workflow, catalog), catalog });
  const other: Readonly<Record<string, Point>> = beside === undefined ? {} : { ...beside.document.positions, ...beside.document.workflow.layout };
  const shared = Object.entries(other).filter(([id]) => Object.hasOwn(snapshot.positions, id) && !Object.hasOwn(workflow.layout, id));
  return {
    label,
    detail,
    document: { ...snapshot, positions: { ...snapshot.positions, ...Object.fromEntries(shared) }, revision: 0, problems: [], readOnly: true },
  };
}
