import { kindOf } from '../../shared/catalog';
import type { JsonObject, JsonValue } from '../../shared/json';
import { isJsonObject, valueAt } from '../../shared/json';
import { objectName } from '../../shared/workflow';
import type { ResolvedWorkflow } from '../relations';
import { mountTypeOf } from './mounts';

/**
 * Pairs of a node and a ConfigMap, Secret or claim of this workflow that it mounts or reads without an edge: by `nodeId`, or
 * by the name of the object. A pod that starts before they are there fails, so they come first as well.
 */
export function mountedNodes(resolved: ResolvedWorkflow): readonly (readonly [user: string, used: string])[] {
  const { nodes } = resolved.workflow;
  const sources = new Map<string, string>();
  const ids = new Set<string>();
  for (const node of nodes) {
    const kind = kindOf(resolved.catalog, node.type);
    const type = kind === undefined ? undefined : mountTypeOf(kind);
    if (type === undefined) continue;
    ids.add(node.id);
    sources.set(`${type} ${objectName(node)}`, node.id);
  }
  if (ids.size === 0) return [];
  return nodes.flatMap((node) => {
    const used = references(node.data).flatMap(({ type = 'secret', name, nodeId }) => {
      if (typeof nodeId === 'string' && ids.has(nodeId)) return [nodeId];
      const named = typeof type === 'string' && typeof name === 'string' ? sources.get(`${type} ${name.trim()}`) : undefined;
      return named === undefined ? [] : [named];
    });
    return [...new Set(used)].filter((id) => id !== node.id).map((id) => [node.id, id] as const);
  });
}

function references(data: JsonObject): readonly JsonObject[] {
  const containers = [data, ...['initContainers', 'sidecars'].flatMap((field) => listOf(data, field))];
  return containers.flatMap((container) => ['volumeMounts', 'envFrom', 'keyEnv'].flatMap((field) => listOf(container, field)));
}

function listOf(data: JsonObject, field: string): readonly JsonObject[] {
  const value: JsonValue | undefined = valueAt(data, [field]);
  return Array.isArray(value) ? (value as readonly JsonValue[]).filter(isJsonObject) : [];
}
