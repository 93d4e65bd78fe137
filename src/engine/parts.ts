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

/** Sets rectangles into rows from left to right, in their order, so that the whole is about as wide as a screen. Gives the top left of each. */
export function inRows(
  sizes: readonly { readonly width: number; readonly height: number }[],
  gap: number,
): readonly { readonly x: number; readonly y: number }[] {
  const area = sizes.reduce((sum, size) => sum + (size.width + gap) * (size.height + gap), 0);
  const limit = Math.max(Math.sqrt(area * aspectRatio), ...sizes.map((size) => size.width));
  let x = 0;
  let y = 0;
  let rowHeight = 0;
  return sizes.map(({ width, height }) => {
    if (x > 0 && x + width > limit) {
      x = 0;
      y += rowHeight + gap;
      rowHeight = 0;
    }
    const at = { x, y };
    x += width + gap;
    rowHeight = Math.max(rowHeight, height);
    return at;
  });
}
