import { handleOfItem } from '../../../shared/catalog';
import type { JsonObject, JsonValue } from '../../../shared/json';
import { isJsonObject, valueAt } from '../../../shared/json';
import { hasValue } from '../defaults';
import type { KindCheck } from '../kindChecks';
import { valueText } from '../../valueText';

/** An Ingress leads somewhere: a path without a Service is left out, and one path at least must remain. */
export const checkIngress: KindCheck = ({ report, node, data }) => {
  const { defaultBackend } = data;
  const hasDefault = isJsonObject(defaultBackend) && leads(defaultBackend);
  if (isJsonObject(defaultBackend) && !hasDefault)
    report.add('node.missingField', { type: report.kindName, id: node.id, field: 'defaultBackend.serviceName' }, ['defaultBackend'], { what: 'key' });
  const paths = valueAt(data, ['paths']);
  if (!Array.isArray(paths)) {
    if (!leads(data) && !hasDefault) report.add('node.leadsNowhere', { id: node.id }, []);
    return;
  }
  const items = paths as readonly JsonValue[];
  if (!hasDefault && !items.some((item) => isJsonObject(item) && leads(item))) report.add('node.leadsNowhere', { id: node.id }, ['paths'], { what: 'key' });
  else {
    items.forEach((item, index) => {
      if (isJsonObject(item) && !leads(item)) report.add('node.pathSkipped', { path: valueText(item['path']) }, ['paths', index], { severity: 'warning' });
    });
  }
  const seen = new Set<string>();
  items.forEach((item, index) => {
    const key = handleOfItem(item, 'id');
    if (key === undefined) return;
    if (seen.has(key)) report.add('node.invalidValue', { field: `paths[${index}].id`, detail: `"${key}" is the id of another path` }, ['paths', index, 'id']);
    seen.add(key);
  });
};

function leads(item: JsonObject): boolean {
  return hasValue(item['serviceName']) && hasValue(item['servicePort']);
}
