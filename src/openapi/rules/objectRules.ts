import type { JsonMap } from '../mutableJson';
import { checkAutoscaler } from './autoscaler';
import { checkClaim, checkClaimUpdate, checkConfigMap, checkImmutableData, checkSecret, checkSecretUpdate } from './data';
import { checkDebugContainers } from './debugContainers';
import { checkDefinition, checkDefinitionUpdate } from './definition';
import { checkEvent, checkEventUpdate, checkNewEvent } from './event';
import { FieldErrors, mapOf } from './fieldErrors';
import { checkImmutable, checkMetadata, checkMetadataUpdate } from './metadata';
import { checkIngress, checkNewIngress, checkService, checkServiceUpdate } from './network';
import { checkNewPod, checkPodSpec, checkPodUpdate } from './pod';
import {
  checkClusterRole,
  checkDisruptionBudget,
  checkLease,
  checkLimitRange,
  checkNetworkPolicy,
  checkPriorityClass,
  checkResourceQuota,
  checkRole,
  checkRoleBinding,
  checkRoleBindingUpdate,
  checkStorageClass,
} from './policy';
import {
  checkCronJob,
  checkDaemonSet,
  checkDeployment,
  checkDeploymentUpdate,
  checkJob,
  checkJobUpdate,
  checkReplicaSet,
  checkNewRevision,
  checkRevision,
  checkStatefulSet,
  checkStatefulSetUpdate,
} from './workload';

interface KindRules {
  readonly object: (errors: FieldErrors, object: JsonMap) => void;
  /** What holds for a new object besides. */
  readonly fresh?: (errors: FieldErrors, object: JsonMap) => void;
  /** What may not change; the rules of `object` hold for the new object as well. */
  readonly change?: (errors: FieldErrors, next: JsonMap, live: JsonMap) => void;
}

const rules: Readonly<Record<string, KindRules>> = {
  ConfigMap: { object: checkConfigMap, change: checkImmutableData },
  ControllerRevision: {
    object: checkRevision,
    fresh: checkNewRevision,
    change: (errors, next, live) => checkImmutable(errors, 'data', next['data'], live['data']),
  },
  CronJob: { object: checkCronJob },
  CustomResourceDefinition: { object: checkDefinition, change: checkDefinitionUpdate },
  DaemonSet: { object: checkDaemonSet, change: checkDeploymentUpdate },
  Deployment: { object: checkDeployment, change: checkDeploymentUpdate },
  Event: { object: checkEvent, fresh: checkNewEvent, change: checkEventUpdate },
  HorizontalPodAutoscaler: { object: checkAutoscaler },
  ClusterRole: { object: checkClusterRole },
  ClusterRoleBinding: { object: (errors, binding) => checkRoleBinding(errors, binding, false), change: checkRoleBindingUpdate },
  Ingress: { object: checkIngress, fresh: checkNewIngress },
  Job: { object: checkJob, change: checkJobUpdate },
  Lease: { object: checkLease },
  LimitRange: { object: checkLimitRange },
  NetworkPolicy: { object: checkNetworkPolicy },
  PersistentVolumeClaim: { object: checkClaim, change: checkClaimUpdate },
  Pod: {
    object: (errors, pod) => checkPodSpec(errors, 'spec', mapOf(pod['spec'])),
    fresh: checkNewPod,
    change: (errors, next, live) => checkPodUpdate(errors, mapOf(next['spec']), mapOf(live['spec'])),
  },
  PodDisruptionBudget: { object: checkDisruptionBudget },
  PriorityClass: { object: checkPriorityClass },
  ReplicaSet: { object: checkReplicaSet, change: checkDeploymentUpdate },
  ResourceQuota: { object: checkResourceQuota },
  Role: { object: (errors, role) => checkRole(errors, role, true) },
  RoleBinding: { object: (errors, binding) => checkRoleBinding(errors, binding, true), change: checkRoleBindingUpdate },
  Secret: { object: checkSecret, change: checkSecretUpdate },
  Service: { object: checkService, change: checkServiceUpdate },
  StatefulSet: { object: checkStatefulSet, change: checkStatefulSetUpdate },
  StorageClass: { object: checkStorageClass },
};

/** What the API server would refuse a new object for. */
export function createErrors(kind: string, namespaced: boolean, object: JsonMap): FieldErrors {
  const errors = new FieldErrors();
  checkMetadata(errors, mapOf(object['metadata']), kind, namespaced);
  rules[kind]?.object(errors, object);
  rules[kind]?.fresh?.(errors, object);
  return errors;
}

/** What it would refuse a change of an object for; `status` changes are checked only for their metadata. */
export function updateErrors(kind: string, next: JsonMap, live: JsonMap, subresource: string | undefined): FieldErrors {
  const errors = new FieldErrors();
  checkMetadataUpdate(errors, mapOf(next['metadata']), mapOf(live['metadata']), kind);
  if (subresource === 'status') return errors;
  if (kind === 'Pod' && subresource === 'ephemeralcontainers') {
    checkDebugContainers(errors, mapOf(next['spec']), mapOf(live['spec']));
    return errors;
  }
  rules[kind]?.object(errors, next);
  rules[kind]?.change?.(errors, next, live);
  return errors;
}
