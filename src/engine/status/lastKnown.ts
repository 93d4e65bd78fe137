import type { NodeStatus } from '../../shared/nodeStatus';
import { nodeStates } from '../../shared/nodeStatus';
import type { Target } from '../../shared/plan';
import type { RunEvent } from '../../shared/runEvent';
import { listRuns, readJournal } from '../journal';
import type { Files } from '../ports';
import { oneLine } from './verdict';

/**
 * How the nodes of a workflow did when a run last looked at a target, each stale since that moment: what is left to show
 * while the cluster cannot be reached. Empty when no run of the last few went there. A journal is a file that anyone may
 * have touched, so nothing in it is taken on trust.
 */
export async function lastKnownStatuses(files: Files, workflow: string, isThere: (target: Target) => boolean): Promise<Readonly<Record<string, NodeStatus>>> {
  for (const { runId } of await listRuns(files, workflow)) {
    const journal = await readJournal(files, workflow, runId);
    const started = journal?.events.find((event) => event.type === 'run:started');
    if (journal === undefined || started === undefined || !isThere(started.target)) continue;
    return Object.fromEntries(journal.events.flatMap(statusOf));
  }
  return {};
}

function statusOf(event: RunEvent): [string, NodeStatus][] {
  if (event.type !== 'node:status' || Number.isNaN(Date.parse(event.timestamp))) return [];
  const { state, message, reason, ready, desired } = event.status;
  if (!nodeStates.includes(state) || typeof message !== 'string' || !Number.isFinite(ready) || !Number.isFinite(desired)) return [];
  const why = typeof reason === 'string' ? { reason: oneLine(reason) } : {};
  return [[event.nodeId, { state, message: oneLine(message), ready, desired, ...why, staleSince: event.timestamp }]];
}
