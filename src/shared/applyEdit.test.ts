import { describe, expect, test } from 'vitest';
import { applyEdit } from './applyEdit';
import type { JsonValue } from './json';
import type { Workflow } from './workflow';
import { emptyWorkflow } from './workflow';
import type { EditRefusal, WorkflowEdit } from './workflowEdit';

const shop: Workflow = {
  ...emptyWorkflow('shop'),
  nodes: [
    { id: 'db', type: 'deployment', data: { image: 'postgres', ports: [5432], labels: {} } },
    { id: 'web', type: 'deployment', data: { image: 'nginx' } },
    { id: 'web-svc', type: 'service', data: { port: 80 } },
  ],
  edges: [
    { from: 'web', to: 'db', relation: 'depends-on' },
    { from: 'web-svc', to: 'web' },
  ],
  groups: { back: { nodes: ['db'] }, front: { label: 'Front', nodes: ['web', 'web-svc'] } },
  environments: { prod: { namespace: 'p', set: { db: { replicas: 2 } } }, staging: { set: { web: { replicas: 2 }, db: { replicas: 1 } } } },
  layout: { db: [1, 2], web: [3, 4] },
};

function after(edit: WorkflowEdit, workflow = shop): Workflow {
  const outcome = applyEdit(workflow, edit);
  if (!outcome.ok) throw new Error(`${outcome.reason}: ${outcome.detail}`);
  return outcome.workflow;
}

/** Without the missing prototypes, which `toEqual` takes for a difference. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

describe('applying an edit', () => {
  test('leaves the given workflow as it is and shares what did not change', () => {
    const before = JSON.stringify(shop);
    const moved = after({ type: 'move', positions: { web: [9, 9] } });
    expect(JSON.stringify(shop)).toBe(before);
    expect(moved.nodes).toBe(shop.nodes);
    expect(moved.edges).toBe(shop.edges);
  });

  test('puts new nodes and edges in their sorted place, or at the end where siblings are not sorted', () => {
    const node = { id: 'cache', type: 'deployment', data: {} };
    expect(after({ type: 'addNode', node }).nodes.map((one) => one.id)).toEqual(['cache', 'db', 'web', 'web-svc']);
    const unsorted = { ...shop, nodes: shop.nodes.toReversed() };
    expect(after({ type: 'addNode', node }, unsorted).nodes.map((one) => one.id)).toEqual(['web-svc', 'web', 'db', 'cache']);
    expect(after({ type: 'connect', edge: { from: 'web', to: 'web-svc' } }).edges.map((edge) => edge.to)).toEqual(['db', 'web-svc', 'web']);
  });

  test('gives a new node its position in whole numbers', () => {
    expect(after({ type: 'addNode', node: { id: 'a', type: 'x', data: {} }, position: [1.5, -0.2] }).layout['a']).toEqual([2, 0]);
  });

  test('removes a node with everything that names it, and what that leaves without a member', () => {
    const left = after({ type: 'removeNodes', ids: ['db'] });
    expect(left.edges).toEqual([{ from: 'web-svc', to: 'web' }]);
    expect(plain(left.layout)).toEqual({ web: [3, 4] });
    expect(plain(left.groups)).toEqual({ front: { label: 'Front', nodes: ['web', 'web-svc'] } });
    expect(plain(left.environments)).toEqual({ prod: { namespace: 'p' }, staging: { set: { web: { replicas: 2 } } } });
  });

  test('renames a node in place, in every reference', () => {
    const renamed = after({ type: 'rename', id: 'db', newId: 'zz' });
    expect(renamed.nodes.map((node) => node.id)).toEqual(['zz', 'web', 'web-svc']);
    expect(renamed.edges[0]).toEqual({ from: 'web', to: 'zz', relation: 'depends-on' });
    expect(plain([renamed.layout, renamed.groups, renamed.environments])).toEqual([
      { zz: [1, 2], web: [3, 4] },
      { back: { nodes: ['zz'] }, front: { label: 'Front', nodes: ['web', 'web-svc'] } },
      { prod: { namespace: 'p', set: { zz: { replicas: 2 } } }, staging: { set: { web: { replicas: 2 }, zz: { replicas: 1 } } } },
    ]);
  });

  test('sets and removes values deep inside a node, and leaves maps that became empty', () => {
    const set = after({ type: 'setField', id: 'db', path: ['env', 'A'], value: 'x' });
    expect(plain(set.nodes[0]?.data['env'])).toEqual({ A: 'x' });
    expect(plain(after({ type: 'setField', id: 'db', path: ['env', 'A'] }, set).nodes[0]?.data['env'])).toEqual({});
    expect(plain(after({ type: 'setField', id: 'db', path: ['ports', 1], value: 80 }).nodes[0]?.data['ports'])).toEqual([5432, 80]);
  });

  test('sets properties of the workflow and of its environments', () => {
    expect(after({ type: 'setProperty', path: ['status'], value: 'published' }).status).toBe('published');
    expect(after({ type: 'setProperty', path: ['namespace'], value: 'n' }).namespace).toBe('n');
    expect(after({ type: 'setProperty', path: ['namespace'] }, { ...shop, namespace: 'n' })).not.toHaveProperty('namespace');
    const staged = after({ type: 'setProperty', path: ['environments', 'staging', 'set', 'web', 'replicas'], value: 5 });
    expect(plain(staged.environments['staging'])).toEqual({ set: { web: { replicas: 5 }, db: { replicas: 1 } } });
    expect(plain(after({ type: 'setProperty', path: ['x-team'], value: { on: 'call' } }).unknown)).toEqual({ 'x-team': { on: 'call' } });
  });

  test('makes all edits of a composite or none', () => {
    const edits: WorkflowEdit[] = [
      { type: 'addNode', node: { id: 'a', type: 'x', data: {} } },
      { type: 'connect', edge: { from: 'a', to: 'db' } },
    ];
    expect(after({ type: 'composite', edits }).edges).toHaveLength(3);
    expect(applyEdit(shop, { type: 'composite', edits: [...edits, { type: 'removeNodes', ids: ['gone'] }] })).toMatchObject({
      ok: false,
      reason: 'node-missing',
    });
  });

  test('changes nothing where nothing is to change', () => {
    for (const edit of [
      { type: 'rename', id: 'web', newId: 'web' },
      { type: 'setField', id: 'web', path: ['env', 'A'] },
      { type: 'setProperty', path: ['description'] },
      { type: 'composite', edits: [] },
    ] satisfies WorkflowEdit[]) {
      expect(after(edit)).toEqual(shop);
    }
  });

  test.each<[string, EditRefusal, WorkflowEdit]>([
    ['a node that is there', 'node-exists', { type: 'addNode', node: { id: 'web', type: 'x', data: {} } }],
    ['an id that is none', 'invalid-id', { type: 'addNode', node: { id: 'Web', type: 'x', data: {} } }],
    ['a node without a type', 'invalid-value', { type: 'addNode', node: { id: 'a', type: ' ', data: {} } }],
    ['a type inside the data', 'invalid-value', { type: 'addNode', node: { id: 'a', type: 'x', data: { type: 'y' } } }],
    ['removing what is not there', 'node-missing', { type: 'removeNodes', ids: ['web', 'gone'] }],
    ['a field of what is not there', 'node-missing', { type: 'setField', id: 'gone', path: ['image'], value: 'x' }],
    ['an empty path', 'invalid-path', { type: 'setField', id: 'web', path: [], value: 'x' }],
    ['a path through text', 'invalid-path', { type: 'setField', id: 'web', path: ['image', 'tag'], value: 'x' }],
    ['a path that leaves a hole in a list', 'invalid-path', { type: 'setField', id: 'db', path: ['ports', 5], value: 1 }],
    ['a number that no file holds', 'invalid-value', { type: 'setField', id: 'web', path: ['replicas'], value: Number.NaN }],
    ['removing the type', 'invalid-value', { type: 'setField', id: 'web', path: ['type'] }],
    ['a status that is none', 'invalid-value', { type: 'setProperty', path: ['status'], value: 'live' }],
    ['text that is no text', 'invalid-value', { type: 'setProperty', path: ['namespace'], value: 3 }],
    ['a name that is none', 'invalid-value', { type: 'setProperty', path: ['name'], value: 'Shop' }],
    ['a key of no workflow', 'invalid-path', { type: 'setProperty', path: ['owner'], value: 'me' }],
    ['nodes as a property', 'invalid-path', { type: 'setProperty', path: ['nodes', 'web', 'image'], value: 'x' }],
    ['an unknown key of an environment', 'invalid-value', { type: 'setProperty', path: ['environments', 'prod', 'contxt'], value: 'x' }],
    ['an edge that is there', 'edge-exists', { type: 'connect', edge: { from: 'web-svc', to: 'web' } }],
    ['an edge to nowhere', 'node-missing', { type: 'connect', edge: { from: 'web', to: 'gone' } }],
    ['an edge to itself', 'invalid-value', { type: 'connect', edge: { from: 'web', to: 'web' } }],
    ['an edge that is not there', 'edge-missing', { type: 'disconnect', edge: { from: 'web', to: 'db' } }],
    ['a new id that is taken', 'node-exists', { type: 'rename', id: 'web', newId: 'db' }],
    ['a new id that is none', 'invalid-id', { type: 'rename', id: 'web', newId: 'a b' }],
    ['a position of what is not there', 'node-missing', { type: 'move', positions: { gone: [1, 2] } }],
    ['a position that is none', 'invalid-value', { type: 'move', positions: { web: [1, Infinity] } }],
    ['a group of what is not there', 'node-missing', { type: 'group', id: 'g', group: { nodes: ['gone'] } }],
  ])('refuses %s', (_, reason, edit) => {
    expect(applyEdit(shop, edit)).toMatchObject({ ok: false, reason });
  });

  test('refuses a group of a node whose id is empty, which no list of ids can name', () => {
    const broken = { ...shop, nodes: [...shop.nodes, { id: '', type: 'service', data: {} }] } as Workflow;
    expect(applyEdit(broken, { type: 'group', id: 'g', group: { nodes: [''] } })).toMatchObject({ ok: false, reason: 'invalid-id' });
  });

  test('refuses a value deeper than a file may be', () => {
    let deep: JsonValue = 'x';
    for (let level = 0; level < 100; level += 1) deep = [deep];
    expect(applyEdit(shop, { type: 'setField', id: 'web', path: ['deep'], value: deep })).toMatchObject({ ok: false, reason: 'invalid-value' });
  });

  test('no key of a value reaches a prototype', () => {
    const value = JSON.parse('{"__proto__": {"polluted": 1}}') as JsonValue;
    const labels = after({ type: 'setField', id: 'web', path: ['labels'], value }).nodes[1]?.data['labels'];
    expect(Object.keys(labels ?? {})).toEqual(['__proto__']);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});
