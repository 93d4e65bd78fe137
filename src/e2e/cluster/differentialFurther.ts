// Objects and edits of kinds beyond the skeleton's. Jobs are suspended and sets have no replicas, so that controllers touch
// no more than their status.
import type { JsonMap } from '../../sandbox/objects';
import type { Kind } from './differentialCases';
import type { Edit } from './differentialObjects';

const template: JsonMap = {
  metadata: { labels: { app: 'x' } },
  spec: { schedulerName: 'nobody', containers: [{ name: 'web', image: 'nginx:1.27', ports: [{ containerPort: 80 }] }] },
};
const ending: JsonMap = { spec: { schedulerName: 'nobody', restartPolicy: 'Never', containers: [{ name: 'work', image: 'busybox' }] } };
const selector: JsonMap = { matchLabels: { app: 'x' } };

const specs: Readonly<Partial<Record<Kind, readonly [apiVersion: string, body: JsonMap]>>> = {
  ReplicaSet: ['apps/v1', { spec: { replicas: 0, selector, template } }],
  StatefulSet: ['apps/v1', { spec: { replicas: 0, serviceName: 'x', selector, template } }],
  DaemonSet: ['apps/v1', { spec: { selector, template: { ...template, spec: { ...(template['spec'] as JsonMap), nodeSelector: { none: 'such' } } } } }],
  ControllerRevision: ['apps/v1', { revision: 1, data: { spec: { template: { $patch: 'replace' } } } }],
  Job: ['batch/v1', { spec: { suspend: true, template: ending } }],
  CronJob: ['batch/v1', { spec: { suspend: true, schedule: '0 4 * * *', jobTemplate: { spec: { template: ending } } } }],
  PersistentVolumeClaim: ['v1', { spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'none', resources: { requests: { storage: '1024Mi' } } } }],
  ServiceAccount: ['v1', { imagePullSecrets: [{ name: 'login' }] }],
  NetworkPolicy: ['networking.k8s.io/v1', { spec: { podSelector: selector, ingress: [{ from: [{ podSelector: {} }], ports: [{ port: 80 }] }] } }],
  HorizontalPodAutoscaler: ['autoscaling/v2', { spec: { maxReplicas: 3, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'none' } } }],
  PodDisruptionBudget: ['policy/v1', { spec: { minAvailable: 1, selector } }],
  Role: ['rbac.authorization.k8s.io/v1', { rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }] }],
  RoleBinding: [
    'rbac.authorization.k8s.io/v1',
    {
      roleRef: { kind: 'Role', name: 'r' },
      subjects: [
        { kind: 'User', name: 'u' },
        { kind: 'ServiceAccount', name: 'default', namespace: 'differential' },
      ],
    },
  ],
  LimitRange: ['v1', { spec: { limits: [{ type: 'Container', max: { cpu: '64' } }] } }],
  ResourceQuota: ['v1', { spec: { hard: { 'count/secrets': '1000' } } }],
  Shelf: ['differential.kubeorch.dev/v1', { spec: { size: 3, boards: [{ name: 'a' }, { name: 'b', width: 0 }], free: { any: [1, null] } } }],
  Lease: ['coordination.k8s.io/v1', { spec: { holderIdentity: 'a', leaseDurationSeconds: 15 } }],
};

export function furtherObjectOf(kind: Kind, name: string): JsonMap {
  const [apiVersion, body] = specs[kind] ?? ['v1', {}];
  return { apiVersion, kind, metadata: { name, labels: { app: name } }, ...body };
}

const edit = (name: string, patch: JsonMap, sound = true): Edit => ({ name, patch, sound });
const image = (at: (spec: JsonMap) => JsonMap): Edit => edit('an image', at({ containers: [{ name: 'web', image: 'nginx:1.28' }] }));
const inTemplate = (spec: JsonMap): JsonMap => ({ spec: { template: { spec } } });

const ofSets: readonly Edit[] = [
  image(inTemplate),
  edit('no containers', inTemplate({ containers: [] }), false),
  edit('another selector', { spec: { selector: { matchLabels: { app: 'y' } } } }, false),
  edit('no selector', { spec: { selector: null } }, false),
  edit('minReadySeconds', { spec: { minReadySeconds: 3 } }),
];

const edits: Readonly<Partial<Record<Kind, readonly Edit[]>>> = {
  ReplicaSet: ofSets,
  StatefulSet: [
    ...ofSets,
    edit('on delete', { spec: { updateStrategy: { type: 'OnDelete', rollingUpdate: null } } }),
    edit('retention', { spec: { persistentVolumeClaimRetentionPolicy: { whenScaled: 'Delete' } } }),
    edit('an unknown retention', { spec: { persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Maybe' } } }, false),
    edit('a negative start', { spec: { ordinals: { start: -1 } } }, false),
    edit('a partition', { spec: { updateStrategy: { rollingUpdate: { partition: 2 } } } }),
    edit(
      'claims',
      {
        spec: { volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } }] },
      },
      false,
    ),
    edit('another service', { spec: { serviceName: 'y' } }, false),
    edit('in parallel', { spec: { podManagementPolicy: 'Parallel' } }, false),
    edit('an unknown strategy', { spec: { updateStrategy: { type: 'Slow' } } }, false),
  ],
  DaemonSet: [
    ...ofSets,
    edit('on delete', { spec: { updateStrategy: { type: 'OnDelete', rollingUpdate: null } } }),
    edit('a strategy that cannot move', { spec: { updateStrategy: { rollingUpdate: { maxUnavailable: 0 } } } }, false),
  ],
  ControllerRevision: [
    edit('a later revision', { revision: 7 }),
    edit('a negative revision', { revision: -1 }, false),
    edit('other data', { data: { spec: { template: { metadata: { labels: { a: 'b' } } } } } }, false),
    edit('no data', { data: null }, false),
  ],
  Job: [
    edit('parallelism', { spec: { parallelism: 3 } }),
    edit('completions', { spec: { completions: 5 } }, false),
    edit('a deadline', { spec: { activeDeadlineSeconds: 60, ttlSecondsAfterFinished: 0 } }),
    edit('no back-off', { spec: { backoffLimit: 0 } }),
    edit('indexes', { spec: { completionMode: 'Indexed', completions: 3 } }, false),
    edit('a failure policy', { spec: { podFailurePolicy: { rules: [{ action: 'FailJob', onExitCodes: { operator: 'In', values: [42] } }] } } }, false),
    edit('another mode', { spec: { completionMode: 'Sideways' } }, false),
    edit('a selector of its own', { spec: { manualSelector: true, selector: { matchLabels: { mine: 'yes' } } } }, false),
    edit('pods that stay', inTemplate({ restartPolicy: 'Always' }), false),
    edit('negative parallelism', { spec: { parallelism: -1 } }, false),
    edit('another image', inTemplate({ containers: [{ name: 'work', image: 'alpine' }] }), false),
  ],
  CronJob: [
    edit('another time', { spec: { schedule: '*/5 * * * *', timeZone: 'Europe/Berlin' } }),
    edit('no overlap', { spec: { concurrencyPolicy: 'Forbid', successfulJobsHistoryLimit: 0 } }),
    edit('a schedule out of range', { spec: { schedule: '0 25 * * *' } }, false),
    edit('a zone that is none', { spec: { timeZone: 'Nowhere/Land' } }, false),
    edit('a zone in the schedule', { spec: { schedule: 'TZ=UTC 0 4 * * *' } }, false),
    edit('a bad schedule', { spec: { schedule: 'whenever' } }, false),
    edit('no schedule', { spec: { schedule: '' } }, false),
    edit('an unknown policy', { spec: { concurrencyPolicy: 'Maybe' } }, false),
    edit('another image', { spec: { jobTemplate: { spec: { template: { spec: { containers: [{ name: 'work', image: 'alpine' }] } } } } } }),
  ],
  PersistentVolumeClaim: [
    edit('more space', { spec: { resources: { requests: { storage: '2Gi' } } } }, false),
    edit('no modes', { spec: { accessModes: [] } }, false),
    edit('an unknown mode', { spec: { accessModes: ['ReadSometimes'] } }, false),
    edit('no size', { spec: { resources: { requests: null } } }, false),
    edit('a bad class name', { spec: { storageClassName: 'Not_A_Class' } }, false),
    edit('a block device', { spec: { volumeMode: 'Block' } }, false),
  ],
  ServiceAccount: [edit('no token', { automountServiceAccountToken: false }), edit('another login', { imagePullSecrets: [{ name: 'other' }] })],
  NetworkPolicy: [
    edit('egress', { spec: { egress: [{ to: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } }] }] } }),
    edit('no rules', { spec: { ingress: null } }),
    edit('a named port', { spec: { ingress: [{ ports: [{ port: 'http', protocol: 'UDP' }] }] } }),
    edit('a port out of range', { spec: { ingress: [{ ports: [{ port: 99999 }] }] } }, false),
    edit('a bad block', { spec: { ingress: [{ from: [{ ipBlock: { cidr: 'nowhere' } }] }] } }, false),
    edit('an unknown type', { spec: { policyTypes: ['Sideways'] } }, false),
  ],
  HorizontalPodAutoscaler: [
    edit('bounds', { spec: { minReplicas: 2, maxReplicas: 9 } }),
    edit('a metric', { spec: { metrics: [{ type: 'Resource', resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '500Mi' } } }] } }),
    edit('a share of what is asked for', {
      spec: { metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } }] },
    }),
    edit('no share', { spec: { metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization' } } }] } }, false),
    edit('a metric of an unknown sort', { spec: { metrics: [{ type: 'Guess' }] } }, false),
    edit('a window that is too long', { spec: { behavior: { scaleDown: { stabilizationWindowSeconds: 9999 } } } }, false),
    edit('policies', { spec: { behavior: { scaleUp: { selectPolicy: 'Max', policies: [{ type: 'Pods', value: 4, periodSeconds: 15 }] } } } }),
    edit('a policy without a value', { spec: { behavior: { scaleUp: { policies: [{ type: 'Pods', value: 0, periodSeconds: 15 }] } } } }, false),
    edit('a behavior', { spec: { behavior: { scaleDown: { stabilizationWindowSeconds: 60 } } } }),
    edit('no maximum', { spec: { maxReplicas: 0 } }, false),
    edit('bounds the wrong way round', { spec: { minReplicas: 5, maxReplicas: 2 } }, false),
    edit('no target', { spec: { scaleTargetRef: { kind: 'Deployment', name: '' } } }, false),
  ],
  PodDisruptionBudget: [
    edit('a percentage', { spec: { minAvailable: '50%' } }),
    edit('both bounds', { spec: { maxUnavailable: 1 } }, false),
    edit('a bad percentage', { spec: { minAvailable: '50' } }, false),
    edit('eviction of the unhealthy', { spec: { unhealthyPodEvictionPolicy: 'AlwaysAllow' } }),
  ],
  Role: [
    edit('more verbs', { rules: [{ apiGroups: ['apps'], resources: ['deployments'], verbs: ['*'] }] }),
    edit('no verbs', { rules: [{ apiGroups: [''], resources: ['pods'] }] }, false),
    edit('no rules', { rules: [] }),
  ],
  RoleBinding: [
    edit('another subject', { subjects: [{ kind: 'Group', name: 'g' }] }),
    edit('another role', { roleRef: { name: 'other' } }, false),
    edit('no subjects', { subjects: null }),
    edit('an unknown subject', { subjects: [{ kind: 'Robot', name: 'r' }] }, false),
  ],
  LimitRange: [
    edit('a default', { spec: { limits: [{ type: 'Container', max: { cpu: '64' }, default: { cpu: '2' } }] } }),
    edit('a minimum above the maximum', { spec: { limits: [{ type: 'Container', max: { cpu: '1' }, min: { cpu: '2' } }] } }, false),
  ],
  ResourceQuota: [
    edit('another bound', { spec: { hard: { 'count/secrets': '2000' } } }),
    edit('a negative bound', { spec: { hard: { 'count/secrets': '-1' } } }, false),
  ],
  Shelf: [
    edit('another size', { spec: { size: 0 } }),
    edit('a board', { spec: { boards: [{ name: 'c', width: 9 }] } }),
    edit('no label', { spec: { label: '' } }),
    edit('something free', { spec: { free: { more: { deep: true } } } }),
    edit('a port by name', { spec: { port: 'http' } }),
    edit('a port by number', { spec: { port: 80 } }),
    edit('a status', { status: { phase: 'Ready' } }),
    edit('no size', { spec: { size: null } }, false),
    edit('a size of a wrong type', { spec: { size: 'big' } }, false),
    edit('a size out of range', { spec: { size: 11 } }, false),
    edit('an unknown mode', { spec: { mode: 'ajar' } }, false),
    edit('a bad label', { spec: { label: 'UPPER' } }, false),
    edit('a port that is none', { spec: { port: true } }, false),
    edit('a board twice', { spec: { boards: [{ name: 'a' }, { name: 'a' }] } }, false),
    edit('a board without a name', { spec: { boards: [{ width: 2 }] } }, false),
    edit('an unknown field of spec', { spec: { sise: 3 } }, false),
    edit('too many tags', { spec: { tags: ['a', 'b', 'c'] } }, false),
  ],
  Lease: [
    edit('another holder', { spec: { holderIdentity: 'b' } }),
    edit('a time', { spec: { renewTime: '2026-01-02T03:04:05.678901Z' } }),
    edit('a negative duration', { spec: { leaseDurationSeconds: -1 } }, false),
  ],
};

export function furtherEdits(kind: Kind): readonly Edit[] {
  return edits[kind] ?? [];
}

/** What makes the kind `Shelf`, with most of what a structural schema can say. */
export const shelfDefinition: JsonMap = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'shelves.differential.kubeorch.dev' },
  spec: {
    group: 'differential.kubeorch.dev',
    scope: 'Namespaced',
    names: { plural: 'shelves', kind: 'Shelf' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                required: ['size'],
                properties: {
                  size: { type: 'integer', minimum: 0, maximum: 10 },
                  mode: { type: 'string', enum: ['open', 'closed'], default: 'open' },
                  label: { type: 'string', pattern: '^[a-z]*$', nullable: true },
                  port: { 'x-kubernetes-int-or-string': true },
                  tags: { type: 'array', maxItems: 2, items: { type: 'string' } },
                  boards: {
                    type: 'array',
                    'x-kubernetes-list-type': 'map',
                    'x-kubernetes-list-map-keys': ['name'],
                    items: { type: 'object', required: ['name'], properties: { name: { type: 'string' }, width: { type: 'integer', default: 40 } } },
                  },
                  free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
                },
              },
              status: { type: 'object', properties: { phase: { type: 'string' } } },
            },
          },
        },
      },
    ],
  },
};
