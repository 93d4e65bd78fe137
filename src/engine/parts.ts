import type { Workflow } from '../shared/workflow';

/** How wide a picture of many parts may be for its height. */
const aspectRatio = 1.7;

/** Node ids by what edges hold together: each part, and the parts, in the order of the file. */
export function connectedParts(workflow: Pick<Workflow, 'nodes' | 'edges'>): readonly (readonly string[])[] {
  const neighbours = new Map<string, string[]>(workflow.nodes.map((node) => [node.id, []]));
  for (const { from, to } of workflow.edges) {
    if (!neighbours.has(from) || !neighbours.has(to)) continue;
    neighbours.get(from)?.push(to);
    neighbours.get(to)?.push(from);
  }
  const partOf = new Map<string, number>();
  const made: string[][] = [];
  for (const { id } of workflow.nodes) {
    if (!partOf.has(id)) {
      const open = [id];
      for (let next = open.pop(); next !== undefined; next = open.pop()) {
        if (partOf.has(next)) continue;
        partOf.set(next, made.length);
        open.push(...(neighbours.get(next) ?? []));
      }
      made.push([]);
    }
    made[partOf.get(id) ?? 0]?.push(id);
  }
  return made;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Corners of rectangles in rows no wider than the limit, and the size of the whole. */
function rowsWithin(sizes: readonly Size[], gap: number, limit: number) {
  let x = 0;
  let y = 0;
  let rowHeight = 0;
  let width = 0;
  const corners = sizes.map((size) => {
    if (x > 0 && x + size.width > limit) {
      x = 0;
      y += rowHeight + gap;
      rowHeight = 0;
    }
    const corner = { x, y };
    x += size.width + gap;
    rowHeight = Math.max(rowHeight, size.height);
    width = Math.max(width, x - gap);
    return corner;
  });
  return { corners, width, height: y + rowHeight };
}

/** More first rows than this are not tried. */
const maxTries = 64;

/** Sets rectangles into rows from left to right, in their order, so that the whole is about as wide as a screen. Gives the top left of each. */
export function inRows(sizes: readonly Size[], gap: number): readonly { readonly x: number; readonly y: number }[] {
  const limits: number[] = [];
  let firstRow = -gap;
  for (const size of sizes.slice(0, maxTries)) limits.push((firstRow += size.width + gap));
  const farFromScreen = ({ width, height }: Size): number => Math.abs(Math.log(width / height / aspectRatio));
  const [best] = limits.map((limit) => rowsWithin(sizes, gap, limit)).toSorted((a, b) => farFromScreen(a) - farFromScreen(b));
  return best?.corners ?? [];
}
