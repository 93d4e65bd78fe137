// Defaults that the API server fills in, by type: each function completes one object of its type, wherever it stands. They
// run from the outside in, after the defaults that the schema itself declares.
import type { Json, JsonMap } from '../mutableJson';
import { copyOf, isMap } from '../mutableJson';
import { canonicalQuantity } from '../canonicalQuantity';

export type Completion = (object: JsonMap) => void;

function absent(object: JsonMap, key: string): boolean {
  const value = object[key];
  return value === undefined || value === null || value === '';
}

/** Sets what is absent; an empty string counts as absent, a zero or false does not. */
function fill(object: JsonMap, values: Readonly<Record<string, Json>>): void {
  for (const [key, value] of Object.entries(values)) if (absent(object, key)) object[key] = copyOf(value);
}

function fillZero(object: JsonMap, values: Readonly<Record<string, number>>): void {
  for (const [key, value] of Object.entries(values)) if ((object[key] ?? 0) === 0) object[key] = value;
}

function mapAt(object: JsonMap, key: string): JsonMap {
  const value = object[key];
  if (isMap(value)) return value;
  const made: JsonMap = {};
  object[key] = made;
  return made;
}

function mapsIn(value: Json | undefined): JsonMap[] {
  return Array.isArray(value) ? value.filter(isMap) : [];
}

/** The tag of an image reference: `latest` when it names neither tag nor digest. */
function imageTag(image: Json | undefined): string {
  if (typeof image !== 'string' || image.includes('@')) return '';
  return /:([^:/]+)$/.exec(image)?.[1] ?? 'latest';
}

const completeContainer: Completion = (container) => {
  fill(container, {
    imagePullPolicy: imageTag(container['image']) === 'latest' ? 'Always' : 'IfNotPresent',
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
  });
};

const requestsFromLimits: Completion = (container) => {
  const resources = mapAt(container, 'resources');
  const limits = resources['limits'];
  if (isMap(limits) && Object.keys(limits).length > 0)
    resources['requests'] = { ...copyOf(limits), ...(isMap(resources['requests']) ? resources['requests'] : {}) };
};

const completePod: Completion = (pod) => {
  const spec = mapAt(pod, 'spec');
  const containers = [...mapsIn(spec['containers']), ...mapsIn(spec['initContainers'])];
  containers.forEach(requestsFromLimits);
  if (spec['enableServiceLinks'] === undefined) spec['enableServiceLinks'] = true;
  if (spec['hostNetwork'] !== true) return;
  for (const port of containers.flatMap((container) => mapsIn(container['ports'])))
    if ((port['hostPort'] ?? 0) === 0 && port['containerPort'] !== undefined) port['hostPort'] = port['containerPort'];
};

const completePodSpec: Completion = (spec) => {
  fill(spec, { dnsPolicy: 'ClusterFirst', restartPolicy: 'Always', securityContext: {}, schedulerName: 'default-scheduler' });
  if (spec['terminationGracePeriodSeconds'] === undefined) spec['terminationGracePeriodSeconds'] = 30;
};

const completeVolume: Completion = (volume) => {
  if (Object.keys(volume).every((key) => key === 'name')) volume['emptyDir'] = {};
};

const completeService: Completion = (service) => {
  const spec = mapAt(service, 'spec');
  fill(spec, { sessionAffinity: 'None', type: 'ClusterIP' });
  if (spec['sessionAffinity'] === 'None') delete spec['sessionAffinityConfig'];
  if (spec['sessionAffinity'] === 'ClientIP') {
    const config = spec['sessionAffinityConfig'];
    const client = isMap(config) ? config['clientIP'] : undefined;
    if (!isMap(client) || client['timeoutSeconds'] === undefined) spec['sessionAffinityConfig'] = { clientIP: { timeoutSeconds: 10_800 } };
  }
  for (const port of mapsIn(spec['ports'])) {
    fill(port, { protocol: 'TCP' });
    if (absent(port, 'targetPort') || port['targetPort'] === 0) port['targetPort'] = port['port'] ?? 0;
  }
  const type = spec['type'];
  const external = type === 'NodePort' || type === 'LoadBalancer';
  if (external || (type === 'ClusterIP' && Array.isArray(spec['externalIPs']) && spec['externalIPs'].length > 0))
    fill(spec, { externalTrafficPolicy: 'Cluster' });
  if (external || type === 'ClusterIP') fill(spec, { internalTrafficPolicy: 'Cluster' });
  if (type === 'LoadBalancer' && spec['allocateLoadBalancerNodePorts'] === undefined) spec['allocateLoadBalancerNodePorts'] = true;
};

const completeDeployment: Completion = (deployment) => {
  const spec = mapAt(deployment, 'spec');
  fill(spec, { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 });
  const strategy = mapAt(spec, 'strategy');
  fill(strategy, { type: 'RollingUpdate' });
  if (strategy['type'] === 'RollingUpdate') fill(mapAt(strategy, 'rollingUpdate'), { maxUnavailable: '25%', maxSurge: '25%' });
};

const completeDaemonSet: Completion = (set) => {
  const spec = mapAt(set, 'spec');
  const strategy = mapAt(spec, 'updateStrategy');
  fill(strategy, { type: 'RollingUpdate' });
  if (strategy['type'] === 'RollingUpdate') fill(mapAt(strategy, 'rollingUpdate'), { maxUnavailable: 1, maxSurge: 0 });
  fill(spec, { revisionHistoryLimit: 10 });
};

const completeStatefulSet: Completion = (set) => {
  const spec = mapAt(set, 'spec');
  fill(spec, { podManagementPolicy: 'OrderedReady', replicas: 1, revisionHistoryLimit: 10 });
  const strategy = mapAt(spec, 'updateStrategy');
  if (absent(strategy, 'type')) {
    strategy['type'] = 'RollingUpdate';
    mapAt(strategy, 'rollingUpdate');
  }
  if (strategy['type'] === 'RollingUpdate' && isMap(strategy['rollingUpdate'])) fill(strategy['rollingUpdate'], { partition: 0 });
  fill(mapAt(spec, 'persistentVolumeClaimRetentionPolicy'), { whenDeleted: 'Retain', whenScaled: 'Retain' });
};

const completeJob: Completion = (job) => {
  const spec = mapAt(job, 'spec');
  if (spec['completions'] === undefined && spec['parallelism'] === undefined) spec['completions'] = 1;
  fill(spec, {
    parallelism: 1,
    backoffLimit: spec['backoffLimitPerIndex'] === undefined ? 6 : 2 ** 31 - 1,
    completionMode: 'NonIndexed',
    suspend: false,
    manualSelector: false,
  });
  fill(spec, { podReplacementPolicy: isMap(spec['podFailurePolicy']) ? 'Failed' : 'TerminatingOrFailed' });
  const template = spec['template'];
  const labels = isMap(template) && isMap(template['metadata']) ? template['metadata']['labels'] : undefined;
  const metadata = mapAt(job, 'metadata');
  if (isMap(labels) && !isMap(metadata['labels'])) metadata['labels'] = copyOf(labels);
};

const scaleUpPolicies: Json = [
  { type: 'Pods', value: 4, periodSeconds: 15 },
  { type: 'Percent', value: 100, periodSeconds: 15 },
];

const completeAutoscaler: Completion = (autoscaler) => {
  const spec = mapAt(autoscaler, 'spec');
  fill(spec, { minReplicas: 1 });
  if (mapsIn(spec['metrics']).length === 0)
    spec['metrics'] = [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } }];
  const behavior = spec['behavior'];
  if (!isMap(behavior)) return;
  fill(mapAt(behavior, 'scaleUp'), { stabilizationWindowSeconds: 0, selectPolicy: 'Max', policies: scaleUpPolicies });
  fill(mapAt(behavior, 'scaleDown'), { selectPolicy: 'Max', policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }] });
};

const completeNamespace: Completion = (namespace) => {
  const metadata = mapAt(namespace, 'metadata');
  if (typeof metadata['name'] === 'string' && metadata['name'] !== '') mapAt(metadata, 'labels')['kubernetes.io/metadata.name'] = metadata['name'];
  fill(mapAt(namespace, 'status'), { phase: 'Active' });
};

const completeNetworkPolicy: Completion = (policy) => {
  const spec = mapAt(policy, 'spec');
  if (Array.isArray(spec['policyTypes']) && spec['policyTypes'].length > 0) return;
  spec['policyTypes'] = mapsIn(spec['egress']).length > 0 ? ['Ingress', 'Egress'] : ['Ingress'];
};

const completeLimit: Completion = (limit) => {
  if (limit['type'] !== 'Container') return;
  const withDefaults = (key: string, from: Json | undefined): JsonMap => ({ ...(isMap(from) ? copyOf(from) : {}), ...(isMap(limit[key]) ? limit[key] : {}) });
  limit['default'] = withDefaults('default', limit['max']);
  limit['defaultRequest'] = { ...(isMap(limit['min']) ? copyOf(limit['min']) : {}), ...withDefaults('defaultRequest', limit['default']) };
};

const defaultMode: Completion = (source) => {
  if (source['defaultMode'] === undefined) source['defaultMode'] = 0o644;
};

const completeRoleRef: Completion = (binding) => {
  if (isMap(binding['roleRef'])) fill(binding['roleRef'], { apiGroup: 'rbac.authorization.k8s.io' });
};

const completeDefinition: Completion = (definition) => {
  const spec = mapAt(definition, 'spec');
  const names = mapAt(spec, 'names');
  const kind = typeof names['kind'] === 'string' ? names['kind'] : '';
  fill(names, { singular: kind.toLowerCase(), listKind: kind === '' ? '' : `${kind}List` });
  fill(mapAt(spec, 'conversion'), { strategy: 'None' });
};

const core = 'io.k8s.api.core.v1.';

export const completions: ReadonlyMap<string, Completion> = new Map<string, Completion>([
  [`${core}Container`, completeContainer],
  [`${core}EphemeralContainer`, completeContainer],
  [`${core}Pod`, completePod],
  [`${core}PodSpec`, completePodSpec],
  [`${core}Volume`, completeVolume],
  [`${core}Service`, completeService],
  [`${core}Probe`, (probe) => fillZero(probe, { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 })],
  [`${core}HTTPGetAction`, (action) => fill(action, { path: '/', scheme: 'HTTP' })],
  [`${core}ObjectFieldSelector`, (selector) => fill(selector, { apiVersion: 'v1' })],
  [`${core}SecretVolumeSource`, defaultMode],
  [`${core}ConfigMapVolumeSource`, defaultMode],
  [`${core}DownwardAPIVolumeSource`, defaultMode],
  [`${core}ProjectedVolumeSource`, defaultMode],
  [`${core}ServiceAccountTokenProjection`, (source) => fill(source, { expirationSeconds: 3600 })],
  [`${core}HostPathVolumeSource`, (source) => fill(source, { type: '' })],
  [`${core}LimitRangeItem`, completeLimit],
  [`${core}Secret`, (secret) => fill(secret, { type: 'Opaque' })],
  [`${core}PersistentVolumeClaim`, (claim) => fill(mapAt(claim, 'status'), { phase: 'Pending' })],
  [`${core}PersistentVolumeClaimSpec`, (spec) => fill(spec, { volumeMode: 'Filesystem' })],
  [
    `${core}PersistentVolume`,
    (volume) => {
      fill(mapAt(volume, 'status'), { phase: 'Pending' });
      fill(mapAt(volume, 'spec'), { persistentVolumeReclaimPolicy: 'Retain', volumeMode: 'Filesystem' });
    },
  ],
  [`${core}Namespace`, completeNamespace],
  ['io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition', completeDefinition],
  ['io.k8s.api.apps.v1.Deployment', completeDeployment],
  ['io.k8s.api.apps.v1.DaemonSet', completeDaemonSet],
  ['io.k8s.api.apps.v1.StatefulSet', completeStatefulSet],
  ['io.k8s.api.apps.v1.ReplicaSet', (set) => fill(mapAt(set, 'spec'), { replicas: 1 })],
  ['io.k8s.api.batch.v1.Job', completeJob],
  [
    'io.k8s.api.batch.v1.CronJob',
    (job) => fill(mapAt(job, 'spec'), { concurrencyPolicy: 'Allow', suspend: false, successfulJobsHistoryLimit: 3, failedJobsHistoryLimit: 1 }),
  ],
  ['io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler', completeAutoscaler],
  ['io.k8s.api.networking.v1.NetworkPolicy', completeNetworkPolicy],
  ['io.k8s.api.networking.v1.NetworkPolicyPort', (port) => fill(port, { protocol: 'TCP' })],
  ['io.k8s.api.discovery.v1.EndpointPort', (port) => fill(port, { protocol: 'TCP', name: '' })],
  ['io.k8s.api.rbac.v1.RoleBinding', completeRoleRef],
  ['io.k8s.api.rbac.v1.ClusterRoleBinding', completeRoleRef],
  [
    'io.k8s.api.rbac.v1.Subject',
    (subject) => {
      if (subject['kind'] === 'User' || subject['kind'] === 'Group') fill(subject, { apiGroup: 'rbac.authorization.k8s.io' });
    },
  ],
  ['io.k8s.api.storage.v1.StorageClass', (storage) => fill(storage, { reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' })],
]);

/** Fields that hold resource lists, whose quantities are written in canonical form. */
export const resourceListFields: ReadonlySet<string> = new Set([
  'limits',
  'requests',
  'capacity',
  'allocatable',
  'hard',
  'max',
  'min',
  'default',
  'defaultRequest',
  'overhead',
  'used',
]);

export function canonicalResourceList(list: JsonMap): void {
  for (const [name, quantity] of Object.entries(list))
    if (typeof quantity === 'string' || typeof quantity === 'number') list[name] = canonicalQuantity(quantity);
}
