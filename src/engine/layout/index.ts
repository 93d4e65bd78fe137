// Arranging a whole graph. A bundle of its own, loaded when someone asks for it: the layout engine is large.
import ELK from 'elkjs/lib/elk.bundled.js';
import type { ElkExtendedEdge, ElkNode } from 'elkjs/lib/elk-api';
import type { Catalog } from '../../shared/catalog';
import { kindOf } from '../../shared/catalog';
import { nodeCard } from '../../shared/nodeCard';
import type { Point, Workflow, WorkflowNode } from '../../shared/workflow';
import { connectedParts, inRows } from '../parts';

/** Space in canvas pixels: between cards of one column, between columns, and around the members of a group. */
const rowGap = 40;
const columnGap = 112;
const groupPadding = 32;

const options = {
  'elk.algorithm': 'layered',
  'elk.direction': 'RIGHT',
  'elk.randomSeed': '1',
  'elk.spacing.nodeNode': String(rowGap),
  'elk.layered.spacing.nodeNodeBetweenLayers': String(columnGap),
  'elk.layered.spacing.edgeNodeBetweenLayers': '24',
  // The canvas draws its own curves; straight routes are the cheapest to compute and are thrown away.
  'elk.edgeRouting': 'POLYLINE',
} as const;

/** The id of a port in the layout graph. Node ids have no "#". */
function portId(node: string, handle: string | undefined): string {
  return `${node}#${handle ?? ''}`;
}

function elkNodeOf(node: WorkflowNode, catalog: Catalog): ElkNode {
  const { id } = node;
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
  // Groups may hold parts together that no edge does, so with groups everything is arranged as one.
  const grouped = Object.values(workflow.groups).some((group) => group.nodes.length > 0);
  const parts = grouped ? [workflow.nodes.map((node) => node.id)] : connectedParts(workflow);
  const elk = new ELK();
  const arranged: Arranged[] = [];
  for (const ids of parts) arranged.push(await arrangedPart(elk, workflow, catalog, new Set(ids)));
  const corners = inRows(arranged, rowGap * 2);
  const positions = Object.create(null) as Record<string, Point>;
  arranged.forEach(({ points }, index) => {
    const corner = corners[index] ?? { x: 0, y: 0 };
    for (const [id, x, y] of points) positions[id] = [Math.round(corner.x + x), Math.round(corner.y + y)];
  });
  return positions;
}

interface Arranged {
  readonly points: readonly (readonly [id: string, x: number, y: number])[];
  readonly width: number;
  readonly height: number;
}

async function arrangedPart(elk: InstanceType<typeof ELK>, workflow: Workflow, catalog: Catalog, ids: ReadonlySet<string>): Promise<Arranged> {
  const nodes = new Map(workflow.nodes.flatMap((node) => (ids.has(node.id) ? [[node.id, elkNodeOf(node, catalog)] as const] : [])));
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
  const root = await elk.layout({
    id: 'root#',
    layoutOptions: groups.length === 0 ? options : { ...options, 'elk.hierarchyHandling': 'INCLUDE_CHILDREN' },
    children: [...groups, ...[...nodes].flatMap(([id, node]) => (grouped.has(id) ? [] : [node]))],
    edges,
  });
  const boxes: { readonly id: string; readonly x: number; readonly y: number; readonly right: number; readonly bottom: number }[] = [];
  const walk = (parent: ElkNode, x: number, y: number): void => {
    for (const child of parent.children ?? []) {
      const at = { x: x + (child.x ?? 0), y: y + (child.y ?? 0) };
      if (child.children === undefined) boxes.push({ id: child.id, ...at, right: at.x + (child.width ?? 0), bottom: at.y + (child.height ?? 0) });
      else walk(child, at.x, at.y);
    }
  };
  walk(root, 0, 0);
  const left = Math.min(...boxes.map((box) => box.x));
  const top = Math.min(...boxes.map((box) => box.y));
  return {
    points: boxes.map((box) => [box.id, box.x - left, box.y - top]),
    width: Math.max(...boxes.map((box) => box.right)) - left,
    height: Math.max(...boxes.map((box) => box.bottom)) - top,
  };
}
