import type { CatalogKind } from '../../shared/catalog';
import type { JsonObject, JsonValue } from '../../shared/json';
import { isJsonObject, jsonObject, valueAt } from '../../shared/json';
import type { Derivation, DerivingEdge, DerivingNode } from './derivation';
import { defaultOf } from './defaults';

export type MountType = 'configMap' | 'secret' | 'persistentVolumeClaim';

const mountTypes: ReadonlyMap<string, MountType> = new Map([
  ['v1 ConfigMap', 'configMap'],
  ['v1 Secret', 'secret'],
  ['v1 PersistentVolumeClaim', 'persistentVolumeClaim'],
]);

/** The field by which a pod's volume names its object. */
export const namesInVolumes: Readonly<Record<MountType, string>> = { configMap: 'name', secret: 'secretName', persistentVolumeClaim: 'claimName' };

/** As what the object of a kind is mounted; undefined for kinds that cannot be. */
export function mountTypeOf(kind: CatalogKind): MountType | undefined {
  return mountTypes.get(`${kind.apiVersion} ${kind.kind}`);
}

/**
 * A ConfigMap, Secret or claim reaches a workload: as files (`volumeMounts`), or with `as: env` as one variable per key
 * (`envFrom`). What the workload already lists for this object, among its volumes too, counts instead of the edge.
 */
export function deriveMounts(derivation: Derivation, { edge, from, to }: DerivingEdge): void {
  const type = mountTypeOf(from.kind);
  if (type === undefined) return;
  const data = derivation.dataOf(to.node);
  const source = { edge, other: from };
  if (edge.as === 'env') {
    const sources = listAt(data, 'envFrom');
    if (type === 'persistentVolumeClaim' || sources.some((one) => namesObject(one, type, from, defaultTypeOf(to.kind, 'envFrom')))) return;
    return derivation.append(to, 'envFrom', sources, { type, name: from.name, nodeId: from.node.id }, source);
  }
  const mounts = listAt(data, 'volumeMounts');
  if (mounts.some((mount) => namesObject(mount, type, from)) || listAt(data, 'volumes').some((volume) => holdsObject(volume, type, from))) return;
  const mountPath = edge.mountPath ?? valueAt(from.node.data, ['mountPath']) ?? defaultOf(from.kind.fields, 'mountPath');
  if (typeof mountPath !== 'string') return;
  const mount = jsonObject([
    ['type', type],
    ['name', from.name],
    ['nodeId', from.node.id],
    ['mountPath', mountPath],
  ]);
  if (edge.subPath !== undefined) mount['subPath'] = edge.subPath;
  if (type !== 'persistentVolumeClaim' || edge.readOnly === true) mount['readOnly'] = true;
  if (type === 'persistentVolumeClaim' && valueAt(from.node.data, ['volumeMode']) === 'Block') mount['device'] = true;
  derivation.append(to, 'volumeMounts', mounts, mount, source);
}

/** @param otherwise what an item that names no type means */
function namesObject(mount: JsonValue, type: MountType, source: DerivingNode, otherwise?: JsonValue): boolean {
  if (!isJsonObject(mount)) return false;
  return mount['nodeId'] === source.node.id || ((mount['type'] ?? otherwise) === type && mount['name'] === source.name);
}

function defaultTypeOf(kind: CatalogKind, list: string): JsonValue | undefined {
  return defaultOf(kind.fields.find((field) => field.name === list)?.items?.fields ?? [], 'type');
}

/** Whether a volume that a workload writes out is of this object: what mounts it says where. */
function holdsObject(volume: JsonValue, type: MountType, source: DerivingNode): boolean {
  return valueAt(volume, ['source', type, namesInVolumes[type]]) === source.name;
}

function listAt(data: JsonObject, field: string): readonly JsonValue[] {
  const value = valueAt(data, [field]);
  return Array.isArray(value) ? (value as readonly JsonValue[]) : [];
}
