import type { JsonPath, JsonValue } from '../../../shared/json';
import { isJsonObject, valueAt } from '../../../shared/json';
import { isCidr, isCidrInside } from '../../../openapi/index';
import type { NodeReport } from '../../checks/fields';
import { hasValue } from '../defaults';
import { valueText } from '../../valueText';
import type { KindCheck } from '../kindChecks';

const directions = [
  { type: 'Ingress', field: 'ingressRules', key: 'from', code: 'node.blocksIngress' },
  { type: 'Egress', field: 'egressRules', key: 'to', code: 'node.blocksEgress' },
] as const;

/** A policy that closes a direction altogether says so; ranges, ports and peers must be such as the API takes. */
export const checkNetworkPolicy: KindCheck = ({ report, node, data }) => {
  const types = listOf(data['policyTypes']);
  if (types.length === 0) report.add('node.missingField', { type: report.kindName, id: node.id, field: 'policyTypes' }, ['policyTypes']);
  if (hasValue(data['podApps']) && hasValue(data['podSelector'])) report.add('node.exclusive', { field: 'podApps', other: 'podSelector' }, ['podApps']);
  const pods = podsOf(data['podApps'], data['podSelector'], hasValue(data['podSelectorExpressions']));
  for (const { type, field, key, code } of directions) {
    const rules = listOf(data[field]);
    if (!types.includes(type)) {
      if (rules.length > 0) report.add('node.noEffect', { field, other: 'policyTypes', values: `[${type}]` }, [field], { severity: 'warning', what: 'key' });
    } else if (rules.length === 0) report.add(code, { id: node.id, pods, field }, [], { severity: 'warning' });
    rules.forEach((rule, index) => {
      if (!isJsonObject(rule)) return;
      listOf(rule[key]).forEach((peer, at) => checkPeer(report, peer, [field, index, key, at]));
      listOf(rule['ports']).forEach((port, at) => checkPort(report, port, [field, index, 'ports', at]));
    });
  }
};

/** The pods that a policy is about, in the words of a person. */
function podsOf(apps: JsonValue | undefined, selector: JsonValue | undefined, hasConditions: boolean): string {
  if (hasConditions) return 'the pods that its conditions choose';
  if (hasValue(apps)) return `the pods of ${listOf(apps).map(String).join(', ')}`;
  if (!isJsonObject(selector) || Object.keys(selector).length === 0) return 'any pod of the namespace';
  return `pods with ${Object.entries(selector)
    .map(([label, value]) => `${label}=${typeof value === 'object' ? '' : String(value)}`)
    .join(', ')}`;
}

function checkPeer(report: NodeReport, peer: JsonValue, path: JsonPath): void {
  if (!isJsonObject(peer)) return;
  const { ipBlock } = peer;
  const selectors = ['podSelector', 'podSelectorExpressions', 'namespaceSelector', 'namespaceSelectorExpressions'].filter(
    (name) => peer[name] !== undefined && peer[name] !== null,
  );
  const invalid = (field: string, detail: string, at: JsonPath): void => report.add('node.invalidValue', { field, detail }, at);
  if (!isJsonObject(ipBlock)) {
    if (selectors.length === 0) invalid('a peer', 'it needs podSelector, namespaceSelector or ipBlock', path);
    return;
  }
  if (selectors.length > 0) report.add('node.exclusive', { field: 'ipBlock', other: selectors.join(' and ') }, [...path, 'ipBlock']);
  const cidr = valueAt(ipBlock, ['cidr']);
  if (typeof cidr !== 'string') return;
  if (!isCidr(cidr)) return invalid('cidr', `"${cidr}" is no address range such as 10.0.0.0/8`, [...path, 'ipBlock', 'cidr']);
  listOf(ipBlock['except']).forEach((range, index) => {
    if (typeof range !== 'string' || !isCidr(range))
      invalid('except', `"${valueText(range)}" is no address range such as 10.1.0.0/16`, [...path, 'ipBlock', 'except', index]);
    else if (!isCidrInside(range, cidr)) invalid('except', `${range} is no part of ${cidr}`, [...path, 'ipBlock', 'except', index]);
  });
}

function checkPort(report: NodeReport, item: JsonValue, path: JsonPath): void {
  if (!isJsonObject(item)) return;
  const { port, endPort } = item;
  if (typeof endPort !== 'number') return;
  if (typeof port !== 'number') report.add('node.invalidValue', { field: 'endPort', detail: 'a range begins with a port by number' }, [...path, 'endPort']);
  else if (port > endPort) {
    report.add('node.boundsTurned', { low: 'port', lowValue: String(port), high: 'endPort', highValue: String(endPort) }, [...path, 'endPort']);
  }
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]) : [];
}
