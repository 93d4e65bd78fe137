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

export function createCompareStore(page: ComparePage, catalog: Catalog) {
  return createStore<CompareState>()((set, get) => ({
    page,
    catalog,
    selected: undefined,
    looks: 0,
    picks: {},
    step: lastStep(page),
    show(next, nextCatalog) {
      const { page: before, step, picks } = get();
      const keys = next.kind === 'conflict' ? new Set(next.parts.map((part) => part.key)) : new Set<string>();
      set({
        page: next,
        catalog: nextCatalog,
        // Who was at the end of a run that goes on stays at its end.
        step: step === lastStep(before) ? lastStep(next) : Math.min(step, lastStep(next)),
        picks: Object.fromEntries(Object.entries(picks).filter(([key]) => keys.has(key))),
      });
    },
    select: (selected) => set({ selected }),
    lookAt: (selected) => set((state) => ({ selected, looks: state.looks + 1 })),
    pick: (keys, side) => set((state) => ({ picks: { ...state.picks, ...Object.fromEntries(keys.map((key) => [key, side])) } })),
    goTo: (step) => set((state) => ({ step: Math.max(0, Math.min(step, lastStep(state.page))) })),
  }));
}
