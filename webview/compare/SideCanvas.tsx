import { Background, BackgroundVariant, Controls, ReactFlow, ReactFlowProvider, getViewportForBounds, useReactFlow } from '@xyflow/react';
import type { Viewport } from '@xyflow/react';
import { useEffect, useMemo, useRef } from 'react';
import type { ComparedWorkflow } from '../../src/shared/compareProtocol';
import { edgeTypes } from '../canvas/edges/edgeTypes';
import { nodeTypes } from '../canvas/nodes/nodeTypes';
import type { FlowEdge, FlowNode } from '../canvas/toFlow';
import { toFlowEdges, toFlowNodes } from '../canvas/toFlow';
import { useFlowLabels } from '../canvas/useFlowLabels';
import { farZoom } from '../canvas/zoom';
import type { CardMark, SessionStores } from '../store/session';
import { StoresContext } from '../store/session';
import { motionMs } from '../ui/motion';
import { useText } from '../ui/texts';
import type { Marks } from './marks';
import { cardMark, signOf, toneOf, wordOf } from './marks';

interface SideProps {
  /** Tells the canvases of a page apart. */
  readonly id: string;
  readonly side: ComparedWorkflow;
  readonly stores: SessionStores;
  readonly marks: Marks;
  /** What cards say at their foot in place of their mark. */
  readonly feet: ReadonlyMap<string, CardMark> | undefined;
  readonly viewport: Viewport | undefined;
  readonly onViewport: (viewport: Viewport) => void;
  readonly selected: string | undefined;
  readonly looks: number;
  readonly onSelect: (nodeId: string | undefined) => void;
}

/** From so many nodes on only those in view are drawn. */
const cullingFrom = 200;
const largestZoom = 1.5;
const smallestZoom = 0.05;

function Flow({ id, side, stores, marks, viewport, onViewport, selected, looks, onSelect }: SideProps) {
  const text = useText();
  const labels = useFlowLabels();
  const flow = useReactFlow<FlowNode, FlowEdge>();
  const frame = useRef<HTMLElement>(null);
  const graph = useMemo(() => {
    const view = stores.documents.getState();
    const plain = toFlowNodes(view, []);
    const nodes = plain.map((node): FlowNode => {
      const mark = marks.nodes.get(node.id);
      const name = `${node.id}, ${node.data.kind?.displayName ?? node.data.node.type}`;
      return {
        ...node,
        ...(mark === undefined ? {} : { className: `compare-${toneOf(mark)}` }),
        // The same node stands on two canvases, so ids of its parts cannot name it.
        ariaLabel: mark === undefined ? name : `${name}, ${wordOf(mark, text)}`,
        domAttributes: { 'aria-roledescription': text('node') },
      };
    });
    const edges = toFlowEdges(view, plain, [], text).map((edge): FlowEdge => {
      const mark = marks.edges.get(edge.id);
      const domAttributes = { 'aria-roledescription': text('edge') };
      if (mark === undefined || edge.data === undefined) return { ...edge, domAttributes };
      return {
        ...edge,
        className: `compare-${toneOf(mark)}`,
        data: { ...edge.data, label: `${signOf(mark)} ${edge.data.label}` },
        ariaLabel: `${edge.ariaLabel ?? ''}, ${wordOf(mark, text)}`,
        domAttributes,
      };
    });
    return { nodes, edges };
  }, [stores, marks, text]);
  const nodes = useMemo(() => graph.nodes.map((node) => (node.id === selected ? { ...node, selected: true } : node)), [graph, selected]);

  useEffect(() => {
    // The first look is at everything; both canvases are given the same one.
    const box = frame.current?.getBoundingClientRect();
    if (viewport !== undefined || box === undefined || box.width === 0 || graph.nodes.length === 0) return;
    const whole = getViewportForBounds(flow.getNodesBounds(graph.nodes), box.width, box.height, smallestZoom, 1, 0.08);
    // Of many nodes it is at the first that differs: to draw all of them takes seconds, and nobody could read them.
    const first =
      graph.nodes.length > cullingFrom && whole.zoom < farZoom ? (graph.nodes.find(({ className }) => className !== undefined) ?? graph.nodes[0]) : undefined;
    onViewport(first === undefined ? whole : getViewportForBounds(flow.getNodesBounds([first]), box.width, box.height, farZoom, farZoom, 0.08));
  }, [flow, graph, viewport, onViewport]);
  const looked = useRef(0);
  useEffect(() => {
    // A wish is fulfilled once; that the selection or the graph changes is none.
    if (looks === looked.current) return;
    looked.current = looks;
    const node = selected === undefined ? undefined : graph.nodes.find((one) => one.id === selected);
    if (node === undefined) return;
    const { width = 0, height = 0, position } = node;
    void flow.setCenter(position.x + width / 2, position.y + height / 2, { zoom: Math.max(0.6, Math.min(1, flow.getZoom())), duration: motionMs(200) });
  }, [flow, graph, looks, selected]);

  return (
    <section ref={frame} className="canvas compare-canvas" aria-label={side.label} data-side={id}>
      <ReactFlow<FlowNode, FlowEdge>
        id={id}
        nodes={nodes}
        edges={graph.edges}
        nodeTypes={nodeTypes}
        edgeTypes={edgeTypes}
        {...(viewport === undefined ? {} : { viewport })}
        onViewportChange={onViewport}
        onNodeClick={(_event, node) => onSelect(node.id)}
        onPaneClick={() => onSelect(undefined)}
        onNodesChange={(changes) => {
          for (const change of changes) if (change.type === 'select' && change.selected) onSelect(change.id);
        }}
        nodesDraggable={false}
        nodesConnectable={false}
        edgesFocusable={false}
        deleteKeyCode={null}
        panOnScroll
        zoomOnDoubleClick={false}
        minZoom={smallestZoom}
        maxZoom={largestZoom}
        onlyRenderVisibleElements={graph.nodes.length > cullingFrom}
        ariaLabelConfig={labels}
        attributionPosition="bottom-center"
      >
        <Background id={id} variant={BackgroundVariant.Dots} gap={24} size={1.5} />
        <Controls showInteractive={false} fitViewOptions={{ padding: 0.08, maxZoom: 1, includeHiddenNodes: true, duration: motionMs(250) }} />
      </ReactFlow>
      {graph.nodes.length === 0 ? <p className="compare-empty">{text('There is no node.')}</p> : null}
    </section>
  );
}

/** One workflow to look at: cards and edges as on the canvas, marked by what a comparison says of them. Nothing here can be changed. */
export function SideCanvas(props: SideProps) {
  const text = useText();
  const { stores, marks, feet, side } = props;
  const shown = useMemo(
    (): SessionStores => ({ ...stores, marks: feet ?? new Map([...marks.nodes].map(([id, mark]) => [id, cardMark(mark, text)])) }),
    [stores, marks, feet, text],
  );
  return (
    <div className="compare-side">
      <header className="compare-label">
        <strong>{side.label}</strong>
        <span>{side.detail}</span>
      </header>
      <StoresContext value={shown}>
        <ReactFlowProvider>
          <Flow {...props} />
        </ReactFlowProvider>
      </StoresContext>
    </div>
  );
}
