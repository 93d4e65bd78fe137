import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Cluster, WatchEvent } from '../../engine/ports';
import { clusterFromKubeconfig } from '../../kube';
import type { ApiServer } from '../../testing/apiServer';
import { hasApiServer, startApiServer } from '../../testing/apiServer';
import { configMap } from '../../testing/contractRig';
import { MemoryLogger } from '../../testing/memoryLogger';
import { PacedClock } from '../../testing/pacedClock';
import { until } from '../../testing/until';

const kinds = [
  ['v1', 'ConfigMap'],
  ['v1', 'Secret'],
  ['v1', 'Service'],
  ['v1', 'Pod'],
  ['v1', 'PersistentVolumeClaim'],
  ['apps/v1', 'Deployment'],
  ['apps/v1', 'StatefulSet'],
  ['apps/v1', 'ReplicaSet'],
  ['batch/v1', 'Job'],
  ['networking.k8s.io/v1', 'Ingress'],
] as const;

/** One watch: when it last told that it is in step with the server, and what it knows. */
class Follower {
  readonly names = new Set<string>();
  inStepAtMs: number | undefined;
  inStep = false;

  take(event: WatchEvent): void {
    if (event.type === 'upsert') this.names.add(event.object.metadata.name);
    if (event.type === 'delete') this.names.delete(event.object.metadata.name);
    if (event.type === 'disconnected') this.inStep = false;
    if (event.type === 'synced' || event.type === 'connected') {
      this.inStep = true;
      this.inStepAtMs = performance.now();
    }
  }
}

describe.skipIf(!hasApiServer())('an API server that is killed', () => {
  let server: ApiServer;
  let cluster: Cluster;
  let followers: Follower[];
  const logger = new MemoryLogger();

  beforeAll(async () => {
    server = await startApiServer();
    cluster = await clusterFromKubeconfig({ text: server.kubeconfig, clock: new PacedClock(), logger, environment: {} });
    await cluster.apply(configMap('default', 'before', { turn: '1' }), { fieldManager: 'kubeorch' });
    followers = kinds.map(([apiVersion, kind]) => {
      const follower = new Follower();
      cluster.watch({ apiVersion, kind }, { namespace: 'default' }, (event) => follower.take(event));
      return follower;
    });
    await until('every watch has begun', () => followers.every((follower) => follower.inStep));
  });
  afterAll(async () => {
    cluster?.dispose();
    await server?.close();
  });

  test('is told at once as lost, and all watches are in step within a second of its first answer', async () => {
    const fromPortMs: number[] = [];
    const fromAnswerMs: number[] = [];
    for (let turn = 0; turn < 3; turn++) {
      const killedAtMs = performance.now();
      await server.kill();
      await until('every watch says that it is lost', () => followers.every((follower) => !follower.inStep));
      expect(performance.now() - killedAtMs).toBeLessThan(3_000);
      server.start();
      await until('the port opens', () => server.accepts(), 60_000);
      const openedAtMs = performance.now();
      // The server takes connections before it answers on them; a bare request tells how long that lasts.
      await server.untilAnswers();
      const answersAtMs = performance.now();
      await until('every watch is in step', () => followers.every((follower) => follower.inStep), 30_000);
      const inStepAtMs = Math.max(...followers.map((follower) => follower.inStepAtMs ?? Infinity));
      fromPortMs.push(Math.round(inStepAtMs - openedAtMs));
      fromAnswerMs.push(Math.round(inStepAtMs - answersAtMs));
      await server.untilReady();
      await cluster.apply(configMap('default', `after-${turn}`, {}), { fieldManager: 'kubeorch' });
      await until('what came afterwards is told', () => followers[0]?.names.has(`after-${turn}`) === true);
    }
    console.log(
      `${kinds.length} watches in step: ${fromPortMs.join(', ')} ms after the port opened, ${fromAnswerMs.join(', ')} ms after the server's first answer`,
    );
    expect(logger.lines.filter((line) => line.startsWith('error'))).toEqual([]);
    expect(Math.max(...fromAnswerMs)).toBeLessThan(1_000);
  });
});
