import { isJsonObject, valueAt } from '../../../shared/json';
import { dnsLabel, objectName } from '../../../shared/workflow';
import { removal } from '../../checks/fields';
import { hasValue } from '../defaults';
import type { KindCheck } from '../kindChecks';
import { hasSecretValues, serverFields } from './manifestNode';

/** What can be said of an object of any kind; its structure is checked where it is known. */
export const checkManifest: KindCheck = ({ report, node }) => {
  const manifest = valueAt(node.data, ['manifest']);
  if (!isJsonObject(manifest) || !hasValue(manifest)) return;
  for (const field of ['apiVersion', 'kind']) {
    const value = manifest[field];
    if (!hasValue(value)) report.add('node.missingField', { type: report.kindName, id: node.id, field: `manifest.${field}` }, ['manifest', field]);
    else if (typeof value !== 'string') report.add('node.wrongType', { field: `manifest.${field}`, expected: 'text' }, ['manifest', field]);
  }
  const { kind } = manifest;
  if (typeof kind === 'string' && kind.endsWith('List') && Array.isArray(manifest['items']))
    report.add('node.manifestList', { id: node.id }, ['manifest', 'kind']);
  if (hasSecretValues(manifest)) {
    for (const field of ['data', 'stringData'])
      if (manifest[field] !== undefined) report.add('node.manifestSecret', { id: node.id, field }, ['manifest', field], { what: 'key' });
  }
  if (kind === 'Secret') {
    for (const field of ['data', 'stringData']) {
      if (valueAt(node.data, ['patch', field]) !== undefined) report.add('node.manifestSecret', { id: node.id, field }, ['patch', field], { what: 'key' });
    }
  }
  const namespace = valueAt(manifest, ['metadata', 'namespace']);
  if (typeof namespace === 'string' && !dnsLabel.test(namespace)) report.add('node.invalidName', { value: namespace }, ['manifest', 'metadata', 'namespace']);
  const name = valueAt(manifest, ['metadata', 'name']);
  if (hasValue(name) && objectName(node) !== name) {
    const args = { field: 'manifest.metadata.name', other: 'name', values: 'absent' };
    report.add('node.noEffect', args, ['manifest', 'metadata', 'name'], { severity: 'warning', what: 'key' });
  }
  for (const path of serverFields) {
    const full = ['manifest', ...path];
    if (valueAt(node.data, full) === undefined) continue;
    const field = String(path.at(-1));
    report.add('node.serverField', { field: full.join('.') }, full, { severity: 'warning', what: 'key', fixes: [removal(report, full, field)] });
  }
};
