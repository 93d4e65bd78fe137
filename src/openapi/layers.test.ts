import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { shippedOpenApi } from '../testing/coreCatalog';
import { checkObject } from './checkObject';
import type { JsonObject } from './json';
import { definitionsIn, withDefinitions, withDocuments } from './layers';
import type { OpenApi } from './resource';

let shipped: OpenApi;
beforeAll(async () => {
  shipped = await shippedOpenApi();
});

const crd = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.acme.com' },
  spec: {
    group: 'acme.com',
    names: { kind: 'Widget', plural: 'widgets' },
    scope: 'Namespaced',
    versions: [
      {
        name: 'v1',
        served: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                required: ['size'],
                properties: {
                  size: { type: 'integer', description: 'How large it is.' },
                  mode: { type: 'string', enum: ['fast', 'safe'], pattern: '(a+)+$' },
                  free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
                  template: {
                    type: 'object',
                    'x-kubernetes-embedded-resource': true,
                    properties: { spec: { type: 'object', properties: { a: { type: 'string' } } } },
                  },
                },
              },
            },
          },
        },
      },
    ],
  },
};

const widget = (spec: JsonObject): JsonObject => ({ apiVersion: 'acme.com/v1', kind: 'Widget', metadata: { name: 'a', labels: { a: 'b' } }, spec });
const found = (openApi: OpenApi, object: JsonObject): readonly string[] =>
  checkObject(openApi, object).structure.map(({ code, path }) => `${code} ${path.join('.')}`);

describe('kinds of definitions', () => {
  test('are judged by their schema, with what every object has', () => {
    const openApi = withDefinitions(shipped, definitionsIn(crd));
    expect(found(shipped, widget({}))).toEqual(['unknownKind ']);
    expect(found(openApi, widget({ size: 1, mode: 'safe', free: { any: [1] }, template: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x' } } }))).toEqual(
      [],
    );
    expect(found(openApi, widget({ sise: 1, mode: 'slow' }))).toEqual(['unknownField spec.sise', 'notInEnum spec.mode', 'missingRequired spec.size']);
    expect(found(openApi, { ...widget({ size: 1 }), metadata: { nam: 'a' } })).toEqual(['unknownField metadata.nam']);
    expect(openApi.resourceOf('acme.com/v1', 'Widget')?.namespaced).toBe(true);
  });

  test("never take the place of Kubernetes' own", () => {
    const own = { ...crd, spec: { ...crd.spec, group: 'apps', names: { kind: 'Deployment', plural: 'deployments' } } };
    expect(definitionsIn(own)).toEqual([]);
    expect(definitionsIn({ ...crd, spec: { ...crd.spec, group: 'networking.k8s.io' } })).toEqual([]);
  });

  test('whatever a definition or a document holds, something is judged', () => {
    const hostile = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        fc.constantFrom<unknown>(null, 1, 'object', 'array', true, '#/components/schemas/a', []),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(
          fc.constantFrom(
            'type',
            'properties',
            'items',
            'required',
            '$ref',
            'allOf',
            'enum',
            'additionalProperties',
            '__proto__',
            'x-kubernetes-list-map-keys',
            'x-kubernetes-list-type',
            'x-kubernetes-group-version-kind',
            'default',
            'a',
          ),
          tie('value'),
          { maxKeys: 5 },
        ),
      ),
    })).value;
    fc.assert(
      fc.property(hostile, fc.jsonValue(), (schema, spec) => {
        const [version] = crd.spec.versions;
        const definitions = definitionsIn({ ...crd, spec: { ...crd.spec, versions: [{ ...version, schema: { openAPIV3Schema: schema } }] } } as never);
        checkObject(withDefinitions(shipped, definitions), { ...widget({}), spec: spec as never, a: spec as never });
        const own = { 'x-kubernetes-group-version-kind': [{ group: 'acme.com', version: 'v1', kind: 'Widget' }] };
        const document = { components: { schemas: { a: schema, b: typeof schema === 'object' ? { ...schema, ...own } : own } } };
        checkObject(withDocuments(shipped, [document, schema]), { ...widget({}), spec: spec as never, a: spec as never });
      }),
      { numRuns: 500 },
    );
  });
});

describe("a cluster's own documents", () => {
  test('win over the shipped structure, and leave the rest as it is', () => {
    const document = structuredClone(shipped.document('apps', 'v1')) as unknown as {
      components: { schemas: Record<string, { properties: Record<string, unknown> }> };
    };
    const spec = document.components.schemas['io.k8s.api.apps.v1.DeploymentSpec'];
    if (spec === undefined) throw new Error('there is no DeploymentSpec');
    spec.properties['newest'] = { type: 'boolean' };
    delete spec.properties['paused'];
    const openApi = withDocuments(shipped, [document]);
    const deployment = (more: JsonObject): JsonObject => ({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'a' },
      spec: {
        selector: { matchLabels: { a: 'b' } },
        template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'a', image: 'a' }] } },
        ...more,
      },
    });
    expect(checkObject(openApi, deployment({ newest: true }))).toEqual({ structure: [], rules: [] });
    expect(found(openApi, deployment({ paused: true }))).toEqual(['unknownField spec.paused']);
    expect(checkObject(openApi, deployment({ replicas: -1 })).rules.map(({ field }) => field)).toEqual(['spec.replicas']);
    expect(found(openApi, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' }, spec: {} })).toEqual(
      found(shipped, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' }, spec: {} }),
    );
  });

  test('of no sense change nothing', () => {
    for (const document of [null, 1, 'x', [], {}, { components: null }, { components: { schemas: [] } }])
      expect(withDocuments(shipped, [document])).toBe(shipped);
  });
});
