// The roles that every cluster has from the start, as far as people bind to them.
import type { JsonMap } from '../objects';
import { systemWrite, type Registry } from '../registry';
import type { PolicyRule } from './rbac';

const read = ['get', 'list', 'watch'];
const write = ['create', 'delete', 'deletecollection', 'patch', 'update'];

const workloads: readonly (readonly [group: string, resources: readonly string[]])[] = [
  ['', ['configmaps', 'endpoints', 'persistentvolumeclaims', 'pods', 'serviceaccounts', 'services', 'services/status', 'persistentvolumeclaims/status']],
  ['apps', ['controllerrevisions', 'daemonsets', 'daemonsets/status', 'deployments', 'deployments/scale', 'deployments/status', 'replicasets']],
  ['apps', ['replicasets/scale', 'replicasets/status', 'statefulsets', 'statefulsets/scale', 'statefulsets/status']],
  ['autoscaling', ['horizontalpodautoscalers', 'horizontalpodautoscalers/status']],
  ['batch', ['cronjobs', 'cronjobs/status', 'jobs', 'jobs/status']],
  ['discovery.k8s.io', ['endpointslices']],
  ['networking.k8s.io', ['ingresses', 'ingresses/status', 'networkpolicies']],
  ['policy', ['poddisruptionbudgets', 'poddisruptionbudgets/status']],
];
const readOnly = ['bindings', 'events', 'limitranges', 'namespaces', 'namespaces/status', 'pods/log', 'pods/status', 'resourcequotas', 'resourcequotas/status'];
const streams = ['pods/attach', 'pods/exec', 'pods/portforward', 'pods/proxy'];

const viewRules: PolicyRule[] = [
  ...workloads.map(([group, resources]) => ({ apiGroups: [group], resources, verbs: read })),
  { apiGroups: [''], resources: readOnly, verbs: read },
];
const editRules: PolicyRule[] = [
  ...viewRules,
  ...workloads.map(([group, resources]) => ({ apiGroups: [group], resources: resources.filter((one) => !one.endsWith('/status')), verbs: write })),
  { apiGroups: [''], resources: ['secrets', ...streams], verbs: [...read, ...write] },
  { apiGroups: [''], resources: ['pods/eviction', 'serviceaccounts/token'], verbs: ['create'] },
  { apiGroups: [''], resources: ['events'], verbs: write },
  { apiGroups: [''], resources: ['serviceaccounts'], verbs: ['impersonate'] },
  { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: [...read, ...write] },
];
const adminRules: PolicyRule[] = [...editRules, { apiGroups: ['rbac.authorization.k8s.io'], resources: ['rolebindings', 'roles'], verbs: [...read, ...write] }];
const discovery = ['/api', '/api/*', '/apis', '/apis/*', '/healthz', '/livez', '/openapi', '/openapi/*', '/readyz', '/version', '/version/'];
const selfReviews: PolicyRule[] = [
  { apiGroups: ['authorization.k8s.io'], resources: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'], verbs: ['create'] },
  { apiGroups: ['authentication.k8s.io'], resources: ['selfsubjectreviews'], verbs: ['create'] },
];

const roles: Readonly<Record<string, readonly PolicyRule[]>> = {
  admin: adminRules,
  'cluster-admin': [
    { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
    { nonResourceURLs: ['*'], verbs: ['*'] },
  ],
  edit: editRules,
  'system:basic-user': selfReviews,
  'system:discovery': [{ nonResourceURLs: discovery, verbs: ['get'] }],
  view: viewRules,
};
const bindings: Readonly<Record<string, string>> = {
  'cluster-admin': 'system:masters',
  'system:basic-user': 'system:authenticated',
  'system:discovery': 'system:authenticated',
};

export function createBootRoles(registry: Registry): void {
  const metadata = (name: string): JsonMap => ({ name, labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' } });
  const create = (plural: string, body: JsonMap): void => {
    registry.create(registry.kinds.named(plural), '', { apiVersion: 'rbac.authorization.k8s.io/v1', ...body }, systemWrite('kubeorch-sandbox'));
  };
  for (const [name, rules] of Object.entries(roles)) {
    create('clusterroles', { kind: 'ClusterRole', metadata: metadata(name), rules: rules as unknown as JsonMap[] });
  }
  for (const [name, group] of Object.entries(bindings)) {
    const subjects = [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: group }];
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name };
    create('clusterrolebindings', { kind: 'ClusterRoleBinding', metadata: metadata(name), roleRef, subjects });
  }
}
