// What a real API server says to a cluster that was added by hand: as an administrator and as somebody with one namespace only.
import { randomUUID } from 'node:crypto';
import { request } from 'node:https';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Cluster } from '../../engine/ports';
import { componentsOf, metricsOf, rightsFrom } from '../../host/clusters/clusterFacts';
import { readMetadata, taintsOf } from '../../host/clusters/clusterMetadata';
import { connectionOf } from '../../host/clusters/addedConnection';
import type { ClusterCredentials, ClusterRecord } from '../../host/clusters/clusterRecord';
import { HealthMonitor } from '../../host/clusters/healthMonitor';
import { allowWorkloads, controlPlaneNodes, keepsWorkloadsOff } from '../../host/clusters/singleNode';
import { clusterFromConnection } from '../../kube';
import { systemClock } from '../../node/systemClock';
import { MemoryLogger } from '../../testing/memoryLogger';
import { selfContainedKubeconfig } from './administrator';

const name = `added-${randomUUID().slice(0, 8)}`;
const clock = systemClock();
const signal = AbortSignal.timeout(60_000);
const never = (): Promise<never> => Promise.reject(new Error('nobody signs in here'));
let administrator: Cluster;
let kubeconfig: string;
let server: string;
let authority: string;

function recordOf(authType: ClusterRecord['authType'], rest: Partial<ClusterRecord> = {}): ClusterRecord {
  return {
    id: name,
    name,
    displayName: name,
    description: '',
    server,
    authType,
    status: 'unknown',
    singleNode: false,
    labels: {},
    annotations: {},
    insecure: false,
    headers: {},
    ...rest,
  };
}

async function open(record: ClusterRecord, credentials: ClusterCredentials): Promise<Cluster> {
  return clusterFromConnection(await connectionOf(record, credentials, never), { clock, logger: new MemoryLogger() });
}

/** One check of a cluster that is reached like this. */
async function checked(record: ClusterRecord, credentials: ClusterCredentials) {
  const monitor = new HealthMonitor({
    clock,
    logger: new MemoryLogger(),
    clusters: () => Promise.resolve([]),
    readMetadata,
    words: (error) => (error instanceof Error ? error.message : String(error)),
  });
  try {
    const watched = {
      id: record.id,
      label: record.id,
      open: async () => {
        const cluster = await open(record, credentials);
        return { cluster, dispose: () => cluster.dispose() };
      },
    };
    return await monitor.checkSingleCluster(watched, { quiet: true });
  } finally {
    monitor.dispose();
  }
}

beforeAll(async () => {
  kubeconfig = await selfContainedKubeconfig();
  const parsed = parse(kubeconfig) as { clusters: { cluster: { server: string; 'certificate-authority-data': string } }[] };
  server = parsed.clusters[0]?.cluster.server ?? '';
  authority = parsed.clusters[0]?.cluster['certificate-authority-data'] ?? '';
  administrator = await open(recordOf('kubeconfig'), { kubeconfig });
  await administrator.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
});

afterAll(async () => {
  await administrator.delete({ apiVersion: 'v1', kind: 'Node', namespace: '', name });
  await administrator.delete({ apiVersion: 'v1', kind: 'Namespace', namespace: '', name });
  administrator.dispose();
});

describe('an added cluster on a real API server', () => {
  test('tells an administrator its metadata, its control plane, its capacity and their rights', async () => {
    const metadata = await readMetadata(administrator, clock.now(), signal);
    expect(metadata).toMatchObject({ version: expect.stringMatching(/^v1\.\d+/) as string });
    expect(metadata.namespaces).toEqual(expect.arrayContaining(['default', 'kube-system', name]));
    const components = await componentsOf(administrator, clock.now(), signal);
    expect(components.slice(0, 2)).toEqual([
      { name: 'API Server', health: 'healthy', detail: '' },
      { name: 'etcd', health: 'healthy', detail: '' },
    ]);
    expect(components.filter(({ health }) => health === 'unhealthy')).toEqual([]);
    const metrics = await metricsOf(administrator, signal);
    expect(metrics.source).toBe('requests');
    expect(metrics.nodes).toBe(metadata.nodeCount);
    expect(rightsFrom(await administrator.rules('default', signal)).every(({ may }) => may === 'everything')).toBe(true);
  });

  test('is called by the right word for the right reason', async () => {
    expect(await checked(recordOf('kubeconfig'), { kubeconfig })).toMatchObject({ status: 'connected', isOnline: true });
    expect(await checked(recordOf('token'), { token: 'no-such-token', caData: authority })).toMatchObject({ status: 'error', isOnline: true });
    // Without its own authority, the server's certificate is one that nobody vouches for.
    expect(await checked(recordOf('token'), { token: 'no-such-token' })).toMatchObject({ status: 'error', isOnline: false });
    expect(await checked(recordOf('token', { server: 'https://127.0.0.1:9' }), { token: 'x', caData: authority })).toMatchObject({ status: 'disconnected' });
  });

  test('tells somebody with one namespace what there is for them, and that the rest may not be read', async () => {
    for (const object of [
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'deployer', namespace: name } },
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'RoleBinding',
        metadata: { name: 'deployer', namespace: name },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
        subjects: [{ kind: 'ServiceAccount', name: 'deployer', namespace: name }],
      },
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'deployer-token', namespace: name, annotations: { 'kubernetes.io/service-account.name': 'deployer' } },
        type: 'kubernetes.io/service-account-token',
      },
    ])
      await administrator.create(object);
    const token = await serviceAccountToken();
    const record = recordOf('serviceaccount', { namespace: name });
    expect(await checked(record, { token, caData: authority })).toMatchObject({ status: 'connected' });
    const cluster = await open(record, { token, caData: authority });
    try {
      expect(await cluster.whoAmI(signal)).toMatchObject({ user: `system:serviceaccount:${name}:deployer`, method: 'token' });
      const metadata = await readMetadata(cluster, clock.now(), signal);
      expect(metadata).toMatchObject({ version: expect.stringMatching(/^v1\.\d+/) as string });
      expect(metadata).not.toHaveProperty('nodeCount');
      expect(metadata).not.toHaveProperty('namespaces');
      expect(await metricsOf(cluster, signal)).toEqual({ source: 'capacity' });
      const rights = rightsFrom(await cluster.rules(name, signal));
      expect(rights.find(({ resource }) => resource === 'deployments')).toEqual({
        resource: 'deployments',
        may: 'reading',
        missing: ['create', 'patch', 'delete'],
      });
      expect(rights.find(({ resource }) => resource === 'secrets')?.may).toBe('nothing');
      expect(rights.find(({ resource }) => resource === 'pods/log')?.may).toBe('everything');
      expect(rightsFrom(await cluster.rules('default', signal)).every(({ may }) => may === 'nothing')).toBe(true);
    } finally {
      cluster.dispose();
    }
  });

  test('has a machine opened to workloads and closed again, and its other taints left alone', async () => {
    const ours = async () => {
      const found = (await controlPlaneNodes(administrator, signal)).find(({ metadata }) => metadata.name === name);
      if (found === undefined) throw new Error('the machine is not among those of the control plane');
      return found;
    };
    await administrator.create({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name, labels: { 'node-role.kubernetes.io/control-plane': '' } },
      spec: {
        unschedulable: true,
        taints: [
          { key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' },
          { key: 'team', value: 'blue', effect: 'NoExecute' },
        ],
      },
    });
    const team = { key: 'team', value: 'blue', effect: 'NoExecute' };
    // The machine is nobody's: controllers add taints of their own while it does not report.
    const keys = (node: Awaited<ReturnType<typeof ours>>): string[] => taintsOf(node).map(({ key }) => key);
    const until = async (allow: boolean): Promise<void> => {
      for (;;) {
        try {
          await allowWorkloads(administrator, await ours(), allow, signal);
          return;
        } catch (error) {
          if (!(error instanceof Error && 'failure' in error && (error.failure as { kind: string }).kind === 'conflict')) throw error;
        }
      }
    };
    expect(keepsWorkloadsOff(await ours())).toBe(true);
    await until(true);
    const opened = await ours();
    expect(keepsWorkloadsOff(opened)).toBe(false);
    expect(taintsOf(opened)).toContainEqual(team);
    await until(false);
    const closed = await ours();
    expect(keys(closed)).toEqual(expect.arrayContaining(['team', 'node-role.kubernetes.io/control-plane']));
    expect(keys(closed).filter((key) => key === 'node-role.kubernetes.io/control-plane')).toHaveLength(1);
  });
});

/** A token as an administrator hands it out: read around our own door, which hides the values of Secrets. */
async function serviceAccountToken(): Promise<string> {
  const { users } = parse(kubeconfig) as { users: { user: { token: string } }[] };
  const headers = { authorization: `Bearer ${users[0]?.user.token ?? ''}` };
  for (;;) {
    const body = await new Promise<string>((resolve, reject) => {
      const url = `${server}/api/v1/namespaces/${name}/secrets/deployer-token`;
      const asking = request(url, { ca: Buffer.from(authority, 'base64'), headers, signal }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
      });
      asking.on('error', reject);
      asking.end();
    });
    // The controller manager puts it there a moment after the Secret was made.
    const { data } = JSON.parse(body) as { data?: { token?: string } };
    if (data?.token !== undefined) return Buffer.from(data.token, 'base64').toString('utf8');
  }
}
