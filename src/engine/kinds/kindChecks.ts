import type { JsonObject } from '../../shared/json';
import type { WorkflowNode } from '../../shared/workflow';
import type { NodeReport } from '../checks/fields';
import type { ResolvedWorkflow } from '../relations';
import { checkConfigMap } from './configmap/check';
import { checkCronJob } from './cronjob/check';
import { checkDaemonSet } from './daemonset/check';
import { checkDeployment } from './deployment/check';
import { checkGate } from './gate/check';
import { checkAutoscaler } from './hpa/check';
import { checkIngress } from './ingress/check';
import { checkJob } from './job/check';
import { checkManifest } from './manifest/check';
import { checkNetworkPolicy } from './networkpolicy/check';
import { checkDisruptionBudget } from './poddisruptionbudget/check';
import { checkRole } from './role/check';
import { checkSecret } from './secret/check';
import { checkClaim } from './persistentvolumeclaim/check';
import { checkService } from './service/check';
import { checkStatefulSet } from './statefulset/check';

/** Checks one node beyond its fields. `data` is the effective data with defaults; `node.data` is what is authored. */
export type KindCheck = (input: {
  readonly report: NodeReport;
  readonly node: WorkflowNode;
  readonly data: JsonObject;
  readonly resolved: ResolvedWorkflow;
}) => void;

/** By apiVersion and kind of the object, so that a workspace's own variant of a kind is checked too. */
export const kindChecks: ReadonlyMap<string, KindCheck> = new Map([
  ['apps/v1 Deployment', checkDeployment],
  ['apps/v1 StatefulSet', checkStatefulSet],
  ['apps/v1 DaemonSet', checkDaemonSet],
  ['batch/v1 Job', checkJob],
  ['batch/v1 CronJob', checkCronJob],
  ['v1 PersistentVolumeClaim', checkClaim],
  ['v1 Service', checkService],
  ['v1 ConfigMap', checkConfigMap],
  ['v1 Secret', checkSecret],
  ['networking.k8s.io/v1 Ingress', checkIngress],
  ['networking.k8s.io/v1 NetworkPolicy', checkNetworkPolicy],
  ['autoscaling/v2 HorizontalPodAutoscaler', checkAutoscaler],
  ['policy/v1 PodDisruptionBudget', checkDisruptionBudget],
  ['rbac.authorization.k8s.io/v1 Role', checkRole],
  ['kubeorch.dev/v1alpha1 Gate', checkGate],
  ['* *', checkManifest],
]);
