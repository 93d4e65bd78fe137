import { afterEach, beforeEach, expect, test } from 'vitest';
import { VirtualClock } from '../clock';
import type { RunningSandbox } from '../options';
import { startServer } from '../startServer';
import { call, nextEvent, openLines, type Answer } from '../tests/client';

let sandbox: RunningSandbox;
let clock: VirtualClock;

beforeEach(async () => {
  clock = new VirtualClock();
  sandbox = await startServer({ clock });
  clock.advance(100);
});
afterEach(() => sandbox.close());

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const shelves = '/apis/library.example.com/v1/namespaces/default/services';

const structure = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      required: ['size'],
      properties: {
        size: { type: 'integer', minimum: 0, maximum: 10 },
        mode: { type: 'string', enum: ['open', 'closed'], default: 'open' },
        label: { type: 'string', pattern: '^[a-z]+$', nullable: true },
        port: { 'x-kubernetes-int-or-string': true },
        boards: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['name'],
          items: { type: 'object', required: ['name'], properties: { name: { type: 'string' }, width: { type: 'integer', default: 40 } } },
        },
        free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
      },
    },
    status: {
      type: 'object',
      properties: { phase: { type: 'string' }, conditions: { type: 'array', items: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } } },
    },
  },
};

/** Its plural is that of a core kind on purpose. */
function definition(more: object = {}): object {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'services.library.example.com' },
    spec: {
      group: 'library.example.com',
      scope: 'Namespaced',
      names: { plural: 'services', kind: 'Service', shortNames: ['shelf'] },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: structure },
          subresources: { status: {} },
          additionalPrinterColumns: [
            { name: 'Size', type: 'integer', jsonPath: '.spec.size' },
            { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
            { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
          ],
        },
      ],
      ...more,
    },
  };
}

function shelf(spec: object, more: object = {}): object {
  return { apiVersion: 'library.example.com/v1', kind: 'Service', metadata: { name: 'a' }, spec, ...more };
}

async function define(): Promise<void> {
  const answer = await call(sandbox, 'POST', definitions, { body: definition() });
  expect(answer.status, answer.text).toBe(201);
  clock.advance(100);
}

function create(spec: object, query = ''): Promise<Answer> {
  return call(sandbox, 'POST', `${shelves}${query}`, { body: shelf(spec) });
}

function causes(answer: Answer): string[] {
  const { details } = answer.json as { details?: { causes?: { reason: string; field: string }[] } };
  return (details?.causes ?? []).map((one) => `${one.reason} ${one.field}`);
}

test('a definition is accepted, established, and its kind is in discovery and in OpenAPI', async () => {
  expect((await call(sandbox, 'GET', shelves)).status).toBe(404);
  await define();
  const { status, spec } = (await call(sandbox, 'GET', `${definitions}/services.library.example.com`)).json as {
    status: { conditions: { type: string; status: string; reason: string }[]; acceptedNames: object; storedVersions: string[] };
    spec: { names: object; conversion: object };
  };
  expect(status.conditions.map((one) => `${one.type} ${one.status} ${one.reason}`)).toEqual([
    'NamesAccepted True NoConflicts',
    'Established True InitialNamesAccepted',
  ]);
  expect(status).toMatchObject({ acceptedNames: { listKind: 'ServiceList', singular: 'service' }, storedVersions: ['v1'] });
  expect(spec).toMatchObject({ names: { singular: 'service', listKind: 'ServiceList' }, conversion: { strategy: 'None' } });
  const list = (await call(sandbox, 'GET', '/apis/library.example.com/v1')).json as { resources: { name: string; shortNames?: string[] }[] };
  expect(list.resources.map((one) => one.name)).toEqual(['services', 'services/status']);
  expect((await call(sandbox, 'GET', '/openapi/v3')).text).toContain('apis/library.example.com/v1');
  const document = (await call(sandbox, 'GET', '/openapi/v3/apis/library.example.com/v1')).json as { components: { schemas: Record<string, unknown> } };
  expect(Object.keys(document.components.schemas)).toContain('com.example.library.v1.Service');
});

test('an object is pruned and gets its defaults; zeros and nulls stay as they are written', async () => {
  await define();
  const answer = await create({ size: 0, label: null, boards: [{ name: 'x' }], free: { any: [1] }, sise: 3 });
  expect(answer.status, answer.text).toBe(201);
  expect(answer.json['spec']).toEqual({ size: 0, label: null, mode: 'open', boards: [{ name: 'x', width: 40 }], free: { any: [1] } });
  expect(answer.headers['warning']).toContain('unknown field \\"spec.sise\\"');
  expect(answer.json['metadata']).toMatchObject({ generation: 1, namespace: 'default' });
  // The core kind of the same name is another one.
  expect((await call(sandbox, 'GET', '/api/v1/namespaces/default/services/a')).status).toBe(404);
  expect((await create({ size: 1, sise: 3 }, '?fieldValidation=Strict')).json).toMatchObject({ code: 400, reason: 'BadRequest' });
});

test.each([
  [{}, ['FieldValueRequired spec.size']],
  [{ size: 'big' }, ['FieldValueTypeInvalid spec.size']],
  [{ size: 11 }, ['FieldValueInvalid spec.size']],
  [{ size: 1, mode: 'ajar' }, ['FieldValueNotSupported spec.mode']],
  [{ size: 1, label: 'UPPER' }, ['FieldValueInvalid spec.label']],
  [{ size: 1, port: true }, ['FieldValueTypeInvalid spec.port']],
  [{ size: 1, boards: [{ name: 'x' }, { name: 'x' }] }, ['FieldValueDuplicate spec.boards[1]']],
  [{ size: 1, boards: [{ width: 2 }] }, ['FieldValueRequired spec.boards[0].name']],
])('%j is refused for what is wrong with it', async (spec, wanted) => {
  await define();
  const answer = await create(spec);
  expect(answer.json).toMatchObject({ code: 422, reason: 'Invalid', details: { kind: 'Service', group: 'library.example.com' } });
  expect(causes(answer)).toEqual(wanted);
});

test('status is written through its subresource alone, and only what is wanted counts as a new generation', async () => {
  await define();
  await create({ size: 1 });
  const merge = (path: string, body: object): Promise<Answer> => call(sandbox, 'PATCH', path, { body, contentType: 'application/merge-patch+json' });
  const both = await merge(`${shelves}/a`, { spec: { size: 2 }, status: { phase: 'Lying' } });
  expect(both.json).toMatchObject({ spec: { size: 2 }, metadata: { generation: 2 } });
  expect(both.json['status']).toBeUndefined();
  const status = await merge(`${shelves}/a/status`, { spec: { size: 9 }, status: { phase: 'Ready' } });
  expect(status.json).toMatchObject({ spec: { size: 2 }, status: { phase: 'Ready' }, metadata: { generation: 2 } });
  expect((await merge(`${shelves}/a`, { spec: { size: 99 } })).status).toBe(422);
  const strategic = await call(sandbox, 'PATCH', `${shelves}/a`, { body: {}, contentType: 'application/strategic-merge-patch+json' });
  expect(strategic.status).toBe(415);
});

test('server-side apply merges lists by their keys and tells who owns a field', async () => {
  await define();
  const apply = (manager: string, spec: object): Promise<Answer> =>
    call(sandbox, 'PATCH', `${shelves}/a?fieldManager=${manager}`, { body: shelf(spec), contentType: 'application/apply-patch+yaml' });
  expect((await apply('one', { size: 1, boards: [{ name: 'x' }] })).status).toBe(201);
  const second = await apply('two', { size: 1, boards: [{ name: 'y' }] });
  expect(second.json['spec']).toMatchObject({
    boards: [
      { name: 'x', width: 40 },
      { name: 'y', width: 40 },
    ],
  });
  const conflict = await apply('two', { size: 5, boards: [{ name: 'y' }] });
  expect(conflict.json).toMatchObject({ code: 409, details: { causes: [{ reason: 'FieldManagerConflict', field: '.spec.size' }] } });
  const again = await apply('two', { size: 1 });
  expect(again.json['spec']).toMatchObject({ boards: [{ name: 'x', width: 40 }] });
});

test('a watch tells of custom objects, a table shows the columns of the definition', async () => {
  await define();
  const stream = await openLines(sandbox, `${shelves}?watch=true`);
  await create({ size: 4 });
  expect(await nextEvent(stream)).toMatchObject({ type: 'ADDED', object: { kind: 'Service', apiVersion: 'library.example.com/v1', spec: { size: 4 } } });
  stream.close();
  await call(sandbox, 'PATCH', `${shelves}/a/status`, {
    body: {
      status: {
        conditions: [
          { type: 'Other', status: 'x' },
          { type: 'Ready', status: 'True' },
        ],
      },
    },
    contentType: 'application/merge-patch+json',
  });
  const table = await call(sandbox, 'GET', shelves, { headers: { accept: 'application/json;as=Table;g=meta.k8s.io;v=v1' } });
  expect(table.json).toMatchObject({
    columnDefinitions: [{ name: 'Name' }, { name: 'Size', type: 'integer' }, { name: 'Ready' }, { name: 'Age' }],
    rows: [{ cells: ['a', 4, 'True', '0s'] }],
  });
});

test('objects go with their namespace, and with their definition', async () => {
  await define();
  await call(sandbox, 'POST', '/api/v1/namespaces', { body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'other' } } });
  await call(sandbox, 'POST', shelves.replace('default', 'other'), { body: shelf({ size: 1 }) });
  await create({ size: 1 });
  await call(sandbox, 'DELETE', '/api/v1/namespaces/other');
  clock.advance(1_000);
  expect((await call(sandbox, 'GET', '/apis/library.example.com/v1/services')).json['items']).toHaveLength(1);
  expect((await call(sandbox, 'GET', '/api/v1/namespaces/other')).status).toBe(404);
  await call(sandbox, 'DELETE', `${definitions}/services.library.example.com`);
  clock.advance(1_000);
  expect((await call(sandbox, 'GET', shelves)).status).toBe(404);
  await define();
  expect((await call(sandbox, 'GET', shelves)).json['items']).toEqual([]);
});

test('a changed definition changes the kind, and its objects stay', async () => {
  await define();
  await create({ size: 4 });
  const patch = [{ op: 'add', path: '/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/depth', value: { type: 'integer', default: 7 } }];
  const answer = await call(sandbox, 'PATCH', `${definitions}/services.library.example.com`, { body: patch, contentType: 'application/json-patch+json' });
  expect(answer.status, answer.text).toBe(200);
  clock.advance(100);
  const changed = await call(sandbox, 'PATCH', `${shelves}/a`, { body: { spec: { size: 5 } }, contentType: 'application/merge-patch+json' });
  expect(changed.json['spec']).toEqual({ size: 5, mode: 'open', depth: 7 });
});

test.each([
  ['a name that does not follow', { names: { plural: 'others', kind: 'Service' } }, 'FieldValueInvalid metadata.name'],
  ['no structure', { versions: [{ name: 'v1', served: true, storage: true }] }, 'FieldValueRequired spec.versions[0].schema.openAPIV3Schema'],
  [
    'no version to store',
    { versions: [{ name: 'v1', served: true, storage: false, schema: { openAPIV3Schema: structure } }] },
    'FieldValueInvalid spec.versions',
  ],
  ['a scope that is none', { scope: 'World' }, 'FieldValueNotSupported spec.scope'],
])('a definition with %s is refused', async (_what, more, cause) => {
  const answer = await call(sandbox, 'POST', definitions, { body: definition(more) });
  expect(answer.status).toBe(422);
  expect(causes(answer)).toContain(cause);
});
