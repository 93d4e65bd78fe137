// Rules for kinds that govern others: budgets, quotas, ranges, network policies, roles, leases.
import { quantityNanos } from '../format';
import type { Json, JsonMap } from '../mutableJson';
import { isMap, sameValue } from '../mutableJson';
import { hasHostBits, isCidr, isCidrInside } from './addresses';
import { checkPortNumberOrName } from './container';
import type { FieldErrors } from './fieldErrors';
import { mapOf, maps, numberOf, text } from './fieldErrors';
import { checkSelector } from './metadata';
import { dnsSubdomainErrors, pathSegmentErrors, portNumberErrors, qualifiedNameErrors } from './syntax';
import { checkIntOrPercent, checkNotAboveAll } from './workload';

const rbacGroup = 'rbac.authorization.k8s.io';

export function checkNetworkPolicy(errors: FieldErrors, object: JsonMap): void {
  const spec = mapOf(object['spec']);
  checkSelector(errors, 'spec.podSelector', spec['podSelector']);
  for (const [direction, peers] of [
    ['ingress', 'from'],
    ['egress', 'to'],
  ] as const) {
    for (const [index, rule] of maps(spec[direction]).entries()) {
      const at = `spec.${direction}[${index}]`;
      for (const [portIndex, port] of maps(rule['ports']).entries()) checkPolicyPort(errors, `${at}.ports[${portIndex}]`, port);
      for (const [peerIndex, peer] of maps(rule[peers]).entries()) checkPeer(errors, `${at}.${peers}[${peerIndex}]`, peer);
    }
  }
  if (Array.isArray(spec['policyTypes']) && spec['policyTypes'].length > 2)
    errors.invalid('spec.policyTypes', spec['policyTypes'], 'may not specify more than two policyTypes');
  for (const [index, type] of (Array.isArray(spec['policyTypes']) ? spec['policyTypes'] : []).entries()) {
    if (type !== 'Ingress' && type !== 'Egress') errors.notSupported(`spec.policyTypes[${index}]`, type, ['Egress', 'Ingress']);
  }
}

function checkPolicyPort(errors: FieldErrors, at: string, port: JsonMap): void {
  if (!['TCP', 'UDP', 'SCTP'].includes(text(port['protocol']))) errors.notSupported(`${at}.protocol`, port['protocol'], ['SCTP', 'TCP', 'UDP']);
  const start = port['port'];
  const end = numberOf(port['endPort']);
  if (start !== undefined) checkPortNumberOrName(errors, `${at}.port`, start);
  if (end === undefined) return;
  if (typeof start !== 'number') return errors.invalid(`${at}.endPort`, end, 'may not be specified when `port` is not specified or not a number');
  if (end < start) errors.invalid(`${at}.endPort`, start, 'must be greater than or equal to `port`');
  errors.invalidEach(`${at}.endPort`, end, portNumberErrors(end));
}

function checkPeer(errors: FieldErrors, at: string, peer: JsonMap): void {
  const { podSelector, namespaceSelector, ipBlock } = peer;
  if (isMap(podSelector)) checkSelector(errors, `${at}.podSelector`, podSelector);
  if (isMap(namespaceSelector)) checkSelector(errors, `${at}.namespaceSelector`, namespaceSelector);
  if (isMap(ipBlock)) {
    checkBlock(errors, `${at}.ipBlock`, ipBlock);
    if (isMap(podSelector) || isMap(namespaceSelector)) errors.forbidden(at, 'may not specify both ipBlock and another peer');
  } else if (!isMap(podSelector) && !isMap(namespaceSelector)) errors.required(at, 'must specify a peer');
}

function checkBlock(errors: FieldErrors, at: string, block: JsonMap): void {
  const cidr = text(block['cidr']);
  if (cidr === '') return errors.required(`${at}.cidr`);
  for (const [field, value] of [
    [`${at}.cidr`, cidr],
    ...(Array.isArray(block['except']) ? block['except'] : []).map((one, index) => [`${at}.except[${index}]`, text(one)] as const),
  ] as const) {
    if (hasHostBits(value)) errors.invalid(field, value, 'must not have bits set beyond the prefix length');
    if (!isCidr(value)) errors.invalid(field, value, 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)');
    else if (value !== cidr && isCidr(cidr) && !isCidrInside(value, cidr)) errors.invalid(field, value, 'must be a strict subset of `cidr`');
    else if (field.includes('.except[') && value === cidr) errors.invalid(field, value, 'must be a strict subset of `cidr`');
  }
}

export function checkDisruptionBudget(errors: FieldErrors, object: JsonMap): void {
  const spec = mapOf(object['spec']);
  if (spec['minAvailable'] !== undefined && spec['maxUnavailable'] !== undefined)
    errors.invalid('spec', {}, 'minAvailable and maxUnavailable cannot be both set');
  for (const key of ['minAvailable', 'maxUnavailable']) {
    if (spec[key] === undefined) continue;
    checkIntOrPercent(errors, `spec.${key}`, spec[key]);
    checkNotAboveAll(errors, `spec.${key}`, spec[key]);
  }
  checkSelector(errors, 'spec.selector', spec['selector']);
  const policy = spec['unhealthyPodEvictionPolicy'];
  if (policy !== undefined && policy !== 'AlwaysAllow' && policy !== 'IfHealthyBudget')
    errors.notSupported('spec.unhealthyPodEvictionPolicy', policy, ['AlwaysAllow', 'IfHealthyBudget']);
}

export function checkRole(errors: FieldErrors, object: JsonMap, namespaced: boolean): void {
  const isEmpty = (value: Json | undefined): boolean => !Array.isArray(value) || value.length === 0;
  for (const [index, rule] of maps(object['rules']).entries()) {
    const at = `rules[${index}]`;
    if (isEmpty(rule['verbs'])) errors.required(`${at}.verbs`, 'verbs must contain at least one value');
    if (!isEmpty(rule['nonResourceURLs'])) {
      if (namespaced) errors.invalid(`${at}.nonResourceURLs`, rule['nonResourceURLs'], 'namespaced rules cannot apply to non-resource URLs');
      if (['apiGroups', 'resources', 'resourceNames'].some((key) => !isEmpty(rule[key])))
        errors.invalid(`${at}.nonResourceURLs`, rule['nonResourceURLs'], 'rules cannot apply to both regular resources and non-resource URLs');
      continue;
    }
    if (isEmpty(rule['apiGroups'])) errors.required(`${at}.apiGroups`, 'resource rules must supply at least one api group');
    if (isEmpty(rule['resources'])) errors.required(`${at}.resources`, 'resource rules must supply at least one resource');
  }
}

export function checkClusterRole(errors: FieldErrors, object: JsonMap): void {
  checkRole(errors, object, false);
  const aggregation = object['aggregationRule'];
  if (!isMap(aggregation)) return;
  const selectors = maps(aggregation['clusterRoleSelectors']);
  const at = 'aggregationRule.clusterRoleSelectors';
  if (selectors.length === 0) errors.required(at, 'at least one clusterRoleSelector required if aggregationRule is non-nil');
  for (const [index, selector] of selectors.entries()) checkSelector(errors, `${at}[${index}]`, selector);
}

export function checkRoleBinding(errors: FieldErrors, object: JsonMap, namespaced: boolean): void {
  const reference = mapOf(object['roleRef']);
  if (reference['apiGroup'] !== rbacGroup) errors.notSupported('roleRef.apiGroup', reference['apiGroup'], [rbacGroup]);
  const allowed = namespaced ? ['ClusterRole', 'Role'] : ['ClusterRole'];
  if (!allowed.includes(text(reference['kind']))) errors.notSupported('roleRef.kind', reference['kind'], allowed);
  const name = text(reference['name']);
  if (name === '') errors.required('roleRef.name');
  else errors.invalidEach('roleRef.name', name, pathSegmentErrors(name));
  for (const [index, subject] of maps(object['subjects']).entries()) checkSubject(errors, `subjects[${index}]`, subject, namespaced);
}

function checkSubject(errors: FieldErrors, at: string, subject: JsonMap, namespaced: boolean): void {
  const name = text(subject['name']);
  const group = text(subject['apiGroup']);
  if (name === '') errors.required(`${at}.name`);
  if (subject['kind'] === 'ServiceAccount') {
    if (name !== '') errors.invalidEach(`${at}.name`, name, dnsSubdomainErrors(name));
    if (group !== '') errors.notSupported(`${at}.apiGroup`, group, ['']);
    if (!namespaced && text(subject['namespace']) === '') errors.required(`${at}.namespace`);
  } else if (subject['kind'] === 'User' || subject['kind'] === 'Group') {
    if (group !== rbacGroup) errors.notSupported(`${at}.apiGroup`, group, [rbacGroup]);
  } else errors.notSupported(`${at}.kind`, subject['kind'], ['Group', 'ServiceAccount', 'User']);
}

export function checkRoleBindingUpdate(errors: FieldErrors, next: JsonMap, live: JsonMap): void {
  if (!sameValue(next['roleRef'], live['roleRef'])) errors.invalid('roleRef', next['roleRef'], 'cannot change roleRef');
}

export function checkLease(errors: FieldErrors, object: JsonMap): void {
  const spec = mapOf(object['spec']);
  const duration = numberOf(spec['leaseDurationSeconds']);
  if (duration !== undefined && duration <= 0) errors.invalid('spec.leaseDurationSeconds', duration, 'must be greater than 0');
  errors.nonNegative('spec.leaseTransitions', spec['leaseTransitions']);
}

const quotaScopes = ['BestEffort', 'CrossNamespacePodAffinity', 'NotBestEffort', 'NotTerminating', 'PriorityClass', 'Terminating', 'VolumeAttributesClass'];

/** Things that only come whole. */
function isCounted(name: string): boolean {
  return (
    name.startsWith('count/') ||
    /^(?:pods|services|secrets|configmaps|replicationcontrollers|resourcequotas|persistentvolumeclaims)$/.test(name) ||
    name.startsWith('services.')
  );
}

/** Above it, numbers belong to the system. */
const highestPriority = 1_000_000_000;

export function checkPriorityClass(errors: FieldErrors, object: JsonMap): void {
  const value = numberOf(object['value']) ?? 0;
  const isSystem = text(mapOf(object['metadata'])['name']).startsWith('system-');
  if (isSystem)
    errors.invalid('metadata.name', mapOf(object['metadata'])['name'], 'priority class names with "system-" prefix are reserved for system use only');
  const preemption = object['preemptionPolicy'];
  if (preemption !== undefined && preemption !== 'Never' && preemption !== 'PreemptLowerPriority')
    errors.notSupported('preemptionPolicy', preemption, ['Never', 'PreemptLowerPriority']);
  if (value > highestPriority) errors.forbidden('value', `maximum allowed value of a user defined priority is ${highestPriority}`);
}

export function checkStorageClass(errors: FieldErrors, object: JsonMap): void {
  for (const [key, allowed] of [
    ['reclaimPolicy', ['Delete', 'Retain']],
    ['volumeBindingMode', ['Immediate', 'WaitForFirstConsumer']],
  ] as const) {
    const value = text(object[key]);
    if (!allowed.some((one) => one === value)) errors.notSupported(key, value, allowed);
  }
  const provisioner = text(object['provisioner']);
  if (provisioner === '') errors.required('provisioner');
  else errors.invalidEach('provisioner', provisioner, qualifiedNameErrors(provisioner.toLowerCase()));
}

export function checkResourceQuota(errors: FieldErrors, object: JsonMap): void {
  const scopes = mapOf(object['spec'])['scopes'];
  const given = Array.isArray(scopes) ? scopes : [];
  if (given.some((scope) => !quotaScopes.includes(text(scope)))) errors.invalid('spec.scopes', given, 'unsupported scope');
  for (const [name, amount] of Object.entries(mapOf(mapOf(object['spec'])['hard']))) {
    const at = `spec.hard[${name}]`;
    const nanos = quantityNanos(text(amount)) ?? 0n;
    errors.invalidEach(at, name, qualifiedNameErrors(name));
    if (nanos < 0n) errors.invalid(at, amount, 'must be greater than or equal to 0');
    if (isCounted(name) && nanos % 1_000_000_000n !== 0n) errors.invalid(at, amount, 'must be an integer');
    if (given.includes('BestEffort') && name !== 'pods') errors.invalid('spec.scopes', given, 'unsupported scope applied to resource');
  }
}

/** Which bound may not be above which, and where the error stands. */
const rangeOrder = [
  ['min', 'max', 'min'],
  ['min', 'defaultRequest', 'defaultRequest'],
  ['defaultRequest', 'max', 'defaultRequest'],
  ['defaultRequest', 'default', 'defaultRequest'],
  ['min', 'default', 'default'],
  ['default', 'max', 'default'],
] as const;

export function checkLimitRange(errors: FieldErrors, object: JsonMap): void {
  const types = new Set<string>();
  for (const [index, limit] of maps(mapOf(object['spec'])['limits']).entries()) {
    const at = `spec.limits[${index}]`;
    const type = text(limit['type']);
    errors.invalidEach(`${at}.type`, type, qualifiedNameErrors(type));
    if (types.has(type)) errors.duplicate(`${at}.type`, type);
    types.add(type);
    if (type === 'Pod')
      for (const key of ['default', 'defaultRequest'])
        if (Object.keys(mapOf(limit[key])).length > 0) errors.forbidden(`${at}.${key}`, "may not be specified when `type` is 'Pod'");
    for (const [low, high, place] of rangeOrder) {
      const upper = mapOf(limit[high]);
      for (const [name, amount] of Object.entries(mapOf(limit[low]))) {
        const bound = quantityNanos(text(upper[name]));
        if (bound !== undefined && (quantityNanos(text(amount)) ?? 0n) > bound)
          errors.invalid(`${at}.${place}[${name}]`, amount, `${low} value ${text(amount)} is greater than ${high} value ${text(upper[name])}`);
      }
    }
  }
}
