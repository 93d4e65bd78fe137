import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../shared/json';
import { isJsonObject, jsonObject } from '../../../shared/json';
import type { LoadedCatalog } from '../../catalog';
import { anyTexts } from '../../document/tests/hostileTexts';
import { parseWorkflow } from '../../document/parse';
import { renderWorkflow } from '../../render';
import { definitionFromCrd } from '../customDefinition';
import { readPlugin } from '../definition';
import { generatedPlugin } from '../generatePlugin';

const sound = `name: thing
category: database
crd: { group: example.com, version: v1, kind: Thing, plural: things, scope: Namespaced }
fields:
  - { name: a, type: string }
  - { name: b, type: number, min: 0, default: 1 }
  - { name: c, type: secret }
template:
  spec:
    $if: fields.b > 0
    list:
      - $for: one in [1, 2]
        x: \${ one }
    a: \${ fields.?a }
health:
  - { when: 'status.ready == true', state: healthy, message: '\${ status.x }' }
`;

const tokens = [
  ...['$if: ', '$for: x in y', '$include: podSpec', '$with: ', '$value: ', '$else: ', '${', '}', '${ fields.a }', '${ [1].map(i, i) }', '${ a + a }', '$${'],
  ...[
    'name: ',
    'type: ',
    'crd: ',
    'fields:',
    'template:',
    'health:',
    'when: ',
    'state: healthy',
    'relations:',
    'to: [',
    '- ',
    '\n',
    '\n  ',
    '\n    ',
    '{ ',
    ' }',
    ', ',
  ],
  ...[
    '__proto__: ',
    'constructor',
    '*a',
    '&a ',
    '<<: *a',
    '1e400',
    '0644',
    'yes',
    '!!binary ',
    '\u0000',
    '\ud800',
    '[[[[[[',
    '{{{{',
    '"',
    "'",
    'matches("(a+)+b")',
  ],
];

const pluginTexts = (): fc.Arbitrary<string> =>
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.tuple(fc.nat(), fc.nat({ max: 25 }), fc.array(fc.constantFrom(...tokens), { maxLength: 4 })).map(([at, length, put]) => {
        const start = at % (sound.length + 1);
        return sound.slice(0, start) + put.join('') + sound.slice(start + length);
      }),
    },
    { weight: 2, arbitrary: fc.array(fc.constantFrom(...tokens), { maxLength: 40 }).map((parts) => parts.join('')) },
    { weight: 1, arbitrary: anyTexts() },
  );

const hostileValues = fc.oneof(
  fc.constantFrom('a\nb: c', '{{ x }}', '${ fields.a }', 'yes', '0644', '__proto__', '$include', 'x'.repeat(10_240), '\u2028', '---', ''),
  fc.string({ unit: 'binary', maxLength: 60 }),
);

/** What no plugin file and no value may do, with so many cases of each kind. */
export function pluginProperties(core: LoadedCatalog, numRuns: number): void {
  const empty = parseWorkflow('apiVersion: kubeorch.dev/v1alpha1\nkind: Workflow\nname: w\nnodes: {}\n').workflow;

  describe(`plugin files, ${numRuns} of each`, () => {
    test('any text gives a plugin or problems with places, and what it renders is an object of its kind or a problem', () => {
      fc.assert(
        fc.property(pluginTexts(), fc.jsonValue({ maxDepth: 3 }), (text, given) => {
          const { plugin, problems } = readPlugin('p.yaml', text);
          for (const problem of problems) expect(problem.range).toBeDefined();
          expect(plugin === undefined).toBe(problems.some((problem) => problem.severity === 'error'));
          if (plugin === undefined) return;
          const loaded: LoadedCatalog = {
            ...core,
            catalog: { kinds: [...core.catalog.kinds, plugin.kind] },
            templateOf: () => plugin.template,
            healthRulesOf: () => plugin.health,
          };
          const fields = isJsonObject(given) ? given : { a: 'x' };
          const nodes = [{ id: 'n', type: plugin.kind.type, data: { fields } as unknown as JsonObject }];
          const { objects, problems: wrong } = renderWorkflow({ workflow: { ...empty, nodes }, loaded, namespace: 'n' });
          expect(objects.length + wrong.length).toBeGreaterThan(0);
          for (const { object } of objects) expect(object.metadata.namespace === undefined || object.metadata.namespace === 'n').toBe(true);
          plugin.health?.({ apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name: 'x' }, status: fields });
        }),
        { numRuns },
      );
    });

    test('any text as a value is exactly that value, and stands where it was put and nowhere else', () => {
      const { plugin } = readPlugin('p.yaml', sound);
      if (plugin === undefined) throw new Error('the sound plugin is none');
      const loaded: LoadedCatalog = { ...core, catalog: { kinds: [...core.catalog.kinds, plugin.kind] }, templateOf: () => plugin.template };
      fc.assert(
        fc.property(hostileValues, (value) => {
          const nodes = [{ id: 'n', type: 'thing', data: { fields: jsonObject([['a', value]]) } }];
          const { objects } = renderWorkflow({ workflow: { ...empty, nodes }, loaded, namespace: 'n' });
          expect(JSON.parse(JSON.stringify(objects[0]?.object.spec))).toEqual({ list: [{ x: 1 }, { x: 2 }], a: value });
        }),
        { numRuns },
      );
    });

    test('whatever a definition holds, what is generated from it is a sound plugin', () => {
      const word = fc.oneof(
        fc.constantFrom('name', 'type', '__proto__', 'constructor', '$if', 'a b', 'ä', '0', 'yes', 'config', 'secretRef'),
        fc.string({ unit: 'binary', maxLength: 8 }),
      );
      const schema: fc.Memo<JsonObject> = fc.memo((depth) =>
        fc
          .record(
            {
              type: fc.constantFrom('string', 'integer', 'number', 'boolean', 'object', 'array'),
              description: fc.string({ unit: 'binary', maxLength: 40 }),
              enum: fc.array(fc.oneof(fc.string({ unit: 'binary', maxLength: 6 }), fc.integer(), fc.boolean()), { minLength: 1, maxLength: 3 }),
              minimum: fc.integer({ min: -5, max: 5 }),
              maximum: fc.integer({ min: 6, max: 50 }),
              default: fc.jsonValue({ maxDepth: 1 }),
              properties: depth <= 1 ? fc.constant({}) : fc.dictionary(word, schema(depth - 1), { maxKeys: 4, noNullPrototype: true }),
              required: fc.array(word, { maxLength: 3 }),
            },
            { requiredKeys: [] },
          )
          .map((one) => one as unknown as JsonObject),
      );
      fc.assert(
        fc.property(schema(4), schema(2), (spec, status) => {
          const source = definitionFromCrd({
            spec: {
              group: 'example.com',
              scope: 'Namespaced',
              names: { kind: 'Thing', plural: 'things' },
              versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { properties: { spec, status } } } }],
            },
          });
          const { text } = generatedPlugin(source);
          const { plugin, problems } = readPlugin('p.yaml', text);
          expect(problems).toEqual([]);
          expect(plugin?.kind.type).toBe('thing');
        }),
        { numRuns },
      );
    });
  });
}
