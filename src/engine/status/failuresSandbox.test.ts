import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { StatusHint } from '../../shared/statusHint';
import { DeployRig } from '../../testing/deployRig';
import { until } from '../../testing/until';
import { LiveWorkflow } from './liveWorkflow';

interface Staged {
  readonly says: string;
  /** The nodes of a workflow, of which `it` fails. */
  readonly nodes: string;
  readonly reason: RegExp;
  readonly words: string;
  readonly hint: StatusHint;
}

const scenario = (name: string, more = ''): string =>
  `  it: { type: deployment, image: nginx:1, port: 80, podAnnotations: { sandbox.kubeorch.dev/scenario: ${name}${more} } }\n`;

const staged: readonly Staged[] = [
  {
    says: 'an image that is not there',
    nodes: '  it: { type: deployment, image: shop.example/nonexistent:1 }\n',
    reason: /^(ErrImagePull|ImagePullBackOff)$/,
    words: 'nonexistent:1: not found',
    hint: 'image.missing',
  },
  {
    says: 'an image name that is none',
    nodes: '  it: { type: deployment, image: UPPER }\n',
    reason: /^InvalidImageName$/,
    words: 'invalid reference format',
    hint: 'image.name',
  },
  { says: 'a crash loop', nodes: scenario('crash-loop'), reason: /^CrashLoopBackOff$/, words: 'exit code 1', hint: 'container.logs' },
  {
    says: 'exit code 137',
    nodes: scenario('crash-loop', ', sandbox.kubeorch.dev/exit-code: "137"'),
    reason: /^CrashLoopBackOff$/,
    words: 'exit code 137 (SIGKILL)',
    hint: 'container.killed',
  },
  { says: 'too little memory', nodes: scenario('oom'), reason: /^OOMKilled$/, words: 'exit code 137 (OOMKilled)', hint: 'container.memory' },
  { says: 'a readiness probe', nodes: scenario('never-ready'), reason: /^Unhealthy$/, words: 'Readiness probe failed', hint: 'probe.failing' },
  { says: 'a liveness probe', nodes: scenario('failing-liveness'), reason: /^CrashLoopBackOff$/, words: 'Liveness probe failed', hint: 'probe.failing' },
  { says: 'a full cluster', nodes: scenario('unschedulable'), reason: /^Unschedulable$/, words: 'nodes are available', hint: 'schedule.resources' },
  { says: 'a volume that is not mounted', nodes: scenario('failed-mount'), reason: /^FailedMount$/, words: 'unmounted volumes', hint: 'volume.mount' },
  {
    says: 'a claim that waits for a volume made by hand',
    nodes:
      '  it: { type: manifest, manifest: { apiVersion: v1, kind: PersistentVolumeClaim, spec: { storageClassName: "", accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Gi } } } } }\n',
    reason: /^FailedBinding$/,
    words: 'no storage class is set',
    hint: 'volume.class',
  },
  {
    says: 'a claim of a class that is not there',
    nodes: '  it: { type: persistentvolumeclaim, storage: 1Gi, storageClassName: gold }\n',
    reason: /^ProvisioningFailed$/,
    words: '"gold" not found',
    hint: 'volume.class',
  },
  {
    says: 'a quota',
    nodes:
      '  little: { type: manifest, manifest: { apiVersion: v1, kind: ResourceQuota, spec: { hard: { pods: "0" } } } }\n  it: { type: deployment, image: nginx:1 }\nedges:\n  - { from: it, to: little, relation: depends-on }\n',
    reason: /^FailedCreate$/,
    words: 'exceeded quota',
    hint: 'refused.quota',
  },
  {
    says: 'a selector that takes no pod',
    nodes: '  it: { type: service, port: 80, selector: { app: nobody } }\n',
    reason: /^NoMatchingPods$/,
    words: 'app=nobody',
    hint: 'service.selector',
  },
  {
    says: 'a key that the ConfigMap does not have',
    nodes:
      '  settings: { type: configmap, data: { A: b } }\n  it: { type: manifest, manifest: { apiVersion: v1, kind: Pod, spec: { containers: [{ name: main, image: nginx:1, env: [{ name: MODE, valueFrom: { configMapKeyRef: { name: settings, key: LOST } } }] }] } } }\n',
    reason: /^CreateContainerConfigError$/,
    words: "couldn't find key LOST in ConfigMap default/settings",
    hint: 'config.missing',
  },
];

describe('the sandbox stages a failure, which is named as on a real cluster:', () => {
  let rig: DeployRig;
  beforeAll(async () => {
    rig = await DeployRig.start();
  });
  afterAll(() => rig.dispose());

  test.each(staged)(
    '$says',
    async ({ says, nodes, reason, words, hint }) => {
      const name = `stage-${String(staged.findIndex((one) => one.says === says))}`;
      const text = `apiVersion: kubeorch.dev/v1alpha1\nkind: Workflow\nname: ${name}\nstatus: published\nnodes:\n${nodes}`;
      const objects = rig.render(text);
      const live = new LiveWorkflow({ cluster: rig.cluster, clock: rig.clock, logger: rig.logger, workflow: name, objects });
      try {
        expect((await rig.deploy(text)).at(-1)).toMatchObject({ type: 'run:completed' });
        const fits = (): boolean => {
          const status = live.statusOf('it');
          return reason.test(status?.reason ?? '') && status?.message.includes(words) === true;
        };
        await until('the failure is named', fits, 40_000).catch(() => undefined);
        const status = live.statusOf('it');
        expect({ reason: status?.reason, message: status?.message, hint: status?.hint }).toEqual({
          reason: expect.stringMatching(reason) as string,
          message: expect.stringContaining(words) as string,
          hint,
        });
      } finally {
        live.dispose();
        for (const { object } of objects) {
          const { apiVersion, kind, metadata } = object;
          await rig.cluster.delete({ apiVersion, kind, namespace: metadata.namespace ?? '', name: metadata.name });
        }
      }
    },
    60_000,
  );
});
