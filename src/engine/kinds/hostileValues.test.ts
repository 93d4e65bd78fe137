import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import type { CatalogField, CatalogKind } from '../../shared/catalog';
import type { JsonObject, JsonPath, JsonValue } from '../../shared/json';
import { isJsonObject, jsonObject, withValueAt } from '../../shared/json';
import { emptyWorkflow } from '../../shared/workflow';
import { loadedWith } from '../../testing/pluginCatalog';
import { checkWorkflow } from '../check';
import { editText } from '../document/editText';
import { parseWorkflow } from '../document/parse';
import { manifestYaml } from '../manifestText';
import { renderWorkflow } from '../render';
import { placeholderOf } from '../checks/fields';

/** A plugin with a field of each type. */
const pluginFile = `name: cache
category: database
crd: { group: caches.example.com, version: v1beta1, kind: Cache, plural: caches, scope: Namespaced }
fields:
  - { name: engine, type: string, required: true }
  - { name: config, type: textarea }
  - { name: mode, type: select, options: [fast, safe], default: safe }
  - { name: password, type: secret }
  - { name: size, type: number, default: 2 }
  - { name: backups, type: boolean, default: false }
`;
const loaded = await loadedWith({ 'plugins/cache.yaml': pluginFile });
/** What a program renders becomes no manifest of ours; hostile charts and bases are tested where they are rendered. */
const kinds = loaded.catalog.kinds.filter((kind) => kind.renderedBy === undefined);

/** Texts that YAML, templates or JavaScript could take for something else. */
const fixed: readonly string[] = [
  ...['\n', 'a\nb', 'a\n', '\na', 'a\n\n\nb\n', 'x\nevil: true', 'x\r\ny', '\r', 'a\tb', '\t', '\ta', 'a\t', ' a', 'a ', '  ', ' \n ', 'a\n b\n  c'],
  ...[
    '{{',
    '}}',
    '{{ x }}',
    '{{ .Values.x }}',
    '{{- end }}',
    '${',
    '${}',
    '${ data }',
    '$${ x }',
    '${ data.image }',
    '${ secret',
    '}',
    '$',
    '$if',
    '$for',
    '$value',
    '$include',
    '$(VAR)',
  ],
  ...[
    'yes',
    'no',
    'on',
    'off',
    'y',
    'n',
    'Y',
    'N',
    'True',
    'FALSE',
    'true',
    'false',
    'null',
    'Null',
    '~',
    'NULL',
    'none',
    'undefined',
    'NaN',
    '.nan',
    '.inf',
    '-.INF',
    'Infinity',
  ],
  ...[
    '0644',
    '0o17',
    '0x1F',
    '0b11',
    '1e400',
    '1e3',
    '-1e-400',
    '1_000',
    '+1',
    '-0',
    '00',
    '08',
    '1.',
    '.5',
    '1.10',
    '12:30:45',
    '190:20:30',
    '1,000',
    '123456789012345678901234567890',
  ],
  ...[
    '9007199254740993',
    '-9223372036854775808',
    '18446744073709551616',
    '2020-01-01',
    '2001-12-14t21:59:43.10-05:00',
    '2001-12-15 2:59:43',
    '!!binary aGk=',
    '!!str x',
    '!tag',
    '=',
    '<<',
  ],
  ...[
    '- a',
    '-',
    '- ',
    '--- ',
    '---',
    '...',
    '# c',
    'a # b',
    'a #b',
    ': ',
    'a: b',
    'a:',
    ':a',
    '::',
    '? a',
    '?',
    '| ',
    '|',
    '>',
    '>-',
    '|+\n',
    '%YAML 1.1',
    '@a',
    '`a`',
    '&a',
    '*a',
    '&',
    '*',
    '!',
    ',',
  ],
  ...['[', ']', '[a]', '{', '{a: b}', '{}', '[]', '""', "''", '"', "'", "it's", 'a"b', '\\', '\\n', '\\u0000', 'a\\', '"\\"', "'\n'", '"\n'],
  ...['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf', '__defineGetter__'],
  ...[
    '\u0000',
    'a\u0000b',
    '\u0001',
    '\u0007',
    '\b',
    '\u000b',
    '\f',
    '\u001b[31m',
    '\u007f',
    '\u0080',
    '\u0085',
    '\u009f',
    '\u00a0',
    '\ufeff',
    '\ufffe',
    '\uffff',
    '\u2028',
    '\u2029',
    'a\u2028b',
    '\u200b',
    '\u202e',
    '\u2066',
  ],
  ...['ä', 'ß', '中文', 'العربية', '👍', '👨‍👩‍👧‍👦', 'e\u0301', '\u{1f1e9}\u{1f1ea}', '\ud800', 'a\udfff', '\u{10ffff}', '𝕏'],
  ...[
    'a'.repeat(10_240),
    'a b '.repeat(2560),
    '\n'.repeat(200),
    'x: y\n'.repeat(500),
    '"'.repeat(300),
    '👍'.repeat(2000),
    ' '.repeat(400),
    '# '.repeat(200),
    '- '.repeat(200),
  ],
  ...[
    '../../etc/passwd',
    '/',
    '//',
    '..',
    'file:///etc/passwd',
    'javascript:alert(1)',
    '<script>alert(1)</script>',
    '&amp;',
    '%00',
    '%s',
    "'; drop table x; --",
    '$(rm -rf /)',
    '`id`',
    'a|b',
    '\u0000\n',
  ],
  ...[
    'kind: Pod',
    'apiVersion: v1\nkind: Secret',
    '---\nkind: Pod\n---',
    'a\n---\nb',
    'a\n...\nb',
    '  indented\n more',
    'ends with colon:',
    'a:\n  - b',
    '\\x41',
    '1 2',
    '=1+1',
  ],
];

/** One text field of a kind: the way to it, through the first item of every list and a key of every map. */
interface Place {
  readonly path: JsonPath;
  /** What else stands on the way: siblings that are required, and those that the field waits for. */
  readonly set: readonly (readonly [JsonPath, JsonValue])[];
}

function textPlaces(fields: readonly CatalogField[], path: JsonPath = [], set: Place['set'] = []): readonly Place[] {
  const required = fields
    .filter((field) => field.required && field.default === undefined)
    .map((field) => [[...path, field.name], placeholderOf(field)] as const);
  return fields.flatMap((field): readonly Place[] => {
    const at = [...path, field.name];
    const waits = field.dependsOn === undefined ? [] : [[[...path, field.dependsOn.field], field.dependsOn.values[0] ?? null] as const];
    const around = [...set, ...required, ...waits];
    const { items } = field;
    if (field.type === 'object') return field.free === true ? [{ path: [...at, 'note'], set: around }] : textPlaces(field.fields ?? [], at, around);
    if (field.type === 'array' && items?.type === 'object') return textPlaces(items.fields ?? [], [...at, 0], around);
    if (field.type === 'array') return items?.type === 'string' || items?.type === 'text' ? [{ path: [...at, 0], set: around }] : [];
    if (field.type === 'map') return items?.type === 'string' || items?.type === 'text' ? [{ path: [...at, 'some.key'], set: around }] : [];
    return field.type === 'string' || field.type === 'text' ? [{ path: at, set: around }] : [];
  });
}

/** A text as it comes back from a file. */
function onDisk(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8');
}

/** Every text of a tree, keys left out. */
function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

function dataFor(kind: CatalogKind, place: Place, value: string): JsonObject {
  let data: JsonValue = jsonObject(
    kind.fields.filter((field) => field.required && field.default === undefined).map((field) => [field.name, requiredValue(field)] as const),
  );
  for (const [path, wanted] of place.set) if (!startsWith(place.path, path)) data = withValueAt(data, path, wanted) ?? {};
  data = withValueAt(data, place.path, value) ?? {};
  return isJsonObject(data) ? data : {};
}

function requiredValue(field: CatalogField): JsonValue {
  return field.name === 'manifest' ? { apiVersion: 'v1', kind: 'ConfigMap' } : placeholderOf(field);
}

function startsWith(path: JsonPath, start: JsonPath): boolean {
  return start.every((step, index) => path[index] === step);
}

/**
 * A text in the file is that very text in the manifest, once around it is trimmed where the field says what it is, or there is
 * an error with a place, or the field has no part in this object; nothing else in the object changes because of it.
 */
function verdictOf(kind: CatalogKind, place: Place, value: string): string {
  const data = dataFor(kind, place, value);
  const text = 'apiVersion: kubeorch.dev/v1alpha1\nkind: Workflow\nname: w\nnodes: {}\n';
  const written = editText(text, { type: 'addNode', node: { id: 'it', type: kind.type, data } });
  if (!written.ok) return `refused: ${written.reason}`;
  const parsed = parseWorkflow(onDisk(written.text));
  const read = parsed.workflow.nodes[0]?.data;
  if (JSON.stringify(read) !== JSON.stringify(data)) return `the file reads ${JSON.stringify(read)}`;
  const problems = checkWorkflow({ parsed, loaded });
  const rendered = renderWorkflow({ workflow: parsed.workflow, loaded, namespace: 'default' });
  for (const problem of problems)
    if (problem.severity === 'error' && problem.range === undefined && problem.nodeId === undefined) return `no place: ${problem.code}`;
  if (rendered.problems.length > 0) return problems.some((problem) => problem.severity === 'error') ? 'error' : `not told: ${rendered.problems[0]?.code ?? ''}`;
  const yaml = onDisk(manifestYaml(rendered.objects));
  const objects = parseAllDocuments(yaml, { version: '1.1', merge: false }).map((document) => document.toJS({ maxAliasCount: 0 }) as unknown);
  const made = rendered.objects.map(({ object }) => JSON.parse(JSON.stringify(object)) as unknown);
  if (JSON.stringify(objects.filter((one) => one !== null)) !== JSON.stringify(made)) return 'the manifest reads back otherwise';
  // Of a Secret only the names of its values are known, and one that is kept elsewhere makes no object.
  const found = [...textsIn(made), ...rendered.objects.flatMap((one) => one.secretKeys), ...(rendered.objects.length === 0 ? [value] : [])];
  return found.includes(value) || found.includes(value.trim()) ? 'exact' : problems.some((problem) => problem.severity === 'error') ? 'error' : 'absent';
}

describe('hostile texts in the fields of', () => {
  test('are those of a plugin too', () => {
    expect(loaded.problems).toEqual([]);
    const places = textPlaces(kinds.find(({ type }) => type === 'cache')?.fields ?? []).map(({ path }) => path.join('.'));
    expect(places).toEqual(expect.arrayContaining(['fields.engine', 'fields.config']));
  });

  test('a kind are two hundred and more, all different', () => {
    expect(new Set(fixed).size).toBe(fixed.length);
    expect(fixed.length).toBeGreaterThanOrEqual(200);
  });

  test.each(kinds.map((kind) => [kind.type, kind] as const))(
    '%s come out as that very text, or as an error with a place',
    (_type, kind) => {
      const places = textPlaces(kind.fields);
      if (places.length === 0) return;
      const wrong: string[] = [];
      const counts = new Map<string, number>();
      // Each text once, over all the fields in turn; which text meets which field changes with the seed.
      const [shift] = fc.sample(fc.nat({ max: places.length }), 1);
      fixed.forEach((value, index) => {
        const place = places[(index + (shift ?? 0)) % places.length];
        if (place === undefined) return;
        const verdict = verdictOf(kind, place, value);
        counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
        if (verdict !== 'exact' && verdict !== 'error' && verdict !== 'absent')
          wrong.push(`${JSON.stringify(place.path)} = ${JSON.stringify(value.slice(0, 40))}: ${verdict}`);
      });
      expect(wrong).toEqual([]);
      expect((counts.get('exact') ?? 0) + (counts.get('error') ?? 0)).toBeGreaterThan(0);
    },
    120_000,
  );

  test('every text field of every kind reaches the manifest or is told of, whatever plain text stands in it', () => {
    const silent: string[] = [];
    for (const kind of kinds) {
      for (const place of textPlaces(kind.fields)) {
        const verdict = verdictOf(kind, place, 'plain-1');
        if (verdict !== 'exact' && verdict !== 'error') silent.push(`${kind.type} ${JSON.stringify(place.path)}: ${verdict}`);
      }
    }
    expect(silent).toEqual([]);
  }, 240_000);
});

describe('a manifest with hostile keys', () => {
  test('has them as they are', () => {
    for (const key of fixed.filter((one) => one.length < 300)) {
      const data = jsonObject([['data', jsonObject([[key, 'v']])]]);
      const { objects, problems } = renderWorkflow({
        workflow: { ...emptyWorkflow('w'), nodes: [{ id: 'it', type: 'configmap', data }] },
        loaded,
        namespace: undefined,
      });
      expect(problems).toEqual([]);
      const read = parse(onDisk(manifestYaml(objects)), { version: '1.1', merge: false, mapAsMap: true }) as ReadonlyMap<string, ReadonlyMap<string, string>>;
      expect([...(read.get('data') ?? [])]).toEqual([[key, 'v']]);
    }
  });
});
