import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '../shared/json';
import { isJsonObject } from '../shared/json';
import { parseCleanJson } from './clean';
import { ManagerSearch, readWatchLine } from './watchLine';

/** The event as a cache gets it that knows no spec yet. */
function parsedWatchLine(bytes: Buffer, name: string): JsonValue {
  const manager = new ManagerSearch(name);
  const { event, spec } = readWatchLine(bytes, manager, true);
  if (spec === undefined) return event;
  const value = spec.read(undefined, undefined);
  if (value === undefined) return readWatchLine(bytes, manager, false).event;
  const { object, ...rest } = event as { readonly object: JsonObject };
  // As text and back, so that an own key "__proto__" stays one.
  return JSON.parse(
    JSON.stringify({ ...rest, object: 0 }).replace(/"object":0/, () => `"object":${JSON.stringify(Object.assign(object, { spec: value }))}`),
  ) as JsonValue;
}

const line = (value: JsonValue): Buffer => Buffer.from(JSON.stringify(value));
const read = (value: JsonValue): JsonValue => parsedWatchLine(line(value), 'kubeorch');

/** What a cache keeps of an event: the field sets of others are taken away where they are still there. */
function withoutSets(whole: JsonValue): JsonValue {
  const object = isJsonObject(whole) ? whole['object'] : undefined;
  const metadata = isJsonObject(object) ? object['metadata'] : undefined;
  if (!isJsonObject(whole) || !isJsonObject(object) || !isJsonObject(metadata) || !Array.isArray(metadata['managedFields'])) return whole;
  const { managedFields, ...rest } = metadata;
  if ((managedFields as JsonObject[]).some((entry) => isJsonObject(entry) && entry['manager'] === 'kubeorch')) return whole;
  return { ...whole, object: { ...object, metadata: rest } };
}

/** The careful way: everything parsed, then the field sets taken away. */
const carefully = (value: JsonValue): JsonValue => withoutSets(parseCleanJson(JSON.stringify(value)));

const sets = [{ manager: 'kubelet', fieldsV1: { 'f:a': { 'k:{"type":"x]}"}': {} } } }];

describe('a line of a watch', () => {
  test('loses the field sets of other managers, wherever they stand in the metadata', () => {
    for (const metadata of [
      { name: 'a', managedFields: sets },
      { managedFields: sets, name: 'a' },
      { managedFields: sets },
      { labels: { x: 'y' }, managedFields: sets, name: 'a' },
    ]) {
      const { managedFields: _, ...rest } = metadata as JsonObject;
      expect(read({ type: 'ADDED', object: { kind: 'Pod', metadata, spec: { a: [1] } } })).toEqual({
        type: 'ADDED',
        object: { kind: 'Pod', metadata: rest, spec: { a: [1] } },
      });
    }
  });

  test('keeps everything when our manager is among them', () => {
    const event = { type: 'ADDED', object: { metadata: { name: 'a', managedFields: [...sets, { manager: 'kubeorch' }] } } };
    expect(read(event)).toEqual(event);
  });

  test('keeps what only looks like them', () => {
    for (const object of [
      { data: { managedFields: [1, 2] }, metadata: { name: 'a' } },
      { base: { metadata: { managedFields: [1] } }, metadata: { name: 'a' } },
      { metadata: { name: 'a', labels: { managedFields: 'x' } } },
      { metadata: { name: 'a', annotations: { copy: '"managedFields":[{"manager":"x"}]' } } },
      { metadata: { name: 'a' }, spec: { template: { metadata: { managedFields: [1] } } } },
      { metadata: [{ managedFields: [1] }] },
    ]) {
      expect(read({ type: 'ADDED', object })).toEqual({ type: 'ADDED', object });
    }
    expect(read({ type: 'ADDED', other: { metadata: { managedFields: [1] } } })).toEqual({ type: 'ADDED', other: { metadata: { managedFields: [1] } } });
  });

  test('makes control characters visible whether or not there are field sets', () => {
    const name = 'a\u001b[31m\u202eb\u007f';
    for (const managedFields of [undefined, sets]) {
      const event = { type: 'ADDED', object: { metadata: { name, ...(managedFields === undefined ? {} : { managedFields }) } } };
      expect(read(event)).toEqual(carefully(event));
    }
  });

  test('that is broken is refused without being quoted', () => {
    const whole = JSON.stringify({ type: 'ADDED', object: { metadata: { name: 'secret-name', managedFields: sets } } });
    for (let end = 1; end < whole.length; end++)
      expect(() => parsedWatchLine(Buffer.from(whole.slice(0, end)), 'kubeorch')).toThrow(/^not JSON \(\d+ characters\)$/);
  });

  describe('without its spec', () => {
    const spec = { containers: [{ name: 'a', command: ['sh', '-c', 'echo "x" ]}'] }], status: { a: 1 } };
    const event = (object: object): Buffer => Buffer.from(JSON.stringify({ type: 'MODIFIED', object: { kind: 'Pod', metadata: { name: 'a' }, ...object } }));

    test('gives its text, which gives the spec that is known if it is the same', () => {
      for (const rest of [{}, { status: { phase: 'Running' } }]) {
        const { event: bare, spec: text } = readWatchLine(event({ spec: { a: 1, b: ['x'] }, ...rest }), new ManagerSearch('kubeorch'), true);
        expect(bare).toEqual({ type: 'MODIFIED', object: { kind: 'Pod', metadata: { name: 'a' }, spec: null, ...rest } });
        const known = { a: 1, b: ['x'] };
        expect(text?.read(undefined, undefined)).toEqual(known);
        // Nothing is known of how `known` was written…
        expect(text?.read(known, undefined)).toBe(known);
        expect(text?.read({ a: 2 }, undefined)).toEqual(known);
        // …or it is.
        expect(text?.read(known, text.digest)).toBe(known);
        expect(text?.read({ b: ['y'] }, 'another')).toEqual(known);
      }
    });

    test('is read with care where the field sets end elsewhere than they most likely do', () => {
      for (const managedFields of [
        [{ manager: 'a', fieldsV1: { x: [{ y: [] }] } }],
        [{ manager: 'a', fieldsV1: { x: { list: [] }, spec: { a: 1 } } }],
        [{ manager: ']},"spec":{', fieldsV1: {} }],
        [{ manager: ']', fieldsV1: { 'f:]}': {} } }],
        [],
      ]) {
        for (const rest of [
          { spec: { a: 1 }, status: {} },
          { template: { list: [], spec: { b: 1 } }, spec: { a: 1 } },
          { other: { list: [] }, spec: { a: 1 } },
        ]) {
          const read = parsedWatchLine(event({ metadata: { name: 'a', managedFields }, ...rest }), 'kubeorch');
          expect(read).toEqual({ type: 'MODIFIED', object: { kind: 'Pod', metadata: { name: 'a' }, ...rest } });
        }
      }
    });

    test('is read as a whole where the spec ends elsewhere than it most likely does', () => {
      for (const object of [
        { spec, status: {} },
        { spec, other: { a: 1 }, status: { b: 1 } },
        { spec: { template: { x: 1, status: { phase: 'x' } } } },
        { spec: { a: 1 }, other: 1 },
      ]) {
        expect(parsedWatchLine(event(object), 'kubeorch')).toEqual(JSON.parse(event(object).toString('utf8')));
      }
    });
  });

  test('is read as the careful way reads it, for any event', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('managedFields', '"managedFields":[', 'spec', 'status', ',"status":{', 'metadata', '\\', '"', ']', 'kubeorch', 'manager'),
    );
    const anything = fc.jsonValue({ depthSize: 'small' }) as fc.Arbitrary<JsonValue>;
    const managers = fc.array(fc.record({ manager: fc.constantFrom('kubelet', 'kubeorch', 'a"b'), fieldsV1: fc.dictionary(text, anything, { maxKeys: 3 }) }), {
      maxLength: 3,
    });
    const metadata = fc.dictionary(text, anything, { maxKeys: 4 }).chain((rest) =>
      fc.oneof(
        fc.constant(rest),
        managers.map((managedFields) => ({ ...rest, managedFields })),
      ),
    );
    const object = fc.dictionary(text, anything, { maxKeys: 3 }).chain((rest) =>
      fc
        .tuple(metadata, fc.option(fc.oneof(anything, fc.dictionary(text, anything, { maxKeys: 3 })), { nil: undefined }), fc.boolean())
        .map(([meta, spec, hasStatus]) => ({
          ...rest,
          metadata: meta,
          ...(spec === undefined ? {} : { spec }),
          ...(hasStatus ? { status: { phase: 'x' } } : {}),
          ...(spec === null ? {} : { tail: 1 }),
        })),
    );
    fc.assert(
      fc.property(object, (one) => {
        const event = { type: 'MODIFIED', object: one } as JsonValue;
        // Having seen a key that ends with a backslash, V8 takes a key that ends with a quote for it (13.6); no cluster has such.
        fc.pre(!JSON.stringify(event).includes('\\\\":'));
        // As text, which an own key "__proto__" is part of.
        expect(JSON.stringify(withoutSets(read(event)))).toBe(JSON.stringify(carefully(event)));
      }),
      { numRuns: 2_000 },
    );
  });
});
