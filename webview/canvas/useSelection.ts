import type { Dispatch, SetStateAction } from 'react';
import { useCallback } from 'react';
import type { CanvasSession } from '../bridge/canvasSession';
import type { Graph } from './graph';
import { graphFrom, withSelection } from './graph';
import { membersOf } from './groups/collapsing';
import type { FlowEdge, FlowNode } from './toFlow';

/** What is selected: `select` makes it so on the canvas, and `onSelectionChange` tells the rest of the page and the host of it. */
export function useSelection(session: CanvasSession, setGraph: Dispatch<SetStateAction<Graph>>) {
  const select = useCallback(
    (ids: readonly string[]) => setGraph((previous) => withSelection(graphFrom(session, previous), new Set(ids))),
    [session, setGraph],
  );

  const onSelectionChange = useCallback(
    ({ nodes, edges }: { nodes: FlowNode[]; edges: FlowEdge[] }) => {
      const ids = [...new Set(nodes.flatMap(membersOf))];
      session.ui.getState().select(ids, nodes.length === 0 && edges.length === 1 ? edges[0]?.id : undefined);
      session.tellSelection(ids);
    },
    [session],
  );
  return { select, onSelectionChange };
}
