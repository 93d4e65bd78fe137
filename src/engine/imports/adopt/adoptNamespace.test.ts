import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../shared/json';
import type { KubeObject } from '../../../shared/kubeObject';
import { proveAdoption } from '../../../testing/adoptions';
import { DeployRig } from '../../../testing/deployRig';
import { until } from '../../../testing/until';
import { parseWorkflow } from '../../document/parse';
import { renderWorkflow } from '../../render';
import type { AdoptedNamespace } from './adoptNamespace';
import { adoptNamespace } from './adoptNamespace';

let rig: DeployRig;
beforeAll(async () => {
  rig = await DeployRig.start();
});
afterAll(() => rig.dispose());

function adopt(namespace: string): Promise<AdoptedNamespace> {
  const { cluster, clock, loaded, openApi } = rig;
  return adoptNamespace({ cluster, clock, target: { ...rig.target, namespace }, loaded, openApi });
}

async function there(namespace: string, objects: readonly JsonObject[]): Promise<void> {
  await rig.cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  for (const { metadata, ...rest } of objects)
    await rig.cluster.create({ ...rest, metadata: { ...(metadata as JsonObject), namespace } } as unknown as KubeObject, { fieldManager: 'kubectl-create' });
}

const selector = { matchLabels: { app: 'web' } };
const template = {
  metadata: { labels: { app: 'web' } },
  spec: {
    containers: [
      {
        name: 'nginx',
        image: 'nginx:1.29',
        ports: [{ containerPort: 8080, name: 'http' }],
        env: [
          { name: 'LEVEL', value: 'info' },
          { name: 'API_TOKEN', value: 's3cr3t-canary' },
        ],
        envFrom: [{ configMapRef: { name: 'web-config' } }],
        volumeMounts: [{ name: 'login', mountPath: '/run/login', readOnly: true }],
      },
    ],
    volumes: [{ name: 'login', secret: { secretName: 'login' } }],
  },
};
const shop: readonly JsonObject[] = [
  { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'web-config' }, data: { MODE: 'fast' } },
  { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'login' }, type: 'Opaque', data: { password: btoa('s3cr3t-canary') } },
  { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'sh.helm.release.v1.shop.v1' }, type: 'helm.sh/release.v1', data: { release: btoa('s3cr3t-canary') } },
  { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', labels: { app: 'shop' } }, spec: { replicas: 2, selector, template } },
  { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' }, spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 'http' }] } },
];

describe('adopting a namespace', () => {
  test('gives a workflow that would change nothing, whatever is there', { timeout: 60_000 }, async () => {
    for (const seed of [6, 8]) await proveAdoption(rig, seed, 'generated');
  });

  test('leaves out what controllers make, and keeps secrets on the cluster', async () => {
    await there('shop', shop);
    const { cluster } = rig;
    await until('two pods run', async () => (await cluster.list({ apiVersion: 'v1', kind: 'Pod' }, { namespace: 'shop' })).length === 2);
    const made = await adopt('shop');
    expect(made.text).toMatchInlineSnapshot(`
      "apiVersion: kubeorch.dev/v1alpha1
      kind: Workflow
      name: shop
      description: Adopted from namespace shop
      status: draft
      tags:
        - imported
        - namespace
      namespace: shop
      nodes:
        web-config:
          type: configmap
          data:
            MODE: fast
        web:
          type: deployment
          image: nginx:1.29
          replicas: 2
          port: 8080
          env:
            LEVEL: info
          volumeMounts:
            - type: volume
              name: login
              mountPath: /run/login
              readOnly: true
          containerName: nginx
          volumes:
            - name: login
              source:
                secret:
                  secretName: login
          version: null
          patch:
            metadata:
              labels:
                app: shop
            spec:
              template:
                metadata:
                  labels:
                    app.kubernetes.io/name: null
                    app.kubernetes.io/part-of: null
                    app.kubernetes.io/managed-by: null
                    kubeorch.dev/workflow: null
                    kubeorch.dev/node: null
        login:
          type: secret
          keys:
            - password
          valueFrom:
            secret: login
        web-service:
          type: service
          name: web
          ports:
            - port: 80
              targetPort: http
          patch:
            spec:
              ports:
                - port: 80
                  name: null
      edges:
        - login -> web
        - from: web-config
          to: web
          as: env
        - web-service -> web
      layout:
        web-config: [0, 0]
        login: [0, 162]
        web-service: [0, 324]
        web: [360, 147]
      "
    `);
    expect(made.losses.map(({ kind, path, reason }) => `${kind}: ${path}: ${reason}`)).toMatchInlineSnapshot(`
      [
        "note: ConfigMap: 1 left out, because others make them: the cluster.",
        "note: Deployment/web: Programs of the cluster wrote these, so they are left out: metadata.annotations.deployment.kubernetes.io/revision.",
        "lost: Deployment/web nginx API_TOKEN: The variable API_TOKEN looks like a secret, so its value is not written to a file. It stays on the cluster as it is.",
        "note: EndpointSlice: 1 left out, because others make them: Service web.",
        "note: Pod: 2 left out, because others make them: ReplicaSet web-tvj8k779nk.",
        "note: ReplicaSet: 1 left out, because others make them: Deployment web.",
        "note: Secret/login: It stays on the cluster with its values; the file has its name and keys.",
        "note: Secret/sh.helm.release.v1.shop.v1: A program keeps it for itself (helm.sh/release.v1).",
        "note: ServiceAccount: 1 left out, because others make them: the cluster.",
      ]
    `);
    expect(made.unproven).toEqual([]);
    expect(made.takes).toEqual([]);
    // The proof is one of the run that comes: what it would take over is taken over, and no pod is replaced.
    const text = made.text.replace('status: draft', 'status: published');
    const target = { ...rig.target, namespace: 'shop' };
    const pods = async (): Promise<ReadonlySet<string | undefined>> =>
      new Set((await cluster.list({ apiVersion: 'v1', kind: 'Pod' }, { namespace: 'shop' })).map(({ metadata }) => metadata.uid));
    const before = await pods();
    const { objects: rendered } = renderWorkflow({ workflow: parseWorkflow(text).workflow, loaded: rig.loaded, namespace: 'shop' });
    const events = await rig.deploy(text, {}, { target, rendered, choices: { adopt: made.adopts, take: made.takes } });
    expect(events.at(-1)).toMatchObject({ type: 'run:completed' });
    expect(await pods()).toEqual(before);
    // What is in a workflow is not adopted a second time.
    await expect(adopt('shop')).rejects.toThrow(/belongs to workflow "shop"/);
  });

  test('says that there is no such namespace, and that there is nothing in one', async () => {
    await expect(adopt('nowhere')).rejects.toThrow(/no namespace "nowhere"/);
    await there('void', []);
    await expect(adopt('void')).rejects.toThrow(/nothing to adopt in namespace "void": it has only what the cluster makes itself/);
  });
});
