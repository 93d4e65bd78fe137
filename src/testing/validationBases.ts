import type { JsonMap } from '../openapi/index';

/** A sound object of a kind, in which mutations break one thing at a time. */
export interface ValidationBase {
  readonly name: string;
  readonly plural: string;
  /** `v1`, `apps/v1`, … */
  readonly apiVersion: string;
  readonly namespaced: boolean;
  readonly object: JsonMap;
}

const probe = (): JsonMap => ({ httpGet: { path: '/healthz', port: 'http', scheme: 'HTTP' }, periodSeconds: 5, failureThreshold: 3 });

const container = (): JsonMap => ({
  name: 'main',
  image: 'ghcr.io/acme/web:1.4',
  imagePullPolicy: 'IfNotPresent',
  command: ['serve'],
  args: ['--verbose'],
  ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
  env: [
    { name: 'MODE', value: 'live' },
    { name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
    { name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'web', key: 'password' } } },
  ],
  envFrom: [{ configMapRef: { name: 'settings' }, prefix: 'APP_' }],
  resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { cpu: '500m', memory: '128Mi' } },
  livenessProbe: probe(),
  readinessProbe: probe(),
  volumeMounts: [
    { name: 'data', mountPath: '/data', subPath: 'web' },
    { name: 'settings', mountPath: '/etc/settings', readOnly: true },
  ],
  securityContext: { runAsNonRoot: true, runAsUser: 1000, allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
  terminationMessagePolicy: 'File',
});

const podSpec = (restartPolicy: string): JsonMap => ({
  restartPolicy,
  containers: [container()],
  initContainers: [{ name: 'prepare', image: 'busybox:1.36', command: ['true'] }],
  volumes: [
    { name: 'data', emptyDir: { sizeLimit: '1Gi' } },
    { name: 'settings', configMap: { name: 'settings', defaultMode: 0o440, items: [{ key: 'a', path: 'a.txt' }] } },
  ],
  serviceAccountName: 'web',
  terminationGracePeriodSeconds: 20,
  nodeSelector: { 'kubernetes.io/os': 'linux' },
  tolerations: [{ key: 'dedicated', operator: 'Equal', value: 'web', effect: 'NoSchedule' }],
  affinity: {
    podAntiAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [
        { weight: 50, podAffinityTerm: { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app: 'web' } } } },
      ],
    },
  },
  topologySpreadConstraints: [
    { maxSkew: 1, topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'ScheduleAnyway', labelSelector: { matchLabels: { app: 'web' } } },
  ],
  securityContext: { fsGroup: 2000, seccompProfile: { type: 'RuntimeDefault' } },
  dnsPolicy: 'ClusterFirst',
});

const template = (restartPolicy = 'Always'): JsonMap => ({ metadata: { labels: { app: 'web' } }, spec: podSpec(restartPolicy) });
const selector = (): JsonMap => ({ matchLabels: { app: 'web' } });
const claimSpec = (): JsonMap => ({
  accessModes: ['ReadWriteOnce'],
  storageClassName: 'fast',
  volumeMode: 'Filesystem',
  resources: { requests: { storage: '1Gi' } },
});

function base(name: string, apiVersion: string, plural: string, kind: string, body: JsonMap, namespaced = true): ValidationBase {
  const metadata = { name: 'web', labels: { app: 'web', 'app.kubernetes.io/name': 'web' }, annotations: { 'acme.dev/note': 'anything at all' } };
  return { name, plural, apiVersion, namespaced, object: { apiVersion, kind, metadata, ...body } };
}

const rbac = 'rbac.authorization.k8s.io/v1';
const rules = (): JsonMap[] => [{ apiGroups: ['apps'], resources: ['deployments'], verbs: ['get', 'list'] }];
const backend = (): JsonMap => ({ service: { name: 'web', port: { number: 80 } } });

/** One for each kind that workflows make or hold, several for kinds with ways of their own. */
export const validationBases: readonly ValidationBase[] = [
  base('configmap', 'v1', 'configmaps', 'ConfigMap', { data: { 'a.txt': 'one', MODE: 'live' }, binaryData: { logo: 'AAECAw==' } }),
  base('secret', 'v1', 'secrets', 'Secret', { type: 'Opaque', stringData: { user: 'web' }, data: { password: 'cGFzcw==' } }),
  base('tls secret', 'v1', 'secrets', 'Secret', { type: 'kubernetes.io/basic-auth', stringData: { username: 'web', password: 'x' } }),
  base('claim', 'v1', 'persistentvolumeclaims', 'PersistentVolumeClaim', { spec: claimSpec() }),
  base('service account', 'v1', 'serviceaccounts', 'ServiceAccount', { automountServiceAccountToken: false, imagePullSecrets: [{ name: 'registry' }] }),
  base('namespace', 'v1', 'namespaces', 'Namespace', {}, false),
  base('pod', 'v1', 'pods', 'Pod', { spec: { ...podSpec('Always'), serviceAccountName: 'default' } }),
  base('service', 'v1', 'services', 'Service', {
    spec: {
      type: 'ClusterIP',
      selector: { app: 'web' },
      sessionAffinity: 'None',
      ports: [
        { name: 'http', port: 80, targetPort: 8080, protocol: 'TCP', appProtocol: 'http' },
        { name: 'metrics', port: 9090, targetPort: 'metrics' },
      ],
    },
  }),
  base('node port service', 'v1', 'services', 'Service', {
    spec: { type: 'NodePort', selector: { app: 'web' }, externalTrafficPolicy: 'Local', ports: [{ port: 80, targetPort: 8080 }] },
  }),
  base('headless service', 'v1', 'services', 'Service', { spec: { clusterIP: 'None', selector: { app: 'web' }, ports: [{ name: 'db', port: 5432 }] } }),
  base('external service', 'v1', 'services', 'Service', { spec: { type: 'ExternalName', externalName: 'db.example.com' } }),
  base('deployment', 'apps/v1', 'deployments', 'Deployment', {
    spec: {
      replicas: 2,
      minReadySeconds: 5,
      revisionHistoryLimit: 3,
      progressDeadlineSeconds: 120,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: '25%' } },
      selector: selector(),
      template: template(),
    },
  }),
  base('stateful set', 'apps/v1', 'statefulsets', 'StatefulSet', {
    spec: {
      replicas: 2,
      serviceName: 'web',
      podManagementPolicy: 'OrderedReady',
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 1 } },
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Delete' },
      selector: selector(),
      template: template(),
      volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: claimSpec() }],
    },
  }),
  base('daemon set', 'apps/v1', 'daemonsets', 'DaemonSet', {
    spec: { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '10%' } }, selector: selector(), template: template() },
  }),
  base('replica set', 'apps/v1', 'replicasets', 'ReplicaSet', { spec: { replicas: 1, selector: selector(), template: template() } }),
  base('job', 'batch/v1', 'jobs', 'Job', {
    spec: {
      completions: 4,
      parallelism: 2,
      backoffLimit: 3,
      completionMode: 'Indexed',
      activeDeadlineSeconds: 600,
      ttlSecondsAfterFinished: 60,
      template: template('Never'),
    },
  }),
  base('cron job', 'batch/v1', 'cronjobs', 'CronJob', {
    spec: {
      schedule: '0 3 * * 1-5',
      timeZone: 'Europe/Berlin',
      concurrencyPolicy: 'Forbid',
      startingDeadlineSeconds: 100,
      successfulJobsHistoryLimit: 2,
      failedJobsHistoryLimit: 1,
      suspend: false,
      jobTemplate: { spec: { backoffLimit: 2, template: template('OnFailure') } },
    },
  }),
  base('ingress', 'networking.k8s.io/v1', 'ingresses', 'Ingress', {
    spec: {
      ingressClassName: 'nginx',
      defaultBackend: backend(),
      tls: [{ hosts: ['shop.example.com'], secretName: 'tls' }],
      rules: [
        { host: 'shop.example.com', http: { paths: [{ path: '/', pathType: 'Prefix', backend: backend() }] } },
        { host: '*.example.com', http: { paths: [{ path: '/api', pathType: 'Exact', backend: { service: { name: 'api', port: { name: 'http' } } } }] } },
      ],
    },
  }),
  base('network policy', 'networking.k8s.io/v1', 'networkpolicies', 'NetworkPolicy', {
    spec: {
      podSelector: selector(),
      policyTypes: ['Ingress', 'Egress'],
      ingress: [
        {
          from: [{ podSelector: selector() }, { ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } }],
          ports: [{ port: 8080, endPort: 8090, protocol: 'TCP' }],
        },
      ],
      egress: [
        {
          to: [{ namespaceSelector: { matchExpressions: [{ key: 'team', operator: 'In', values: ['web', 'db'] }] } }],
          ports: [{ port: 'dns', protocol: 'UDP' }],
        },
      ],
    },
  }),
  base('autoscaler', 'autoscaling/v2', 'horizontalpodautoscalers', 'HorizontalPodAutoscaler', {
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
      minReplicas: 2,
      maxReplicas: 5,
      metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } }],
      behavior: { scaleDown: { stabilizationWindowSeconds: 60, policies: [{ type: 'Pods', value: 1, periodSeconds: 60 }] } },
    },
  }),
  base('disruption budget', 'policy/v1', 'poddisruptionbudgets', 'PodDisruptionBudget', {
    spec: { minAvailable: '50%', selector: selector(), unhealthyPodEvictionPolicy: 'AlwaysAllow' },
  }),
  base('role', rbac, 'roles', 'Role', { rules: rules() }),
  base('cluster role', rbac, 'clusterroles', 'ClusterRole', { rules: [...rules(), { nonResourceURLs: ['/healthz'], verbs: ['get'] }] }, false),
  base('role binding', rbac, 'rolebindings', 'RoleBinding', {
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'web' },
    subjects: [
      { kind: 'ServiceAccount', name: 'web', namespace: 'shop' },
      { kind: 'User', name: 'ann', apiGroup: 'rbac.authorization.k8s.io' },
    ],
  }),
  base('limit range', 'v1', 'limitranges', 'LimitRange', {
    spec: { limits: [{ type: 'Container', min: { cpu: '10m' }, max: { cpu: '2' }, default: { cpu: '500m' }, defaultRequest: { cpu: '100m' } }] },
  }),
  base('quota', 'v1', 'resourcequotas', 'ResourceQuota', { spec: { hard: { pods: '10', 'requests.cpu': '4', 'count/deployments.apps': '3' } } }),
  base('lease', 'coordination.k8s.io/v1', 'leases', 'Lease', { spec: { holderIdentity: 'web', leaseDurationSeconds: 15 } }),
  base('priority class', 'scheduling.k8s.io/v1', 'priorityclasses', 'PriorityClass', { value: 1000, preemptionPolicy: 'Never' }, false),
  base(
    'storage class',
    'storage.k8s.io/v1',
    'storageclasses',
    'StorageClass',
    { provisioner: 'acme.dev/disk', reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' },
    false,
  ),
];
