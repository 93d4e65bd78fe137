import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { systemClock } from '../node/systemClock';
import { startServer } from '../sandbox/startServer';
import { selfContainedKubeconfig } from '../e2e/cluster/administrator';
import { fieldManager, pod } from '../testing/contractRig';
import { startFaultProxy } from '../testing/faultProxy';
import { MemoryLogger } from '../testing/memoryLogger';
import { until } from '../testing/until';
import { clusterFromKubeconfig } from './connect';

/** Longer than the five minutes after which people come back to a terminal and expect it to answer. */
const idleMs = Number(process.env['IDLE_SECONDS'] ?? 310) * 1_000;
/** What common load balancers allow. */
const cutAfterMs = 60_000;

test('a terminal that nobody touches for five minutes, behind a proxy that cuts what is silent for one, still answers', async () => {
  // With KUBECONFIG (inside the test cluster's network) the real API server, else the sandbox.
  const real = process.env['KUBECONFIG'] !== undefined;
  const sandbox = real ? undefined : await startServer();
  const proxy = await startFaultProxy(sandbox?.kubeconfig ?? (await selfContainedKubeconfig()));
  proxy.cutIdleAfter(cutAfterMs);
  const cluster = await clusterFromKubeconfig({ text: proxy.kubeconfig, clock: systemClock(), logger: new MemoryLogger() });
  const namespace = `idle-${Date.now().toString(36)}`;
  try {
    await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }, { fieldManager });
    await cluster.apply(pod(namespace, 'shell'), { fieldManager });
    const phase = async (): Promise<unknown> => (await cluster.get({ apiVersion: 'v1', kind: 'Pod', namespace, name: 'shell' }))?.status?.['phase'];
    await until('the pod runs', async () => (await phase()) === 'Running', 60_000);
    const session = await cluster.exec({ namespace, pod: 'shell', container: 'main', command: ['/bin/sh'], tty: true, stdin: true });
    let screen = '';
    const reading = (async () => {
      for await (const { bytes } of session.output) screen += Buffer.from(bytes).toString('utf8');
    })();
    session.resize(80, 24);
    const startMs = Date.now();
    await new Promise((resolve) => setTimeout(resolve, idleMs));
    const askedMs = Date.now();
    await session.write(Buffer.from('echo "still"-here\r'));
    await until('the answer', () => screen.includes('still-here'), 10_000);
    const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
    console.log(
      `terminals: idle for ${Math.round((askedMs - startMs) / 1_000)} s on ${real ? 'the real API server' : 'the sandbox'} behind a ${cutAfterMs / 1_000} s proxy, answered after ${Date.now() - askedMs} ms; no seed; commit ${commit}`,
    );
    await session.write(Buffer.from('exit\r'));
    await reading;
    expect(await session.exit).toMatchObject({ exitCode: 0, clean: true });
  } finally {
    await cluster.delete({ apiVersion: 'v1', kind: 'Namespace', namespace: '', name: namespace });
    cluster.dispose();
    await proxy.close();
    await sandbox?.close();
  }
});
