import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { reasonZoom, steadyScale } from '../zoom';
import { clearSpot } from './clearSpot';

const mark = { x: 0, y: 0 };
const label = { width: 200, height: 40 };
const covers = (at: { x: number; y: number }, card: { x: number; y: number; width: number; height: number }): boolean =>
  at.x - label.width / 2 < card.x + card.width &&
  at.x + label.width / 2 > card.x &&
  at.y - label.height / 2 < card.y + card.height &&
  at.y + label.height / 2 > card.y;

describe('the place of a reason', () => {
  it('is right below its mark where nothing is in the way', () => {
    expect(clearSpot(mark, label, 14, 4, [])).toEqual({ x: 0, y: 34, isClear: true });
  });

  it('is above or below the cards that an edge runs between', () => {
    const cards = [
      { x: -270, y: -40, width: 220, height: 100 },
      { x: 50, y: -60, width: 220, height: 120 },
    ];
    const spot = clearSpot(mark, label, 14, 4, cards);
    expect(cards.some((card) => covers(spot, card))).toBe(false);
    expect(Math.abs(spot.y)).toBeLessThan(130);
  });

  it('never touches one of two columns of cards, whatever their heights', () => {
    const column = fc.array(fc.record({ height: fc.integer({ min: 60, max: 120 }), gap: fc.integer({ min: 60, max: 90 }) }), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(column, column, fc.integer({ min: 40, max: 80 }), (left, right, half) => {
        const stack = (items: typeof left, x: number) => {
          let y = -60;
          return items.map(({ height, gap }) => {
            const card = { x, y, width: 220, height };
            y += height + gap;
            return card;
          });
        };
        const cards = [...stack(left, -half - 220), ...stack(right, half)];
        expect(cards.filter((card) => covers(clearSpot(mark, label, 14, 4, cards), card))).toEqual([]);
      }),
    );
  });

  it('stays by its mark when cards are everywhere', () => {
    expect(clearSpot(mark, label, 14, 4, [{ x: -5000, y: -5000, width: 10_000, height: 10_000 }])).toEqual({ x: 0, y: 34, isClear: false });
  });
});

describe('what keeps its size on the screen', () => {
  it('is as large at every zoom at which it is read', () => {
    for (const zoom of [0.25, reasonZoom, 0.6, 0.8, 1]) expect(steadyScale(zoom) * zoom).toBeCloseTo(1);
  });

  it('grows and shrinks within bounds beyond', () => {
    expect(steadyScale(2) * 2).toBeCloseTo(1.25);
    expect(steadyScale(0.2) * 0.2).toBeCloseTo(0.8);
    expect(steadyScale(0.1) * 0.1).toBeCloseTo(0.6);
  });
});
