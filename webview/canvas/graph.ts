import type { CanvasSession } from '../bridge/canvasSession';
import type { FlowEdge, FlowNode } from './toFlow';
import { membersOf, withCollapsed } from './groups/collapsing';
import { toFlowEdges, toFlowNodes } from './toFlow';

/** What React Flow is given to draw. */
export interface Graph {
  readonly nodes: FlowNode[];
  readonly edges: FlowEdge[];
}

function sameItems<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index]);
}

/** The graph that the document says; the very same object as before when nothing changed. */
export function graphFrom(session: CanvasSession, previous: Graph): Graph {
  const state = session.documents.getState();
  const all = toFlowNodes(state, previous.nodes, session.text);
  const { nodes, edges } = withCollapsed({ nodes: all, edges: toFlowEdges(state, all, previous.edges, session.text) }, state.workflow, previous, session.text);
  const same = { nodes: sameItems(nodes, previous.nodes), edges: sameItems(edges, previous.edges) };
  if (same.nodes && same.edges) return previous;
  return { nodes: same.nodes ? previous.nodes : nodes, edges: same.edges ? previous.edges : edges };
}

/** The same graph with exactly these nodes selected, and no edge. */
export function withSelection(graph: Graph, ids: ReadonlySet<string>): Graph {
  return {
    nodes: graph.nodes.map((node) => {
      const selected = membersOf(node).every((id) => ids.has(id));
      return node.selected === selected ? node : { ...node, selected };
    }),
    edges: graph.edges.map((edge) => (edge.selected === true ? { ...edge, selected: false } : edge)),
  };
}
