import type { JsonMap } from '../mutableJson';
import { copyOf, isMap, sameValue } from '../mutableJson';
import { checkContainer, checkLifecycle } from './container';
import type { FieldErrors } from './fieldErrors';
import { mapOf, maps, numberOf, text } from './fieldErrors';
import { checkAnnotations, checkLabels, labelsOf } from './metadata';
import { checkAffinity, checkNaming, checkSpreading } from './scheduling';
import { checkPodSecurity } from './security';
import { checkVolumeValue } from './volumes';
import { dnsLabelErrors, dnsSubdomainErrors, qualifiedNameErrors } from './syntax';

const dnsPolicies = ['ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None'];
const restartPolicies = ['Always', 'Never', 'OnFailure'];
const updatableFields =
  '`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

/** Of several sources in one volume the first in this order is taken for the right one; rarer sorts stand before all. */
const volumeOrder = ['emptyDir', 'hostPath', 'secret', 'nfs', 'persistentVolumeClaim', 'downwardAPI', 'configMap', 'projected', 'csi', 'ephemeral', 'image'];

export function checkPodTemplate(errors: FieldErrors, at: string, template: JsonMap): void {
  checkLabels(errors, `${at}.labels`, labelsOf(template));
  checkAnnotations(errors, `${at}.annotations`, mapOf(template['metadata'])['annotations']);
  const spec = mapOf(template['spec']);
  checkPodSpec(errors, `${at}.spec`, spec);
  if (maps(spec['ephemeralContainers']).length > 0) errors.forbidden(`${at}.spec.ephemeralContainers`, 'ephemeral containers not allowed in pod template');
}

/** What holds for pods that are made by themselves; templates are read as they always were. */
export function checkNewPod(errors: FieldErrors, pod: JsonMap): void {
  const spec = mapOf(pod['spec']);
  if (maps(spec['ephemeralContainers']).length > 0) errors.forbidden('spec.ephemeralContainers', 'cannot be set on create');
  for (const list of ['containers', 'initContainers']) {
    for (const [index, container] of maps(spec[list]).entries()) {
      const image = text(container['image']);
      if (image !== image.trim()) errors.invalid(`spec.${list}[${index}].image`, image, 'must not have leading or trailing whitespace');
    }
  }
}

export function checkPodSpec(errors: FieldErrors, at: string, spec: JsonMap): void {
  const volumes = checkVolumes(errors, `${at}.volumes`, maps(spec['volumes']));
  const containers = maps(spec['containers']);
  if (containers.length === 0) errors.required(`${at}.containers`);
  checkContainers(errors, `${at}.containers`, containers, volumes, new Set());
  checkInitContainers(errors, `${at}.initContainers`, maps(spec['initContainers']), volumes, containers);
  const hostPorts = new Set<string>();
  for (const [index, container] of containers.entries())
    checkHostPorts(errors, `${at}.containers[${index}].ports`, maps(container['ports']), hostPorts, spec['hostNetwork'] === true);

  if (!restartPolicies.includes(text(spec['restartPolicy']))) errors.notSupported(`${at}.restartPolicy`, spec['restartPolicy'], restartPolicies);
  if (!dnsPolicies.includes(text(spec['dnsPolicy']))) errors.notSupported(`${at}.dnsPolicy`, spec['dnsPolicy'], dnsPolicies);
  checkLabels(errors, `${at}.nodeSelector`, spec['nodeSelector']);
  for (const [index, reference] of maps(spec['imagePullSecrets']).entries()) {
    if (Object.keys(reference).some((key) => key !== 'name')) errors.invalid(`${at}.imagePullSecrets[${index}]`, reference, 'only name may be set');
  }
  for (const [key, check] of [
    ['serviceAccountName', dnsSubdomainErrors],
    ['nodeName', dnsSubdomainErrors],
    ['hostname', dnsLabelErrors],
    ['subdomain', dnsLabelErrors],
    ['priorityClassName', dnsSubdomainErrors],
    ['runtimeClassName', dnsSubdomainErrors],
  ] as const) {
    const value = text(spec[key]);
    if (value !== '') errors.invalidEach(`${at}.${key}`, value, check(value));
  }
  const deadline = numberOf(spec['activeDeadlineSeconds']);
  if (deadline !== undefined && (deadline < 1 || deadline > 2 ** 31 - 1))
    errors.invalid(`${at}.activeDeadlineSeconds`, deadline, 'must be between 1 and 2147483647, inclusive');
  checkAffinity(errors, `${at}.affinity`, mapOf(spec['affinity']));
  checkSpreading(errors, `${at}.topologySpreadConstraints`, maps(spec['topologySpreadConstraints']));
  checkNaming(errors, at, spec);
  checkPodSecurity(errors, `${at}.securityContext`, mapOf(spec['securityContext']));
  for (const [index, toleration] of maps(spec['tolerations']).entries()) checkToleration(errors, `${at}.tolerations[${index}]`, toleration);
}

function checkContainers(errors: FieldErrors, at: string, containers: readonly JsonMap[], volumes: ReadonlySet<string>, names: Set<string>): void {
  for (const [index, container] of containers.entries()) {
    const here = `${at}[${index}]`;
    checkContainer(errors, here, container, volumes);
    const name = text(container['name']);
    if (names.has(name)) errors.duplicate(`${here}.name`, name);
    names.add(name);
    checkLifecycle(errors, here, container);
  }
}

function checkInitContainers(errors: FieldErrors, at: string, containers: readonly JsonMap[], volumes: ReadonlySet<string>, regular: readonly JsonMap[]): void {
  const names = new Set(regular.map((one) => text(one['name'])));
  for (const [index, container] of containers.entries()) {
    const here = `${at}[${index}]`;
    checkContainer(errors, here, container, volumes);
    const name = text(container['name']);
    if (name !== '' && names.has(name)) errors.duplicate(`${here}.name`, name);
    names.add(name);
    const policy = container['restartPolicy'];
    if (policy !== undefined && !restartPolicies.includes(text(policy))) errors.notSupported(`${here}.restartPolicy`, policy, restartPolicies);
    if (policy === 'Always') checkLifecycle(errors, here, container);
    else {
      for (const key of ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe']) {
        if (isMap(container[key])) errors.forbidden(`${here}.${key}`, 'may not be set for init containers without restartPolicy=Always');
      }
    }
  }
}

function checkHostPorts(errors: FieldErrors, at: string, ports: readonly JsonMap[], seen: Set<string>, hostNetwork: boolean): void {
  for (const [index, port] of ports.entries()) {
    const host = numberOf(port['hostPort']) ?? 0;
    if (host === 0) continue;
    const key = `${text(port['protocol'])}/${text(port['hostIP'])}/${host}`;
    if (seen.has(key)) errors.duplicate(`${at}[${index}].hostPort`, key);
    seen.add(key);
    if (hostNetwork && host !== port['containerPort'])
      errors.invalid(`${at}[${index}].containerPort`, port['containerPort'], 'must match `hostPort` when `hostNetwork` is true');
  }
}

function checkVolumes(errors: FieldErrors, at: string, volumes: readonly JsonMap[]): Set<string> {
  const names = new Set<string>();
  for (const [index, volume] of volumes.entries()) {
    const here = `${at}[${index}]`;
    const before = errors.count;
    checkVolumeSource(errors, here, volume);
    const name = text(volume['name']);
    if (name === '') errors.required(`${here}.name`);
    else errors.invalidEach(`${here}.name`, name, dnsLabelErrors(name));
    if (names.has(name)) errors.duplicate(`${here}.name`, name);
    if (errors.count === before) names.add(name);
  }
  return names;
}

function checkVolumeSource(errors: FieldErrors, at: string, volume: JsonMap): void {
  const sources = Object.keys(volume)
    .filter((key) => key !== 'name' && isMap(volume[key]))
    .sort((a, b) => volumeOrder.indexOf(a) - volumeOrder.indexOf(b));
  if (sources.length === 0) return errors.required(at, 'must specify a volume type');
  for (const other of sources.slice(1)) errors.forbidden(`${at}.${other}`, 'may not specify more than 1 volume type');
  const source = sources[0] ?? '';
  const value = mapOf(volume[source]);
  const here = `${at}.${source}`;
  checkVolumeValue(errors, here, source, value);
}

function checkToleration(errors: FieldErrors, at: string, toleration: JsonMap): void {
  const key = text(toleration['key']);
  const operator = text(toleration['operator']);
  if (key !== '') errors.invalidEach(`${at}.key`, key, qualifiedNameErrors(key));
  else if (operator !== 'Exists')
    errors.invalid(`${at}.operator`, operator, 'operator must be Exists when `key` is empty, which means "match all values and all keys"');
  if (toleration['tolerationSeconds'] !== undefined && toleration['effect'] !== 'NoExecute')
    errors.invalid(`${at}.effect`, toleration['effect'] ?? '', "effect must be 'NoExecute' when `tolerationSeconds` is set");
  if (operator === 'Exists' && text(toleration['value']) !== '')
    errors.invalid(`${at}.operator`, toleration, "value must be empty when `operator` is 'Exists'");
  if (!['', 'Equal', 'Exists', 'Lt', 'Gt'].includes(operator)) errors.notSupported(`${at}.operator`, operator, ['Equal', 'Exists']);
  if (!['', 'NoSchedule', 'PreferNoSchedule', 'NoExecute'].includes(text(toleration['effect'])))
    errors.notSupported(`${at}.effect`, toleration['effect'], ['NoExecute', 'NoSchedule', 'PreferNoSchedule']);
}

/** A pod's spec may hardly change once it is there. */
export function checkPodUpdate(errors: FieldErrors, next: JsonMap, live: JsonMap): void {
  for (const key of ['containers', 'initContainers']) {
    const containers = maps(next[key]);
    if (containers.length !== maps(live[key]).length) return errors.forbidden(`spec.${key}`, 'pod updates may not add or remove containers');
    for (const [index, container] of containers.entries()) if (text(container['image']) === '') errors.required(`spec.${key}[${index}].image`);
  }
  const deadline = numberOf(next['activeDeadlineSeconds']);
  const before = numberOf(live['activeDeadlineSeconds']);
  if (deadline !== undefined && before !== undefined && before < deadline)
    return errors.invalid('spec.activeDeadlineSeconds', deadline, 'must be less than or equal to previous value');
  if (deadline === undefined && before !== undefined)
    errors.invalid('spec.activeDeadlineSeconds', null, 'must not update from a positive integer to nil value');
  checkOnlyAddedTolerations(errors, next, live);
  const allowed = copyOf(next);
  for (const key of ['containers', 'initContainers']) {
    for (const [index, container] of maps(allowed[key]).entries()) container['image'] = maps(live[key])[index]?.['image'] ?? '';
  }
  for (const key of ['activeDeadlineSeconds', 'schedulingGates', 'tolerations']) {
    if (live[key] === undefined) delete allowed[key];
    else allowed[key] = live[key];
  }
  if (!sameValue(allowed, live)) errors.forbidden('spec', `pod updates may not change fields other than ${updatableFields}`);
}

function checkOnlyAddedTolerations(errors: FieldErrors, next: JsonMap, live: JsonMap): void {
  const now = maps(next['tolerations']);
  const lost = maps(live['tolerations']).some((old) => !now.some((one) => sameValue({ ...one, tolerationSeconds: 0 }, { ...old, tolerationSeconds: 0 })));
  if (lost) errors.forbidden('spec.tolerations', 'existing toleration can not be modified except its tolerationSeconds');
}
