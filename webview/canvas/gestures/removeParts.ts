import type { CanvasSession } from '../../bridge/canvasSession';
import type { WorkflowEdge } from '../../../src/shared/workflow';
import type { WorkflowEdit } from '../../../src/shared/workflowEdit';
import { removeEdit } from '../fromFlow';
import { bridgingEdges } from '../splicing';
import { referrers } from './relations';

const connects = (edges: readonly WorkflowEdge[]): readonly WorkflowEdit[] => edges.map((edge) => ({ type: 'connect', edge }));

const pairs = (edges: readonly WorkflowEdge[]): string => edges.map(({ from, to }) => `${from} → ${to}`).join(', ');

/** Removes nodes with their edges, and further edges, in one step. False when there was nothing to remove, or it was refused. */
export function removeParts(session: CanvasSession, nodeIds: readonly string[], edgeIds: readonly string[]): boolean {
  const { workflow, catalog } = session.documents.getState();
  const edit = removeEdit(workflow, nodeIds, edgeIds);
  const losers = referrers(workflow, nodeIds);
  const bridges = bridgingEdges(nodeIds, workflow, catalog);
  if (edit === undefined || !session.edit(edit)) return false;
  const { text } = session;
  const ui = session.ui.getState();
  const removed = nodeIds.length > 0 ? text('Removed {0}', nodeIds.join(', ')) : text('Removed the connection');
  const reconnect = (): void => {
    // What has changed since then may have closed the gap, or taken one of its sides.
    const open = bridges.filter(
      (bridge) =>
        [bridge.from, bridge.to].every((id) => session.documents.getState().workflow.nodes.some((node) => node.id === id)) &&
        !session.documents.getState().workflow.edges.some(({ from, to }) => from === bridge.from && to === bridge.to),
    );
    if (open.length > 0 && session.edit({ type: 'composite', edits: connects(open) })) session.ui.getState().announce(text('Connected {0}', pairs(open)));
  };
  // What others named is told, since they may not work without it; undo brings all of it back.
  if (losers.length > 0)
    ui.notify(
      text('{0}. Still there, and without it now: {1}. Undo brings it back.', removed, losers.join(', ')),
      'info',
      bridges.length === 0
        ? undefined
        : { label: bridges.length === 1 ? text('Connect {0}', pairs(bridges)) : text('Connect {0} pairs', bridges.length), act: reconnect },
    );
  else ui.announce(removed);
  return true;
}

/** Removes nodes, and joins what led to them with what they led to, all in one step. */
export function removeAndReconnect(session: CanvasSession, nodeIds: readonly string[]): boolean {
  const { workflow, catalog } = session.documents.getState();
  const edit = removeEdit(workflow, nodeIds, []);
  const bridges = bridgingEdges(nodeIds, workflow, catalog);
  if (edit === undefined || bridges.length === 0) return removeParts(session, nodeIds, []);
  if (!session.edit({ type: 'composite', edits: [edit, ...connects(bridges)] })) return false;
  session.ui.getState().announce(session.text('Removed {0}, and connected {1}', nodeIds.join(', '), pairs(bridges)));
  return true;
}
