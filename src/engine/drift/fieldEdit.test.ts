import { resolve } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { nodeFiles } from '../../node/nodeFiles';
import type { ObjectRef } from '../../shared/kubeObject';
import type { LoadedCatalog } from '../catalog';
import { coreTemplates, loadCatalog } from '../catalog';
import { editText } from '../document/editText';
import { parseWorkflow } from '../document/parse';
import { renderWorkflow } from '../render';
import type { WantedField } from './fieldEdit';
import { editForFields } from './fieldEdit';
import { stepsIn } from './fieldSteps';

const shop = `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: shop
status: published
environments:
  staging: { context: kind, namespace: staging, set: { web: { replicas: 4 } } }
nodes:
  # The frontend.
  web:
    type: deployment
    image: nginx:1 # pinned
    replicas: 2
    env:
      MODE: fast # or slow
      PORT: "8080"
  settings: { type: configmap, data: { MODE: fast, other: x } }
  plain: { type: deployment, image: nginx:1 }
`;
const web: ObjectRef = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'default', name: 'web' };
let loaded: LoadedCatalog;
beforeAll(async () => {
  loaded = await loadCatalog([coreTemplates(nodeFiles(resolve(import.meta.dirname, '../../../templates')))]);
});

function edited(fields: readonly WantedField[], { nodeId = 'web', ref = web, text = shop, environment = '' } = {}) {
  const { workflow } = parseWorkflow(text);
  const place = environment === '' ? { namespace: 'default' } : { namespace: 'staging', environment };
  const { edit, left } = editForFields({ workflow, loaded, ...place }, nodeId, { ...ref, namespace: place.namespace }, fields);
  if (edit === undefined) return { left, text };
  const outcome = editText(text, edit);
  if (!outcome.ok) throw new Error(outcome.detail);
  const objects = renderWorkflow({ workflow: parseWorkflow(outcome.text).workflow, loaded, ...place }).objects;
  return { left, text: outcome.text, object: objects.find((one) => one.nodeId === nodeId)?.object };
}
const container = 'spec.template.spec.containers[name=web]';

describe('a live value is written into the file', () => {
  test('at the field that it comes from, with every comment kept', () => {
    expect(edited([{ path: 'spec.replicas', value: 7 }]).text).toBe(shop.replace('replicas: 2', 'replicas: 7'));
    expect(edited([{ path: `${container}.image`, value: 'nginx:2' }]).text).toBe(shop.replace('nginx:1 # pinned', 'nginx:2 # pinned'));
    expect(edited([{ path: `.${container.replace('=web', '="web"')}.env[name="MODE"].value`, value: 'slow' }]).text).toBe(
      shop.replace('fast # or slow', 'slow # or slow'),
    );
    expect(
      edited([{ path: 'data.MODE', value: 'slow' }], { nodeId: 'settings', ref: { ...web, apiVersion: 'v1', kind: 'ConfigMap', name: 'settings' } }).text,
    ).toBe(shop.replace('data: { MODE: fast', 'data: { MODE: slow'));
  });

  test('several of them in one edit', () => {
    const { text, left } = edited([
      { path: 'spec.replicas', value: 7 },
      { path: `${container}.image`, value: 'nginx:2' },
    ]);
    expect(left).toEqual([]);
    expect(text).toBe(shop.replace('replicas: 2', 'replicas: 7').replace('nginx:1 # pinned', 'nginx:2 # pinned'));
  });

  test('where the node says nothing of it, as its field or laid over the object', () => {
    expect(edited([{ path: 'spec.replicas', value: 7 }], { nodeId: 'plain', ref: { ...web, name: 'plain' } }).object).toMatchObject({ spec: { replicas: 7 } });
    const { object, text } = edited([{ path: 'spec.minReadySeconds', value: 5 }]);
    expect(object).toMatchObject({ spec: { minReadySeconds: 5, replicas: 2 } });
    expect(text).toContain('# pinned');
  });

  test('in the environment that is followed, and nowhere else', () => {
    const { text } = edited([{ path: 'spec.replicas', value: 7 }], { environment: 'staging' });
    expect(text).toBe(shop.replace('replicas: 4', 'replicas: 7'));
  });
});

describe('a field is no longer declared', () => {
  test('when it goes from the node', () => {
    const { text, object, left } = edited([{ path: `${container}.env[name=MODE]` }]);
    expect(left).toEqual([]);
    expect(text).not.toContain('MODE: fast # or slow');
    expect(JSON.stringify(object)).toContain('8080');
    expect(JSON.stringify(object)).not.toContain('MODE');
  });

  test('by a patch, where the kind always gives it', () => {
    const { object, text } = edited([{ path: 'spec.replicas' }]);
    expect(object).not.toHaveProperty('spec.replicas');
    expect(text).toContain('# The frontend.');
  });
});

test('what no edit brings about is told, and nothing else is changed for it', () => {
  expect(edited([{ path: 'spec.template.spec.containers[name=other].image', value: 'x' }])).toEqual({
    left: ['spec.template.spec.containers[name=other].image'],
    text: shop,
  });
  expect(edited([{ path: 'spec.replicas', value: 2 }])).toEqual({ left: [], text: shop });
});

test('fields are found by both ways to name them', () => {
  const object = {
    metadata: { labels: { 'app.kubernetes.io/name': 'a', app: 'b', 'x]y': 'c' } },
    spec: {
      ports: [
        { port: 80, protocol: 'TCP' },
        { port: 80, protocol: 'UDP' },
      ],
    },
    set: ['a', 'b'],
  };
  expect(stepsIn(object, '.metadata.labels.app.kubernetes.io/name')).toEqual(['metadata', 'labels', 'app.kubernetes.io/name']);
  expect(stepsIn(object, 'metadata.labels[app.kubernetes.io/name]')).toEqual(['metadata', 'labels', 'app.kubernetes.io/name']);
  expect(stepsIn(object, 'metadata.labels.app')).toEqual(['metadata', 'labels', 'app']);
  expect(stepsIn(object, 'metadata.labels[x]y]')).toEqual(['metadata', 'labels', 'x]y']);
  expect(stepsIn(object, '.spec.ports[port=80,protocol="UDP"].port')).toEqual(['spec', 'ports', 1, 'port']);
  expect(stepsIn(object, '.set[="b"]')).toEqual(['set', 1]);
  expect(stepsIn(object, 'spec.ports[port=81].port')).toBeUndefined();
});
