import { execFile } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RenderedObject } from '../../engine/render';
import { LiveWorkflow } from '../../engine/status/liveWorkflow';
import type { Cluster } from '../../engine/ports';
import { clusterFromKubeconfig } from '../../kube';
import type { JsonObject } from '../../shared/json';
import type { KubeObject } from '../../shared/kubeObject';
import type { NodeStatus } from '../../shared/nodeStatus';
import { fieldManager, image } from '../../testing/contractRig';
import { MemoryLogger } from '../../testing/memoryLogger';
import { PacedClock } from '../../testing/pacedClock';
import { until } from '../../testing/until';
import { selfContainedKubeconfig } from './administrator';

const namespace = `failures-${Date.now().toString(36)}`;
const labels = { 'kubeorch.dev/workflow': 'broken', 'app.kubernetes.io/managed-by': 'kubeorch' };
const clock = new PacedClock();

async function kubectl(...args: string[]): Promise<string> {
  return new Promise((resolve, reject) =>
    execFile(process.env['KUBECTL'] ?? 'kubectl', ['-n', namespace, ...args], (error, stdout, stderr) =>
      error === null ? resolve(stdout.trim()) : reject(new Error(stderr)),
    ),
  );
}

function node(nodeId: string, apiVersion: string, kind: string, parts: Partial<KubeObject>, name = nodeId): RenderedObject {
  return { nodeId, object: { apiVersion, kind, metadata: { name, namespace, labels }, ...parts }, secretKeys: [], namespaced: true };
}

/** One replica of the probe image, which serves HTTP on 8080, with one thing about it changed. */
function deployment(nodeId: string, container: JsonObject, pod: JsonObject = {}): RenderedObject {
  const app = { app: nodeId };
  return node(nodeId, 'apps/v1', 'Deployment', {
    spec: {
      replicas: 1,
      // A mended template takes the place of the broken one and not a place beside it.
      strategy: { type: 'Recreate' },
      selector: { matchLabels: app },
      template: {
        metadata: { labels: { ...labels, ...app } },
        spec: { terminationGracePeriodSeconds: 0, ...pod, containers: [{ name: 'main', image, imagePullPolicy: 'IfNotPresent', ...container }] },
      },
    },
  });
}

const fromConfig = (key: string): JsonObject => ({ env: [{ name: 'MODE', valueFrom: { configMapKeyRef: { name: 'settings', key } } }] });
const fromSecret = (name: string): JsonObject => ({ envFrom: [{ secretRef: { name } }] });
const probeOf = (port: number): JsonObject => ({ readinessProbe: { httpGet: { path: '/', port }, periodSeconds: 1 } });

interface Failure {
  readonly fails: string;
  readonly broken: RenderedObject;
  /** The same object without the fault. */
  readonly mended: RenderedObject;
  readonly expected: Partial<NodeStatus>;
  /** What the cluster says of it, which the status has to carry. */
  readonly words: RegExp;
}

const failures: readonly Failure[] = [
  {
    fails: 'an image that is not there',
    broken: deployment('no-image', { image: 'docker.io/library/nowhere:1' }),
    mended: deployment('no-image', {}),
    expected: { state: 'error' },
    words: /^(ErrImagePull|ImagePullBackOff): container main: .*nowhere:1/,
  },
  {
    fails: 'an image name that is none',
    broken: deployment('bad-name', { image: 'docker.io/library/UPPER:1' }),
    mended: deployment('bad-name', {}),
    expected: { state: 'error', reason: 'InvalidImageName', hint: 'image.name' },
    words: /invalid reference format/,
  },
  {
    fails: 'a container that crashes',
    broken: deployment('crashing', { command: ['sh', '-c', 'exit 3'] }),
    mended: deployment('crashing', {}),
    expected: { state: 'error', reason: 'CrashLoopBackOff', hint: 'container.logs' },
    words: /container main ended with exit code 3/,
  },
  {
    fails: 'an init container that crashes',
    broken: deployment('first-fails', {}, { initContainers: [{ name: 'migrate', image, command: ['sh', '-c', 'exit 4'] }] }),
    mended: deployment('first-fails', {}, { initContainers: [{ name: 'migrate', image, command: ['true'] }] }),
    expected: { state: 'error', reason: 'CrashLoopBackOff' },
    words: /init container migrate ended with exit code 4/,
  },
  {
    fails: 'exit code 137, which is a kill',
    broken: deployment('killed', { command: ['sh', '-c', 'exit 137'] }),
    mended: deployment('killed', {}),
    expected: { state: 'error', reason: 'CrashLoopBackOff', hint: 'container.killed' },
    words: /exit code 137 \(SIGKILL\)/,
  },
  {
    fails: 'too little memory',
    broken: deployment('hungry', { command: ['tail', '/dev/zero'], resources: { limits: { memory: '16Mi' } } }),
    mended: deployment('hungry', { resources: { limits: { memory: '64Mi' } } }),
    expected: { state: 'error', reason: 'OOMKilled', hint: 'container.memory' },
    words: /exit code 137 \(OOMKilled\)/,
  },
  {
    fails: 'a readiness probe of the wrong port',
    broken: deployment('bad-probe', probeOf(9)),
    mended: deployment('bad-probe', probeOf(8080)),
    expected: { state: 'pending', reason: 'Unhealthy', hint: 'probe.failing' },
    words: /Readiness probe failed: .*connection refused/,
  },
  {
    fails: 'a key that the ConfigMap does not have',
    broken: deployment('no-key', fromConfig('LOST')),
    mended: deployment('no-key', fromConfig('MODE')),
    expected: { state: 'error', reason: 'CreateContainerConfigError', hint: 'config.missing' },
    words: /couldn't find key LOST in ConfigMap .*settings/,
  },
  {
    fails: 'a Secret that is not there',
    broken: deployment('no-secret', fromSecret('lost')),
    mended: deployment('no-secret', fromSecret('token')),
    expected: { state: 'error', reason: 'CreateContainerConfigError', hint: 'config.missing' },
    words: /secret "lost" not found/,
  },
  {
    fails: 'more CPU than any machine has',
    broken: deployment('greedy', { resources: { requests: { cpu: '1000' } } }),
    mended: deployment('greedy', { resources: { requests: { cpu: '1m' } } }),
    expected: { state: 'error', reason: 'Unschedulable', hint: 'schedule.resources' },
    words: /nodes are available: .*Insufficient cpu/,
  },
];

let admin: Cluster;
beforeAll(async () => {
  admin = await clusterFromKubeconfig({ text: await selfContainedKubeconfig(), clock, logger: new MemoryLogger() });
  await kubectl('create', 'namespace', namespace);
  await kubectl('create', 'configmap', 'settings', '--from-literal=MODE=test');
  await kubectl('create', 'secret', 'generic', 'token', '--from-literal=TOKEN=x');
});
afterAll(async () => {
  await kubectl('delete', 'namespace', namespace, '--wait=false');
  admin.dispose();
});

function follow(...objects: readonly RenderedObject[]): LiveWorkflow {
  return new LiveWorkflow({ cluster: admin, clock, logger: new MemoryLogger(), workflow: 'broken', objects });
}

/** Waits until the node's status is what is expected and carries the words; what it was instead is in the failure. */
async function comes(live: LiveWorkflow, nodeId: string, expected: Partial<NodeStatus>, words: RegExp, timeoutMs = 60_000): Promise<void> {
  const fits = (): boolean => {
    const status = live.statusOf(nodeId);
    const keys = Object.keys(expected) as (keyof NodeStatus)[];
    return status !== undefined && keys.every((key) => status[key] === expected[key]) && words.test(status.message);
  };
  await until(`${nodeId} says so`, fits, timeoutMs).catch(() => undefined);
  expect(live.statusOf(nodeId)).toMatchObject({ ...expected, message: expect.stringMatching(words) as string });
}

describe('a failure on a real cluster is named by its reason, in the words of the cluster, and forgotten when it is mended', () => {
  test.each(failures)(
    '$fails',
    async ({ broken, mended, expected, words }) => {
      const live = follow(broken);
      try {
        await admin.apply(broken.object, { fieldManager });
        await comes(live, broken.nodeId, expected, words);
        await admin.apply(mended.object, { fieldManager });
        await comes(live, broken.nodeId, { state: 'healthy', ready: 1 }, /^All 1 pods ready$/);
        expect(live.statusOf(broken.nodeId)?.reason).toBeUndefined();
        expect(live.statusOf(broken.nodeId)?.hint).toBeUndefined();
      } finally {
        live.dispose();
        await kubectl('delete', 'deployment', broken.nodeId, '--wait=false');
      }
    },
    150_000,
  );

  test('a readiness that comes and goes', async () => {
    const flapping = deployment('flapping', {
      command: ['sh', '-c', 'touch /tmp/ready; exec sleep 3600'],
      readinessProbe: { exec: { command: ['cat', '/tmp/ready'] }, periodSeconds: 1, failureThreshold: 1 },
    });
    const live = follow(flapping);
    const inside = async (command: string): Promise<string> => kubectl('exec', 'deployment/flapping', '--', 'sh', '-c', command);
    try {
      await admin.apply(flapping.object, { fieldManager });
      await comes(live, 'flapping', { state: 'healthy', ready: 1 }, /All 1 pods ready/);
      await inside('rm /tmp/ready');
      await comes(live, 'flapping', { state: 'pending', ready: 0, reason: 'Unhealthy' }, /Readiness probe failed: .*\/tmp\/ready/);
      await inside('touch /tmp/ready');
      await comes(live, 'flapping', { state: 'healthy', ready: 1 }, /All 1 pods ready/);
    } finally {
      live.dispose();
      await kubectl('delete', 'deployment', 'flapping', '--wait=false');
    }
  }, 150_000);

  test('a Service whose selector takes no pod', async () => {
    const web = deployment('web', {});
    const service = (app: string): RenderedObject => node('web-svc', 'v1', 'Service', { spec: { selector: { app }, ports: [{ port: 80, targetPort: 8080 }] } });
    const live = follow(web, service('wbe'));
    try {
      await admin.apply(web.object, { fieldManager });
      await admin.apply(service('wbe').object, { fieldManager });
      await comes(live, 'web-svc', { state: 'error', reason: 'NoMatchingPods', hint: 'service.selector' }, /No running pod matches its selector app=wbe/);
      await admin.apply(service('web').object, { fieldManager });
      await comes(live, 'web-svc', { state: 'healthy' }, /^1 endpoint ready$/);
    } finally {
      live.dispose();
      await kubectl('delete', 'deployment/web', 'service/web-svc', '--wait=false');
    }
  }, 150_000);

  test('a claim without a class, until somebody makes a volume', async () => {
    const claim = node('data', 'v1', 'PersistentVolumeClaim', { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } } });
    const using = deployment('using', {}, { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }] });
    const live = follow(claim, using);
    const volume = `${namespace}-data`;
    try {
      await admin.apply(claim.object, { fieldManager });
      await admin.apply(using.object, { fieldManager });
      await comes(live, 'data', { state: 'pending', reason: 'FailedBinding', hint: 'volume.class' }, /no storage class is set/);
      await comes(live, 'using', { state: 'error', reason: 'Unschedulable', hint: 'volume.unbound' }, /unbound immediate PersistentVolumeClaims/);
      await admin.apply(
        {
          apiVersion: 'v1',
          kind: 'PersistentVolume',
          metadata: { name: volume },
          spec: {
            capacity: { storage: '1Mi' },
            accessModes: ['ReadWriteOnce'],
            claimRef: { namespace, name: 'data' },
            hostPath: { path: `/tmp/${volume}`, type: 'DirectoryOrCreate' },
          },
        },
        { fieldManager },
      );
      await comes(live, 'data', { state: 'healthy', phase: 'Bound', volumeName: volume }, /bound/);
      await comes(live, 'using', { state: 'healthy', ready: 1 }, /All 1 pods ready/);
    } finally {
      live.dispose();
      await kubectl('delete', 'deployment/using', 'persistentvolumeclaim/data', '--wait=false');
      await kubectl('delete', 'persistentvolume', volume, '--wait=false', '--ignore-not-found');
    }
  }, 200_000);

  test('a quota that lets no pod be made, until there is more of it', async () => {
    const refused = deployment('refused', { resources: { requests: { cpu: '1m' } } });
    const live = follow(refused);
    try {
      await kubectl('create', 'quota', 'little', '--hard=pods=0');
      await until(
        'the quota counts',
        async () => (await admin.get({ apiVersion: 'v1', kind: 'ResourceQuota', namespace, name: 'little' }))?.status?.['used'] !== undefined,
        30_000,
      );
      await admin.apply(refused.object, { fieldManager });
      await comes(live, 'refused', { state: 'error', reason: 'FailedCreate', hint: 'refused.quota' }, /exceeded quota: little/);
      await kubectl('delete', 'quota', 'little');
      await comes(live, 'refused', { state: 'healthy', ready: 1 }, /All 1 pods ready/, 120_000);
    } finally {
      live.dispose();
      await kubectl('delete', 'quota', 'little', '--ignore-not-found');
      await kubectl('delete', 'deployment', 'refused', '--wait=false');
    }
  }, 240_000);

  test('an object that a finalizer keeps', async () => {
    const kept = node('kept', 'v1', 'ConfigMap', { data: { A: 'b' } });
    const live = follow(kept);
    try {
      await admin.apply({ ...kept.object, metadata: { ...kept.object.metadata, finalizers: ['example.com/keep'] } }, { fieldManager });
      await comes(live, 'kept', { state: 'healthy' }, /1 key/);
      await kubectl('delete', 'configmap', 'kept', '--wait=false');
      await comes(live, 'kept', { state: 'pending', reason: 'Terminating', hint: 'deletion.finalizer' }, /held by finalizer example.com\/keep/);
    } finally {
      await kubectl('patch', 'configmap', 'kept', '--type=merge', '-p', '{"metadata":{"finalizers":null}}');
      await until('it is gone', () => live.statusOf('kept')?.state === 'missing', 30_000);
      live.dispose();
    }
  }, 90_000);
});
