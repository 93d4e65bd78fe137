import type { Catalog } from '../../shared/catalog';
import { kindOf } from '../../shared/catalog';
import type { JsonObject, JsonValue } from '../../shared/json';
import { isJsonObject, jsonObject, valueAt } from '../../shared/json';
import type { Workflow, WorkflowNode } from '../../shared/workflow';
import { nodeById, objectName } from '../../shared/workflow';
import type { ResolvedWorkflow } from '../relations';
import type { MountType } from './mounts';
import { mountTypeOf } from './mounts';

/** Where a variable of `envKeys` comes from. */
export interface KeyReference {
  readonly key: string;
  readonly type: 'configMap' | 'secret';
  readonly name: string;
}

/** What the pod spec needs beyond the node's own data: volumes with their mounts, and variables from other objects. */
export interface PodValues {
  readonly volumes: readonly { readonly name: string; readonly type: MountType; readonly source: string }[];
  readonly mounts: readonly JsonObject[];
  readonly envFrom: readonly JsonValue[];
  readonly envKeys: readonly KeyReference[];
  /** Keys of `envKeys` that no connected node has. */
  readonly unknownKeys: readonly string[];
}

/** `data` is the node's effective data with defaults. */
export function podValues(resolved: ResolvedWorkflow, node: WorkflowNode, data: JsonObject): PodValues {
  const volumes: PodValues['volumes'][number][] = [];
  const mounts = listOf(data, 'volumeMounts').flatMap((mount) => {
    if (!isJsonObject(mount)) return [];
    const { type, mountPath } = mount;
    const source = sourceName(resolved.workflow, mount);
    if (!isMountType(type) || source === undefined || typeof mountPath !== 'string') return [];
    const made = jsonObject([
      ['volume', volumeFor(volumes, type, source)],
      ['mountPath', mountPath],
    ]);
    if (typeof mount['subPath'] === 'string') made['subPath'] = mount['subPath'];
    // The kubelet mounts these two read-only whatever the pod asks for; saying so keeps the object honest.
    if (type !== 'persistentVolumeClaim' || mount['readOnly'] === true) made['readOnly'] = true;
    return [made];
  });
  const connected = resolved.edgesTo(node.id).flatMap(({ edge, rule }) => (rule?.relation === 'mounts' ? [nodeById(resolved.workflow, edge.from)] : []));
  const envKeys: KeyReference[] = [];
  const unknownKeys: string[] = [];
  for (const key of listOf(data, 'envKeys')) {
    if (typeof key !== 'string') continue;
    const reference = connected.map((source) => source && referenceTo(resolved.catalog, source, key)).find((found) => found !== undefined);
    if (reference === undefined) unknownKeys.push(key);
    else envKeys.push(reference);
  }
  return { volumes, mounts, envFrom: listOf(data, 'envFrom'), envKeys, unknownKeys };
}

/** The name of what is mounted: the name as written, else that of the node it refers to. */
export function sourceName(workflow: Workflow, mount: JsonObject): string | undefined {
  const { name, nodeId } = mount;
  if (typeof name === 'string' && name.trim() !== '') return name.trim();
  const node = typeof nodeId === 'string' ? nodeById(workflow, nodeId) : undefined;
  return node === undefined ? undefined : objectName(node);
}

/** One volume per mounted object, called `<name>-volume`; a second object of the same name has its type in front of that. */
function volumeFor(volumes: PodValues['volumes'][number][], type: MountType, source: string): string {
  const known = volumes.find((volume) => volume.type === type && volume.source === source);
  if (known !== undefined) return known.name;
  const taken = new Set(volumes.map((volume) => volume.name));
  const candidates = [`${source}-volume`, `${source}-${type.toLowerCase()}-volume`].map(asLabel);
  let name = candidates.find((candidate) => !taken.has(candidate));
  for (let number = 2; name === undefined; number += 1) {
    const numbered = asLabel(`${source.slice(0, 40)}-${number}-volume`);
    if (!taken.has(numbered)) name = numbered;
  }
  volumes.push({ name, type, source });
  return name;
}

/** Brings an object's name (which may have dots and 253 characters) to a DNS label, keeping its end. */
export function asLabel(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]/g, '-')
    .slice(-63)
    .replaceAll(/^-+|-+$/g, '');
}

function referenceTo(catalog: Catalog, source: WorkflowNode, key: string): KeyReference | undefined {
  const kind = kindOf(catalog, source.type);
  const type = kind === undefined ? undefined : mountTypeOf(kind);
  if (type === 'secret') return secretKeysOf(source.data).includes(key) ? { key, type, name: objectName(source) } : undefined;
  if (type !== 'configMap') return undefined;
  const values = valueAt(source.data, ['data']);
  return isJsonObject(values) && Object.hasOwn(values, key) ? { key, type, name: objectName(source) } : undefined;
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

function isMountType(value: JsonValue | undefined): value is MountType {
  return value === 'configMap' || value === 'secret' || value === 'persistentVolumeClaim';
}

function listOf(data: JsonObject, field: string): readonly JsonValue[] {
  const value = valueAt(data, [field]);
  return Array.isArray(value) ? (value as readonly JsonValue[]) : [];
}
