import { describe, expect, it, test } from 'vitest';
import type { JsonObject } from '../../shared/json';
import type { KubeObject } from '../../shared/kubeObject';
import { nodeStates } from '../../shared/nodeStatus';
import type { ResourceWord } from '../../shared/resource';
import { resourceWords, resourceWordTable, wordOfState } from '../../shared/resource';
import { ageOf } from './age';
import { describeResource, describeText } from './describe';
import { listStatus } from './listStatus';
import { readableYaml } from './readable';
import { resourceRow } from './resourceRow';
import { resourceTypes, typeNameOf } from './resourceTypes';
import { isSystemObject } from './systemObjects';

const nowMs = Date.parse('2026-03-01T12:00:00Z');

function made(apiVersion: string, kind: string, rest: JsonObject = {}): KubeObject {
  return { apiVersion, kind, metadata: { name: 'thing', namespace: 'shop', uid: 'u1', creationTimestamp: '2026-03-01T09:00:00Z' }, ...rest };
}

const deployment = (replicas: number | undefined, available: number | undefined): KubeObject =>
  made('apps/v1', 'Deployment', {
    spec: replicas === undefined ? {} : { replicas },
    status: available === undefined ? {} : { availableReplicas: available, readyReplicas: available },
  });

const statuses: readonly (readonly [string, KubeObject, ResourceWord])[] = [
  ['a Deployment that wants nothing', deployment(0, undefined), 'pending'],
  ['a Deployment with all available', deployment(3, 3), 'running'],
  ['a Deployment with some available', deployment(3, 1), 'warning'],
  ['a Deployment with none available', deployment(3, undefined), 'failed'],
  ['a Deployment that says no number wants one', deployment(undefined, 1), 'running'],
  ['a StatefulSet counts ready ones', made('apps/v1', 'StatefulSet', { spec: { replicas: 2 }, status: { readyReplicas: 1, availableReplicas: 2 } }), 'warning'],
  ['a DaemonSet on every node', made('apps/v1', 'DaemonSet', { status: { desiredNumberScheduled: 2, numberReady: 2 } }), 'running'],
  ['a DaemonSet on some nodes', made('apps/v1', 'DaemonSet', { status: { desiredNumberScheduled: 2, numberReady: 1 } }), 'warning'],
  ['a DaemonSet for no node', made('apps/v1', 'DaemonSet', { status: { desiredNumberScheduled: 0, numberReady: 0 } }), 'pending'],
  ['a DaemonSet that runs nowhere', made('apps/v1', 'DaemonSet', { status: { desiredNumberScheduled: 2 } }), 'failed'],
  [
    'an old ReplicaSet of a Deployment',
    {
      ...made('apps/v1', 'ReplicaSet', { spec: { replicas: 0 } }),
      metadata: { name: 'a', ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'd', uid: 'x' }] },
    },
    'completed',
  ],
  ['a Job that is done', made('batch/v1', 'Job', { spec: {}, status: { succeeded: 1 } }), 'completed'],
  ['a Job that failed too often', made('batch/v1', 'Job', { spec: { backoffLimit: 1 }, status: { failed: 2 } }), 'failed'],
  ['a Job that failed seven times', made('batch/v1', 'Job', { spec: {}, status: { failed: 7 } }), 'failed'],
  ['a Job that failed once', made('batch/v1', 'Job', { spec: {}, status: { failed: 1, active: 1 } }), 'warning'],
  ['a Job at work', made('batch/v1', 'Job', { spec: { completions: 2 }, status: { active: 1, succeeded: 1 } }), 'running'],
  ['a Job that waits', made('batch/v1', 'Job', { spec: {} }), 'pending'],
  ['a suspended CronJob', made('batch/v1', 'CronJob', { spec: { suspend: true } }), 'pending'],
  ['a CronJob', made('batch/v1', 'CronJob', { spec: { schedule: '* * * * *' } }), 'running'],
  ['an autoscaler at its mark', made('autoscaling/v2', 'HorizontalPodAutoscaler', { status: { currentReplicas: 2, desiredReplicas: 2 } }), 'running'],
  ['an autoscaler on its way', made('autoscaling/v2', 'HorizontalPodAutoscaler', { status: { currentReplicas: 1, desiredReplicas: 2 } }), 'warning'],
  ['an Ingress with an address', made('networking.k8s.io/v1', 'Ingress', { status: { loadBalancer: { ingress: [{ ip: '1.2.3.4' }] } } }), 'running'],
  ['an Ingress without one', made('networking.k8s.io/v1', 'Ingress', { spec: {} }), 'pending'],
  ['a Node that is ready', made('v1', 'Node', { status: { conditions: [{ type: 'Ready', status: 'True' }] } }), 'running'],
  ['a Node that is not', made('v1', 'Node', { status: { conditions: [{ type: 'Ready', status: 'False' }] } }), 'failed'],
  ['a Node nobody hears of', made('v1', 'Node', { status: { conditions: [{ type: 'Ready', status: 'Unknown' }] } }), 'unknown'],
  ['a Namespace that goes', made('v1', 'Namespace', { status: { phase: 'Terminating' } }), 'deleted'],
  ['a Namespace', made('v1', 'Namespace', { status: { phase: 'Active' } }), 'running'],
  ...(
    [
      ['Running', 'running'],
      ['Pending', 'pending'],
      ['Succeeded', 'completed'],
      ['Failed', 'failed'],
      ['Unknown', 'unknown'],
      ['constructor', 'unknown'],
    ] as const
  ).map(([phase, word]) => [`a Pod in phase ${phase}`, made('v1', 'Pod', { status: { phase } }), word] as const),
  ...(['Service', 'ConfigMap', 'Secret'] as const).map((kind) => [`a ${kind}`, made('v1', kind), 'running'] as const),
  ['a NetworkPolicy', made('networking.k8s.io/v1', 'NetworkPolicy'), 'running'],
  ['a lost claim', made('v1', 'PersistentVolumeClaim', { status: { phase: 'Lost' } }), 'failed'],
  ['a released volume', made('v1', 'PersistentVolume', { status: { phase: 'Released' } }), 'warning'],
  ['a warning event', made('v1', 'Event', { type: 'Warning' }), 'warning'],
  ['a custom resource that is not ready', made('acme.dev/v1', 'Widget', { status: { conditions: [{ type: 'Ready', status: 'False' }] } }), 'warning'],
  [
    'a Service of another group is judged by its shape',
    made('serving.knative.dev/v1', 'Service', { status: { conditions: [{ type: 'Ready', status: 'False' }] } }),
    'warning',
  ],
];

test.each(statuses)('%s', (_, object, word) => {
  expect(listStatus(object, nowMs)).toBe(word);
});

const summaries: readonly (readonly [string, KubeObject, string])[] = [
  ['deployment', deployment(3, 2), '2/3 ready · 2 available'],
  ['statefulset', made('apps/v1', 'StatefulSet', { spec: { replicas: 2 }, status: { readyReplicas: 1 } }), '1/2 ready'],
  ['daemonset', made('apps/v1', 'DaemonSet', { status: { desiredNumberScheduled: 2, numberReady: 1, numberAvailable: 1 } }), '1/2 ready · 1 available'],
  ['replicaset', made('apps/v1', 'ReplicaSet', { spec: { replicas: 2 }, status: { readyReplicas: 2 } }), '2/2 ready'],
  [
    'pod',
    made('v1', 'Pod', {
      spec: { nodeName: 'node-1', containers: [{ name: 'a' }, { name: 'b' }] },
      status: {
        podIP: '10.0.0.9',
        containerStatuses: [
          { name: 'a', ready: true, restartCount: 2 },
          { name: 'b', ready: false, restartCount: 1, state: { waiting: { reason: 'CrashLoopBackOff' } } },
        ],
      },
    }),
    '1/2 ready · CrashLoopBackOff · 3 restarts · node-1',
  ],
  ['job', made('batch/v1', 'Job', { spec: { completions: 3 }, status: { succeeded: 1, failed: 2 } }), '1/3 completions · 2 failed'],
  [
    'cronjob',
    made('batch/v1', 'CronJob', { spec: { schedule: '0 * * * *', suspend: true }, status: { lastScheduleTime: '2026-03-01T11:00:00Z' } }),
    '0 * * * * · suspended · last run 1h ago',
  ],
  [
    'service',
    made('v1', 'Service', {
      spec: { type: 'LoadBalancer', clusterIP: '10.1.1.1', ports: [{ port: 80 }, { port: 443 }] },
      status: { loadBalancer: { ingress: [{ hostname: 'lb.example' }] } },
    }),
    'LoadBalancer · 10.1.1.1 · lb.example · 2 ports',
  ],
  [
    'ingress',
    made('networking.k8s.io/v1', 'Ingress', { spec: { ingressClassName: 'nginx', rules: [{ host: 'a.example', http: { paths: [{}, {}] } }] } }),
    'nginx · a.example · 1 rule · 2 paths',
  ],
  ['configmap', made('v1', 'ConfigMap', { data: { a: '1', b: '2' } }), '2 keys'],
  ['secret', made('v1', 'Secret', { type: 'Opaque', data: { password: 'hidden:ab12:12' } }), 'Opaque · 1 key'],
  [
    'persistentvolumeclaim',
    made('v1', 'PersistentVolumeClaim', { spec: { storageClassName: 'fast', resources: { requests: { storage: '1Gi' } } }, status: { phase: 'Pending' } }),
    'Pending · 1Gi · fast',
  ],
  [
    'persistentvolume',
    made('v1', 'PersistentVolume', {
      spec: { capacity: { storage: '1Gi' }, persistentVolumeReclaimPolicy: 'Retain', claimRef: { namespace: 'shop', name: 'data' } },
      status: { phase: 'Bound' },
    }),
    'Bound · 1Gi · shop/data · Retain',
  ],
  [
    'storageclass',
    {
      ...made('storage.k8s.io/v1', 'StorageClass', { provisioner: 'x.example/disk' }),
      metadata: { name: 'fast', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
    },
    'x.example/disk · default',
  ],
  [
    'hpa',
    made('autoscaling/v2', 'HorizontalPodAutoscaler', {
      spec: { minReplicas: 1, maxReplicas: 5, scaleTargetRef: { kind: 'Deployment', name: 'web' } },
      status: { currentReplicas: 2, desiredReplicas: 3 },
    }),
    '2/3 replicas · 1–5 · Deployment/web',
  ],
  ['networkpolicy', made('networking.k8s.io/v1', 'NetworkPolicy', { spec: { ingress: [{}], egress: [] } }), '1 ingress rule · 0 egress rules'],
  [
    'node',
    made('v1', 'Node', { spec: { unschedulable: true }, status: { capacity: { cpu: '4', memory: '16Gi' }, nodeInfo: { kubeletVersion: 'v1.36.3' } } }),
    '4 CPU · 16Gi · cordoned · v1.36.3',
  ],
  ['namespace', made('v1', 'Namespace', { status: { phase: 'Active' } }), 'Active'],
  ['serviceaccount', made('v1', 'ServiceAccount', { imagePullSecrets: [{ name: 'x' }] }), '1 image pull secret'],
  ['role', made('rbac.authorization.k8s.io/v1', 'Role', { rules: [{}, {}] }), '2 rules'],
  [
    'rolebinding',
    made('rbac.authorization.k8s.io/v1', 'RoleBinding', { roleRef: { kind: 'Role', name: 'reader' }, subjects: [{}] }),
    'Role/reader · 1 subject',
  ],
  [
    'event',
    made('v1', 'Event', { reason: 'BackOff', message: 'again', count: 5, involvedObject: { kind: 'Pod', name: 'web-1' } }),
    'BackOff · again · Pod/web-1 · × 5',
  ],
  [
    'endpointslice',
    made('discovery.k8s.io/v1', 'EndpointSlice', { endpoints: [{ conditions: { ready: true } }, { conditions: { ready: false } }] }),
    '2 endpoints · 1 ready',
  ],
  [
    'poddisruptionbudget',
    made('policy/v1', 'PodDisruptionBudget', { status: { disruptionsAllowed: 1, currentHealthy: 3, desiredHealthy: 2 } }),
    '1 disruption allowed · 3/2 healthy',
  ],
];

describe('a row', () => {
  test.each(summaries)('of a %s sums it up', (type, object, summary) => {
    expect(resourceRow(object, nowMs)).toMatchObject({ type, summary });
  });

  it('is there for every type of the table', () => {
    expect(summaries.map(([type]) => type).sort()).toEqual(resourceTypes.map(({ type }) => type).sort());
  });

  it('names a kind that it does not know by its own word', () => {
    expect(typeNameOf({ apiVersion: 'acme.dev/v1', kind: 'Widget' })).toBe('widget');
    expect(typeNameOf({ apiVersion: 'serving.knative.dev/v1', kind: 'Service' })).toBe('service');
  });

  it('says why a Pod is in trouble although its phase runs', () => {
    const pod = made('v1', 'Pod', { status: { phase: 'Running', containerStatuses: [{ name: 'a', state: { waiting: { reason: 'CrashLoopBackOff' } } }] } });
    expect(resourceRow(pod, nowMs)).toMatchObject({ word: 'running', reason: 'CrashLoopBackOff' });
  });

  it('keeps hostile text to one harmless line in every column', () => {
    const bad = 'x\u001b[31m\n[link](command:evil) \u202e$(trash) <b>';
    for (const [, object] of summaries) {
      const row = resourceRow({ ...object, metadata: { ...object.metadata, name: bad, namespace: bad } }, nowMs);
      for (const text of [row.name, row.namespace, row.summary]) expect(text).not.toMatch(/[\u0000-\u001f\u202e]/);
    }
    const event = resourceRow(made('v1', 'Event', { reason: bad, message: bad, involvedObject: { kind: bad, name: bad } }), nowMs);
    expect(event.summary).not.toMatch(/[\u0000-\u001f\u202e]/);
  });

  it('never throws for an object of another shape', () => {
    for (const { group, kind } of resourceTypes) {
      const apiVersion = group === '' ? 'v1' : `${group}/v1`;
      for (const junk of [null, 1, 'x', [], [null, 1], { a: 1 }] as const) {
        const object = made(apiVersion, kind, { spec: junk, status: junk, data: junk, rules: junk, subjects: junk, endpoints: junk });
        expect(() => resourceRow(object, nowMs)).not.toThrow();
        expect(() => describeResource(object, { events: [], children: [], nowMs })).not.toThrow();
      }
    }
  });
});

test('the words of lists and canvas have one mapping, and every word leads somewhere', () => {
  for (const state of nodeStates) expect(resourceWords).toContain(wordOfState[state]);
  for (const word of resourceWords) expect(nodeStates).toContain(resourceWordTable[word].state);
  // Going to the canvas and back keeps the word, but for a thing that ended well.
  for (const word of resourceWords) expect(wordOfState[resourceWordTable[word].state]).toBe(word === 'completed' ? 'running' : word);
});

test('an age is whole minutes, hours or days', () => {
  const ago = (ms: number): string => ageOf(new Date(nowMs - ms).toISOString(), nowMs);
  expect([ago(0), ago(59_999), ago(60_000), ago(3_599_999), ago(3_600_000), ago(86_399_999), ago(86_400_000 * 400)]).toEqual([
    '0m',
    '0m',
    '1m',
    '59m',
    '1h',
    '23h',
    '400d',
  ]);
  expect([ago(-5000), ageOf(undefined, nowMs), ageOf('soon', nowMs)]).toEqual(['0m', '', '']);
});

test('the system is what the list says, and nothing else', () => {
  const ref = (kind: string, namespace: string, name: string) => ({ kind, namespace, name });
  const system = [
    ref('Pod', 'kube-system', 'x'),
    ref('Node', '', 'n'),
    ref('ConfigMap', 'shop', 'kube-root-ca.crt'),
    ref('Service', 'default', 'kubernetes'),
    ref('Namespace', '', 'linkerd'),
  ];
  const others = [ref('Pod', 'shop', 'x'), ref('Secret', 'shop', 'kubernetes'), ref('Namespace', '', 'default'), ref('PersistentVolume', '', 'monitoring')];
  expect(system.map(isSystemObject)).toEqual(system.map(() => true));
  expect(others.map(isSystemObject)).toEqual(others.map(() => false));
});

describe('a description', () => {
  it('of a Secret names keys and sizes and never a value, also when the port hid nothing', () => {
    const secret = made('v1', 'Secret', {
      type: 'Opaque',
      data: { password: 'hidden:0a1b2c:12', raw: 'c2VjcmV0LXZhbHVl' },
      stringData: { plain: 'secret-value' },
    });
    const text = describeText(describeResource(secret, { events: [], children: [], nowMs }), (english) => english);
    expect(text).toMatch(/password\s+12/);
    const yaml = readableYaml(secret, { managedFields: false });
    expect(yaml).toContain('password: (hidden, 12 bytes)');
    for (const shown of [text, yaml]) expect(shown).not.toMatch(/c2VjcmV0|secret-value|0a1b2c/);
  });

  it('leaves managed fields out of the YAML unless they are asked for', () => {
    const object = { ...made('v1', 'ConfigMap', { data: { a: '1' } }), metadata: { name: 'a', managedFields: [{ manager: 'kubectl' }] } };
    expect(readableYaml(object, { managedFields: false })).not.toContain('managedFields');
    expect(readableYaml(object, { managedFields: true })).toContain('kubectl');
  });

  it('of a kind that nobody knows tells its scalars', () => {
    const widget = made('acme.dev/v1', 'Widget', { spec: { size: 3, parts: [{ name: 'wheel' }] }, status: { phase: 'Ready' } });
    const text = describeText(describeResource(widget, { events: [], children: [], nowMs }), (english) => english);
    expect(text).toMatch(/parts\[0\]\.name:\s+wheel/);
    expect(text).toMatch(/size:\s+3/);
    expect(text).toContain('Events:\n  None');
  });

  it('has sections of its own for every type that has more to say than facts', () => {
    const own = summaries.filter(([, object]) => describeResource(object, { events: [], children: [], nowMs }).length > 2).map(([type]) => type);
    expect(own).toEqual(expect.arrayContaining(['pod', 'service', 'ingress', 'configmap', 'secret', 'role', 'rolebinding', 'endpointslice']));
  });
});
