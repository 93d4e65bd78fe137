import type { JsonMap } from '../mutableJson';
import { isMap } from '../mutableJson';
import { isReachable } from './addresses';
import { checkPortNumberOrName } from './container';
import type { FieldErrors } from './fieldErrors';
import { mapOf, maps, numberOf, text } from './fieldErrors';
import { checkLabels } from './metadata';
import { dnsLabelErrors, dnsSubdomainErrors, isIP, portNameErrors, portNumberErrors, qualifiedNameErrors, wildcardSubdomainErrors } from './syntax';

const protocols = ['SCTP', 'TCP', 'UDP'];
const serviceTypes = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];

const distributions = ['PreferClose', 'PreferSameNode', 'PreferSameZone'];

function clusterIPs(spec: JsonMap): readonly string[] {
  return Array.isArray(spec['clusterIPs']) ? spec['clusterIPs'].map((one) => text(one)) : [];
}

export function checkService(errors: FieldErrors, object: JsonMap): void {
  const spec = mapOf(object['spec']);
  const type = text(spec['type']);
  const headless = clusterIPs(spec)[0] === 'None';
  const ports = maps(spec['ports']);
  if (ports.length === 0 && !headless && type !== 'ExternalName') errors.required('spec.ports');
  if (headless && (type === 'LoadBalancer' || type === 'NodePort'))
    errors.invalid('spec.clusterIPs[0]', 'None', `may not be set to 'None' for ${type} services`);
  if (type === 'ExternalName') checkExternalName(errors, spec);
  checkServicePorts(errors, ports);
  checkLabels(errors, 'spec.selector', spec['selector']);
  if (!['None', 'ClientIP'].includes(text(spec['sessionAffinity']))) errors.notSupported('spec.sessionAffinity', spec['sessionAffinity'], ['ClientIP', 'None']);
  const timeout = numberOf(mapOf(mapOf(spec['sessionAffinityConfig'])['clientIP'])['timeoutSeconds']);
  if (timeout !== undefined && (timeout <= 0 || timeout > 86_400))
    errors.invalid('spec.sessionAffinityConfig.clientIP.timeoutSeconds', timeout, 'must be greater than 0 and less than 86400');
  checkClusterIPs(errors, spec, type);
  for (const [index, ip] of (Array.isArray(spec['externalIPs']) ? spec['externalIPs'] : []).entries()) {
    if (!isIP(text(ip))) errors.invalid(`spec.externalIPs[${index}]`, ip, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)');
    else if (!isReachable(text(ip))) errors.invalid(`spec.externalIPs[${index}]`, ip, 'may not be an address of the machine itself, of its link, or of nobody');
  }
  if (!serviceTypes.includes(type)) errors.notSupported('spec.type', type, serviceTypes);
  checkPortConflicts(errors, ports, type);
  checkTrafficPolicies(errors, spec, type);
}

function checkExternalName(errors: FieldErrors, spec: JsonMap): void {
  if (clusterIPs(spec).length > 0) errors.forbidden('spec.clusterIPs', 'may not be set for ExternalName services');
  if (spec['ipFamilies'] !== undefined) errors.forbidden('spec.ipFamilies', 'may not be set for ExternalName services');
  if (spec['ipFamilyPolicy'] !== undefined) errors.forbidden('spec.ipFamilyPolicy', 'may not be set for ExternalName services');
  const name = text(spec['externalName']).replace(/\.$/, '');
  if (name === '') errors.required('spec.externalName');
  else errors.invalidEach('spec.externalName', name, dnsSubdomainErrors(name));
}

function checkServicePorts(errors: FieldErrors, ports: readonly JsonMap[]): void {
  const names = new Set<string>();
  for (const [index, port] of ports.entries()) {
    const at = `spec.ports[${index}]`;
    const name = text(port['name']);
    if (name === '') {
      if (ports.length > 1) errors.required(`${at}.name`);
    } else {
      errors.invalidEach(`${at}.name`, name, dnsLabelErrors(name));
      if (names.has(name)) errors.duplicate(`${at}.name`, name);
      names.add(name);
    }
    errors.invalidEach(`${at}.port`, port['port'], portNumberErrors(numberOf(port['port']) ?? 0));
    if (!protocols.includes(text(port['protocol']))) errors.notSupported(`${at}.protocol`, port['protocol'], protocols);
    checkPortNumberOrName(errors, `${at}.targetPort`, port['targetPort']);
    if (typeof port['appProtocol'] === 'string') errors.invalidEach(`${at}.appProtocol`, port['appProtocol'], qualifiedNameErrors(port['appProtocol']));
  }
}

function checkClusterIPs(errors: FieldErrors, spec: JsonMap, type: string): void {
  if (type === 'ExternalName') return;
  const ips = clusterIPs(spec);
  const primary = text(spec['clusterIP']);
  if (ips.length > 0 && primary === '') errors.required('spec.clusterIP', 'must be set when `clusterIPs` is set');
  else if (ips.length > 0 && ips[0] !== primary) errors.invalid('spec.clusterIPs', ips, 'first value must match `clusterIP`');
  for (const [index, ip] of ips.entries()) {
    if (index === 0 && ip === 'None') continue;
    if (!isIP(ip)) errors.invalid(`spec.clusterIPs[${index}]`, ip, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)');
  }
}

function checkPortConflicts(errors: FieldErrors, ports: readonly JsonMap[], type: string): void {
  const nodePorts = new Set<string>();
  const seen = new Set<string>();
  for (const [index, port] of ports.entries()) {
    const at = `spec.ports[${index}]`;
    const nodePort = numberOf(port['nodePort']) ?? 0;
    if (nodePort !== 0) {
      if (type === 'ClusterIP') errors.forbidden(`${at}.nodePort`, "may not be used when `type` is 'ClusterIP'");
      const key = `${text(port['protocol'])}/${nodePort}`;
      if (nodePorts.has(key)) errors.duplicate(`${at}.nodePort`, nodePort);
      nodePorts.add(key);
    }
    const key = `${text(port['protocol'])}/${numberOf(port['port']) ?? 0}`;
    if (seen.has(key)) errors.duplicate(at, { port: port['port'] ?? 0, protocol: port['protocol'] ?? '' });
    seen.add(key);
  }
}

function checkTrafficPolicies(errors: FieldErrors, spec: JsonMap, type: string): void {
  if (spec['allocateLoadBalancerNodePorts'] !== undefined && type !== 'LoadBalancer')
    errors.forbidden('spec.allocateLoadBalancerNodePorts', "may only be used when `type` is 'LoadBalancer'");
  if (spec['loadBalancerClass'] !== undefined && type !== 'LoadBalancer')
    errors.forbidden('spec.loadBalancerClass', "may only be used when `type` is 'LoadBalancer'");
  if (Array.isArray(spec['loadBalancerSourceRanges']) && spec['loadBalancerSourceRanges'].length > 0 && type !== 'LoadBalancer') {
    errors.forbidden('spec.LoadBalancerSourceRanges', "may only be used when `type` is 'LoadBalancer'");
  }
  const external = text(spec['externalTrafficPolicy']);
  const accessible =
    type === 'LoadBalancer' || type === 'NodePort' || (type === 'ClusterIP' && Array.isArray(spec['externalIPs']) && spec['externalIPs'].length > 0);
  if (!accessible && external !== '') errors.invalid('spec.externalTrafficPolicy', external, 'may only be set for externally-accessible services');
  if (accessible && !['Cluster', 'Local'].includes(external)) errors.notSupported('spec.externalTrafficPolicy', external, ['Cluster', 'Local']);
  const healthPort = numberOf(spec['healthCheckNodePort']) ?? 0;
  if (healthPort !== 0 && (type !== 'LoadBalancer' || external !== 'Local'))
    errors.invalid('spec.healthCheckNodePort', healthPort, "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'");
  const distribution = spec['trafficDistribution'];
  if (distribution !== undefined && !distributions.includes(text(distribution))) errors.notSupported('spec.trafficDistribution', distribution, distributions);
  checkFamilies(errors, spec);
  const internal = text(spec['internalTrafficPolicy']);
  if (internal === '') {
    if (['ClusterIP', 'LoadBalancer', 'NodePort'].includes(type)) errors.required('spec.internalTrafficPolicy');
  } else if (!['Cluster', 'Local'].includes(internal)) errors.notSupported('spec.internalTrafficPolicy', internal, ['Cluster', 'Local']);
}

const familyPolicies = ['PreferDualStack', 'RequireDualStack', 'SingleStack'];
const families = ['IPv4', 'IPv6'];

function checkFamilies(errors: FieldErrors, spec: JsonMap): void {
  const policy = spec['ipFamilyPolicy'];
  if (policy !== undefined && !familyPolicies.includes(text(policy))) errors.notSupported('spec.ipFamilyPolicy', policy, familyPolicies);
  for (const [index, family] of (Array.isArray(spec['ipFamilies']) ? spec['ipFamilies'] : []).entries())
    if (!families.includes(text(family))) errors.notSupported(`spec.ipFamilies[${index}]`, family, families);
}

export function checkServiceUpdate(errors: FieldErrors, next: JsonMap, live: JsonMap): void {
  const [now, before] = [mapOf(next['spec']), mapOf(live['spec'])];
  if (now['type'] === 'ExternalName' || before['type'] === 'ExternalName') return;
  const [ips, old] = [clusterIPs(now), clusterIPs(before)];
  if (ips[0] === 'None' && old[0] === 'None') return;
  if (ips.length === 0 && old.length > 0) errors.invalid('spec.clusterIPs[0]', ips, 'primary clusterIP can not be unset');
  else if (old.length > 0 && ips[0] !== old[0]) errors.invalid('spec.clusterIPs[0]', ips, 'may not change once set');
}

export function checkIngress(errors: FieldErrors, object: JsonMap): void {
  const spec = mapOf(object['spec']);
  const rules = maps(spec['rules']);
  if (rules.length === 0 && !isMap(spec['defaultBackend'])) errors.invalid('spec', rules, 'either `defaultBackend` or `rules` must be specified');
  if (isMap(spec['defaultBackend'])) checkBackend(errors, 'spec.defaultBackend', spec['defaultBackend']);
  for (const [index, rule] of rules.entries()) {
    const at = `spec.rules[${index}]`;
    checkHost(errors, `${at}.host`, text(rule['host']));
    if (isMap(rule['http'])) checkPaths(errors, `${at}.http`, maps(rule['http']['paths']));
  }
  for (const [index, tls] of maps(spec['tls']).entries()) {
    const at = `spec.tls[${index}]`;
    for (const [hostIndex, host] of (Array.isArray(tls['hosts']) ? tls['hosts'] : []).entries()) checkHostName(errors, `${at}.hosts[${hostIndex}]`, text(host));
    const secret = text(tls['secretName']);
    if (secret !== '') errors.invalidEach(`${at}.secretName`, secret, dnsSubdomainErrors(secret));
  }
  const className = text(spec['ingressClassName']);
  if (spec['ingressClassName'] !== undefined) errors.invalidEach('spec.ingressClassName', className, dnsSubdomainErrors(className));
}

/** A class may be said by the field and by the older annotation, but not in two ways. */
export function checkNewIngress(errors: FieldErrors, object: JsonMap): void {
  const key = 'kubernetes.io/ingress.class';
  const annotated = mapOf(mapOf(object['metadata'])['annotations'])[key];
  const named = mapOf(object['spec'])['ingressClassName'];
  if (annotated !== undefined && named !== undefined && annotated !== named)
    errors.invalid(`metadata.annotations[${key}]`, annotated, 'must match `ingressClassName` when both are specified');
}

function checkHost(errors: FieldErrors, field: string, host: string): void {
  if (host === '') return;
  if (isIP(host)) errors.invalid(field, host, 'must be a DNS name, not an IP address');
  checkHostName(errors, field, host);
}

function checkHostName(errors: FieldErrors, field: string, host: string): void {
  errors.invalidEach(field, host, host.includes('*') ? wildcardSubdomainErrors(host) : dnsSubdomainErrors(host));
}

function checkPaths(errors: FieldErrors, at: string, paths: readonly JsonMap[]): void {
  if (paths.length === 0) errors.required(`${at}.paths`);
  for (const [index, path] of paths.entries()) {
    const here = `${at}.paths[${index}]`;
    const type = path['pathType'];
    if (type === undefined || type === null) {
      errors.required(`${here}.pathType`, 'pathType must be specified');
      continue;
    }
    const value = text(path['path']);
    if (type === 'Exact' || type === 'Prefix') {
      if (!value.startsWith('/')) errors.invalid(`${here}.path`, value, 'must be an absolute path');
      for (const sequence of ['//', '/./', '/../', '%2f', '%2F'])
        if (value.includes(sequence)) errors.invalid(`${here}.path`, value, `must not contain '${sequence}'`);
      for (const suffix of ['/..', '/.']) if (value.endsWith(suffix)) errors.invalid(`${here}.path`, value, `cannot end with '${suffix}'`);
    } else if (type === 'ImplementationSpecific') {
      if (value !== '' && !value.startsWith('/')) errors.invalid(`${here}.path`, value, 'must be an absolute path');
    } else errors.notSupported(`${here}.pathType`, type, ['Exact', 'ImplementationSpecific', 'Prefix']);
    checkBackend(errors, `${here}.backend`, mapOf(path['backend']));
  }
}

function checkBackend(errors: FieldErrors, at: string, backend: JsonMap): void {
  const service = backend['service'];
  const resource = backend['resource'];
  if (isMap(service) && isMap(resource)) return errors.invalid(at, '', 'cannot set both resource and service backends');
  if (isMap(resource)) {
    for (const key of ['kind', 'name']) if (text(resource[key]) === '') errors.required(`${at}.resource.${key}`);
    return;
  }
  if (!isMap(service)) return errors.invalid(at, '', 'resource or service backend is required');
  const name = text(service['name']);
  if (name === '') errors.required(`${at}.service.name`);
  else errors.invalidEach(`${at}.service.name`, name, dnsLabelErrors(name));
  const port = mapOf(service['port']);
  const portName = text(port['name']);
  const number = numberOf(port['number']) ?? 0;
  if (portName !== '' && number !== 0) errors.invalid(at, '', 'cannot set both port name & port number');
  else if (portName !== '') errors.invalidEach(`${at}.service.port.name`, portName, portNameErrors(portName));
  else if (number !== 0) errors.invalidEach(`${at}.service.port.number`, number, portNumberErrors(number));
  else errors.required(at, 'port name or number is required');
}
