import type { Catalog } from '../../shared/catalog';
import { kindOf } from '../../shared/catalog';
import type { JsonObject, JsonValue } from '../../shared/json';
import { isJsonObject, jsonObject, valueAt } from '../../shared/json';
import type { Workflow, WorkflowNode } from '../../shared/workflow';
import { nodeById, objectName, textField } from '../../shared/workflow';
import type { ResolvedWorkflow } from '../relations';
import { mountTypeOf } from './mounts';
import type { PodVolume } from './podVolumes';
import { asLabel, PodVolumes, sourceName } from './podVolumes';
import { valueText } from '../valueText';

/** Where a variable of `envKeys` comes from. */
export interface KeyReference {
  /** The variable's name, which may differ from the key's. */
  readonly variable: string;
  readonly key: string;
  readonly type: 'configMap' | 'secret';
  readonly name: string;
  readonly optional?: boolean;
}

/** One container as templates see it: its fields, and what is worked out for it. */
export interface PodContainer {
  readonly name: string;
  readonly data: JsonObject;
  /** The port that probes ask when they name none: the single one, or the first of several. */
  readonly port?: number;
  /** What a single port is called: only the main container's has a name, since a name stands for one port of the pod. */
  readonly portName?: 'http';
  /** Amounts by the API's names of resources. */
  readonly requests?: JsonObject;
  readonly limits?: JsonObject;
  readonly mounts: readonly JsonObject[];
  /** Volumes that the container gets as raw devices: `mountPath` is the device's path. */
  readonly devices: readonly JsonObject[];
  readonly envFrom: readonly JsonObject[];
  readonly envKeys: readonly KeyReference[];
  /** `Always` for a sidecar that starts first: the API tells it from an init container by that. */
  readonly restartPolicy?: 'Always';
}

/** What the pod spec needs beyond the node's own data: volumes with their mounts, and variables from other objects. */
export interface PodValues {
  readonly volumes: readonly PodVolume[];
  /** The main container first, then its sidecars. */
  readonly containers: readonly [PodContainer, ...PodContainer[]];
  readonly initContainers: readonly PodContainer[];
  /** Keys of `envKeys` that no connected node has. */
  readonly unknownKeys: readonly string[];
}

/** `data` is the node's effective data with defaults. */
export function podValues(resolved: ResolvedWorkflow, node: WorkflowNode, data: JsonObject): PodValues {
  const volumes = new PodVolumes(resolved.workflow, listOf(data, 'volumes'), claimTemplatesOf(data));
  const connected = resolved.edgesTo(node.id).flatMap(({ edge, rule }) => (rule?.relation === 'mounts' ? [nodeById(resolved.workflow, edge.from)] : []));
  const unknownKeys: string[] = [];
  const containerOf = (name: string, fields: JsonObject, claims: readonly JsonObject[]): PodContainer => {
    const envKeys: KeyReference[] = [];
    for (const key of listOf(fields, 'envKeys')) {
      if (typeof key !== 'string') continue;
      const reference = connected.map((source) => source && referenceTo(resolved.catalog, source, key)).find((found) => found !== undefined);
      if (reference === undefined) unknownKeys.push(key);
      else envKeys.push(reference);
    }
    envKeys.push(...present(listOf(fields, 'keyEnv').map((item) => keyedVariable(resolved.workflow, item))));
    const port = valueAt(fields, ['ports', 0, 'port']) ?? valueAt(fields, ['port']);
    const requests = amountsOf(valueAt(fields, ['resources', 'requests']));
    const limits = amountsOf(valueAt(fields, ['resources', 'limits']));
    const mounts = [...present(listOf(fields, 'volumeMounts').map((mount) => volumes.mountOf(mount))), ...claims];
    return {
      name,
      data: fields,
      ...(typeof port === 'number' ? { port } : {}),
      ...(requests === undefined ? {} : { requests }),
      ...(limits === undefined ? {} : { limits }),
      mounts: mounts.filter((mount) => mount['device'] !== true),
      devices: mounts.filter((mount) => mount['device'] === true),
      envFrom: present(listOf(fields, 'envFrom').map((source) => variablesFrom(resolved.workflow, source))),
      envKeys,
    };
  };
  const others = (field: string): readonly JsonObject[] => listOf(data, field).filter(isJsonObject);
  const other = (fields: JsonObject): PodContainer => containerOf(valueText(fields['name']), fields, []);
  const main = containerOf(mainContainerName(node, data), data, present(claimTemplatesOf(data).map(mountOfClaim)));
  const [first, beside] = [others('sidecars').filter((one) => one['startsFirst'] === true), others('sidecars').filter((one) => one['startsFirst'] !== true)];
  const initContainers = [...first.map((one): PodContainer => ({ ...other(one), restartPolicy: 'Always' })), ...others('initContainers').map(other)];
  const containers: PodValues['containers'] = [{ ...main, portName: 'http' }, ...beside.map(other)];
  return { volumes: volumes.all, containers, initContainers, unknownKeys };
}

/** What the main container is called: as the node says, else as the object. */
export function mainContainerName(node: WorkflowNode, data: JsonObject): string {
  return textField({ ...node, data }, 'containerName') ?? asLabel(objectName(node));
}

/** The claims that a StatefulSet makes for each of its pods; other kinds have no such field, and it has no effect there. */
function claimTemplatesOf(data: JsonObject): readonly JsonObject[] {
  return listOf(data, 'volumeClaimTemplates').filter(isJsonObject);
}

/** A claim template is mounted at its own path, else below `/data`. */
function mountOfClaim(claim: JsonObject): JsonObject | undefined {
  const { name, mountPath } = claim;
  if (typeof name !== 'string') return undefined;
  const made = jsonObject([
    ['volume', name],
    ['mountPath', typeof mountPath === 'string' && mountPath !== '' ? mountPath : `/data/${name}`],
  ]);
  if (claim['volumeMode'] === 'Block') made['device'] = true;
  return made;
}

function amountsOf(value: JsonValue | undefined): JsonObject | undefined {
  if (!isJsonObject(value)) return undefined;
  return jsonObject(
    Object.entries(value).flatMap(([key, amount]): readonly (readonly [string, JsonValue])[] => {
      if (key === 'others') return isJsonObject(amount) ? Object.entries(amount) : [];
      return [[key === 'ephemeralStorage' ? 'ephemeral-storage' : key, amount]];
    }),
  );
}

function variablesFrom(workflow: Workflow, source: JsonValue): JsonObject | undefined {
  if (!isJsonObject(source)) return undefined;
  const name = sourceName(workflow, source);
  const { type } = source;
  if (name === undefined || (type !== 'configMap' && type !== 'secret')) return undefined;
  return jsonObject([...Object.entries(source), ['name', name]]);
}

/** A variable that names the object and the key that it is taken from. */
function keyedVariable(workflow: Workflow, item: JsonValue): KeyReference | undefined {
  if (!isJsonObject(item)) return undefined;
  const { variable, key, optional } = item;
  const type = item['type'] === 'configMap' ? 'configMap' : 'secret';
  const name = sourceName(workflow, item);
  if (name === undefined || typeof variable !== 'string' || typeof key !== 'string') return undefined;
  return { variable, key, type, name, ...(typeof optional === 'boolean' ? { optional } : {}) };
}

function referenceTo(catalog: Catalog, source: WorkflowNode, key: string): KeyReference | undefined {
  const kind = kindOf(catalog, source.type);
  const type = kind === undefined ? undefined : mountTypeOf(kind);
  if (type === 'secret') return secretKeysOf(source.data).includes(key) ? { variable: key, key, type, name: objectName(source) } : undefined;
  if (type !== 'configMap') return undefined;
  const values = valueAt(source.data, ['data']);
  return isJsonObject(values) && Object.hasOwn(values, key) ? { variable: key, key, type, name: objectName(source) } : undefined;
}

/** Whether a key was drawn but never given its name. */
export function isPlaceholderKey(key: string): boolean {
  return key.startsWith('_new_') && key.length > '_new_'.length;
}

/** The names of a Secret's values as the file lists them (text, or a map with `name`), placeholders left out, each once. */
export function secretKeysOf(data: JsonObject): readonly string[] {
  const names = listOf(data, 'keys').map((item) => (isJsonObject(item) ? item['name'] : item));
  return [...new Set(names.filter((name) => typeof name === 'string' && name !== '' && !isPlaceholderKey(name)))] as string[];
}

function present<T>(items: readonly (T | undefined)[]): readonly T[] {
  return items.filter((item) => item !== undefined);
}

function listOf(data: JsonObject, field: string): readonly JsonValue[] {
  const value = valueAt(data, [field]);
  return Array.isArray(value) ? (value as readonly JsonValue[]) : [];
}
