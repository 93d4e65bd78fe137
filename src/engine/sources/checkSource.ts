import type { NodeReport } from '../checks/fields';
import type { JsonObject } from '../../shared/json';
import type { WorkflowNode } from '../../shared/workflow';
import type { SourceSpec } from './sourceSpec';
import { sourceSpec } from './sourceSpec';

/** Checks a node that a program renders, as far as its own text tells. Nothing is read and nothing is started. */
export function checkSource(tool: SourceSpec['tool'], report: NodeReport, node: WorkflowNode, data: JsonObject): void {
  for (const key of ['patch', 'template']) {
    if (node.data[key] !== undefined)
      report.add('node.noEffect', { field: key, other: 'type', values: 'a kind that makes one object' }, [key], { severity: 'warning', what: 'key' });
  }
  const reading = sourceSpec(tool, node, data);
  // A field that is missing is told by the check of the fields.
  if (!reading.ok) for (const { code, args, path } of reading.faults) if (data[String(path[0])] !== undefined) report.add(code, args, path);
}
