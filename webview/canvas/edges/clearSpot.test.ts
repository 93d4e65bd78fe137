import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { reasonZoom, steadyScale } from '../zoom';
import { clearSpot, clearSpots } from './clearSpot';
import { ReasonPlaces, reasonWidth } from './reasonPlaces';

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

describe('the places of several reasons', () => {
  const box = (at: { x: number; y: number }, size: { width: number; height: number }) => ({ x: at.x - size.width / 2, y: at.y - size.height / 2, ...size });
  const meet = (a: ReturnType<typeof box>, b: ReturnType<typeof box>): boolean =>
    a.x < b.x + b.width && a.x + a.width > b.x && a.y < b.y + b.height && a.y + a.height > b.y;
  const labels = fc.array(
    fc.record({
      mark: fc.record({ x: fc.integer({ min: -200, max: 200 }), y: fc.integer({ min: -100, max: 100 }) }),
      size: fc.record({ width: fc.constant(216), height: fc.constantFrom(25, 40, 55, 70) }),
      isLasting: fc.boolean(),
    }),
    { minLength: 2, maxLength: 12 },
  );
  const cards = fc.array(
    fc.record({
      x: fc.integer({ min: -600, max: 400 }),
      y: fc.integer({ min: -400, max: 300 }),
      width: fc.constant(220),
      height: fc.integer({ min: 60, max: 120 }),
    }),
    { maxLength: 6 },
  );

  it('never let one that has a clear place cover a card, or a lasting one another reason', () => {
    fc.assert(
      fc.property(labels, cards, (wanted, around) => {
        const spots = clearSpots(wanted, 14, 4, around);
        expect(spots).toHaveLength(wanted.length);
        const shown = wanted.flatMap((label, index) => {
          const spot = spots[index];
          return spot?.isClear === true ? [{ ...label, box: box(spot, label.size) }] : [];
        });
        for (const one of shown) {
          expect(around.filter((card) => meet(one.box, card))).toEqual([]);
          expect(shown.filter((other) => other !== one && other.isLasting && meet(one.box, other.box))).toEqual([]);
        }
      }),
    );
  });

  it('are told to every edge, are the same object while they stay, and go with their edge', async () => {
    const places = new ReasonPlaces();
    let told = 0;
    places.subscribe(() => told++);
    const reason = { mark: { x: 0, y: 0 }, height: 40, isLasting: true };
    const leave = [places.put('b', reason), places.put('a', { ...reason, mark: { x: 10, y: 0 } })];
    await Promise.resolve();
    expect(told).toBe(1);
    const [a, b] = [places.at('a', [], 1), places.at('b', [], 1)];
    if (a === undefined || b === undefined) throw new Error('no places');
    const size = { width: reasonWidth, height: 40 };
    expect(meet(box(a, size), box(b, size))).toBe(false);
    expect(places.at('a', [], 1)).toBe(a);
    for (const end of leave) end();
    expect(places.at('a', [], 1)).toBeUndefined();
  });
});
