import type { JsonObject, JsonPath, JsonValue } from '../../../shared/json';
import { isJsonObject, jsonObject, valueAt } from '../../../shared/json';
import { emptyWorkflow } from '../../../shared/workflow';
import { PodVolumes } from '../../kinds/podVolumes';
import type { Template } from '../../template/parse';
import { valueText } from '../../valueText';
import type { Target } from './templateReader';
import { Collected, readThrough } from './templateReader';

/** Where a workload's kind keeps its pods. */
export function podPathOf(object: JsonObject): JsonPath | undefined {
  const paths: readonly JsonPath[] = [
    ['spec', 'template'],
    ['spec', 'jobTemplate', 'spec', 'template'],
  ];
  return paths.find((path) => Array.isArray(valueAt(object, [...path, 'spec', 'containers'])));
}

/**
 * The fields of a workload that its pods say: containers, variables, mounts and volumes. Exactly: what the template would call or order
 * otherwise is left to be written out.
 */
export function podFields(template: Template, pod: JsonObject, claims: readonly string[], isExact: boolean): JsonObject {
  const made = fieldsOfPod(template, pod, claims, isExact, false);
  return isExact && !hasOwnVolumes(pod, made) ? fieldsOfPod(template, pod, claims, isExact, true) : made;
}

/** Whether the template gives volumes and mounts of these fields the names, the order and the access that the pod has. */
function hasOwnVolumes(pod: JsonObject, fields: JsonObject): boolean {
  const made = new PodVolumes(emptyWorkflow(''), mapsIn(fields['volumes']), []);
  const [main, ...beside] = mapsIn(pod['containers']);
  const others = new Map([...mapsIn(fields['sidecars']), ...mapsIn(fields['initContainers'])].map((one) => [textOf(one['name']), one]));
  const inits = mapsIn(pod['initContainers']);
  const isFirst = (one: JsonObject): boolean => one['restartPolicy'] === 'Always';
  const areSame = [main ?? {}, ...inits.filter(isFirst), ...inits.filter((one) => !isFirst(one)), ...beside].every((container, index) => {
    const mounts = new Map(mapsIn(container['volumeMounts']).map((mount) => [textOf(mount['mountPath']), mount]));
    return mapsIn((index === 0 ? fields : others.get(textOf(container['name'])))?.['volumeMounts']).every((mount) => {
      const seen = mounts.get(textOf(mount['mountPath']));
      const rendered = made.mountOf(mount);
      return seen === undefined || (rendered?.['volume'] === seen['name'] && (rendered?.['readOnly'] === true) === (seen['readOnly'] === true));
    });
  });
  const names = [...made.all, ...mapsIn(fields['volumes'])].map((volume) => textOf(volume['name']));
  return areSame && mapsIn(pod['volumes']).every((volume, index) => volume['name'] === names[index]);
}

function fieldsOfPod(template: Template, pod: JsonObject, claims: readonly string[], isExact: boolean, areWritten: boolean): JsonObject {
  const [main, ...beside] = mapsIn(pod['containers']);
  if (main === undefined) return {};
  const inits = mapsIn(pod['initContainers']);
  const first = inits.filter((one) => one['restartPolicy'] === 'Always');
  const volumes = new Map(mapsIn(pod['volumes']).map((volume) => [textOf(volume['name']), volume]));
  const written = new Set<string>();
  const container = (object: JsonObject): JsonObject => containerFields(template, object, { volumes, claims, written, isExact, areWritten });
  const others = (objects: readonly JsonObject[], more: JsonObject = {}): readonly JsonObject[] =>
    objects.map((one) => ({ name: one['name'] ?? '', ...container(one), ...more }));
  const made = jsonObject([['containerName', main['name'] ?? ''], ...Object.entries(container(main))]);
  const port = onlyPort(made['ports'], isExact);
  if (port !== undefined) {
    delete made['ports'];
    made['port'] = port;
  }
  const ofClaims = valueAt(made, ['volumeMounts']);
  // The claims of a StatefulSet name their own path, as long as they are mounted whole and once.
  if (Array.isArray(ofClaims) && claims.length > 0) made['volumeMounts'] = (ofClaims as readonly JsonValue[]).filter((mount) => !isPlainClaim(mount, claims));
  const sidecars = [...others(first, { startsFirst: true }), ...others(beside)];
  if (sidecars.length > 0) made['sidecars'] = sidecars;
  const plain = others(inits.filter((one) => one['restartPolicy'] !== 'Always'));
  if (plain.length > 0) made['initContainers'] = plain;
  const mounted = new Set(
    [main, ...beside, ...inits].flatMap((one) => [...mapsIn(one['volumeMounts']), ...mapsIn(one['volumeDevices'])].map((mount) => textOf(mount['name']))),
  );
  const rest = [...volumes].filter(([name]) => areWritten || written.has(name) || !mounted.has(name));
  if (rest.length > 0) made['volumes'] = rest.map(([name, { name: _name, ...source }]) => ({ name, source }));
  return made;
}

/** The path at which a claim template is mounted by the main container, when a claim can say it itself. */
export function pathOfClaim(pod: JsonObject, claim: string): string | undefined {
  const [main] = mapsIn(pod['containers']);
  const mounts = [...mapsIn(main?.['volumeMounts']), ...mapsIn(main?.['volumeDevices'])].filter((mount) => mount['name'] === claim);
  const [only] = mounts;
  const path = only?.['mountPath'] ?? only?.['devicePath'];
  return mounts.length === 1 && typeof path === 'string' && Object.keys(only ?? {}).length === 2 ? path : undefined;
}

function isPlainClaim(mount: JsonValue, claims: readonly string[]): boolean {
  if (!isJsonObject(mount) || mount['type'] !== 'volume' || typeof mount['name'] !== 'string' || !claims.includes(mount['name'])) return false;
  return Object.keys(mount).every((key) => key === 'type' || key === 'name' || key === 'mountPath' || key === 'device');
}

interface Volumes {
  readonly volumes: ReadonlyMap<string, JsonObject>;
  readonly claims: readonly string[];
  /** Names of volumes that no mount can say; they stand in `volumes`. */
  readonly written: Set<string>;
  readonly isExact: boolean;
  /** All volumes stand in `volumes`. */
  readonly areWritten: boolean;
}

function containerFields(template: Template, object: JsonObject, volumes: Volumes): JsonObject {
  const partial = template.partials.get('container');
  const collected = new Collected();
  const below: Target = {
    set: (path, value) => {
      if (path[0] === 'data') collected.set(path.slice(1), value);
    },
  };
  if (partial !== undefined) readThrough(partial, partial.root, object, new Map([['container', below]]));
  const made = jsonObject(Object.entries(collected.data));
  delete made['name'];
  if (!volumes.isExact || isInOrder(mapsIn(object['env']))) variableFields(object, made);
  else sourceFieldsOfVariables(object, made);
  const resources = jsonObject();
  for (const key of ['requests', 'limits']) {
    const amounts = valueAt(object, ['resources', key]);
    if (isJsonObject(amounts)) resources[key] = amountFields(amounts);
  }
  if (Object.keys(resources).length > 0) made['resources'] = resources;
  const mounts = [
    ...mapsIn(object['volumeMounts']).map((mount) => mountFields(mount, volumes)),
    ...mapsIn(object['volumeDevices']).map((device) => ({
      ...mountFields({ name: device['name'] ?? '', mountPath: device['devicePath'] ?? '' }, volumes),
      device: true,
    })),
  ];
  if (mounts.length > 0) made['volumeMounts'] = mounts;
  return made;
}

/** The number of a list with one port that needs no list. */
function onlyPort(ports: JsonValue | undefined, isExact: boolean): number | undefined {
  const [only, ...others] = mapsIn(ports);
  if (only === undefined || others.length > 0) return undefined;
  const { name, port, protocol = 'TCP', ...rest } = only;
  return ((name === undefined && !isExact) || name === 'http') && protocol === 'TCP' && typeof port === 'number' && Object.keys(rest).length === 0
    ? port
    : undefined;
}

function variableFields(object: JsonObject, made: Record<string, JsonValue>): void {
  const [env, fields, keys] = [jsonObject(), jsonObject(), [] as JsonValue[]];
  for (const variable of mapsIn(object['env'])) {
    const { name, value, valueFrom } = variable;
    if (typeof name !== 'string') continue;
    const field = valueAt(valueFrom, ['fieldRef', 'fieldPath']) ?? valueAt(valueFrom, ['resourceFieldRef', 'resource']);
    const source = (['configMap', 'secret'] as const).find((type) => isJsonObject(valueAt(valueFrom, [`${type}KeyRef`])));
    const reference = source === undefined ? undefined : valueAt(valueFrom, [`${source}KeyRef`]);
    if (source !== undefined && isJsonObject(reference)) keys.push({ variable: name, type: source, ...reference });
    else if (typeof field === 'string') fields[name] = field;
    else if (valueFrom === undefined) env[name] = value ?? '';
  }
  if (Object.keys(env).length > 0) made['env'] = env;
  if (keys.length > 0) made['keyEnv'] = keys;
  if (Object.keys(fields).length > 0) made['fieldEnv'] = fields;
  sourceFieldsOfVariables(object, made);
}

/** Whether variables stand in the order in which the template writes them: references to keys, then to fields, then values. */
function isInOrder(env: readonly JsonObject[]): boolean {
  const ranks = env.map(({ valueFrom }) => {
    if (valueFrom === undefined) return 2;
    return valueAt(valueFrom, ['configMapKeyRef']) === undefined && valueAt(valueFrom, ['secretKeyRef']) === undefined ? 1 : 0;
  });
  return ranks.every((rank, index) => index === 0 || rank >= (ranks[index - 1] ?? 0));
}

/** ConfigMaps and Secrets that give all of their keys as variables. */
function sourceFieldsOfVariables(object: JsonObject, made: Record<string, JsonValue>): void {
  const sources = mapsIn(object['envFrom']).flatMap(({ prefix, configMapRef, secretRef }) => {
    const reference = configMapRef ?? secretRef;
    if (!isJsonObject(reference)) return [];
    return [{ type: configMapRef === undefined ? 'secret' : 'configMap', ...reference, ...(prefix === undefined ? {} : { prefix }) }];
  });
  if (sources.length > 0) made['envFrom'] = sources;
}

function amountFields(amounts: JsonObject): JsonObject {
  const [made, others] = [jsonObject(), jsonObject()];
  for (const [name, amount] of Object.entries(amounts)) {
    if (name === 'cpu' || name === 'memory') made[name] = valueText(amount);
    else if (name === 'ephemeral-storage') made['ephemeralStorage'] = valueText(amount);
    else others[name] = valueText(amount);
  }
  if (Object.keys(others).length > 0) made['others'] = others;
  return made;
}

/** A mount that says itself what it mounts, or names a volume that is written out. */
function mountFields(mount: JsonObject, { volumes, claims, written, areWritten }: Volumes): JsonObject {
  const { name, ...rest } = mount;
  const volume = volumes.get(textOf(name));
  const plain = { type: 'volume', name: name ?? '', ...rest };
  if (areWritten || volume === undefined || claims.includes(textOf(name))) return plain;
  const source = sourceFields(volume);
  if (source === undefined) {
    written.add(textOf(name));
    return plain;
  }
  const isFiles = source['type'] === 'configMap' || source['type'] === 'secret';
  return jsonObject(Object.entries({ ...source, ...rest }).filter(([key, value]) => key !== 'readOnly' || (value === true && !isFiles)));
}

function sourceFields({ name, ...volume }: JsonObject): JsonObject | undefined {
  const [type, ...others] = Object.keys(volume);
  const source = type === undefined ? undefined : volume[type];
  if (others.length > 0 || !isJsonObject(source)) return undefined;
  const only = (...keys: readonly string[]): boolean => Object.keys(source).every((key) => keys.includes(key));
  switch (type) {
    case 'configMap':
    case 'secret': {
      const key = type === 'configMap' ? 'name' : 'secretName';
      if (!only(key, 'defaultMode', 'items', 'optional') || source[key] === undefined) return undefined;
      const items = mapsIn(source['items']);
      if (items.some((item) => Object.keys(item).length !== 2)) return undefined;
      const made = jsonObject([
        ['type', type],
        ['name', source[key]],
      ]);
      // 0644 is what the API server fills in.
      if (typeof source['defaultMode'] === 'number' && source['defaultMode'] !== 0o644) made['mode'] = source['defaultMode'].toString(8).padStart(4, '0');
      if (items.length > 0) made['items'] = jsonObject(items.map((item) => [textOf(item['key']), textOf(item['path'])] as const));
      if (source['optional'] !== undefined) made['optional'] = source['optional'];
      return made;
    }
    case 'persistentVolumeClaim':
      return only('claimName') ? { type, name: source['claimName'] ?? '' } : undefined;
    case 'emptyDir':
      // What a mount calls it is its volume's name without this ending.
      return only('medium', 'sizeLimit') ? { type, name: textOf(name).replace(/-volume$/, ''), ...source } : undefined;
    case 'hostPath':
      return only('path', 'type') ? { type, hostPath: source['path'] ?? '', hostPathType: source['type'] ?? null } : undefined;
    default:
      return undefined;
  }
}

export function mapsIn(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]).filter(isJsonObject) : [];
}

export function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}
