import type { Node } from '@xyflow/react';
import { reasonZoom, steadyScale } from '../zoom';
import type { Place } from './clearSpot';
import { clearSpots } from './clearSpot';

/** Width of a reason's box in pixels of the screen. */
export const reasonWidth = 216;
/** From the middle of a mark to its reason, and from the reason to any card and other reason. */
const markGap = 14;
const margin = 4;

/** A reason beside its edge, as it wants to be shown. */
export interface Reason {
  /** The middle of the edge's mark. */
  readonly mark: Place;
  /** In pixels of the screen. */
  readonly height: number;
  /** Whether it is said without being asked for, where there is room. */
  readonly isLasting: boolean;
}

export interface ReasonPlace extends Place {
  readonly scale: number;
  readonly hasRoom: boolean;
}

/** Where the reasons of one canvas are: each must know of the others to keep clear of them. */
export class ReasonPlaces {
  readonly #reasons = new Map<string, Reason>();
  readonly #listeners = new Set<() => void>();
  /** What the places were worked out from; all reasons ask for the same. */
  #from: { readonly nodes: readonly Node[]; readonly zoom: number } | undefined;
  #places = new Map<string, ReasonPlace>();
  #telling = false;

  /** Shows a reason from now on. Returns the way to take it away. */
  put(id: string, reason: Reason): () => void {
    this.#reasons.set(id, reason);
    this.#changed();
    return () => {
      if (this.#reasons.get(id) !== reason) return;
      this.#reasons.delete(id);
      this.#changed();
    };
  }

  /** The place of a reason among these cards; the same object as long as it is the same place. Undefined for one that is not shown. */
  at(id: string, nodes: readonly Node[], zoom: number): ReasonPlace | undefined {
    if (this.#from?.nodes !== nodes || this.#from.zoom !== zoom) this.#work(nodes, zoom);
    return this.#places.get(id);
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #work(nodes: readonly Node[], zoom: number): void {
    this.#from = { nodes, zoom };
    const before = this.#places;
    const scale = steadyScale(zoom);
    const isFar = zoom < reasonZoom;
    const cards = isFar || this.#reasons.size === 0 ? [] : nodes.map((node) => ({ ...node.position, width: node.width ?? 0, height: node.height ?? 0 }));
    // By their ids, so that the same reasons have the same places whenever they came.
    const reasons = [...this.#reasons].sort(([a], [b]) => (a < b ? -1 : 1));
    const labels = reasons.map(([, { mark, height, isLasting }]) => ({ mark, size: { width: reasonWidth * scale, height: height * scale }, isLasting }));
    const spots = clearSpots(labels, markGap * scale, margin * scale, cards);
    this.#places = new Map(
      reasons.flatMap(([id], index) => {
        const spot = spots[index];
        if (spot === undefined) return [];
        const place = { scale, hasRoom: spot.isClear && !isFar, x: spot.x, y: spot.y };
        const known = before.get(id);
        return [[id, known !== undefined && samePlace(known, place) ? known : place] as const];
      }),
    );
  }

  /** Edges that are drawn in one go are told of in one go. */
  #changed(): void {
    this.#from = undefined;
    if (this.#telling) return;
    this.#telling = true;
    queueMicrotask(() => {
      this.#telling = false;
      for (const listener of [...this.#listeners]) listener();
    });
  }
}

function samePlace(a: ReasonPlace, b: ReasonPlace): boolean {
  return a.scale === b.scale && a.hasRoom === b.hasRoom && a.x === b.x && a.y === b.y;
}
