import { isJsonObject, valueAt } from '../../../shared/json';
import { formatFinding } from '../../checks/formats';
import { hasValue } from '../defaults';
import type { KindCheck } from '../kindChecks';

/** A ConfigMap needs data under valid keys, each in one of its two maps. */
export const checkConfigMap: KindCheck = ({ report, node, data }) => {
  if (!hasValue(data['data']) && !hasValue(data['binaryData'])) {
    const edit = { type: 'setField', id: node.id, path: ['data'], value: { KEY: 'value' } } as const;
    report.add('node.missingField', { type: report.kindName, id: node.id, field: 'data' }, ['data'], {
      what: 'key',
      fixes: [{ code: 'fix.addField', args: { field: 'data', value: '{ KEY: value }' }, edit }],
    });
  }
  for (const field of ['data', 'binaryData'] as const) {
    const map = valueAt(data, [field]);
    for (const key of isJsonObject(map) ? Object.keys(map) : []) {
      const found = formatFinding('key', key, field);
      if (found !== undefined) report.add(found.code, found.args, [field, key], { what: 'key' });
      else if (field === 'binaryData' && valueAt(data, ['data', key]) !== undefined) {
        report.add('node.invalidValue', { field: `binaryData.${key}`, detail: 'the same key stands under "data"' }, [field, key], { what: 'key' });
      }
    }
  }
};
