// Arranging a whole graph. A bundle of its own, loaded when someone asks for it: the layout engine is large.
import ELK from 'elkjs/lib/elk.bundled.js';
import type { ElkExtendedEdge, ElkNode } from 'elkjs/lib/elk-api';
import type { Catalog } from '../../shared/catalog';
import { kindOf } from '../../shared/catalog';
import { nodeCard } from '../../shared/nodeCard';
import type { Point, Workflow } from '../../shared/workflow';

/** Space in canvas pixels: between cards of one column, between columns, and around the members of a group. */
const rowGap = 40;
const columnGap = 112;
const groupPadding = 32;

const options = {
  'elk.algorithm': 'layered',
  'elk.direction': 'RIGHT',
  'elk.randomSeed': '1',
  'elk.hierarchyHandling': 'INCLUDE_CHILDREN',
  'elk.spacing.nodeNode': String(rowGap),
  'elk.spacing.componentComponent': String(rowGap * 2),
  'elk.layered.spacing.nodeNodeBetweenLayers': String(columnGap),
  'elk.layered.spacing.edgeNodeBetweenLayers': '24',
  'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
  'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
  'elk.aspectRatio': '1.6',
} as const;

/** The id of a port in the layout graph. Node ids have no "#". */
function portId(node: string, handle: string | undefined): string {
  return `${node}#${handle ?? ''}`;
}

function elkNodeOf(workflow: Workflow, catalog: Catalog, id: string): ElkNode {
  const node = workflow.nodes.find((candidate) => candidate.id === id);
  if (node === undefined) return { id };
  const card = nodeCard(node, kindOf(catalog, node.type));
  const point = { width: 0, height: 0 };
  return {
    id,
    width: card.width,
    height: card.height,
    // Edges leave and enter where the canvas draws their handles; what they cross depends on it.
    layoutOptions: { 'elk.portConstraints': 'FIXED_POS' },
    ports: [
      { id: `${id}#in#`, x: 0, y: card.targetY, ...point, layoutOptions: { 'elk.port.side': 'WEST' } },
      ...card.sources.map((source) => ({ id: portId(id, source.id), x: card.width, y: source.y, ...point, layoutOptions: { 'elk.port.side': 'EAST' } })),
    ],
  };
}

/**
 * Positions of all nodes, arranged from left to right along the edges, members of a group side by side. Whole canvas
 * pixels from (0, 0) on; no two cards overlap; the same workflow gives the same arrangement each time.
 */
export async function layoutWorkflow(workflow: Workflow, catalog: Catalog): Promise<Readonly<Record<string, Point>>> {
  const nodes = new Map(workflow.nodes.map((node) => [node.id, elkNodeOf(workflow, catalog, node.id)]));
  const grouped = new Set<string>();
  const groups = Object.entries(workflow.groups).flatMap(([id, group]): ElkNode[] => {
    const members = group.nodes.filter((member) => nodes.has(member) && !grouped.has(member));
    for (const member of members) grouped.add(member);
    if (members.length === 0) return [];
    const padding = `[top=${groupPadding},left=${groupPadding},bottom=${groupPadding},right=${groupPadding}]`;
    return [{ id: `group#${id}`, children: members.flatMap((member) => nodes.get(member) ?? []), layoutOptions: { 'elk.padding': padding } }];
  });
  const edges = workflow.edges.flatMap((edge, index): ElkExtendedEdge[] => {
    const from = nodes.get(edge.from);
    if (from === undefined || !nodes.has(edge.to) || edge.from === edge.to) return [];
    const named = portId(edge.from, edge.handle);
    const source = from.ports?.find((port) => port.id === named) ?? from.ports?.[1];
    return [{ id: `edge#${index}`, sources: [source?.id ?? edge.from], targets: [`${edge.to}#in#`] }];
  });
  // Without a worker to start, the engine runs right here and has nothing to end.
  const arranged = await new ELK().layout({
    id: 'root#',
    layoutOptions: options,
    children: [...groups, ...[...nodes].flatMap(([id, node]) => (grouped.has(id) ? [] : [node]))],
    edges,
  });
  return wholePositions(arranged);
}

function wholePositions(root: ElkNode): Readonly<Record<string, Point>> {
  const points: (readonly [string, number, number])[] = [];
  const walk = (parent: ElkNode, x: number, y: number): void => {
    for (const child of parent.children ?? []) {
      const at = [x + (child.x ?? 0), y + (child.y ?? 0)] as const;
      if (child.children === undefined) points.push([child.id, ...at]);
      else walk(child, ...at);
    }
  };
  walk(root, 0, 0);
  const left = Math.min(...points.map(([, x]) => x));
  const top = Math.min(...points.map(([, , y]) => y));
  const positions = Object.create(null) as Record<string, Point>;
  for (const [id, x, y] of points) positions[id] = [Math.round(x - left), Math.round(y - top)];
  return positions;
}
