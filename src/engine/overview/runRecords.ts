import type { NodeState } from '../../shared/nodeStatus';
import { nodeStates } from '../../shared/nodeStatus';
import type { Target } from '../../shared/plan';
import type { RunSummary } from '../../shared/runEvent';
import { isTerminal } from '../../shared/runEvent';
import { readJournal, runIds, summaryOf } from '../journal';
import type { Files } from '../ports';

/** What the overview keeps of one run. */
export interface RunRecord {
  readonly summary: RunSummary;
  readonly target: Target;
  /** The last verdict of each node that the run saw. */
  readonly states: ReadonlyMap<string, NodeState>;
  /** When the run wrote last, ISO 8601. */
  readonly lastAt: string;
  /** Its journal has its last line: it need not be read again. */
  readonly ended: boolean;
}

/** As many journals of a workflow as are looked at; older runs are counted by nobody. */
const limit = 1000;

/**
 * All runs of a workflow, newest first. Runs that had ended when `known` was made are taken from there, so that a list that is asked
 * for again and again reads only what is new.
 */
export async function runRecords(files: Files, workflow: string, known: ReadonlyMap<string, RunRecord>): Promise<readonly RunRecord[]> {
  const records: RunRecord[] = [];
  for (const runId of (await runIds(files, workflow)).slice(0, limit)) {
    const before = known.get(runId);
    const record = before?.ended === true ? before : await readRecord(files, workflow, runId);
    if (record !== undefined) records.push(record);
  }
  return records;
}

/** A journal is a file that anyone may have touched: what is no run leaves nothing. */
async function readRecord(files: Files, workflow: string, runId: string): Promise<RunRecord | undefined> {
  const journal = await readJournal(files, workflow, runId);
  const summary = journal === undefined ? undefined : summaryOf(journal);
  const started = journal?.events.find((event) => event.type === 'run:started');
  if (journal === undefined || summary === undefined || started === undefined || Number.isNaN(Date.parse(summary.startedAt))) return undefined;
  const states = new Map<string, NodeState>();
  for (const event of journal.events) if (event.type === 'node:status' && nodeStates.includes(event.status.state)) states.set(event.nodeId, event.status.state);
  const lastAt = journal.events.at(-1)?.timestamp ?? '';
  return {
    summary,
    target: started.target,
    states,
    lastAt: Number.isNaN(Date.parse(lastAt)) ? summary.startedAt : lastAt,
    ended: journal.events.some(isTerminal),
  };
}
