import { execFile } from 'node:child_process';
import { afterAll, expect, test } from 'vitest';
import type { Cluster } from '../../engine/ports';
import { clusterFromKubeconfig } from '../../kube';
import { clusterContract } from '../../testing/clusterContract';
import { failureOf } from '../../testing/contractRig';
import { MemoryLogger } from '../../testing/memoryLogger';
import { PacedClock } from '../../testing/pacedClock';
import { selfContainedKubeconfig } from './administrator';

clusterContract('a real cluster', async () => ({ kubeconfig: await selfContainedKubeconfig(), dispose: () => Promise.resolve() }));

const opened: Cluster[] = [];
afterAll(() => {
  for (const cluster of opened) cluster.dispose();
});

async function connect(token?: string): Promise<Cluster> {
  const cluster = await clusterFromKubeconfig({ text: await selfContainedKubeconfig(token), clock: new PacedClock(), logger: new MemoryLogger() });
  opened.push(cluster);
  return cluster;
}

test('an account without rights is told what it may not do, and the cluster still has an identity', async () => {
  const administrator = await connect();
  const namespace = `rights-${Date.now().toString(36)}`;
  await administrator.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }, { fieldManager: 'kubeorch' });
  try {
    await administrator.apply({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'nobody', namespace } }, { fieldManager: 'kubeorch' });
    const nobody = await connect(await tokenOf(namespace, 'nobody'));
    expect((await nobody.whoAmI()).user).toBe(`system:serviceaccount:${namespace}:nobody`);
    expect(await nobody.mayI({ verb: 'list', group: '', resource: 'secrets', namespace })).toBe(false);
    const failure = await failureOf(nobody.list({ apiVersion: 'v1', kind: 'Secret' }, { namespace }));
    expect(failure).toMatchObject({ kind: 'forbidden', code: 403 });
    expect(failure.message).toContain('secrets');
    expect(await nobody.clusterUid()).toMatch(/^server-[0-9a-f]{32}$/);
    const events: string[] = [];
    const watch = nobody.watch({ apiVersion: 'v1', kind: 'Secret' }, { namespace }, (event) =>
      events.push(event.type === 'disconnected' ? event.failure.kind : event.type),
    );
    await expect.poll(() => events).toEqual(['forbidden']);
    watch.dispose();
  } finally {
    await administrator.delete({ apiVersion: 'v1', kind: 'Namespace', namespace: '', name: namespace });
  }
});

test('names with colons and upper case reach the objects that they name', async () => {
  const administrator = await connect();
  const name = `test:Foo:BAR-${Date.now().toString(36)}`;
  const role = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', namespace: '', name };
  await administrator.apply({ apiVersion: role.apiVersion, kind: role.kind, metadata: { name } }, { fieldManager: 'kubeorch' });
  expect((await administrator.get(role))?.metadata.name).toBe(name);
  expect(await administrator.delete(role)).toBe(true);
});

function tokenOf(namespace: string, account: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(process.env['KUBECTL'] ?? 'kubectl', ['-n', namespace, 'create', 'token', account], (error, stdout) =>
      error === null ? resolve(stdout.trim()) : reject(error),
    );
  });
}
