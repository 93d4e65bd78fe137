import { describe, expect, test } from 'vitest';
import type { ProblemCode, TextRange } from '../../shared/problem';
import { editText } from './editText';
import { parseWorkflow } from './parse';

const head = 'apiVersion: kubeorch.dev/v1alpha1\nkind: Workflow\nname: shop\n';

/** Each problem as its code and the text it points at. */
function problems(text: string): readonly (readonly [ProblemCode, string])[] {
  const parsed = parseWorkflow(text);
  return parsed.problems.map((problem) => [problem.code, problem.range === undefined ? '' : textIn(text, problem.range)]);
}

function textIn(text: string, range: TextRange): string {
  const { lines } = parseWorkflow(text);
  return text.slice(lines.offsetAt(range.start), lines.offsetAt(range.end));
}

describe('a workflow file', () => {
  test('gives everything it says', () => {
    const text = `${head}description: Web shop
status: published
tags: [web, shop]
cluster: prod
namespace: shop
environments:
  staging: { context: kind, clusterUid: u, namespace: stage, protected: true, set: { web: { replicas: 2 } } }
nodes:
  web:
    type: deployment
    image: nginx
  web-svc: { type: service, port: 80 }
edges:
  - web-svc -> web
  - { from: web, to: web-svc, handle: h, relation: mounts, mountPath: /data, subPath: s, as: env, readOnly: true, ready: endpoints }
groups:
  front: { label: Front, nodes: [web], collapsed: true }
layout:
  web: [420, 120]
x-team: { on: call }
`;
    const parsed = parseWorkflow(text);
    expect(parsed.problems).toEqual([]);
    expect(parsed.broken).toBe(false);
    expect(JSON.parse(JSON.stringify(parsed.workflow))).toEqual({
      apiVersion: 'kubeorch.dev/v1alpha1',
      kind: 'Workflow',
      name: 'shop',
      description: 'Web shop',
      status: 'published',
      tags: ['web', 'shop'],
      cluster: 'prod',
      namespace: 'shop',
      environments: { staging: { context: 'kind', clusterUid: 'u', namespace: 'stage', protected: true, set: { web: { replicas: 2 } } } },
      nodes: [
        { id: 'web', type: 'deployment', data: { image: 'nginx' } },
        { id: 'web-svc', type: 'service', data: { port: 80 } },
      ],
      edges: [
        { from: 'web-svc', to: 'web' },
        { from: 'web', to: 'web-svc', handle: 'h', relation: 'mounts', mountPath: '/data', subPath: 's', as: 'env', readOnly: true, ready: 'endpoints' },
      ],
      groups: { front: { label: 'Front', nodes: ['web'], collapsed: true } },
      layout: { web: [420, 120] },
      unknown: { 'x-team': { on: 'call' } },
    });
  });

  test('knows where its keys, nodes, edges and values stand', () => {
    const text = `${head}nodes:\n  web:\n    type: deployment\n    env: { A: "x y" }\nedges:\n  - nonsense\n  - a->b # here\n`;
    const parsed = parseWorkflow(text);
    expect(textIn(text, parsed.ranges.keys['nodes'] as TextRange)).toBe('nodes');
    expect(textIn(text, parsed.ranges.nodes['web']?.key as TextRange)).toBe('web');
    expect(textIn(text, parsed.ranges.nodes['web']?.value as TextRange)).toBe('type: deployment\n    env: { A: "x y" }');
    expect(parsed.ranges.edges.map((range) => textIn(text, range))).toEqual(['a->b']);
    expect(textIn(text, parsed.rangeAt(['nodes', 'web', 'env', 'A']) as TextRange)).toBe('"x y"');
    expect(textIn(text, parsed.rangeAt(['nodes', 'web', 'env', 'A'], 'key') as TextRange)).toBe('A');
    expect(parsed.rangeAt(['nodes', 'web', 'env', 'B'])).toBeUndefined();
  });

  test('counts lines as editors do, whatever ends them, and a byte order mark as nothing to read', () => {
    const text = `\ufeff${head.replaceAll('\n', '\r\n')}status: wrong\r\n`;
    const parsed = parseWorkflow(text);
    expect(parsed.workflow.name).toBe('shop');
    expect(parsed.problems[0]?.range).toEqual({ start: { line: 3, character: 8 }, end: { line: 3, character: 13 } });
  });

  test('reads ids from the text, so that words and numbers of YAML are names, in their order', () => {
    const parsed = parseWorkflow(
      `${head}nodes:\n  on: { type: x }\n  10: { type: x }\n  y: { type: x }\n  2: { type: x }\nedges:\n  - { from: on, to: 10 }\n  - y -> 2\ngroups:\n  g: { nodes: [on, 10, y] }\nlayout:\n  2: [0, 0]\n`,
    );
    expect(parsed.problems).toEqual([]);
    expect(parsed.workflow.nodes.map((node) => node.id)).toEqual(['on', '10', 'y', '2']);
    expect(parsed.workflow.edges).toEqual([
      { from: 'on', to: '10' },
      { from: 'y', to: '2' },
    ]);
    expect(parsed.workflow.groups['g']?.nodes).toEqual(['on', '10', 'y']);
  });

  test('reads both forms of an edge, with or without spaces', () => {
    const parsed = parseWorkflow(`${head}edges:\n- a -> b\n- a->c\n- "a   ->d"\n- from: a\n  to: e\n`);
    expect(parsed.workflow.edges.map((edge) => edge.to)).toEqual(['b', 'c', 'd', 'e']);
  });
});

describe('YAML as kubectl reads it', () => {
  test('octal numbers, words for booleans and merge keys are of version 1.1; sexagesimal numbers and dates are text', () => {
    const { workflow } = parseWorkflow(
      `${head}nodes:\n  a: { type: x, mode: 0644, flag: on, time: 22:22, day: 2001-12-14, hex: 0x1F }\n  b: &b { type: x, port: 80 }\n  c: { <<: *b, host: h }\n`,
    );
    expect({ ...workflow.nodes[0]?.data }).toEqual({ mode: 420, flag: true, time: '22:22', day: '2001-12-14', hex: 31 });
    expect({ ...workflow.nodes[2]?.data }).toEqual({ host: 'h', port: 80 });
  });

  test('what YAML versions read differently is a hint that offers quotes, and the offer keeps the word', () => {
    const text = `${head}nodes:\n  a:\n    type: x\n    answer: yes # sure\n    mode: 0644\n`;
    const parsed = parseWorkflow(text);
    expect(parsed.problems.map((problem) => [problem.code, problem.severity, problem.args])).toEqual([
      ['yaml.ambiguousScalar', 'hint', { text: 'yes', meaning: 'true', other: 'text' }],
      ['yaml.ambiguousScalar', 'hint', { text: '0644', meaning: '420', other: '644' }],
    ]);
    const fix = parsed.problems[0]?.fixes?.[0];
    const fixed = fix === undefined ? undefined : editText(text, fix.edit);
    expect(fixed?.ok === true && fixed.text).toBe(text.replace('yes', '"yes"'));
  });
});

describe('problems of the shape', () => {
  test.each<[string, string, ProblemCode, string]>([
    ['an unknown status', 'status: live\n', 'document.invalidStatus', 'live'],
    ['an unknown key', 'owner: me\n', 'document.unknownKey', 'owner'],
    ['an unknown key of an environment', 'environments:\n  a: { contxt: b }\n', 'document.unknownKey', 'contxt'],
    ['an unknown key of an edge', 'edges:\n  - { from: a, to: b, mount: c }\n', 'document.unknownKey', 'mount'],
    ['a list where a map is due', 'nodes: [a]\n', 'document.wrongType', '[a]'],
    ['a map where text is due', 'namespace: { a: b }\n', 'document.wrongType', '{ a: b }'],
    ['a number where text is due', 'description: 2024\n', 'document.wrongType', '2024'],
    ['a node without a type', 'nodes:\n  web: { image: x }\n', 'node.missingType', 'web'],
    ['a node with nothing', 'nodes:\n  web:\n', 'node.missingType', 'web'],
    ['a node that is no map', 'nodes:\n  web: 3\n', 'document.wrongType', '3'],
    ['an id that is none', 'nodes:\n  Web: { type: x }\n', 'node.invalidId', 'Web'],
    ['an edge that is none', 'edges:\n  - a b\n', 'edge.syntax', 'a b'],
    ['a position that is none', 'layout:\n  a: [1]\n', 'document.wrongType', '[1]'],
    ['a position with fractions', 'layout:\n  a: [1.5, 2]\n', 'document.wrongType', '[1.5, 2]'],
    ['a key that stands twice', 'nodes:\n  a: { type: x }\n  a: { type: z }\n', 'yaml.duplicateKey', 'a'],
    ['an alias to nothing', 'x-a: *b\n', 'yaml.unresolvedAlias', '*b'],
    ['a second document', '---\na: b\n', 'yaml.severalDocuments', '---'],
    ['a flag that is none', 'environments:\n  a: { protected: maybe }\n', 'document.wrongType', 'maybe'],
  ])('%s is named at its place', (_, text, code, place) => {
    expect(problems(head + text)).toEqual([[code, place]]);
  });

  test('what is missing is named at the top', () => {
    expect(parseWorkflow('nodes: {}\n').problems.map((problem) => problem.args['key'])).toEqual(['apiVersion', 'kind', 'name']);
    expect(problems('apiVersion: v9\nkind: Flow\nname: Shop_1\n')).toEqual([
      ['document.apiVersion', 'v9'],
      ['document.kind', 'Flow'],
      ['document.invalidName', 'Shop_1'],
    ]);
  });

  test('an empty file and one that is no map say so', () => {
    expect(parseWorkflow('').problems.map((problem) => problem.code)).toEqual(['document.empty']);
    expect(parseWorkflow('# nothing\n').broken).toBe(false);
    expect(parseWorkflow('- a\n').problems.map((problem) => problem.code)).toEqual(['document.notAMap']);
  });

  test('the later of two equal keys counts, and the earlier one is shown beside it', () => {
    const parsed = parseWorkflow(`${head}status: draft\nstatus: published\n`);
    expect(parsed.workflow.status).toBe('published');
    expect(parsed.problems[0]?.related?.[0]?.range.start.line).toBe(3);
  });
});

describe('broken text', () => {
  test('keeps what parsed and says where it broke', () => {
    const text = `${head}nodes:\n  a: { type: deployment }\n  b:\n    type: service\n    port: "80\nedges:\n`;
    const parsed = parseWorkflow(text);
    expect(parsed.broken).toBe(true);
    expect(parsed.workflow.nodes.map((node) => node.id)).toEqual(['a', 'b']);
    expect(parsed.problems.some((problem) => problem.code === 'yaml.syntax' && problem.severity === 'error')).toBe(true);
  });

  test('a half-written line costs its neighbours nothing', () => {
    const parsed = parseWorkflow(`${head}nodes:\n  a:\n    type: deployment\n    imag\n  b: { type: service }\nedges:\n  - b -> a\n`);
    expect(parsed.broken).toBe(true);
    expect(parsed.workflow.nodes.map((node) => node.type)).toEqual(['deployment', 'service']);
    expect(parsed.workflow.edges).toEqual([{ from: 'b', to: 'a' }]);
  });

  test('a merge conflict shows our side and each of its marks', () => {
    const text = `${head}<<<<<<< HEAD\nstatus: published\n=======\nstatus: archived\n>>>>>>> other\nnodes:\n  a: { type: x }\n`;
    const parsed = parseWorkflow(text);
    expect(parsed.broken).toBe(true);
    expect(parsed.workflow.status).toBe('published');
    expect(parsed.workflow.nodes.map((node) => node.id)).toEqual(['a']);
    expect(problems(text)).toEqual([
      ['yaml.syntax', '<<<<<<< HEAD'],
      ['yaml.syntax', '======='],
      ['yaml.syntax', '>>>>>>> other'],
    ]);
  });
});
