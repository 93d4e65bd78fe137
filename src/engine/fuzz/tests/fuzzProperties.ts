import { describe, expect, test } from 'vitest';
import type { OpenApi } from '../../../openapi/index';
import type { JsonObject } from '../../../shared/json';
import { jsonObject } from '../../../shared/json';
import type { LoadedCatalog } from '../../catalog';
import { checkSteps } from '../../check';
import { WorkflowReader } from '../../document/parse';
import { NodeMemory } from '../../nodeMemory';
import { readPlugin } from '../../plugins/definition';
import { renderWorkflow } from '../../render';
import { finished } from '../../steps';
import { parseTemplate, TemplateError } from '../../template/parse';
import { renderTemplate } from '../../template/render';

const workflow = `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: w
nodes:
  web:
    type: deployment
    image: nginx
    port: 80
    envKeys: [A]
    patch: { spec: { minReadySeconds: 5, template: { spec: { containers: [{ name: web, tty: yes }] } } } }
  svc: { type: service, port: 80 }
  conf: { type: configmap, data: { A: b, "0": "0644" } }
  raw: { type: manifest, manifest: { apiVersion: v1, kind: ConfigMap, metadata: { name: r }, data: { a: |- } } }
environments: { prod: { set: { web: { replicas: 3 } } } }
edges:
  - svc -> web
  - { from: conf, to: web, mountPath: /etc/conf }
layout: { web: [1, 2] }
`;

const template = `apiVersion: apps/v1
kind: Deployment
spec:
  replicas: \${ data.?replicas }
  list:
    - $for: one in data.items
      name: \${ one.name }-\${ one.size + 1 }
  strategy:
    $if: data.?mode.orValue("a") == "a"
    type: Recreate
    $else: { type: RollingUpdate }
  text: 'a \${ data.items.map(i, i.name) } b'
`;

const plugin = `name: thing
category: database
crd: { group: example.com, version: v1, kind: Thing, plural: things, scope: Namespaced }
fields:
  - { name: a, type: string }
  - { name: b, type: number, min: 0, default: 1 }
  - { name: c, type: secret }
template:
  spec: { a: '\${ fields.?a }', b: '\${ fields.b * 2 }' }
health:
  - { when: 'status.ready == true', state: healthy, message: '\${ status.x }' }
`;

const tokens = [
  ...[
    '\n',
    '\n  ',
    '\n    ',
    '\r\n',
    '\t',
    ' ',
    '  ',
    '- ',
    ': ',
    ', ',
    '{',
    '}',
    '[',
    ']',
    '"',
    "'",
    '#',
    '|',
    '>',
    '|+2\n',
    '? ',
    '---\n',
    '...\n',
    '%YAML 1.1\n',
  ],
  ...['&a ', '*a', '<<: *a', '<<: [*a, *a]', '!!binary ', '!!set ', '!t ', '__proto__: ', 'constructor: ', 'toString', 'hasOwnProperty'],
  ...['1e400', '0644', 'yes', '~', 'null', '.inf', '1_000', '22:22', '2001-12-14', '-0', '\u0000', '\ud800', '\u2028', '\ufeff', '\u0085', 'é', '\u{1f680}'],
  ...[
    '${',
    '${ }',
    '${ data }',
    '$if: ',
    '$for: x in y',
    '$value: ',
    '$include: podSpec',
    '$$',
    '{{ x }}',
    'matches("(a+)+b")',
    '${ [1,2].map(i, i) }',
    '${ 1/0 }',
  ],
  ...[
    'type: ',
    'nodes:\n',
    'edges:\n',
    'web -> svc',
    'patch: ',
    'manifest: ',
    'deployment',
    'service',
    'hpa',
    'ingress',
    'networkpolicy',
    'role',
    'apps/v1',
    'kind: Pod\n',
  ],
  ...[
    'fields: ',
    'crd: ',
    'template: ',
    'health: ',
    'relations: ',
    'handles: ',
    'summary: ',
    '<<<<<<< a\n',
    '>>>>>>> b\n',
    '[[[[[[[[',
    '{{{{{{{{',
    'a'.repeat(300),
  ],
] as const;

/** The same numbers for the same seed, everywhere (mulberry32). */
function numbers(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** A text after a few accidents: something taken out, doubled, put in or moved. */
function mutated(text: string, below: (limit: number) => number): string {
  let made = text;
  for (let change = below(6); change >= 0; change -= 1) {
    const at = below(made.length + 1);
    const length = below(30);
    const part = made.slice(at, at + length);
    const token = tokens[below(tokens.length)] ?? '';
    const way = below(5);
    if (way === 0) made = made.slice(0, at) + made.slice(at + length);
    else if (way === 1) made = made.slice(0, at) + part + made.slice(at);
    else if (way === 2) made = made.slice(0, at) + token.repeat(1 + below(4)) + made.slice(at);
    else if (way === 3) made = made.slice(0, at) + token + made.slice(at + length);
    else {
      const to = below(made.length + 1);
      made = made.slice(0, to) + part + made.slice(to);
    }
  }
  return made;
}

const data: JsonObject = jsonObject([
  ['replicas', 2],
  [
    'items',
    [
      jsonObject([
        ['name', 'a'],
        ['size', 1],
      ]),
      jsonObject([
        ['name', '${ x }'],
        ['size', 0],
      ]),
    ],
  ],
]);

interface Subject {
  readonly base: string;
  /** Does everything with a text that a window does. Throws only when something is wrong with us. */
  readonly use: (text: string) => void;
}

function subjects(loaded: LoadedCatalog, openApi: OpenApi): Readonly<Record<'files' | 'templates' | 'plugins', Subject>> {
  const reader = new WorkflowReader();
  const memory = new NodeMemory();
  const empty = finished(reader.steps('apiVersion: kubeorch.dev/v1alpha1\nkind: Workflow\nname: w\nnodes: {}\n')).workflow;
  return {
    files: {
      base: workflow,
      use: (text) => {
        const parsed = finished(reader.steps(text));
        for (const problem of finished(checkSteps({ parsed, loaded, openApi }, memory)))
          if (problem.range === undefined) throw new Error(`${problem.code} has no place`);
      },
    },
    templates: {
      base: template,
      use: (text) => {
        try {
          renderTemplate(
            parseTemplate('t.yaml', text),
            jsonObject([
              ['data', data],
              ['name', 'n'],
            ]),
          );
        } catch (error) {
          if (!(error instanceof TemplateError)) throw error;
        }
      },
    },
    plugins: {
      base: plugin,
      use: (text) => {
        const { plugin: read, problems } = readPlugin('p.yaml', text);
        for (const problem of problems) if (problem.range === undefined) throw new Error(`${problem.code} has no place`);
        if (read === undefined) return;
        const nodes = [{ id: 'n', type: read.kind.type, data: jsonObject([['fields', jsonObject([['a', 'x']])]]) }];
        const own: LoadedCatalog = {
          ...loaded,
          catalog: { kinds: [...loaded.catalog.kinds, read.kind] },
          templateOf: () => read.template,
          healthRulesOf: () => read.health,
        };
        renderWorkflow({ workflow: { ...empty, nodes }, loaded: own, namespace: 'n' });
        read.health?.({ apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name: 'x' } });
      },
    },
  };
}

/** Processor time of this thread: what else the machine does is no fault of ours. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** A second for each MB; below a fifth of one, collecting garbage and compiling are what is measured. */
const msPerByte = 1000 / 1_000_000;
const leastMs = 200;
/** Every so many cases, the same accidents in a text of this length. */
const longEvery = 1_000;
const longText = 100_000;

/** No file, template or plugin may crash anything or take longer than a second per MB. `total` cases, a third of each. */
export function fuzzProperties(loaded: LoadedCatalog, openApi: OpenApi, total: number): void {
  const seed = Number(process.env['KUBEORCH_SEED'] ?? 20261129);
  describe(`${total} mutated texts (seed ${seed})`, () => {
    test.each(Object.entries(subjects(loaded, openApi)))('%s', { timeout: 0 }, (name, { base, use }) => {
      const below = numbers(seed + name.length);
      const failures: string[] = [];
      const count = Math.ceil(total / 3);
      use(base);
      for (let index = 0; index < count && failures.length < 5; index += 1) {
        const isLong = index % longEvery === longEvery - 1;
        const long = isLong ? mutated(base, below).repeat(Math.ceil(longText / base.length)) : base;
        const text = mutated(long, below);
        const limit = Math.max(leastMs, text.length * msPerByte);
        const began = cpuMs();
        try {
          use(text);
        } catch (error) {
          failures.push(`case ${index} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n${text.slice(0, 3_000)}`);
        }
        const took = cpuMs() - began;
        if (took <= limit) continue;
        // Once may be the engine's own work on code; what is slow is slow again.
        const again = cpuMs();
        use(text);
        if (cpuMs() - again > limit) failures.push(`case ${index} took ${took.toFixed(0)} ms for ${text.length} characters\n${text.slice(0, 3_000)}`);
      }
      expect(failures).toEqual([]);
    });
  });
}
