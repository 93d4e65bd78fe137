import type { Connection, FinalConnectionState, OnConnectStart, ReactFlowInstance } from '@xyflow/react';
import { useCallback, useMemo, useRef } from 'react';
import { nodeById } from '../../../src/shared/workflow';
import { useSession } from '../../store/session';
import type { Link } from '../fromFlow';
import { canConnect, connectEdit, reconnectEdit, typesAcross } from '../fromFlow';
import type { FlowEdge, FlowNode } from '../toFlow';

function linkOf(connection: Pick<Connection, 'source' | 'target' | 'sourceHandle'>): Link {
  return { source: connection.source, target: connection.target, sourceHandle: connection.sourceHandle ?? null };
}

/** Drawing a connection, and moving an end of one: React Flow's properties for it. One that ends in the void asks what to put there. */
export function useConnecting(flow: ReactFlowInstance<FlowNode, FlowEdge>) {
  const session = useSession();
  /** The edge whose end is in the hand. */
  const moved = useRef<string | undefined>(undefined);
  const isValidConnection = useCallback(
    (connection: Connection | FlowEdge) => {
      const state = session.documents.getState();
      return canConnect(linkOf({ ...connection, sourceHandle: connection.sourceHandle ?? null }), state.workflow, state.catalog);
    },
    [session],
  );
  const onConnect = useCallback(
    (connection: Connection) => {
      const state = session.documents.getState();
      const edit = connectEdit(linkOf(connection), state.workflow, state.catalog);
      if (edit !== undefined && session.edit(edit)) session.ui.getState().announce(session.text('Connected {0} to {1}', connection.source, connection.target));
    },
    [session],
  );
  const onReconnect = useCallback(
    (old: FlowEdge, connection: Connection) => {
      const state = session.documents.getState();
      const edit = reconnectEdit(old.id, linkOf(connection), state.workflow, state.catalog);
      if (edit !== undefined) session.edit(edit);
    },
    [session],
  );
  const onReconnectStart = useCallback((_event: unknown, edge: FlowEdge) => {
    moved.current = edge.id;
  }, []);
  const onReconnectEnd = useCallback(() => {
    moved.current = undefined;
  }, []);
  const onConnectStart: OnConnectStart = useCallback(
    (_event, { nodeId, handleType }) => {
      const state = session.documents.getState();
      const node = nodeId === null ? undefined : nodeById(state.workflow, nodeId);
      if (node === undefined || handleType === null) return;
      session.ui.getState().connect({ nodeId: node.id, from: handleType, types: typesAcross(node, handleType, state.catalog) });
    },
    [session],
  );
  const onConnectEnd = useCallback(
    (event: MouseEvent | TouchEvent, end: FinalConnectionState) => {
      session.ui.getState().connect(undefined);
      if (end.isValid === true || end.toNode !== null || end.fromNode === null || end.fromHandle === null) return;
      const at = 'changedTouches' in event ? event.changedTouches[0] : event;
      if (at === undefined) return;
      const place = flow.screenToFlowPosition({ x: at.clientX, y: at.clientY });
      session.ui.getState().openQuickAdd({
        screen: { x: at.clientX, y: at.clientY },
        position: [place.x, place.y],
        link: {
          nodeId: end.fromNode.id,
          handle: end.fromHandle.id ?? undefined,
          from: end.fromHandle.type,
          ...(moved.current === undefined ? {} : { moves: moved.current }),
        },
      });
    },
    [flow, session],
  );
  return useMemo(
    () => ({ isValidConnection, onConnect, onReconnect, onReconnectStart, onReconnectEnd, onConnectStart, onConnectEnd }),
    [isValidConnection, onConnect, onReconnect, onReconnectStart, onReconnectEnd, onConnectStart, onConnectEnd],
  );
}
