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
    // It is a DNS alias: nothing of it routes, and ports are optional.
    for (const field of ['selector', 'targetApp', 'targetPort'] as const) {
      if (hasValue(node.data[field]))
        report.add('node.noEffect', { field, other: 'serviceType', values: 'ClusterIP, NodePort or LoadBalancer' }, [field], {
          severity: 'warning',
          what: 'key',
        });
    }
    if (!hasValue(data['externalName'])) report.add('node.missingField', { type: report.kindName, id: node.id, field: 'externalName' }, ['externalName']);
    return;
  }
  if (!hasValue(data['selector']) && !hasValue(data['targetApp'])) report.add('edge.noSelection', { id: node.id }, []);

  const opensNodes = data['serviceType'] === 'NodePort' || data['serviceType'] === 'LoadBalancer';
  if (data['headless'] === true && opensNodes) {
    const detail = 'a Service without an address of its own opens no port on machines and asks for no load balancer: it is a ClusterIP';
    report.add('node.invalidValue', { field: 'headless', detail }, ['headless']);
  }
  const ports = valueAt(data, ['ports']);
  if (!Array.isArray(ports) || ports.length === 0) {
    if (data['port'] === undefined) report.add('node.missingField', { type: report.kindName, id: node.id, field: 'port' }, ['port']);
    return;
  }
  const seen = new Map<string, number>();
  (ports as readonly JsonValue[]).forEach((item, index) => {
    if (!isJsonObject(item)) return;
    if (hasValue(item['nodePort']) && !opensNodes) {
      const args = { field: `ports[${String(index)}].nodePort`, other: 'serviceType', values: 'NodePort or LoadBalancer' };
      report.add('node.noEffect', args, ['ports', index, 'nodePort'], { severity: 'warning', what: 'key' });
    }
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
