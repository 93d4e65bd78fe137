import type { JsonObject, JsonPath, JsonValue } from '../../shared/json';
import { isJsonObject, valueAt } from '../../shared/json';
import { kindOf } from '../../shared/catalog';
import { nodeById } from '../../shared/workflow';
import { quantityNanos } from '../../openapi/index';
import { isLabelValue, isVariableName } from '../checks/formats';
import type { NodeReport } from '../checks/fields';
import { textOf } from '../checks/fields';
import { valueText } from '../valueText';
import { hasValue } from './defaults';
import type { KindCheck } from './kindChecks';
import { mainContainerName, podValues } from './podValues';
import { sourceName } from './podVolumes';

type CheckInput = Parameters<KindCheck>[0];

/**
 * What every workload must get right beyond its fields: variables, ports, probes and mounts of each container, limits that
 * are not below what is requested, and volumes that are there.
 */
export function checkPod(input: CheckInput): void {
  const { report, node, data, resolved } = input;
  const invalid = invalidOf(report);
  const { version } = data;
  if (typeof version === 'string' && !isLabelValue(version)) invalid(['version'], 'a label has at most 63 letters, digits, "-", "_" and "."');

  const containers = containersOf(data, mainContainerName(node, data));
  const names = new Map<string, string>();
  for (const { name, path, fields } of containers) {
    const before = names.get(name);
    if (before !== undefined) invalid([...path, 'name'], `the name "${name}" is taken by ${before}`);
    names.set(name, path.length === 0 ? 'the main container' : textOf(path));
    checkContainer(input, path, fields);
  }
  checkPorts(report, containers);
  checkVolumes(report, data);
  listOf(data, 'tolerations').forEach((toleration, index) => {
    if (!isJsonObject(toleration)) return;
    const at = ['tolerations', index];
    if (!hasValue(toleration['key']) && toleration['operator'] !== 'Exists')
      invalid([...at, 'key'], 'only a toleration with the operator Exists goes without a key');
  });

  const pod = podValues(resolved, node, data);
  [...pod.containers, ...pod.initContainers].forEach((container) => {
    const path = containers.find((one) => one.name === container.name)?.path ?? [];
    const paths = new Set<string>();
    container.mounts.forEach((mount, index) => {
      const mountPath = valueText(mount['mountPath']);
      if (paths.has(mountPath)) report.add('node.mountTaken', { id: node.id, path: mountPath }, [...path, 'volumeMounts', index]);
      paths.add(mountPath);
    });
  });
  for (const key of pod.unknownKeys) invalid(['envKeys'], `no connected Secret or ConfigMap has the key "${key}"; connect one that has it`);
  checkClaims(input);
}

interface Container {
  readonly name: string;
  readonly path: JsonPath;
  readonly fields: JsonObject;
}

/** The main container and the others, each with its place in the node's data. */
function containersOf(data: JsonObject, mainName: string): readonly Container[] {
  const others = ['initContainers', 'sidecars'].flatMap((field) =>
    listOf(data, field).flatMap((fields, index) => (isJsonObject(fields) ? [{ name: valueText(fields['name']), path: [field, index], fields }] : [])),
  );
  return [{ name: mainName, path: [], fields: data }, ...others];
}

function checkContainer({ report, node, resolved, data }: CheckInput, path: JsonPath, fields: JsonObject): void {
  const invalid = invalidOf(report);
  for (const field of ['env', 'fieldEnv']) {
    const map = valueAt(fields, [field]);
    for (const name of isJsonObject(map) ? Object.keys(map) : []) {
      if (!isVariableName(name)) invalid([...path, field, name], 'the name of a variable has no "=" and no special characters', 'key');
    }
  }
  const variables = new Map<string, string>();
  for (const [name, at] of variablesOf(fields)) {
    if (at[0] === 'keyEnv' && !isVariableName(name)) invalid([...path, ...at], 'the name of a variable has no "=" and no special characters');
    const before = variables.get(name);
    if (before === undefined) variables.set(name, textOf([...path, ...at]));
    else invalid([...path, ...at], `the variable "${name}" stands in ${before} already`);
  }
  for (const field of ['keyEnv', 'envFrom']) listOf(fields, field).forEach((item, index) => isJsonObject(item) && checkSource(item, [...path, field, index]));
  for (const resource of ['cpu', 'memory', 'ephemeralStorage'] as const) {
    const request = valueAt(fields, ['resources', 'requests', resource]);
    const limit = valueAt(fields, ['resources', 'limits', resource]);
    if ((typeof request !== 'string' && typeof request !== 'number') || (typeof limit !== 'string' && typeof limit !== 'number')) continue;
    const [wanted, most] = [quantityNanos(request), quantityNanos(limit)];
    if (wanted === undefined || most === undefined || wanted <= most) continue;
    invalid([...path, 'resources', 'limits', resource], `the limit ${limit} is below the request ${request}`);
  }
  for (const probe of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
    if (valueAt(fields, [probe, 'type']) === 'exec' && !hasValue(valueAt(fields, [probe, 'command'])))
      invalid([...path, probe, 'command'], 'a probe of the kind exec needs a command');
    if (valueAt(fields, [probe, 'type']) === 'grpc' && typeof valueAt(fields, [probe, 'port']) === 'string')
      invalid([...path, probe, 'port'], 'a probe of the kind grpc takes the number of a port, not its name');
  }
  if (valueAt(fields, ['securityContext', 'privileged']) === true && valueAt(fields, ['securityContext', 'allowPrivilegeEscalation']) === false)
    report.add('node.exclusive', { field: 'securityContext.privileged', other: 'securityContext.allowPrivilegeEscalation: false' }, [
      ...path,
      'securityContext',
      'allowPrivilegeEscalation',
    ]);
  for (const place of path.length === 0 ? ['securityContext', 'podSecurityContext'] : ['securityContext']) {
    if (valueAt(fields, [place, 'runAsNonRoot']) === true && valueAt(fields, [place, 'runAsUser']) === 0)
      report.add('node.exclusive', { field: `${place}.runAsNonRoot`, other: `${place}.runAsUser: 0` }, [...path, place, 'runAsUser']);
    if (valueAt(fields, [place, 'seccompProfile']) === 'Localhost' && !hasValue(valueAt(fields, [place, 'localhostProfile'])))
      invalid([...path, place, 'seccompProfile'], 'Localhost needs "localhostProfile", the file of the profile');
  }
  const known = new Set(
    ['volumes', 'volumeClaimTemplates'].flatMap((field) => listOf(data, field).map((one) => (isJsonObject(one) ? one['name'] : undefined))),
  );
  const authored = listOf(
    path.reduce<JsonValue | undefined>((at, step) => valueAt(at, [step]), node.data),
    'volumeMounts',
  );
  authored.forEach((mount, index) => {
    if (isJsonObject(mount)) checkMount(mount, [...path, 'volumeMounts', index]);
  });

  function checkMount(mount: JsonObject, at: JsonPath): void {
    const { type, name } = mount;
    if (type === 'volume') {
      if (!known.has(name ?? '')) invalid([...at, 'name'], `there is no volume "${valueText(name)}" in volumes or volumeClaimTemplates`);
    } else if (type === 'hostPath') {
      if (!hasValue(mount['hostPath'])) report.add('node.missingField', { type: report.kindName, id: node.id, field: textOf([...at, 'hostPath']) }, at);
    } else checkSource(mount, at);
  }

  /** What is taken from an object must say from which. */
  function checkSource(source: JsonObject, at: JsonPath): void {
    if (sourceName(resolved.workflow, source) !== undefined) return;
    const { nodeId } = source;
    if (typeof nodeId === 'string') report.add('document.reservedNode', { id: nodeId }, [...at, 'nodeId']);
    else report.add('node.missingField', { type: report.kindName, id: node.id, field: textOf([...at, 'name']) }, at);
  }
}

/** The names of a container's variables, each with its place. A name may stand there once: the API finds entries by it. */
function variablesOf(fields: JsonObject): readonly (readonly [name: string, at: JsonPath])[] {
  const ofMaps = ['env', 'fieldEnv'].flatMap((field) => {
    const map = valueAt(fields, [field]);
    return isJsonObject(map) ? Object.keys(map).map((name) => [name, [field, name]] as const) : [];
  });
  const ofKeys = listOf(fields, 'envKeys').flatMap((key, index) => (typeof key === 'string' ? [[key, ['envKeys', index]] as const] : []));
  const named = listOf(fields, 'keyEnv').flatMap((item, index) => {
    const name = isJsonObject(item) ? item['variable'] : undefined;
    return typeof name === 'string' ? [[name, ['keyEnv', index, 'variable']] as const] : [];
  });
  return [...ofMaps, ...ofKeys, ...named];
}

/** All containers of a pod share one address, so each port is free only once; a name is free once in each container. */
function checkPorts(report: NodeReport, containers: readonly Container[]): void {
  const invalid = invalidOf(report);
  const numbers = new Map<string, string>();
  for (const { path, fields } of containers) {
    const names = new Set<string>();
    const ports = listOf(fields, 'ports');
    const single = valueAt(fields, ['port']);
    const places: readonly (readonly [JsonValue, JsonPath])[] =
      ports.length > 0
        ? ports.map((port, index) => [port, [...path, 'ports', index]] as const)
        : typeof single === 'number'
          ? [[{ port: single }, [...path, 'port']]]
          : [];
    for (const [item, at] of places) {
      if (!isJsonObject(item)) continue;
      const { name, port, protocol = 'TCP' } = item;
      if (typeof name === 'string' && name !== '') {
        if (names.has(name)) invalid([...at, 'name'], `the name "${name}" stands there twice`);
        names.add(name);
      }
      if (typeof port !== 'number') continue;
      const key = `${valueText(protocol)} ${port}`;
      const before = numbers.get(key);
      if (before !== undefined)
        report.add('node.invalidValue', { field: textOf(at), detail: `the port ${port} (${valueText(protocol)}) is taken by ${before}` }, at, {
          severity: 'warning',
        });
      else numbers.set(key, textOf(at));
    }
  }
}

function checkVolumes(report: NodeReport, data: JsonObject): void {
  const invalid = invalidOf(report);
  const names = new Set<JsonValue>();
  for (const field of ['volumeClaimTemplates', 'volumes']) {
    listOf(data, field).forEach((volume, index) => {
      if (!isJsonObject(volume)) return;
      const { name, source } = volume;
      if (name !== undefined && names.has(name)) invalid([field, index, 'name'], `another volume is called "${valueText(name)}" already`);
      if (name !== undefined) names.add(name);
      if (field === 'volumes' && (!isJsonObject(source) || Object.keys(source).length !== 1))
        invalid([field, index, 'source'], 'a volume has exactly one source, such as "csi: {…}"');
    });
  }
}

/** A claim for one machine or one pod goes badly with several pods. */
function checkClaims({ report, node, data, resolved }: CheckInput): void {
  const kind = kindOf(resolved.catalog, node.type)?.kind;
  const several = kind === 'DaemonSet' || [data['replicas'], data['parallelism']].some((count) => typeof count === 'number' && count > 1);
  if (!several) return;
  for (const { edge, rule } of resolved.edgesTo(node.id)) {
    const claim = rule?.relation === 'mounts' ? nodeById(resolved.workflow, edge.from) : undefined;
    const claimKind = claim === undefined ? undefined : kindOf(resolved.catalog, claim.type);
    if (claim === undefined || claimKind?.kind !== 'PersistentVolumeClaim') continue;
    const modes = valueAt(claim.data, ['accessModes']) ?? claimKind.fields.find((field) => field.name === 'accessModes')?.default;
    if (!Array.isArray(modes) || modes.some((mode) => mode === 'ReadWriteMany' || mode === 'ReadOnlyMany')) continue;
    const limit = modes.includes('ReadWriteOncePod') ? 'by one pod at a time' : 'on one machine at a time';
    const severity = modes.includes('ReadWriteOncePod') ? 'warning' : 'info';
    report.add('node.sharedClaim', { id: node.id, claim: claim.id, limit }, [], { severity });
  }
}

/** A finding about a value that its field's own rules allow. */
export function invalidOf(report: NodeReport): (path: JsonPath, detail: string, what?: 'key' | 'value') => void {
  return (path, detail, what) => report.add('node.invalidValue', { field: textOf(path), detail }, path, what === undefined ? {} : { what });
}

function listOf(data: JsonValue | undefined, field: string): readonly JsonValue[] {
  const value = valueAt(data, [field]);
  return Array.isArray(value) ? (value as readonly JsonValue[]) : [];
}
