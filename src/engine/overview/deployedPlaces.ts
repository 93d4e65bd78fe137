import type { Target } from '../../shared/plan';
import { isTerminal } from '../../shared/runEvent';
import type { RunEvent } from '../../shared/runEvent';
import { readJournal, runIds } from '../journal';
import type { Files } from '../ports';
import { listVersions, readVersionMeta } from '../versions/versionFiles';

/** As many journals are looked at; what ran before that has long been overtaken. */
const limit = 1000;

/**
 * Where a workflow has left something, as far as its journals and versions tell: everywhere it ran and was not wholly deleted from since.
 * Journals are of this machine; of the runs of others the versions name the target.
 */
export async function deployedPlaces(files: Files, workflow: string): Promise<readonly string[]> {
  const places = new Map<string, { readonly label: string; readonly isEmpty: boolean; readonly since: string }>();
  const emptied = new Map<string, string>();
  const known = new Set<string>();
  for (const runId of (await runIds(files, workflow)).slice(0, limit)) {
    known.add(runId);
    const journal = await readJournal(files, workflow, runId);
    const started = journal?.events.find((event) => event.type === 'run:started');
    if (journal === undefined || started === undefined) continue;
    const isEmpty = tookAll(journal.events);
    const { label } = started.target;
    // The newest run of a place counts. Ids tell seconds only, and two runs may begin in one.
    const key = placeKey(started.target);
    const since = started.timestamp;
    if (since > (places.get(key)?.since ?? '')) places.set(key, { label: `${label}, ${started.target.namespace}`, isEmpty, since });
    if (isEmpty && !emptied.has(label)) emptied.set(label, runId);
  }
  const found = new Set([...places.values()].flatMap(({ label, isEmpty }) => (isEmpty ? [] : [label])));
  for (const { path } of await listVersions(files, workflow))
    for (const { runId, target } of (await readVersionMeta(files, path)).runs) if (!known.has(runId) && runId > (emptied.get(target) ?? '')) found.add(target);
  return [...found].sort();
}

function placeKey({ clusterUid, namespace }: Target): string {
  return `${clusterUid}/${namespace}`;
}

/** A deletion that ended well and left nothing running. */
function tookAll(events: readonly RunEvent[]): boolean {
  const started = events.find((event) => event.type === 'run:started');
  return started?.asked?.purpose === 'delete' && started.counts['left-running'] === 0 && events.find(isTerminal)?.type === 'run:completed';
}
