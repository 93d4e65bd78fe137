import type { JsonValue } from '../../../shared/json';
import { isJsonObject } from '../../../shared/json';
import { hasValue } from '../defaults';
import type { KindCheck } from '../kindChecks';

/** A role needs rules or an existing role to bind, and each rule resources or URLs. A binding without anyone binds nothing. */
export const checkRole: KindCheck = ({ report, node, data }) => {
  const { id } = node;
  const { existingRole, clusterWide } = data;
  const rules = Array.isArray(data['rules']) ? (data['rules'] as readonly JsonValue[]) : [];
  if (isJsonObject(existingRole)) {
    if (rules.length > 0) report.add('node.exclusive', { field: 'rules', other: 'existingRole' }, ['rules'], { what: 'key' });
    if (clusterWide === true && existingRole['kind'] === 'Role')
      report.add('node.invalidValue', { field: 'existingRole.kind', detail: 'only a ClusterRole holds in the whole cluster' }, ['existingRole', 'kind']);
    if (!hasValue(data['subjects'])) report.add('edge.bindsNobody', { id }, []);
    return;
  }
  if (rules.length === 0) report.add('node.missingField', { type: report.kindName, id, field: 'rules' }, ['rules'], { what: 'key' });
  if (!hasValue(data['subjects'])) report.add('edge.bindsNobody', { id }, [], { severity: 'info' });
  rules.forEach((rule, index) => {
    if (!isJsonObject(rule)) return;
    const [resources, urls] = [hasValue(rule['resources']), hasValue(rule['nonResourceURLs'])];
    const field = `rules[${String(index)}]`;
    if (!resources && !urls) report.add('node.missingField', { type: report.kindName, id, field: `${field}.resources` }, ['rules', index]);
    if (resources && urls) report.add('node.exclusive', { field: 'nonResourceURLs', other: 'resources' }, ['rules', index, 'nonResourceURLs']);
    if (urls && clusterWide !== true) {
      const args = { field: `${field}.nonResourceURLs`, detail: 'URLs are of the whole cluster: set clusterWide, or leave them out' };
      report.add('node.invalidValue', args, ['rules', index, 'nonResourceURLs']);
    }
  });
};
