import type { ProblemCode } from './problem';

const site = 'https://kubernetes.io/docs';

/** Where Kubernetes' own documentation describes a kind. */
const kindPages: Readonly<Record<string, string>> = {
  ConfigMap: 'reference/kubernetes-api/config-and-storage-resources/config-map-v1/',
  CronJob: 'reference/kubernetes-api/workload-resources/cron-job-v1/',
  DaemonSet: 'reference/kubernetes-api/workload-resources/daemon-set-v1/',
  Deployment: 'reference/kubernetes-api/workload-resources/deployment-v1/',
  HorizontalPodAutoscaler: 'reference/kubernetes-api/workload-resources/horizontal-pod-autoscaler-v2/',
  Ingress: 'reference/kubernetes-api/service-resources/ingress-v1/',
  Job: 'reference/kubernetes-api/workload-resources/job-v1/',
  Namespace: 'concepts/overview/working-with-objects/namespaces/',
  NetworkPolicy: 'reference/kubernetes-api/policy-resources/network-policy-v1/',
  PersistentVolumeClaim: 'reference/kubernetes-api/config-and-storage-resources/persistent-volume-claim-v1/',
  Pod: 'reference/kubernetes-api/workload-resources/pod-v1/',
  PodDisruptionBudget: 'reference/kubernetes-api/policy-resources/pod-disruption-budget-v1/',
  Role: 'reference/kubernetes-api/authorization-resources/role-v1/',
  RoleBinding: 'reference/kubernetes-api/authorization-resources/role-binding-v1/',
  Secret: 'reference/kubernetes-api/config-and-storage-resources/secret-v1/',
  Service: 'reference/kubernetes-api/service-resources/service-v1/',
  ServiceAccount: 'reference/kubernetes-api/authentication-resources/service-account-v1/',
  StatefulSet: 'reference/kubernetes-api/workload-resources/stateful-set-v1/',
};

const codePages: Readonly<Partial<Record<ProblemCode, string>>> = {
  'node.invalidName': 'concepts/overview/working-with-objects/names/',
  'node.invalidQuantity': 'reference/kubernetes-api/common-definitions/quantity/',
  'node.invalidImage': 'concepts/containers/images/',
  'node.blocksIngress': 'concepts/services-networking/network-policies/',
  'node.blocksEgress': 'concepts/services-networking/network-policies/',
  'node.blocksEvictions': 'tasks/run-application/configure-pdb/',
  'node.noHeadlessService': 'concepts/workloads/controllers/statefulset/#stable-network-id',
  'node.serviceNotHeadless': 'concepts/services-networking/service/#headless-services',
  'node.sharedClaim': 'concepts/storage/persistent-volumes/#access-modes',
  'node.neverFinishes': 'concepts/workloads/pods/sidecar-containers/',
  'node.noRequests': 'tasks/run-application/horizontal-pod-autoscale/',
};

/** Pages about a part of objects that many kinds have, by the beginning of what follows in the path. */
const partPages: readonly (readonly [pattern: RegExp, page: string])[] = [
  [/(?:liveness|readiness|startup)Probe/, 'tasks/configure-pod-container/configure-liveness-readiness-startup-probes/'],
  [/resources\.(?:limits|requests)/, 'concepts/configuration/manage-resources-containers/'],
  [/[vV]olume/, 'concepts/storage/volumes/'],
  [/securityContext/, 'tasks/configure-pod-container/security-context/'],
  [/metadata\.labels|matchLabels|matchExpressions|selector/, 'concepts/overview/working-with-objects/labels/'],
  [/metadata\.annotations/, 'concepts/overview/working-with-objects/annotations/'],
  [/metadata\.name$/, 'concepts/overview/working-with-objects/names/'],
  [/affinity|nodeSelector|topologySpread/, 'concepts/scheduling-eviction/assign-pod-node/'],
  [/toleration/, 'concepts/scheduling-eviction/taint-and-toleration/'],
];

/**
 * The page of Kubernetes' documentation that explains a problem of a node whose object has this kind; undefined for problems
 * that are none of Kubernetes. Only addresses that stand in this file are ever given.
 */
export function problemDocs(
  problem: { readonly code: ProblemCode; readonly args: Readonly<Record<string, string>> },
  kind: string | undefined,
): string | undefined {
  const isObject = problem.code.startsWith('object.');
  if (!isObject && !problem.code.startsWith('node.')) return undefined;
  const path = problem.args['path'] ?? problem.args['field'] ?? '';
  const known = kind ?? problem.args['kind'] ?? '';
  const page =
    codePages[problem.code] ?? partPages.find(([pattern]) => pattern.test(path))?.[1] ?? (Object.hasOwn(kindPages, known) ? kindPages[known] : undefined);
  return page === undefined ? undefined : `${site}/${page}`;
}
