import type { NodeState } from '../../src/shared/nodeStatus';
import { stateWord } from '../canvas/nodes/statusWords';
import type { CanvasSession } from '../bridge/canvasSession';
import type { Frames } from '../bridge/frames';

/** How long changes are gathered before they are said: a rollout must not talk without end. */
const gatherMs = 1500;
/** More changes than this are said as a sum. */
const maxNamed = 3;

/** Says to screen readers which nodes changed their state, gathered over a moment. Returns the way to stop. */
export function announceStates(session: CanvasSession, frames: Frames): () => void {
  const { statuses } = session.runs.getState();
  const ids = (): readonly string[] => session.documents.getState().workflow.nodes.map((node) => node.id);
  const said = new Map<string, NodeState | undefined>(ids().map((id) => [id, statuses.get(id)?.state]));
  let waiting = false;
  return statuses.subscribeAll(() => {
    if (waiting) return;
    waiting = true;
    frames.after(gatherMs, () => {
      waiting = false;
      const changed = ids().flatMap((id) => {
        const state = statuses.get(id)?.state;
        if (state === said.get(id)) return [];
        said.set(id, state);
        return state === undefined ? [] : [{ id, state }];
      });
      if (changed.length === 0) return;
      const counts = statuses.counts(ids());
      session.ui.getState().announce(
        changed.length <= maxNamed
          ? changed.map(({ id, state }) => `${id}: ${stateWord(state, session.text)}`).join(', ')
          : session.text(
              '{0} of {1} healthy',
              counts.healthy,
              Object.values(counts).reduce((sum, count) => sum + count, 0),
            ),
      );
    });
  });
}
