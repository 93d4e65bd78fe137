import type { NodeStatus } from '../../src/shared/nodeStatus';
import type { RunEvent } from '../../src/shared/runEvent';
import { lineOfProgress, lineOfStatus } from '../canvas/nodes/statusWords';
import type { NodeProgress } from '../store/runStore';
import { isActive, runAfter } from '../store/runStore';
import type { CardMark } from '../store/session';
import type { Text } from '../ui/texts';

/** What the cards say after these events of a run: how far it had come with each node, and what was seen of it by then. */
export function replayMarks(nodeIds: readonly string[], events: readonly RunEvent[], text: Text): ReadonlyMap<string, CardMark> {
  const run = runAfter(null, events);
  const statuses = new Map<string, NodeStatus>();
  for (const event of events) if (event.type === 'node:status') statuses.set(event.nodeId, event.status);
  const found = new Map<string, CardMark>();
  for (const id of nodeIds) {
    const progress = run === null || !Object.hasOwn(run.nodes, id) ? undefined : run.nodes[id];
    const mark = markOf(progress, statuses.get(id), isActive(run), text);
    if (mark !== undefined) found.set(id, mark);
  }
  return found;
}

function markOf(progress: NodeProgress | undefined, status: NodeStatus | undefined, active: boolean, text: Text): CardMark | undefined {
  if (progress?.phase === 'skipped' && progress.reason === 'unchanged') return { icon: 'check', tone: 'quiet', label: text('Unchanged'), detail: '' };
  const isMade = progress?.phase === 'applied' || progress?.phase === 'ready';
  if (isMade && status === undefined) return { icon: 'check', tone: 'good', label: text('Applied'), detail: '' };
  // What a run was doing when it ended is told as it was, and not as going on.
  const line = isMade && status !== undefined ? lineOfStatus(status, text) : lineOfProgress(progress, active || progress !== undefined, text);
  return line === undefined ? undefined : { icon: line.icon, tone: line.tone, label: line.label, detail: line.detail };
}
