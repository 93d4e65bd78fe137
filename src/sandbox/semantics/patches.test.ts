import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { OpenApiData, Schema } from '../../openapi';
import { openApiFromJson, schemaAt } from '../../openapi';
import { ApiError } from '../apiStatus';
import { jsonPatched, mergePatched, strategicallyPatched } from './patches';

const openApi = openApiFromJson(JSON.parse(readFileSync(new URL('../../openapi/data/kubernetes.json', import.meta.url), 'utf8')) as OpenApiData);
const deployment = openApi.schemaOf('apps/v1', 'Deployment');
const podSpec = (deployment && schemaAt(deployment, ['spec', 'template', 'spec'])) as Schema;

describe('a merge patch', () => {
  it('removes by null, merges maps and replaces lists', () => {
    expect(mergePatched({ a: 1, b: { c: 1, d: [1, 2] } }, { a: null, b: { d: [3] }, e: { f: null, g: 1 } })).toEqual({ b: { c: 1, d: [3] }, e: { g: 1 } });
  });

  it('cannot reach a prototype', () => {
    const made = mergePatched({}, JSON.parse('{"__proto__":{"polluted":true}}') as never);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    expect(Object.keys(made as object)).toEqual(['__proto__']);
  });
});

describe('a JSON patch', () => {
  it('applies all operations or none', () => {
    const target = { metadata: { labels: { a: '1' } } };
    const bad = [
      { op: 'add', path: '/metadata/labels/b', value: '2' },
      { op: 'test', path: '/metadata/labels/a', value: 'other' },
    ];
    expect(() => jsonPatched(target, bad)).toThrow(ApiError);
    expect(target).toEqual({ metadata: { labels: { a: '1' } } });
  });

  it('replaces a key that is not there yet, as the API server does', () => {
    expect(jsonPatched({ metadata: {} }, [{ op: 'replace', path: '/metadata/labels', value: { a: '1' } }])).toEqual({ metadata: { labels: { a: '1' } } });
  });
});

describe('a strategic merge patch', () => {
  const live = {
    containers: [
      { name: 'a', image: 'a:1', env: [{ name: 'X', value: '1' }] },
      { name: 'b', image: 'b:1' },
    ],
  };

  it('merges containers by name and keeps the others', () => {
    expect(strategicallyPatched(podSpec, live, { containers: [{ name: 'b', image: 'b:2' }] })).toEqual({
      containers: [
        { name: 'a', image: 'a:1', env: [{ name: 'X', value: '1' }] },
        { name: 'b', image: 'b:2' },
      ],
    });
  });

  it('deletes an item by its directive and follows the order that is set', () => {
    const patched = strategicallyPatched(podSpec, live, {
      $setElementOrder: null,
      '$setElementOrder/containers': [{ name: 'c' }, { name: 'b' }],
      containers: [
        { name: 'a', $patch: 'delete' },
        { name: 'c', image: 'c:1' },
      ],
    });
    expect(patched).toEqual({
      containers: [
        { name: 'c', image: 'c:1' },
        { name: 'b', image: 'b:1' },
      ],
    });
  });

  it('replaces a list without a merge strategy, and a map on demand', () => {
    const patched = strategicallyPatched(
      podSpec,
      { nodeSelector: { a: '1' }, tolerations: [{ key: 'a' }] },
      { nodeSelector: { $patch: 'replace', b: '2' }, tolerations: [{ key: 'b' }] },
    );
    expect(patched).toEqual({ nodeSelector: { b: '2' }, tolerations: [{ key: 'b' }] });
  });

  it('keeps only the retained keys', () => {
    const strategy = deployment && schemaAt(deployment, ['spec', 'strategy']);
    expect(strategicallyPatched(strategy, { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } }, { $retainKeys: ['type'], type: 'Recreate' })).toEqual({
      type: 'Recreate',
    });
  });
});
