import type { Cluster } from '../../engine/ports';
import type { JsonObject } from '../../shared/json';
import type { KubeObject } from '../../shared/kubeObject';
import { controlPlaneTaints, taintsOf } from './clusterMetadata';
import type { Taint } from './clusterMetadata';

const restored: Taint = { key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' };

/** Machines of the control plane: those that are called so by label, or that are kept free of workloads by taint. */
export async function controlPlaneNodes(cluster: Cluster, signal?: AbortSignal): Promise<readonly KubeObject[]> {
  const nodes = await cluster.list({ apiVersion: 'v1', kind: 'Node' }, signal === undefined ? {} : { signal });
  return nodes.filter((node) => controlPlaneTaints.some((key) => node.metadata.labels?.[key] !== undefined || isTaintedWith(node, key)));
}

export function keepsWorkloadsOff(node: KubeObject): boolean {
  return controlPlaneTaints.some((key) => isTaintedWith(node, key));
}

/**
 * Takes the control-plane taints off a machine, or puts the usual one back; every other taint stays. Taints are one list to the API
 * server, so the object's version guards what somebody else changes at the same time.
 * @returns false when there was nothing to change
 * @throws ClusterError `conflict` when the machine was changed meanwhile
 */
export async function allowWorkloads(cluster: Cluster, node: KubeObject, allow: boolean, signal?: AbortSignal): Promise<boolean> {
  const before = taintsOf(node);
  const others = before.filter(({ key }) => !controlPlaneTaints.includes(key));
  if (allow ? others.length === before.length : before.some(({ key, effect }) => key === restored.key && effect === restored.effect)) return false;
  const taints = allow ? others : [...before, restored];
  const { resourceVersion } = node.metadata;
  const patch: JsonObject = {
    metadata: resourceVersion === undefined ? {} : { resourceVersion },
    spec: { taints: taints.length === 0 ? null : taints.map((taint): JsonObject => ({ ...taint })) },
  };
  await cluster.mergePatch({ apiVersion: 'v1', kind: 'Node', namespace: '', name: node.metadata.name }, patch, {
    fieldManager: 'kubeorch',
    ...(signal === undefined ? {} : { signal }),
  });
  return true;
}

function isTaintedWith(node: KubeObject, key: string): boolean {
  return taintsOf(node).some((taint) => taint.key === key);
}
