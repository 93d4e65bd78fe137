interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const gap = 16;
const step = 32;

function overlaps(a: Box, b: Box): boolean {
  return a.x < b.x + b.width + gap && b.x < a.x + a.width + gap && a.y < b.y + b.height + gap && b.y < a.y + a.height + gap;
}

/** The wished place, or the nearest one down and to the right of it that covers no other card. */
export function freeSpot(wished: Box, others: readonly Box[]): { readonly x: number; readonly y: number } {
  for (let ring = 0; ring < 200; ring += 1) {
    for (let side = 0; side <= ring; side += 1) {
      const spot = { ...wished, x: wished.x + side * step, y: wished.y + (ring - side) * step };
      if (!others.some((other) => overlaps(spot, other))) return { x: Math.round(spot.x), y: Math.round(spot.y) };
    }
  }
  return { x: Math.round(wished.x), y: Math.round(wished.y) };
}
