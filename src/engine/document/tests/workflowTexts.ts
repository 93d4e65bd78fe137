import fc from 'fast-check';
import type { JsonPath, JsonValue } from '../../../shared/json';
import { isJsonObject } from '../../../shared/json';
import type { Workflow } from '../../../shared/workflow';
import type { WorkflowEdit } from '../../../shared/workflowEdit';

// Workflow files as people write them: every style, comments everywhere, keys in any order. Written by a printer of its own, so that the
// tests do not see YAML through the eyes of the code they test.

/** How many cases a property runs; the long suite sets more. */
export const cases = Number(process.env['KUBEORCH_CASES'] ?? 1000);

export const nodeIds = ['web', 'web-svc', 'api', 'db', 'on', 'y', '1', '10', '0x1', 'null', 'cache'] as const;
const fieldNames = ['image', 'replicas', 'port', 'env', 'labels', 'command', 'script', 'ports', 'x-note', 'on', '1'] as const;

const trickyTexts = [
  'nginx:1.27',
  'yes',
  'on',
  'y',
  'null',
  '~',
  '',
  ' ',
  ' lead',
  'trail ',
  '0644',
  '0x1F',
  '1_000',
  '22:22',
  '2001-12-14',
  '1.5',
  '.inf',
  '1e3',
  '-',
  '- a',
  '-x',
  '?',
  ': ',
  'a: b',
  'a #b',
  '#c',
  "it's",
  '"q"',
  "'",
  '{a}',
  '[a]',
  'a, b',
  '&a',
  '*a',
  '!t',
  '|',
  '>',
  '%',
  '@x',
  '`',
  '<<',
  '=',
  '---',
  '...',
  'a\nb',
  'a\nb\n',
  'a\n\nb',
  '\na',
  'a\n',
  '  a\n b',
  ' a\nb\n',
  'a\n ',
  'a\tb',
  '\ta',
  'a\n\tb',
  'é',
  '\u{1f680}',
  '\u2028',
  '\u0085',
  '\u0000',
  '\ufeff',
  '\r',
  'a\r\nb',
  '\\',
  'a -> b',
  'C:\\x',
  'http://x/y?z#w',
  'x'.repeat(90),
  'a\n\n\n',
  '#!/bin/sh\nset -e\n  echo "hi"\n',
  'true',
  'True',
  'n',
  '+1',
  '-1',
  '1.',
  '100m',
  '10Gi',
  'key:',
  '0o17',
  '12e03',
  '{{ x }}',
  'a:b',
];

export const textArbitrary = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...trickyTexts) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 12 }) },
  { weight: 1, arbitrary: fc.stringMatching(/^[a-z0-9./:-]{1,20}$/) },
);

export const scalarArbitrary: fc.Arbitrary<JsonValue> = fc.oneof(
  { weight: 5, arbitrary: textArbitrary },
  { weight: 2, arbitrary: fc.integer({ min: -5, max: 70000 }) },
  { weight: 1, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0) },
  { weight: 1, arbitrary: fc.boolean() },
  { weight: 1, arbitrary: fc.constant(null) },
);

const keyArbitrary = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      'a',
      'b',
      'c',
      'POSTGRES_PASSWORD',
      'cpu',
      'app.kubernetes.io/name',
      '1',
      '10',
      'on',
      '__proto__',
      'constructor',
      'a b',
      '-',
      '<<',
    ),
  },
  { weight: 1, arbitrary: textArbitrary.filter((text) => text.length < 100) },
);

export const jsonArbitrary: fc.Arbitrary<JsonValue> = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    { weight: 3, arbitrary: scalarArbitrary },
    { weight: 1, arbitrary: fc.array(tie('value'), { maxLength: 4 }) },
    {
      weight: 1,
      arbitrary: fc.uniqueArray(fc.tuple(keyArbitrary, tie('value')), { maxLength: 4, selector: ([key]) => key }).map((entries) => Object.fromEntries(entries)),
    },
  ),
})).value;

type Pick = <T>(arbitrary: fc.Arbitrary<T>) => T;

class TextPrinter {
  readonly #pick: Pick;
  readonly #step: number;
  readonly #isFlush: boolean;
  readonly #hasComments: boolean;
  #comments = 0;

  constructor(pick: Pick) {
    this.#pick = pick;
    this.#step = pick(fc.constantFrom(2, 2, 4));
    this.#isFlush = pick(fc.boolean());
    this.#hasComments = pick(fc.constantFrom(true, true, false));
  }

  #chance(oneIn: number): boolean {
    return this.#pick(fc.nat({ max: oneIn - 1 })) === oneIn - 1;
  }

  comment(): string {
    this.#comments += 1;
    return `# c${this.#comments}.`;
  }

  behind(): string {
    return this.#hasComments && this.#chance(5) ? ` ${this.comment()}` : '';
  }

  above(indentation: string): string {
    if (!this.#hasComments) return '';
    const blank = this.#chance(5) ? '\n' : '';
    const own = this.#chance(5) ? `${indentation}${this.comment()}\n` : '';
    const detached = this.#chance(15) ? `${indentation}${this.comment()}\n\n` : '';
    return blank + detached + own;
  }

  /** Lines of a map, each with its line break. */
  map(entries: readonly (readonly [string, JsonValue])[], indentation: string): string {
    return entries.map(([key, value]) => `${this.above(indentation)}${indentation}${this.scalar(key, true)}:${this.#afterKey(value, indentation)}`).join('');
  }

  #afterKey(value: JsonValue, indentation: string): string {
    const deeper = indentation + ' '.repeat(this.#step);
    if (typeof value === 'string') {
      const block = this.#literal(value, deeper);
      if (block !== undefined && this.#chance(2)) return block;
    }
    if (Array.isArray(value) && value.length > 0 && !this.#chance(4))
      return `${this.behind()}\n${this.list(value as readonly JsonValue[], this.#isFlush ? indentation : deeper)}`;
    if (isJsonObject(value) && Object.keys(value).length > 0 && !this.#chance(4)) return `${this.behind()}\n${this.map(Object.entries(value), deeper)}`;
    if (value === null && this.#chance(2)) return `${this.behind()}\n`;
    return ` ${this.flow(value, false, deeper)}${this.behind()}\n`;
  }

  list(items: readonly JsonValue[], indentation: string): string {
    return items
      .map((item) => {
        const start = `${this.above(indentation)}${indentation}-`;
        if (isJsonObject(item) && Object.keys(item).length > 0 && !this.#chance(3)) {
          const body = this.map(Object.entries(item), `${indentation}  `);
          // A compact map begins behind the dash; one with something above its first key begins on a line of its own.
          return /^ *(?:#|\n)/.test(body) ? `${start}\n${body}` : `${start} ${body.trimStart()}`;
        }
        return `${start} ${this.flow(item, false, `${indentation}  `)}${this.behind()}\n`;
      })
      .join('');
  }

  #literal(text: string, indentation: string): string | undefined {
    if (!/^[^\s#][^\r\u0000-\u0008\u000b-\u001f\u0085\u2028\u2029\ufeff]*[^\s]\n?$/.test(text) || !text.includes('\n') || /\n[ \t]+(?:\n|$)/.test(text))
      return undefined;
    const lines = text
      .replace(/\n$/, '')
      .split('\n')
      .map((line) => (line === '' ? '' : indentation + line));
    return ` |${text.endsWith('\n') ? '' : '-'}\n${lines.join('\n')}\n`;
  }

  flow(value: JsonValue, isInside: boolean, indentation: string): string {
    const isCollection = value !== null && typeof value === 'object';
    if (!isCollection) return this.scalar(value, isInside);
    const parts = Array.isArray(value)
      ? (value as readonly JsonValue[]).map((item) => this.flow(item, true, indentation))
      : Object.entries(value).map(([key, item]) => `${this.scalar(key, true)}: ${this.flow(item, true, indentation)}`);
    const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
    if (parts.length === 0) return open + close;
    if (this.#chance(6)) {
      const lines = parts.map((part, index) => `${indentation}${part}${index < parts.length - 1 || this.#chance(3) ? ',' : ''}${this.behind()}`);
      return `${open}\n${lines.join('\n')}\n${indentation}${close}`;
    }
    const padding = this.#chance(2) ? ' ' : '';
    return `${open}${padding}${parts.join(', ')}${padding}${close}`;
  }

  scalar(value: JsonValue, isStrict: boolean): string {
    if (typeof value !== 'string') return value === null ? this.#pick(fc.constantFrom('null', '~')) : JSON.stringify(value);
    const isSafe = /^[a-z][a-zA-Z_./-]*$/.test(value) && !/^(?:y|n|yes|no|on|off|true|false|null)$/i.test(value);
    if (isSafe && !this.#chance(4)) return value;
    if (!isStrict && /^[a-z][a-z]+[:/][a-z0-9./]+$/.test(value) && !this.#chance(3)) return value;
    if (!/[^\x20-\x7e]/.test(value) && this.#chance(2)) return `'${value.replaceAll("'", "''")}'`;
    return JSON.stringify(value).replace(/[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);
  }
}

/** Sound workflow files without anchors. What this gives keeps all its choices in memory, so it serves some hundred cases and is then made anew. */
export const workflowTexts = (): fc.Arbitrary<string> => fc.gen().map(printedText);

function printedText(generate: fc.GeneratorValue): string {
  const pick: Pick = (arbitrary) => generate(() => arbitrary);
  const print = new TextPrinter(pick);
  const step = ' '.repeat(pick(fc.constantFrom(2, 2, 3, 4)));
  const ids = [...pick(fc.subarray([...nodeIds], { maxLength: 6 }))];
  const shuffledIds = pick(fc.boolean()) ? ids.toSorted() : [...pick(fc.shuffledSubarray(ids, { minLength: ids.length }))];
  const id = (one: string): string => (pick(fc.boolean()) ? one : JSON.stringify(one));
  const field = fc.tuple(fc.constantFrom(...fieldNames), jsonArbitrary);
  const nodes = shuffledIds
    .map((one) => {
      const fields = pick(fc.uniqueArray(field, { maxLength: 4, selector: ([name]) => name }));
      const entries: (readonly [string, JsonValue])[] = [...fields, ['type', pick(fc.constantFrom('deployment', 'service', 'secret', 'odd type'))]];
      const above = print.above(step);
      if (pick(fc.nat({ max: 3 })) === 0)
        return `${above}${step}${id(one)}: ${print.flow(Object.fromEntries(entries.toReversed()), false, `${step}  `)}${print.behind()}\n`;
      return `${above}${step}${id(one)}:${print.behind()}\n${print.map(entries.toReversed(), step + step)}`;
    })
    .join('');
  const sections: string[] = [
    `apiVersion: kubeorch.dev/v1alpha1${print.behind()}\n`,
    'kind: Workflow\n',
    `name: ${pick(fc.constantFrom('shop', "'shop'", '"shop"'))}${print.behind()}\n`,
  ];
  const some = (text: () => string): void => {
    if (pick(fc.boolean())) sections.push(print.above('') + text());
  };
  some(() => print.map([['description', pick(textArbitrary)]], ''));
  some(() => `status: ${pick(fc.constantFrom('draft', 'published', 'archived'))}${print.behind()}\n`);
  some(() => print.map([['tags', pick(fc.array(textArbitrary, { maxLength: 3 }))]], ''));
  some(() => 'namespace: shop\n');
  some(() => print.map([['x-mine', pick(jsonArbitrary)]], ''));
  some(() => print.map([['odd', pick(jsonArbitrary)]], ''));
  const isEmpty = shuffledIds.length === 0;
  const pool = isEmpty ? ['gone'] : [...shuffledIds, 'gone'];
  if (isEmpty) some(() => pick(fc.constantFrom('nodes: {}\n', 'nodes:\n', 'nodes: # none\n', '')));
  else sections.push(print.above('') + `nodes:${print.behind()}\n${nodes}`);
  const dash = pick(fc.constantFrom('- ', '  - ', '    - '));
  const edges = pick(fc.uniqueArray(fc.tuple(fc.constantFrom(...pool), fc.constantFrom(...pool)), { maxLength: 5, selector: (pair) => pair.join(' ') })).map(
    ([from, to]) => {
      const form = pick(fc.nat({ max: 4 }));
      const text = `${from}${pick(fc.constantFrom(' -> ', '->', '  ->  '))}${to}`;
      const written =
        form === 0
          ? `{from: ${id(from)}, to: ${id(to)}}`
          : form === 1
            ? `from: ${id(from)}\n${' '.repeat(dash.length)}to: ${id(to)}\n${' '.repeat(dash.length)}mountPath: /data`
            : form === 2
              ? `"${text}"`
              : text;
      return `${print.above(dash.slice(0, -2))}${dash}${written}${print.behind()}\n`;
    },
  );
  if (edges.length > 0) sections.push(`edges:${print.behind()}\n${edges.join('')}`);
  some(() => {
    const members = pick(fc.subarray(shuffledIds)).map(id);
    return `groups:\n${step}front:\n${step}${step}label: Front${print.behind()}\n${step}${step}nodes: [${members.join(', ')}]\n${step}${step}extra: 1\n`;
  });
  some(() => {
    const set = pick(fc.subarray(shuffledIds)).map((one) => `${step}${step}${step}${id(one)}: { replicas: 2 }${print.behind()}\n`);
    return `environments:\n${print.above(step)}${step}staging:\n${step}${step}namespace: stage${print.behind()}\n${step}${step}own: kept\n${set.length === 0 ? '' : `${step}${step}set:\n${set.join('')}`}`;
  });
  const positions = pick(fc.subarray(shuffledIds)).map(
    (one) => `${print.above(step)}${step}${id(one)}: [${pick(fc.integer({ min: -900, max: 900 }))}, ${pick(fc.nat(900))}]${print.behind()}\n`,
  );
  if (positions.length > 0) sections.push(`layout:${print.behind()}\n${positions.join('')}`);
  const ordered = pick(fc.nat({ max: 2 })) === 0 ? pick(fc.shuffledSubarray(sections, { minLength: sections.length })) : sections;
  const head = pick(fc.constantFrom('', '', `${print.comment()}\n`, `${print.comment()}\n\n`, '---\n'));
  const whole = head + ordered.join('') + pick(fc.constantFrom('', '', '\n', `${print.comment()}\n`));
  const cut = pick(fc.nat({ max: 3 })) === 0 && !/\|-?\n[^\n]*(?:\n[^\n]*)*$/.test(whole.slice(-40)) ? whole.replace(/\n+$/, '') : whole;
  const broken = pick(fc.nat({ max: 3 })) === 0 ? cut.replaceAll('\n', '\r\n') : cut;
  return (pick(fc.nat({ max: 5 })) === 0 ? '\ufeff' : '') + broken;
}

/** A chain of choices that becomes an edit of any given workflow. Most of them fit it; some name what is not there. */
export function editArbitrary(workflow: Workflow): fc.Arbitrary<WorkflowEdit> {
  const known = workflow.nodes.map((node) => node.id);
  const id = fc.oneof(
    { weight: known.length === 0 ? 0 : 8, arbitrary: fc.constantFrom(...(known.length === 0 ? ['web'] : known)) },
    { weight: 1, arbitrary: fc.constantFrom(...nodeIds) },
  );
  const point = fc.tuple(fc.integer({ min: -2000, max: 2000 }), fc.double({ min: -900, max: 900, noNaN: true }));
  const path: fc.Arbitrary<JsonPath> = fc.oneof(
    ...workflow.nodes.flatMap((node) => pathsIn(node.data).slice(0, 20)).map((one) => fc.constant(one)),
    fc.tuple(fc.constantFrom(...fieldNames)),
    fc.tuple(fc.constantFrom('labels', 'env'), fc.constantFrom('a', 'b', 'm', '__proto__', 'x y')),
  );
  const edge = fc.record(
    {
      from: id,
      to: id,
      handle: fc.constantFrom('p1', 'on'),
      relation: fc.constant('mounts'),
      mountPath: textArbitrary,
      readOnly: fc.boolean(),
      as: fc.constantFrom('volume' as const, 'env' as const),
    },
    { requiredKeys: ['from', 'to'] },
  );
  const single: fc.Arbitrary<WorkflowEdit> = fc.oneof(
    fc.record(
      {
        type: fc.constant('addNode' as const),
        node: fc.record({
          id: fc.constantFrom(...nodeIds, 'new-one'),
          type: fc.constantFrom('deployment', 'yes'),
          data: fc.dictionary(fc.constantFrom(...fieldNames), jsonArbitrary, { maxKeys: 4, noNullPrototype: false }),
        }),
        position: point,
      },
      { requiredKeys: ['type', 'node'] },
    ),
    fc.record({ type: fc.constant('removeNodes' as const), ids: fc.uniqueArray(id, { minLength: 1, maxLength: 3 }) }),
    fc.record({ type: fc.constant('setField' as const), id, path, value: jsonArbitrary }, { requiredKeys: ['type', 'id', 'path'] }),
    fc.record({ type: fc.constant('setField' as const), id, path: fc.constant(['type']), value: fc.constantFrom('job', 'on') }),
    fc.record({
      type: fc.constant('setProperty' as const),
      path: fc.constantFrom(['status'], ['name']),
      value: fc.constantFrom('published', 'archived', 'draft'),
    }),
    fc.record(
      {
        type: fc.constant('setProperty' as const),
        path: fc.constantFrom(['description'], ['namespace'], ['cluster'], ['x-mine'], ['odd'], ['environments', 'staging', 'namespace']),
        value: textArbitrary,
      },
      { requiredKeys: ['type', 'path'] },
    ),
    fc.record({ type: fc.constant('setProperty' as const), path: fc.constant(['tags']), value: fc.array(textArbitrary, { maxLength: 4 }) }),
    fc.record(
      {
        type: fc.constant('setProperty' as const),
        path: fc.constantFrom(['environments', 'prod'], ['environments', 'staging']),
        value: fc.constantFrom({ namespace: 'p', protected: true, set: { web: { replicas: 5 } } }, { context: 'c' }),
      },
      { requiredKeys: ['type', 'path'] },
    ),
    fc.record({ type: fc.constant('connect' as const), edge }),
    fc.record({
      type: fc.constant('disconnect' as const),
      edge: workflow.edges.length === 0 ? fc.constant({ from: 'web', to: 'db' }) : fc.constantFrom(...workflow.edges),
    }),
    fc.record({ type: fc.constant('rename' as const), id, newId: fc.constantFrom(...nodeIds, 'renamed', 'off', '0') }),
    fc.record({ type: fc.constant('move' as const), positions: fc.dictionary(id, point as fc.Arbitrary<readonly [number, number]>, { maxKeys: 4 }) }),
    fc.record(
      {
        type: fc.constant('group' as const),
        id: fc.constantFrom('front', 'back'),
        group: fc.record({ label: textArbitrary, nodes: fc.uniqueArray(id, { maxLength: 3 }), collapsed: fc.boolean() }, { requiredKeys: ['nodes'] }),
      },
      { requiredKeys: ['type', 'id'] },
    ),
  );
  return fc.oneof(
    { weight: 4, arbitrary: single },
    { weight: 1, arbitrary: fc.array(single, { maxLength: 4 }).map((edits) => ({ type: 'composite' as const, edits })) },
  );
}

function pathsIn(value: JsonValue, path: JsonPath = []): readonly JsonPath[] {
  const here = path.length === 0 ? [] : [path];
  if (Array.isArray(value)) return [...here, ...(value as readonly JsonValue[]).flatMap((item, index) => pathsIn(item, [...path, index]))];
  return isJsonObject(value) ? [...here, ...Object.entries(value).flatMap(([key, item]) => pathsIn(item, [...path, key]))] : here;
}

/** The numbered comments that a generated text holds. */
export function commentsIn(text: string): readonly string[] {
  return [...text.matchAll(/# c\d+\./g)].map((match) => match[0]);
}
