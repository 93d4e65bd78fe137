import fc from 'fast-check';
import { expect, test } from 'vitest';
import { documentPatch, patchedDocument } from './documentPatch';
import type { DocumentSnapshot } from './protocol';
import { emptyWorkflow } from './workflow';

const id = fc.constantFrom('web', 'db', 'cache', '__proto__', 'constructor');
const point = fc.tuple(fc.nat({ max: 2 }), fc.nat({ max: 2 }));
const record = <T>(value: fc.Arbitrary<T>) => fc.array(fc.tuple(id, value), { maxLength: 4 }).map((entries) => Object.fromEntries(entries));

/** Few words, so that two of them have much in common. */
const documents: fc.Arbitrary<DocumentSnapshot> = fc
  .record({
    revision: fc.nat({ max: 5 }),
    description: fc.constantFrom('', 'a shop'),
    nodes: fc.uniqueArray(
      id.chain((own) => fc.nat({ max: 2 }).map((replicas) => ({ id: own, type: 'deployment', data: { replicas } }))),
      { selector: (node) => node.id },
    ),
    edges: fc.array(fc.record({ from: id, to: id }), { maxLength: 3 }),
    layout: record(point),
    positions: record(point),
    relations: record(fc.constantFrom('routes', 'mounts')),
    derived: record(fc.constantFrom({}, { targetPort: 80 })),
    readOnlyReason: fc.option(fc.constant('broken'), { nil: undefined }),
    problems: fc.array(
      id.map((nodeId) => ({ code: 'node.unknownType' as const, args: {}, severity: 'error' as const, nodeId, text: `${nodeId} is wrong` })),
      { maxLength: 3 },
    ),
  })
  .map(({ revision, description, nodes, edges, layout, readOnlyReason, ...rest }) => ({
    revision,
    workflow: { ...emptyWorkflow('shop'), description, nodes, edges, layout },
    readOnly: readOnlyReason !== undefined,
    ...(readOnlyReason === undefined ? {} : { readOnlyReason }),
    derivedFrom: [],
    ...rest,
  }));

/** As it arrives on the other side. */
const sent = <T>(value: T): T => structuredClone(value);

test('a patch leads from any state to any other', () => {
  fc.assert(
    fc.property(documents, documents, (before, after) => {
      const told = patchedDocument(before, sent(documentPatch(before, after)));
      expect(told).toEqual(sent(after));
    }),
  );
});

test('a patch that was told against another state is not applied', () => {
  fc.assert(
    fc.property(documents, documents, documents, (before, after, other) => {
      fc.pre(before.revision !== other.revision);
      expect(patchedDocument(other, documentPatch(before, after))).toBeUndefined();
    }),
  );
});

test('one node of a thousand is told alone, and all others stay the very same objects', () => {
  const nodes = Array.from({ length: 1000 }, (_, index) => ({ id: `n-${index}`, type: 'deployment', data: { image: `app:${index}`, text: 'x'.repeat(900) } }));
  const positions = Object.fromEntries(nodes.map((node, index) => [node.id, [index, index] as const]));
  const before: DocumentSnapshot = {
    revision: 1,
    workflow: { ...emptyWorkflow('large'), nodes, layout: positions },
    problems: [],
    readOnly: false,
    positions,
    relations: {},
    derived: {},
    derivedFrom: [],
  };
  // Read anew, nothing is the same object any more.
  const read = sent(before);
  const after = {
    ...read,
    revision: 2,
    workflow: { ...read.workflow, nodes: read.workflow.nodes.with(500, { id: 'n-500', type: 'deployment', data: { image: 'app:2' } }) },
  };
  const patch = sent(documentPatch(before, after));
  expect(JSON.stringify(patch).length).toBeLessThan(300);
  const told = patchedDocument(before, patch);
  expect(told).toEqual(after);
  expect(told?.workflow.nodes.filter((node, index) => node === nodes[index])).toHaveLength(999);
  expect(told?.positions).toBe(positions);
});
