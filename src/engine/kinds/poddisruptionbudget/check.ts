import { kindOf } from '../../../shared/catalog';
import type { JsonValue } from '../../../shared/json';
import { nodeById } from '../../../shared/workflow';
import { hasValue, withDefaults } from '../defaults';
import { autoscalersOf } from '../hpa/relations';
import type { KindCheck } from '../kindChecks';

/** A budget needs pods and one of its two bounds, and one that no eviction can ever keep stops all maintenance. */
export const checkDisruptionBudget: KindCheck = ({ report, node, data, resolved }) => {
  const { id } = node;
  const { minAvailable, maxUnavailable } = data;
  if (!['selector', 'podApps', 'selectorExpressions'].some((field) => hasValue(data[field]))) report.add('edge.protectsNothing', { id }, []);
  if (hasValue(data['podApps']) && hasValue(data['selector'])) report.add('node.exclusive', { field: 'podApps', other: 'selector' }, ['podApps']);
  if (minAvailable !== undefined && maxUnavailable !== undefined) {
    report.add('node.exclusive', { field: 'minAvailable', other: 'maxUnavailable' }, ['minAvailable']);
  } else if (minAvailable === undefined && maxUnavailable === undefined) {
    const edit = { type: 'setField', id, path: ['maxUnavailable'], value: 1 } as const;
    const fixes = [{ code: 'fix.addField', args: { field: 'maxUnavailable', value: '1' }, edit }] as const;
    report.add('node.missingField', { type: report.kindName, id, field: 'minAvailable or maxUnavailable' }, [], { fixes });
  }
  for (const [field, value] of [
    ['minAvailable', minAvailable],
    ['maxUnavailable', maxUnavailable],
  ] as const) {
    if (typeof value === 'string' && !/^(?:100|[1-9]?\d)%$/.test(value.trim()))
      report.add('node.invalidValue', { field, detail: 'it is a whole number, or a share from 0% to 100%' }, [field]);
  }
  if (isNone(maxUnavailable))
    report.add('node.blocksEvictions', { id, field: 'maxUnavailable', value: String(maxUnavailable) }, ['maxUnavailable'], { severity: 'warning' });
  if (minAvailable === '100%')
    return report.add('node.blocksEvictions', { id, field: 'minAvailable', value: minAvailable }, ['minAvailable'], { severity: 'warning' });

  // How many pods there are is known for workloads of this file only, and only while nobody scales them.
  const targets = resolved.edges.flatMap(({ edge, rule }) => (rule?.relation === 'applies-to' && edge.from === id ? [edge.to] : []));
  let pods = 0;
  for (const target of targets) {
    const workload = nodeById(resolved.workflow, target);
    const kind = workload === undefined ? undefined : kindOf(resolved.catalog, workload.type);
    const replicas = kind === undefined ? undefined : withDefaults(kind.fields, resolved.data(target))['replicas'];
    if (typeof replicas !== 'number' || autoscalersOf(resolved, target).length > 0) return;
    pods += replicas;
  }
  if (targets.length > 0 && typeof minAvailable === 'number' && minAvailable > 0 && minAvailable >= pods)
    report.add('node.blocksEvictions', { id, field: 'minAvailable', value: String(minAvailable) }, ['minAvailable'], { severity: 'warning' });
};

function isNone(value: JsonValue | undefined): value is 0 | string {
  return value === 0 || (typeof value === 'string' && /^0+%?$/.test(value.trim()));
}
