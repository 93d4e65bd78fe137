import { kindOf } from '../../../shared/catalog';
import { valueAt } from '../../../shared/json';
import type { WorkflowNode } from '../../../shared/workflow';
import { nodeById, objectName } from '../../../shared/workflow';
import type { NodeReport } from '../../checks/fields';
import { removal } from '../../checks/fields';
import type { ResolvedWorkflow } from '../../relations';
import { hasValue, withDefaults } from '../defaults';
import type { KindCheck } from '../kindChecks';
import { autoscalersOf } from './relations';

/** An autoscaler needs a target, bounds in the right order and something to go by. */
export const checkAutoscaler: KindCheck = ({ report, node, data, resolved }) => {
  const { id } = node;
  if (!hasValue(data['scaleTargetName'])) report.add('edge.scalesNothing', { id }, []);
  const { minReplicas, maxReplicas } = data;
  if (maxReplicas === undefined) report.add('node.missingField', { type: report.kindName, id, field: 'maxReplicas' }, ['maxReplicas']);
  if (typeof minReplicas === 'number' && typeof maxReplicas === 'number' && minReplicas > maxReplicas) {
    const args = { low: 'minReplicas', lowValue: String(minReplicas), high: 'maxReplicas', highValue: String(maxReplicas) };
    report.add('node.boundsTurned', args, [node.data['minReplicas'] === undefined ? 'maxReplicas' : 'minReplicas']);
  }
  const utilisations = [
    ['cpu', 'targetCPUUtilization'],
    ['memory', 'targetMemoryUtilization'],
  ] as const;
  if (utilisations.every(([, field]) => data[field] === undefined) && !hasValue(data['metrics'])) report.add('node.noMetric', { id }, []);

  for (const { edge, rule } of resolved.edges) {
    if (rule?.relation !== 'scales' || edge.from !== id) continue;
    const [other] = autoscalersOf(resolved, edge.to);
    if (other !== undefined && other !== id) report.add('node.scaledTwice', { id, other, target: edge.to }, [], { severity: 'warning' });
    const target = nodeById(resolved.workflow, edge.to);
    const kind = target === undefined ? undefined : kindOf(resolved.catalog, target.type);
    // Of an object that is written out, containers and their requests may be anywhere.
    if (target === undefined || kind === undefined || target.type === 'manifest' || data['scaleTargetName'] !== objectName(target)) continue;
    const targetData = withDefaults(kind.fields, resolved.data(target.id));
    for (const [resource, field] of utilisations) {
      if (data[field] === undefined || hasValue(valueAt(targetData, ['resources', 'requests', resource]))) continue;
      // A limit counts as a request where there is no request.
      if (hasValue(valueAt(targetData, ['resources', 'limits', resource]))) continue;
      report.add('node.noRequests', { id, resource, workload: target.id }, [field], { severity: 'warning', what: 'key' });
    }
  }
};

/** `replicas` in the file of a workload that an autoscaler scales would undo its work at every run, and is left out. */
export function checkAutoscaled(report: NodeReport, node: WorkflowNode, resolved: ResolvedWorkflow): void {
  const [autoscaler] = autoscalersOf(resolved, node.id);
  if (autoscaler === undefined) return;
  for (const path of [['replicas'], ['patch', 'spec', 'replicas'], ['manifest', 'spec', 'replicas']]) {
    if ((valueAt(node.data, path) ?? undefined) === undefined) continue;
    report.add('node.autoscaled', { id: node.id, autoscaler }, path, { severity: 'warning', what: 'key', fixes: [removal(report, path, 'replicas')] });
  }
}
