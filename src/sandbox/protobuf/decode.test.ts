import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ApiError } from '../apiStatus';
import { objectInProtobuf } from './decode';

/** Bodies as kubectl 1.36.3 sent them. */
const bodies = {
  /** kubectl create deployment app --image=redis:7 --replicas=0 --port 6379 -- redis-server --save '' */
  deployment:
    'azhzAAoVCgdhcHBzL3YxEgpEZXBsb3ltZW50EtQBCh8KA2FwcBIAGgAiACoAMgA4AEIAWgoKA2FwcBIDYXBwEqIBCAASDAoKCgNhcHASA2FwcBqHAQocCgASABoAIgAqADIAOABCAFoKCgNhcHASA2FwcBJnEkkKBXJlZGlzEgdyZWRpczo3GgxyZWRpcy1zZXJ2ZXIaBi0tc2F2ZRoAKgAyCwoAEAAY6zEiACoAQgBqAHIAgAEAiAEAkAEAogEAGgAyAEIASgBSAFgAYABoAIIBAIoBAJoBAMIBACICCgAoADgAGgwIABAAGAAgACgAOAAaACIA',
  /** kubectl create secret generic s --from-literal=a=b */
  secret: 'azhzAAoMCgJ2MRIGU2VjcmV0Eh0KEQoBcxIAGgAiACoAMgA4AEIAEgYKAWESAWIaABoAIgA=',
  /** kubectl auth can-i list pods -n x */
  review:
    'azhzAAoyChdhdXRob3JpemF0aW9uLms4cy5pby92MRIXU2VsZlN1YmplY3RBY2Nlc3NSZXZpZXcSNwoQCgASABoAIgAqADIAOABCABIZChcKAXgSBGxpc3QaACIAKgRwb2RzMgA6ABoICAASABoAIAAaACIA',
  /** kubectl create service nodeport app --tcp=80:http */
  service:
    'azhzAAoNCgJ2MRIHU2VydmljZRJrCh8KA2FwcBIAGgAiACoAMgA4AEIAWgoKA2FwcBIDYXBwEkQKHgoHODAtaHR0cBIDVENQGFAiCggBEAAaBGh0dHAoABIKCgNhcHASA2FwcBoAIghOb2RlUG9ydDoAQgBSAFoAYABoABoCCgAaACIA',
};

const read = (body: string) => objectInProtobuf(Buffer.from(body, 'base64'));

test('a deployment is read as the JSON that means the same, zero replicas included', () => {
  expect(read(bodies.deployment)).toMatchObject({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'app', labels: { app: 'app' } },
    spec: {
      replicas: 0,
      selector: { matchLabels: { app: 'app' } },
      template: {
        metadata: { labels: { app: 'app' } },
        spec: { containers: [{ name: 'redis', image: 'redis:7', command: ['redis-server', '--save', ''], ports: [{ containerPort: 6379 }] }] },
      },
    },
  });
});

test('bytes become base64, numbers or names become what they are, and unset fields are absent', () => {
  expect(read(bodies.secret)).toEqual({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, data: { a: 'Yg==' } });
  expect(read(bodies.service)).toMatchObject({ spec: { ports: [{ name: '80-http', port: 80, protocol: 'TCP', targetPort: 'http' }], type: 'NodePort' } });
  expect(read(bodies.review)).toMatchObject({ spec: { resourceAttributes: { namespace: 'x', verb: 'list', resource: 'pods' } } });
});

test('damaged bodies are refused and never do more', () => {
  const whole = Buffer.from(bodies.deployment, 'base64');
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.nat(255), fc.nat(whole.length), (at, byte, length) => {
      const damaged = Buffer.from(whole);
      damaged[at] = byte;
      try {
        objectInProtobuf(damaged.subarray(0, length));
      } catch (error) {
        expect(error).toBeInstanceOf(ApiError);
      }
    }),
    { numRuns: 5_000 },
  );
});
