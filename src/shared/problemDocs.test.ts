import { expect, test } from 'vitest';
import { problemDocs } from './problemDocs';

test.each([
  ['object.misspelt', { kind: 'Deployment', path: 'spec.replica' }, undefined, 'reference/kubernetes-api/workload-resources/deployment-v1/'],
  [
    'object.needs',
    { kind: 'Deployment', path: 'spec.template.spec.containers[0].livenessProbe' },
    undefined,
    'tasks/configure-pod-container/configure-liveness-readiness-startup-probes/',
  ],
  ['node.invalidName', { value: 'A' }, 'Service', 'concepts/overview/working-with-objects/names/'],
  ['node.outOfRange', { field: 'replicas' }, 'StatefulSet', 'reference/kubernetes-api/workload-resources/stateful-set-v1/'],
] as const)('%s of %j is explained by the page that fits', (code, args, kind, page) => {
  expect(problemDocs({ code, args }, kind)).toBe(`https://kubernetes.io/docs/${page}`);
});

test('what is none of Kubernetes leads nowhere, and neither does a kind that only looks like a page', () => {
  expect(problemDocs({ code: 'yaml.syntax', args: {} }, 'Deployment')).toBeUndefined();
  expect(problemDocs({ code: 'object.unknownField', args: { kind: 'constructor', path: 'x' } }, undefined)).toBeUndefined();
  expect(problemDocs({ code: 'object.unknownField', args: { kind: 'https://elsewhere.example', path: 'x' } }, undefined)).toBeUndefined();
});
