import type { KubeObject } from '../../shared/kubeObject';
import { groupOf } from '../../shared/kubeObject';
import type { NodeStatus } from '../../shared/nodeStatus';
import { configMapHealth } from '../kinds/configmap/health';
import { cronJobHealth } from '../kinds/cronjob/health';
import { daemonSetHealth } from '../kinds/daemonset/health';
import { deploymentHealth } from '../kinds/deployment/health';
import { endpointSliceHealth } from '../kinds/endpointslice/health';
import { autoscalerHealth } from '../kinds/hpa/health';
import { ingressHealth } from '../kinds/ingress/health';
import { jobHealth } from '../kinds/job/health';
import { networkPolicyHealth } from '../kinds/networkpolicy/health';
import { disruptionBudgetHealth } from '../kinds/poddisruptionbudget/health';
import { podHealth } from '../kinds/pod/health';
import { claimHealth } from '../kinds/pvc/health';
import { replicaSetHealth } from '../kinds/replicaset/health';
import { secretHealth } from '../kinds/secret/health';
import { serviceHealth } from '../kinds/service/health';
import { statefulSetHealth } from '../kinds/statefulset/health';
import { genericHealth, standardConditions } from './genericHealth';
import { hintOf } from './hintOf';
import { platformRules } from './platformHealth';
import type { HealthRule, Related } from './verdict';

/** Rules by group and kind: another group's kind of the same name (a Knative Service) is not this one. */
const rules: ReadonlyMap<string, HealthRule> = new Map<string, HealthRule>([
  ['/Pod', podHealth],
  ['/Service', serviceHealth],
  ['/ConfigMap', configMapHealth],
  ['/Secret', secretHealth],
  ['/PersistentVolumeClaim', claimHealth],
  ['apps/Deployment', deploymentHealth],
  ['extensions/Deployment', deploymentHealth],
  ['apps/ReplicaSet', replicaSetHealth],
  ['extensions/ReplicaSet', replicaSetHealth],
  ['apps/StatefulSet', statefulSetHealth],
  ['apps/DaemonSet', daemonSetHealth],
  ['extensions/DaemonSet', daemonSetHealth],
  ['batch/Job', jobHealth],
  ['batch/CronJob', cronJobHealth],
  ['networking.k8s.io/Ingress', ingressHealth],
  ['extensions/Ingress', ingressHealth],
  ['networking.k8s.io/NetworkPolicy', networkPolicyHealth],
  ['autoscaling/HorizontalPodAutoscaler', autoscalerHealth],
  ['policy/PodDisruptionBudget', disruptionBudgetHealth],
  ['discovery.k8s.io/EndpointSlice', endpointSliceHealth],
  ...platformRules,
]);

/**
 * The verdict on one object, from the object and what is known around it. Pure; never throws for a strange object.
 * Rules come from kstatus and gitops-engine, in this order: deletion, generation not observed, `Stalled` and
 * `Reconciling`, the kind's own rules. What each word means for each kind stands in docs/health.md.
 */
export function healthOf(object: KubeObject, related: Related): NodeStatus {
  const status = ruledHealth(object, related);
  const hint = hintOf(status);
  return hint === undefined ? status : { ...status, hint };
}

function ruledHealth(object: KubeObject, related: Related): NodeStatus {
  const rule = ruleFor(object);
  if (rule === undefined) return genericHealth(object);
  const own = rule(object, related);
  if (own.reason === 'Terminating' || own.reason === 'GenerationNotObserved') return own;
  const standard = standardConditions(object);
  return standard === undefined ? own : { ...own, ...standard, ready: own.ready, desired: own.desired };
}

/** The one place where a kind's own rules are asked for; a kind that has none is judged by the generic ones. */
function ruleFor(object: KubeObject): HealthRule | undefined {
  return rules.get(`${groupOf(object.apiVersion)}/${object.kind}`);
}
