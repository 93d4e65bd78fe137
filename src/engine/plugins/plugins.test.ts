import { describe, expect, test } from 'vitest';
import { kindOf } from '../../shared/catalog';
import type { JsonValue } from '../../shared/json';
import type { KubeObject } from '../../shared/kubeObject';
import type { Problem } from '../../shared/problem';
import { problemText } from '../../shared/problem';
import { shippedOpenApi } from '../../testing/coreCatalog';
import { expectGolden } from '../../testing/golden';
import { loadedWith } from '../../testing/pluginCatalog';
import type { LoadedCatalog } from '../catalog';
import { checkWorkflow } from '../check';
import { completionsAt, hoverAt } from '../document/language';
import { parseWorkflow } from '../document/parse';
import { workflowSchema } from '../document/schema';
import { manifestYaml } from '../manifestText';
import { applyOrder } from '../order';
import type { RenderResult } from '../render';
import { renderWorkflow } from '../render';
import { healthOf } from '../status/healthOf';

const openApi = await shippedOpenApi();
const crd = 'crd: { group: db.example.com, version: v1beta2, kind: Database, plural: databases, scope: Namespaced }';

/** A plugin with a field of each type. */
const everyType = `name: database
displayName: Database
description: A database that an operator runs.
version: 2.1.0
category: database
icon: database
docs: https://example.com/install
${crd}
fields:
  - { name: engine, label: Engine, type: string, required: true, description: Which engine. }
  - { name: size, label: Size, type: number, default: 3, min: 1, max: 9, integer: true }
  - { name: ratio, label: Ratio, type: number, default: 0.5 }
  - { name: backups, label: Backups, type: boolean, default: false }
  - { name: mode, label: Mode, type: select, options: [fast, { value: safe, label: Safe }], default: safe }
  - { name: config, label: Configuration, type: textarea }
  - { name: password, label: Password, type: secret }
summary: [engine, size]
`;

const nodesOf = (nodes: string, more = ''): string => `apiVersion: kubeorch.dev/v1alpha1\nkind: Workflow\nname: w\nnamespace: shop\nnodes:\n${nodes}${more}`;

function rendered(loaded: LoadedCatalog, text: string): RenderResult {
  return renderWorkflow({ workflow: parseWorkflow(text).workflow, loaded, namespace: 'shop' });
}

/** All but that the structure of the plugins' own kinds is not known here, which is said of each kind once. */
function problems(loaded: LoadedCatalog, text: string): readonly Problem[] {
  return checkWorkflow({ parsed: parseWorkflow(text), loaded, openApi }).filter(({ code }) => code !== 'object.unknownKind');
}

function objectAt(result: RenderResult, index = 0): JsonValue {
  return JSON.parse(JSON.stringify(result.objects[index]?.object ?? null)) as JsonValue;
}

describe('a plugin', () => {
  test('makes its object with group, version and kind of the definition and a value of each type', async () => {
    const loaded = await loadedWith({ 'plugins/database.yaml': everyType });
    expect(loaded.problems).toEqual([]);
    const text = nodesOf(
      '  db:\n    type: database\n    fields:\n      engine: postgres\n      size: 5\n      ratio: 0.25\n      backups: true\n      mode: fast\n      config: |\n        a = 1\n        b = "yes"\n      password: { secret: keys, key: DB }\n  keys: { type: secret, keys: [DB], name: db-keys }\n',
    );
    expect(problems(loaded, text)).toEqual([]);
    const result = rendered(loaded, text);
    expect(result.problems).toEqual([]);
    await expectGolden(import.meta.dirname, 'golden/every-type.manifests.yaml', manifestYaml(result.objects));
    expect(applyOrder(result.resolved).order).toEqual(['keys', 'db']);
  });

  test('fills in the defaults, with their types, of a node that says the least', async () => {
    const loaded = await loadedWith({ 'plugins/database.yaml': everyType });
    const result = rendered(loaded, nodesOf('  db: { type: database, fields: { engine: mysql } }\n'));
    expect(objectAt(result)).toMatchObject({ spec: { engine: 'mysql', size: 3, ratio: 0.5, backups: false, mode: 'safe' } });
    expect(result.objects[0]).toMatchObject({ namespaced: true, plugin: { plugin: 'database', plural: 'databases', docs: 'https://example.com/install' } });
  });

  test('without a value that it needs says which, and offers to add it', async () => {
    const loaded = await loadedWith({ 'plugins/database.yaml': everyType });
    for (const node of ['{ type: database }', '{ type: database, fields: }', '{ type: database, fields: { size: 2 } }']) {
      const [problem] = problems(loaded, nodesOf(`  db: ${node}\n`));
      expect(problem).toMatchObject({ code: 'node.missingField', severity: 'error', path: ['fields', 'engine'], fixes: [{ code: 'fix.addField' }] });
      expect(rendered(loaded, nodesOf(`  db: ${node}\n`)).problems.map((one) => one.code)).toEqual(['node.missingField']);
    }
  });

  test('takes no secret in the file: a text in its place is an error, and its words are not repeated', async () => {
    const loaded = await loadedWith({ 'plugins/database.yaml': everyType });
    const [problem] = problems(loaded, nodesOf('  db: { type: database, fields: { engine: x, password: hunter2 } }\n'));
    expect(problem?.code).toBe('node.secretText');
    expect(JSON.stringify(problem)).not.toContain('hunter2');
    expect(JSON.stringify(rendered(loaded, nodesOf('  db: { type: database, fields: { engine: x, password: hunter2 } }\n')).objects)).not.toContain('hunter2');
  });

  test('takes a secret out of the secret store by a Secret of its own, which has no value yet', async () => {
    const loaded = await loadedWith({ 'plugins/database.yaml': everyType });
    const result = rendered(loaded, nodesOf('  db: { type: database, fields: { engine: x, password: { key: PASSWORD } } }\n'));
    expect(result.objects.map(({ object, secretKeys }) => [object.kind, object.metadata.name, secretKeys])).toEqual([
      ['Secret', 'db-secrets', ['PASSWORD']],
      ['Database', 'db', []],
    ]);
    expect(objectAt(result, 0)).not.toHaveProperty('data');
    expect(objectAt(result, 1)).toMatchObject({ spec: { password: { name: 'db-secrets', key: 'PASSWORD' } } });
  });

  test('gives values of the wrong type, range or choice an error at their place', async () => {
    const loaded = await loadedWith({ 'plugins/database.yaml': everyType });
    const text = nodesOf('  db: { type: database, fields: { engine: 5, size: 2.5, backups: "yes", mode: slow, colour: red } }\n');
    expect(
      problems(loaded, text)
        .map((problem) => `${problem.code} ${problem.path?.join('.') ?? ''}`)
        .sort(),
    ).toEqual([
      'node.notAnOption fields.mode',
      'node.unknownField fields.colour',
      'node.wrongType fields.backups',
      'node.wrongType fields.engine',
      'node.wrongType fields.size',
    ]);
    expect(problems(loaded, nodesOf('  db: { type: database, fields: { engine: x, size: 12 } }\n')).map((problem) => problem.code)).toEqual([
      'node.outOfRange',
    ]);
  });

  test('is in schema, completion and hover like any other kind', async () => {
    const loaded = await loadedWith({ 'plugins/database.yaml': everyType });
    const schema = JSON.stringify(workflowSchema(loaded.catalog));
    expect(schema).toContain('kind-database');
    expect(schema).toContain('"enum":["fast","safe",null]');
    const text = nodesOf('  db:\n    type: database\n    fields:\n      eng\n');
    const labels = completionsAt(text, { line: 8, character: 9 }, { catalog: loaded.catalog }).map((completion) => completion.label);
    expect(labels).toContain('engine');
    const hovered = hoverAt(nodesOf('  db:\n    type: database\n    fields:\n      engine: x\n'), { line: 8, character: 8 }, { catalog: loaded.catalog });
    expect(hovered?.text).toBe('Engine: Which engine.\nRequired.');
  });

  test('may depend on every kind and on other plugins, and every kind that may depend on a manifest may depend on it', async () => {
    const loaded = await loadedWith({
      'plugins/database.yaml': everyType,
      'plugins/queue.yaml': everyType.replace('name: database', 'name: queue').replace('category: database', 'category: messaging'),
    });
    const text = nodesOf(
      '  web: { type: deployment, image: nginx }\n  db: { type: database, fields: { engine: x } }\n  q: { type: queue, fields: { engine: x } }\n',
      'edges:\n  - db -> q\n  - q -> web\n',
    );
    expect(problems(loaded, text)).toEqual([]);
    expect(applyOrder(rendered(loaded, text).resolved).order).toEqual(['web', 'q', 'db']);
    expect(kindOf(loaded.catalog, 'queue')?.category).toBe('messaging');
    for (const type of ['database', 'queue'])
      expect(kindOf(loaded.catalog, type)?.relations[0]?.to.toSorted()).toEqual(loaded.catalog.kinds.map((kind) => kind.type));
    for (const kind of loaded.catalog.kinds)
      for (const rule of kind.relations)
        expect([kind.type, rule.relation, rule.to.includes('database')]).toEqual([kind.type, rule.relation, rule.to.includes('manifest')]);
  });

  test('has relations of its own, which a drawn edge means first', async () => {
    const file = `${everyType}relations:\n  - { relation: reads, to: [configmap], label: Reads }\n  - { relation: reads, to: [nowhere] }\n`;
    const loaded = await loadedWith({ 'plugins/database.yaml': file });
    expect(loaded.problems.map(problemText)).toEqual(['No node has the type "nowhere".']);
    const text = nodesOf('  c: { type: configmap, data: { a: b } }\n  db: { type: database, fields: { engine: x } }\n', 'edges:\n  - db -> c\n');
    expect(rendered(loaded, text).resolved.edges[0]?.rule).toMatchObject({ relation: 'reads', order: 'to-first' });
  });

  test('has a template of its own, which puts values where the definition has them', async () => {
    const file = `${everyType}template:
  spec:
    instances: \${ fields.size }
    storage:
      $if: fields.backups
      size: \${ string(fields.size) }Gi
    auth:
      passwordFrom:
        secretKeyRef: \${ fields.?password }
    image: registry.example.com/\${ fields.engine }:1
`;
    const loaded = await loadedWith({ 'plugins/database.yaml': file });
    expect(loaded.problems).toEqual([]);
    const result = rendered(loaded, nodesOf('  db: { type: database, fields: { engine: pg, backups: true, password: { secret: outside, key: P } } }\n'));
    expect(objectAt(result)).toMatchObject({
      spec: {
        instances: 3,
        storage: { size: '3Gi' },
        auth: { passwordFrom: { secretKeyRef: { name: 'outside', key: 'P' } } },
        image: 'registry.example.com/pg:1',
      },
    });
  });

  test('written as "type: plugin", as other tools do, is told how, with a fix', async () => {
    const loaded = await loadedWith({ 'plugins/database.yaml': everyType });
    const [problem] = problems(loaded, nodesOf('  db: { type: plugin, templateId: database, fields: { engine: x } }\n'));
    expect(problem).toMatchObject({ code: 'node.pluginType', fixes: [{ args: { type: 'database' }, edit: { path: ['type'], value: 'database' } }] });
  });
});

describe('health rules of a plugin', () => {
  const file = `${everyType}health:
  - { when: 'conditions.Failed.status == "True"', state: error, message: 'Failed: \${ conditions.Failed.message }' }
  - { when: 'spec.?paused.orValue(false)', state: suspended }
  - { when: '\${ status.ready >= spec.size }', state: healthy, message: '\${ status.ready } of \${ spec.size } ready' }
  - { when: 'has(status.ready)', state: pending, message: 'Growing' }
`;
  const object = (spec: object, status?: object, generation = 1): KubeObject =>
    ({
      apiVersion: 'db.example.com/v1beta2',
      kind: 'Database',
      metadata: { name: 'db', generation },
      spec,
      ...(status === undefined ? {} : { status }),
    }) as unknown as KubeObject;

  test.each([
    ['nothing yet', object({ size: 3 }), undefined],
    ['some', object({ size: 3 }, { ready: 1 }), ['pending', 'Growing']],
    ['all', object({ size: 3 }, { ready: 3 }), ['healthy', '3 of 3 ready']],
    ['paused', object({ size: 3, paused: true }, { ready: 3 }), ['suspended', 'Suspended']],
    ['failed', object({ size: 3 }, { ready: 3, conditions: [{ type: 'Failed', status: 'True', message: 'no disk\n\u202e' }] }), ['error', 'Failed: no disk']],
    ['an older generation', object({ size: 3 }, { ready: 3, observedGeneration: 1 }, 2), ['pending', 'Waiting for Database generation 2 to be observed']],
    ['a status of another type', object({ size: 3 }, { ready: 'three' }), ['pending', 'Growing']],
  ])('judge %s', async (_, one, wanted) => {
    const loaded = await loadedWith({ 'plugins/database.yaml': file });
    expect(loaded.problems).toEqual([]);
    const verdict = loaded.healthRulesOf('database')?.(one);
    expect(verdict === undefined ? undefined : [verdict.state, verdict.message]).toEqual(wanted);
  });

  test('that fit no object at all say so instead of guessing', async () => {
    const loaded = await loadedWith({ 'plugins/database.yaml': `${everyType}health:\n  - { when: 'size(spec.size) > 1', state: healthy }\n` });
    expect(loaded.healthRulesOf('database')?.(object({ size: 3 }))).toMatchObject({ state: 'unknown', reason: 'HealthRule' });
  });

  test('leave the usual conditions to decide where there are none', async () => {
    const loaded = await loadedWith({ 'plugins/database.yaml': everyType });
    expect(loaded.healthRulesOf('database')).toBeUndefined();
    expect(healthOf(object({}, { conditions: [{ type: 'Ready', status: 'False', message: 'wait' }] }), { nowMs: 0 })).toMatchObject({
      state: 'partial',
      message: 'wait',
    });
  });

  test('take no longer for an object that is made to be slow', async () => {
    const loaded = await loadedWith({ 'plugins/database.yaml': file });
    let deep: unknown = 'x';
    for (let level = 0; level < 20_000; level += 1) deep = { a: deep };
    const hostile = [
      object({ size: 3, deep }, { ready: 3 }),
      object({ size: 3 }, { ready: 3, list: Array.from({ length: 200_000 }, () => ({ a: 1 })) }),
      object({ size: 3 }, { ready: 3, text: 'x'.repeat(1_500_000) }),
      object({ size: 3 }, JSON.parse('{"__proto__": {"ready": 9}, "constructor": 1, "conditions": [{"type": "__proto__", "status": "True"}]}') as object),
    ];
    for (const one of hostile) expect(['healthy', 'unknown', undefined]).toContain(loaded.healthRulesOf('database')?.(one)?.state);
  });
});

describe('a plugin file that is not right', () => {
  test.each<[string, string, string, string | undefined]>([
    ['no map', '- a', '0:0 A plugin file is a map with "name", "category", "crd" and "fields".', undefined],
    ['an empty file', '', '0:0 A plugin file is a map with "name", "category", "crd" and "fields".', undefined],
    ['broken YAML', 'name: [', '0:7 The YAML is broken here: Flow sequence in block collection must be sufficiently indented and end with a ]', undefined],
    ['a key twice', `${everyType}name: other\n`, '17:0 The key "name" stands here twice.', undefined],
    ['no definition', everyType.replace(crd, ''), '0:0 "crd" is missing.', undefined],
    [
      'a category that is none',
      everyType.replace('category: database', 'category: cicd'),
      '4:10 "category" is "cicd"; it must be one of virtualization, networking, storage, monitoring, security, workflow, database, messaging, backup, ci-cd, ml, policy, scaling.',
      'ci-cd',
    ],
    [
      'a type that is none',
      everyType.replace('type: textarea', 'type: text'),
      '14:48 "fields[5].type" is "text"; it must be one of string, number, boolean, select, textarea, secret.',
      undefined,
    ],
    [
      'another spelling of a key',
      everyType.replace('displayName', 'display_name'),
      '1:0 "display_name" is no key of a plugin and has no effect.',
      'displayName',
    ],
    ['a version that is none', everyType.replace('v1beta2', '1'), '7:39 "crd.version" must be text; put it in quotes.', undefined],
    [
      'a name for a prototype',
      everyType.replace('name: engine', 'name: __proto__'),
      '9:12 "fields[0].name" is not valid: a word of letters and digits, beginning with a letter.',
      undefined,
    ],
    ['a default outside its range', everyType.replace('default: 3', 'default: 30'), '10:54 "default" is 30; it must lie between 1 and 9.', undefined],
    [
      'a secret with a default',
      everyType.replace('type: secret', 'type: secret, default: hunter2'),
      '15:62 The value of a secret does not belong in a file: a secret has no default.',
      undefined,
    ],
    ['a template as text', `${everyType}template: |\n  spec: {}\n`, '17:10 "template" must be a YAML tree, without "|" before it.', undefined],
    [
      'a template that calls code',
      `${everyType}template:\n  spec:\n    a: \${ require("fs") }\n`,
      '19:7 "template" is not valid: template.spec.a: ${ require("fs") }: "require" is no function that templates have.',
      undefined,
    ],
    [
      'a health rule that is none',
      `${everyType}health:\n  - { when: "1 +", state: healthy }\n`,
      '18:12 "health" is not valid: Unexpected token: EOF.',
      undefined,
    ],
    ['an icon with a path in it', everyType.replace('icon: database', 'icon: ../x'), '5:6 "icon" is not valid: a codicon\'s name.', undefined],
    [
      'an address that runs a program',
      everyType.replace('https://example.com/install', 'command:evil'),
      '6:6 "docs" is not valid: an address that begins with https://.',
      undefined,
    ],
  ])('%s is told at its place', async (_, file, wanted, repair) => {
    const loaded = await loadedWith({ 'plugins/x.yaml': file });
    const [problem] = loaded.problems;
    const { line, character } = problem?.range?.start ?? { line: -1, character: -1 };
    expect(problem === undefined ? '' : `${line}:${character} ${problemText(problem)}`).toBe(wanted);
    expect(problem?.file).toBe('.kubeorch/plugins/x.yaml');
    expect(problem?.repairs?.[0]?.newText).toBe(repair);
    expect(kindOf(loaded.catalog, 'deployment')).toBeDefined();
    expect(JSON.stringify(loaded.problems)).not.toContain('hunter2');
  });

  test('leaves its nodes with the reason', async () => {
    const loaded = await loadedWith({ 'plugins/x.yaml': everyType.replace('category: database', 'category: db') });
    const [problem] = problems(loaded, nodesOf('  db: { type: database, fields: { engine: x } }\n'));
    expect(problem).toMatchObject({ code: 'node.brokenPlugin', severity: 'error', args: { file: '.kubeorch/plugins/x.yaml' } });
  });

  test('may not take the name of another plugin or of a kind', async () => {
    const loaded = await loadedWith({
      'plugins/a.yaml': everyType,
      'plugins/b.yaml': everyType,
      'plugins/c.yaml': everyType.replace('name: database', 'name: deployment'),
      'plugins/d.yaml': everyType.replace('name: database', 'name: plugin'),
    });
    expect(loaded.problems.map((problem) => `${problem.file} ${problemText(problem)}`)).toEqual([
      '.kubeorch/plugins/b.yaml There is a plugin "database" already, in .kubeorch/plugins/a.yaml: this file is not used. Give one of them another name.',
      '.kubeorch/plugins/c.yaml "deployment" is a type of KubeOrch or of .kubeorch/templates: this plugin is not used. Give it another name.',
      '.kubeorch/plugins/d.yaml "plugin" is a type of KubeOrch or of .kubeorch/templates: this plugin is not used. Give it another name.',
    ]);
    expect(kindOf(loaded.catalog, 'deployment')?.origin).toBe('core');
  });
});

describe('a template of the workspace that is broken', () => {
  test('leaves the kind as it ships, and the file and the nodes say so', async () => {
    const loaded = await loadedWith({ 'templates/service/template.yaml': 'spec:\n  type: ${ 1 + }\n', 'templates/service/metadata.yaml': 'type: service' });
    expect(loaded.problems.map((problem) => [problem.file, problem.range?.start.line])).toEqual([
      ['.kubeorch/templates/service/metadata.yaml', 0],
      ['.kubeorch/templates/service/template.yaml', 1],
    ]);
    const text = nodesOf('  s: { type: service, targetApp: x, port: 80 }\n');
    expect(problems(loaded, text).map((problem) => [problem.code, problem.severity, problem.nodeId])).toEqual([['node.shippedInstead', 'warning', 's']]);
    expect(objectAt(rendered(loaded, text))).toMatchObject({ kind: 'Service', spec: { selector: { app: 'x' } } });
  });
});

describe('values that mean something to YAML, templates or JavaScript', () => {
  const hostile: readonly (readonly [string, JsonValue])[] = [
    ['line breaks', 'a\nb: c\n- d'],
    ['braces', '{{ .Values.x }}'],
    ['an expression', '${ fields.size }'],
    ['an open expression', '${'],
    ['yes', 'yes'],
    ['a mode', '0644'],
    ['a prototype', '__proto__'],
    ['ten kilobytes', 'x'.repeat(10_240)],
    ['a directive', '$include: podSpec'],
    ['a document end', '---\nkind: Evil'],
    ['quotes', `"'\``],
    ['control characters', '\u0000\u001b[31m\u2028'],
    ['nothing', ' '],
  ];
  test.each(hostile)('%s is exactly that value', async (_, value) => {
    const loaded = await loadedWith({ 'plugins/database.yaml': everyType.replace('required: true, ', '') });
    const nodes = [{ id: 'db', type: 'database', data: { fields: { engine: value, config: value } } }];
    const workflow = { ...parseWorkflow(nodesOf('')).workflow, nodes };
    const { objects, problems: wrong } = renderWorkflow({ workflow, loaded, namespace: 'shop' });
    expect(wrong).toEqual([]);
    expect(JSON.parse(JSON.stringify(objects[0]?.object))).toMatchObject({ kind: 'Database', spec: { engine: value, config: value } });
  });

  test('a number without an end is an error', async () => {
    const loaded = await loadedWith({ 'plugins/database.yaml': everyType });
    const text = (ratio: string): string => nodesOf(`  db: { type: database, fields: { engine: x, ratio: ${ratio} } }\n`);
    for (const ratio of ['1e400', '1.0e+400', '.inf', '.nan']) expect(problems(loaded, text(ratio)).map((problem) => problem.code)).toEqual(['node.wrongType']);
    const nodes = [{ id: 'db', type: 'database', data: { fields: { engine: 'x', ratio: Number.POSITIVE_INFINITY } } }];
    const { problems: wrong } = renderWorkflow({ workflow: { ...parseWorkflow(nodesOf('')).workflow, nodes }, loaded, namespace: 'shop' });
    expect(wrong.map(problemText)).toEqual([expect.stringContaining('the result is no number')]);
  });

  test('a key of a prototype among the settings is an unknown field', async () => {
    const loaded = await loadedWith({ 'plugins/database.yaml': everyType });
    const text = nodesOf('  db: { type: database, fields: { engine: x, __proto__: { polluted: true } } }\n');
    expect(problems(loaded, text).map((problem) => problem.code)).toEqual(['node.unknownField']);
    expect(JSON.stringify(objectAt(rendered(loaded, text)))).not.toContain('polluted');
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});
