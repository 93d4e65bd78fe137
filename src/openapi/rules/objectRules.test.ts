import { describe, expect, it } from 'vitest';
import type { JsonMap } from '../mutableJson';
import { createErrors, updateErrors } from './objectRules';

const object = (kind: string, body: JsonMap, metadata: JsonMap = {}): JsonMap => ({ kind, metadata: { name: 'web', namespace: 'shop', ...metadata }, ...body });
const told = (kind: string, body: JsonMap, metadata?: JsonMap): string[] =>
  createErrors(kind, true, object(kind, body, metadata)).causes.map((cause) => `${cause.reason ?? ''} ${cause.field ?? ''}`);

const service = (spec: JsonMap): JsonMap => ({
  spec: { type: 'ClusterIP', sessionAffinity: 'None', internalTrafficPolicy: 'Cluster', ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }], ...spec },
});
const ingress = (path: JsonMap): JsonMap => ({
  spec: {
    rules: [
      { host: 'a.example.com', http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'web', port: { number: 80 } } }, ...path }] } },
    ],
  },
});
const pod = (container: JsonMap, spec: JsonMap = {}): JsonMap => ({
  spec: {
    restartPolicy: 'Always',
    dnsPolicy: 'ClusterFirst',
    containers: [{ name: 'web', image: 'nginx', imagePullPolicy: 'Always', terminationMessagePolicy: 'File', ...container }],
    ...spec,
  },
});

describe('a sound object', () => {
  it.each([
    ['Service', service({})],
    ['Ingress', ingress({})],
    ['Pod', pod({ ports: [{ containerPort: 80, protocol: 'TCP', name: 'http' }], env: [{ name: 'A', value: 'x' }] })],
    ['ConfigMap', { data: { 'a.b-c_D': 'x' } }],
    ['Secret', { type: 'kubernetes.io/tls', data: { 'tls.crt': '', 'tls.key': '' } }],
  ])('passes: %s', (kind, body) => {
    expect(told(kind, body as JsonMap)).toEqual([]);
  });
});

describe('an unsound object is refused with reason and field', () => {
  it.each([
    ['a name with capitals', 'ConfigMap', {}, { name: 'Web' }, 'FieldValueInvalid metadata.name'],
    ['no name', 'ConfigMap', {}, { name: '' }, 'FieldValueRequired metadata.name'],
    ['a bad label value', 'ConfigMap', {}, { labels: { a: 'b c' } }, 'FieldValueInvalid metadata.labels'],
    ['a service without ports', 'Service', service({ ports: [] }), {}, 'FieldValueRequired spec.ports'],
    [
      'two ports without names',
      'Service',
      service({
        ports: [
          { port: 80, protocol: 'TCP', targetPort: 80 },
          { port: 81, protocol: 'TCP', targetPort: 81 },
        ],
      }),
      {},
      'FieldValueRequired spec.ports[0].name',
    ],
    ['an unknown service type', 'Service', service({ type: 'Inner' }), {}, 'FieldValueNotSupported spec.type'],
    [
      'a node port without its type',
      'Service',
      service({ ports: [{ port: 80, protocol: 'TCP', targetPort: 80, nodePort: 30_080 }] }),
      {},
      'FieldValueForbidden spec.ports[0].nodePort',
    ],
    ['an ingress without rules', 'Ingress', { spec: {} }, {}, 'FieldValueInvalid spec'],
    ['a path without a type', 'Ingress', ingress({ pathType: null }), {}, 'FieldValueRequired spec.rules[0].http.paths[0].pathType'],
    ['a relative path', 'Ingress', ingress({ path: 'x' }), {}, 'FieldValueInvalid spec.rules[0].http.paths[0].path'],
    ['a backend without a port', 'Ingress', ingress({ backend: { service: { name: 'web' } } }), {}, 'FieldValueRequired spec.rules[0].http.paths[0].backend'],
    ['a container without an image', 'Pod', pod({ image: '' }), {}, 'FieldValueRequired spec.containers[0].image'],
    [
      'a port out of range',
      'Pod',
      pod({ ports: [{ containerPort: 70_000, protocol: 'TCP' }] }),
      {},
      'FieldValueInvalid spec.containers[0].ports[0].containerPort',
    ],
    ['a mount of no volume', 'Pod', pod({ volumeMounts: [{ name: 'x', mountPath: '/x' }] }), {}, 'FieldValueNotFound spec.containers[0].volumeMounts[0].name'],
    [
      'more requested than allowed',
      'Pod',
      pod({ resources: { limits: { memory: '1Gi' }, requests: { memory: '2Gi' } } }),
      {},
      'FieldValueInvalid spec.containers[0].resources.requests',
    ],
    ['an unknown resource', 'Pod', pod({ resources: { limits: { gpus: '1' } } }), {}, 'FieldValueInvalid spec.containers[0].resources.limits[gpus]'],
    ['no containers', 'Pod', pod({}, { containers: [] }), {}, 'FieldValueRequired spec.containers'],
    ['a bad key', 'ConfigMap', { data: { 'a b': '' } }, {}, 'FieldValueInvalid data[a b]'],
    ['a certificate without its key', 'Secret', { type: 'kubernetes.io/tls', data: { 'tls.crt': '' } }, {}, 'FieldValueRequired data[tls.key]'],
    ['a claim without a size', 'PersistentVolumeClaim', { spec: { accessModes: ['ReadWriteOnce'] } }, {}, 'FieldValueRequired spec.resources[storage]'],
    ['a budget with both bounds', 'PodDisruptionBudget', { spec: { minAvailable: 1, maxUnavailable: 1 } }, {}, 'FieldValueInvalid spec'],
    ['a role without verbs', 'Role', { rules: [{ apiGroups: [''], resources: ['pods'] }] }, {}, 'FieldValueRequired rules[0].verbs'],
    ['a policy of an unknown direction', 'NetworkPolicy', { spec: { policyTypes: ['Sideways'] } }, {}, 'FieldValueNotSupported spec.policyTypes[0]'],
  ] as const)('%s', (_what, kind, body, metadata, expected) => {
    expect(told(kind, body as JsonMap, metadata)).toContain(expected);
  });
});

describe('a change', () => {
  const live = object('Service', service({ clusterIP: '10.96.0.9', clusterIPs: ['10.96.0.9'] }), { uid: 'a' });
  it('keeps identity and address', () => {
    const next = object('Service', service({ clusterIP: '10.96.0.10', clusterIPs: ['10.96.0.10'] }), { uid: 'b' });
    expect(updateErrors('Service', next, live, undefined).causes.map((cause) => cause.field)).toEqual(['metadata.uid', 'spec.clusterIPs[0]']);
  });
  it('of status is not judged by the rules for the spec', () => {
    expect(updateErrors('Service', object('Service', service({ ports: [] }), { uid: 'a' }), live, 'status').causes).toEqual([]);
  });
});
