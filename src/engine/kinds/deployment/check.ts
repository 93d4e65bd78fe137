import { isJsonObject, valueAt } from '../../../shared/json';
import { quantityNanos } from '../../../openapi/index';
import { isLabelValue, isVariableName } from '../../checks/formats';
import { valueText } from '../../valueText';
import type { KindCheck } from '../kindChecks';
import { podValues, sourceName } from '../podValues';

/** What every workload must get right beyond its fields: variables, mounts, and limits that are not below what is requested. */
export const checkWorkload: KindCheck = ({ report, node, data, resolved }) => {
  const env = valueAt(data, ['env']);
  for (const name of isJsonObject(env) ? Object.keys(env) : []) {
    if (!isVariableName(name))
      report.add('node.invalidValue', { field: `env.${name}`, detail: 'the name of a variable has no "=" and no special characters' }, ['env', name], {
        what: 'key',
      });
  }

  const { version } = data;
  if (typeof version === 'string' && !isLabelValue(version)) {
    report.add('node.invalidValue', { field: 'version', detail: 'a label has at most 63 letters, digits, "-", "_" and "."' }, ['version']);
  }

  for (const resource of ['cpu', 'memory'] as const) {
    const request = valueAt(data, ['resources', 'requests', resource]);
    const limit = valueAt(data, ['resources', 'limits', resource]);
    if ((typeof request !== 'string' && typeof request !== 'number') || (typeof limit !== 'string' && typeof limit !== 'number')) continue;
    const [wanted, most] = [quantityNanos(request), quantityNanos(limit)];
    if (wanted === undefined || most === undefined || wanted <= most) continue;
    const field = `resources.limits.${resource}`;
    report.add('node.invalidValue', { field, detail: `the limit ${limit} is below the request ${request}` }, ['resources', 'limits', resource]);
  }

  const authoredMounts = valueAt(node.data, ['volumeMounts']);
  if (Array.isArray(authoredMounts)) {
    authoredMounts.forEach((mount: unknown, index) => {
      if (!isJsonObject(mount) || sourceName(resolved.workflow, mount) !== undefined) return;
      const { nodeId } = mount;
      if (typeof nodeId === 'string') report.add('document.reservedNode', { id: nodeId }, ['volumeMounts', index, 'nodeId']);
      else report.add('node.missingField', { type: report.kindName, id: node.id, field: `volumeMounts[${index}].name` }, ['volumeMounts', index]);
    });
  }

  const pod = podValues(resolved, node, data);
  const paths = new Set<string>();
  pod.mounts.forEach((mount, index) => {
    const path = valueText(mount['mountPath']);
    if (paths.has(path)) report.add('node.mountTaken', { id: node.id, path }, ['volumeMounts', index]);
    paths.add(path);
  });
  for (const key of pod.unknownKeys) {
    const detail = `no connected Secret or ConfigMap has the key "${key}"; connect one that has it`;
    report.add('node.invalidValue', { field: 'envKeys', detail }, ['envKeys']);
  }
};
