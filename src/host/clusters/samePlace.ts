import type { Target } from '../../shared/plan';

/** Whether both are the same namespace of the same cluster, whatever they are called. */
export function isSamePlace(a: Target | null, b: Target): boolean {
  return a !== null && a.clusterUid === b.clusterUid && a.namespace === b.namespace;
}
