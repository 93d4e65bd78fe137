import { readdir } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import type { CatalogField } from '../shared/catalog';
import { kindOf } from '../shared/catalog';
import { problemText } from '../shared/problem';
import { nodeFiles } from '../node/nodeFiles';
import { coreCatalog } from '../testing/coreCatalog';
import { MemoryFiles } from '../testing/memoryFiles';
import { coreTemplates, loadCatalog, workspaceTemplates } from './catalog';

const minimal = (type: string): string =>
  `{ type: ${type}, displayName: T, description: d, icon: package, category: core, version: 1.0.0, defaultName: t, apiVersion: v1, kind: T, fields: [] }`;

async function workspace(files: Readonly<Record<string, string>>): ReturnType<typeof loadCatalog> {
  const memory = new MemoryFiles();
  for (const [path, text] of Object.entries(files)) memory.contents.set(`.kubeorch/templates/${path}`, text);
  return loadCatalog([coreTemplates(nodeFiles('templates')), workspaceTemplates(memory)]);
}

function nameOf(loaded: Awaited<ReturnType<typeof loadCatalog>>, type: string, data: Readonly<Record<string, string>> = {}): string | undefined {
  return loaded.templateOf({ id: 'n', type, data })?.name;
}

describe('the shipped templates', () => {
  test('every folder is a kind that loads, with its template', async () => {
    const loaded = await coreCatalog();
    expect(loaded.problems).toEqual([]);
    expect(loaded.catalog.kinds.map((kind) => kind.type)).toEqual((await readdir('templates/core')).sort());
    for (const { type, renderedBy } of loaded.catalog.kinds)
      expect(nameOf(loaded, type)).toBe(renderedBy === undefined ? `core/${type}/template.yaml` : undefined);
  });

  test('icons are codicons, summaries and conditions name fields, relations name kinds, and everything is described', async () => {
    const { catalog } = await coreCatalog();
    const icons = new Set((await readdir('node_modules/@vscode/codicons/src/icons')).map((file) => file.replace(/\.svg$/, '')));
    const described = (fields: readonly CatalogField[]): void => {
      for (const field of fields) {
        expect(`${field.name}: ${field.description}`).toMatch(/: .*\.$/);
        if (field.dependsOn !== undefined) expect(fields.map((one) => one.name)).toContain(field.dependsOn.field);
        described(field.fields ?? []);
        if (field.items !== undefined) described([field.items]);
      }
    };
    for (const kind of catalog.kinds) {
      expect(icons).toContain(kind.icon);
      expect(kind.fields.map((field) => field.name)).toEqual(expect.arrayContaining([...kind.summary]));
      for (const relation of kind.relations) for (const type of relation.to) expect(kindOf(catalog, type)?.type).toBe(type);
      described(kind.fields);
    }
  });

  test('the palette says what it has always said of each kind', async () => {
    const { catalog } = await coreCatalog();
    expect(catalog.kinds.map((kind) => [kind.displayName, kind.category, kind.usageFrequency, kind.difficulty, kind.defaultName].join(' '))).toEqual([
      'ConfigMap configuration high easy my-configmap',
      'CronJob core high easy my-cronjob',
      'DaemonSet core medium medium my-daemonset',
      'Deployment core very-high easy my-deployment',
      'Gate gates low easy my-gate',
      'Helm chart core high medium my-chart',
      'HorizontalPodAutoscaler core high medium my-hpa',
      'Ingress networking high medium my-ingress',
      'Job core high easy my-job',
      'Kustomize base core medium medium my-base',
      'Manifest core medium medium my-manifest',
      'Namespace security medium easy my-namespace',
      'NetworkPolicy core medium hard my-network-policy',
      'PersistentVolumeClaim storage high easy my-pvc',
      'PodDisruptionBudget core medium medium my-pdb',
      'Role security medium medium my-role',
      'Secret configuration high easy my-secret',
      'Service core high easy my-service',
      'ServiceAccount security medium easy my-service-account',
      'StatefulSet core high medium my-statefulset',
    ]);
  });
});

describe('a workspace', () => {
  test('adds a kind with both files', async () => {
    const loaded = await workspace({ 'thing/metadata.yaml': minimal('thing'), 'thing/template.yaml': 'a: 1' });
    expect(loaded.problems).toEqual([]);
    expect(kindOf(loaded.catalog, 'thing')?.origin).toBe('workspace');
    expect(nameOf(loaded, 'thing')).toBe('.kubeorch/templates/thing/template.yaml');
  });

  test('replaces how a shipped kind is rendered, and the shipped template stays within reach', async () => {
    const loaded = await workspace({ 'service/template.yaml': 'a: 1', 'other.yaml': 'a: 2', 'old/deployment.yaml': 'a: 3' });
    expect(kindOf(loaded.catalog, 'service')?.origin).toBe('core');
    expect(nameOf(loaded, 'service')).toBe('.kubeorch/templates/service/template.yaml');
    expect(nameOf(loaded, 'service', { template: 'core/service' })).toBe('core/service/template.yaml');
    expect(nameOf(loaded, 'service', { templateId: 'core/service' })).toBe('core/service/template.yaml');
    expect(nameOf(loaded, 'service', { template: 'other' })).toBe('.kubeorch/templates/other.yaml');
    expect(nameOf(loaded, 'service', { template: 'old' })).toBe('.kubeorch/templates/old/deployment.yaml');
    expect(nameOf(loaded, 'service', { template: 'gone' })).toBeUndefined();
  });

  test('has fields of its own that several kinds share, and changes one of them in one kind', async () => {
    const kind = minimal('a').replace(
      'fields: []',
      'fields: [{ $include: both, $without: [gone] }, { name: one, default: 2 }, { name: deep, label: D, description: d., type: object, fields: [{ $include: both }] }]',
    );
    const loaded = await workspace({
      'fields/both.yaml':
        '- { name: one, label: One, description: d., type: number, default: 1 }\n- { name: gone, label: Gone, description: d., type: string }\n',
      'a/metadata.yaml': kind,
      'a/template.yaml': 'a: 1',
    });
    expect(loaded.problems).toEqual([]);
    const fields = kindOf(loaded.catalog, 'a')?.fields;
    expect(fields?.map((field) => [field.name, field.label, field.default])).toEqual([
      ['one', 'One', 2],
      ['deep', 'D', undefined],
    ]);
    expect(fields?.[1]?.fields?.map((field) => [field.name, field.default])).toEqual([
      ['one', 1],
      ['gone', undefined],
    ]);
  });

  test.each([
    ['a list that is not there', '- $include: none', 'there is no list of fields "none"'],
    ['a list that includes itself', '- $include: self', 'lists of fields include one another more than 6 deep'],
    ['keys beside an include', '- { $include: self, type: string }', '"$include" goes with nothing but "$without", a list of names'],
    ['a great many includes', `- { $include: wide }\n`.repeat(300), 'a kind has at most 2000 fields'],
  ])('whose shared fields cannot be used (%s) loses that kind and no other', async (_name, self, detail) => {
    const started = Date.now();
    const loaded = await workspace({
      'fields/self.yaml': self,
      'fields/wide.yaml': '- $include: empty\n'.repeat(300),
      'fields/empty.yaml': '[]',
      'a/metadata.yaml': minimal('a').replace('fields: []', 'fields: [{ $include: self }]'),
      'a/template.yaml': 'a: 1',
    });
    expect(loaded.problems.map(problemText)).toEqual([`The kind or template .kubeorch/templates/a/metadata.yaml cannot be used: ${detail}`]);
    expect(kindOf(loaded.catalog, 'a')).toBeUndefined();
    expect(kindOf(loaded.catalog, 'deployment')).toBeDefined();
    expect(Date.now() - started).toBeLessThan(10_000);
  });

  test('that has something broken keeps everything else', async () => {
    const loaded = await workspace({
      'a/metadata.yaml': 'type: a\nfields: [',
      'b/metadata.yaml': minimal('b').replace('fields: []', 'fields: [{ name: x, label: X, description: d, type: text, colour: red }]'),
      'c/metadata.yaml': minimal('c'),
      'service/template.yaml': 'a: ${ 1 + }',
      'partials/podSpec.yaml': '$iff: x',
    });
    expect(loaded.problems.map(problemText).sort()).toEqual([
      'The kind or template .kubeorch/templates/a/metadata.yaml:2 cannot be used: Flow sequence in block collection must be sufficiently indented and end with a ]',
      'The kind or template .kubeorch/templates/b/metadata.yaml cannot be used: fields.0: Unrecognized key: "colour"',
      'The kind or template .kubeorch/templates/c/template.yaml cannot be used: there is no such file',
      'The kind or template .kubeorch/templates/partials/podSpec.yaml:1 cannot be used: $iff: "$iff" is no directive; use $if, $else, $for, $value, $include, $with, or "$$iff" for a key of that name',
      'The kind or template .kubeorch/templates/service/template.yaml:1 cannot be used: a: ${ 1 + }: Unexpected token: EOF',
    ]);
    expect(nameOf(loaded, 'service')).toBe('core/service/template.yaml');
    expect(loaded.catalog.kinds.map((kind) => kind.type)).toEqual((await coreCatalog()).catalog.kinds.map((kind) => kind.type));
    expect([...loaded.broken.keys()].sort()).toEqual(['a', 'b', 'c', 'service']);
  });

  test('that cannot be read is a problem and no more', async () => {
    const failing = new MemoryFiles();
    failing.list = () => Promise.reject(new Error('no permission'));
    const loaded = await loadCatalog([coreTemplates(nodeFiles('templates')), workspaceTemplates(failing)]);
    expect(loaded.problems.map(problemText)).toEqual([
      '.kubeorch/templates/partials cannot be read: no permission',
      '.kubeorch/templates/fields cannot be read: no permission',
      '.kubeorch/templates cannot be read: no permission',
      '.kubeorch/plugins cannot be read: no permission',
    ]);
    expect(loaded.catalog.kinds).toEqual((await coreCatalog()).catalog.kinds);
  });
});
