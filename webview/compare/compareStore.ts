import { createStore } from 'zustand/vanilla';
import type { Catalog } from '../../src/shared/catalog';
import type { ComparePage } from '../../src/shared/compareProtocol';
import type { ConflictSide } from '../../src/shared/workflowConflict';

export interface CompareState {
  readonly page: ComparePage;
  readonly catalog: Catalog;
  /** The node that is selected on every canvas of the page. */
  readonly selected: string | undefined;
  /** Rises with every wish to bring the selected node into view. */
  readonly looks: number;
  /** Which side was picked of what, by the part's key. */
  readonly picks: Readonly<Record<string, ConflictSide>>;
  /** How many events of the run are shown. */
  readonly step: number;

  readonly show: (page: ComparePage, catalog: Catalog) => void;
  readonly select: (nodeId: string | undefined) => void;
  /** Selects a node and brings it into view. */
  readonly lookAt: (nodeId: string) => void;
  readonly pick: (keys: readonly string[], side: ConflictSide) => void;
  readonly goTo: (step: number) => void;
}

export type CompareStore = ReturnType<typeof createCompareStore>;

function lastStep(page: ComparePage): number {
  return page.kind === 'replay' ? page.events.length : 0;
}

/** What survives hiding the page. */
export type KeptCompare = Pick<CompareState, 'selected' | 'picks'> & { readonly step: number | undefined };

/** Reads what a former page kept; what does not fit is left out rather than believed. */
export function keptCompare(saved: unknown): KeptCompare {
  const state = (typeof saved === 'object' && saved !== null ? saved : {}) as Partial<Record<keyof KeptCompare, unknown>>;
  const picks = typeof state.picks === 'object' && state.picks !== null ? Object.entries(state.picks) : [];
  return {
    selected: typeof state.selected === 'string' ? state.selected : undefined,
    step: typeof state.step === 'number' && Number.isInteger(state.step) ? state.step : undefined,
    picks: Object.fromEntries(picks.filter((entry): entry is [string, ConflictSide] => entry[1] === 'ours' || entry[1] === 'theirs')),
  };
}

/** What a page keeps; at the end of a run it stays there, also when that has gone on meanwhile. */
export function keptOf({ page, selected, picks, step }: CompareState): KeptCompare {
  return { selected, picks, step: step === lastStep(page) ? undefined : step };
}

export function createCompareStore(page: ComparePage, catalog: Catalog, kept = keptCompare(undefined)) {
  const keys = page.kind === 'conflict' ? new Set(page.parts.map((part) => part.key)) : new Set<string>();
  return createStore<CompareState>()((set, get) => ({
    page,
    catalog,
    selected: kept.selected,
    looks: 0,
    picks: Object.fromEntries(Object.entries(kept.picks).filter(([key]) => keys.has(key))),
    step: Math.max(0, Math.min(kept.step ?? lastStep(page), lastStep(page))),
    show(next, nextCatalog) {
      const { page: before, step, picks } = get();
      const present = next.kind === 'conflict' ? new Set(next.parts.map((part) => part.key)) : new Set<string>();
      set({
        page: next,
        catalog: nextCatalog,
        // Who was at the end of a run that goes on stays at its end.
        step: step === lastStep(before) ? lastStep(next) : Math.min(step, lastStep(next)),
        picks: Object.fromEntries(Object.entries(picks).filter(([key]) => present.has(key))),
      });
    },
    select: (selected) => set({ selected }),
    lookAt: (selected) => set((state) => ({ selected, looks: state.looks + 1 })),
    pick: (keys, side) => set((state) => ({ picks: { ...state.picks, ...Object.fromEntries(keys.map((key) => [key, side])) } })),
    goTo: (step) => set((state) => ({ step: Math.max(0, Math.min(step, lastStep(state.page))) })),
  }));
}
