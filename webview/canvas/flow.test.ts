import { describe, expect, it } from 'vitest';
import type { Catalog, CatalogKind } from '../../src/shared/catalog';
import type { DocumentSnapshot } from '../../src/shared/protocol';
import type { Workflow } from '../../src/shared/workflow';
import { edgeKey, emptyWorkflow } from '../../src/shared/workflow';
import { createDocumentStore } from '../store/documentStore';
import { textFrom } from '../ui/texts';
import { freeId } from '../../src/shared/freeId';
import { freeSpot } from '../../src/shared/freeSpot';
import { addLinkedEdit, addNodeEdit, canConnect, connectEdit, moveEdit, reconnectEdit, removeEdit, typesAcross } from './fromFlow';
import { toFlowEdges, toFlowNodes } from './toFlow';

function kind(type: string, more: Partial<CatalogKind>): CatalogKind {
  return {
    type,
    displayName: type,
    description: '',
    icon: 'package',
    category: 'core',
    version: '1.0.0',
    tags: [],
    usageFrequency: 'high',
    difficulty: 'easy',
    defaultName: `my-${type}`,
    apiVersion: 'v1',
    kind: type,
    namespaced: true,
    fields: [],
    handles: [{ id: 'out', label: 'Out' }],
    relations: [],
    origin: 'core',
    summary: [],
    ...more,
  };
}

const catalog: Catalog = {
  kinds: [
    kind('app', {
      fields: [
        { name: 'image', label: 'Image', description: '', type: 'string', required: true, default: 'nginx' },
        { name: 'size', label: 'Size', description: '', type: 'number', required: false, default: 1 },
      ],
      relations: [
        { relation: 'depends-on', to: ['app'], order: 'to-first', label: 'Depends on' },
        { relation: 'scales', to: ['app'], order: 'from-first', label: 'Scales' },
      ],
      summary: ['image', 'size'],
    }),
    kind('svc', { relations: [{ relation: 'routes', to: ['app'], order: 'none', label: 'Routes to' }] }),
    kind('entry', {
      handles: [{ id: 'path', label: 'Path', each: { field: 'paths', key: 'id', label: 'id' } }],
      relations: [{ relation: 'forwards', to: ['svc'], order: 'to-first', label: 'Forwards to' }],
    }),
  ],
};

const workflow: Workflow = {
  ...emptyWorkflow('shop'),
  nodes: [
    { id: 'web', type: 'app', data: { image: 'web:1' } },
    { id: 'db', type: 'app', data: {} },
    { id: 'web-svc', type: 'svc', data: {} },
    {
      id: 'in',
      type: 'entry',
      data: {
        paths: [
          { id: 'a', host: 'a.test', path: '/' },
          { id: 'b', path: '/b' },
        ],
      },
    },
  ],
  edges: [
    { from: 'web-svc', to: 'web' },
    { from: 'in', handle: 'b', to: 'web-svc' },
    { from: 'web', to: 'gone' },
  ],
  layout: { web: [10, 20], 'web-svc': [-300, 0] },
};

function snapshotOf(shown: Workflow, more: Partial<DocumentSnapshot> = {}): DocumentSnapshot {
  return { revision: 1, workflow: shown, problems: [], readOnly: false, positions: { db: [400, 0] }, relations: {}, derived: {}, derivedFrom: [], ...more };
}

const text = textFrom({});
const view = (shown: Workflow, more: Partial<DocumentSnapshot> = {}) => createDocumentStore(snapshotOf(shown, more), catalog).getState();

describe('from a workflow to the canvas', () => {
  it('puts nodes where the file, else the host, says, and gives sizes and handles before anything is measured', () => {
    const nodes = toFlowNodes(view(workflow), []);
    expect(nodes.map((node) => [node.id, node.position])).toEqual([
      ['web', { x: 10, y: 20 }],
      ['db', { x: 400, y: 0 }],
      ['web-svc', { x: -300, y: 0 }],
      ['in', { x: 0, y: 0 }],
    ]);
    for (const node of nodes) expect(node.width !== undefined && node.height !== undefined && node.handles !== undefined && node.handles.length > 1).toBe(true);
  });

  it('gives one source handle for each path of an ingress, at the height of its line', () => {
    const entry = toFlowNodes(view(workflow), []).find((node) => node.id === 'in');
    expect(entry?.handles?.filter((handle) => handle.type === 'source').map((handle) => handle.id)).toEqual(['a', 'b']);
    expect(entry?.data.card.sources.map((source) => source.detail)).toEqual(['a.test/', '/b']);
    const [a, b] = entry?.data.card.sources ?? [];
    expect((b?.y ?? 0) - (a?.y ?? 0)).toBe(22);
  });

  it('keeps the very same objects for what did not change, so that nothing is drawn again', () => {
    const first = toFlowNodes(view(workflow), []);
    const changed = {
      ...structuredClone(workflow),
      nodes: structuredClone(workflow.nodes).map((node) => (node.id === 'db' ? { ...node, data: { image: 'db:2' } } : node)),
    };
    const store = createDocumentStore(snapshotOf(workflow), catalog);
    store.getState().confirm(snapshotOf(changed, { revision: 2 }));
    const second = toFlowNodes(store.getState(), first);
    expect(second.map((node, index) => node === first[index])).toEqual([true, false, true, true]);
    const edges = toFlowEdges(store.getState(), second, toFlowEdges(view(workflow), first, [], text), text);
    const again = toFlowEdges(store.getState(), second, edges, text);
    expect(again.every((edge, index) => edge === edges[index])).toBe(true);
  });

  it('leaves a node where the pointer holds it, and selected', () => {
    const held = toFlowNodes(view(workflow), []).map((node) =>
      node.id === 'web' ? { ...node, position: { x: 77, y: 88 }, dragging: true, selected: true } : node,
    );
    const moved = { ...workflow, layout: { ...workflow.layout, web: [0, 0] as const } };
    const web = toFlowNodes(view(moved), held).find((node) => node.id === 'web');
    expect(web).toMatchObject({ position: { x: 77, y: 88 }, selected: true });
  });

  it('draws edges from the handle they name, by their relation, and leaves out those to nowhere', () => {
    const nodes = toFlowNodes(view(workflow), []);
    const edges = toFlowEdges(view(workflow), nodes, [], text);
    expect(edges.map((edge) => [edge.source, edge.sourceHandle, edge.target, edge.type, edge.ariaLabel])).toEqual([
      ['web-svc', null, 'web', 'routes', 'web-svc Routes to web'],
      ['in', 'b', 'web-svc', 'forwards', 'in Forwards to web-svc'],
    ]);
  });

  it('counts the problems of a node on its card', () => {
    const problem = { code: 'node.missingField', args: {}, severity: 'error', nodeId: 'db', text: 'x' } as const;
    const db = toFlowNodes(view(workflow, { problems: [problem, { ...problem, severity: 'warning' }] }), []).find((node) => node.id === 'db');
    expect(db?.data).toMatchObject({ errors: 1, warnings: 1 });
  });

  it('draws a node of an unknown type and its edges', () => {
    const odd = { ...workflow, nodes: [...workflow.nodes, { id: 'odd', type: 'frobnicator', data: {} }], edges: [{ from: 'odd', to: 'web' }] };
    const nodes = toFlowNodes(view(odd), []);
    expect(nodes.at(-1)).toMatchObject({ id: 'odd', type: 'general' });
    expect(toFlowEdges(view(odd), nodes, [], text)[0]).toMatchObject({ type: 'unknown', data: { label: 'unknown relation' } });
  });

  it('shows nothing for a key that is there and empty, although its kind has a default', () => {
    const none = { ...workflow, nodes: [{ id: 'web', type: 'app', data: { image: 'x', size: null } }] };
    expect(toFlowNodes(view(none), [])[0]?.data.card.rows.map((row) => row.field)).toEqual(['image']);
  });
});

describe('from a gesture to an edit', () => {
  const link = (source: string, target: string, sourceHandle: string | null = null) => ({ source, target, sourceHandle });

  it('makes one edit of a drag of several nodes, in whole pixels, without those that stand where they stood', () => {
    const at = (id: string) => (id === 'a' ? ([1, 2] as const) : ([0, 0] as const));
    expect(
      moveEdit(
        [
          { id: 'a', position: { x: 1.4, y: 1.6 } },
          { id: 'b', position: { x: -3.7, y: 9 } },
        ],
        at,
      ),
    ).toEqual({ type: 'move', positions: { b: [-4, 9] } });
    expect(moveEdit([{ id: 'a', position: { x: 1, y: 2 } }], at)).toBeUndefined();
  });

  it('removes nodes and, beside them, only the chosen edges that do not go anyway', () => {
    const keys = workflow.edges.map(edgeKey);
    expect(removeEdit(workflow, ['web'], [keys[0] ?? ''])).toEqual({ type: 'removeNodes', ids: ['web'] });
    expect(removeEdit(workflow, ['db'], [keys[1] ?? ''])).toEqual({
      type: 'composite',
      edits: [
        { type: 'disconnect', edge: { from: 'in', handle: 'b', to: 'web-svc' } },
        { type: 'removeNodes', ids: ['db'] },
      ],
    });
    expect(removeEdit(workflow, [], [])).toBeUndefined();
  });

  it('connects what the kinds allow, and writes the relation only where there are several', () => {
    expect(connectEdit(link('web-svc', 'db'), workflow, catalog)).toEqual({ type: 'connect', edge: { from: 'web-svc', to: 'db' } });
    expect(connectEdit(link('in', 'web-svc', 'a'), workflow, catalog)).toEqual({ type: 'connect', edge: { from: 'in', handle: 'a', to: 'web-svc' } });
    expect(connectEdit(link('web', 'db'), workflow, catalog)).toEqual({ type: 'connect', edge: { from: 'web', to: 'db', relation: 'depends-on' } });
    const both = { ...workflow, edges: [{ from: 'web', to: 'db', relation: 'depends-on' }] };
    expect(connectEdit(link('web', 'db'), both, catalog)).toEqual({ type: 'connect', edge: { from: 'web', to: 'db', relation: 'scales' } });
  });

  it('refuses links that mean nothing, exist already or lead back to the same node', () => {
    for (const refused of [link('in', 'web', 'a'), link('web', 'web'), link('web-svc', 'web'), link('gone', 'web'), link('in', 'web-svc', 'b')]) {
      expect(canConnect(refused, workflow, catalog)).toBe(false);
    }
  });

  it('takes the options of an edge along when one end of it moves', () => {
    const mounted = { ...workflow, edges: [{ from: 'web-svc', to: 'web', mountPath: '/x' }] };
    expect(reconnectEdit(edgeKey({ from: 'web-svc', to: 'web' }), link('web-svc', 'db'), mounted, catalog)).toEqual({
      type: 'composite',
      edits: [
        { type: 'disconnect', edge: { from: 'web-svc', to: 'web' } },
        { type: 'connect', edge: { from: 'web-svc', to: 'db', mountPath: '/x' } },
      ],
    });
    expect(reconnectEdit(edgeKey({ from: 'web-svc', to: 'web' }), link('web-svc', 'web'), mounted, catalog)).toBeUndefined();
  });

  it('writes into a new node only what its kind requires, under a free id', () => {
    const [app] = catalog.kinds;
    if (app === undefined) throw new Error('no kind');
    const once = addNodeEdit(app, workflow, { x: 0.4, y: -0.2 });
    expect(once).toEqual({ type: 'addNode', node: { id: 'my-app', type: 'app', data: { image: 'nginx' } }, position: [0, 0] });
    expect(addNodeEdit(app, { ...workflow, nodes: [once.node, { ...once.node, id: 'my-app-2' }] }, { x: 0, y: 0 }).node.id).toBe('my-app-3');
    expect(freeId('my-app-2', new Set(['my-app', 'my-app-2']))).toBe('my-app-3');
    expect(freeId('redis-6', new Set(['redis-6']))).toBe('redis-6-2');
    expect(freeId('x'.repeat(63), new Set(['x'.repeat(63)]))).toHaveLength(63);
  });

  it('adds a node at the loose end of a link and connects it, in one step, from either side', () => {
    const [app, svc] = catalog.kinds;
    if (app === undefined || svc === undefined) throw new Error('no kind');
    expect(addLinkedEdit(svc, workflow, catalog, { x: 0, y: 0 }, { nodeId: 'in', handle: 'a', from: 'source' })).toMatchObject({
      type: 'composite',
      edits: [{ type: 'addNode' }, { type: 'connect', edge: { from: 'in', handle: 'a', to: 'my-svc' } }],
    });
    expect(addLinkedEdit(svc, workflow, catalog, { x: 0, y: 0 }, { nodeId: 'db', handle: undefined, from: 'target' })).toMatchObject({
      edits: [{ type: 'addNode' }, { type: 'connect', edge: { from: 'my-svc', to: 'db' } }],
    });
  });

  it('knows which kinds can stand across from a node', () => {
    expect([...typesAcross({ type: 'entry' }, 'source', catalog)]).toEqual(['svc']);
    expect([...typesAcross({ type: 'app' }, 'target', catalog)]).toEqual(['app', 'svc']);
  });

  it('finds a free spot near the wished one', () => {
    const card = { x: 0, y: 0, width: 100, height: 50 };
    expect(freeSpot(card, [])).toEqual({ x: 0, y: 0 });
    const spot = freeSpot(card, [card]);
    expect(spot.x >= 116 || spot.y >= 66).toBe(true);
  });
});
