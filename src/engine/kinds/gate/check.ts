import type { JsonValue } from '../../../shared/json';
import { isJsonObject } from '../../../shared/json';
import { isSensitive } from '../../imports/sensitive';
import { hasValue } from '../defaults';
import type { KindCheck } from '../kindChecks';

/** A gate holds something, asks for values that may be kept in a journal, and ends by itself when nobody comes. */
export const checkGate: KindCheck = ({ report, node, data, resolved }) => {
  const { id } = node;
  const { gateType, inputs, timeoutMs, timeoutAction } = data;
  if (!resolved.edges.some(({ edge, rule }) => rule !== undefined && edge.to === id)) report.add('edge.holdsNothing', { id }, [], { severity: 'warning' });
  if (!hasValue(timeoutMs)) {
    report.add('node.gateWithoutTime', { id }, [], { severity: 'info' });
    if (hasValue(node.data['timeoutAction'])) {
      const args = { field: 'timeoutAction', other: 'timeoutMs', values: 'a time' };
      report.add('node.noEffect', args, ['timeoutAction'], { severity: 'info', what: 'key' });
    }
  }
  if (gateType !== 'input') return;
  if (timeoutAction === 'approve')
    report.add('node.invalidValue', { field: 'timeoutAction', detail: 'nobody can give the values of an input when its time is over, so it is "reject"' }, [
      'timeoutAction',
    ]);
  if (!Array.isArray(inputs) || inputs.length === 0)
    return report.add('node.missingField', { type: report.kindName, id, field: 'inputs' }, ['inputs'], { what: 'key' });
  const seen = new Set<string>();
  for (const [index, input] of (inputs as readonly JsonValue[]).entries()) {
    const name = isJsonObject(input) ? input['name'] : undefined;
    if (typeof name !== 'string') continue;
    const [path, field] = [['inputs', index, 'name'], `inputs.${String(index)}.name`];
    if (!/^[A-Za-z][\w.-]{0,62}$/.test(name))
      report.add('node.invalidValue', { field, detail: 'a name begins with a letter and has at most 63 letters, digits, "-", "_" and "."' }, path);
    else if (seen.has(name)) report.add('node.invalidValue', { field, detail: 'an input of this name stands before it' }, path);
    if (isSensitive(name)) report.add('node.gateSecret', { name }, path);
    seen.add(name);
  }
};
