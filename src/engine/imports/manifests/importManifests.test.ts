import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '../../../shared/json';
import { isJsonObject, valueAt, withValueAt } from '../../../shared/json';
import { problemText } from '../../../shared/problem';
import type { Workflow } from '../../../shared/workflow';
import { coreCatalog, shippedOpenApi } from '../../../testing/coreCatalog';
import { goldenWorkflows } from '../../../testing/goldenWorkflows';
import { validationBases } from '../../../testing/validationBases';
import { checkWorkflow } from '../../check';
import type { ParsedWorkflow } from '../../document/parse';
import { parseWorkflow } from '../../document/parse';
import { ownLabels } from '../../labels';
import { renderWorkflow } from '../../render';
import type { ManifestImport } from './importManifests';
import { importManifests } from './importManifests';
import { meaningOf } from './meaning';

const loaded = await coreCatalog();
const openApi = await shippedOpenApi();
const kinds = resolve(import.meta.dirname, '../../kinds');

function imported(text: string, name?: string): ManifestImport {
  return importManifests({ texts: [{ file: 'all.yaml', text }], loaded, openApi, ...(name === undefined ? {} : { name }) });
}

/** What a workflow makes, Secrets with values as a cluster has them. */
function objectsOf(workflow: Workflow): readonly JsonObject[] {
  return renderWorkflow({ workflow, loaded, namespace: workflow.namespace }).objects.map(({ object, secretKeys }) => {
    const made = object as unknown as JsonObject;
    return secretKeys.length === 0 ? made : { ...made, data: Object.fromEntries(secretKeys.map((key) => [key, btoa('s3cr3t-canary')])) };
  });
}

/** Objects by kind and name, as the API server understands them. Which node made them is told by labels that are not compared. */
function meanings(objects: readonly JsonObject[]): ReadonlyMap<string, JsonObject> {
  return new Map(
    objects.map((object) => {
      const plain = JSON.parse(
        JSON.stringify(object)
          .replaceAll(/"kubeorch\.dev\/node":"[^"]*",?/g, '')
          .replaceAll(',}', '}'),
      ) as JsonObject;
      const { name, namespace } = plain['metadata'] as JsonObject;
      return [JSON.stringify([plain['apiVersion'], plain['kind'], namespace, name]), meaningOf(openApi, plain)] as const;
    }),
  );
}

describe('importing what was rendered', async () => {
  const files = await goldenWorkflows(loaded.catalog.kinds.filter((kind) => kind.renderedBy === undefined).map((kind) => kind.type));

  test.each(files)('gives %s again', async (file) => {
    const source = parseWorkflow(await readFile(join(kinds, file), 'utf8'));
    const { workflow } = source;
    const before = objectsOf(workflow);
    if (before.length === 0) return;
    const text = before.map((object) => JSON.stringify(object)).join('\n---\n');
    const made = imported(text, workflow.name);
    expect(parseWorkflow(made.text).problems.filter((problem) => problem.severity === 'error')).toEqual([]);
    const parsed = parseWorkflow(made.text);
    const again = parsed.workflow;
    const errors = (one: ParsedWorkflow): readonly string[] =>
      checkWorkflow({ parsed: one, loaded, openApi }).flatMap((problem) => (problem.severity === 'error' ? [problemText(problem)] : []));
    if (errors(source).length === 0) expect(errors(parsed)).toEqual([]);
    const after = objectsOf(again);
    expect(meanings(after)).toEqual(meanings(before));
    expect(made.text).not.toContain(btoa('s3cr3t-canary'));
    // What is written out there is written out here, and the ExternalSecret that a Secret may stand for.
    const written = (one: Workflow): number => one.nodes.filter((node) => node.data['patch'] !== undefined || node.type === 'manifest').length;
    expect(written(again)).toBeLessThanOrEqual(written(workflow) + before.filter((object) => object['kind'] === 'ExternalSecret').length);
    // What comes of what came is the same to the letter.
    const twice = imported(after.map((object) => JSON.stringify(object)).join('\n---\n'), workflow.name);
    expect(objectsOf(twice.workflow)).toEqual(after);
  });
});

describe('importing sound objects', () => {
  /** An object without some of its parts, which may leave it unsound. */
  const parts = (value: JsonValue, path: readonly (string | number)[] = []): readonly (readonly (string | number)[])[] => {
    const inner = Array.isArray(value)
      ? (value as readonly JsonValue[]).map((item, index) => [index, item] as const)
      : isJsonObject(value)
        ? Object.entries(value)
        : [];
    return inner.flatMap(([key, item]) => [[...path, key], ...parts(item, [...path, key])]);
  };
  const proveCarried = (object: JsonObject): void => {
    const made = imported(JSON.stringify(object));
    const [rendered] = objectsOf(parseWorkflow(made.text).workflow);
    expect(withoutOurLabels(rendered ?? {}, object)).toEqual(withoutOurLabels(object, object));
  };
  /** What an object means, but for the labels that a workflow puts on it, and for a Secret's values. */
  const withoutOurLabels = (object: JsonObject, original: JsonObject): JsonObject => {
    const { data, stringData, ...rest } = object;
    let made = meaningOf(
      openApi,
      object['kind'] === 'Secret' ? rest : { ...rest, ...(data === undefined ? {} : { data }), ...(stringData === undefined ? {} : { stringData }) },
    );
    for (const path of [
      ['metadata', 'labels'],
      ['metadata', 'namespace'],
      ['spec', 'template', 'metadata', 'labels'],
      ['spec', 'jobTemplate', 'metadata', 'labels'],
      ['spec', 'jobTemplate', 'spec', 'template', 'metadata', 'labels'],
    ]) {
      const [labels, before] = [valueAt(made, path), valueAt(original, path)];
      const kept = Object.entries(isJsonObject(labels) ? labels : {}).filter(
        ([key]) => !ownLabels.includes(key) || (path[0] === 'spec' && valueAt(before, [key]) !== undefined && key !== 'app.kubernetes.io/managed-by'),
      );
      if (isJsonObject(labels)) made = withValueAt(made, path, kept.length === 0 ? undefined : Object.fromEntries(kept)) as JsonObject;
      const parent = path.slice(0, -1);
      const left = valueAt(made, parent);
      if (parent.length > 1 && isJsonObject(left) && Object.keys(left).length === 0) made = withValueAt(made, parent, undefined) as JsonObject;
    }
    return made;
  };

  test.each(validationBases.map((base) => [base.name, base.object as unknown as JsonObject] as const))(
    'carries %s whole, and with any of its parts missing',
    (_name, object) => {
      proveCarried(object);
      fc.assert(
        fc.property(fc.subarray([...parts(object)].filter((path) => !['apiVersion', 'kind', 'metadata'].includes(String(path[0])))), (missing) => {
          proveCarried(
            [...missing]
              .slice(-3)
              .reverse()
              .reduce<JsonObject>((made, path) => (valueAt(made, path) === undefined ? made : (withValueAt(made, path, undefined) as JsonObject)), object),
          );
        }),
        { numRuns: 8 },
      );
    },
  );
});

const shop = `# Source: shop/templates/all.yaml
apiVersion: v1
kind: ServiceAccount
metadata: { name: shop-api, namespace: shop }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: shop-config, namespace: shop, uid: 1, resourceVersion: "7", creationTimestamp: null }
data: { MODE: fast }
---
apiVersion: v1
kind: Secret
metadata:
  name: shop-db
  namespace: shop
  annotations: { kubectl.kubernetes.io/last-applied-configuration: '{"stringData":{"PASSWORD":"s3cr3t-canary"}}' }
stringData: { PASSWORD: s3cr3t-canary }
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop-api
  namespace: shop
  labels: { app.kubernetes.io/name: api, app.kubernetes.io/instance: shop, app.kubernetes.io/managed-by: Helm, helm.sh/chart: shop-1 }
spec:
  replicas: 3
  selector: { matchLabels: { app.kubernetes.io/name: api, app.kubernetes.io/instance: shop } }
  template:
    metadata: { labels: { app.kubernetes.io/name: api, app.kubernetes.io/instance: shop } }
    spec:
      serviceAccountName: shop-api
      containers:
        - name: api
          image: ghcr.io/acme/api:1
          ports: [{ name: http, containerPort: 8080, protocol: TCP }]
          tty: true
          envFrom: [{ configMapRef: { name: shop-config } }]
          env:
            - { name: DB_PASSWORD, valueFrom: { secretKeyRef: { name: shop-db, key: PASSWORD } } }
          volumeMounts: [{ name: db, mountPath: /run/db, readOnly: true }]
          livenessProbe: { httpGet: { path: /live, port: http } }
      volumes: [{ name: db, secret: { secretName: shop-db } }]
---
apiVersion: v1
kind: Service
metadata: { name: shop-api, namespace: shop }
spec:
  selector: { app.kubernetes.io/name: api, app.kubernetes.io/instance: shop }
  ports: [{ port: 80, targetPort: http }]
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: shop-api, namespace: shop }
spec:
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: shop-api }
  maxReplicas: 9
  metrics: [{ type: Resource, resource: { name: cpu, target: { type: Utilization, averageUtilization: 70 } } }]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: shop, namespace: shop }
spec:
  ingressClassName: traefik
  rules:
    - host: shop.example.com
      http:
        paths:
          - { path: /, pathType: Prefix, backend: { service: { name: shop-api, port: { number: 80 } } } }
---
apiVersion: example.com/v1
kind: Cache
metadata: { name: cache, namespace: shop }
spec: { size: 3 }
---
apiVersion: v1
kind: List
items:
  - apiVersion: v1
    kind: Pod
    metadata: { name: shop-api-1, namespace: shop, ownerReferences: [{ apiVersion: apps/v1, kind: ReplicaSet, name: shop-api-1, uid: 2, controller: true }] }
    spec: { containers: [{ name: api, image: x }] }
`;

describe('importing what others wrote', () => {
  test('makes nodes with what they say, edges for what leads to one another, and tells what is left out', () => {
    const made = imported(shop);
    expect(made.text).not.toContain('s3cr3t-canary');
    expect(made.workflow.namespace).toBe('shop');
    const data = Object.fromEntries(made.workflow.nodes.map(({ id, type, data: fields }) => [id, { type, ...fields }]));
    expect(data).toMatchInlineSnapshot(`
      {
        "cache": {
          "manifest": {
            "apiVersion": "example.com/v1",
            "kind": "Cache",
            "metadata": {
              "name": "cache",
              "namespace": "shop",
            },
            "spec": {
              "size": 3,
            },
          },
          "type": "manifest",
        },
        "shop": {
          "host": "shop.example.com",
          "ingressClassName": "traefik",
          "type": "ingress",
        },
        "shop-api": {
          "containerName": "api",
          "image": "ghcr.io/acme/api:1",
          "keyEnv": [
            {
              "key": "PASSWORD",
              "name": "shop-db",
              "type": "secret",
              "variable": "DB_PASSWORD",
            },
          ],
          "labels": {
            "app.kubernetes.io/instance": "shop",
          },
          "livenessProbe": {
            "initialDelaySeconds": null,
            "path": "/live",
            "port": "http",
            "type": "http",
          },
          "patch": {
            "metadata": {
              "labels": {
                "helm.sh/chart": "shop-1",
              },
            },
            "spec": {
              "selector": {
                "matchLabels": {
                  "app": null,
                  "app.kubernetes.io/instance": "shop",
                  "app.kubernetes.io/name": "api",
                },
              },
              "template": {
                "metadata": {
                  "labels": {
                    "app.kubernetes.io/name": "api",
                  },
                },
                "spec": {
                  "containers": [
                    {
                      "name": "api",
                      "tty": true,
                    },
                  ],
                },
              },
            },
          },
          "port": 8080,
          "type": "deployment",
          "version": null,
        },
        "shop-api-hpa": {
          "maxReplicas": 9,
          "name": "shop-api",
          "targetCPUUtilization": 70,
          "type": "hpa",
        },
        "shop-api-service": {
          "name": "shop-api",
          "port": 80,
          "selector": {
            "app.kubernetes.io/instance": "shop",
            "app.kubernetes.io/name": "api",
          },
          "targetPort": "http",
          "type": "service",
        },
        "shop-api-serviceaccount": {
          "name": "shop-api",
          "type": "serviceaccount",
        },
        "shop-config": {
          "data": {
            "MODE": "fast",
          },
          "type": "configmap",
        },
        "shop-db": {
          "keys": [
            "PASSWORD",
          ],
          "type": "secret",
        },
      }
    `);
    expect(made.workflow.edges).toMatchInlineSnapshot(`
      [
        {
          "from": "shop-api-serviceaccount",
          "to": "shop-api",
        },
        {
          "from": "shop-db",
          "mountPath": "/run/db",
          "to": "shop-api",
        },
        {
          "as": "env",
          "from": "shop-config",
          "to": "shop-api",
        },
        {
          "from": "shop-api-service",
          "to": "shop-api",
        },
        {
          "from": "shop-api-hpa",
          "to": "shop-api",
        },
        {
          "from": "shop",
          "to": "shop-api-service",
        },
      ]
    `);
    expect(made.secrets).toEqual([{ node: 'shop-db', keys: ['PASSWORD'] }]);
    expect(made.losses.map(({ kind, path, line, reason }) => `${line}: ${kind}: ${path}: ${reason}`)).toMatchInlineSnapshot(`
      [
        "6: note: ConfigMap/shop-config: The server sets these, so they are left out: metadata.uid, metadata.resourceVersion.",
        "11: note: Secret/shop-db: The server sets these, so they are left out: metadata.annotations.kubectl.kubernetes.io/last-applied-configuration.",
        "17: changed: Secret/shop-db stringData: Values of Secrets are in no file; the keys are carried: PASSWORD.",
        "24: changed: Deployment/shop-api metadata.labels.app.kubernetes.io/name: It is api and will be shop-api, which a workflow sets itself.",
        "24: changed: Deployment/shop-api metadata.labels.app.kubernetes.io/managed-by: It is Helm and will be kubeorch, which a workflow sets itself.",
        "26: changed: Deployment/shop-api spec.replicas: How many copies run is the autoscaler's to say.",
        "80: lost: Pod/shop-api-1 metadata.ownerReferences: It is made by ReplicaSet shop-api-1.",
      ]
    `);
  });

  test('finds the edges of what Helm made', async () => {
    const made = imported(await readFile(resolve(import.meta.dirname, '../../sources/tests/shop.yaml'), 'utf8'));
    expect(made.workflow.edges).toEqual([
      { from: 'demo-web-service', to: 'demo-web' },
      { from: 'demo-settings', to: 'demo-web', as: 'env' },
    ]);
  });

  test('says where a file cannot be read, and that there is nothing', () => {
    expect(() => imported('a: [')).toThrow(/all\.yaml:1:/);
    expect(() => imported('{{ if .Values.x }}\nkind: Service\n{{ end }}\n')).toThrow(/no Kubernetes object/);
    const made = imported(`${shop}---\nkind: Kustomization\napiVersion: kustomize.config.k8s.io/v1beta1\n---\nreplicas: 3\n`);
    expect(made.losses.filter((loss) => loss.reason.startsWith('It is')).map(({ path }) => path)).toContain('Kustomization');
  });

  test('takes no harm from hostile text', () => {
    const bomb = [
      'a: &a [x, x, x, x, x, x, x, x, x, x]',
      ...[...'bcdefgh'].map((name, index) => `${name}: &${name} [${`*${'abcdefg'[index]}, `.repeat(10)}x]`),
    ].join('\n');
    expect(() => imported(`kind: A\napiVersion: v1\nmetadata: { name: x }\n${bomb}\n`)).toThrow(/no Kubernetes object/);
    expect(() => imported(`kind: A\napiVersion: v1\nmetadata: { name: x }\nspec: ${'['.repeat(5000)}`)).toThrow(/no Kubernetes object/);
    const made = imported('apiVersion: v1\nkind: ConfigMap\nmetadata: { name: x, __proto__: { polluted: yes } }\ndata: { __proto__: a, constructor: b }\n');
    expect(made.workflow.nodes).toHaveLength(1);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  test('keeps objects that no kind can say as they are', () => {
    const made = imported('apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: odd }\nspec: { unheardOf: 1, selector: {}, template: {} }\n');
    expect(made.workflow.nodes).toMatchObject([{ type: 'manifest', data: { manifest: { spec: { unheardOf: 1 } } } }]);
  });
});
