import type { NodeChange, OnNodeDrag, ReactFlowInstance } from '@xyflow/react';
import { applyNodeChanges } from '@xyflow/react';
import type { Dispatch, MouseEvent as ReactMouseEvent, SetStateAction } from 'react';
import { useCallback, useMemo, useRef } from 'react';
import type { CanvasSession } from '../../bridge/canvasSession';
import { positionOf } from '../../store/documentStore';
import { moveEdit } from '../fromFlow';
import type { Graph } from '../graph';
import { movedMembers } from '../groups/collapsing';
import { moveOntoEdgeEdit } from '../splicing';
import type { FlowEdge, FlowNode } from '../toFlow';
import { edgeUnder } from './places';

/** After the last arrow key, how long until the move becomes an edit. */
const keyboardMoveDelayMs = 350;

interface MovingParts {
  readonly session: CanvasSession;
  readonly flow: ReactFlowInstance<FlowNode, FlowEdge>;
  readonly setGraph: Dispatch<SetStateAction<Graph>>;
  readonly resync: () => void;
}

/** An event's place on the screen. */
function placeOf(event: MouseEvent | TouchEvent): { readonly x: number; readonly y: number } | undefined {
  const at = 'changedTouches' in event ? event.changedTouches[0] : event;
  return at === undefined ? undefined : { x: at.clientX, y: at.clientY };
}

/** Moving cards by the mouse and by keys, as React Flow's properties for it. A card that is let go on the line of an edge is put into it. */
export function useMoving({ session, flow, setGraph, resync }: MovingParts) {
  const dragging = useRef(false);
  const movedByKeys = useRef<{ ids: Set<string>; timer: ReturnType<typeof setTimeout> | undefined }>({ ids: new Set(), timer: undefined });
  /** The edge that would take the card, were it let go now. */
  const taking = useRef<Element | undefined>(undefined);

  const commitMove = useCallback(
    (ids: readonly string[]) => {
      const state = session.documents.getState();
      const moved = flow.getNodes().filter((node) => ids.includes(node.id));
      const edit = moveEdit(
        movedMembers(moved, (id) => positionOf(state, id)),
        (id) => positionOf(state, id),
      );
      if (edit !== undefined) session.edit(edit);
      resync();
    },
    [flow, session, resync],
  );

  /** The edit for a card that is let go here, when the line of an edge that can take it is under the pointer. */
  const ontoEdge = useCallback(
    (event: MouseEvent | TouchEvent, moved: readonly FlowNode[]) => {
      const [node] = moved;
      const at = placeOf(event);
      if (node === undefined || moved.length > 1 || at === undefined) return undefined;
      const { workflow, catalog } = session.documents.getState();
      const key = edgeUnder(at);
      const to = flow.getNode(node.id)?.position ?? node.position;
      const edit = key === undefined ? undefined : moveOntoEdgeEdit(node.id, [Math.round(to.x), Math.round(to.y)], workflow, catalog, key);
      return edit === undefined ? undefined : { edit, key };
    },
    [flow, session],
  );
  const show = useCallback((key: string | undefined) => {
    const line = key === undefined ? undefined : (document.querySelector(`.react-flow__edge[data-id="${CSS.escape(key)}"]`) ?? undefined);
    if (line === taking.current) return;
    taking.current?.removeAttribute('data-taking');
    line?.setAttribute('data-taking', 'true');
    taking.current = line;
  }, []);

  const onNodesChange = useCallback(
    (changes: NodeChange<FlowNode>[]) => {
      setGraph((previous) => ({ ...previous, nodes: applyNodeChanges(changes, previous.nodes) }));
      const byKeys = dragging.current ? [] : changes.flatMap((change) => (change.type === 'position' && change.position !== undefined ? [change.id] : []));
      if (byKeys.length === 0) return;
      const moves = movedByKeys.current;
      for (const id of byKeys) moves.ids.add(id);
      clearTimeout(moves.timer);
      moves.timer = setTimeout(() => {
        const ids = [...moves.ids];
        moves.ids.clear();
        commitMove(ids);
      }, keyboardMoveDelayMs);
    },
    [commitMove, setGraph],
  );
  const onNodeDragStart = useCallback(() => {
    dragging.current = true;
  }, []);
  const onNodeDrag: OnNodeDrag<FlowNode> = useCallback((event, _node, moved) => show(ontoEdge(event, moved)?.key), [show, ontoEdge]);
  const onNodeDragStop: OnNodeDrag<FlowNode> = useCallback(
    (event, _node, moved) => {
      dragging.current = false;
      show(undefined);
      // The nodes still count as dragged until React Flow's last change is in.
      queueMicrotask(() => {
        const onto = ontoEdge(event, moved);
        if (onto === undefined) return commitMove(moved.map((node) => node.id));
        if (session.edit(onto.edit)) session.ui.getState().announce(session.text('Put {0} into the connection', moved[0]?.id ?? ''));
        resync();
      });
    },
    [commitMove, ontoEdge, session, resync, show],
  );
  const onSelectionDragStop = useCallback(
    (event: ReactMouseEvent, moved: FlowNode[]) => onNodeDragStop(event.nativeEvent, moved[0] as FlowNode, moved),
    [onNodeDragStop],
  );
  return useMemo(
    () => ({ onNodesChange, onNodeDragStart, onNodeDrag, onNodeDragStop, onSelectionDragStart: onNodeDragStart, onSelectionDragStop }),
    [onNodesChange, onNodeDragStart, onNodeDrag, onNodeDragStop, onSelectionDragStop],
  );
}
