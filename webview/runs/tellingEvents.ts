import type { RunEvent } from '../../src/shared/runEvent';

/** The events worth a line: that a node was begun is news only until something more is known of it. */
export function tellingEvents(events: readonly RunEvent[]): readonly RunEvent[] {
  const known = new Set<string>();
  const told: RunEvent[] = [];
  for (const event of events.toReversed()) {
    // What it costs stands with the nodes of the run.
    if (event.type === 'cost:updated') continue;
    if (event.type === 'node:started' && known.has(event.nodeId)) continue;
    if ('nodeId' in event) known.add(event.nodeId);
    told.push(event);
  }
  // What a node was before the run reached it is no news of the run.
  const reached = new Set<string>();
  return told.toReversed().filter((event) => {
    if (event.type === 'node:status') return reached.has(event.nodeId) || event.status.state === 'error';
    if ('nodeId' in event) reached.add(event.nodeId);
    return true;
  });
}
