import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Catalog } from '../../shared/catalog';
import { coreCatalog, shippedOpenApi } from '../../testing/coreCatalog';
import type { LanguageFacts } from './language';
import { completionsAt, hoverAt } from './language';

let catalog: Catalog;
let facts: LanguageFacts;
beforeAll(async () => {
  catalog = (await coreCatalog()).catalog;
  facts = { catalog, openApi: await shippedOpenApi() };
});

/** Splits a text at the one `|` that stands for the cursor. */
function cursor(marked: string): { readonly text: string; readonly position: { readonly line: number; readonly character: number } } {
  const at = marked.indexOf('|');
  const before = marked.slice(0, at).split('\n');
  return { text: marked.slice(0, at) + marked.slice(at + 1), position: { line: before.length - 1, character: before.at(-1)?.length ?? 0 } };
}

function labels(marked: string): readonly string[] {
  const { text, position } = cursor(marked);
  return completionsAt(text, position, facts).map((completion) => completion.label);
}

/** The text after the completion of that label was accepted. */
function accepted(marked: string, label: string): string {
  const { text, position } = cursor(marked);
  const completion = completionsAt(text, position, facts).find((one) => one.label === label);
  if (completion === undefined) throw new Error(`${label} is not offered`);
  const lines = text.split('\n');
  const line = lines[position.line] ?? '';
  lines[position.line] = line.slice(0, completion.range.start.character) + completion.insertText + line.slice(completion.range.end.character);
  return lines.join('\n');
}

const head = 'apiVersion: kubeorch.dev/v1alpha1\nkind: Workflow\nname: shop\n';
const shop = `${head}nodes:\n  web:\n    type: deployment\n    image: nginx:1.29\n  web-svc: { type: service, port: 80 }\n  db-secret: { type: secret, keys: [PASSWORD] }\n`;

describe('completion', () => {
  test('the options of a node of any type, and what they take', () => {
    const node = (options: string): string => `${head}nodes:\n  web:\n    type: deployment\n    image: nginx:1\n    options:\n      ${options}`;
    expect(labels(node('|'))).toEqual(['timeoutMs', 'retry', 'build']);
    expect(labels(node('retry:\n        backoff: |'))).toEqual(['linear', 'exponential']);
  });

  test('offers the keys of a workflow that are not there yet', () => {
    expect(labels(`${head}|`)).toContain('nodes');
    expect(labels(`${head}|`)).not.toContain('name');
  });

  test('offers the states behind "status:"', () => {
    expect(labels(`${head}status: |`)).toEqual(['draft', 'published', 'archived']);
  });

  test('offers every type of the catalog behind "type:", in block and in flow style', () => {
    const types = catalog.kinds.map((kind) => kind.type);
    expect(labels(`${head}nodes:\n  web:\n    type: dep|`)).toEqual(types);
    expect(labels(`${head}nodes:\n  web: { type: |`)).toEqual(types);
  });

  test('replaces the word that is being typed', () => {
    expect(accepted(`${head}nodes:\n  web:\n    type: dep|`, 'deployment')).toBe(`${head}nodes:\n  web:\n    type: deployment`);
    expect(accepted(`${head}nodes:\n  web:\n    type: deployment\n    rep|`, 'replicas')).toBe(`${head}nodes:\n  web:\n    type: deployment\n    replicas: `);
  });

  test("offers the fields of the node's type with their descriptions, and the keys that every node has", () => {
    const { text, position } = cursor(`${head}nodes:\n  web:\n    type: deployment\n    image: nginx\n    |\nedges:\n  - web -> web\n`);
    const offered = completionsAt(text, position, facts);
    expect(offered.map((completion) => completion.label)).toEqual(expect.arrayContaining(['replicas', 'port', 'labels', 'patch']));
    expect(offered.map((completion) => completion.label)).not.toContain('image');
    expect(offered.find((completion) => completion.label === 'replicas')?.documentation).toContain('Default: 1');
  });

  test('offers fields inside a flow map behind a comma', () => {
    expect(labels(`${head}nodes:\n  svc: { type: service, | }`)).toContain('targetPort');
    expect(labels(`${head}nodes:\n  svc: { type: service, port: 80, | }`)).not.toContain('port');
  });

  test('offers the choices of a select and the values of a flag', () => {
    expect(labels(`${head}nodes:\n  svc:\n    type: service\n    serviceType: |`)).toEqual(['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName']);
    expect(labels(`${head}environments:\n  prod:\n    protected: |`)).toEqual(['true', 'false']);
  });

  test('offers fields of items in a list, wherever its dash stands', () => {
    expect(labels(`${head}nodes:\n  svc:\n    type: service\n    ports:\n      - name: a\n        |`)).toContain('targetPort');
    expect(labels(`${head}nodes:\n  svc:\n    type: service\n    ports:\n    - name: a\n      |`)).toContain('protocol');
    expect(labels(`${head}nodes:\n  svc:\n    type: service\n    ports:\n      - |`)).toContain('name');
  });

  test('offers the nodes of the workflow at the beginning of an edge, and behind the arrow those that fit', () => {
    expect(labels(`${shop}edges:\n  - |`)).toEqual(expect.arrayContaining(['web', 'web-svc', 'from']));
    expect(labels(`${shop}edges:\n  - web-svc -> |`)).toEqual(['web']);
    expect(accepted(`${shop}edges:\n  - web-svc -> w|`, 'web')).toBe(`${shop}edges:\n  - web-svc -> web`);
    expect(accepted(`${shop}edges:\n- we|`, 'web-svc')).toBe(`${shop}edges:\n- web-svc -> `);
  });

  test('offers ids and relations in the map form of an edge', () => {
    expect(labels(`${shop}edges:\n  - from: |`)).toEqual(['web', 'web-svc', 'db-secret']);
    expect(labels(`${shop}edges:\n  - { from: web, relation: |`)).toContain('mounts');
    expect(labels(`${shop}edges:\n  - from: web\n    as: |`)).toEqual(['volume', 'env']);
  });

  test('offers nodes that have no position yet, members of groups, and nodes and fields of overrides', () => {
    expect(labels(`${shop}layout:\n  web: [1, 2]\n  |`)).toEqual(['web-svc', 'db-secret']);
    expect(labels(`${shop}groups:\n  front:\n    nodes: [web, |`)).toEqual(['web', 'web-svc', 'db-secret']);
    expect(labels(`${shop}environments:\n  prod:\n    set:\n      |`)).toEqual(['web', 'web-svc', 'db-secret']);
    expect(labels(`${shop}environments:\n  prod:\n    set:\n      web: { |`)).toContain('replicas');
  });

  test('is quiet in comments and where a person names something', () => {
    expect(labels(`${head}# |`)).toEqual([]);
    expect(labels(`${head}description: |`)).toEqual([]);
    expect(labels(`${head}nodes:\n  |`)).toEqual([]);
  });

  test('never throws, wherever the cursor stands in whatever text', () => {
    const piece = fc.constantFrom(
      'nodes:',
      'edges:',
      '- ',
      '  ',
      '\n',
      '{',
      '}',
      '[',
      ']',
      ': ',
      'web',
      'type: ',
      'service',
      ' -> ',
      '"',
      "'",
      '#',
      ',',
      'layout:',
      '\t',
      '|',
      '&a ',
      '*a',
    );
    const text = fc.oneof(
      fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join('')),
      fc.string(),
    );
    fc.assert(
      fc.property(text, fc.nat(20), fc.nat(40), (any, line, character) => {
        completionsAt(any, { line, character }, facts);
        hoverAt(any, { line, character }, facts);
      }),
      { numRuns: 500 },
    );
  });
});

describe('inside an object', () => {
  const patched = `${head}nodes:\n  web:\n    type: deployment\n    image: nginx\n    patch:\n      spec:\n`;
  const written = `${head}nodes:\n  raw:\n    type: manifest\n    manifest:\n`;

  test('offers the fields that stand there, without those that are there or that no patch can change', () => {
    expect(labels(`${patched}        replicas: 2\n        |`)).toContain('minReadySeconds');
    expect(labels(`${patched}        replicas: 2\n        |`)).not.toContain('replicas');
    expect(labels(`${head}nodes:\n  web:\n    type: deployment\n    patch:\n      |`)).toEqual(['metadata', 'spec']);
    expect(labels(`${patched}        template:\n          spec:\n            containers:\n              - name: a\n                |`)).toContain(
      'livenessProbe',
    );
    expect(labels(`${patched}        template: { spec: { |`)).toContain('terminationGracePeriodSeconds');
  });

  test('offers what has to be there first, and a map on lines of its own', () => {
    const text = `${written}      apiVersion: apps/v1\n      kind: Deployment\n      spec:\n        |`;
    expect(labels(text).slice(0, 2)).toEqual(['selector', 'template']);
    expect(accepted(text, 'selector')).toBe(text.replace('|', 'selector:'));
  });

  test('offers the options of a field, and true and false', () => {
    expect(labels(`${patched}        strategy:\n          type: |`)).toEqual(['Recreate', 'RollingUpdate']);
    expect(labels(`${patched}        paused: |`)).toEqual(['true', 'false']);
  });

  test('offers versions and kinds that go together', () => {
    expect(labels(`${written}      apiVersion: apps/v1\n      kind: |`)).toEqual([
      'ControllerRevision',
      'DaemonSet',
      'Deployment',
      'ReplicaSet',
      'StatefulSet',
    ]);
    expect(labels(`${written}      apiVersion: |\n      kind: Ingress\n`)).toEqual(['networking.k8s.io/v1']);
    expect(labels(`${written}      |`)).toEqual(['apiVersion', 'kind', 'metadata']);
  });

  test('offers them in what an environment overrides', () => {
    expect(labels(`${shop}environments:\n  prod:\n    set:\n      web:\n        patch:\n          spec:\n            |`)).toContain('minReadySeconds');
  });

  test('offers nothing where the structure of the kind is not known', () => {
    expect(labels(`${written}      apiVersion: acme.com/v1\n      kind: Widget\n      spec:\n        |`)).toEqual([]);
  });

  test('says what a field is, what it may hold and whether it may be left out', () => {
    const hover = (marked: string): string | undefined => {
      const { text, position } = cursor(marked);
      return hoverAt(text, position, facts)?.text;
    };
    expect(hover(`${patched}        stra|tegy:\n          type: Recreate\n`)).toBe('strategy: a map (DeploymentStrategy)');
    expect(hover(`${patched}        strategy:\n          ty|pe: Recreate\n`)).toBe('type: text\nOne of: Recreate, RollingUpdate');
    expect(hover(`${written}      apiVersion: v1\n      kind: Pod\n      spec:\n        cont|ainers: []\n`)).toBe(
      'containers: a list\nOne item for each name.\nRequired.',
    );
    expect(hover(`${patched}        mis|take: 1\n`)).toBeUndefined();
  });
});

describe('hover', () => {
  const hover = (marked: string): string | undefined => {
    const { text, position } = cursor(marked);
    return hoverAt(text, position, facts)?.text;
  };

  test('explains a key of the workflow, a type, a field and an edge', () => {
    expect(hover(`${head}sta|tus: draft\n`)).toContain('draft');
    expect(hover(shop.replace('type: deployment', 'type: deploy|ment'))).toContain('Deployment');
    expect(hover(shop.replace('port: 80', 'po|rt: 80'))).toContain('Default: 80');
    expect(hover(`${shop}edges:\n  - web-svc -> w|eb\n`)).toBe('web-svc routes to web (routes)');
    expect(hover(shop.replace('  web:', '  w|eb:'))).toContain('Deployment');
  });

  test('covers just the word it explains', () => {
    const { text, position } = cursor(shop.replace('image: ', 'im|age: '));
    expect(hoverAt(text, position, facts)?.range).toEqual({ start: { line: 6, character: 4 }, end: { line: 6, character: 9 } });
  });

  test('says nothing about what it does not know', () => {
    expect(hover(`${head}mine|: 1\n`)).toBeUndefined();
    expect(hover(`${head}|\n`)).toBeUndefined();
  });
});
