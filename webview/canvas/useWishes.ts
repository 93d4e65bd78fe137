import type { ReactFlowInstance } from '@xyflow/react';
import type { RefObject } from 'react';
import { useCallback, useEffect } from 'react';
import type { CanvasSession, CanvasWish } from '../bridge/canvasSession';
import { starters } from '../palette/starters';
import type { QuickAdd } from '../store/uiStore';
import { motionMs } from '../ui/motion';
import type { GestureContext } from './gestures/gestures';
import { addStarter, isGesture, performGesture } from './gestures/gestures';
import { edgeUnder } from './gestures/places';
import { membersOf } from './groups/collapsing';
import type { FlowEdge, FlowNode } from './toFlow';
import { centerOf, fitOptions } from './view';

interface Point {
  readonly x: number;
  readonly y: number;
}

interface WishParts {
  readonly session: CanvasSession;
  readonly flow: ReactFlowInstance<FlowNode, FlowEdge>;
  readonly frame: RefObject<HTMLElement | null>;
  /** The canvas was not the last thing pressed: Tab walks on again. */
  readonly forgetPress: () => void;
  readonly select: (ids: readonly string[]) => void;
  readonly remove: (nodeIds: readonly string[], edgeIds: readonly string[]) => void;
  readonly addKind: (type: string, at: Point, link: QuickAdd['link'], edge?: string) => void;
  readonly openPaletteAt: (screen: Point) => void;
  readonly gestures: GestureContext;
}

/** Does what the rest of the page, the host and keys wish of the canvas. Answers the way to have a wish fulfilled at once. */
export function useWishes({ session, flow, frame, forgetPress, select, remove, addKind, openPaletteAt, gestures }: WishParts): (wish: CanvasWish) => void {
  const show = useCallback(
    (id: string) => {
      select([id]);
      session.ui.getState().openSide('inspector');
      void flow.fitView({ nodes: [{ id }], maxZoom: 1, padding: 0.6, duration: motionMs(250) }).then(() => {
        frame.current?.querySelector<HTMLElement>(`.react-flow__node[data-id="${CSS.escape(id)}"]`)?.focus();
      });
    },
    [flow, session, select, frame],
  );

  const fulfil = useCallback(
    (wish: CanvasWish) => {
      if (wish.type === 'focusNode') return show(wish.nodeId);
      if (wish.type === 'select') return select(wish.nodeIds);
      if (wish.type === 'addKind')
        return addKind(
          wish.kind,
          flow.screenToFlowPosition(wish.at ?? centerOf(frame.current)),
          undefined,
          wish.at === undefined ? undefined : edgeUnder(wish.at),
        );
      if (wish.type === 'addStarter') {
        const starter = starters.find(({ id }) => id === wish.starter);
        const { x, y } = flow.screenToFlowPosition(wish.at ?? centerOf(frame.current));
        return starter === undefined ? undefined : addStarter(gestures, starter, [x, y]);
      }
      if (wish.type === 'focusCanvas') {
        forgetPress();
        const [first] = session.ui.getState().selection;
        const card = first === undefined ? null : frame.current?.querySelector<HTMLElement>(`.react-flow__node[data-id="${CSS.escape(first)}"]`);
        return (card ?? frame.current)?.focus();
      }
      if (isGesture(wish.name)) return performGesture(wish.name, gestures);
      switch (wish.name) {
        case 'addNode':
          return openPaletteAt(centerOf(frame.current));
        case 'fitView':
          return void flow.fitView({ ...fitOptions, duration: motionMs(250) });
        case 'selectAll':
          return select(flow.getNodes().flatMap(membersOf));
        case 'deleteSelection':
          return remove(
            gestures.selectedNodes(),
            flow.getEdges().flatMap((edge) => (edge.selected === true ? [edge.id] : [])),
          );
        case 'renameSelection':
          session.ui.getState().openSide('inspector');
          // The panel may have to be drawn first.
          return void requestAnimationFrame(() => document.querySelector<HTMLElement>('#rename-field')?.focus());
      }
    },
    [show, addKind, flow, session, openPaletteAt, select, remove, gestures, frame, forgetPress],
  );
  useEffect(() => {
    const listening = session.wishes.on(fulfil);
    return () => listening.dispose();
  }, [session, fulfil]);
  return fulfil;
}
