import type { Point } from '../../../src/shared/workflow';

/** A card on the canvas, in canvas pixels. */
export interface Card {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export const alignments = ['alignLeft', 'alignCenter', 'alignRight', 'alignTop', 'alignMiddle', 'alignBottom'] as const;
export type Alignment = (typeof alignments)[number];
export const distributions = ['distributeHorizontally', 'distributeVertically'] as const;
export type Distribution = (typeof distributions)[number];

/** Free space that a distribution leaves between two cards at least. */
const leastGap = 16;

type Placed = readonly { readonly id: string; readonly position: { readonly x: number; readonly y: number } }[];

function span(cards: readonly Card[], axis: 'x' | 'y'): { readonly from: number; readonly to: number } {
  const size = axis === 'x' ? 'width' : 'height';
  return { from: Math.min(...cards.map((card) => card[axis])), to: Math.max(...cards.map((card) => card[axis] + card[size])) };
}

function alignedAt(card: Card, how: Alignment, x: { readonly from: number; readonly to: number }, y: { readonly from: number; readonly to: number }): Point {
  switch (how) {
    case 'alignLeft':
      return [x.from, card.y];
    case 'alignCenter':
      return [(x.from + x.to - card.width) / 2, card.y];
    case 'alignRight':
      return [x.to - card.width, card.y];
    case 'alignTop':
      return [card.x, y.from];
    case 'alignMiddle':
      return [card.x, (y.from + y.to - card.height) / 2];
    case 'alignBottom':
      return [card.x, y.to - card.height];
  }
}

/** Where cards stand once an edge or middle line of theirs is one, within the space they took. Cards that would cover one another are moved apart along the line. */
export function aligned(cards: readonly Card[], how: Alignment): Placed {
  const [x, y] = [span(cards, 'x'), span(cards, 'y')];
  const along = how === 'alignLeft' || how === 'alignCenter' || how === 'alignRight' ? 'y' : 'x';
  const size = along === 'x' ? 'width' : 'height';
  let free = -Infinity;
  return [...cards]
    .toSorted((a, b) => a[along] - b[along] || (a.id < b.id ? -1 : 1))
    .map((card) => {
      const [left, top] = alignedAt(card, how, x, y);
      const at = Math.max(card[along], free);
      free = at + card[size] + leastGap;
      return { id: card.id, position: along === 'x' ? { x: at, y: top } : { x: left, y: at } };
    });
}

/** Where cards stand once the gaps between them are equal. The first and the last stay, unless there is no room for all between them. */
export function distributed(cards: readonly Card[], how: Distribution): Placed {
  const axis = how === 'distributeHorizontally' ? 'x' : 'y';
  const size = axis === 'x' ? 'width' : 'height';
  const { from, to } = span(cards, axis);
  const taken = cards.reduce((sum, card) => sum + card[size], 0);
  const gap = cards.length < 2 ? 0 : Math.max(leastGap, (to - from - taken) / (cards.length - 1));
  let at = from;
  return [...cards]
    .toSorted((a, b) => a[axis] + a[size] / 2 - (b[axis] + b[size] / 2) || (a.id < b.id ? -1 : 1))
    .map((card) => {
      const position = axis === 'x' ? { x: at, y: card.y } : { x: card.x, y: at };
      at += card[size] + gap;
      return { id: card.id, position };
    });
}
