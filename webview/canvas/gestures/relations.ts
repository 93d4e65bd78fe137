import type { Workflow } from '../../../src/shared/workflow';
import type { Card } from './arrange';

export type Direction = 'left' | 'right' | 'up' | 'down';

type Edges = Pick<Workflow, 'edges'>;

/** Everything that can be reached from these nodes along edges (downstream) or against them (upstream), the nodes themselves included. */
export function reachable({ edges }: Edges, ids: readonly string[], way: 'upstream' | 'downstream'): readonly string[] {
  const [from, to] = way === 'downstream' ? (['from', 'to'] as const) : (['to', 'from'] as const);
  const next = new Map<string, string[]>();
  for (const edge of edges) next.set(edge[from], [...(next.get(edge[from]) ?? []), edge[to]]);
  const reached = new Set(ids);
  for (const id of reached) for (const other of next.get(id) ?? []) reached.add(other);
  return [...reached];
}

/** The nodes that stay and have an edge to one of these: they lose what they name. */
export function referrers({ edges }: Edges, ids: readonly string[]): readonly string[] {
  const gone = new Set(ids);
  return [...new Set(edges.flatMap((edge) => (gone.has(edge.to) && !gone.has(edge.from) ? [edge.from] : [])))];
}

function middle(card: Card): { readonly x: number; readonly y: number } {
  return { x: card.x + card.width / 2, y: card.y + card.height / 2 };
}

function nearest(from: Card, candidates: readonly Card[]): string | undefined {
  const at = middle(from);
  let best: { readonly id: string; readonly distance: number } | undefined;
  for (const card of candidates) {
    const { x, y } = middle(card);
    const distance = Math.hypot(x - at.x, y - at.y);
    if (card.id !== from.id && (best === undefined || distance < best.distance)) best = { id: card.id, distance };
  }
  return best?.id;
}

/**
 * Where an arrow key leads from a node: right along its edges, left against them, up and down among the nodes that share a neighbour
 * with it, else among all. Where several are possible, the nearest. Undefined where nothing lies that way.
 */
export function neighbour({ edges }: Edges, cards: readonly Card[], id: string, direction: Direction): string | undefined {
  const own = cards.find((card) => card.id === id);
  if (own === undefined) return undefined;
  const those = (ids: ReadonlySet<string>): readonly Card[] => cards.filter((card) => ids.has(card.id));
  const after = new Set(edges.flatMap((edge) => (edge.from === id ? [edge.to] : [])));
  const before = new Set(edges.flatMap((edge) => (edge.to === id ? [edge.from] : [])));
  if (direction === 'right') return nearest(own, those(after));
  if (direction === 'left') return nearest(own, those(before));
  const siblings = new Set(edges.flatMap((edge) => [...(before.has(edge.from) ? [edge.to] : []), ...(after.has(edge.to) ? [edge.from] : [])]));
  const sign = direction === 'down' ? 1 : -1;
  const that = (card: Card): boolean => (middle(card).y - middle(own).y) * sign > 0;
  return nearest(own, those(siblings).filter(that)) ?? nearest(own, cards.filter(that));
}
