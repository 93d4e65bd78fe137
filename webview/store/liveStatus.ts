import { useCallback, useRef, useSyncExternalStore } from 'react';
import type { EdgeDiagnosis, NodeDiagnosis } from '../../src/shared/diagnosis';
import type { NodeStatus } from '../../src/shared/nodeStatus';
import { useRun, useSession, useStores } from './session';

/** The live status of one node; the component that asks is drawn again for this node only. */
export function useNodeStatus(id: string): NodeStatus | undefined {
  const { statuses } = useStores().runs.getState();
  const subscribe = useCallback((listener: () => void) => statuses.subscribe(id, listener), [statuses, id]);
  return useSyncExternalStore(subscribe, () => statuses.get(id));
}

/** Whether a node has pods; who asks is drawn again only when that changes. */
export function useHasPods(id: string): boolean {
  const { statuses } = useStores().runs.getState();
  const subscribe = useCallback((listener: () => void) => statuses.subscribe(id, listener), [statuses, id]);
  return useSyncExternalStore(subscribe, () => (statuses.get(id)?.desired ?? 0) > 0);
}

/** What is known of one edge; only the one that asks is drawn again. */
export function useEdgeDiagnosis(key: string): EdgeDiagnosis | undefined {
  const { edges } = useStores().runs.getState().diagnoses;
  const subscribe = useCallback((listener: () => void) => edges.subscribe(key, listener), [edges, key]);
  return useSyncExternalStore(subscribe, () => edges.get(key));
}

export function useNodeDiagnosis(id: string): NodeDiagnosis | undefined {
  const { nodes } = useStores().runs.getState().diagnoses;
  const subscribe = useCallback((listener: () => void) => nodes.subscribe(id, listener), [nodes, id]);
  return useSyncExternalStore(subscribe, () => nodes.get(id));
}

/** Views that count over all nodes are drawn at most this often: nobody reads a sum that changes with every frame. */
const countedEveryMs = 100;

/** A number that rises when statuses have changed, for views that count over all nodes. */
export function useStatusRevision(): number {
  const { statuses } = useStores().runs.getState();
  const counted = useRef(statuses.revision);
  const subscribe = useCallback(
    (listener: () => void) => {
      let timer: ReturnType<typeof setTimeout> | undefined;
      let toldAt = -Infinity;
      counted.current = statuses.revision;
      const tell = (): void => {
        timer = undefined;
        toldAt = performance.now();
        counted.current = statuses.revision;
        listener();
      };
      const stop = statuses.subscribeAll(() => {
        // The first change is told at once, those that follow closely together.
        const waitMs = toldAt + countedEveryMs - performance.now();
        if (timer === undefined) {
          if (waitMs <= 0) tell();
          else timer = setTimeout(tell, waitMs);
        }
      });
      return () => {
        clearTimeout(timer);
        stop();
      };
    },
    [statuses],
  );
  return useSyncExternalStore(subscribe, () => counted.current);
}

/** How well this page follows the cluster, and the way to try again at once. */
export interface ConnectionState {
  readonly isConnected: boolean;
  readonly error: string | null;
  readonly reconnect: () => void;
}

export function useConnection(): ConnectionState {
  const session = useSession();
  const isConnected = useRun((state) => state.health.connected);
  const error = useRun((state) => state.health.error ?? null);
  return { isConnected, error, reconnect: session.reconnect };
}
