import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '../../shared/json';
import type { Template } from './parse';
import { parseTemplate, TemplateError } from './parse';
import { renderTemplate } from './render';

function render(text: string, values: JsonObject = {}, partials: Readonly<Record<string, string>> = {}): JsonValue | undefined {
  const parsed = new Map<string, Template>();
  for (const [name, partial] of Object.entries(partials)) parsed.set(name, parseTemplate(`${name}.yaml`, partial, parsed));
  return plain(renderTemplate(parseTemplate('t.yaml', text, parsed), values));
}

/** Without the missing prototypes, which equality of tests would look at. */
function plain(value: JsonValue | undefined): JsonValue | undefined {
  return value === undefined ? undefined : (JSON.parse(JSON.stringify(value)) as JsonValue);
}

function errorOf(text: string, values: JsonObject = {}, partials: Readonly<Record<string, string>> = {}): string {
  try {
    render(text, values, partials);
  } catch (error) {
    if (error instanceof TemplateError) return error.message;
    throw error;
  }
  throw new Error('the template was rendered');
}

describe('expressions', () => {
  test('a scalar that is one expression keeps the type of its value', () => {
    const data = { n: 3, f: 1.5, b: false, s: 'x', none: null, list: [1, 'a'], map: { k: 1 } };
    expect(
      render('n: ${ data.n }\nf: ${ data.f }\nb: ${ data.b }\ns: ${ data.s }\nlist: ${ data.list }\nmap: ${ data.map }\nnone: ${ data.none }', { data }),
    ).toEqual(data);
  });

  test('whole numbers are counted as whole numbers and come back as numbers', () => {
    expect(render('a: ${ n + 1 }\nb: ${ n / 2 }\nc: ${ n == 7 }', { n: 7 })).toEqual({ a: 8, b: 3, c: true });
  });

  test('an expression inside text becomes text', () => {
    expect(render('a: ${ name }-volume\nb: "x${ 1 + 1 }y${ true }"', { name: 'web' })).toEqual({ a: 'web-volume', b: 'x2ytrue' });
  });

  test('"$${" is a plain "${"', () => {
    expect(render('a: $${ HOME }\nb: "$${x}${ n }"', { n: 1 })).toEqual({ a: '${ HOME }', b: '${x}1' });
  });

  test('braces and quotes inside an expression are its own', () => {
    expect(render(`a: '\${ {"k": "}"}.k + "{" }'`)).toEqual({ a: '}{' });
  });

  test('an optional without a value leaves its place out, and so do maps and lists that lose everything', () => {
    const template = 'a: ${ data.?x }\nb: { c: "${ data.?x }" }\nd: [ "${ data.?x }" ]\ne: {}\nf: ${ data.?y }';
    expect(render(template, { data: { y: 0 } })).toEqual({ e: {}, f: 0 });
  });

  test('a zero, an empty text and false are values', () => {
    expect(render('a: ${ data.?a.orValue(5) }\nb: ${ data.?b.orValue("x") }\nc: ${ data.?c.orValue(true) }', { data: { a: 0, b: '', c: false } })).toEqual({
      a: 0,
      b: '',
      c: false,
    });
  });

  test('base64encode, quote, texts and merged are there', () => {
    const values = { m: { a: 1, b: true, c: null }, s: 'ä"', l: [1, 'x'] };
    expect(render('a: ${ base64encode(s) }\nb: ${ quote(s) }\nc: ${ texts(m) }\nd: ${ texts(l) }\ne: \'${ merged(m, {"a": "z"}) }\'', values)).toEqual({
      a: 'w6Qi',
      b: '"ä\\""',
      c: { a: '1', b: 'true' },
      d: ['1', 'x'],
      e: { a: 'z', b: true, c: null },
    });
  });
});

describe('directives', () => {
  test('$if keeps its map only when true, with $else for the other case', () => {
    const template = 'x:\n  $if: n > 1\n  a: 1\ny:\n  $if: ${ n > 1 }\n  $value: big\n  $else: small';
    expect(render(template, { n: 2 })).toEqual({ x: { a: 1 }, y: 'big' });
    expect(render(template, { n: 1 })).toEqual({ y: 'small' });
  });

  test('$for makes a list, goes through maps by key, and is spliced into the list that it stands in', () => {
    const template =
      'env:\n  - name: FIRST\n  - $for: key, value in env\n    name: ${ key }\n    value: ${ value }\nports:\n  $for: port in ports\n  $if: port > 1\n  $value: ${ port }';
    expect(render(template, { env: { A: 1, B: 'x' }, ports: [1, 2, 3] })).toEqual({
      env: [{ name: 'FIRST' }, { name: 'A', value: 1 }, { name: 'B', value: 'x' }],
      ports: [2, 3],
    });
    expect(render('a:\n  $for: x in data.?list\n  $value: ${ x }', { data: {} })).toBeUndefined();
  });

  test('$include takes a partial and lays the other keys over it', () => {
    expect(render('spec:\n  $include: base\n  b: 3', { n: 1 }, { base: 'a: ${ n }\nb: 2' })).toEqual({ spec: { a: 1, b: 3 } });
  });

  test('$with gives a partial names of its own, which nothing outside it sees', () => {
    const template = 'a:\n  $include: one\n  $with: { item: data.first }\nb:\n  $include: one\n  $with: { item: "${ data.second }" }';
    const partials = { one: 'value: ${ item }\nwho: ${ who }' };
    expect(render(template, { data: { first: 1, second: 'x' }, who: 'me' }, partials)).toEqual({ a: { value: 1, who: 'me' }, b: { value: 'x', who: 'me' } });
    expect(errorOf(`${template}\nc: \${ item }`, { data: { first: 1, second: 2 }, who: 'me' }, partials)).toBe(
      't.yaml:7: c: ${ item }: Unknown variable: item',
    );
  });

  test('keys are names even where YAML has another meaning for them, and values are read as kubectl reads them', () => {
    expect(render('y: 1\non: 2\n1: 3\nmode: 0644\nyes: yes')).toEqual({ y: 1, on: 2, '1': 3, mode: 420, yes: true });
  });

  test('a key that begins with "$" is written "$$"', () => {
    expect(render('$$ref: x')).toEqual({ $ref: 'x' });
  });
});

describe('errors name the template, the line and the place', () => {
  test.each([
    ['a: 1\nb:\n  c: ${ nope.x }', 't.yaml:3: b.c: ${ nope.x }: Unknown variable: nope'],
    ['a: ${ 1 + }', 't.yaml:1: a: ${ 1 + }: Unexpected token: EOF'],
    ['a: ${ 1', 't.yaml:1: a: "${" has no "}"'],
    [
      'a:\n  - x\n  - $iff: true',
      't.yaml:3: a[1].$iff: "$iff" is no directive; use $if, $else, $for, $value, $include, $with, or "$$iff" for a key of that name',
    ],
    ['a: { $include: gone }', 't.yaml:1: a: there is no partial "gone"'],
    ['a: { $with: { x: data } }', 't.yaml:1: a.$with: "$with" needs an "$include" beside it'],
    ['a: { $include: gone, $with: [x] }', 't.yaml:1: a.$with: "$with" is a map of names and expressions'],
    ['a: { $include: gone, $with: { x-y: data } }', 't.yaml:1: a.$with.x-y: "x-y" is no name that expressions can use'],
    ['a: { $if: "1" , b: 2 }', 't.yaml:1: a: ${ 1 } must be true or false'],
    ['a: "x${ [1] }"', 't.yaml:1: a: ${ [1] } has no value that could stand inside text'],
    ['a: { $for: x, b: 1 }', 't.yaml:1: a.$for: "$for" is written "item in list" or "key, item in map"'],
    ['a: b: c', 't.yaml:1: Nested mappings are not allowed in compact mappings'],
  ])('%j', (template, message) => {
    expect(errorOf(template)).toBe(message);
  });
});

describe('values never change the structure', () => {
  const template = parseTemplate(
    't.yaml',
    'kind: Test\nmetadata:\n  name: ${ name }\nspec:\n  whole: ${ value }\n  part: before ${ value } after\n  env:\n    $for: key, item in env\n    name: ${ key }\n    value: ${ item }\n',
  );
  const nasty = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.constantFrom(
      'x\n  evil: true',
      '"',
      "'",
      '${ name }',
      '$${ x }',
      '{a: b}',
      '- x',
      '# c',
      '| \n',
      '!!int 1',
      '*a',
      '&a b',
      'yes',
      '0644',
      '$if',
      '$include',
      '{{ .Values.x }}',
      '\u2028',
      '\ufeff',
      '---',
      '%YAML 1.1',
    ),
  );

  test('whatever the text is, it stands where it was put and nowhere else', () => {
    fc.assert(
      fc.property(nasty, nasty, fc.dictionary(nasty, nasty, { maxKeys: 5, noNullPrototype: false }), (name, value, env) => {
        expect(plain(renderTemplate(template, { name, value, env }))).toEqual(
          plain({
            kind: 'Test',
            metadata: { name },
            spec: {
              whole: value,
              part: `before ${value} after`,
              ...(Object.keys(env).length === 0 ? {} : { env: Object.entries(env).map(([key, item]) => ({ name: key, value: item })) }),
            },
          }),
        );
      }),
      { numRuns: 1000 },
    );
  });

  test('any JSON value passes through an expression unchanged', () => {
    const holder = parseTemplate('t.yaml', 'a: ${ value }');
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        const sent = plain(value as JsonValue) ?? null;
        expect(plain(renderTemplate(holder, { value: sent }))).toEqual({ a: sent });
      }),
      { numRuns: 1000 },
    );
  });

  test('a key called like something of JavaScript is only a key', () => {
    const data = JSON.parse('{"__proto__": {"x": 1}, "constructor": "c", "toString": "t"}') as JsonObject;
    expect(JSON.stringify(renderTemplate(parseTemplate('t.yaml', 'a: ${ data }'), { data }))).toBe(
      '{"a":{"__proto__":{"x":1},"constructor":"c","toString":"t"}}',
    );
    expect(errorOf('a: ${ data.constructor }', { data: {} })).toContain('No such key: constructor');
    expect(errorOf('a: ${ data.__proto__ }', { data: {} })).toContain('No such key: __proto__');
  });
});

describe('templates from strangers', () => {
  test.each([
    ['a name that only JavaScript knows', 'a: ${ process.version }'],
    ['code by a constructor', `a: \${ "".constructor.constructor("return 1")() }`],
    ['a module', `a: \${ require("fs") }`],
    ['a regular expression, which may take for ever', `a: \${ "aaaa".matches("(a+)+b") }`],
    ['a loop in a loop', 'a: ${ x.map(i, x.map(j, j)) }'],
    ['comparing everything with everything', 'a: ${ x.filter(i, x == x) }'],
    ['going through everything again and again', 'a: ${ x.map(i, texts(x)) }'],
    ['growth inside a loop', 'a: ${ x.map(i, x + x) }'],
    ['a binding', 'a: ${ cel.bind(y, x, y) }'],
    ['a very long expression', `a: \${ ${'1 + '.repeat(400)}1 }`],
    ['many additions', `a: \${ ${'x + '.repeat(30)}x }`],
    ['a partial that includes itself', 'a: { $include: self }'],
    ['deep nesting', `${'['.repeat(60)}${']'.repeat(60)}`],
    ['very deep nesting', '['.repeat(20_000)],
    [
      'aliases that multiply',
      `a: &a [1,1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]`,
    ],
    ['too much text', `a: "${'x'.repeat(70_000)}"`],
    ['loops in loops of the tree', 'a: { $for: i in x, $value: { $for: j in x, $value: { $for: k in x, $value: 1 } } }'],
    ['rendering without end', 'a: { $for: i in x, $value: { $for: j in x, $if: texts(deep).size() < 0, $value: 1 } }'],
    ['too much output', 'a: { $for: i in x, $value: { $for: j in x, $value: "${ big }" } }'],
  ])('%s is refused with a sentence, in a moment', (_, template) => {
    const startedAtMs = performance.now();
    const message = errorOf(
      template,
      {
        x: Array.from({ length: 500 }, (__, index) => index),
        big: 'x'.repeat(100_000),
        deep: Object.fromEntries(Array.from({ length: 50_000 }, (__, index) => [`k${index}`, 'v'])),
      },
      { self: '$include: self' },
    );
    expect(message).toMatch(/^(t|self)\.yaml/);
    expect(performance.now() - startedAtMs).toBeLessThan(8000);
  });

  test('any text is a template or a TemplateError', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'grapheme', maxLength: 80 }),
          fc
            .array(fc.constantFrom('${', '}', '$if: ', '$for: ', 'x in y', '\n', '  ', '- ', 'a: ', '"', '&a ', '*a', '[', '{', '$value: '), { maxLength: 15 })
            .map((parts) => parts.join('')),
        ),
        (text) => {
          try {
            renderTemplate(parseTemplate('t.yaml', text), { data: {} });
          } catch (error) {
            expect(error).toBeInstanceOf(TemplateError);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});
