import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../shared/json';
import { problemText } from '../../shared/problem';
import { coreCatalog } from '../../testing/coreCatalog';
import { expectGolden } from '../../testing/golden';
import { loadedWith } from '../../testing/pluginCatalog';
import { definitionFromCluster, definitionFromCrd, definitionsInManifest } from './customDefinition';
import { readPlugin } from './definition';
import { generatedPlugin } from './generatePlugin';

const certificates: JsonObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'certificateorders.certs.example.com' },
  spec: {
    group: 'certs.example.com',
    scope: 'Namespaced',
    names: { kind: 'CertificateOrder', plural: 'certificateorders' },
    versions: [
      { name: 'v1alpha1', served: true, storage: false, schema: { openAPIV3Schema: { type: 'object' } } },
      {
        name: 'v1beta2',
        served: true,
        storage: true,
        additionalPrinterColumns: [
          { name: 'Phase', type: 'string', jsonPath: '.status.phase' },
          { name: 'Issued', type: 'string', jsonPath: '.status.conditions[?(@.type=="Issued")].status' },
        ],
        schema: {
          openAPIV3Schema: {
            type: 'object',
            description: 'An order for a certificate. More than one sentence.',
            properties: {
              spec: {
                type: 'object',
                required: ['domain', 'issuer'],
                properties: {
                  days: { type: 'integer', minimum: 1, maximum: 397, default: 90, description: 'How long it holds.' },
                  domain: { type: 'string', description: 'The name that\nit is for.' },
                  wildcard: { type: 'boolean' },
                  algorithm: { type: 'string', enum: ['RSA', 'ECDSA'] },
                  weight: { type: 'number' },
                  extraConfig: { type: 'string' },
                  names: { type: 'array', items: { type: 'string' } },
                  port: { 'x-kubernetes-int-or-string': true },
                  issuer: {
                    type: 'object',
                    required: ['name'],
                    properties: {
                      name: { type: 'string' },
                      tokenRef: { type: 'object', properties: { name: { type: 'string' }, key: { type: 'string' } }, required: ['key'] },
                    },
                  },
                  issuerName: { type: 'string' },
                  $odd: { type: 'string' },
                },
              },
              status: { type: 'object', properties: { phase: { type: 'string', enum: ['Pending', 'Ready', 'Failed'] }, conditions: { type: 'array' } } },
            },
          },
        },
      },
    ],
  },
};

describe('a plugin generated from a definition', () => {
  test('has its names, the stored version, a field for each plain value and health by its status, and is a sound plugin', async () => {
    const { name, text } = generatedPlugin(definitionFromCrd(certificates));
    expect(name).toBe('certificate-order');
    await expectGolden(import.meta.dirname, 'golden/certificate-order.yaml', text);
    const { plugin, problems } = readPlugin('p.yaml', text);
    expect(problems).toEqual([]);
    expect(plugin?.kind).toMatchObject({ apiVersion: 'certs.example.com/v1beta2', kind: 'CertificateOrder', category: 'security' });
  });

  test('judges objects by what the columns of the definition show', async () => {
    const { text } = generatedPlugin(definitionFromCrd(certificates));
    const loaded = await loadedWith({ 'plugins/p.yaml': text });
    const judge = (status: object): string | undefined => {
      const verdict = loaded.healthRulesOf('certificate-order')?.({
        apiVersion: 'certs.example.com/v1beta2',
        kind: 'CertificateOrder',
        metadata: { name: 'x' },
        status: status as JsonObject,
      });
      return verdict === undefined ? undefined : `${verdict.state} ${verdict.message}`;
    };
    expect(judge({})).toBeUndefined();
    expect(judge({ phase: 'Pending' })).toBe('pending Pending');
    expect(judge({ phase: 'Failed' })).toBe('error Failed');
    expect(judge({ phase: 'Ready' })).toBe('healthy Ready');
    expect(judge({ conditions: [{ type: 'Issued', status: 'False', message: 'waiting for DNS' }] })).toBe('pending waiting for DNS');
  });

  test('is made from the OpenAPI of a cluster whose definitions may not be read', async () => {
    const schema = {
      type: 'object',
      properties: { spec: { $ref: '#/components/schemas/Spec' } },
      'x-kubernetes-group-version-kind': [{ group: 'q.example.com', version: 'v1', kind: 'Queue' }],
    };
    const components = { Queue: schema, Spec: { type: 'object', properties: { size: { type: 'integer' }, self: { $ref: '#/components/schemas/Spec' } } } };
    const cluster = {
      resources: () => Promise.resolve([{ apiVersion: 'q.example.com/v1', kind: 'Queue', resource: 'queues', namespaced: false, verbs: ['get'] }]),
      get: () => Promise.resolve(undefined),
      openApi: () => Promise.resolve({ components: { schemas: components } } as unknown as JsonObject),
    };
    const { text } = generatedPlugin(await definitionFromCluster(cluster, 'q.example.com/Queue'));
    const { plugin, problems } = readPlugin('q.yaml', text);
    expect(problems).toEqual([]);
    expect(plugin?.kind).toMatchObject({ type: 'queue', apiVersion: 'q.example.com/v1', namespaced: false, crd: { plural: 'queues', scope: 'Cluster' } });
    expect(plugin?.kind.fields[0]?.fields?.[0]).toMatchObject({ name: 'size', type: 'number', integer: true });
    await expect(definitionFromCluster(cluster, 'Nothing')).rejects.toThrow('the cluster has no Nothing');
  });

  test('says what is wrong with a definition that is none', () => {
    for (const broken of [
      {},
      { spec: 1 },
      { spec: { group: 'a', names: { kind: 'B', plural: 'bs' }, versions: [{ name: 'v1', served: false, storage: true }] } },
    ]) {
      let words = '';
      try {
        definitionFromCrd(broken);
      } catch (error) {
        words = error instanceof Error && 'problem' in error ? problemText(error.problem as Parameters<typeof problemText>[0]) : String(error);
      }
      expect(words).toBe('No plugin can be made of this: a CustomResourceDefinition needs "group", "names" and a version that is served.');
    }
  });

  test('called like a kind of KubeOrch takes a name that is free', async () => {
    const { catalog } = await coreCatalog();
    expect(catalog.kinds.length).toBeGreaterThan(15);
    for (const { type } of catalog.kinds) {
      const kind = `${type[0]?.toUpperCase() ?? ''}${type.slice(1)}`;
      const { name, text } = generatedPlugin({ ...definitionFromCrd(certificates), kind, group: 'serving.example.com' });
      expect(name).toBe(`serving-${type}`);
      expect(readPlugin('s.yaml', text).plugin?.kind.type).toBe(name);
    }
  });

  test('has every definition of a manifest to choose from, also beside one that is broken', () => {
    const other = { ...certificates, spec: { ...(certificates['spec'] as JsonObject), names: { kind: 'Broken', plural: 'brokens' }, versions: [] } };
    const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' } };
    const text = [certificates, service, other].map((object) => JSON.stringify(object)).join('\n---\n');
    const found = definitionsInManifest(text, 'crds.yaml');
    expect(found.map(({ kind, group }) => `${group}/${kind}`)).toEqual(['certs.example.com/CertificateOrder', 'certs.example.com/Broken']);
    expect(found[0]?.read()).toMatchObject({ kind: 'CertificateOrder', version: 'v1beta2' });
    expect(() => found[1]?.read()).toThrow('a version that is served');
  });

  test.each([
    ['a Service', 'apiVersion: v1\nkind: Service\nmetadata: { name: web }\n', 'it holds no CustomResourceDefinition.'],
    ['nothing', '', 'it holds no CustomResourceDefinition.'],
    ['prose', 'Dear reader,\nthis is no manifest.\n', 'something in it is no Kubernetes object, which has apiVersion, kind and metadata.name.'],
    ['a compose file', 'services: { web: { image: nginx } }\n', 'something in it is no Kubernetes object, which has apiVersion, kind and metadata.name.'],
    ['broken YAML', 'a: [1\n', 'its YAML is broken, '],
  ])('names the file that holds %s', (_what, text, detail) => {
    expect(() => definitionsInManifest(text, 'notes/list.yaml')).toThrow(`No plugin can be made of notes/list.yaml: ${detail}`);
  });
});
