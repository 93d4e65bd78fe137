import fc from 'fast-check';
import { expect, test } from 'vitest';
import { applyEdit } from './applyEdit';
import type { JsonValue } from './json';
import type { Workflow } from './workflow';
import { edgeKey, emptyWorkflow } from './workflow';
import type { WorkflowEdit } from './workflowEdit';
import { isSameMeaning, workflowDiff } from './workflowDiff';

const ids = ['web', 'db', 'cache'];
const base: Workflow = {
  ...emptyWorkflow('shop'),
  nodes: [
    { id: 'web', type: 'deployment', data: { image: 'nginx:1', replicas: 2, labels: { tier: 'front' } } },
    { id: 'db', type: 'statefulset', data: { image: 'postgres:15' } },
  ],
  edges: [{ from: 'web', to: 'db', ready: 'applied' }],
  layout: { web: [0, 0], db: [100, 0] },
};
const after = (edit: WorkflowEdit, from: Workflow = base): Workflow => {
  const outcome = applyEdit(from, edit);
  if (!outcome.ok) throw new Error(outcome.reason);
  return outcome.workflow;
};
const nothing = { addedNodes: [], removedNodes: [], changedNodes: [], movedNodes: [], addedEdges: [], removedEdges: [], changedEdges: [], fields: [] };

test('a node that only moved is no change of meaning', () => {
  const diff = workflowDiff(base, after({ type: 'move', positions: { web: [50, 60] } }));
  expect(diff).toEqual({ ...nothing, movedNodes: ['web'] });
  expect(isSameMeaning(diff)).toBe(true);
});

test('the order of nodes, edges and keys is no change', () => {
  const shuffled = {
    ...base,
    nodes: base.nodes.toReversed().map(({ id, type, data }) => ({ data: Object.fromEntries(Object.entries(data).toReversed()), type, id })),
  };
  expect(workflowDiff(base, shuffled)).toEqual(nothing);
});

test('fields, nodes and edges are told one by one', () => {
  const changed = after({
    type: 'composite',
    edits: [
      { type: 'setField', id: 'web', path: ['labels', 'tier'], value: 'back' },
      { type: 'setField', id: 'web', path: ['replicas'] },
      { type: 'addNode', node: { id: 'cache', type: 'deployment', data: { image: 'redis:7' } }, position: [0, 100] },
      { type: 'disconnect', edge: { from: 'web', to: 'db' } },
      { type: 'connect', edge: { from: 'web', to: 'cache' } },
      { type: 'setProperty', path: ['status'], value: 'published' },
    ],
  });
  expect(workflowDiff(base, changed)).toEqual({
    ...nothing,
    addedNodes: [{ id: 'cache', type: 'deployment' }],
    changedNodes: [
      {
        id: 'web',
        type: 'deployment',
        fields: [
          { path: 'replicas', before: 2 },
          { path: 'labels.tier', before: 'front', after: 'back' },
        ],
      },
    ],
    addedEdges: [{ from: 'web', to: 'cache' }],
    removedEdges: [{ from: 'web', to: 'db', ready: 'applied' }],
    fields: [{ path: 'status', before: 'draft', after: 'published' }],
  });
});

test('an edge that waits for something else is changed, not replaced', () => {
  const other = { ...base, edges: [{ from: 'web', to: 'db', ready: 'healthy' }] };
  expect(workflowDiff(base, other)).toEqual({ ...nothing, changedEdges: [{ before: base.edges[0], after: other.edges[0] }] });
});

const value: fc.Arbitrary<JsonValue> = fc.oneof(fc.integer(), fc.string(), fc.boolean(), fc.dictionary(fc.constantFrom('a', '__proto__', 'b.c'), fc.integer()));
const workflow: fc.Arbitrary<Workflow> = fc
  .record({
    nodes: fc.uniqueArray(
      fc.record({ id: fc.constantFrom(...ids), type: fc.constantFrom('deployment', 'service'), data: fc.dictionary(fc.constantFrom('x', 'y'), value) }),
      {
        selector: ({ id }) => id,
      },
    ),
    edges: fc.uniqueArray(fc.record({ from: fc.constantFrom(...ids), to: fc.constantFrom(...ids) }), { selector: edgeKey }),
    layout: fc.dictionary(fc.constantFrom(...ids), fc.constant([1, 2] as const)),
  })
  .map((parts) => ({ ...base, ...parts }));

test('is empty exactly for the same meaning, and reads backwards when its sides are exchanged', () => {
  fc.assert(
    fc.property(workflow, workflow, (a, b) => {
      expect(workflowDiff(a, a)).toEqual(nothing);
      const [there, back] = [workflowDiff(a, b), workflowDiff(b, a)];
      expect(back.addedNodes.map(({ id }) => id).sort()).toEqual(there.removedNodes.map(({ id }) => id).sort());
      expect(back.removedEdges.map(edgeKey).sort()).toEqual(there.addedEdges.map(edgeKey).sort());
      expect(back.changedNodes.map(({ id }) => id).sort()).toEqual(there.changedNodes.map(({ id }) => id).sort());
      for (const { id, fields } of there.changedNodes) {
        const turned = back.changedNodes.find((one) => one.id === id)?.fields.map(({ path, before, after: now }) => ({ path, before: now, after: before }));
        const byPath = (x: { path: string }, y: { path: string }): number => (x.path < y.path ? -1 : 1);
        expect(turned?.toSorted(byPath)).toEqual(fields.map(({ path, before, after: now }) => ({ path, before, after: now })).toSorted(byPath));
      }
    }),
  );
});
