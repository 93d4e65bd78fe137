import type { Problem } from '../../shared/problem';
import type { RunEvent } from '../../shared/runEvent';
import { isTerminal } from '../../shared/runEvent';
import type { GatePaused } from '../journal';
import { answerPath, appendEvent, journalFromText, journalPath, leaseMs, leasePath, openGates, runIds, takenPath } from '../journal';
import type { Clock, Files } from '../ports';
import { noteRun, versionOfRun } from '../versions/versionFiles';

/**
 * Ends the newest runs that a crash left without an end: each gets one `run:failed`. A run whose lease still holds is
 * alive, in this process or another, and is left alone. Answers which runs it closed.
 */
export async function closeCrashedRuns(files: Files, clock: Clock, workflow: string): Promise<readonly string[]> {
  const closed: string[] = [];
  for (const runId of (await runIds(files, workflow)).slice(0, 100)) {
    const path = journalPath(workflow, runId);
    const text = await files.read(path);
    if (text === undefined) continue;
    const { events } = journalFromText(workflow, runId, text);
    const last = events.at(-1);
    if (last === undefined || events.some(isTerminal) || (await isAlive(files, clock, workflow, runId, last))) continue;
    const nowMs = clock.now();
    const problem = await endOf(files, workflow, runId, events, nowMs);
    if (problem === undefined) continue;
    // Before the journal has an end: after a crash in between, the run is found once more.
    await noteEnd(files, workflow, runId, events);
    // A line that the crash cut was never published, so the number that it bore is free.
    if (!text.endsWith('\n')) await files.append(path, '\n');
    const durationMs = Math.max(0, Date.parse(last.timestamp) - Date.parse(events[0]?.timestamp ?? last.timestamp));
    await appendEvent(files, path, {
      type: 'run:failed',
      runId,
      timestamp: new Date(nowMs).toISOString(),
      sequenceNumber: last.sequenceNumber + 1,
      durationMs,
      problem,
    });
    closed.push(runId);
  }
  return closed;
}

/** Why a run that nobody carries on any more has ended; undefined for one that may still be answered. */
async function endOf(files: Files, workflow: string, runId: string, events: readonly RunEvent[], nowMs: number): Promise<Problem | undefined> {
  const pauses = events.filter((event) => event.type === 'run:paused').length;
  if (events.at(-1)?.type !== 'run:paused' || (await files.read(takenPath({ workflow, runId, pauses }))) !== undefined)
    return { code: 'run.interrupted', args: {}, severity: 'error' };
  let late: GatePaused | undefined;
  for (const gate of openGates(events)) {
    const isOver = gate.expiresAt !== undefined && Date.parse(gate.expiresAt) <= nowMs && gate.timeoutAction !== 'approve';
    // An answer in time stands, also when nobody has gone on with the run yet.
    if (isOver && (await files.read(answerPath(workflow, runId, gate.gateId))) === undefined) late ??= gate;
  }
  return late === undefined ? undefined : { code: 'run.gateTimeout', args: { gate: late.gateId, until: late.expiresAt ?? '' }, severity: 'error' };
}

async function isAlive(files: Files, clock: Clock, workflow: string, runId: string, last: RunEvent): Promise<boolean> {
  const written = Date.parse((await files.read(leasePath(workflow, runId)))?.trim() ?? '');
  const until = Math.max(Number.isNaN(written) ? 0 : written, Date.parse(last.timestamp) + leaseMs);
  return clock.now() < until;
}

/** The version that was run says how its runs ended, also to who has its files and not the journals. */
async function noteEnd(files: Files, workflow: string, runId: string, events: readonly RunEvent[]): Promise<void> {
  const started = events.find((event) => event.type === 'run:started');
  const version = started === undefined ? undefined : await versionOfRun(files, workflow, started);
  if (started !== undefined && version !== undefined) await noteRun(files, version.path, { runId, status: 'failed', target: started.target.label });
}
