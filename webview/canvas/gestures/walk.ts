import type { ReactFlowInstance } from '@xyflow/react';
import type { KeyboardEvent } from 'react';
import { motionMs } from '../../ui/motion';
import type { FlowEdge, FlowNode } from '../toFlow';
import type { Direction } from './relations';
import { neighbour } from './relations';

const directions: Readonly<Record<string, Direction>> = { ArrowLeft: 'left', ArrowRight: 'right', ArrowUp: 'up', ArrowDown: 'down' };

/** Where an arrow key leads from the card that has the focus; undefined when the key means something else (with Alt, cards are moved). */
export function walkFrom(event: KeyboardEvent): { readonly id: string; readonly direction: Direction } | undefined {
  const direction = directions[event.key];
  if (direction === undefined || event.altKey || event.ctrlKey || event.metaKey) return undefined;
  const id = event.target instanceof Element && event.target.classList.contains('react-flow__node') ? event.target.getAttribute('data-id') : null;
  return id === null ? undefined : { id, direction };
}

/** The card that an arrow key leads to, by what is drawn: a collapsed group is one card. */
export function walkTarget(flow: ReactFlowInstance<FlowNode, FlowEdge>, id: string, direction: Direction): FlowNode | undefined {
  const nodes = flow.getNodes().filter((node) => node.hidden !== true);
  const cards = nodes.map((node) => ({ id: node.id, ...node.position, width: node.width ?? 0, height: node.height ?? 0 }));
  const edges = flow.getEdges().map(({ source, target }) => ({ from: source, to: target }));
  const next = neighbour({ edges }, cards, id, direction);
  return nodes.find((node) => node.id === next);
}

/** Gives a card the focus; one that is not in view, and so perhaps not there, is brought there first. */
export async function focusCard(flow: ReactFlowInstance<FlowNode, FlowEdge>, frame: HTMLElement | null, node: FlowNode): Promise<void> {
  const find = (): HTMLElement | null => frame?.querySelector<HTMLElement>(`.react-flow__node[data-id="${CSS.escape(node.id)}"]`) ?? null;
  const view = frame?.getBoundingClientRect();
  const card = find()?.getBoundingClientRect();
  const isInView =
    view !== undefined && card !== undefined && card.left >= view.left && card.right <= view.right && card.top >= view.top && card.bottom <= view.bottom;
  if (!isInView) {
    const { zoom } = flow.getViewport();
    await flow.setCenter(node.position.x + (node.width ?? 0) / 2, node.position.y + (node.height ?? 0) / 2, { zoom, duration: motionMs(150) });
  }
  find()?.focus();
}
