import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ObjectSchema, OpenApiData } from '../../openapi';
import { openApiFromJson } from '../../openapi';
import type { Json, JsonMap } from '../objects';
import { sameValue } from '../objects';
import { compareTyped, fieldSetOf, mergeTyped, typeErrors, withoutItems } from './typed';

const openApi = openApiFromJson(JSON.parse(readFileSync(new URL('../../openapi/data/kubernetes.json', import.meta.url), 'utf8')) as OpenApiData);
const schema = openApi.schemaOf('v1', 'Pod') as ObjectSchema;

const word = fc.constantFrom('a', 'b', 'c');
const labels = fc.dictionary(word, word, { minKeys: 1, maxKeys: 3 });
const port = fc.record({ containerPort: fc.constantFrom(80, 443), protocol: fc.constantFrom('TCP', 'UDP'), name: word });
const container = fc.record({
  name: word,
  image: word,
  ports: fc.uniqueArray(port, { selector: (one) => `${one.containerPort}/${one.protocol}`, minLength: 1, maxLength: 3 }),
  args: fc.array(word, { minLength: 1, maxLength: 2 }),
});
const pod: fc.Arbitrary<JsonMap> = fc.record({
  metadata: fc.record({ labels, finalizers: fc.uniqueArray(word, { minLength: 1, maxLength: 3 }) }),
  spec: fc.record({ containers: fc.uniqueArray(container, { selector: (one) => one.name, minLength: 1, maxLength: 3 }), nodeSelector: labels }),
});

const names = (object: Json | undefined): string[] => ((object as { spec: { containers: { name: string }[] } }).spec.containers ?? []).map((one) => one.name);

describe('structured merge', () => {
  it('takes its own objects for sound', () => {
    fc.assert(
      fc.property(pod, (object) => {
        expect(typeErrors(schema, object, false)).toEqual([]);
      }),
    );
  });

  it('changes nothing when an object is laid over itself', () => {
    fc.assert(
      fc.property(pod, (object) => {
        expect(sameValue(mergeTyped(schema, object, object), object)).toBe(true);
        const { added, modified, removed } = compareTyped(schema, object, object);
        expect([added.isEmpty, modified.isEmpty, removed.isEmpty]).toEqual([true, true, true]);
      }),
    );
  });

  it('gives the config its values and order, and keeps what only the live object has', () => {
    fc.assert(
      fc.property(pod, pod, (live, config) => {
        const merged = mergeTyped(schema, live, config);
        const changed = compareTyped(schema, config, merged ?? {});
        expect([changed.modified.isEmpty, changed.removed.isEmpty]).toEqual([true, true]);
        const order = names(merged).filter((name) => names(config).includes(name));
        expect(order).toEqual(names(config));
        for (const name of names(live)) expect(names(merged)).toContain(name);
      }),
    );
  });

  it('changes values only where the config has a say', () => {
    fc.assert(
      fc.property(pod, pod, (live, config) => {
        const merged = mergeTyped(schema, live, config) ?? {};
        const { modified, removed } = compareTyped(schema, live, merged);
        expect(removed.isEmpty).toBe(true);
        expect(modified.difference(fieldSetOf(schema, config)).isEmpty).toBe(true);
      }),
    );
  });

  it('can take the items of a set out again', () => {
    const object = { spec: { containers: [{ name: 'a', image: 'x' }, { name: 'b' }], nodeSelector: { k: 'v', l: 'w' } } };
    const gone = fieldSetOf(schema, { spec: { containers: [{ name: 'a', image: 'x' }], nodeSelector: { k: 'v' } } });
    expect(withoutItems(schema, object, gone)).toEqual({ spec: { containers: [{ name: 'b' }], nodeSelector: undefined } });
  });

  it('names unknown fields, wrong types and duplicates with their place', () => {
    const wrong = { spec: { containers: [{ name: 'a', image: 1 }, { name: 'a' }], nodes: 1 } };
    expect(typeErrors(schema, wrong, false)).toEqual([
      '.spec.containers[name="a"].image: expected string, got &{number}',
      '.spec.containers: duplicate entries for key [name="a"]',
      '.spec.nodes: field not declared in schema',
    ]);
  });
});
