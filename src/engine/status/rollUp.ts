import type { NodeStatus } from '../../shared/nodeStatus';
import { worstState } from '../../shared/nodeStatus';
import type { RenderedObject } from '../render';

/**
 * The verdict on a node that stands for a chart or base: the worst of its objects by name, and how many there are. `statuses`
 * goes with `objects`, place by place; there is at least one.
 */
export function rolledUp(objects: readonly RenderedObject[], statuses: readonly NodeStatus[]): NodeStatus {
  const state = worstState(statuses.map((status) => status.state));
  const at = statuses.findIndex((status) => status.state === state);
  const worst = statuses[at];
  const object = objects[at]?.object;
  const named = object === undefined ? '' : `${object.kind} ${object.metadata.name}`;
  const sum = (field: 'ready' | 'desired'): number => statuses.reduce((total, status) => total + status[field], 0);
  const healthy = statuses.filter((status) => status.state === 'healthy').length;
  const since = statuses.flatMap(({ staleSince }) => staleSince ?? []).toSorted();
  return {
    state,
    message: state === 'healthy' ? countOf(objects.length) : `${named}: ${worst?.message ?? ''}`,
    ...(state === 'healthy' || worst?.reason === undefined ? {} : { reason: worst.reason }),
    ready: sum('ready'),
    desired: sum('desired'),
    objects: objects.length,
    healthyObjects: healthy,
    ...(since[0] === undefined ? {} : { staleSince: since[0] }),
  };
}

function countOf(count: number): string {
  return count === 1 ? '1 object' : `${count} objects`;
}
