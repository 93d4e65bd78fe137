import { createContext, useContext } from 'react';
import type { StoreApi } from 'zustand/vanilla';
import { useStore } from 'zustand';
import type { CanvasSession } from '../bridge/canvasSession';
import type { DocumentState } from './documentStore';
import type { PlanState } from './planStore';
import type { RunState } from './runStore';
import type { UiState } from './uiStore';

/** Hands down the session, which never changes while the page lives; what changes is in its stores. */
export const SessionContext = createContext<CanvasSession | undefined>(undefined);

export function useSession(): CanvasSession {
  const session = useContext(SessionContext);
  if (session === undefined) throw new Error('A view was drawn outside its session.');
  return session;
}

/** What cards and edges read. A comparison has these for each of its canvases, and nothing that acts. */
export type SessionStores = Pick<CanvasSession, 'documents' | 'runs' | 'plans' | 'ui' | 'tails' | 'text'> & {
  /** On a comparison: what each node's card says at its foot in place of its state; a node that is absent says nothing. */
  readonly marks?: ReadonlyMap<string, CardMark>;
};

/** What a card is in a comparison, in words, so that colour is not all that tells it. */
export interface CardMark {
  readonly icon: string;
  readonly tone: 'good' | 'bad' | 'warn' | 'busy' | 'plan' | 'quiet';
  readonly label: string;
  readonly detail: string;
}

export const StoresContext = createContext<SessionStores | undefined>(undefined);

export function useStores(): SessionStores {
  const own = useContext(StoresContext);
  const session = useContext(SessionContext);
  const stores = own ?? session;
  if (stores === undefined) throw new Error('A view was drawn outside its session.');
  return stores;
}

function useSelected<T, S>(store: StoreApi<T>, selector: (state: T) => S): S {
  return useStore(store, selector);
}

/** Selectors must give the same object as long as nothing changed; zustand draws for ever otherwise. */
export function useDocument<S>(selector: (state: DocumentState) => S): S {
  return useSelected(useStores().documents, selector);
}

export function useRun<S>(selector: (state: RunState) => S): S {
  return useSelected(useStores().runs, selector);
}

export function usePlan<S>(selector: (state: PlanState) => S): S {
  return useSelected(useStores().plans, selector);
}

export function useUi<S>(selector: (state: UiState) => S): S {
  return useSelected(useStores().ui, selector);
}
