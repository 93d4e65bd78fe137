// Rules for where pods may run: affinity, spreading over the cluster, and what a pod asks of its host.
import type { Json, JsonMap } from '../mutableJson';
import { isMap } from '../mutableJson';
import { isIPAddress } from './addresses';
import type { FieldErrors } from './fieldErrors';
import { mapOf, maps, numberOf, text } from './fieldErrors';
import { checkSelector } from './metadata';
import { dnsSubdomainErrors, labelValueErrors, qualifiedNameErrors } from './syntax';

const preferred = 'preferredDuringSchedulingIgnoredDuringExecution';
const required = 'requiredDuringSchedulingIgnoredDuringExecution';

export function checkAffinity(errors: FieldErrors, at: string, affinity: JsonMap): void {
  checkNodeAffinity(errors, `${at}.nodeAffinity`, mapOf(affinity['nodeAffinity']));
  for (const key of ['podAffinity', 'podAntiAffinity']) {
    const part = mapOf(affinity[key]);
    for (const [index, term] of maps(part[required]).entries()) checkPodTerm(errors, `${at}.${key}.${required}[${index}]`, term);
    for (const [index, weighted] of maps(part[preferred]).entries()) {
      const here = `${at}.${key}.${preferred}[${index}]`;
      checkWeight(errors, here, weighted['weight']);
      checkPodTerm(errors, `${here}.podAffinityTerm`, mapOf(weighted['podAffinityTerm']));
    }
  }
}

function checkWeight(errors: FieldErrors, at: string, weight: Json | undefined): void {
  const number = numberOf(weight) ?? 0;
  if (number < 1 || number > 100) errors.invalid(`${at}.weight`, number, 'must be in the range 1-100');
}

function checkPodTerm(errors: FieldErrors, at: string, term: JsonMap): void {
  if (isMap(term['labelSelector'])) checkSelector(errors, `${at}.labelSelector`, term['labelSelector']);
  if (isMap(term['namespaceSelector'])) checkSelector(errors, `${at}.namespaceSelector`, term['namespaceSelector']);
  const key = text(term['topologyKey']);
  if (key === '') errors.required(`${at}.topologyKey`, 'can not be empty');
  else errors.invalidEach(`${at}.topologyKey`, key, qualifiedNameErrors(key));
}

function checkNodeAffinity(errors: FieldErrors, at: string, affinity: JsonMap): void {
  const must = affinity[required];
  if (isMap(must)) {
    const terms = maps(must['nodeSelectorTerms']);
    const here = `${at}.${required}.nodeSelectorTerms`;
    if (terms.length === 0) errors.required(here, 'must have at least one node selector term');
    for (const [index, term] of terms.entries()) checkNodeTerm(errors, `${here}[${index}]`, term);
  }
  for (const [index, weighted] of maps(affinity[preferred]).entries()) {
    const here = `${at}.${preferred}[${index}]`;
    checkWeight(errors, here, weighted['weight']);
    checkNodeTerm(errors, `${here}.preference`, mapOf(weighted['preference']));
  }
}

const nodeOperators = ['In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt'];

function checkNodeTerm(errors: FieldErrors, at: string, term: JsonMap): void {
  for (const [index, expression] of maps(term['matchExpressions']).entries()) {
    const here = `${at}.matchExpressions[${index}]`;
    const operator = text(expression['operator']);
    const values = Array.isArray(expression['values']) ? expression['values'] : [];
    if (!nodeOperators.includes(operator)) errors.invalid(`${here}.operator`, operator, 'not a valid selector operator');
    else if ((operator === 'In' || operator === 'NotIn') && values.length === 0)
      errors.required(`${here}.values`, "must be specified when `operator` is 'In' or 'NotIn'");
    else if ((operator === 'Exists' || operator === 'DoesNotExist') && values.length > 0)
      errors.forbidden(`${here}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
    else if ((operator === 'Gt' || operator === 'Lt') && values.length !== 1)
      errors.required(`${here}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'");
    errors.invalidEach(`${here}.key`, expression['key'] ?? '', qualifiedNameErrors(text(expression['key'])));
    for (const [valueIndex, value] of values.entries()) errors.invalidEach(`${here}.values[${valueIndex}]`, value, labelValueErrors(text(value)));
  }
}

export function checkSpreading(errors: FieldErrors, at: string, constraints: readonly JsonMap[]): void {
  const seen = new Set<string>();
  for (const [index, constraint] of constraints.entries()) {
    const here = `${at}[${index}]`;
    const skew = numberOf(constraint['maxSkew']) ?? 0;
    const key = text(constraint['topologyKey']);
    const when = text(constraint['whenUnsatisfiable']);
    if (skew <= 0) errors.invalid(`${here}.maxSkew`, skew, 'must be greater than zero');
    if (key === '') errors.required(`${here}.topologyKey`, 'can not be empty');
    else errors.invalidEach(`${here}.topologyKey`, key, qualifiedNameErrors(key));
    if (when !== 'DoNotSchedule' && when !== 'ScheduleAnyway') errors.notSupported(`${here}.whenUnsatisfiable`, when, ['DoNotSchedule', 'ScheduleAnyway']);
    const pair = `${key} ${when}`;
    if (seen.has(pair)) errors.duplicate(`${here}.{topologyKey, whenUnsatisfiable}`, `{${key}, ${when}}`);
    seen.add(pair);
    if (isMap(constraint['labelSelector'])) checkSelector(errors, `${here}.labelSelector`, constraint['labelSelector']);
  }
}

/** Name servers that a resolver of the C library takes notice of. */
const mostNameServers = 3;

export function checkNaming(errors: FieldErrors, at: string, spec: JsonMap): void {
  const config = mapOf(spec['dnsConfig']);
  const servers = Array.isArray(config['nameservers']) ? config['nameservers'] : [];
  if (spec['dnsPolicy'] === 'None') {
    if (!isMap(spec['dnsConfig'])) errors.required(`${at}.dnsConfig`, 'must provide `dnsConfig` when `dnsPolicy` is None');
    else if (servers.length === 0) errors.required(`${at}.dnsConfig.nameservers`, 'must provide at least one DNS nameserver when `dnsPolicy` is None');
  }
  if (servers.length > mostNameServers) errors.invalid(`${at}.dnsConfig.nameservers`, servers, `must not have more than ${mostNameServers} nameservers`);
  for (const [index, server] of servers.entries())
    if (!isIPAddress(text(server)))
      errors.invalid(`${at}.dnsConfig.nameservers[${index}]`, server, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)');
  for (const [index, alias] of maps(spec['hostAliases']).entries()) {
    const here = `${at}.hostAliases[${index}]`;
    if (!isIPAddress(text(alias['ip']))) errors.invalid(`${here}.ip`, alias['ip'] ?? '', 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)');
    for (const name of Array.isArray(alias['hostnames']) ? alias['hostnames'] : [])
      errors.invalidEach(`${here}.hostnames`, name, dnsSubdomainErrors(text(name)));
  }
}
