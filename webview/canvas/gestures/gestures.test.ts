import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Card } from './arrange';
import { aligned, alignments, distributed, distributions } from './arrange';
import { foundNodes } from './findNodes';
import { neighbour, reachable, referrers } from './relations';

const card = (id: string, x: number, y: number, width = 200, height = 100): Card => ({ id, x, y, width, height });
const cardsArbitrary = fc.uniqueArray(
  fc.record({
    id: fc.stringMatching(/^[a-z]{1,6}$/),
    x: fc.integer({ min: -2000, max: 2000 }),
    y: fc.integer({ min: -2000, max: 2000 }),
    width: fc.constant(248),
    height: fc.integer({ min: 80, max: 300 }),
  }),
  { selector: (one) => one.id, minLength: 2, maxLength: 12 },
);

describe('arranging cards', () => {
  it('aligns edges and middle lines within the space that the cards took', () => {
    const cards = [card('a', 0, 0), card('b', 100, 200, 300), card('c', 50, 400)];
    expect(aligned(cards, 'alignLeft').map(({ position }) => position.x)).toEqual([0, 0, 0]);
    expect(aligned(cards, 'alignCenter').map(({ position }) => position.x)).toEqual([100, 50, 100]);
    expect(aligned(cards, 'alignRight').map(({ position }) => position.x)).toEqual([200, 100, 200]);
    expect(aligned(cards, 'alignTop').map(({ id, position }) => [id, position.x, position.y])).toEqual([
      ['a', 0, 0],
      ['c', 216, 0],
      ['b', 432, 0],
    ]);
  });

  it('leaves equal gaps between cards and keeps the outer ones where they are', () => {
    const cards = [card('a', 0, 0), card('c', 900, 0), card('b', 250, 30)];
    expect(distributed(cards, 'distributeHorizontally').map(({ id, position }) => [id, position.x, position.y])).toEqual([
      ['a', 0, 0],
      ['b', 450, 30],
      ['c', 900, 0],
    ]);
  });

  it('covers no card that it moves, loses none, and does nothing the second time', () => {
    fc.assert(
      fc.property(cardsArbitrary, fc.constantFrom(...alignments), fc.constantFrom(...distributions), (cards, alignment, distribution) => {
        const size = new Map(cards.map((one) => [one.id, one]));
        const moved = (placed: ReturnType<typeof aligned>): readonly Card[] =>
          placed.map(({ id, position }) => ({ ...card(id, position.x, position.y), width: size.get(id)?.width ?? 0, height: size.get(id)?.height ?? 0 }));
        const once = moved(aligned(cards, alignment));
        expect(once.map((one) => one.id).toSorted()).toEqual(cards.map((one) => one.id).toSorted());
        for (const a of once)
          for (const b of once)
            if (a.id !== b.id) expect(a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y).toBe(true);
        const again = moved(aligned(once, alignment));
        for (const one of again) {
          const before = once.find(({ id }) => id === one.id);
          expect([one.x, one.y]).toEqual([before?.x, before?.y]);
        }
        const spread = moved(distributed(cards, distribution));
        const [axis, length] = distribution === 'distributeHorizontally' ? (['x', 'width'] as const) : (['y', 'height'] as const);
        const gaps = spread.slice(1).map((one, index) => one[axis] - (spread[index]?.[axis] ?? 0) - (spread[index]?.[length] ?? 0));
        for (const gap of gaps) expect(gap).toBeCloseTo(gaps[0] ?? 0, 6);
        expect(Math.min(...gaps)).toBeGreaterThanOrEqual(16 - 1e-9);
      }),
      { numRuns: 200 },
    );
  });
});

describe('relations', () => {
  const workflow = {
    edges: [
      { from: 'ingress', to: 'web-svc' },
      { from: 'ingress', to: 'api-svc' },
      { from: 'web-svc', to: 'web' },
      { from: 'api-svc', to: 'api' },
      { from: 'config', to: 'web' },
      { from: 'loop', to: 'loop-2' },
      { from: 'loop-2', to: 'loop' },
    ],
  };
  const cards = [
    card('ingress', 0, 100),
    card('web-svc', 300, 0),
    card('api-svc', 300, 200),
    card('web', 600, 0),
    card('api', 600, 200),
    card('config', 300, -200),
    card('loop', 0, 600),
    card('loop-2', 300, 600),
  ];

  it('finds what leads to a node and what it leads to, also through cycles', () => {
    expect(reachable(workflow, ['ingress'], 'downstream')).toEqual(['ingress', 'web-svc', 'api-svc', 'web', 'api']);
    expect(reachable(workflow, ['web'], 'upstream')).toEqual(['web', 'web-svc', 'config', 'ingress']);
    expect(reachable(workflow, ['loop'], 'downstream')).toEqual(['loop', 'loop-2']);
  });

  it('names who loses what it names when nodes go', () => {
    expect(referrers(workflow, ['web'])).toEqual(['web-svc', 'config']);
    expect(referrers(workflow, ['web', 'web-svc'])).toEqual(['ingress', 'config']);
    expect(referrers(workflow, ['ingress'])).toEqual([]);
  });

  it('lets arrow keys follow edges, and walk among nodes with a common neighbour', () => {
    expect(neighbour(workflow, cards, 'web-svc', 'right')).toBe('web');
    expect(neighbour(workflow, cards, 'web-svc', 'left')).toBe('ingress');
    expect(neighbour(workflow, cards, 'web-svc', 'down')).toBe('api-svc');
    expect(neighbour(workflow, cards, 'web-svc', 'up')).toBe('config');
    expect(neighbour(workflow, cards, 'web', 'right')).toBeUndefined();
    expect(neighbour(workflow, cards, 'api-svc', 'down')).toBe('loop-2');
    expect(neighbour(workflow, cards, 'gone', 'down')).toBeUndefined();
  });
});

describe('finding nodes', () => {
  const nodes = [
    { id: 'api', type: 'deployment', data: { labels: { tier: 'web' } } },
    { id: 'web', type: 'deployment', data: { name: 'pages' } },
    { id: 'web-svc', type: 'service', data: {} },
    { id: 'raw', type: 'manifest', data: { manifest: { metadata: { name: 'ledger' } } } },
  ];
  const facts = { errors: new Set(['api']), changed: new Set(['web-svc']) };
  const find = (query: string): readonly string[] => foundNodes({ nodes }, { kinds: [] }, query, facts);

  it('looks in ids, names, kinds and labels, ids first', () => {
    expect(find('web')).toEqual(['web', 'web-svc', 'api']);
    expect(find('PAGES')).toEqual(['web']);
    expect(find('ledger')).toEqual(['raw']);
    expect(find('web service')).toEqual(['web-svc']);
    expect(find('  ')).toEqual([]);
    expect(find('nowhere')).toEqual([]);
  });

  it('looks in one place where a word says so', () => {
    expect(find('kind:deploy')).toEqual(['api', 'web']);
    expect(find('label:tier=web')).toEqual(['api']);
    expect(find('is:error')).toEqual(['api']);
    expect(find('is:changed web')).toEqual(['web-svc']);
    expect(find('is:elsewhere')).toEqual([]);
  });
});
