import { createStore } from 'zustand/vanilla';
import type { Point } from '../../src/shared/workflow';

export interface Viewport {
  readonly x: number;
  readonly y: number;
  readonly zoom: number;
}

export type SidePanel = 'inspector' | 'plan' | 'run';

/** One line at the foot of the canvas that leaves by itself. */
export interface Notice {
  readonly id: number;
  readonly text: string;
  readonly severity: 'info' | 'error';
  /** What a person may want to do about it at once. */
  readonly action?: { readonly label: string; readonly act: () => void };
}

/** An open connection: who it comes from and which node types may take it. */
export interface Connecting {
  readonly nodeId: string;
  readonly from: 'source' | 'target';
  readonly types: ReadonlySet<string>;
}

/** The quick palette at a place of the canvas; with `link` the new node is connected at once, by an edge whose end `moves` there or by a new one. */
export interface QuickAdd {
  readonly screen: { readonly x: number; readonly y: number };
  readonly position: Point;
  readonly link?: { readonly nodeId: string; readonly handle: string | undefined; readonly from: 'source' | 'target'; readonly moves?: string };
}

/** What survives closing the view. */
export interface PersistedUi {
  readonly viewport: Viewport | undefined;
  readonly selection: readonly string[];
  readonly paletteOpen: boolean;
  readonly sideOpen: boolean;
  readonly sideWidth: number;
  /** Cards of nodes with pods show their newest log line. */
  readonly liveTail: boolean;
  /** The small map of the whole canvas. */
  readonly overview: boolean;
}

export interface UiState extends PersistedUi {
  /** The one connection that is selected while no node is. */
  readonly selectedEdge: string | undefined;
  readonly side: SidePanel;
  readonly connecting: Connecting | undefined;
  readonly quickAdd: QuickAdd | undefined;
  readonly notices: readonly Notice[];
  /** The last thing said to screen readers. */
  readonly announcement: string;
  /** The person chose to edit although a run holds the canvas; by run. */
  readonly editDuringRun: string | undefined;
  /** The bar that looks for nodes is open. */
  readonly finding: boolean;
  /** The group whose name is being typed. */
  readonly namingGroup: string | undefined;
  /** The canvas answers its commands' keys itself; else they are left to the editor's keybindings. */
  readonly ownKeys: boolean;
  /** The nodes that are meant while all others are faded; undefined when none is. */
  readonly filtered: ReadonlySet<string> | undefined;

  select(ids: readonly string[], edge?: string): void;
  move(viewport: Viewport): void;
  openSide(side: SidePanel): void;
  toggleSide(): void;
  togglePalette(): void;
  toggleLiveTail(): void;
  toggleOverview(): void;
  openFind(open: boolean): void;
  nameGroup(id: string | undefined): void;
  hearKeys(ownKeys: boolean): void;
  filter(ids: ReadonlySet<string> | undefined): void;
  resizeSide(width: number): void;
  connect(connecting: Connecting | undefined): void;
  openQuickAdd(quickAdd: QuickAdd | undefined): void;
  notify(text: string, severity: Notice['severity'], action?: Notice['action']): void;
  dismissNotice(id: number): void;
  announce(text: string): void;
  allowEditDuring(runId: string): void;
  /** Forgets everything that a page keeps, as if the canvas had never been opened. */
  reset(): void;
}

export type UiStore = ReturnType<typeof createUiStore>;

export const minSideWidth = 260;
export const maxSideWidth = 620;

/** Reads what a former page kept; anything that does not fit is left out rather than believed. On a narrow page the side panel waits until it is asked for. */
export function persistedUi(saved: unknown, narrow = false): PersistedUi {
  const state = (typeof saved === 'object' && saved !== null ? saved : {}) as Partial<Record<keyof PersistedUi, unknown>>;
  const viewport = state.viewport as Partial<Viewport> | undefined;
  const usable = viewport !== undefined && [viewport.x, viewport.y, viewport.zoom].every((value) => typeof value === 'number' && Number.isFinite(value));
  return {
    viewport: usable ? (viewport as Viewport) : undefined,
    selection: Array.isArray(state.selection) ? state.selection.filter((id): id is string => typeof id === 'string') : [],
    paletteOpen: state.paletteOpen !== false,
    sideOpen: typeof state.sideOpen === 'boolean' ? state.sideOpen : !narrow,
    sideWidth: typeof state.sideWidth === 'number' ? Math.min(maxSideWidth, Math.max(minSideWidth, state.sideWidth)) : 320,
    liveTail: state.liveTail === true,
    overview: state.overview !== false,
  };
}

export function createUiStore(persisted: PersistedUi) {
  return createStore<UiState>()((set, get) => ({
    ...persisted,
    selectedEdge: undefined,
    side: 'inspector',
    connecting: undefined,
    quickAdd: undefined,
    notices: [],
    announcement: '',
    editDuringRun: undefined,
    finding: false,
    namingGroup: undefined,
    ownKeys: true,
    filtered: undefined,
    select: (ids, edge) => {
      const before = get();
      const same = before.selection.length === ids.length && before.selection.every((id, index) => id === ids[index]);
      if (!same || before.selectedEdge !== edge) set({ selection: same ? before.selection : ids, selectedEdge: edge });
    },
    move: (viewport) => set({ viewport }),
    openSide: (side) => set({ side, sideOpen: true }),
    toggleSide: () => set((state) => ({ sideOpen: !state.sideOpen })),
    toggleLiveTail: () => set((state) => ({ liveTail: !state.liveTail })),
    toggleOverview: () => set((state) => ({ overview: !state.overview })),
    openFind: (finding) => set({ finding }),
    hearKeys: (ownKeys) => set({ ownKeys }),
    filter: (filtered) => set({ filtered }),
    nameGroup: (namingGroup) => set({ namingGroup }),
    togglePalette: () => set((state) => ({ paletteOpen: !state.paletteOpen })),
    resizeSide: (width) => set({ sideWidth: Math.round(Math.min(maxSideWidth, Math.max(minSideWidth, width))) }),
    connect: (connecting) => set({ connecting }),
    openQuickAdd: (quickAdd) => set({ quickAdd }),
    notify: (text, severity, action) =>
      set((state) => ({
        notices: [...state.notices.slice(-2), { id: (state.notices.at(-1)?.id ?? 0) + 1, text, severity, ...(action === undefined ? {} : { action }) }],
        announcement: text,
      })),
    dismissNotice: (id) => set((state) => ({ notices: state.notices.filter((notice) => notice.id !== id) })),
    announce: (text) => set({ announcement: text }),
    allowEditDuring: (runId) => set({ editDuringRun: runId }),
    reset: () =>
      set({
        ...persistedUi(undefined),
        selectedEdge: undefined,
        side: 'inspector',
        quickAdd: undefined,
        notices: [],
        editDuringRun: undefined,
        finding: false,
        namingGroup: undefined,
        filtered: undefined,
      }),
  }));
}
