import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as engine from '../../engine/index';
import type { Cluster } from '../../engine/ports';
import { plainView } from '../../host/resources/listView';
import { goesWith, restartPatch } from '../../host/resources/resourceChanges';
import type { Row } from '../../host/resources/resourceRows';
import { ResourceTree } from '../../host/resources/resourceTree';
import { clusterFromKubeconfig } from '../../kube';
import { systemClock } from '../../node/systemClock';
import type { KubeObject } from '../../shared/kubeObject';
import { image } from '../../testing/contractRig';
import { MemoryLogger } from '../../testing/memoryLogger';
import { until } from '../../testing/until';
import { selfContainedKubeconfig } from './administrator';

const namespace = `resources-${Date.now().toString(36)}`;
const fieldManager = 'kubeorch';
const deploymentRef = { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'web' };

const deployment: KubeObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { terminationGracePeriodSeconds: 0, automountServiceAccountToken: false, containers: [{ name: 'main', image, imagePullPolicy: 'IfNotPresent' }] },
    },
  },
};

const rbac: readonly KubeObject[] = [
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'reader', namespace } },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: { name: 'reader', namespace },
    ...({
      rules: [
        { apiGroups: ['', 'apps'], resources: ['pods', 'deployments'], verbs: ['get', 'list', 'watch'] },
        { apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list'] },
      ],
    } as object),
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: 'reader', namespace },
    ...({
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' },
      subjects: [{ kind: 'ServiceAccount', name: 'reader', namespace }],
    } as object),
  },
];

describe('the resources of a real cluster', () => {
  const connect = async (token?: string): Promise<Cluster> =>
    clusterFromKubeconfig({ text: await selfContainedKubeconfig(token), clock: systemClock(), logger: new MemoryLogger(), environment: {} });
  let admin: Cluster;

  beforeAll(async () => {
    admin = await connect();
    await admin.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }, { fieldManager });
    for (const object of [deployment, ...rbac]) await admin.apply(object, { fieldManager });
    await until('it runs', async () => (await admin.get(deploymentRef))?.status?.['availableReplicas'] === 1, 90_000);
  });
  afterAll(async () => {
    await admin.delete({ apiVersion: 'v1', kind: 'Namespace', namespace: '', name: namespace });
    admin.dispose();
  });

  function treeOn(cluster: Cluster, typed: readonly string[] = []): ResourceTree {
    const entry = {
      key: 'test',
      label: 'test',
      detail: '',
      sandbox: false,
      open: () => Promise.resolve({ cluster, ended: new AbortController().signal, dispose: () => undefined }),
    };
    return new ResourceTree({
      engine,
      clock: systemClock(),
      view: () => plainView,
      entries: () => [entry],
      typedNamespaces: () => typed,
      namespaceFilter: () => [],
      favourites: () => [],
      remarks: () => new Map(),
      onError: (error) => {
        throw error;
      },
    });
  }

  async function look(tree: ResourceTree, ...wanted: readonly ((row: Row) => boolean)[]): Promise<readonly Row[]> {
    let rows = await tree.children(undefined);
    for (const is of wanted) {
      const row = rows.find(is);
      if (row === undefined) throw new Error(`not among ${rows.map(({ id }) => id).join(', ')}`);
      tree.expanded(row);
      rows = await tree.children(row);
    }
    return rows;
  }
  const cluster = (row: Row): boolean => row.type === 'cluster';
  const scope = (row: Row): boolean => row.type === 'scope' && row.namespace === namespace;
  const kind = (name: string) => (row: Row) => row.type === 'kind' && row.kind.kind === name;

  test('every kind that the cluster serves can be opened, and each has a row for its objects', async () => {
    const tree = treeOn(admin);
    try {
      expect(await look(tree, cluster, scope, kind('Deployment'))).toMatchObject([
        { row: { name: 'web', word: 'running', summary: '1/1 ready · 1 available' } },
      ]);
      const kinds = (await look(tree, cluster, scope)).filter((row) => row.type === 'kind');
      expect(kinds.length).toBeGreaterThan(12);
      for (const row of kinds) {
        tree.expanded(row);
        const notes = (await tree.children(row)).filter((one) => one.type === 'note' && one.note.type !== 'empty');
        expect(notes).toEqual([]);
      }
    } finally {
      tree.dispose();
    }
  });

  test('who may see a part of one namespace sees that part, and which verb is missing for the rest', async () => {
    const kubectl = process.env['KUBECTL'] ?? 'kubectl';
    const { stdout } = await promisify(execFile)(kubectl, ['create', 'token', 'reader', '-n', namespace]);
    const reader = await connect(stdout.trim());
    const tree = treeOn(reader, [namespace]);
    try {
      const rows = await look(tree, cluster);
      expect(rows[0]).toMatchObject({ note: { type: 'forbidden', verb: 'list', resource: 'namespaces' } });
      expect(await look(tree, cluster, scope, kind('Pod'))).toMatchObject([{ row: { word: 'running' } }]);
      expect(await look(tree, cluster, scope, kind('Secret'))).toMatchObject([{ note: { type: 'forbidden', verb: 'list', resource: 'secrets' } }]);
      // The list comes first; that it cannot be followed shows when the watch is refused.
      const configMaps = (): Promise<readonly Row[]> => look(tree, cluster, scope, kind('ConfigMap'));
      expect((await configMaps()).at(-1)).toMatchObject({ ref: { name: 'kube-root-ca.crt' } });
      await until('the watch was refused', async () => (await configMaps())[0]?.type === 'note', 15_000);
      expect(await configMaps()).toMatchObject([{ note: { type: 'notLive', verb: 'watch' } }, { ref: { name: 'kube-root-ca.crt' } }]);
    } finally {
      tree.dispose();
      reader.dispose();
    }
  });

  test('a restart makes another pod, a patch for another object of the name is refused, and what goes with it is counted', async () => {
    const podNames = async (): Promise<readonly string[]> =>
      (await admin.list({ apiVersion: 'v1', kind: 'Pod' }, { namespace })).map(({ metadata }) => metadata.name);
    const before = await podNames();
    const live = await admin.get(deploymentRef);
    if (live === undefined) throw new Error('it is not there');
    await expect(admin.mergePatch(deploymentRef, { metadata: { uid: 'another' }, ...restartPatch(Date.now()) }, { fieldManager })).rejects.toThrow();
    await admin.mergePatch(deploymentRef, { metadata: { uid: live.metadata.uid ?? '' }, ...restartPatch(Date.now()) }, { fieldManager });
    await until('another pod took its place', async () => (await podNames()).length === 1 && !before.includes((await podNames())[0] ?? ''), 90_000);
    expect(Object.fromEntries((await goesWith(admin, live)).counts)).toEqual({ ReplicaSet: 2, Pod: 1 });
  });
});
