/**
 * What is deleted before what: first what steers or routes to workloads, then the workloads, then what they read, last what
 * holds other objects. Kinds of one group do not depend on one another.
 */
const groups: readonly (readonly string[])[] = [
  ['HorizontalPodAutoscaler', 'NetworkPolicy', 'PodDisruptionBudget'],
  ['Ingress', 'HTTPRoute'],
  ['Service'],
  ['CronJob'],
  ['Job'],
  ['StatefulSet'],
  ['Deployment'],
  ['DaemonSet', 'ReplicaSet', 'Pod'],
  ['ConfigMap'],
  ['PersistentVolumeClaim'],
  // Every kind that is not named here, custom resources among them: their controllers may need the accounts and rights below.
  [],
  ['Secret', 'RoleBinding', 'ClusterRoleBinding'],
  ['ServiceAccount', 'Role', 'ClusterRole'],
  ['PersistentVolume', 'StorageClass', 'PriorityClass', 'IngressClass'],
  ['CustomResourceDefinition'],
  ['Namespace'],
];
const ranks = new Map(groups.flatMap((kinds, rank) => kinds.map((kind) => [kind, rank] as const)));
const otherRank = groups.findIndex((kinds) => kinds.length === 0);

/** The place of a kind in the order of deletions, from 0; equal places may be deleted side by side. */
export function deletionRank(kind: string): number {
  return ranks.get(kind) ?? otherRank;
}
