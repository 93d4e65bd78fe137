import { expect, test } from 'vitest';
import type { EndpointSlice, Service } from '../objectTypes';
import { deploymentOf, podOf, TestCluster } from '../tests/workloads';

const secondMs = 1_000;

function serviceOf(name: string, spec: object): object {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { selector: { app: 'web' }, ports: [{ port: 80 }], ...spec } };
}

function running(): TestCluster {
  const cluster = new TestCluster();
  cluster.apply('deployments', deploymentOf('nginx:1', 2));
  cluster.clock.advance(5 * secondMs);
  return cluster;
}

test('deleting a deployment in the background takes its replica sets and pods with it', () => {
  const cluster = running();
  cluster.remove('deployments', 'web', { propagationPolicy: 'Background' });
  expect(cluster.find('deployments', 'web')).toBeUndefined();
  cluster.clock.advance(5 * secondMs);
  expect([cluster.sets(), cluster.pods()]).toEqual([[], []]);
});

test('deleting in the foreground keeps the owner until its dependents have gone', () => {
  const cluster = running();
  cluster.remove('deployments', 'web', { propagationPolicy: 'Foreground' });
  cluster.clock.advance(100);
  expect(cluster.find('deployments', 'web')?.metadata.finalizers).toContain('foregroundDeletion');
  expect(cluster.pods().every((pod) => pod.metadata.deletionTimestamp !== undefined)).toBe(true);
  cluster.clock.advance(5 * secondMs);
  expect([cluster.find('deployments', 'web'), cluster.sets(), cluster.pods()]).toEqual([undefined, [], []]);
});

test('orphaned replica sets live on and are taken up by a deployment of the same selector', () => {
  const cluster = running();
  const uids = cluster.pods().map((pod) => pod.metadata.uid);
  cluster.remove('deployments', 'web', { propagationPolicy: 'Orphan' });
  cluster.clock.advance(5 * secondMs);
  expect(cluster.find('deployments', 'web')).toBeUndefined();
  expect(cluster.sets()[0]?.metadata.ownerReferences ?? []).toEqual([]);
  cluster.apply('deployments', deploymentOf('nginx:1', 2));
  cluster.clock.advance(5 * secondMs);
  expect(cluster.sets()).toHaveLength(1);
  expect(cluster.pods().map((pod) => pod.metadata.uid)).toEqual(uids);
});

test('an object whose owner has another uid is collected', () => {
  const cluster = new TestCluster();
  const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'parent', uid: 'someone-else' }];
  cluster.create('configmaps', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'parent' } });
  cluster.create('configmaps', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'child', ownerReferences } });
  cluster.clock.advance(secondMs);
  expect(cluster.find('configmaps', 'child')).toBeUndefined();
  expect(cluster.find('configmaps', 'parent')).toBeDefined();
});

test('a service lists the ready pods that it selects, by the port that they name', () => {
  const cluster = new TestCluster();
  cluster.apply('deployments', deploymentOf('nginx:1', 2, { container: { ports: [{ name: 'http', containerPort: 8080 }] } }));
  cluster.create('services', serviceOf('web', { ports: [{ port: 80, targetPort: 'http' }] }));
  cluster.clock.advance(5 * secondMs);
  const slices = cluster.all('endpointslices', 'default') as EndpointSlice[];
  expect(slices).toHaveLength(1);
  expect(slices[0]).toMatchObject({ ports: [{ port: 8080, protocol: 'TCP' }], metadata: { labels: { 'kubernetes.io/service-name': 'web' } } });
  expect(slices[0]?.endpoints.map((one) => one.conditions?.ready)).toEqual([true, true]);
  cluster.remove('services', 'web');
  cluster.clock.advance(secondMs);
  expect(cluster.all('endpointslices', 'default')).toEqual([]);
});

test('services get addresses and node ports of their own, and a load balancer its address a moment later', () => {
  const cluster = new TestCluster();
  const plain = cluster.create('services', serviceOf('plain', {})) as Service;
  const node = cluster.create('services', serviceOf('node', { type: 'NodePort' })) as Service;
  cluster.create('services', serviceOf('balanced', { type: 'LoadBalancer' }));
  expect(plain.spec.clusterIP).toMatch(/^10\.96\./);
  expect(node.spec.clusterIP).not.toBe(plain.spec.clusterIP);
  expect(node.spec.ports?.[0]?.nodePort).toBeGreaterThanOrEqual(30_000);
  expect((cluster.find('services', 'balanced') as Service).status.loadBalancer?.ingress).toBeUndefined();
  cluster.clock.advance(2 * secondMs);
  expect((cluster.find('services', 'balanced') as Service).status.loadBalancer?.ingress?.[0]?.ip).toMatch(/^203\.0\.113\./);
  expect(() => cluster.create('services', serviceOf('other', { clusterIP: plain.spec.clusterIP }))).toThrow(/already allocated/);
  expect(() => cluster.create('services', serviceOf('outside', { clusterIP: '192.168.0.1' }))).toThrow(/not in the valid range/);
});

test('an ingress gets its address, but not when its class belongs to another controller', () => {
  const cluster = new TestCluster();
  const ingress = (name: string, spec: object): object => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name },
    spec: { defaultBackend: { service: { name: 'web', port: { number: 80 } } }, ...spec },
  });
  cluster.create(
    'ingressclasses',
    { apiVersion: 'networking.k8s.io/v1', kind: 'IngressClass', metadata: { name: 'theirs' }, spec: { controller: 'example.com/theirs' } },
    '',
  );
  cluster.create('ingresses', ingress('ours', {}));
  cluster.create('ingresses', ingress('theirs', { ingressClassName: 'theirs' }));
  cluster.clock.advance(2 * secondMs);
  const addresses = cluster.all('ingresses').map((one) => (one.status as { loadBalancer?: { ingress?: unknown[] } }).loadBalancer?.ingress?.length ?? 0);
  expect(addresses).toEqual([1, 0]);
});

test('deleting a namespace empties it, and nothing new may be made in it meanwhile', () => {
  const cluster = new TestCluster({ delays: { terminationMs: 2_000 } });
  cluster.create('namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }, '');
  cluster.clock.advance(secondMs);
  expect(cluster.find('configmaps', 'kube-root-ca.crt', 'shop')).toBeDefined();
  cluster.create('pods', podOf('p'), 'shop');
  cluster.create(
    'persistentvolumeclaims',
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    },
    'shop',
  );
  cluster.clock.advance(3 * secondMs);
  cluster.remove('namespaces', 'shop', {}, '');
  cluster.clock.advance(500);
  expect(cluster.find('namespaces', 'shop', '')?.status).toMatchObject({ phase: 'Terminating' });
  expect(() => cluster.create('pods', podOf('late'), 'shop')).toThrow(/because it is being terminated/);
  cluster.clock.advance(10 * secondMs);
  expect(cluster.find('namespaces', 'shop', '')).toBeUndefined();
  expect(cluster.cluster.registry.kinds.all.filter((info) => cluster.cluster.registry.storage.hasAny(info, 'shop'))).toEqual([]);
  expect(() => cluster.create('pods', podOf('p'), 'shop')).toThrow('namespaces "shop" not found');
});
