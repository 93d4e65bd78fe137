import type { ReactFlowInstance, Viewport } from '@xyflow/react';
import {
  Background,
  BackgroundVariant,
  ControlButton,
  Controls,
  MiniMap,
  ReactFlow,
  ReactFlowProvider,
  SelectionMode,
  applyEdgeChanges,
  useReactFlow,
} from '@xyflow/react';
import type { EdgeChange } from '@xyflow/react';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { KeyboardEvent, MouseEvent as ReactMouseEvent } from 'react';
import { cardWidth, nodeCard } from '../../src/shared/nodeCard';
import { kindOf } from '../../src/shared/catalog';
import { QuickPalette } from '../palette/QuickPalette';
import { useEditable } from '../store/editable';
import { useSession, useUi } from '../store/session';
import type { QuickAdd } from '../store/uiStore';
import { hasCommandKey, isEditable } from '../ui/editableKeys';
import { Icon } from '../ui/Icon';
import { motionMs } from '../ui/motion';
import { useText } from '../ui/texts';
import { commandOfKey } from './gestures/canvasKeys';
import { EdgeHeads } from './edges/EdgeHeads';
import { edgeTypes } from './edges/edgeTypes';
import { enterSettings, hasSettings } from './enterSettings';
import { freeSpot } from '../../src/shared/freeSpot';
import type { GestureContext } from './gestures/gestures';
import { addStarter } from './gestures/gestures';
import { EmptyCanvas } from './EmptyCanvas';
import { FarMark } from './FarMark';
import { FindBar } from './gestures/FindBar';
import { tellMenuOf } from './gestures/menuContext';
import { removeParts } from './gestures/removeParts';
import { useConnecting } from './gestures/useConnecting';
import { useClipboard } from './gestures/useClipboard';
import { useKeptFocus } from './gestures/useKeptFocus';
import { useMoving } from './gestures/useMoving';
import { focusCard, walkFrom, walkTarget } from './gestures/walk';
import { membersOf } from './groups/collapsing';
import { GroupLayer } from './groups/GroupLayer';
import type { Graph } from './graph';
import { graphFrom, withSelection } from './graph';
import { addLinkedEdit, addNodeEdit } from './fromFlow';
import { nodeTypes } from './nodes/nodeTypes';
import { insertOnEdgeEdit } from './splicing';
import type { FlowEdge, FlowNode } from './toFlow';
import { useFlowLabels } from './useFlowLabels';
import { useSelection } from './useSelection';
import { useWishes } from './useWishes';
import { centerOf, fitOptions } from './view';

/** From this many nodes on, those outside of the view are not mounted. */
const cullingFrom = 200;
const middleButton = [1];

function miniMapClass(node: FlowNode): string {
  return `minimap-${node.data.kind?.category ?? 'unknown'}`;
}

function Flow() {
  const session = useSession();
  const text = useText();
  const flow = useReactFlow<FlowNode, FlowEdge>();
  const quickAdd = useUi((state) => state.quickAdd);
  const overview = useUi((state) => state.overview);
  const editable = useEditable();
  const labels = useFlowLabels();
  const frame = useRef<HTMLElement>(null);
  /** The pane was the last thing pressed: then, as on other canvases, Tab opens the palette. Otherwise Tab walks on. */
  const panePressed = useRef(false);
  const pointer = useRef<{ readonly x: number; readonly y: number } | undefined>(undefined);
  const [graph, setGraph] = useState<Graph>(() => withSelection(graphFrom(session, { nodes: [], edges: [] }), new Set(session.ui.getState().selection)));

  const resync = useCallback(() => setGraph((previous) => graphFrom(session, previous)), [session]);
  useEffect(() => {
    // What changed between the first drawing and now was told to nobody.
    queueMicrotask(resync);
    return session.documents.subscribe(resync);
  }, [session, resync]);

  const { select, onSelectionChange } = useSelection(session, setGraph);

  const moving = useMoving({ session, flow, setGraph, resync });
  const onEdgesChange = useCallback(
    (changes: EdgeChange<FlowEdge>[]) => setGraph((previous) => ({ ...previous, edges: applyEdgeChanges(changes, previous.edges) })),
    [],
  );

  const openSettings = useCallback(
    (event: ReactMouseEvent) => {
      const ui = session.ui.getState();
      // A plan or a run that is being read stays.
      if (ui.sideOpen && ui.side !== 'inspector') return;
      ui.openSide('inspector');
      if (ui.sideOpen) return;
      const pressed = event.currentTarget;
      // The panel takes its place from the canvas; what was pressed must not end up behind it.
      requestAnimationFrame(() => {
        const hidden = pressed.getBoundingClientRect().right + 24 - (frame.current?.getBoundingClientRect().right ?? 0);
        const { x, y, zoom } = flow.getViewport();
        if (hidden > 0) void flow.setViewport({ x: x - hidden, y, zoom }, { duration: motionMs(200) });
      });
    },
    [flow, session],
  );

  const remove = useCallback(
    (nodeIds: readonly string[], edgeIds: readonly string[]) => {
      if (editable && removeParts(session, nodeIds, edgeIds)) frame.current?.focus();
    },
    [session, editable],
  );
  const connecting = useConnecting(flow);

  const openPaletteAt = useCallback(
    (screen: { readonly x: number; readonly y: number }) => {
      const place = flow.screenToFlowPosition(screen);
      session.ui.getState().openQuickAdd({ screen, position: [place.x, place.y] });
    },
    [flow, session],
  );

  const addKind = useCallback(
    (type: string, at: { readonly x: number; readonly y: number }, link: QuickAdd['link'], edge?: string) => {
      const state = session.documents.getState();
      const kind = kindOf(state.catalog, type);
      if (kind === undefined) return;
      const draft = addNodeEdit(kind, state.workflow, at);
      const card = nodeCard(draft.node, kind);
      const left = link === undefined ? at.x - cardWidth / 2 : link.from === 'source' ? at.x : at.x - cardWidth;
      const boxes = flow.getNodes().map((node) => ({ ...node.position, width: node.width ?? 0, height: node.height ?? 0 }));
      const spot = freeSpot({ x: left, y: at.y - card.targetY, width: card.width, height: card.height }, boxes);
      const onEdge = edge === undefined ? undefined : insertOnEdgeEdit(kind, state.workflow, state.catalog, spot, edge);
      const edit = link === undefined ? (onEdge ?? addNodeEdit(kind, state.workflow, spot)) : addLinkedEdit(kind, state.workflow, state.catalog, spot, link);
      if (!session.edit(edit)) return;
      select([draft.node.id]);
      session.ui.getState().openSide('inspector');
      session.ui.getState().announce(session.text('Added {0} {1}', kind.displayName, draft.node.id));
    },
    [flow, session, select],
  );

  const gestures = useMemo(
    (): GestureContext => ({
      session,
      selectedNodes: () => [...new Set(flow.getNodes().flatMap((node) => (node.selected === true ? membersOf(node) : [])))],
      select,
      isEditable: () => editable,
      place: () => {
        const { x, y } = flow.screenToFlowPosition(pointer.current ?? centerOf(frame.current));
        return [Math.round(x), Math.round(y)];
      },
      focus: () => frame.current?.focus(),
      nameGroup: (id) => session.ui.getState().nameGroup(id),
    }),
    [session, flow, select, editable],
  );
  useClipboard(gestures);
  useKeptFocus(frame);
  const showFound = useCallback(
    (id: string) => {
      select([id]);
      void flow.fitView({ nodes: [{ id }], maxZoom: 1, padding: 0.6, duration: motionMs(150) });
    },
    [flow, select],
  );
  const closeFind = useCallback(() => {
    session.ui.getState().openFind(false);
    session.wishes.emit({ type: 'focusCanvas' });
  }, [session]);

  const forgetPress = useCallback(() => {
    panePressed.current = false;
  }, []);
  const fulfil = useWishes({ session, flow, frame, forgetPress, select, remove, addKind, openPaletteAt, gestures });

  /** Arrow keys on a card go where its edges lead, before React Flow takes them for a move; with Shift what is passed is selected too. */
  const onWalk = (event: KeyboardEvent): void => {
    const walk = walkFrom(event);
    if (walk === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const next = walkTarget(flow, walk.id, walk.direction);
    if (next === undefined) return session.ui.getState().announce(text('Nothing that way'));
    select([...(event.shiftKey ? gestures.selectedNodes() : []), ...membersOf(next)]);
    void focusCard(flow, frame.current, next);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (isEditable(event.nativeEvent) || quickAdd !== undefined) return;
    const command = hasCommandKey(event);
    const meant = commandOfKey(event);
    if (meant !== undefined) {
      event.preventDefault();
      // Left to bubble, it is heard by VS Code, whose keybindings bring the command back.
      if (!session.ui.getState().ownKeys) return;
      event.stopPropagation();
      return fulfil({ type: 'command', name: meant });
    }
    if (event.key === 'Tab' && panePressed.current && !event.shiftKey) openPaletteAt(pointer.current ?? centerOf(frame.current));
    else if (event.key === '/' && editable) openPaletteAt(pointer.current ?? centerOf(frame.current));
    else if (command && event.key.toLowerCase() === 'k') openPaletteAt(centerOf(frame.current));
    else if (event.key === 'Enter' && hasSettings(session, event.target)) return enterSettings(session);
    else if (event.key === 'Escape') return select([]);
    else if (event.key === '0' && !command) void flow.zoomTo(1, { duration: motionMs(200) });
    else if (event.key === '1' && !command) fulfil({ type: 'command', name: 'fitView' });
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  const { viewport: savedViewport } = useMemo(() => session.ui.getState(), [session]);
  const isPane = (target: EventTarget): boolean => target instanceof Element && target.classList.contains('react-flow__pane');
  const onInit = useCallback((instance: ReactFlowInstance<FlowNode, FlowEdge>) => {
    if (instance.getNodes().length === 0) void instance.setViewport({ x: 0, y: 0, zoom: 1 });
  }, []);

  return (
    <section
      ref={frame}
      className="canvas"
      aria-label={text('Canvas')}
      tabIndex={-1}
      onKeyDownCapture={onWalk}
      onKeyDown={onKeyDown}
      onContextMenu={(event) => {
        pointer.current = { x: event.clientX, y: event.clientY };
        const pressed = tellMenuOf(event.currentTarget, event.target);
        const node = pressed === undefined ? undefined : flow.getNode(pressed);
        if (node !== undefined && node.selected !== true) select(membersOf(node));
      }}
      onPointerDown={(event) => {
        panePressed.current = isPane(event.target);
        if (panePressed.current) frame.current?.focus();
      }}
      onPointerMove={(event) => {
        pointer.current = { x: event.clientX, y: event.clientY };
      }}
      onPointerLeave={() => {
        pointer.current = undefined;
      }}
      onDoubleClick={(event) => {
        if (editable && isPane(event.target)) openPaletteAt({ x: event.clientX, y: event.clientY });
      }}
    >
      <FindBar onShow={showFound} onClose={closeFind} />
      <EdgeHeads />
      <ReactFlow<FlowNode, FlowEdge>
        nodes={graph.nodes}
        edges={graph.edges}
        nodeTypes={nodeTypes}
        edgeTypes={edgeTypes}
        {...moving}
        onEdgesChange={onEdgesChange}
        onSelectionChange={onSelectionChange}
        {...connecting}
        onInit={onInit}
        onNodeClick={openSettings}
        onEdgeClick={openSettings}
        onMoveEnd={(_event, viewport: Viewport) => session.ui.getState().move(viewport)}
        nodesDraggable={editable}
        nodesConnectable={editable}
        edgesReconnectable={editable}
        deleteKeyCode={null}
        panOnDrag={middleButton}
        panOnScroll
        selectionOnDrag
        selectionMode={SelectionMode.Partial}
        zoomOnDoubleClick={false}
        elevateEdgesOnSelect
        connectionRadius={32}
        minZoom={0.1}
        maxZoom={2}
        onlyRenderVisibleElements={graph.nodes.length > cullingFrom}
        {...(savedViewport === undefined ? { fitView: true, fitViewOptions: fitOptions } : { defaultViewport: savedViewport })}
        ariaLabelConfig={labels}
        attributionPosition="bottom-center"
      >
        <Background variant={BackgroundVariant.Dots} gap={24} size={1.5} />
        <FarMark frame={frame} />
        <Controls showInteractive={false} fitViewOptions={{ ...fitOptions, duration: motionMs(250) }}>
          <ControlButton aria-label={text('Overview')} title={text('Overview')} aria-pressed={overview} onClick={() => session.ui.getState().toggleOverview()}>
            <Icon name="map" />
          </ControlButton>
        </Controls>
        <GroupLayer nodes={graph.nodes} />
        {overview ? <MiniMap<FlowNode> pannable zoomable nodeClassName={miniMapClass} nodeBorderRadius={8} /> : null}
      </ReactFlow>
      {graph.nodes.length === 0 ? <EmptyCanvas /> : null}
      {quickAdd === undefined ? null : (
        <QuickPalette
          quickAdd={quickAdd}
          onPickStarter={(starter) => {
            session.ui.getState().openQuickAdd(undefined);
            addStarter(gestures, starter, quickAdd.position);
            frame.current?.focus();
          }}
          onPick={(kind) => {
            session.ui.getState().openQuickAdd(undefined);
            addKind(kind, { x: quickAdd.position[0], y: quickAdd.position[1] }, quickAdd.link);
            frame.current?.focus();
          }}
          onClose={() => {
            session.ui.getState().openQuickAdd(undefined);
            panePressed.current = false;
            frame.current?.focus();
          }}
        />
      )}
    </section>
  );
}

/** The graph, and every gesture on it. While a gesture lasts only React Flow's state moves; its end is one edit. */
export function Canvas() {
  return (
    <ReactFlowProvider>
      <Flow />
    </ReactFlowProvider>
  );
}
