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

function useSelected<T, S>(store: StoreApi<T>, selector: (state: T) => S): S {
  return useStore(store, selector);
}

/** Selectors must give the same object as long as nothing changed; zustand draws for ever otherwise. */
export function useDocument<S>(selector: (state: DocumentState) => S): S {
  return useSelected(useSession().documents, selector);
}

export function useRun<S>(selector: (state: RunState) => S): S {
  return useSelected(useSession().runs, selector);
}

export function usePlan<S>(selector: (state: PlanState) => S): S {
  return useSelected(useSession().plans, selector);
}

export function useUi<S>(selector: (state: UiState) => S): S {
  return useSelected(useSession().ui, selector);
}
