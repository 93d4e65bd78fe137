import type { JsonObject } from '../../shared/json';
import type { KubeObject } from '../../shared/kubeObject';
import type { HealthCase, Parts } from './builders';
import { condition, object, warned } from './builders';

const service = (spec: JsonObject, status: JsonObject = {}, metadata: object = {}): KubeObject =>
  object('v1', 'Service', { spec: { clusterIP: '10.0.0.7', selector: { app: 'web' }, ...spec }, status, metadata });
const slice = (...ready: (boolean | undefined)[]): KubeObject =>
  object('discovery.k8s.io/v1', 'EndpointSlice', {
    endpoints: ready.map((one, index) => ({
      addresses: [`10.1.0.${String(index)}`],
      conditions: one === undefined ? {} : { ready: one },
      targetRef: { uid: String(index) },
    })),
  });
const web = (replicas: number): KubeObject => object('apps/v1', 'Deployment', { spec: { replicas }, metadata: { name: 'web' } });
const balanced = { loadBalancer: { ingress: [{ ip: '203.0.113.9' }] } };

const ingress = (status: JsonObject): KubeObject => object('networking.k8s.io/v1', 'Ingress', { spec: { rules: [{}] }, status });
const claim = (status: JsonObject, spec: JsonObject = {}, metadata: object = {}): KubeObject =>
  object('v1', 'PersistentVolumeClaim', { spec: { storageClassName: 'fast', ...spec }, status, metadata });
const volume = (status: JsonObject, spec: JsonObject = {}): KubeObject => object('v1', 'PersistentVolume', { spec, status });

const able = condition('AbleToScale', 'True', 'ReadyForNewScale');
const active = condition('ScalingActive', 'True', 'ValidMetricFound');
const scaler = (status: JsonObject): KubeObject => object('autoscaling/v2', 'HorizontalPodAutoscaler', { spec: { maxReplicas: 9 }, status });
const firstScaler = (conditions?: string): KubeObject =>
  object('autoscaling/v1', 'HorizontalPodAutoscaler', {
    spec: { maxReplicas: 9 },
    metadata: conditions === undefined ? {} : { annotations: { 'autoscaling.alpha.kubernetes.io/conditions': conditions } },
  });

const definition = (...conditions: JsonObject[]): KubeObject => object('apiextensions.k8s.io/v1', 'CustomResourceDefinition', { status: { conditions } });
const accepted = condition('NamesAccepted', 'True', 'NoConflicts');
const established = condition('Established', 'True', 'InitialNamesAccepted');
const custom = (status: JsonObject, parts: Parts = {}): KubeObject => object('example.com/v1', 'Thing', { ...parts, status });
const leaving = (finalizers: readonly string[] = []): object => ({ deletionTimestamp: '2026-03-01T11:50:00Z', finalizers });

export const otherCases: readonly HealthCase[] = [
  ['a service of which nothing else is known', 'healthy - -', 'Service is active', service({})],
  ['a service with pods behind it', 'healthy - -', '2 endpoints ready', service({}), { endpointSlices: [slice(true, undefined, false)] }],
  ['a service of two address families counts each pod once', 'healthy - -', '1 endpoint ready', service({}), { endpointSlices: [slice(true), slice(true)] }],
  [
    'a service whose only pod is not ready',
    'pending NoReadyEndpoints service.unready',
    'its pod is not ready',
    service({}),
    { endpointSlices: [slice(false)] },
  ],
  [
    'a service whose pods are not ready',
    'pending NoReadyEndpoints service.unready',
    'none of its 2 pods is ready',
    service({}),
    { endpointSlices: [slice(false, false)] },
  ],
  [
    'a service whose selector takes nothing',
    'error NoMatchingPods service.selector',
    'No running pod matches its selector app=web',
    service({}),
    { endpointSlices: [], workloads: [] },
  ],
  [
    'a new service may be before its pods',
    'pending NoMatchingPods service.selector',
    'No running pod matches',
    service({}, {}, { creationTimestamp: '2026-03-01T11:59:55Z' }),
    { endpointSlices: [] },
  ],
  [
    'a service whose workload has no pod yet',
    'pending NoReadyEndpoints service.unready',
    'no pod of Deployment web has an address',
    service({}),
    { endpointSlices: [slice()], workloads: [web(2)] },
  ],
  [
    'a service whose workload is scaled to nothing',
    'suspended ScaledToZero -',
    'Deployment web is scaled to 0',
    service({}),
    { endpointSlices: [], workloads: [web(0)] },
  ],
  ['a service without a selector is what somebody makes of it', 'healthy - -', 'Service is active', service({ selector: {} }), { endpointSlices: [] }],
  ['a headless service', 'healthy - -', '1 endpoint ready', service({ clusterIP: 'None' }), { endpointSlices: [slice(true)] }],
  ['an alias', 'healthy - -', 'Alias of db.example', service({ type: 'ExternalName', externalName: 'db.example' })],
  [
    'a load balancer without an address',
    'partial NoLoadBalancerAddress address.loadBalancer',
    'Waiting for LoadBalancer IP assignment',
    service({ type: 'LoadBalancer' }),
  ],
  [
    'a load balancer that cannot be made',
    'partial SyncLoadBalancerFailed address.loadBalancer',
    'no subnet',
    service({ type: 'LoadBalancer' }),
    warned('it', 'SyncLoadBalancerFailed', 'Error syncing load balancer: no subnet'),
  ],
  ['a load balancer with an address', 'healthy - -', 'Service is active', service({ type: 'LoadBalancer' }, balanced)],
  [
    'a load balancer with an address and nothing behind it',
    'error NoMatchingPods service.selector',
    'No running pod',
    service({ type: 'LoadBalancer' }, balanced),
    { endpointSlices: [] },
  ],
  [
    'a service that its load balancer keeps',
    'pending Terminating deletion.finalizer',
    'held by finalizer service.kubernetes.io/load-balancer-cleanup',
    service({}, {}, leaving(['service.kubernetes.io/load-balancer-cleanup'])),
  ],
  [
    'a service of another group is not one',
    'partial RevisionMissing -',
    'no revision',
    object('serving.knative.dev/v1', 'Service', { status: { conditions: [condition('Ready', 'False', 'RevisionMissing', 'no revision')] } }),
  ],
  ['an endpoint slice', 'healthy - -', '1 of 2 endpoints ready', slice(true, false)],
  ['an endpoint slice of none', 'healthy - -', 'No endpoints', slice()],

  ['an ingress that somebody serves', 'healthy - -', 'Ingress is active', ingress({ loadBalancer: { ingress: [{ hostname: 'lb.example' }] } })],
  ['an ingress that nobody serves', 'pending NoAddress address.ingress', 'Waiting for LoadBalancer address assignment', ingress({ loadBalancer: {} })],
  ['an ingress that its controller refuses', 'pending Rejected -', 'host is taken', ingress({}), warned('it', 'Rejected', 'host is taken')],
  [
    'a network policy',
    'healthy - -',
    'Ingress and Egress: 3 rules',
    object('networking.k8s.io/v1', 'NetworkPolicy', { spec: { policyTypes: ['Ingress', 'Egress'], ingress: [{}, {}], egress: [{}] } }),
  ],
  ['a network policy that lets nothing in', 'healthy - -', 'Ingress: 0 rules', object('networking.k8s.io/v1', 'NetworkPolicy', { spec: {} })],

  ['a config map', 'healthy - -', '2 keys', object('v1', 'ConfigMap', { data: { a: '1', b: '2' } })],
  ['a config map without anything', 'healthy - -', '0 keys', object('v1', 'ConfigMap')],
  [
    'a config map that a finalizer keeps',
    'pending Terminating deletion.finalizer',
    'example.com/keep, example.com/too',
    object('v1', 'ConfigMap', { metadata: leaving(['example.com/keep', 'example.com/too']) }),
  ],
  ['a secret', 'healthy - -', '1 key', object('v1', 'Secret', { data: { PASSWORD: 'aHVudGVyMg==' } })],
  ['a secret on its way out', 'pending Terminating -', 'Being deleted', object('v1', 'Secret', { metadata: leaving() })],

  ['a bound claim', 'healthy - -', 'Volume bound successfully (8Gi)', claim({ phase: 'Bound', capacity: { storage: '8Gi' } })],
  ['a claim that waits', 'pending - -', 'Waiting for volume to be provisioned', claim({ phase: 'Pending' })],
  ['a claim that nobody has looked at', 'pending - -', 'Waiting for volume', claim({}, { storageClassName: '' })],
  [
    'a claim without a class',
    'pending FailedBinding volume.class',
    'no persistent volumes available for this claim and no storage class is set',
    object('v1', 'PersistentVolumeClaim', { spec: {}, status: { phase: 'Pending' } }),
  ],
  ['a claim for a volume made by hand', 'pending FailedBinding volume.class', 'no storage class is set', claim({ phase: 'Pending' }, { storageClassName: '' })],
  ['a claim for one named volume', 'pending - -', 'Waiting for volume', claim({ phase: 'Pending' }, { storageClassName: '', volumeName: 'pv-7' })],
  [
    'a claim of a class that is not there',
    'pending ProvisioningFailed volume.class',
    'storageclass.storage.k8s.io "fast" not found',
    claim({ phase: 'Pending' }),
    warned('it', 'ProvisioningFailed', 'storageclass.storage.k8s.io "fast" not found'),
  ],
  [
    'a claim that the provisioner cannot fill',
    'pending ProvisioningFailed volume.provisioner',
    'out of space',
    claim({ phase: 'Pending' }),
    warned('it', 'ProvisioningFailed', 'out of space'),
  ],
  ['a lost claim', 'error Lost volume.lost', 'Volume has been lost', claim({ phase: 'Lost' })],
  [
    'a claim that is still used',
    'pending Terminating deletion.finalizer',
    'kubernetes.io/pvc-protection',
    claim({ phase: 'Bound' }, {}, leaving(['kubernetes.io/pvc-protection'])),
  ],
  ['a volume with its claim', 'healthy - -', 'Bound to data', volume({ phase: 'Bound' }, { claimRef: { name: 'data' } })],
  ['a free volume', 'healthy - -', 'Available', volume({ phase: 'Available' })],
  ['a volume whose claim is gone', 'partial Released -', 'Its claim is gone', volume({ phase: 'Released' })],
  [
    'a volume that could not be reclaimed',
    'error Failed -',
    'host_path deleter only supports /tmp',
    volume({ phase: 'Failed', message: 'host_path deleter only supports /tmp' }),
  ],

  ['an autoscaler that nobody has looked at', 'pending - -', 'Waiting to Autoscale', scaler({})],
  ['an autoscaler at its size', 'healthy - -', 'At 3 replicas', scaler({ conditions: [able, active], currentReplicas: 3, desiredReplicas: 3 })],
  ['an autoscaler that scales', 'partial - -', 'Scaling from 1 to 3', scaler({ conditions: [able, active], currentReplicas: 1, desiredReplicas: 3 })],
  [
    'an autoscaler at its limit is well',
    'healthy - -',
    'At 9 replicas',
    scaler({ conditions: [able, active, condition('ScalingLimited', 'True', 'TooManyReplicas')], currentReplicas: 9, desiredReplicas: 9 }),
  ],
  [
    'an autoscaler without metrics',
    'error FailedGetResourceMetric scaler.metrics',
    'no metrics returned',
    scaler({ conditions: [able, condition('ScalingActive', 'False', 'FailedGetResourceMetric', 'no metrics returned from resource metrics API')] }),
  ],
  [
    'an autoscaler without a target',
    'error FailedGetScale scaler.target',
    'deployments.apps "web" not found',
    scaler({ conditions: [condition('AbleToScale', 'False', 'FailedGetScale', 'deployments.apps "web" not found')] }),
  ],
  [
    'an autoscaler of a workload of none',
    'healthy - -',
    'At 0 replicas',
    scaler({ conditions: [able, condition('ScalingActive', 'False', 'ScalingDisabled')], currentReplicas: 0, desiredReplicas: 0 }),
  ],
  [
    'an autoscaler whose own metric fails',
    'pending FailedGetExternalMetric -',
    'queue unknown',
    scaler({ conditions: [able, condition('ScalingActive', 'False', 'FailedGetExternalMetric', 'queue unknown')] }),
  ],
  ['a first autoscaler by its annotation', 'healthy - -', 'Able to scale', firstScaler('[{"type":"AbleToScale","status":"True","reason":"SucceededRescale"}]')],
  ['a first autoscaler whose annotation is broken', 'pending - -', 'Waiting to Autoscale', firstScaler('[{')],
  ['a first autoscaler without one', 'pending - -', 'Waiting to Autoscale', firstScaler()],

  [
    'a budget that is counted',
    'healthy - -',
    '1 of 3 pods may be evicted, 2 must stay',
    object('policy/v1', 'PodDisruptionBudget', { status: { observedGeneration: 1, disruptionsAllowed: 1, currentHealthy: 3, desiredHealthy: 2 } }),
  ],
  [
    'a budget that lets none go is no fault',
    'healthy - -',
    '0 of 1 pods',
    object('policy/v1', 'PodDisruptionBudget', { status: { observedGeneration: 1, disruptionsAllowed: 0, currentHealthy: 1, desiredHealthy: 1 } }),
  ],
  ['a budget that is not counted yet', 'pending GenerationNotObserved -', 'observed', object('policy/v1', 'PodDisruptionBudget')],
  [
    'a budget that cannot be counted',
    'error SyncFailed -',
    'found no controllers',
    object('policy/v1', 'PodDisruptionBudget', {
      status: { observedGeneration: 1, conditions: [condition('DisruptionAllowed', 'False', 'SyncFailed', 'found no controllers')] },
    }),
  ],
  ['a namespace', 'healthy - -', 'Active', object('v1', 'Namespace', { status: { phase: 'Active' } })],
  ['a namespace on its way out', 'pending Terminating -', 'Being deleted', object('v1', 'Namespace', { status: { phase: 'Terminating' } })],
  [
    'a namespace that something keeps',
    'pending Terminating deletion.finalizer',
    'Some content in the namespace has finalizers remaining',
    object('v1', 'Namespace', {
      status: {
        phase: 'Terminating',
        conditions: [
          condition(
            'NamespaceFinalizersRemaining',
            'True',
            'SomeFinalizersRemain',
            'Some content in the namespace has finalizers remaining: example.com/keep in 1 resource instances',
          ),
        ],
      },
      metadata: leaving(),
    }),
  ],
  ['a service account', 'healthy - -', 'Present', object('v1', 'ServiceAccount')],
  ['a role', 'healthy - -', '2 rules', object('rbac.authorization.k8s.io/v1', 'Role', { rules: [{}, {}] })],
  [
    'a binding',
    'healthy - -',
    'Role reader for 1 subject',
    object('rbac.authorization.k8s.io/v1', 'RoleBinding', { roleRef: { kind: 'Role', name: 'reader' }, subjects: [{}] }),
  ],
  ['a quota', 'healthy - -', 'pods 3/3', object('v1', 'ResourceQuota', { status: { hard: { pods: '3' }, used: { pods: '3' } } })],
  ['a quota that is not counted yet', 'healthy - -', 'pods ?/3', object('v1', 'ResourceQuota', { spec: { hard: { pods: '3' } } })],

  ['a definition that is served', 'healthy - -', 'Established', definition(accepted, established)],
  ['a definition that is just made', 'pending - -', 'Being installed', definition()],
  ['a definition that is being installed', 'pending - -', 'Being installed', definition(accepted, condition('Established', 'False', 'Installing'))],
  [
    'a definition whose names are taken',
    'error ListKindConflict -',
    'already in use',
    definition(condition('NamesAccepted', 'False', 'ListKindConflict', '"ThingList" is already in use'), condition('Established', 'False', 'NotAccepted')),
  ],
  [
    'a definition that is not served',
    'error NotAccepted -',
    'not all names are accepted',
    definition(accepted, condition('Established', 'False', 'NotAccepted', 'not all names are accepted')),
  ],
  [
    'a definition without structure',
    'error Violations -',
    'must not be empty',
    definition(accepted, established, condition('NonStructuralSchema', 'True', 'Violations', 'type: must not be empty')),
  ],
  [
    'a definition on its way out',
    'pending Terminating -',
    'Being deleted',
    definition(accepted, established, condition('Terminating', 'True', 'InstanceDeletionInProgress')),
  ],
  [
    'an API that is served elsewhere',
    'healthy - -',
    'all checks passed',
    object('apiregistration.k8s.io/v1', 'APIService', { status: { conditions: [condition('Available', 'True', 'Passed', 'all checks passed')] } }),
  ],
  [
    'an API whose service is away',
    'partial MissingEndpoints -',
    'has no addresses',
    object('apiregistration.k8s.io/v1', 'APIService', { status: { conditions: [condition('Available', 'False', 'MissingEndpoints', 'has no addresses')] } }),
  ],
  ['an API that is just announced', 'pending - -', 'Waiting to be processed', object('apiregistration.k8s.io/v1', 'APIService')],

  ['a custom object that says nothing', 'healthy - -', 'Present', custom({})],
  ['a custom object that is ready', 'healthy - -', 'Ready', custom({ conditions: [condition('Ready', 'True')] })],
  [
    'a custom object that is not ready',
    'partial Waiting -',
    'for its volume',
    custom({ conditions: [condition('Ready', 'False', 'Waiting', 'for its volume')] }),
  ],
  ['a custom object that does not know', 'partial - -', 'Not ready', custom({ conditions: [condition('Ready', 'Unknown')] })],
  ['a custom object that is available', 'healthy - -', 'Available', custom({ conditions: [condition('Available', 'True')] })],
  [
    'a custom object of which Ready counts before Available',
    'partial - -',
    'Not ready',
    custom({ conditions: [condition('Available', 'True'), condition('Ready', 'False')] }),
  ],
  [
    'a custom object that works on it',
    'pending Scaling -',
    'adding a member',
    custom({ conditions: [condition('Ready', 'True'), condition('Reconciling', 'True', 'Scaling', 'adding a member')] }),
  ],
  [
    'a custom object that cannot go on',
    'error QuotaExceeded -',
    'no more members',
    custom({ conditions: [condition('Ready', 'True'), condition('Stalled', 'True', 'QuotaExceeded', 'no more members')] }),
  ],
  [
    'a custom object that is not stalled',
    'healthy - -',
    'Ready',
    custom({ conditions: [condition('Ready', 'True'), condition('Stalled', 'False'), condition('Reconciling', 'False')] }),
  ],
  [
    'a custom object whose change nobody has seen',
    'pending GenerationNotObserved -',
    'generation 2',
    custom({ observedGeneration: 1, conditions: [condition('Ready', 'True')] }, { metadata: { generation: 2 } }),
  ],
  [
    'a custom object whose controller does not count',
    'healthy - -',
    'Ready',
    custom({ conditions: [condition('Ready', 'True')] }, { metadata: { generation: 2 } }),
  ],
  [
    'a custom object on its way out, ready or not',
    'pending Terminating -',
    'Being deleted',
    custom({ conditions: [condition('Ready', 'True')] }, { metadata: leaving() }),
  ],
  ['a custom object whose phase is a fault', 'error Failed -', 'the backup is gone', custom({ phase: 'Failed', message: 'the backup is gone' })],
  ['a custom object whose phase is on its way', 'pending Creating -', 'Phase Creating', custom({ phase: 'Creating' })],
  ['a custom object whose phase says nothing', 'healthy - -', 'Present', custom({ phase: 'Blue' })],
  ['a custom object whose condition counts before its phase', 'healthy - -', 'Ready', custom({ phase: 'Failed', conditions: [condition('Ready', 'True')] })],
];
