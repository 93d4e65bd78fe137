import type { JsonValue } from '../../../shared/json';
import { isJsonObject, valueAt } from '../../../shared/json';
import { removal } from '../../checks/fields';
import { hasValue } from '../defaults';
import type { KindCheck } from '../kindChecks';
import { isPlaceholderKey, secretKeysOf } from '../podValues';
import { valueText } from '../../valueText';

const requiredKeys: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
};

/** A Secret lists the names of its values and never the values themselves. */
export const checkSecret: KindCheck = ({ report, node, data }) => {
  for (const field of ['data', 'stringData']) {
    if (node.data[field] !== undefined) report.add('node.secretValue', {}, [field], { what: 'key', fixes: [removal(report, [field], field)] });
  }
  for (const field of ['data', 'stringData']) {
    if (valueAt(node.data, ['patch', field]) !== undefined)
      report.add('node.secretValue', {}, ['patch', field], { what: 'key', fixes: [removal(report, ['patch', field], field)] });
  }
  const { valueFrom } = data;
  if (isJsonObject(valueFrom)) {
    const ways = ['secret', 'externalSecret'].filter((way) => hasValue(valueFrom[way]));
    if (ways.length === 2) report.add('node.exclusive', { field: 'valueFrom.secret', other: 'valueFrom.externalSecret' }, ['valueFrom', 'secret']);
    if (ways.length === 0)
      report.add('node.missingField', { type: report.kindName, id: node.id, field: 'valueFrom.secret or valueFrom.externalSecret' }, ['valueFrom']);
    if (hasValue(valueFrom['secret']) && hasValue(node.data['name']))
      report.add('node.noEffect', { field: 'name', other: 'valueFrom.secret', values: 'absent' }, ['name'], { severity: 'warning', what: 'key' });
  }
  const listed = valueAt(node.data, ['keys']);
  if (!Array.isArray(listed)) return;
  const seen = new Set<string>();
  (listed as readonly JsonValue[]).forEach((item, index) => {
    const key = isJsonObject(item) ? item['name'] : item;
    if (typeof key !== 'string') return;
    if (isPlaceholderKey(key)) report.add('node.placeholderKey', { value: key }, ['keys', index], { severity: 'warning' });
    else if (seen.has(key)) report.add('node.invalidValue', { field: 'keys', detail: `"${key}" is listed twice` }, ['keys', index], { severity: 'warning' });
    seen.add(key);
  });
  const keys = secretKeysOf(node.data);
  if (keys.length === 0 && listed.length > 0) report.add('node.missingField', { type: report.kindName, id: node.id, field: 'keys' }, ['keys']);
  const type = valueText(data['secretType']);
  const missing = (Object.hasOwn(requiredKeys, type) ? (requiredKeys[type] ?? []) : []).filter((key) => !keys.includes(key));
  if (missing.length > 0) report.add('node.invalidValue', { field: 'keys', detail: `a Secret of type ${type} needs ${missing.join(' and ')}` }, ['keys']);
};
