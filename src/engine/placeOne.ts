import type { Catalog } from '../shared/catalog';
import { cardSize } from '../shared/nodeCard';
import type { Point, Workflow } from '../shared/workflow';
import { connectedParts, inRows } from './parts';

/** Free space between cards in one column, and between two columns, in canvas pixels. */
const rowGap = 40;
const columnGap = 112;
/** How often columns are put in order by their neighbours; more sweeps change little. */
const sweeps = 4;

interface Size {
  readonly width: number;
  readonly height: number;
}

interface Box extends Size {
  readonly x: number;
  readonly y: number;
}

interface Graph {
  readonly ids: readonly string[];
  readonly sizes: ReadonlyMap<string, Size>;
  readonly before: ReadonlyMap<string, readonly string[]>;
  readonly after: ReadonlyMap<string, readonly string[]>;
}

function graphOf(workflow: Workflow, catalog: Catalog): Graph {
  const sizes = new Map(workflow.nodes.map((node) => [node.id, cardSize(node, catalog)]));
  const before = new Map<string, string[]>(workflow.nodes.map((node) => [node.id, []]));
  const after = new Map<string, string[]>(workflow.nodes.map((node) => [node.id, []]));
  for (const { from, to } of workflow.edges) {
    if (from === to || !sizes.has(from) || !sizes.has(to) || after.get(from)?.includes(to) === true) continue;
    after.get(from)?.push(to);
    before.get(to)?.push(from);
  }
  return { ids: workflow.nodes.map((node) => node.id), sizes, before, after };
}

function sizeOf(graph: Graph, id: string): Size {
  return graph.sizes.get(id) ?? { width: 0, height: 0 };
}

function linked(map: ReadonlyMap<string, readonly string[]>, id: string): readonly string[] {
  return map.get(id) ?? [];
}

/** Column of each node: one more than the farthest that leads to it. A cycle is cut at its first node in the file. */
function columnsOf(graph: Graph): ReadonlyMap<string, number> {
  const waiting = new Map(graph.ids.map((id) => [id, linked(graph.before, id).length]));
  const columns = new Map<string, number>();
  const ready = graph.ids.filter((id) => waiting.get(id) === 0);
  const enter = (id: string): void => {
    columns.set(id, Math.max(0, ...linked(graph.before, id).map((other) => (columns.get(other) ?? -1) + 1)));
    for (const next of linked(graph.after, id)) {
      const left = (waiting.get(next) ?? 0) - 1;
      waiting.set(next, left);
      if (left === 0 && !columns.has(next)) ready.push(next);
    }
  };
  let cut = 0;
  for (let at = 0; columns.size < graph.ids.length;) {
    const id = at < ready.length ? ready[at++] : graph.ids[cut++];
    if (id !== undefined && !columns.has(id)) enter(id);
  }
  // What nothing leads to stands right before what it leads to, not at the far left.
  for (const id of graph.ids) {
    const next = linked(graph.after, id);
    if (linked(graph.before, id).length === 0 && next.length > 0) columns.set(id, Math.max(0, Math.min(...next.map((other) => columns.get(other) ?? 0)) - 1));
  }
  return columns;
}

function mean(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Columns from left to right, each in the order that keeps neighbours near one another. */
function orderedColumns(graph: Graph): readonly (readonly string[])[] {
  const columnOf = columnsOf(graph);
  const columns: string[][] = [];
  for (const id of graph.ids) {
    const column = columnOf.get(id) ?? 0;
    while (columns.length <= column) columns.push([]);
    columns[column]?.push(id);
  }
  const place = new Map<string, number>();
  const remember = (column: readonly string[]): void => column.forEach((id, index) => place.set(id, (index + 0.5) / column.length));
  columns.forEach(remember);
  for (let sweep = 0; sweep < sweeps; sweep += 1) {
    const forward = sweep % 2 === 0;
    const neighbours = forward ? graph.before : graph.after;
    for (const column of forward ? columns : columns.toReversed()) {
      const weight = new Map(column.map((id) => [id, mean(linked(neighbours, id).map((other) => place.get(other) ?? 0)) ?? place.get(id) ?? 0]));
      column.sort((a, b) => (weight.get(a) ?? 0) - (weight.get(b) ?? 0));
      remember(column);
    }
  }
  return columns.filter((column) => column.length > 0);
}

/**
 * Places everything: each connected part in columns, the parts side by side, and nodes that nothing connects after
 * them. Quick, even, and the same each time; arranging well is the layout engine's work.
 */
function placeAll(workflow: Workflow, graph: Graph): ReadonlyMap<string, Box> {
  const parts = connectedParts(workflow);
  const placed = new Map<string, Box>();
  const whole = parts.filter((ids) => ids.length > 1).map((ids) => placePart({ ...graph, ids }));
  const extents = whole.map((boxes) => ({
    width: Math.max(...[...boxes.values()].map((box) => box.x + box.width)),
    height: Math.max(...[...boxes.values()].map((box) => box.y + box.height)),
  }));
  const corners = inRows(extents, 2 * rowGap);
  let bottom = 0;
  whole.forEach((boxes, index) => {
    const { x, y } = corners[index] ?? { x: 0, y: 0 };
    for (const [id, box] of boxes) placed.set(id, { ...box, x: box.x + x, y: box.y + y });
    bottom = Math.max(bottom, y + (extents[index]?.height ?? 0) + 2 * rowGap);
  });
  const singles = parts.flatMap((ids) => (ids.length === 1 ? ids : []));
  inRows(
    singles.map((id) => sizeOf(graph, id)),
    rowGap,
  ).forEach(({ x, y }, index) => {
    const id = singles[index];
    if (id !== undefined) placed.set(id, { x, y: y + bottom, ...sizeOf(graph, id) });
  });
  return placed;
}

/** One connected part in columns along its edges. */
function placePart(graph: Graph): ReadonlyMap<string, Box> {
  const placed = new Map<string, Box>();
  let x = 0;
  for (const column of orderedColumns(graph)) {
    const heights = column.map((id) => sizeOf(graph, id).height);
    const centers = column.map((id) =>
      mean(
        linked(graph.before, id).flatMap((other) => {
          const box = placed.get(other);
          return box === undefined ? [] : [box.y + box.height / 2];
        }),
      ),
    );
    const tops: number[] = [];
    let free = -Infinity;
    let stacked = 0;
    column.forEach((_, index) => {
      const height = heights[index] ?? 0;
      const wished = (centers[index] ?? stacked + height / 2) - height / 2;
      const top = Math.max(wished, free);
      tops.push(top);
      free = top + height + rowGap;
      stacked = free;
    });
    // Cards pushed down by those above them are pulled back, so that the column as a whole faces its neighbours.
    const shift =
      mean(column.flatMap((_, index) => (centers[index] === undefined ? [] : [centers[index] - (heights[index] ?? 0) / 2 - (tops[index] ?? 0)]))) ?? 0;
    column.forEach((id, index) => {
      placed.set(id, { x, y: Math.round((tops[index] ?? 0) + shift), ...sizeOf(graph, id) });
    });
    x += Math.max(...column.map((id) => sizeOf(graph, id).width)) + columnGap;
  }
  const top = Math.min(...[...placed.values()].map((box) => box.y));
  return new Map([...placed].map(([id, box]) => [id, { ...box, y: box.y - top }]));
}

/** The free place nearest to the wished one, straight above or below it. */
function freeY(wished: Box, others: Iterable<Box>): number {
  const blocked = [...others]
    .filter((other) => wished.x < other.x + other.width + rowGap && other.x < wished.x + wished.width + rowGap)
    .map((other) => ({ from: other.y - wished.height - rowGap, to: other.y + other.height + rowGap }))
    .toSorted((a, b) => a.from - b.from);
  // A top strictly inside one of these ranges would overlap; ranges that touch or overlap are one.
  const merged: { from: number; to: number }[] = [];
  for (const range of blocked) {
    const last = merged.at(-1);
    if (last !== undefined && range.from < last.to) last.to = Math.max(last.to, range.to);
    else merged.push({ ...range });
  }
  const inside = merged.find((range) => wished.y > range.from && wished.y < range.to);
  if (inside === undefined) return wished.y;
  return inside.to - wished.y <= wished.y - inside.from ? inside.to : inside.from;
}

/** Beside its placed neighbours: right of what leads to it, left of what it leads to, else below everything. */
function placeBeside(graph: Graph, id: string, placed: ReadonlyMap<string, Box>): Box {
  const size = sizeOf(graph, id);
  const boxes = (ids: readonly string[]): readonly Box[] => ids.flatMap((other) => placed.get(other) ?? []);
  const before = boxes(linked(graph.before, id));
  const after = boxes(linked(graph.after, id));
  const centered = (near: readonly Box[]): number => (mean(near.map((box) => box.y + box.height / 2)) ?? 0) - size.height / 2;
  let x: number;
  let y: number;
  if (before.length > 0) {
    x = Math.max(...before.map((box) => box.x + box.width)) + columnGap;
    y = centered(before);
  } else if (after.length > 0) {
    x = Math.min(...after.map((box) => box.x)) - columnGap - size.width;
    y = centered(after);
  } else {
    const all = [...placed.values()];
    x = all.length === 0 ? 0 : Math.min(...all.map((box) => box.x));
    y = all.length === 0 ? 0 : Math.max(...all.map((box) => box.y + box.height)) + rowGap;
  }
  const wished = { x: Math.round(x), y: Math.round(y), ...size };
  return { ...wished, y: Math.round(freeY(wished, placed.values())) };
}

function boxesOfFile(workflow: Workflow, graph: Graph): Map<string, Box> {
  const placed = new Map<string, Box>();
  for (const id of graph.ids) {
    const point = Object.hasOwn(workflow.layout, id) ? workflow.layout[id] : undefined;
    if (point !== undefined) placed.set(id, { x: point[0], y: point[1], ...sizeOf(graph, id) });
  }
  return placed;
}

/**
 * A position for every node, in whole canvas pixels: that of the file where it has one, and for the others a free place
 * near what they are connected to. Nothing that the file places moves. Without any position in the file all nodes are set
 * in columns along the edges. Takes no layout engine, so that a file opens at once; the same workflow gives the same
 * positions each time.
 */
export function placeNodes(workflow: Workflow, catalog: Catalog): Readonly<Record<string, Point>> {
  const graph = graphOf(workflow, catalog);
  const placed = boxesOfFile(workflow, graph);
  const boxes = placed.size === 0 ? placeAll(workflow, graph) : placed;
  if (boxes === placed) {
    const left = new Set(graph.ids.filter((id) => !placed.has(id)));
    const next: string[] = [...placed.keys()].flatMap((id) => [...linked(graph.after, id), ...linked(graph.before, id)]);
    // First what is connected to something that stands already, then what that is connected to, then the rest.
    for (let at = 0; left.size > 0;) {
      const id = at < next.length ? next[at++] : [...left][0];
      if (id === undefined || !left.delete(id)) continue;
      placed.set(id, placeBeside(graph, id, placed));
      next.push(...linked(graph.after, id), ...linked(graph.before, id));
    }
  }
  const positions = Object.create(null) as Record<string, Point>;
  for (const [id, box] of boxes) positions[id] = [box.x, box.y];
  return positions;
}

/** A free place for one node of the workflow, near its neighbours; no other node moves. `positions` says where the others stand. */
export function placeOne(workflow: Workflow, catalog: Catalog, id: string, positions: Readonly<Record<string, Point>> = workflow.layout): Point {
  const graph = graphOf(workflow, catalog);
  const { [id]: _own, ...others } = positions;
  const box = placeBeside(graph, id, boxesOfFile({ ...workflow, layout: others }, graph));
  return [box.x, box.y];
}
