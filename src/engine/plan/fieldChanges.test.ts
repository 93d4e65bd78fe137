import { beforeAll, describe, expect, test } from 'vitest';
import { nodeFiles } from '../../node/nodeFiles';
import type { OpenApi, OpenApiData, Schema } from '../../openapi';
import { openApiFromJson } from '../../openapi';
import type { JsonObject, JsonValue } from '../../shared/json';
import type { KubeObject } from '../../shared/kubeObject';
import { fieldChanges } from './fieldChanges';
import { holdsAll, intentFields, ownedFields, sameFields } from './fieldPaths';

let openApi: OpenApi;
let deployment: Schema;
beforeAll(async () => {
  openApi = openApiFromJson(JSON.parse((await nodeFiles('src/openapi/data').read('kubernetes.json')) ?? '') as OpenApiData);
  const found = openApi.schemaOf('apps/v1', 'Deployment');
  if (found === undefined) throw new Error('no schema of Deployment');
  deployment = found;
});

const web = (container: JsonObject, more: JsonObject = {}): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'shop', labels: { app: 'web' } },
  spec: {
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'nginx:1', ...container }] } },
    ...more,
  },
});
const shown = (before: KubeObject, after: KubeObject, owned?: ReadonlySet<string>) => fieldChanges(before, after, deployment, owned);

describe('changed fields', () => {
  test('are found by key, not by place, and named by it', () => {
    const before = web({
      env: [
        { name: 'A', value: '1' },
        { name: 'B', value: '2' },
      ],
      ports: [{ containerPort: 80, protocol: 'TCP' }],
    });
    const after = web({
      env: [
        { name: 'B', value: '3' },
        { name: 'A', value: '1' },
      ],
      ports: [{ containerPort: 80, protocol: 'TCP', name: 'http' }],
    });
    expect(shown(before, after)).toEqual([
      { path: 'spec.template.spec.containers[name=web].env[name=B].value', before: '2', after: '3' },
      { path: 'spec.template.spec.containers[name=web].ports[containerPort=80,protocol=TCP].name', after: 'http' },
    ]);
  });

  test('leave out what only the server writes, and quantities that say the same', () => {
    const before: KubeObject = { ...web({ resources: { limits: { cpu: '500m', memory: '1Gi' } } }), status: { replicas: 1 } };
    const after: KubeObject = { ...web({ resources: { limits: { cpu: '0.5', memory: '1024Mi' } } }), status: { replicas: 2 } };
    const stamped = { ...after, metadata: { ...after.metadata, resourceVersion: '9', generation: 4, managedFields: [] } };
    expect(shown(before, stamped)).toEqual([]);
  });

  test('are limited to what one manager owns', () => {
    const owned = new Set(['f:spec\nf:replicas']);
    expect(shown(web({}, { replicas: 1 }), web({ image: 'nginx:2' }, { replicas: 2 }), owned)).toEqual([{ path: 'spec.replicas', before: 1, after: 2 }]);
  });

  test('of a Secret show no value', () => {
    const secret = (data: JsonObject): KubeObject => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 's', labels: { a: '1' } }, data });
    expect(fieldChanges(secret({ A: 'b2xk' }), secret({ A: 'bmV3', B: 'eA==' }), openApi.schemaOf('v1', 'Secret'), undefined)).toEqual([
      { path: 'data.A' },
      { path: 'data.B' },
    ]);
  });

  test('of a kind without a schema are found by structure', () => {
    const thing = (items: JsonValue): KubeObject => ({ apiVersion: 'x/v1', kind: 'Thing', metadata: { name: 't' }, spec: { items } });
    expect(fieldChanges(thing([{ name: 'a', v: 1 }]), thing([{ name: 'a', v: 2 }]), undefined, undefined)).toEqual([
      { path: 'spec.items[name=a].v', before: 1, after: 2 },
    ]);
    expect(fieldChanges(thing([1, 2]), thing([2]), undefined, undefined)).toEqual([{ path: 'spec.items', before: [1, 2], after: [2] }]);
  });
});

describe('the fields of an intent', () => {
  test('are those that server-side apply would write into managedFields', () => {
    const intent: KubeObject = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace: 'default', labels: { app: 'web' } },
      spec: {
        selector: { matchLabels: { app: 'web' } },
        template: {
          metadata: { labels: { app: 'web' } },
          spec: {
            containers: [
              {
                name: 'web',
                image: 'nginx:1',
                ports: [{ containerPort: 80 }],
                resources: { limits: { cpu: '1' } },
                volumeMounts: [{ name: 'v', mountPath: '/v' }],
              },
            ],
            volumes: [{ name: 'v', emptyDir: {} }],
          },
        },
      },
    };
    // As an API server 1.36 answered for this very object.
    const fieldsV1: JsonObject = {
      'f:metadata': { 'f:labels': { 'f:app': {} } },
      'f:spec': {
        'f:selector': {},
        'f:template': {
          'f:metadata': { 'f:labels': { 'f:app': {} } },
          'f:spec': {
            'f:containers': {
              'k:{"name":"web"}': {
                '.': {},
                'f:image': {},
                'f:name': {},
                'f:ports': { 'k:{"containerPort":80,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {} } },
                'f:resources': { 'f:limits': { 'f:cpu': {} } },
                'f:volumeMounts': { 'k:{"mountPath":"/v"}': { '.': {}, 'f:mountPath': {}, 'f:name': {} } },
              },
            },
            'f:volumes': { 'k:{"name":"v"}': { '.': {}, 'f:emptyDir': {}, 'f:name': {} } },
          },
        },
      },
    };
    const live: KubeObject = {
      ...intent,
      metadata: {
        ...intent.metadata,
        managedFields: [
          { manager: 'kubeorch', operation: 'Apply', fieldsV1 },
          { manager: 'kubeorch', operation: 'Apply', subresource: 'scale', fieldsV1: {} },
        ],
      },
    };
    const fields = intentFields(intent, deployment);
    expect([...(fields ?? [])].sort()).toEqual([...ownedFields(live, 'kubeorch')].sort());
    expect(sameFields(fields ?? new Set(), ownedFields(live, 'someone'))).toBe(false);
  });

  test('are not guessed when an item of a keyed list has no key', () => {
    expect(intentFields(web({ env: ['not a map'] }), deployment)).toBeUndefined();
  });

  test('hold when every value stands in the live object, whatever else does', () => {
    const json = (object: KubeObject): JsonValue => object as unknown as JsonValue;
    const live = web(
      {
        imagePullPolicy: 'IfNotPresent',
        resources: { limits: { cpu: '500m' } },
        ports: [
          { containerPort: 81, protocol: 'TCP' },
          { containerPort: 80, protocol: 'TCP' },
        ],
      },
      { replicas: 1 },
    );
    expect(holdsAll(json(web({ resources: { limits: { cpu: '0.5' } }, ports: [{ containerPort: 80 }] })), json(live), deployment)).toBe(true);
    expect(holdsAll(json(web({ image: 'nginx:2' })), json(live), deployment)).toBe(false);
    expect(holdsAll(json(web({ env: [{ name: 'A', value: '1' }] })), json(live), deployment)).toBe(false);
  });
});
