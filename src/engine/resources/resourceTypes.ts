import type { KindRef } from '../ports';
import { groupOf } from '../../shared/kubeObject';

/** A kind that lists know by name, in the order in which a person looks for it. */
export interface ResourceType {
  readonly type: string;
  readonly group: string;
  readonly kind: string;
  /** Short word that kubectl takes for it. */
  readonly kubectl: string;
}

/** The kinds with a word, a summary and a description of their own; every other kind is shown from its shape alone. */
export const resourceTypes: readonly ResourceType[] = [
  { type: 'deployment', group: 'apps', kind: 'Deployment', kubectl: 'deployment' },
  { type: 'statefulset', group: 'apps', kind: 'StatefulSet', kubectl: 'statefulset' },
  { type: 'daemonset', group: 'apps', kind: 'DaemonSet', kubectl: 'daemonset' },
  { type: 'replicaset', group: 'apps', kind: 'ReplicaSet', kubectl: 'replicaset' },
  { type: 'pod', group: '', kind: 'Pod', kubectl: 'pod' },
  { type: 'job', group: 'batch', kind: 'Job', kubectl: 'job' },
  { type: 'cronjob', group: 'batch', kind: 'CronJob', kubectl: 'cronjob' },
  { type: 'service', group: '', kind: 'Service', kubectl: 'service' },
  { type: 'ingress', group: 'networking.k8s.io', kind: 'Ingress', kubectl: 'ingress' },
  { type: 'configmap', group: '', kind: 'ConfigMap', kubectl: 'configmap' },
  { type: 'secret', group: '', kind: 'Secret', kubectl: 'secret' },
  { type: 'persistentvolumeclaim', group: '', kind: 'PersistentVolumeClaim', kubectl: 'persistentvolumeclaim' },
  { type: 'persistentvolume', group: '', kind: 'PersistentVolume', kubectl: 'persistentvolume' },
  { type: 'storageclass', group: 'storage.k8s.io', kind: 'StorageClass', kubectl: 'storageclass' },
  { type: 'hpa', group: 'autoscaling', kind: 'HorizontalPodAutoscaler', kubectl: 'horizontalpodautoscaler' },
  { type: 'networkpolicy', group: 'networking.k8s.io', kind: 'NetworkPolicy', kubectl: 'networkpolicy' },
  { type: 'node', group: '', kind: 'Node', kubectl: 'node' },
  { type: 'namespace', group: '', kind: 'Namespace', kubectl: 'namespace' },
  { type: 'serviceaccount', group: '', kind: 'ServiceAccount', kubectl: 'serviceaccount' },
  { type: 'role', group: 'rbac.authorization.k8s.io', kind: 'Role', kubectl: 'role' },
  { type: 'rolebinding', group: 'rbac.authorization.k8s.io', kind: 'RoleBinding', kubectl: 'rolebinding' },
  { type: 'event', group: '', kind: 'Event', kubectl: 'event' },
  { type: 'endpointslice', group: 'discovery.k8s.io', kind: 'EndpointSlice', kubectl: 'endpointslice' },
  { type: 'poddisruptionbudget', group: 'policy', kind: 'PodDisruptionBudget', kubectl: 'poddisruptionbudget' },
];

const byKind = new Map(resourceTypes.map((known) => [`${known.group}/${known.kind}`, known]));

/** Undefined for kinds that lists show from their shape alone. */
export function resourceTypeOf(kind: KindRef): ResourceType | undefined {
  return byKind.get(`${groupOf(kind.apiVersion)}/${kind.kind}`);
}

/** The name of a kind in a list: the known one, else the kind in lower case. */
export function typeNameOf(kind: KindRef): string {
  return resourceTypeOf(kind)?.type ?? kind.kind.toLowerCase();
}
