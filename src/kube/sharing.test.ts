import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { KubeObject } from '../shared/kubeObject';
import { VirtualClock } from '../testing/virtualClock';
import { CommonParts } from './sharing';

/** A cache as a reflector keeps one. */
function rig() {
  const cache = new Map<string, KubeObject>();
  const clock = new VirtualClock();
  const parts = new CommonParts(cache, clock);
  const put = (fresh: KubeObject): KubeObject => {
    const key = fresh.metadata.name;
    const known = cache.get(key);
    if (known !== undefined) parts.changed(key, known);
    const kept = known === undefined ? parts.keep(fresh) : fresh;
    cache.set(key, kept);
    return kept;
  };
  return { cache, clock, parts, put };
}

const pod = (name: string, more: object = {}): KubeObject =>
  JSON.parse(
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: 'u', controller: true }] },
      spec: { containers: [{ name: 'web', image: 'web:1', env: [{ name: 'A', value: 'b' }] }], nodeName: `node-${name}` },
      status: { phase: 'Running', podIP: name },
      ...more,
    }),
  ) as KubeObject;

test('the pods of one workload hold one copy of what they have in common', () => {
  const { put } = rig();
  const first = put(pod('a'));
  const second = put(pod('b'));
  expect(second).toEqual(pod('b'));
  expect(second.spec?.['containers']).toBe(first.spec?.['containers']);
  expect(second.metadata.ownerReferences).toBe(first.metadata.ownerReferences);
  expect(second.status).not.toBe(first.status);
});

test('a new version holds what has not changed, once the storm is over', async () => {
  const { put, clock } = rig();
  const first = put(pod('a'));
  put(pod('a', { status: { phase: 'Pending', podIP: 'a' } }));
  const last = put(pod('a', { status: { phase: 'Failed', podIP: 'a' } }));
  expect(last.spec).not.toBe(first.spec);
  await clock.advance(1_000);
  expect(last.spec).toBe(first.spec);
  expect(last).toEqual(pod('a', { status: { phase: 'Failed', podIP: 'a' } }));
  expect(first).toEqual(pod('a'));
});

test('what was removed meanwhile is not compared, and nothing waits after the end', async () => {
  const { put, cache, clock, parts } = rig();
  put(pod('a'));
  const last = put(pod('a', { status: { phase: 'Failed' } }));
  cache.delete('a');
  parts.removed('a');
  await clock.advance(1_000);
  expect(last.spec).toEqual(pod('a').spec);
  put(pod('b'));
  put(pod('b'));
  parts.dispose();
  expect(clock.waiting).toBe(0);
});

test('keys that every object inherits are shared by nobody', () => {
  const { put } = rig();
  put({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: {} });
  const hostile = JSON.parse(
    '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"b"},"data":{"__proto__":{"x":1},"constructor":"c","toString":"t"}}',
  ) as KubeObject;
  const kept = put(hostile);
  expect(JSON.stringify(kept.data)).toBe('{"__proto__":{"x":1},"constructor":"c","toString":"t"}');
  expect(Object.getPrototypeOf(kept.data)).toBe(Object.prototype);
});

test('what is kept equals what came, and what was kept before never changes', async () => {
  const value = fc.jsonValue({ depthSize: 'small' });
  const object = fc.record({
    metadata: fc.record({ name: fc.constantFrom('a', 'b', 'c') }),
    spec: fc.dictionary(fc.constantFrom('x', 'y', 'z'), value),
    status: value,
  });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(object, fc.boolean()), { maxLength: 12 }), async (steps) => {
      const { put, cache, clock } = rig();
      const expected = new Map<string, string>();
      const before: [KubeObject, string][] = [];
      for (const [one, pause] of steps) {
        const text = JSON.stringify({ apiVersion: 'v1', kind: 'Pod', ...one });
        before.push([put(JSON.parse(text) as KubeObject), text]);
        expected.set(one.metadata.name, text);
        if (pause) await clock.advance(1_000);
        for (const [name, kept] of cache) expect(kept).toEqual(JSON.parse(expected.get(name) ?? ''));
        for (const [kept, said] of before) expect(kept).toEqual(JSON.parse(said));
      }
    }),
    { numRuns: 300 },
  );
});
