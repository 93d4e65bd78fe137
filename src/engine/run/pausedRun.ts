import { failure } from '../../shared/problem';
import type { RunEvent } from '../../shared/runEvent';
import { isTerminal } from '../../shared/runEvent';
import type { GatePaused, Pause } from '../journal';
import { appendEvent, journalPath, openGates, readJournal, takenPath } from '../journal';
import type { Clock, Files } from '../ports';
import type { Version } from '../versions/versionFiles';
import { noteRun, versionOfRun } from '../versions/versionFiles';

type Started = Extract<RunEvent, { type: 'run:started' }>;

/** A run that waits for answers, with all that is needed to go on with it. */
export interface PausedRun {
  readonly runId: string;
  readonly workflow: string;
  readonly started: Started;
  readonly version: Version;
  /** The exact text that was run. */
  readonly text: string;
  /** Of the steps that are left; a plan with another one is another plan. */
  readonly digest: string;
  /** Gates that no event has answered yet. */
  readonly gates: readonly GatePaused[];
  readonly events: readonly RunEvent[];
  /** How often the run has paused, from 1. */
  readonly pauses: number;
}

/** Reads a run that waits at gates. Throws `run.unknown`, `run.notPaused`, and `version.missing` when its version is gone. */
export async function readPausedRun(files: Files, workflow: string, runId: string): Promise<PausedRun> {
  const journal = await readJournal(files, workflow, runId);
  if (journal === undefined) throw failure('run.unknown', { run: runId });
  const { events } = journal;
  const started = events.find((event) => event.type === 'run:started');
  const last = events.at(-1);
  if (started === undefined || last?.type !== 'run:paused') {
    const end = events.find(isTerminal);
    throw failure('run.notPaused', { run: runId, state: end === undefined ? 'running' : end.type.slice('run:'.length) });
  }
  const version = await versionOfRun(files, workflow, started);
  const text = version === undefined ? undefined : await files.read(version.path);
  if (version === undefined || text === undefined) throw failure('version.missing', { version: String(started.version) });
  return {
    runId,
    workflow,
    started,
    version,
    text,
    digest: last.digest,
    gates: openGates(events),
    events,
    pauses: events.filter((event) => event.type === 'run:paused').length,
  };
}

/**
 * Takes the right to go on with a paused run, or to end it: one process has it, once for each pause. Throws
 * `run.notPaused` for the second.
 */
export async function takePausedRun(files: Files, paused: Pause): Promise<void> {
  if (await files.createExclusive(takenPath(paused), '')) return;
  throw failure('run.notPaused', { run: paused.runId, state: 'running' });
}

/** Ends a run that waits, without doing what it asked about. Answers the event that ends it; throws `run.notPaused` as above. */
export async function cancelPausedRun(files: Files, clock: Clock, paused: PausedRun): Promise<RunEvent> {
  await takePausedRun(files, paused);
  const { runId, workflow, started, version, events } = paused;
  const nowMs = clock.now();
  const event: RunEvent = {
    type: 'run:cancelled',
    runId,
    timestamp: new Date(nowMs).toISOString(),
    sequenceNumber: (events.at(-1)?.sequenceNumber ?? 0) + 1,
    durationMs: Math.max(0, nowMs - Date.parse(started.timestamp)),
  };
  await appendEvent(files, journalPath(workflow, runId), event);
  await noteRun(files, version.path, { runId, status: 'cancelled', target: started.target.label });
  return event;
}
