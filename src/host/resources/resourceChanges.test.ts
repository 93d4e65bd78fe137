import { describe, expect, it } from 'vitest';
import type { Cluster, KindRef } from '../../engine/ports';
import { ClusterError } from '../../engine/ports';
import type { KubeObject } from '../../shared/kubeObject';
import { autoscalersOf, goesWith, holdsData, isCovered, kubectlReference, replicasFrom, restartPatch } from './resourceChanges';

const object = (kind: string, name: string, owner?: string, apiVersion = 'v1'): KubeObject => ({
  apiVersion,
  kind,
  metadata: {
    name,
    namespace: 'shop',
    uid: name,
    ...(owner === undefined ? {} : { ownerReferences: [{ apiVersion: 'v1', kind: 'X', name: owner, uid: owner }] }),
  },
});

function clusterOf(objects: readonly KubeObject[], forbidden: readonly string[] = []): Pick<Cluster, 'list' | 'resourceOf'> {
  return {
    resourceOf: ({ apiVersion, kind }) => Promise.resolve({ apiVersion, kind, resource: kind, namespaced: true, verbs: ['list'] }),
    list: ({ kind }: KindRef) =>
      forbidden.includes(kind) ? Promise.reject(new Error('forbidden')) : Promise.resolve(objects.filter((one) => one.kind === kind)),
  };
}

describe('what goes with an object', () => {
  it('is all that owner references lead to, at any depth, and nothing of others', async () => {
    const objects = [object('ReplicaSet', 'set', 'web'), object('Pod', 'a', 'set'), object('Pod', 'b', 'set'), object('Pod', 'c', 'other'), object('Pod', 'd')];
    const { counts, unknown } = await goesWith(clusterOf(objects), object('Deployment', 'web', undefined, 'apps/v1'));
    expect([...counts]).toEqual([
      ['ReplicaSet', 1],
      ['Pod', 2],
    ]);
    expect(unknown).toEqual([]);
  });

  it('ends where owners form a circle', async () => {
    const objects = [object('ReplicaSet', 'a', 'web'), object('ReplicaSet', 'web', 'a')];
    expect((await goesWith(clusterOf(objects), object('Deployment', 'web', undefined, 'apps/v1'))).counts.get('ReplicaSet')).toBe(2);
  });

  it('of a namespace is what is in it', async () => {
    const objects = [object('Pod', 'a'), object('PersistentVolumeClaim', 'data'), object('Secret', 's')];
    expect(Object.fromEntries((await goesWith(clusterOf(objects), object('Namespace', 'shop'))).counts)).toEqual({
      Pod: 1,
      Secret: 1,
      PersistentVolumeClaim: 1,
    });
  });

  it('names the kinds of which nothing is known', async () => {
    expect((await goesWith(clusterOf([], ['Pod']), object('Deployment', 'web', undefined, 'apps/v1'))).unknown).toEqual(['Pod']);
  });

  it('asks nothing for a kind that owns nothing', async () => {
    const failing = { resourceOf: () => Promise.reject(new Error('asked')), list: () => Promise.reject(new Error('asked')) };
    expect(await goesWith(failing, object('ConfigMap', 'a'))).toEqual({ counts: new Map(), unknown: [] });
  });
});

it('claims, volumes, namespaces and definitions hold data; a Service of that name elsewhere does not', () => {
  const holding = [
    { apiVersion: 'v1', kind: 'PersistentVolumeClaim' },
    { apiVersion: 'v1', kind: 'Namespace' },
    { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' },
  ];
  expect(holding.map(holdsData)).toEqual([true, true, true]);
  expect(
    [
      { apiVersion: 'v1', kind: 'Pod' },
      { apiVersion: 'acme.dev/v1', kind: 'Namespace' },
    ].map(holdsData),
  ).toEqual([false, false]);
});

it('a restart changes the pod template and nothing else', () => {
  expect(restartPatch(0)).toEqual({ spec: { template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': '1970-01-01T00:00:00.000Z' } } } } });
});

it('a number of pods is a whole number within reason', () => {
  expect(['0', ' 3', '10000'].map(replicasFrom)).toEqual([0, 3, 10_000]);
  expect(['', '-1', '1.5', '1e3', '10001', 'x', '٣'].map(replicasFrom)).toEqual(Array.from({ length: 7 }, () => undefined));
});

it('finds the autoscalers that decide the number of an object', async () => {
  const scaler = (name: string, kind: string, target: string): KubeObject => ({
    ...object('HorizontalPodAutoscaler', name),
    spec: { scaleTargetRef: { kind, name: target } },
  });
  const cluster = clusterOf([scaler('a', 'Deployment', 'web'), scaler('b', 'StatefulSet', 'web'), scaler('c', 'Deployment', 'db')]);
  expect(await autoscalersOf(cluster, object('Deployment', 'web', undefined, 'apps/v1'))).toEqual(['a']);
});

it('who may not list autoscalers may scale all the same, and any other failure is told', async () => {
  const web = object('Deployment', 'web', undefined, 'apps/v1');
  const refusal = { kind: 'forbidden', code: 403, reason: 'Forbidden', message: 'no', causes: [], conflicts: [], uncertain: false } as const;
  const cluster = { ...clusterOf([]), list: () => Promise.reject(new ClusterError(refusal)) };
  expect(await autoscalersOf(cluster, web)).toEqual([]);
  await expect(autoscalersOf(clusterOf([], ['HorizontalPodAutoscaler']), web)).rejects.toThrow('forbidden');
});

it('a reference for kubectl is quoted where a shell would read more into it', () => {
  const ref = { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'web-1' };
  expect(kubectlReference(ref, 'pods', undefined)).toBe('pods/web-1 -n shop');
  expect(kubectlReference({ ...ref, namespace: '' }, 'nodes', "it's $(rm -rf /)")).toBe("nodes/web-1 --context 'it'\\''s $(rm -rf /)'");
});

it('a protected environment covers its namespace, or all of the cluster where it names none, and what belongs to no namespace', () => {
  const prod = { protected: true, namespace: 'shop' };
  expect(['shop', 'team', ''].map((namespace) => isCovered(prod, namespace))).toEqual([true, false, true]);
  expect(isCovered({ protected: true }, 'team')).toBe(true);
  expect(isCovered({ namespace: 'shop' }, 'shop')).toBe(false);
});
