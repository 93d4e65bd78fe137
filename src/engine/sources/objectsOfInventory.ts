import { jsonObject } from '../../shared/json';
import type { Inventory } from '../inventory';
import type { RenderedObject } from '../render';

/**
 * The objects that the last run made of these nodes, by name alone: enough to follow them on the cluster, and nothing to
 * apply. A Service counts as one that selects, so that its endpoints are looked at.
 */
export function objectsOfInventory(inventory: Pick<Inventory, 'members'>, nodes: ReadonlySet<string>): readonly RenderedObject[] {
  return inventory.members.flatMap(({ apiVersion, kind, namespace, name, nodeId }): readonly RenderedObject[] => {
    if (!nodes.has(nodeId)) return [];
    const metadata = { name, ...(namespace === '' ? {} : { namespace }) };
    const spec = kind === 'Service' ? { spec: { selector: jsonObject() } } : {};
    return [{ nodeId, object: { apiVersion, kind, metadata, ...spec }, secretKeys: [], namespaced: namespace !== '', batch: 0 }];
  });
}
