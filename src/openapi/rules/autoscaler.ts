// Rules for horizontal autoscalers: target, bounds, metrics, and how fast they may scale.
import { quantityNanos } from '../format';
import type { JsonMap } from '../mutableJson';
import { isMap } from '../mutableJson';
import type { FieldErrors } from './fieldErrors';
import { mapOf, maps, numberOf, text } from './fieldErrors';
import { pathSegmentErrors } from './syntax';

export function checkAutoscaler(errors: FieldErrors, object: JsonMap): void {
  const spec = mapOf(object['spec']);
  const min = numberOf(spec['minReplicas']);
  const max = numberOf(spec['maxReplicas']) ?? 0;
  if (min !== undefined && min < 1) errors.invalid('spec.minReplicas', min, 'must be greater than or equal to 1');
  if (max === 0) errors.required('spec.maxReplicas', 'must be set and greater than 0');
  else if (max < 0) errors.invalid('spec.maxReplicas', max, 'must be greater than or equal to 1');
  if (min !== undefined && max < min) errors.invalid('spec.maxReplicas', max, 'must be greater than or equal to `minReplicas`');
  const target = mapOf(spec['scaleTargetRef']);
  for (const key of ['kind', 'name']) {
    const value = text(target[key]);
    if (value === '') errors.required(`spec.scaleTargetRef.${key}`);
    else errors.invalidEach(`spec.scaleTargetRef.${key}`, value, pathSegmentErrors(value));
  }
  if (text(target['apiVersion']) === '' && text(target['kind']) !== 'ReplicationController')
    errors.invalid('spec.scaleTargetRef.apiVersion', '', 'must specify API group');
  for (const [index, metric] of maps(spec['metrics']).entries()) checkMetric(errors, `spec.metrics[${index}]`, metric);
  for (const direction of ['scaleUp', 'scaleDown']) {
    const rules = mapOf(spec['behavior'])[direction];
    if (isMap(rules)) checkScalingRules(errors, `spec.behavior.${direction}`, rules);
  }
}

/** The field in which a metric of each type says more. */
const sources: Readonly<Record<string, string>> = {
  ContainerResource: 'containerResource',
  External: 'external',
  Object: 'object',
  Pods: 'pods',
  Resource: 'resource',
};

function checkMetric(errors: FieldErrors, at: string, metric: JsonMap): void {
  const type = text(metric['type']);
  const source = Object.hasOwn(sources, type) ? sources[type] : undefined;
  if (type === '') errors.required(`${at}.type`, 'must specify a metric source type');
  if (source === undefined) errors.notSupported(`${at}.type`, type, Object.keys(sources));
  const present = Object.values(sources).filter((one) => isMap(metric[one]));
  if (source !== undefined && !present.includes(source)) errors.required(`${at}.${source}`, 'must populate information for the given metric source');
  if (present.length > 1)
    for (const other of present.filter((one) => one !== source)) errors.forbidden(`${at}.${other}`, 'must populate the given metric source only');
  if (present.length === 1 && present[0] === 'resource') checkResourceMetric(errors, `${at}.resource`, mapOf(metric['resource']));
}

function checkResourceMetric(errors: FieldErrors, at: string, source: JsonMap): void {
  const target = mapOf(source['target']);
  const utilization = numberOf(target['averageUtilization']);
  if (text(source['name']) === '') errors.required(`${at}.name`, 'must specify a resource name');
  const type = text(target['type']);
  if (type === '') errors.required(`${at}.target.type`, 'must specify a metric target type');
  if (!['Utilization', 'Value', 'AverageValue'].includes(type)) errors.invalid(`${at}.target.type`, type, 'must be either Utilization, Value, or AverageValue');
  for (const key of ['value', 'averageValue']) {
    const amount = target[key];
    if (amount !== undefined && (quantityNanos(text(amount)) ?? 0n) <= 0n) errors.invalid(`${at}.target.${key}`, amount, 'must be positive');
  }
  if (utilization !== undefined && utilization < 1) errors.invalid(`${at}.target.averageUtilization`, utilization, 'must be greater than 0');
  const hasValue = target['averageValue'] !== undefined;
  if (utilization === undefined && !hasValue) errors.required(`${at}.target.averageUtilization`, 'must set either a target raw value or a target utilization');
  if (utilization !== undefined && hasValue) errors.forbidden(`${at}.target.averageValue`, 'may not set both a target raw value and a target utilization');
}

const longestWindow = 3_600;
const longestPeriod = 1_800;

function checkScalingRules(errors: FieldErrors, at: string, rules: JsonMap): void {
  const window = numberOf(rules['stabilizationWindowSeconds']);
  if (window !== undefined && window < 0) errors.invalid(`${at}.stabilizationWindowSeconds`, window, 'must be greater than or equal to zero');
  if (window !== undefined && window > longestWindow)
    errors.invalid(`${at}.stabilizationWindowSeconds`, window, `must be less than or equal to ${longestWindow}`);
  const select = rules['selectPolicy'];
  if (select !== undefined && !['Disabled', 'Max', 'Min'].includes(text(select))) errors.notSupported(`${at}.selectPolicy`, select, ['Disabled', 'Max', 'Min']);
  const policies = maps(rules['policies']);
  if (policies.length === 0) errors.required(`${at}.policies`, 'must specify at least one Policy');
  for (const [index, policy] of policies.entries()) {
    const one = `${at}.policies[${index}]`;
    if (!['Percent', 'Pods'].includes(text(policy['type']))) errors.notSupported(`${one}.type`, policy['type'], ['Percent', 'Pods']);
    for (const key of ['value', 'periodSeconds'])
      if ((numberOf(policy[key]) ?? 0) <= 0) errors.invalid(`${one}.${key}`, policy[key] ?? 0, 'must be greater than zero');
    if ((numberOf(policy['periodSeconds']) ?? 0) > longestPeriod)
      errors.invalid(`${one}.periodSeconds`, policy['periodSeconds'], `must be less than or equal to ${longestPeriod}`);
  }
}
