import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { JsonObject, OpenApiData } from './index';
import { findingsOf, isBase64, isDateTime, isQuantity, openApiFromJson, quantityNanos, schemaAt, validateObject, walkObject } from './index';

const data = JSON.parse(readFileSync(new URL('data/kubernetes.json', import.meta.url), 'utf8')) as OpenApiData;
const openApi = openApiFromJson(data);

const deployment = (spec: JsonObject): JsonObject => ({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' }, spec });
const container = (extra: JsonObject = {}): JsonObject => ({
  selector: { matchLabels: { app: 'web' } },
  template: { spec: { containers: [{ name: 'web', ...extra }] } },
});

describe('the shipped structure', () => {
  it('resolves every reference and reaches every list kind', () => {
    for (const [, ref] of JSON.stringify(data.schemas).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) expect(openApi.schemaNamed(ref ?? '')).toBeDefined();
    for (const one of openApi.resources) if (one.verbs.includes('list')) expect(openApi.schemaNamed(`${one.schema}List`)).toBeDefined();
  });

  it('carries no prose', () => {
    const visit = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return;
      expect(Object.hasOwn(value, 'description') && typeof (value as { description: unknown }).description === 'string').toBe(false);
      Object.values(value).forEach(visit);
    };
    visit(data.schemas);
  });
});

describe('finding kinds', () => {
  it('finds a resource by kind and by plural name', () => {
    expect(openApi.resourceOf('apps/v1', 'Deployment')).toMatchObject({ plural: 'deployments', shortNames: ['deploy'], namespaced: true });
    expect(openApi.resourceAt('', 'v1', 'services')?.kind).toBe('Service');
    expect(openApi.resourceOf('apps/v1', 'Deploymint')).toBeUndefined();
    expect(openApi.schemaOf('autoscaling/v1', 'Scale')?.fields.has('spec')).toBe(true);
  });

  it('lists subresources with the kind that they carry', () => {
    const scale = openApi.resourceOf('apps/v1', 'Deployment')?.subresources.find((one) => one.name === 'scale');
    expect(scale).toMatchObject({ group: 'autoscaling', version: 'v1', kind: 'Scale' });
  });

  it('answers nothing for names that every object inherits', () => {
    expect(openApi.schemaNamed('constructor')).toBeUndefined();
    expect(openApi.schemaJson('toString')).toBeUndefined();
  });
});

describe('list and map types', () => {
  const at = (...path: (string | number)[]): unknown => {
    const schema = openApi.schemaOf('apps/v1', 'Deployment');
    return schema && schemaAt(schema, path);
  };
  it('tells keyed lists, sets and atomic lists apart', () => {
    expect(at('spec', 'template', 'spec', 'containers')).toMatchObject({ listType: 'map', keys: ['name'] });
    expect(at('spec', 'template', 'spec', 'containers', 0, 'ports')).toMatchObject({ listType: 'map', keys: ['containerPort', 'protocol'] });
    expect(at('metadata', 'finalizers')).toMatchObject({ listType: 'set' });
    expect(at('spec', 'template', 'spec', 'containers', 0, 'args')).toMatchObject({ listType: 'atomic' });
  });
  it('knows atomic maps', () => {
    expect(at('spec', 'selector')).toMatchObject({ type: 'object', atomic: true });
    expect(at('metadata', 'labels')).toMatchObject({ type: 'object', atomic: false });
  });
});

describe('checking an object', () => {
  it('finds nothing wrong with a sound one', () => {
    expect(validateObject(openApi, deployment(container({ image: 'a:1', resources: { limits: { cpu: '500m', memory: 1024 } } })))).toEqual([]);
  });

  it('names unknown fields at their path', () => {
    const findings = validateObject(openApi, deployment({ ...container({ imagePullPolcy: 'Always' }), replicaz: 3 }));
    expect(findings.map((one) => [one.path.join('.'), one.code])).toEqual([
      ['spec.template.spec.containers.0.imagePullPolcy', 'unknownField'],
      ['spec.replicaz', 'unknownField'],
    ]);
  });

  it('finds wrong types, formats, enumerations and missing required fields', () => {
    const findings = validateObject(
      openApi,
      deployment({
        ...container({ imagePullPolicy: 'always', ports: [{ containerPort: '80' }], resources: { limits: { cpu: 'lots' } } }),
        selector: null,
        replicas: '3',
      }),
    );
    expect(findings.map((one) => `${one.path.join('.')} ${one.code}`).sort()).toEqual([
      'spec.replicas wrongType',
      'spec.selector missingRequired',
      'spec.template.spec.containers.0.imagePullPolicy notInEnum',
      'spec.template.spec.containers.0.ports.0.containerPort wrongType',
      'spec.template.spec.containers.0.resources.limits.cpu badFormat',
    ]);
  });

  it('sees duplicates with key defaults filled in', () => {
    const findings = validateObject(openApi, deployment(container({ ports: [{ containerPort: 80 }, { containerPort: 80, protocol: 'TCP' }] })));
    expect(findings.map((one) => [one.path.join('.'), one.code])).toEqual([['spec.template.spec.containers.0.ports.1', 'duplicateItem']]);
  });

  it('never shows a value that may be secret', () => {
    const findings = validateObject(openApi, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, data: { password: 'hunter2!' } });
    expect(findings).toMatchObject([{ path: ['data', 'password'], code: 'badFormat' }]);
    expect(JSON.stringify(findings)).not.toContain('hunter2');
  });

  it('says so when the kind is unknown', () => {
    expect(validateObject(openApi, { apiVersion: 'v2', kind: 'Pod' })).toMatchObject([{ code: 'unknownKind', found: 'v2 Pod' }]);
  });

  it('takes int-or-string as either', () => {
    const schema = openApi.schemaOf('v1', 'Service');
    const port = schema && schemaAt(schema, ['spec', 'ports', 0, 'targetPort']);
    expect(port && ['http', 80, true].map((value) => findingsOf(port, value).length)).toEqual([0, 0, 1]);
  });
});

describe('the walk', () => {
  it('gives each value its schema and skips what the visitor refuses', () => {
    const schema = openApi.schemaOf('v1', 'ConfigMap');
    const seen: string[] = [];
    walkObject(schema, { metadata: { name: 'a' }, data: { x: '1' }, odd: 1 }, (_value, known, path) => {
      seen.push(`${path.join('.')}:${known?.type ?? 'none'}`);
      return path[0] !== 'metadata';
    });
    expect(seen).toEqual([':object', 'metadata:object', 'data:object', 'data.x:scalar', 'odd:none']);
  });
});

describe('formats', () => {
  it('compares quantities exactly', () => {
    expect(quantityNanos('500m')).toBe(quantityNanos('0.5'));
    expect(quantityNanos('1Gi')).toBe(quantityNanos('1024Mi'));
    expect(quantityNanos('1e3')).toBe(quantityNanos('1k'));
    expect(quantityNanos('-1.5')).toBe(-1_500_000_000n);
    expect(quantityNanos('1e999999')).toBeUndefined();
    expect(isQuantity('1 Gi')).toBe(false);
  });
  it('knows dates and base64 as the API server reads them', () => {
    expect([isDateTime('2026-01-02T03:04:05Z'), isDateTime('2026-01-02')]).toEqual([true, false]);
    expect([isBase64('aGk='), isBase64('aGk'), isBase64('')]).toEqual([true, false, true]);
  });
});

describe('documents for kubectl', () => {
  it('hold every path with its kind, the write parameters, and all schemas that they reach', () => {
    const document = openApi.document('apps', 'v1');
    expect(document?.paths['/apis/apps/v1/namespaces/{namespace}/deployments/{name}']?.patch?.parameters.map((one) => one.name)).toContain('fieldValidation');
    expect(document?.paths['/apis/apps/v1/deployments']?.get?.['x-kubernetes-group-version-kind']).toEqual({
      group: 'apps',
      version: 'v1',
      kind: 'Deployment',
    });
    const names = Object.keys(document?.components.schemas ?? {});
    for (const [, ref] of JSON.stringify(document).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) expect(names).toContain(ref);
  });
  it('are absent for a group version that has no kinds', () => {
    expect(openApi.document('apps', 'v2')).toBeUndefined();
  });
});
