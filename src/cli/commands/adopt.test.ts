import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Cluster } from '../../engine/ports';
import { clusterFromKubeconfig } from '../../kube/index';
import { systemClock } from '../../node/systemClock';
import type { RunningSandbox } from '../../sandbox/options';
import { startServer } from '../../sandbox/startServer';
import { MemoryLogger } from '../../testing/memoryLogger';
import { runHere } from '../tests/runHere';

let sandbox: RunningSandbox;
let cluster: Cluster;
let folder: string;
beforeAll(async () => {
  [sandbox, folder] = await Promise.all([startServer({ seed: '1' }), mkdtemp(join(tmpdir(), 'kubeorch-adopt-'))]);
  await writeFile(join(folder, 'kubeconfig'), sandbox.kubeconfig);
  cluster = await clusterFromKubeconfig({ text: sandbox.kubeconfig, clock: systemClock(), logger: new MemoryLogger() });
});
afterAll(async () => {
  cluster.dispose();
  await sandbox.close();
  await rm(folder, { recursive: true });
});

const here = (...args: readonly string[]): ReturnType<typeof runHere> => runHere([...args, '--kubeconfig', 'kubeconfig'], { cwd: folder });

test('a namespace is adopted into a file, taken over as the answer says, and then belongs to its workflow', async () => {
  expect(await here('import', 'namespace', 'default')).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('nothing to adopt') as string });
  const metadata = { name: 'settings', namespace: 'default', labels: { app: 'shop' } };
  await cluster.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { MODE: 'fast' } });
  const adopted = await here('import', 'namespace', 'default', '--name', 'shop', '--out', 'shop.workflow.yaml');
  expect(adopted).toMatchObject({ code: 0, stdout: 'shop.workflow.yaml\n' });
  expect(adopted.stderr).toContain('1 objects became 1 nodes');
  expect(adopted.stderr).toContain('Proved by a dry-run: deploying it changes nothing but labels.');
  const command = /kubeorch (deploy .*)/.exec(adopted.stderr)?.[1]?.split(' ') ?? [];
  expect(command).toEqual(['deploy', 'shop.workflow.yaml', '--adopt', 'ConfigMap/settings']);
  const file = join(folder, 'shop.workflow.yaml');
  await writeFile(file, (await readFile(file, 'utf8')).replace('status: draft', 'status: published'));
  expect(await here(...command, '--yes')).toMatchObject({ code: 0 });
  const live = await cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'settings' });
  expect(live).toMatchObject({ data: { MODE: 'fast' }, metadata: { labels: { app: 'shop', 'app.kubernetes.io/managed-by': 'kubeorch' } } });
  expect((await here('import', 'namespace', 'default', '-o', 'json')).stderr).toContain('belongs to workflow "shop"');
});
