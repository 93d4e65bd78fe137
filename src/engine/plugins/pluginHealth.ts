import type { KubeObject } from '../../shared/kubeObject';
import { groupOf } from '../../shared/kubeObject';
import type { LoadedCatalog } from '../catalog';
import type { HealthRules } from './healthRules';

/**
 * The health rules of all plugins, for objects of which no node is known: an object is judged by the plugin of its group and kind.
 * Where two plugins make the same kind, the rules of the first by name count. Undefined for every other object. Never throws.
 */
export function pluginHealth(loaded: LoadedCatalog): HealthRules {
  const rules = new Map<string, HealthRules>();
  for (const { type, kind, crd } of loaded.catalog.kinds) {
    const own = loaded.healthRulesOf(type);
    const key = `${crd?.group ?? ''}/${kind}`;
    if (crd !== undefined && own !== undefined && !rules.has(key)) rules.set(key, own);
  }
  return (object: KubeObject) => rules.get(`${groupOf(object.apiVersion)}/${object.kind}`)?.(object);
}
