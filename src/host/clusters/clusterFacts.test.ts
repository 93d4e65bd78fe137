import { describe, expect, it } from 'vitest';
import type { Cluster, ListQuery, ResourceInfo } from '../../engine/ports';
import { ClusterError } from '../../engine/ports';
import type { JsonObject } from '../../shared/json';
import type { KubeObject, ObjectRef } from '../../shared/kubeObject';
import { MemoryLogger } from '../../testing/memoryLogger';
import { VirtualClock } from '../../testing/virtualClock';
import { componentsOf, metricsOf, probeChecks, rightsFrom } from './clusterFacts';
import { shownHealth, totalsOf } from './clusterHealth';
import { readMetadata } from './clusterMetadata';
import { ConnectionLog } from './connectionLog';
import { allowWorkloads, controlPlaneNodes, keepsWorkloadsOff } from './singleNode';

const failure = (kind: ClusterError['failure']['kind'], code: number): ClusterError =>
  new ClusterError({ kind, code, reason: '', message: kind, causes: [], conflicts: [], uncertain: false });
const forbidden = failure('forbidden', 403);
const gone = failure('unreachable', 0);

interface Answers {
  readonly lists?: Readonly<Record<string, readonly KubeObject[] | Error>>;
  readonly counts?: Readonly<Record<string, number>>;
  readonly objects?: Readonly<Record<string, KubeObject>>;
  readonly probe?: { readonly ok: boolean; readonly text: string } | Error;
  readonly version?: string | Error;
  readonly resources?: readonly ResourceInfo[] | Error;
}

/** A cluster that answers what a test wrote down, and serves nothing else. */
function clusterOf(answers: Answers) {
  const patches: { readonly name: string; readonly patch: JsonObject }[] = [];
  const asked: (ListQuery & { readonly kind: string })[] = [];
  const given = <T>(value: T | Error | undefined): Promise<T> =>
    value === undefined ? Promise.reject(failure('not-found', 404)) : value instanceof Error ? Promise.reject(value) : Promise.resolve(value);
  const cluster = {
    version: () => given(answers.version),
    resources: () => given(answers.resources),
    probe: () => given(answers.probe),
    count: ({ kind }: { kind: string }) => given(answers.counts?.[kind]),
    list: ({ kind }: { kind: string }, query: ListQuery) => {
      asked.push({ kind, ...query });
      return given(answers.lists?.[kind]);
    },
    get: ({ name }: ObjectRef) => Promise.resolve(answers.objects?.[name]),
    mergePatch: ({ name }: ObjectRef, patch: JsonObject) => {
      patches.push({ name, patch });
      return Promise.resolve({} as KubeObject);
    },
  };
  return { cluster: cluster as unknown as Cluster, patches, asked };
}

const object = (kind: string, name: string, rest: Partial<KubeObject> & { readonly usage?: JsonObject } = {}): KubeObject => ({
  apiVersion: 'v1',
  kind,
  ...rest,
  metadata: { name, ...rest.metadata },
});
const node = (name: string, rest: Partial<KubeObject> = {}): KubeObject =>
  object('Node', name, {
    status: {
      capacity: { cpu: '4', memory: '8Gi', pods: '110' },
      allocatable: { cpu: '3800m', memory: '7Gi', pods: '110' },
      nodeInfo: { operatingSystem: 'linux', architecture: 'amd64' },
      conditions: [{ type: 'Ready', status: 'True' }],
    },
    ...rest,
  });
const signal = new AbortController().signal;

describe("a cluster's metadata", () => {
  it('come from version, machines, namespaces, storage classes and what is served', async () => {
    const { cluster } = clusterOf({
      version: 'v1.36.3',
      lists: {
        Node: [
          node('a', { metadata: { name: 'a', labels: { 'topology.kubernetes.io/region': 'eu-1' } }, spec: { providerID: 'aws:///eu-1a/i-1' } }),
          node('b', { metadata: { name: 'b', labels: { 'kubernetes.io/cloud-provider': 'aws' } }, spec: {} }),
        ],
        Namespace: [{ ...object('Namespace', 'kube-system'), metadata: { name: 'kube-system', uid: 'u-1' } }, object('Namespace', 'default')],
        StorageClass: [object('StorageClass', 'fast')],
        PersistentVolumeClaim: [object('PersistentVolumeClaim', 'c', { status: { capacity: { storage: '5Gi' } } }), object('PersistentVolumeClaim', 'unbound')],
      },
      counts: { Pod: 1_234 },
      resources: [
        { apiVersion: 'metrics.k8s.io/v1beta1', kind: 'NodeMetrics', resource: 'nodes', namespaced: false, verbs: [] },
        { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', resource: 'ingresses', namespaced: true, verbs: [] },
        { apiVersion: 'v1', kind: 'Pod', resource: 'pods', namespaced: true, verbs: [] },
      ],
    });
    expect(await readMetadata(cluster, 7, signal)).toEqual({
      uid: 'u-1',
      version: 'v1.36.3',
      platform: 'linux/amd64',
      provider: 'aws',
      region: 'eu-1',
      nodeCount: 2,
      cpuMillis: 8_000,
      memoryBytes: 16 * 2 ** 30,
      singleNodeTainted: false,
      namespaces: ['default', 'kube-system'],
      storageClasses: ['fast'],
      capabilities: ['ingress', 'metrics'],
      podCount: 1_234,
      storageBytes: 5 * 2 ** 30,
      lastUpdatedMs: 7,
    });
  });

  it('leave out what may not be read, and fail when nobody answers', async () => {
    const { cluster } = clusterOf({ version: 'v1.36.3', lists: { Node: forbidden, Namespace: forbidden, StorageClass: forbidden }, resources: [] });
    expect(await readMetadata(cluster, 7, signal)).toEqual({ version: 'v1.36.3', capabilities: [], lastUpdatedMs: 7 });
    await expect(readMetadata(clusterOf({ version: gone, resources: gone }).cluster, 7, signal)).rejects.toThrow('unreachable');
  });
});

describe('several clusters together', () => {
  const machines = { nodeCount: 2, cpuMillis: 8_000, memoryBytes: 1_024, lastUpdatedMs: 0 };
  const online = { status: 'connected', reachable: true, atMs: 0 } as const;

  it('are added up, each once however it is reached, and without those that do not answer or tell nothing', () => {
    const all = [
      ['a', shownHealth(online, { ...machines, uid: 'one' }, 1)],
      ['also a', shownHealth(online, { ...machines, uid: 'one' }, 1)],
      ['b', shownHealth(online, machines, 1)],
      ['gone', shownHealth({ ...online, status: 'disconnected', reachable: false }, machines, 1)],
      ['long ago', shownHealth({ ...online, atMs: -1e9 }, machines, 1)],
      ['tells more', shownHealth(online, { nodeCount: 1, podCount: 30, storageBytes: 512, lastUpdatedMs: 0 }, 1)],
      ['secretive', shownHealth(online, { lastUpdatedMs: 0 }, 1)],
      ['unknown', shownHealth(undefined, undefined, 1)],
    ] as const;
    expect(totalsOf(all)).toEqual({ clusters: 3, nodes: 5, cpuMillis: 16_000, memoryBytes: 2_048, pods: 30, storageBytes: 512 });
    expect(totalsOf([])).toEqual({ clusters: 0, nodes: 0, cpuMillis: 0, memoryBytes: 0 });
  });
});

describe('the control plane', () => {
  const nowMs = Date.parse('2026-03-01T12:00:00Z');
  const lease = (renewTime: string): KubeObject => object('Lease', 'x', { spec: { renewTime } });

  it('is judged by the probe of the API server, its parts, and leases that are renewed', async () => {
    const { cluster } = clusterOf({
      probe: { ok: false, text: '[+]ping ok\n[-]etcd failed: reason withheld\n[+]poststarthook/x ok\nreadyz check failed' },
      objects: { 'kube-scheduler': lease('2026-03-01T11:59:58.000000Z'), 'kube-controller-manager': lease('2026-03-01T11:40:00.000000Z') },
    });
    expect(await componentsOf(cluster, nowMs)).toEqual([
      { name: 'API Server', health: 'unhealthy', detail: 'etcd' },
      { name: 'etcd', health: 'unhealthy', detail: 'failed: reason withheld' },
      { name: 'Scheduler', health: 'healthy', detail: '' },
      { name: 'Controller Manager', health: 'unknown', detail: '2026-03-01T11:40:00.000000Z' },
    ]);
  });

  it('names no part that the cluster tells nothing of', async () => {
    const { cluster } = clusterOf({ probe: { ok: true, text: 'ok' } });
    expect(await componentsOf(cluster, nowMs)).toEqual([{ name: 'API Server', health: 'healthy', detail: '' }]);
    expect(probeChecks('nonsense [+]\n[+]a ok\n [-]b')).toEqual([{ name: 'a', ok: true, detail: 'ok' }]);
  });
});

describe('the capacity of a cluster', () => {
  const pod = (name: string, containers: JsonObject[], initContainers: JsonObject[] = []): KubeObject =>
    object('Pod', name, { spec: { containers, initContainers } });
  const requests = (cpu: string, memory: string): JsonObject => ({ resources: { requests: { cpu, memory } } });
  const machines = [node('a'), node('b', { status: { allocatable: { cpu: '200m', memory: '1Gi', pods: '10' } } })];

  it('is measured where there is a metrics server', async () => {
    const { cluster } = clusterOf({
      lists: {
        Node: machines,
        Pod: [pod('p', [requests('1', '1Gi')])],
        NodeMetrics: [object('NodeMetrics', 'a', { usage: { cpu: '500000000n', memory: '2Gi' } })],
      },
    });
    expect(await metricsOf(cluster)).toEqual({
      source: 'usage',
      nodes: 2,
      readyNodes: 1,
      pods: 1,
      podCapacity: 120,
      cpuMillis: { used: 500, total: 4_000 },
      memoryBytes: { used: 2 * 2 ** 30, total: 8 * 2 ** 30 },
    });
  });

  it('is else what pods request, counted as the scheduler does, without those that have ended', async () => {
    const { cluster, asked } = clusterOf({
      lists: {
        Node: machines,
        Pod: [pod('p', [requests('100m', '64Mi'), requests('200m', '64Mi')], [requests('1', '1Mi')]), pod('q', [{ name: 'no requests' }])],
        PersistentVolumeClaim: [object('PersistentVolumeClaim', 'c', { status: { capacity: { storage: '5Gi' } } }), object('PersistentVolumeClaim', 'd')],
      },
    });
    expect(await metricsOf(cluster)).toMatchObject({
      source: 'requests',
      cpuMillis: { used: 1_000, total: 4_000 },
      memoryBytes: { used: 128 * 2 ** 20 },
      storageBytes: 5 * 2 ** 30,
    });
    expect(asked.find(({ kind }) => kind === 'Pod')?.fieldSelector).toBe('status.phase!=Succeeded,status.phase!=Failed');
  });

  it('says nothing of what may not be read', async () => {
    expect(await metricsOf(clusterOf({ lists: { Node: forbidden, Pod: forbidden } }).cluster)).toEqual({ source: 'capacity' });
    await expect(metricsOf(clusterOf({ lists: { Node: gone } }).cluster)).rejects.toThrow('unreachable');
  });
});

describe('what I may do', () => {
  const rule = (verbs: string[], groups: string[], resources: string[], names: string[] = []) => ({ verbs, groups, resources, names });
  const may = (rules: ReturnType<typeof rule>[], resource: string) => rightsFrom({ rules, incomplete: false }).find((right) => right.resource === resource);

  it('is read from rules with their wildcards and subresources', () => {
    expect(rightsFrom({ rules: [rule(['*'], ['*'], ['*'])], incomplete: false }).every((right) => right.may === 'everything')).toBe(true);
    expect(rightsFrom({ rules: [], incomplete: false }).every((right) => right.may === 'nothing')).toBe(true);
    const view = [rule(['get', 'list', 'watch'], ['', 'apps'], ['pods', 'deployments', 'configmaps'])];
    expect(may(view, 'deployments')).toEqual({ resource: 'deployments', may: 'reading', missing: ['create', 'patch', 'delete'] });
    expect(may(view, 'pods/log')?.may).toBe('nothing');
    expect(may([rule(['create'], [''], ['pods/exec'])], 'pods/exec')?.may).toBe('everything');
    expect(may([rule(['get'], [''], ['*/log'])], 'pods/log')?.may).toBe('everything');
    expect(may([rule(['get'], [''], ['secrets'])], 'secrets')).toMatchObject({ may: 'something' });
    // A right to one object by name, or in another group, is none to deploy with.
    expect(may([rule(['*'], [''], ['secrets'], ['only-this'])], 'secrets')?.may).toBe('nothing');
    expect(may([rule(['*'], ['extensions'], ['deployments'])], 'deployments')?.may).toBe('nothing');
  });
});

describe('the control plane of a single machine', () => {
  const controlPlane: JsonObject = { key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' };
  const master: JsonObject = { key: 'node-role.kubernetes.io/master', effect: 'NoSchedule' };
  const other: JsonObject = { key: 'team', value: 'blue', effect: 'NoExecute' };
  const tainted = (...taints: JsonObject[]): KubeObject => object('Node', 'one', { metadata: { name: 'one', resourceVersion: '12' }, spec: { taints } });

  it('is opened to workloads by taking its own taints off, and no other, guarded by its version', async () => {
    const { cluster, patches } = clusterOf({});
    expect(await allowWorkloads(cluster, tainted(controlPlane, other, master), true)).toBe(true);
    expect(await allowWorkloads(cluster, tainted(controlPlane), true)).toBe(true);
    expect(patches).toEqual([
      { name: 'one', patch: { metadata: { resourceVersion: '12' }, spec: { taints: [other] } } },
      { name: 'one', patch: { metadata: { resourceVersion: '12' }, spec: { taints: null } } },
    ]);
  });

  it('is closed again by the usual taint, and left alone when nothing is to be changed', async () => {
    const { cluster, patches } = clusterOf({});
    expect(await allowWorkloads(cluster, tainted(other), false)).toBe(true);
    expect(await allowWorkloads(cluster, tainted(controlPlane), false)).toBe(false);
    expect(await allowWorkloads(cluster, tainted(other), true)).toBe(false);
    expect(patches).toEqual([{ name: 'one', patch: { metadata: { resourceVersion: '12' }, spec: { taints: [other, controlPlane] } } }]);
  });

  it('is found by label or taint', async () => {
    const labelled = object('Node', 'b', { metadata: { name: 'b', labels: { 'node-role.kubernetes.io/control-plane': '' } } });
    const { cluster } = clusterOf({ lists: { Node: [node('worker'), tainted(master), labelled] } });
    expect((await controlPlaneNodes(cluster)).map((one) => [one.metadata.name, keepsWorkloadsOff(one)])).toEqual([
      ['one', true],
      ['b', false],
    ]);
  });
});

describe('the connection log', () => {
  it('keeps the last thousand rows of a day, and gives the newest hundred', async () => {
    const clock = new VirtualClock();
    const logger = new MemoryLogger();
    const log = new ConnectionLog(clock, logger);
    log.note('cluster:old', 'cluster_added', 'token https://a');
    await clock.advance(23 * 3_600_000);
    for (let index = 0; index < 1_100; index++) log.note('cluster:a', 'health_check', String(index), index % 2 === 0 ? undefined : 'no answer');
    expect(log.rows(5_000)).toHaveLength(1_000);
    expect(log.rows()).toHaveLength(100);
    expect(log.rows(1)[0]).toMatchObject({ action: 'health_check', success: false, error: 'no answer', details: '1099' });
    await clock.advance(24 * 3_600_000 + 1);
    expect(log.rows()).toEqual([]);
    expect(logger.lines.slice(0, 3)).toEqual([
      'info cluster_added cluster:old – ok token https://a',
      'info health_check cluster:a – ok 0',
      'warn health_check cluster:a – failed no answer 1',
    ]);
  });
});
