import { execFile } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RenderedObject } from '../../engine/render';
import { LiveWorkflow } from '../../engine/status/liveWorkflow';
import type { Cluster } from '../../engine/ports';
import { clusterFromKubeconfig } from '../../kube';
import type { JsonObject } from '../../shared/json';
import type { KubeObject } from '../../shared/kubeObject';
import { fieldManager, image } from '../../testing/contractRig';
import { MemoryLogger } from '../../testing/memoryLogger';
import { PacedClock } from '../../testing/pacedClock';
import { until } from '../../testing/until';
import { selfContainedKubeconfig } from './administrator';

const namespace = `live-${Date.now().toString(36)}`;
const labels = { 'kubeorch.dev/workflow': 'shop', 'app.kubernetes.io/managed-by': 'kubeorch' };
const clock = new PacedClock();

function rendered(nodeId: string, apiVersion: string, kind: string, spec: JsonObject = {}, more: Partial<KubeObject> = {}): RenderedObject {
  return { nodeId, object: { apiVersion, kind, metadata: { name: nodeId, namespace, labels }, spec, ...more }, secretKeys: [], namespaced: true };
}

const podSpec = (volumes: readonly (JsonObject & { readonly name: string })[] = []): JsonObject => ({
  metadata: { labels: { ...labels, app: 'x' } },
  spec: {
    terminationGracePeriodSeconds: 0,
    containers: [
      {
        name: 'main',
        image,
        command: ['sleep', '3600'],
        ...(volumes.length === 0 ? {} : { volumeMounts: volumes.map((volume) => ({ name: volume.name, mountPath: '/data' })) }),
      },
    ],
    ...(volumes.length === 0 ? {} : { volumes }),
  },
});
const settings = rendered('settings', 'v1', 'ConfigMap', undefined, { data: { MODE: 'test' } });
const mounting = rendered('mounting', 'apps/v1', 'Deployment', {
  replicas: 1,
  selector: { matchLabels: { app: 'x' } },
  template: podSpec([{ name: 'v', configMap: { name: 'no-such-map' } }]),
});
const refused = rendered('refused', 'apps/v1', 'StatefulSet', {
  replicas: 1,
  serviceName: 'refused',
  selector: { matchLabels: { app: 'x' } },
  template: podSpec(),
});

async function kubectl(...args: string[]): Promise<string> {
  return new Promise((resolve, reject) =>
    execFile(process.env['KUBECTL'] ?? 'kubectl', args, (error, stdout, stderr) => (error === null ? resolve(stdout.trim()) : reject(new Error(stderr)))),
  );
}

describe('what a workflow shows of a real cluster', () => {
  let admin: Cluster;

  beforeAll(async () => {
    admin = await clusterFromKubeconfig({ text: await selfContainedKubeconfig(), clock, logger: new MemoryLogger() });
    await kubectl('create', 'namespace', namespace);
    await admin.apply({ ...settings.object, spec: undefined } as unknown as KubeObject, { fieldManager });
  });
  afterAll(async () => {
    await kubectl('delete', 'namespace', namespace, '--wait=false');
    admin.dispose();
  });

  const follow = (cluster: Cluster, ...objects: readonly RenderedObject[]): LiveWorkflow =>
    new LiveWorkflow({ cluster, clock, logger: new MemoryLogger(), workflow: 'shop', objects });

  test('is why a pod cannot mount and why a stateful set may make none, out of the warnings of the namespace', async () => {
    await admin.apply(mounting.object, { fieldManager });
    const live = follow(admin, mounting, refused);
    try {
      await until('the volume is named', () => live.statusOf('mounting')?.reason === 'FailedMount', 60_000);
      expect(live.statusOf('mounting')?.message).toContain('no-such-map');
      await kubectl('-n', namespace, 'create', 'quota', 'none-left', '--hard=pods=1');
      await until(
        'the quota counts',
        async () => (await admin.get({ apiVersion: 'v1', kind: 'ResourceQuota', namespace, name: 'none-left' }))?.status?.['used'] !== undefined,
        30_000,
      );
      await admin.apply(refused.object, { fieldManager });
      await until('the quota is named', () => live.statusOf('refused')?.reason === 'FailedCreate', 60_000);
      expect(live.statusOf('refused')).toMatchObject({ state: 'error' });
      expect(live.statusOf('refused')?.message).toContain('exceeded quota: none-left');
      expect(live.snapshot().health).toEqual({ connected: true });
    } finally {
      live.dispose();
    }
  }, 180_000);

  test('is all that somebody with rights in one namespace may see, what is missing named, and more as soon as it may be seen', async () => {
    await kubectl('-n', namespace, 'create', 'serviceaccount', 'dev');
    await kubectl('-n', namespace, 'create', 'role', 'dev', '--verb=get,list,watch', '--resource=configmaps,deployments.apps');
    await kubectl('-n', namespace, 'create', 'rolebinding', 'dev', '--role=dev', `--serviceaccount=${namespace}:dev`);
    const token = await kubectl('-n', namespace, 'create', 'token', 'dev');
    // A client certificate would win over the token, so this user has nothing else.
    const text = (await selfContainedKubeconfig(token)).replace(/^ *client-(certificate|key)(-data)?:.*\n/gm, '');
    const cluster = await clusterFromKubeconfig({ text, clock, logger: new MemoryLogger() });
    await kubectl('-n', namespace, 'delete', 'quota', 'none-left', '--ignore-not-found');
    const live = follow(cluster, settings, mounting);
    try {
      await live.settled(AbortSignal.timeout(30_000));
      await until('all is known that may be', () => live.statusOf('settings')?.state === 'healthy' && live.snapshot().health.forbidden?.length === 3, 30_000);
      expect(live.snapshot().health).toEqual({
        connected: true,
        forbidden: [
          { verb: 'list', resource: 'events', namespace },
          { verb: 'list', resource: 'pods', namespace },
          { verb: 'list', resource: 'replicasets.apps', namespace },
        ],
      });
      expect(Object.values(live.snapshot().nodes).filter((status) => status.staleSince !== undefined)).toEqual([]);
      await kubectl('-n', namespace, 'create', 'role', 'more', '--verb=get,list,watch', '--resource=events,pods,replicasets.apps');
      await kubectl('-n', namespace, 'create', 'rolebinding', 'more', '--role=more', `--serviceaccount=${namespace}:dev`);
      await until(
        'the new rights are found',
        () => {
          // A refusal is looked at again once a minute; a person who asks has it at once.
          cluster.retryNow();
          return live.snapshot().health.forbidden === undefined;
        },
        30_000,
      );
      expect(live.podsOf('mounting')).toHaveLength(1);
    } finally {
      live.dispose();
      cluster.dispose();
    }
  }, 120_000);
});
