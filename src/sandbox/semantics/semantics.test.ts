import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { OpenApiData } from '../../openapi';
import { openApiFromJson } from '../../openapi';
import { ApiError } from '../apiStatus';
import type { JsonMap, KubeObject } from '../objects';
import type { WriteRequest } from './request';
import { semanticsOf } from './semantics';

const openApi = openApiFromJson(JSON.parse(readFileSync(new URL('../../openapi/data/kubernetes.json', import.meta.url), 'utf8')) as OpenApiData);
const semantics = semanticsOf(openApi);

const groups: Readonly<Record<string, string>> = { Deployment: 'apps/v1', Job: 'batch/v1', Ingress: 'networking.k8s.io/v1' };

function request(kind: string, more: Partial<WriteRequest> = {}): WriteRequest {
  const resource = openApi.resourceOf(groups[kind] ?? 'v1', kind);
  if (resource === undefined) throw new Error(kind);
  return {
    resource,
    namespace: 'shop',
    name: 'web',
    manager: 'alpha',
    fieldValidation: 'Strict',
    now: '2026-01-02T03:04:05Z',
    newUid: () => 'uid-1',
    newSuffix: () => 'abcde',
    ...more,
  };
}

const deployment = (spec: JsonMap = {}): JsonMap => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'nginx' }] } },
    ...spec,
  },
});
const partly = (spec: JsonMap, metadata: JsonMap = {}): JsonMap => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', ...metadata },
  spec,
});
const configMap = (data: JsonMap, more: JsonMap = {}): JsonMap => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'web' }, data, ...more });

const stored = (object: KubeObject, resourceVersion = '7'): KubeObject => ({ ...object, metadata: { ...object.metadata, resourceVersion } });
const made = (kind: string, body: JsonMap, manager = 'alpha'): KubeObject => stored(semantics.create(request(kind, { manager }), body).object);
const applied = (live: KubeObject | undefined, body: JsonMap, manager: string, force = false): KubeObject =>
  stored(semantics.apply(request(body['kind'] as string, { manager }), live, body, force).object);
const specOf = (object: KubeObject): JsonMap => object.spec as JsonMap;

function refusal(act: () => unknown): ApiError {
  try {
    act();
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}
const fieldsOf = (error: ApiError): (string | undefined)[] => (error.status.details?.causes ?? []).map((cause) => cause.field);

describe('a new object', () => {
  it('gets defaults, a generation and an owner for every field that was sent or filled in', () => {
    const object = made('Deployment', deployment());
    expect(specOf(object)).toMatchObject({
      replicas: 1,
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
    });
    expect(object.metadata).toMatchObject({ uid: 'uid-1', generation: 1, namespace: 'shop', creationTimestamp: '2026-01-02T03:04:05Z' });
    expect(object.metadata.managedFields).toHaveLength(1);
    expect(object.metadata.managedFields?.[0]).toMatchObject({
      manager: 'alpha',
      operation: 'Update',
      fieldsV1: { 'f:spec': { 'f:replicas': {}, 'f:selector': {} } },
    });
  });

  it('pulls always when the image names no tag, and only then', () => {
    const policy = (image: string): unknown => {
      const object = made('Deployment', deployment({ template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image }] } } }));
      return JSON.parse(JSON.stringify(specOf(object))).template.spec.containers[0].imagePullPolicy;
    };
    expect([policy('nginx'), policy('nginx:latest'), policy('nginx:1'), policy('host:5000/nginx'), policy(`nginx@sha256:${'0'.repeat(64)}`)]).toEqual([
      'Always',
      'Always',
      'IfNotPresent',
      'Always',
      'IfNotPresent',
    ]);
  });

  it('is refused for what it lacks, with the fields named', () => {
    const error = refusal(() =>
      made(
        'Deployment',
        partly({ selector: { matchLabels: { app: 'a' } }, template: { metadata: { labels: { app: 'b' } }, spec: { containers: [{ name: 'web' }] } } }),
      ),
    );
    expect([error.code, error.status.reason]).toEqual([422, 'Invalid']);
    expect(fieldsOf(error)).toEqual(['spec.template.metadata.labels', 'spec.template.spec.containers[0].image']);
  });

  it('is refused for unknown fields when asked to be strict, and told otherwise', () => {
    const body = deployment({ replicaz: 3 });
    expect(refusal(() => semantics.create(request('Deployment'), body)).code).toBe(400);
    expect(semantics.create(request('Deployment', { fieldValidation: 'Warn' }), body).warnings).toEqual(['unknown field "spec.replicaz"']);
    expect(semantics.create(request('Deployment', { fieldValidation: 'Ignore' }), body).warnings).toEqual([]);
  });

  it('has the plain text of a Secret encoded', () => {
    const object = made('Secret', { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'web' }, stringData: { user: 'admin' } });
    expect(object).toMatchObject({ type: 'Opaque', data: { user: 'YWRtaW4=' } });
    expect(object['stringData']).toBeUndefined();
  });

  it('never repeats what a Secret holds in a refusal', () => {
    const error = refusal(() =>
      made('Secret', {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'web' },
        type: 'kubernetes.io/dockerconfigjson',
        stringData: { '.dockerconfigjson': 'hunter2' },
      }),
    );
    expect(error.code).toBe(422);
    expect(JSON.stringify(error.status)).not.toMatch(/hunter2|aHVudGVyMg/);
  });
});

describe('server-side apply', () => {
  it('lets two managers own different fields, and both own what they agree on', () => {
    const first = applied(undefined, deployment({ replicas: 2 }), 'alpha');
    const second = applied(first, partly({ replicas: 2, minReadySeconds: 5 }), 'beta');
    expect(specOf(second)).toMatchObject({ replicas: 2, minReadySeconds: 5 });
    const owners = second.metadata.managedFields?.map((entry) => [entry.manager, JSON.stringify(entry.fieldsV1).includes('f:replicas')]);
    expect(owners).toEqual([
      ['alpha', true],
      ['beta', true],
    ]);
  });

  it('refuses to change the field of another, naming it and its owner, until forced', () => {
    const live = applied(undefined, deployment({ replicas: 2 }), 'alpha');
    const error = refusal(() => applied(live, partly({ replicas: 5 }), 'beta'));
    expect([error.code, error.status.reason]).toEqual([409, 'Conflict']);
    expect(error.status.details?.causes).toEqual([{ reason: 'FieldManagerConflict', message: 'conflict with "alpha"', field: '.spec.replicas' }]);
    const forced = applied(live, partly({ replicas: 5 }), 'beta', true);
    expect(specOf(forced)['replicas']).toBe(5);
    expect(JSON.stringify(forced.metadata.managedFields?.[0]?.fieldsV1)).not.toContain('f:replicas');
  });

  it('names items of keyed lists by their keys, defaults included', () => {
    const port = (name: string): JsonMap => ({ template: { spec: { containers: [{ name: 'web', ports: [{ containerPort: 80, name }] }] } } });
    const live = applied(applied(undefined, deployment(), 'alpha'), partly(port('a')), 'beta');
    expect(fieldsOf(refusal(() => applied(live, partly(port('b')), 'gamma')))).toEqual([
      '.spec.template.spec.containers[name="web"].ports[containerPort=80,protocol="TCP"].name',
    ]);
  });

  it('removes what it no longer names and nobody else owns', () => {
    const first = applied(undefined, configMap({ a: '1', b: '2', c: '3' }), 'alpha');
    const shared = applied(first, configMap({ b: '2' }), 'beta');
    expect(applied(shared, configMap({ a: '1' }), 'alpha')['data']).toEqual({ a: '1', b: '2' });
  });

  it('changes nothing, not even a time, when it says nothing new', () => {
    const live = applied(undefined, deployment({ replicas: 2 }), 'alpha');
    const outcome = semantics.apply(request('Deployment', { now: '2030-01-01T00:00:00Z' }), live, deployment({ replicas: 2 }), false);
    expect(outcome).toMatchObject({ changed: false, created: false });
    expect(outcome.object).toBe(live);
  });

  it('answers an unknown field as the server does, and needs a manager', () => {
    expect(refusal(() => applied(undefined, deployment({ replicaz: 1 }), 'alpha')).code).toBe(500);
    expect(fieldsOf(refusal(() => applied(undefined, deployment(), '')))).toEqual(['fieldManager']);
  });

  it('lets kubectl change what it applied from the client before, and keeps its annotation up to date', () => {
    const key = 'kubectl.kubernetes.io/last-applied-configuration';
    const noted = { ...configMap({ a: '1' }), metadata: { name: 'web', annotations: { [key]: JSON.stringify(configMap({ a: '1' })) } } };
    const live = made('ConfigMap', noted, 'kubectl-client-side-apply');
    expect(refusal(() => applied(live, configMap({ a: '2' }), 'alpha')).code).toBe(409);
    const next = applied(live, configMap({ a: '2' }), 'kubectl');
    expect(next['data']).toEqual({ a: '2' });
    expect(JSON.parse(next.metadata.annotations?.[key] ?? '')).toMatchObject({ data: { a: '2' } });
  });

  it('refuses a uid for an object that is not there', () => {
    expect(refusal(() => applied(undefined, { ...deployment(), metadata: { name: 'web', uid: 'gone' } }, 'alpha')).code).toBe(409);
  });
});

describe('a change', () => {
  it('counts the generation for the spec alone and leaves status alone', () => {
    const live = made('Deployment', deployment());
    const labelled = semantics.patch(request('Deployment'), live, 'application/merge-patch+json', {
      metadata: { labels: { a: 'b' } },
      status: { replicas: 9 },
    }).object;
    expect([labelled.metadata.generation, labelled.status]).toEqual([1, {}]);
    expect(semantics.patch(request('Deployment'), live, 'application/merge-patch+json', { spec: { replicas: 3 } }).object.metadata.generation).toBe(2);
  });

  it('of status leaves the spec alone', () => {
    const live = made('Deployment', deployment());
    const body = { ...(live as unknown as JsonMap), spec: { replicas: 99 }, status: { replicas: 1 } };
    const { object } = semantics.update(request('Deployment', { subresource: 'status', manager: 'controller' }), live, body);
    expect([specOf(object)['replicas'], object.status, object.metadata.generation]).toEqual([1, { replicas: 1 }, 1]);
    expect(object.metadata.managedFields?.at(-1)).toMatchObject({
      manager: 'controller',
      subresource: 'status',
      fieldsV1: { 'f:status': { 'f:replicas': {} } },
    });
  });

  it('is refused when it was made from an older version', () => {
    const live = made('ConfigMap', configMap({ a: '1' }));
    const stale = { ...configMap({ a: '2' }), metadata: { name: 'web', resourceVersion: '6' } };
    expect(refusal(() => semantics.update(request('ConfigMap'), live, stale)).status).toMatchObject({ code: 409, reason: 'Conflict' });
  });

  it.each([
    ['the selector of a Deployment', 'Deployment', deployment(), { spec: { selector: { matchLabels: { app: 'web', more: 'x' } } } }, 'spec.selector'],
    ['the type of a Secret', 'Secret', { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'web' } }, { type: 'example.com/x' }, 'type'],
    ['the data of a frozen ConfigMap', 'ConfigMap', configMap({ a: '1' }, { immutable: true }), { data: { a: '2' } }, 'data'],
    [
      'the spec of a Pod',
      'Pod',
      { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' }, spec: { containers: [{ name: 'a', image: 'b' }] } },
      { spec: { dnsPolicy: 'Default' } },
      'spec',
    ],
  ] as const)('cannot touch %s', (_what, kind, body, patch, field) => {
    expect(fieldsOf(refusal(() => semantics.patch(request(kind), made(kind, body as JsonMap), 'application/merge-patch+json', patch)))).toContain(field);
  });

  it('by scale keeps its own owner and changes the replicas alone', () => {
    const live = made('Deployment', deployment());
    const { object } = semantics.patch(request('Deployment', { subresource: 'scale', manager: 'kubectl' }), live, 'application/merge-patch+json', {
      spec: { replicas: 4 },
    });
    expect(specOf(object)['replicas']).toBe(4);
    expect(object.metadata.managedFields?.find((entry) => entry.subresource === 'scale')).toMatchObject({
      manager: 'kubectl',
      fieldsV1: { 'f:spec': { 'f:replicas': {} } },
    });
    expect(semantics.scaleOf(object)).toMatchObject({ kind: 'Scale', spec: { replicas: 4 }, status: { selector: 'app=web' } });
  });

  it('that takes the last finalizer of a deleted object removes it', () => {
    const live = made('ConfigMap', { ...configMap({}), metadata: { name: 'web', finalizers: ['example.com/hold'] } });
    const marked = stored(semantics.remove({ resource: request('ConfigMap').resource, now: '2026-01-02T03:04:05Z' }, live).object);
    expect(marked.metadata.deletionTimestamp).toBe('2026-01-02T03:04:05Z');
    const late = refusal(() =>
      semantics.patch(request('ConfigMap'), marked, 'application/merge-patch+json', { metadata: { finalizers: ['example.com/hold', 'example.com/b'] } }),
    );
    expect(fieldsOf(late)).toContain('metadata.finalizers');
    expect(semantics.patch(request('ConfigMap'), marked, 'application/merge-patch+json', { metadata: { finalizers: null } }).gone).toBe(true);
  });
});

describe('deleting', () => {
  const resource = request('Pod').resource;
  const pod = (spec: JsonMap): KubeObject => ({
    ...made('Pod', { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' }, spec: { containers: [{ name: 'a', image: 'b' }] } }),
    spec,
  });

  it('gives a pod on a node its time to stop, and an unplaced one none', () => {
    const placed = semantics.remove({ resource, now: '2026-01-02T03:04:05Z' }, pod({ nodeName: 'node1', terminationGracePeriodSeconds: 20 }));
    expect([placed.gone, placed.object.metadata.deletionTimestamp, placed.object.metadata.deletionGracePeriodSeconds]).toEqual([
      false,
      '2026-01-02T03:04:25Z',
      20,
    ]);
    expect(semantics.remove({ resource, now: '2026-01-02T03:04:05Z' }, pod({})).gone).toBe(true);
  });

  it('in the foreground waits for the dependents', () => {
    const outcome = semantics.remove(
      { resource: request('Deployment').resource, now: '2026-01-02T03:04:05Z', propagationPolicy: 'Foreground' },
      made('Deployment', deployment()),
    );
    expect([outcome.gone, outcome.object.metadata.finalizers]).toEqual([false, ['foregroundDeletion']]);
  });

  it('is refused for another object of the same name', () => {
    expect(refusal(() => semantics.remove({ resource, now: '2026-01-02T03:04:05Z', preconditions: { uid: 'other' } }, pod({}))).code).toBe(409);
  });
});
