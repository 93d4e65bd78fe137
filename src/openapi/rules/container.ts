import { quantityNanos } from '../format';
import type { Json, JsonMap } from '../mutableJson';
import { isMap } from '../mutableJson';
import type { FieldErrors } from './fieldErrors';
import { mapOf, maps, numberOf, text } from './fieldErrors';
import { checkContainerSecurity } from './security';
import { configKeyErrors, dnsLabelErrors, dnsSubdomainErrors, envNameErrors, portNameErrors, portNumberErrors, qualifiedNameErrors } from './syntax';

const protocols = ['SCTP', 'TCP', 'UDP'];
const pullPolicies = ['Always', 'IfNotPresent', 'Never'];
const envFieldPaths = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
];

const resourcePaths = ['limits', 'requests'].flatMap((list) => ['cpu', 'ephemeral-storage', 'memory'].map((name) => `${list}.${name}`));

/** The rules that hold for containers of every sort. `volumes` are the names of the pod's sound volumes. */
export function checkContainer(errors: FieldErrors, at: string, container: JsonMap, volumes: ReadonlySet<string>): void {
  const name = text(container['name']);
  if (name === '') errors.required(`${at}.name`);
  else errors.invalidEach(`${at}.name`, name, dnsLabelErrors(name));
  if (text(container['image']) === '') errors.required(`${at}.image`);
  if (!['File', 'FallbackToLogsOnError'].includes(text(container['terminationMessagePolicy']))) {
    errors.notSupported(`${at}.terminationMessagePolicy`, container['terminationMessagePolicy'], ['FallbackToLogsOnError', 'File']);
  }
  checkPorts(errors, `${at}.ports`, maps(container['ports']));
  checkEnv(errors, `${at}.env`, maps(container['env']));
  checkEnvFrom(errors, `${at}.envFrom`, maps(container['envFrom']));
  checkMounts(errors, `${at}.volumeMounts`, maps(container['volumeMounts']), volumes);
  if (!pullPolicies.includes(text(container['imagePullPolicy']))) errors.notSupported(`${at}.imagePullPolicy`, container['imagePullPolicy'], pullPolicies);
  checkResources(errors, `${at}.resources`, mapOf(container['resources']));
  const security = mapOf(container['securityContext']);
  checkContainerSecurity(errors, `${at}.securityContext`, security);
  for (const [index, mount] of maps(container['volumeMounts']).entries())
    checkPropagation(errors, `${at}.volumeMounts[${index}]`, mount, security['privileged'] === true);
}

function checkPropagation(errors: FieldErrors, at: string, mount: JsonMap, privileged: boolean): void {
  const propagation = mount['mountPropagation'];
  if (propagation === undefined) return;
  if (!['Bidirectional', 'HostToContainer', 'None'].includes(text(propagation)))
    errors.notSupported(`${at}.mountPropagation`, propagation, ['Bidirectional', 'HostToContainer', 'None']);
  else if (propagation === 'Bidirectional' && !privileged)
    errors.forbidden(`${at}.mountPropagation`, 'Bidirectional mount propagation is available only to privileged containers');
}

/** Probes and hooks, which init containers may not have. */
export function checkLifecycle(errors: FieldErrors, at: string, container: JsonMap): void {
  for (const hook of ['postStart', 'preStop']) {
    const handler = mapOf(container['lifecycle'])[hook];
    if (isMap(handler)) checkHandler(errors, `${at}.lifecycle.${hook}`, handler);
  }
  for (const kind of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
    const probe = container[kind];
    if (!isMap(probe)) continue;
    checkHandler(errors, `${at}.${kind}`, probe);
    for (const key of ['initialDelaySeconds', 'timeoutSeconds', 'periodSeconds', 'successThreshold', 'failureThreshold'])
      errors.nonNegative(`${at}.${kind}.${key}`, probe[key]);
    const grace = numberOf(probe['terminationGracePeriodSeconds']);
    if (grace !== undefined && kind === 'readinessProbe')
      errors.invalid(`${at}.${kind}.terminationGracePeriodSeconds`, grace, 'must not be set for readinessProbes');
    if (grace !== undefined && grace <= 0) errors.invalid(`${at}.${kind}.terminationGracePeriodSeconds`, grace, 'must be greater than 0');
    if (kind !== 'readinessProbe' && probe['successThreshold'] !== 1) errors.invalid(`${at}.${kind}.successThreshold`, probe['successThreshold'], 'must be 1');
  }
}

function checkHandler(errors: FieldErrors, at: string, handler: JsonMap): void {
  const present = ['exec', 'httpGet', 'tcpSocket', 'grpc', 'sleep'].filter((one) => isMap(handler[one]));
  if (present.length === 0) errors.required(at, 'must specify a handler type');
  for (const other of present.slice(1)) errors.forbidden(`${at}.${other}`, 'may not specify more than 1 handler type');
  const action = mapOf(handler[present[0] ?? '']);
  if (present[0] === 'exec' && !(Array.isArray(action['command']) && action['command'].length > 0)) errors.required(`${at}.exec.command`);
  if (present[0] === 'httpGet') {
    checkPortNumberOrName(errors, `${at}.httpGet.port`, action['port']);
    for (const [index, header] of maps(action['httpHeaders']).entries())
      if (!/^[-A-Za-z0-9]+$/.test(text(header['name'])))
        errors.invalid(`${at}.httpGet.httpHeaders[${index}].name`, header['name'] ?? '', "a valid HTTP header must consist of alphanumeric characters or '-'");
    if (!['HTTP', 'HTTPS'].includes(text(action['scheme']))) errors.notSupported(`${at}.httpGet.scheme`, action['scheme'], ['HTTP', 'HTTPS']);
  }
  if (present[0] === 'tcpSocket') checkPortNumberOrName(errors, `${at}.tcpSocket.port`, action['port']);
  if (present[0] === 'grpc') errors.invalidEach(`${at}.grpc.port`, action['port'], portNumberErrors(numberOf(action['port']) ?? 0));
}

export function checkPortNumberOrName(errors: FieldErrors, field: string, port: Json | undefined): void {
  if (typeof port === 'string') errors.invalidEach(field, port, portNameErrors(port));
  else errors.invalidEach(field, port ?? 0, portNumberErrors(numberOf(port) ?? 0));
}

function checkPorts(errors: FieldErrors, at: string, ports: readonly JsonMap[]): void {
  const names = new Set<string>();
  for (const [index, port] of ports.entries()) {
    const here = `${at}[${index}]`;
    const name = text(port['name']);
    if (name !== '') {
      const wrong = portNameErrors(name);
      errors.invalidEach(`${here}.name`, name, wrong);
      if (wrong.length === 0 && names.has(name)) errors.duplicate(`${here}.name`, name);
      else names.add(name);
    }
    const number = numberOf(port['containerPort']) ?? 0;
    if (number === 0) errors.required(`${here}.containerPort`);
    else errors.invalidEach(`${here}.containerPort`, number, portNumberErrors(number));
    const host = numberOf(port['hostPort']) ?? 0;
    if (host !== 0) errors.invalidEach(`${here}.hostPort`, host, portNumberErrors(host));
    if (!protocols.includes(text(port['protocol']))) errors.notSupported(`${here}.protocol`, port['protocol'], protocols);
  }
}

function checkEnv(errors: FieldErrors, at: string, env: readonly JsonMap[]): void {
  for (const [index, variable] of env.entries()) {
    const here = `${at}[${index}]`;
    const name = text(variable['name']);
    if (name === '') errors.required(`${here}.name`);
    else errors.invalidEach(`${here}.name`, name, envNameErrors(name));
    if (isMap(variable['valueFrom'])) checkValueFrom(errors, `${here}.valueFrom`, variable['valueFrom'], text(variable['value']));
  }
}

function checkValueFrom(errors: FieldErrors, at: string, source: JsonMap, value: string): void {
  const present = ['fieldRef', 'resourceFieldRef', 'configMapKeyRef', 'secretKeyRef', 'fileKeyRef'].filter((one) => isMap(source[one]));
  for (const one of present) {
    const reference = mapOf(source[one]);
    const here = `${at}.${one}`;
    if (one === 'configMapKeyRef' || one === 'secretKeyRef') {
      const key = text(reference['key']);
      if (key === '') errors.required(`${here}.key`);
      else errors.invalidEach(`${here}.key`, key, configKeyErrors(key));
    } else if (one === 'resourceFieldRef') {
      const resource = text(reference['resource']);
      if (resource === '') errors.required(`${here}.resource`);
      else if (!/^(?:limits|requests)\.(?:cpu|memory|ephemeral-storage|hugepages-.+)$/.test(resource))
        errors.notSupported(`${here}.resource`, resource, resourcePaths);
    } else if (one === 'fieldRef') {
      const path = text(reference['fieldPath']);
      if (path === '') errors.required(`${here}.fieldPath`);
      else if (!envFieldPaths.includes(path) && !/^metadata\.(?:annotations|labels)\['[^']+'\]$/.test(path)) {
        if (/^(?:metadata|spec|status)\./.test(path)) errors.notSupported(`${here}.fieldPath`, path, envFieldPaths);
        else errors.invalid(`${here}.fieldPath`, path, 'error converting fieldPath: field label not supported');
      }
    }
  }
  if (present.length === 0) errors.invalid(at, '', 'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`');
  else if (value !== '') errors.invalid(at, '', 'may not be specified when `value` is not empty');
  else if (present.length > 1) errors.invalid(at, '', 'may not have more than one field specified at a time');
}

function checkEnvFrom(errors: FieldErrors, at: string, sources: readonly JsonMap[]): void {
  for (const [index, source] of sources.entries()) {
    const here = `${at}[${index}]`;
    const prefix = text(source['prefix']);
    if (prefix !== '') errors.invalidEach(`${here}.prefix`, prefix, envNameErrors(prefix));
    const present = ['configMapRef', 'secretRef'].filter((one) => isMap(source[one]));
    for (const one of present) {
      const name = text(mapOf(source[one])['name']);
      if (name === '') errors.required(`${here}.${one}.name`);
      else errors.invalidEach(`${here}.${one}.name`, name, dnsSubdomainErrors(name));
    }
    if (present.length === 0) errors.invalid(here, '', 'must specify one of: `configMapRef` or `secretRef`');
    if (present.length > 1) errors.invalid(here, '', 'may not have more than one field specified at a time');
  }
}

function checkMounts(errors: FieldErrors, at: string, mounts: readonly JsonMap[], volumes: ReadonlySet<string>): void {
  const paths = new Set<string>();
  for (const [index, mount] of mounts.entries()) {
    const here = `${at}[${index}]`;
    const name = text(mount['name']);
    const path = text(mount['mountPath']);
    if (name === '') errors.required(`${here}.name`);
    if (!volumes.has(name)) errors.notFound(`${here}.name`, name);
    if (path === '') errors.required(`${here}.mountPath`);
    if (paths.has(path)) errors.invalid(`${here}.mountPath`, path, 'must be unique');
    paths.add(path);
    // The real server leaves the index out of these two.
    for (const key of ['subPath', 'subPathExpr']) checkDescendingPath(errors, `${at}.${key}`, text(mount[key]));
    if (text(mount['subPath']) !== '' && text(mount['subPathExpr']) !== '')
      errors.invalid(`${here}.subPathExpr`, mount['subPathExpr'], 'subPathExpr and subPath are mutually exclusive');
  }
}

export function checkDescendingPath(errors: FieldErrors, field: string, path: string): void {
  if (path.startsWith('/')) errors.invalid(field, path, 'must be a relative path');
  if (path.split('/').includes('..')) errors.invalid(field, path, "must not contain '..'");
}

export function checkResources(errors: FieldErrors, at: string, resources: JsonMap): void {
  const limits = mapOf(resources['limits']);
  for (const list of ['limits', 'requests']) {
    for (const [name, quantity] of Object.entries(mapOf(resources[list]))) {
      const here = `${at}.${list}[${name}]`;
      errors.invalidEach(here, name, qualifiedNameErrors(name));
      if (!name.includes('/') && !['cpu', 'memory', 'ephemeral-storage'].includes(name) && !name.startsWith('hugepages-')) {
        errors.invalid(here, name, 'must be a standard resource type or fully qualified');
        errors.invalid(here, name, 'must be a standard resource for containers');
      }
      const amount = quantityNanos(text(quantity)) ?? 0n;
      if (amount < 0n) errors.invalid(here, quantity, 'must be greater than or equal to 0');
      if (name.includes('/') && amount % 1_000_000_000n !== 0n) errors.invalid(here, quantity, 'must be an integer');
      if (list === 'limits') continue;
      const limit = limits[name] === undefined ? undefined : quantityNanos(text(limits[name]));
      const overcommit = !name.includes('/') && !name.startsWith('hugepages-');
      if (limit !== undefined && (amount > limit || (!overcommit && amount !== limit))) {
        errors.invalid(`${at}.requests`, quantity, `must be ${overcommit ? 'less than or equal' : 'equal'} to ${name} limit of ${text(limits[name])}`);
      } else if (limit === undefined && !overcommit) errors.required(`${at}.limits`, 'Limit must be set for non overcommitable resources');
    }
  }
}
