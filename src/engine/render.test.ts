import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { validateObject } from '../openapi/index';
import type { JsonObject, JsonValue } from '../shared/json';
import { problemText } from '../shared/problem';
import { emptyWorkflow } from '../shared/workflow';
import { coreCatalog, shippedOpenApi } from '../testing/coreCatalog';
import { expectGolden } from '../testing/golden';
import { MemoryFiles } from '../testing/memoryFiles';
import { nodeFiles } from '../node/nodeFiles';
import { coreTemplates, loadCatalog, workspaceTemplates } from './catalog';
import { parseWorkflow } from './document/parse';
import { manifestJson, manifestYaml } from './manifestText';
import type { RenderedObject, RenderResult } from './render';
import { renderWorkflow } from './render';

const loaded = await coreCatalog();
const kindsFolder = join(import.meta.dirname, 'kinds');

function renderNodes(nodes: Readonly<Record<string, JsonObject>>, namespace?: string): RenderResult {
  const made = Object.entries(nodes).map(([id, { type, ...data }]) => ({ id, type: type as string, data }));
  return renderWorkflow({ workflow: { ...emptyWorkflow('w'), nodes: made }, loaded, namespace });
}

function only(result: RenderResult): RenderedObject {
  const [object] = result.objects;
  if (object === undefined) throw new Error(result.problems.map(problemText).join('\n'));
  return object;
}

const goldenCases = (await readdir(kindsFolder, { recursive: true })).filter((file) => file.endsWith('.workflow.yaml')).sort();

describe('manifests as they have always been', () => {
  test.each(goldenCases)('%s', async (file) => {
    const { workflow, problems } = parseWorkflow(await readFile(join(kindsFolder, file), 'utf8'));
    expect(problems.filter((problem) => problem.severity === 'error').map(problemText)).toEqual([]);
    const rendered = renderWorkflow({ workflow, loaded, namespace: workflow.namespace });
    expect(rendered.problems).toEqual([]);
    await expectGolden(kindsFolder, file.replace('.workflow.yaml', '.manifests.yaml'), manifestYaml(rendered.objects));
    const openApi = await shippedOpenApi();
    for (const { object } of rendered.objects) {
      // The one kind of someone else's that a shipped template makes: its structure is not Kubernetes' to know.
      const found = object.kind === 'ExternalSecret' ? ['unknownKind'] : [];
      expect(validateObject(openApi, JSON.parse(JSON.stringify(object)) as JsonObject).map((finding) => finding.code)).toEqual(found);
    }
  });

  test('every kind has at least one', () => {
    const kinds = new Set(goldenCases.map((file) => file.split(/[/\\]/)[0] ?? ''));
    // What programs render has its goldens beside the charts and bases that they render.
    expect(kinds).toEqual(new Set(loaded.catalog.kinds.flatMap((kind) => (kind.renderedBy === undefined ? [kind.type] : []))));
  });
});

describe('every object', () => {
  test('carries our labels, and the selector is only the name', () => {
    const { object } = only(
      renderNodes({ web: { type: 'deployment', image: 'nginx', name: 'front', labels: { app: 'stolen', 'kubeorch.dev/node': 'x', mine: 1 } } }),
    );
    expect({ ...object.metadata.labels }).toEqual({
      app: 'front',
      'app.kubernetes.io/name': 'front',
      'app.kubernetes.io/part-of': 'w',
      'app.kubernetes.io/managed-by': 'kubeorch',
      'kubeorch.dev/workflow': 'w',
      'kubeorch.dev/node': 'web',
      mine: '1',
      version: 'v1',
    });
    expect(object.spec).toMatchObject({
      selector: { matchLabels: { app: 'front' } },
      template: { metadata: { labels: { app: 'front', mine: '1', version: 'v1' } } },
    });
  });

  test('goes to its own namespace, else to the given one, else to none', () => {
    const node = { type: 'configmap', data: { a: 'b' } };
    expect(only(renderNodes({ a: { ...node, namespace: 'own' } }, 'given')).object.metadata.namespace).toBe('own');
    expect(only(renderNodes({ a: node }, 'given')).object.metadata.namespace).toBe('given');
    expect(only(renderNodes({ a: node })).object.metadata).not.toHaveProperty('namespace');
  });

  test('is the same whatever "options" says, and twice the same for the same workflow', () => {
    const render = (options: JsonObject): string => manifestJson(renderNodes({ a: { type: 'deployment', image: 'nginx', ...options } }).objects);
    expect(render({ options: { timeout: '5m' } })).toBe(render({}));
    expect(render({})).toBe(render({}));
  });

  test('keeps an explicit zero', () => {
    expect(only(renderNodes({ a: { type: 'deployment', image: 'nginx', replicas: 0 } })).object.spec).toMatchObject({ replicas: 0 });
  });

  test('of a Secret has keys beside it and no data', () => {
    const { object, secretKeys } = only(
      renderNodes({
        a: {
          type: 'secret',
          keys: ['A', { id: '1', name: 'B' }, '_new_1'],
          data: { A: 'leak' },
          stringData: { B: 'leak' },
          patch: { data: { A: 'leak' }, stringData: { A: 'leak' } },
        },
      }),
    );
    expect(secretKeys).toEqual(['A', 'B']);
    expect(object).not.toHaveProperty('data');
    expect(JSON.stringify(object)).not.toContain('leak');
  });
});

describe('a template of the workspace', () => {
  test('may make another kind of object, which never gets the values of a Secret', async () => {
    const files = new MemoryFiles();
    files.contents.set(
      '.kubeorch/templates/deployment/template.yaml',
      'apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nspec: { replicas: "${ data.replicas }" }\n',
    );
    files.contents.set('.kubeorch/templates/secret/template.yaml', 'apiVersion: v1\nkind: ConfigMap\n');
    const own = await loadCatalog([coreTemplates(nodeFiles('templates')), workspaceTemplates(files)]);
    const nodes = [
      { id: 'a', type: 'deployment', data: { image: 'nginx' } },
      { id: 'b', type: 'secret', data: { keys: ['K'] } },
    ];
    const { objects } = renderWorkflow({ workflow: { ...emptyWorkflow('w'), nodes }, loaded: own, namespace: undefined });
    expect(objects.map(({ object, secretKeys }) => [object.apiVersion, object.kind, object.metadata.name, secretKeys])).toEqual([
      ['argoproj.io/v1alpha1', 'Rollout', 'a', []],
      ['v1', 'ConfigMap', 'b', []],
    ]);
  });
});

describe('a node that cannot be rendered', () => {
  test('is told of, and the others are rendered', () => {
    const { objects, problems } = renderNodes({
      a: { type: 'deploymnt' },
      b: { type: 'deployment', image: ' ' },
      c: { type: 'deployment', image: 'nginx', template: 'gone' },
      d: { type: 'deployment', image: 'nginx', env: { A: { nested: 1 } } },
      e: { type: 'configmap', data: { a: 'b' } },
    });
    expect(objects.map((object) => object.nodeId)).toEqual(['e']);
    expect(problems.map(problemText)).toEqual([
      `Unknown type "deploymnt". Known types: ${loaded.catalog.kinds.map((kind) => kind.type).join(', ')}.`,
      'Deployment "b" needs "image".',
      'The template of "deployment" cannot be used: there is no template "gone"',
      expect.stringMatching(/^The template of "deployment" cannot be used: partials\/container\.yaml:\d+: env\[\d+\]\.value: \$\{ string\(value\) \}: /),
    ]);
  });

  test('is never a throw, whatever stands in its fields', () => {
    const names = loaded.catalog.kinds.flatMap((kind) => kind.fields.map((field) => field.name));
    fc.assert(
      fc.property(
        fc.constantFrom(...loaded.catalog.kinds.map((kind) => kind.type)),
        fc.dictionary(fc.constantFrom(...names, 'name', 'namespace', 'labels', 'annotations', 'patch', 'template'), fc.jsonValue({ maxDepth: 3 }), {
          maxKeys: 8,
        }),
        (type, data) => {
          const { objects, problems } = renderNodes({ a: { image: 'nginx', keys: ['K'], ...(data as JsonObject), type } });
          // A role is up to two objects, and a Secret that is kept elsewhere is none.
          expect(problems.length).toBeLessThanOrEqual(1);
          expect(problems.length === 0 ? objects.length <= 2 : objects.length === 0).toBe(true);
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('text in a workflow', () => {
  const nasty = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 30 }),
    fc.constantFrom('x\nevil: true', '"', '${ data }', 'yes', '0644', '22:22', '2020-01-01', '~', '- a', '# b', ': c', '\t', '\u0085', '\u2028x', '{{x}}'),
  );

  test('comes back from the rendered YAML exactly, read as kubectl reads it', () => {
    fc.assert(
      fc.property(nasty, nasty, (value, label) => {
        const { objects } = renderNodes({
          a: { type: 'configmap', data: { key: value }, annotations: { note: label } },
          b: { type: 'deployment', image: 'nginx', env: { KEY: value }, args: [value] },
        });
        const [map, deployment] = manifestYaml(objects)
          .split(/^---\n/m)
          .slice(1)
          .map(
            (text) =>
              parse(text, { version: '1.1' }) as {
                data: JsonValue;
                metadata: { annotations: JsonValue };
                spec: { template: { spec: { containers: readonly { env: JsonValue; args: JsonValue }[] } } };
              },
          );
        expect(map?.data).toEqual({ key: value });
        expect(map?.metadata.annotations).toEqual({ note: label });
        expect(deployment?.spec.template.spec.containers[0]?.env).toEqual([{ name: 'KEY', value }]);
        expect(deployment?.spec.template.spec.containers[0]?.args).toEqual([value]);
      }),
      { numRuns: 200 },
    );
  });
});
