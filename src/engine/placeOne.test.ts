import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Catalog } from '../shared/catalog';
import { cardSize } from '../shared/nodeCard';
import type { Point, Workflow } from '../shared/workflow';
import { emptyWorkflow } from '../shared/workflow';
import { layoutWorkflow } from './layout/index';
import { placeNodes, placeOne } from './placeOne';

const catalog: Catalog = { kinds: [] };

function workflowOf(count: number, links: readonly (readonly [number, number])[], layout: Readonly<Record<string, Point>> = {}): Workflow {
  return {
    ...emptyWorkflow('graph'),
    nodes: Array.from({ length: count }, (_, index) => ({ id: `n${index}`, type: 'thing', data: {} })),
    edges: links.map(([from, to]) => ({ from: `n${from}`, to: `n${to}` })),
    layout,
  };
}

const workflows = fc.integer({ min: 1, max: 40 }).chain((count) =>
  fc
    .record({
      links: fc.array(fc.tuple(fc.nat(count - 1), fc.nat(count - 1)), { maxLength: 60 }),
      spots: fc.array(fc.tuple(fc.nat(count - 1), fc.integer({ min: -20, max: 20 }), fc.integer({ min: -20, max: 20 })), { maxLength: count }),
    })
    .map(({ links, spots }) => {
      // Places of the file lie on a grid that is wider than a card, so that the file itself has no overlaps.
      const taken = new Set<string>();
      const layout: Record<string, Point> = {};
      for (const [index, column, row] of spots) {
        const cell = `${column},${row}`;
        if (taken.has(cell) || Object.hasOwn(layout, `n${index}`)) continue;
        taken.add(cell);
        layout[`n${index}`] = [column * 400, row * 300];
      }
      return workflowOf(count, links, layout);
    }),
);

function overlapping(workflow: Workflow, positions: Readonly<Record<string, Point>>): readonly string[] {
  const boxes = workflow.nodes.map((node) => ({ id: node.id, at: positions[node.id] ?? [Number.NaN, 0], ...cardSize(node, catalog) }));
  return boxes.flatMap((a, index) =>
    boxes
      .slice(index + 1)
      .filter((b) => a.at[0] < b.at[0] + b.width && b.at[0] < a.at[0] + a.width && a.at[1] < b.at[1] + b.height && b.at[1] < a.at[1] + a.height)
      .map((b) => `${a.id} and ${b.id}`),
  );
}

describe('placing nodes without a layout engine', () => {
  it('gives every node whole coordinates, keeps those of the file, and lets no two cards overlap', () => {
    fc.assert(
      fc.property(workflows, (workflow) => {
        const positions = placeNodes(workflow, catalog);
        expect(Object.keys(positions).toSorted()).toEqual(workflow.nodes.map((node) => node.id).toSorted());
        for (const point of Object.values(positions)) expect(point.every(Number.isInteger)).toBe(true);
        for (const [id, point] of Object.entries(workflow.layout)) expect(positions[id]).toEqual(point);
        expect(overlapping(workflow, positions)).toEqual([]);
      }),
    );
  });

  it('gives the same positions each time', () => {
    fc.assert(
      fc.property(workflows, (workflow) => {
        expect(placeNodes(structuredClone(workflow), catalog)).toEqual(placeNodes(workflow, catalog));
      }),
    );
  });

  it('sets a chain in columns from left to right', () => {
    const positions = placeNodes(
      workflowOf(3, [
        [0, 1],
        [1, 2],
      ]),
      catalog,
    );
    expect(positions['n0']?.[0]).toBeLessThan(positions['n1']?.[0] ?? 0);
    expect(positions['n1']?.[0]).toBeLessThan(positions['n2']?.[0] ?? 0);
  });

  it('puts what nothing leads to right before what it leads to', () => {
    // n3 is mounted by n2 only, which stands in the third column.
    const positions = placeNodes(
      workflowOf(4, [
        [0, 1],
        [1, 2],
        [3, 2],
      ]),
      catalog,
    );
    expect(positions['n3']?.[0]).toBe(positions['n1']?.[0]);
  });

  it('places a new node to the right of what leads to it, although there is something already', () => {
    const workflow = workflowOf(
      3,
      [
        [0, 1],
        [0, 2],
      ],
      { n0: [0, 0], n1: [360, 0] },
    );
    const [x, y] = placeOne(workflow, catalog, 'n2');
    expect(x).toBe(360);
    expect(Math.abs(y)).toBeGreaterThanOrEqual(86);
  });

  it('puts a node without connections below everything', () => {
    expect(placeOne(workflowOf(2, [], { n0: [50, 100] }), catalog, 'n1')).toEqual([50, 226]);
  });

  it('survives cycles and edges to nowhere', () => {
    const workflow = {
      ...workflowOf(2, [
        [0, 1],
        [1, 0],
        [0, 0],
      ]),
      edges: [
        { from: 'n0', to: 'gone' },
        { from: 'n0', to: 'n1' },
        { from: 'n1', to: 'n0' },
      ],
    };
    expect(overlapping(workflow, placeNodes(workflow, catalog))).toEqual([]);
  });

  it('places a thousand nodes in well under a second', () => {
    const links = Array.from({ length: 1330 }, (_, index) => [index % 997, (index * 7) % 1000] as const);
    const started = performance.now();
    placeNodes(workflowOf(1000, links), catalog);
    expect(performance.now() - started).toBeLessThan(1000);
  });
});

describe('arranging a whole workflow', () => {
  it('gives every node whole coordinates from the origin on, without overlaps, the same each time', async () => {
    const workflow = workflowOf(
      24,
      Array.from({ length: 30 }, (_, index) => [index % 23, (index * 5 + 3) % 24] as const),
    );
    const positions = await layoutWorkflow(workflow, catalog);
    expect(Object.keys(positions)).toHaveLength(24);
    expect(Object.values(positions).flat().every(Number.isInteger)).toBe(true);
    expect(Math.min(...Object.values(positions).map(([x]) => x))).toBe(0);
    expect(Math.min(...Object.values(positions).map(([, y]) => y))).toBe(0);
    expect(overlapping(workflow, positions)).toEqual([]);
    expect(await layoutWorkflow(structuredClone(workflow), catalog)).toEqual(positions);
  });

  it('keeps the members of a group together', async () => {
    const workflow = {
      ...workflowOf(6, [
        [0, 1],
        [1, 2],
        [3, 4],
        [4, 5],
        [0, 5],
      ]),
      groups: { front: { nodes: ['n0', 'n4', 'gone'] } },
    };
    const positions = await layoutWorkflow(workflow, catalog);
    expect(Object.keys(positions)).toHaveLength(6);
    expect(overlapping(workflow, positions)).toEqual([]);
  });

  it('arranges an empty workflow and one with edges to nowhere', async () => {
    expect(await layoutWorkflow(workflowOf(0, []), catalog)).toEqual({});
    const workflow = {
      ...workflowOf(1, [[0, 0]]),
      edges: [
        { from: 'n0', to: 'gone' },
        { from: 'n0', to: 'n0' },
      ],
    };
    expect(await layoutWorkflow(workflow, catalog)).toEqual({ n0: [0, 0] });
  });
});
