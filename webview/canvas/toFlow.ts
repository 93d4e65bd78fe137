import type { Edge, Node, NodeHandle } from '@xyflow/react';
import { Position } from '@xyflow/react';
import type { Catalog, CatalogKind } from '../../src/shared/catalog';
import { kindOf } from '../../src/shared/catalog';
import type { JsonObject, JsonValue } from '../../src/shared/json';
import { sameJson } from '../../src/shared/json';
import type { NodeCard } from '../../src/shared/nodeCard';
import { nodeCard } from '../../src/shared/nodeCard';
import type { WorkflowEdge, WorkflowNode } from '../../src/shared/workflow';
import { edgeKey } from '../../src/shared/workflow';
import type { DocumentState } from '../store/documentStore';
import { positionOf, relationOf } from '../store/documentStore';
import type { Text } from '../ui/texts';
import { textFrom } from '../ui/texts';
import { drawnRelation } from './edges/edgeLooks';
import { reasonId } from './edges/EdgeBreak';

/** What a card knows of its node. Live status is no part of it: a status must never make the graph anew. */
export interface CardData extends Record<string, unknown> {
  readonly node: WorkflowNode;
  readonly kind: CatalogKind | undefined;
  readonly card: NodeCard;
  /** What relations say of the node, from which its card follows as well. */
  readonly derived: JsonObject | undefined;
  readonly errors: number;
  readonly warnings: number;
  /** Whether any kind of this catalog may connect to it. */
  readonly takesEdges: boolean;
  /** Of the card that stands for a collapsed group. */
  readonly group?: { readonly id: string; readonly label: string; readonly members: readonly string[] };
}

export type FlowNode = Node<CardData, CardFamily>;

export interface EdgeData extends Record<string, unknown> {
  readonly relation: string | undefined;
  readonly label: string;
}

export type FlowEdge = Edge<EdgeData, string>;

export const cardFamilies = ['workload', 'service', 'ingress', 'configuration', 'policy', 'gate', 'general', 'group'] as const;
export type CardFamily = (typeof cardFamilies)[number];

const familyOfKind: ReadonlyMap<string, CardFamily> = new Map([
  ['Deployment', 'workload'],
  ['StatefulSet', 'workload'],
  ['DaemonSet', 'workload'],
  ['ReplicaSet', 'workload'],
  ['Pod', 'workload'],
  ['Job', 'workload'],
  ['CronJob', 'workload'],
  ['Service', 'service'],
  ['Ingress', 'ingress'],
  ['ConfigMap', 'configuration'],
  ['Secret', 'configuration'],
  ['PersistentVolumeClaim', 'configuration'],
  ['NetworkPolicy', 'policy'],
  ['PodDisruptionBudget', 'policy'],
  ['Gate', 'gate'],
]);

/** Which card component draws a node. */
export function familyOf(kind: CatalogKind | undefined): CardFamily {
  return kind === undefined ? 'general' : (familyOfKind.get(kind.kind) ?? 'general');
}

export const handleSize = 12;

/** Handles with their places, so that edges are drawn and nodes culled before any card was mounted. */
function flowHandles(card: NodeCard): NodeHandle[] {
  const square = { width: handleSize, height: handleSize };
  const target: NodeHandle = { type: 'target', position: Position.Left, x: -handleSize / 2, y: card.targetY - handleSize / 2, ...square };
  return [
    target,
    ...card.sources.map((source) => ({
      ...(source.id === undefined ? {} : { id: source.id }),
      type: 'source' as const,
      position: Position.Right,
      x: card.width - handleSize / 2,
      y: source.y - handleSize / 2,
      ...square,
    })),
  ];
}

function sameCard(a: NodeCard, b: NodeCard): boolean {
  return sameJson(a as unknown as JsonValue, b as unknown as JsonValue);
}

function takers(catalog: Catalog): ReadonlySet<string> {
  return new Set(catalog.kinds.flatMap((kind) => kind.relations.flatMap((rule) => rule.to)));
}

type View = Pick<DocumentState, 'workflow' | 'confirmed' | 'catalog'>;

/**
 * The nodes to draw. `previous` are those drawn now: their selection, and the place of one that is being dragged, stay;
 * one that did not change is the same object, so that nothing draws it again.
 */
export function toFlowNodes(view: View, previous: readonly FlowNode[], text: Text = textFrom({})): FlowNode[] {
  const before = new Map(previous.map((node) => [node.id, node]));
  const takeable = takers(view.catalog);
  const errors = new Map<string, number>();
  const warnings = new Map<string, number>();
  for (const problem of view.confirmed.problems) {
    const counts = problem.severity === 'error' ? errors : problem.severity === 'warning' ? warnings : undefined;
    if (problem.nodeId !== undefined) counts?.set(problem.nodeId, (counts.get(problem.nodeId) ?? 0) + 1);
  }
  const { derived } = view.confirmed;
  return view.workflow.nodes.map((node) => {
    const kind = kindOf(view.catalog, node.type);
    const [x, y] = positionOf(view, node.id);
    const old = before.get(node.id);
    const own = Object.hasOwn(derived, node.id) ? derived[node.id] : undefined;
    const sameDerived = old !== undefined && sameJson(old.data.derived, own);
    const card = sameDerived && old.data.node === node && old.data.kind === kind ? old.data.card : nodeCard(node, kind, own);
    const data: CardData = {
      node,
      kind,
      card: old !== undefined && sameCard(old.data.card, card) ? old.data.card : card,
      derived: sameDerived ? old.data.derived : own,
      errors: errors.get(node.id) ?? 0,
      warnings: warnings.get(node.id) ?? 0,
      takesEdges: takeable.has(node.type),
    };
    const sameData = old !== undefined && (Object.keys(data) as (keyof CardData)[]).every((key) => Object.is(old.data[key], data[key]));
    if (old !== undefined && old.dragging === true) return sameData ? old : { ...old, data };
    if (sameData && old.position.x === x && old.position.y === y) return old;
    return {
      id: node.id,
      type: familyOf(kind),
      position: { x, y },
      width: data.card.width,
      height: data.card.height,
      handles: old !== undefined && old.data.card === data.card && old.handles !== undefined ? old.handles : flowHandles(data.card),
      data: sameData ? old.data : data,
      selected: old?.selected ?? false,
      // The name a screen reader says is composed of what the card shows, the live status included.
      domAttributes: { 'aria-labelledby': `kind-${node.id} name-${node.id} status-${node.id}`, 'aria-roledescription': text('node') },
      ...(old?.measured === undefined ? {} : { measured: { width: data.card.width, height: data.card.height } }),
    };
  });
}

/** The source handle an edge is drawn from: the one it names, else the card's first. */
function drawnHandle(edge: WorkflowEdge, card: NodeCard | undefined): string | null {
  const named = card?.sources.find((source) => source.id !== undefined && source.id === edge.handle);
  return (named ?? card?.sources[0])?.id ?? null;
}

/** The edges to draw; those that lead to no node have no place on a canvas and show among the problems. */
export function toFlowEdges(view: View, nodes: readonly FlowNode[], previous: readonly FlowEdge[], text: Text): FlowEdge[] {
  const cards = new Map(nodes.map((node) => [node.id, node.data.card]));
  const kinds = new Map(nodes.map((node) => [node.id, node.data.kind]));
  const before = new Map(previous.map((edge) => [edge.id, edge]));
  const seen = new Set<string>();
  return view.workflow.edges.flatMap((edge) => {
    const id = edgeKey(edge);
    if (!cards.has(edge.from) || !cards.has(edge.to) || seen.has(id)) return [];
    seen.add(id);
    const relation = relationOf(view, edge);
    const rule = kinds.get(edge.from)?.relations.find((candidate) => candidate.relation === relation);
    const word = rule?.label ?? relation ?? text('unknown relation');
    const how = edge.as === 'env' ? text('env') : edge.mountPath;
    const label = how === undefined ? word : `${word} · ${how}`;
    const sourceHandle = drawnHandle(edge, cards.get(edge.from));
    const old = before.get(id);
    if (
      old?.data !== undefined &&
      old.source === edge.from &&
      old.data.relation === relation &&
      old.data.label === label &&
      (old.sourceHandle ?? null) === sourceHandle
    )
      return old;
    return {
      id,
      type: drawnRelation(relation),
      source: edge.from,
      target: edge.to,
      sourceHandle,
      targetHandle: null,
      data: { relation, label },
      selected: old?.selected ?? false,
      ariaLabel: text('{0} {1} {2}', edge.from, label, edge.to),
      domAttributes: { 'aria-describedby': reasonId(id), 'aria-roledescription': text('edge') },
    };
  });
}
