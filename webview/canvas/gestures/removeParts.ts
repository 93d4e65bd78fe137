import type { CanvasSession } from '../../bridge/canvasSession';
import { removeEdit } from '../fromFlow';
import { referrers } from './relations';

/** Removes nodes with their edges, and further edges, in one step. False when there was nothing to remove, or it was refused. */
export function removeParts(session: CanvasSession, nodeIds: readonly string[], edgeIds: readonly string[]): boolean {
  const { workflow } = session.documents.getState();
  const edit = removeEdit(workflow, nodeIds, edgeIds);
  const losers = referrers(workflow, nodeIds);
  if (edit === undefined || !session.edit(edit)) return false;
  const ui = session.ui.getState();
  const removed = nodeIds.length > 0 ? session.text('Removed {0}', nodeIds.join(', ')) : session.text('Removed the connection');
  // What others named is told, since they may not work without it; undo brings all of it back.
  if (losers.length > 0) ui.notify(session.text('{0}. Still there, and without it now: {1}. Undo brings it back.', removed, losers.join(', ')), 'info');
  else ui.announce(removed);
  return true;
}
