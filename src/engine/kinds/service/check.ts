import type { JsonValue } from '../../../shared/json';
import { isJsonObject, valueAt } from '../../../shared/json';
import { objectName } from '../../../shared/workflow';
import { serviceName } from '../../checks/formats';
import { hasValue } from '../defaults';
import type { KindCheck } from '../kindChecks';
import { valueText } from '../../valueText';

/** A Service needs a name that DNS takes, a port, and pods to send to (or another name to stand for). */
export const checkService: KindCheck = ({ report, node, data }) => {
  const name = objectName(node);
  if (!serviceName.test(name)) {
    report.add(
      'node.invalidValue',
      { field: 'name', detail: `a Service's name begins with a letter and has only lower-case letters, digits and "-", at most 63; "${name}" does not` },
      ['name'],
    );
  }
  if (data['serviceType'] === 'ExternalName') {
    if (!hasValue(data['externalName'])) report.add('node.missingField', { type: report.kindName, id: node.id, field: 'externalName' }, ['externalName']);
    return;
  }
  if (!hasValue(data['selector']) && !hasValue(data['targetApp'])) report.add('edge.noSelection', { id: node.id }, []);

  const ports = valueAt(data, ['ports']);
  if (!Array.isArray(ports) || ports.length === 0) {
    if (data['port'] === undefined) report.add('node.missingField', { type: report.kindName, id: node.id, field: 'port' }, ['port']);
    return;
  }
  const seen = new Map<string, number>();
  (ports as readonly JsonValue[]).forEach((item, index) => {
    if (!isJsonObject(item)) return;
    const marks = [`the name "${valueText(item['name'])}"`, `the port ${valueText(item['port'])} (${valueText(item['protocol'])})`];
    const own = [hasValue(item['name']), hasValue(item['port'])];
    marks.forEach((mark, which) => {
      if (own[which] !== true) return;
      const before = seen.get(mark);
      if (before !== undefined) report.add('node.invalidValue', { field: `ports[${index}]`, detail: `${mark} is taken by ports[${before}]` }, ['ports', index]);
      else seen.set(mark, index);
    });
  });
};
