import { problemText } from '../shared/problem';
import type { JournalDamage, RunEvent, RunStatus, RunSummary } from '../shared/runEvent';
import { isPartial, isTerminal } from '../shared/runEvent';
import { eventFromLine } from './journalEvent';
import type { Clock, Files } from './ports';

/**
 * Run journals: one event a line in `.kubeorch/runs/<workflow>/<run>.ndjson`, kept out of git. An event is appended before
 * anyone hears of it, so the file is never behind what was shown.
 */
const runsFolder = '.kubeorch/runs';

/** A running run writes until when it will certainly write again; a run is left over when that time has passed. */
export const leaseMs = 30_000;

export function journalPath(workflow: string, runId: string): string {
  return `${runsFolder}/${workflow}/${runId}.ndjson`;
}

/** A file beside a run's journal. */
export function runFilePath(workflow: string, runId: string, suffix: string): string {
  return `${runsFolder}/${workflow}/${runId}.${suffix}`;
}

/** The file that says until when a run certainly writes again. */
export function leasePath(workflow: string, runId: string): string {
  return runFilePath(workflow, runId, 'lease');
}

/** The file that is made, exclusively, with the answer to a gate of a run. */
export function answerPath(workflow: string, runId: string, gateId: string): string {
  return runFilePath(workflow, runId, `gate-${gateId}.json`);
}

/** One of the pauses of a run, from 1. */
export interface Pause {
  readonly workflow: string;
  readonly runId: string;
  readonly pauses: number;
}

/** The file that a process makes, exclusively, to go on after a pause. */
export function takenPath({ workflow, runId, pauses }: Pause): string {
  return runFilePath(workflow, runId, `resumed-${String(pauses)}`);
}

export type GatePaused = Extract<RunEvent, { type: 'human_gate:paused' }>;

/** Of the events of a run, its gates without an answer. */
export function openGates(events: readonly RunEvent[]): readonly GatePaused[] {
  const answered = new Set(events.flatMap((event) => (event.type === 'human_gate:resumed' ? [event.gateId] : [])));
  return events.filter((event): event is GatePaused => event.type === 'human_gate:paused' && !answered.has(event.gateId));
}

/** The workflow that a run is of; undefined when there is no such run. */
export async function workflowOfRun(files: Files, runId: string): Promise<string | undefined> {
  if (!/^[a-z0-9-]+$/.test(runId)) return undefined;
  for (const { name, folder } of await files.list(runsFolder)) {
    if (folder && (await files.list(`${runsFolder}/${name}`)).some((entry) => entry.name === `${runId}.ndjson`)) return name;
  }
  return undefined;
}

/** Workflows that have journals of runs, in the order of their names. */
export async function workflowsWithRuns(files: Files): Promise<readonly string[]> {
  return (await files.list(runsFolder)).flatMap(({ name, folder }) => (folder ? [name] : [])).sort();
}

/** Sorts by time as text; the tail tells runs of one second apart. */
export function newRunId(clock: Clock): string {
  const random = crypto.getRandomValues.bind(crypto);
  const tail = new Uint8Array(3);
  random(tail);
  const stamp = new Date(clock.now())
    .toISOString()
    .replace(/[-:]/g, '')
    .replace(/\.\d+Z$/, 'Z')
    .toLowerCase();
  return `${stamp}-${[...tail].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

/** Resolves when the event has reached the disk. */
export async function appendEvent(files: Files, path: string, event: RunEvent): Promise<void> {
  await files.append(path, `${JSON.stringify(event)}\n`);
}

/** Resolves when all of them have reached the disk. */
export async function appendEvents(files: Files, path: string, events: readonly RunEvent[]): Promise<void> {
  await files.append(path, events.map((event) => `${JSON.stringify(event)}\n`).join(''));
}

/** Makes sure that journals do not end up in a commit by accident. */
export async function hideRunsFromGit(files: Files): Promise<void> {
  await files.createExclusive(`${runsFolder}/.gitignore`, '*\n');
}

export async function writeLease(files: Files, clock: Clock, workflow: string, runId: string): Promise<void> {
  await files.replace(leasePath(workflow, runId), `${new Date(clock.now() + leaseMs).toISOString()}\n`);
}

export interface Journal {
  readonly runId: string;
  readonly workflow: string;
  readonly events: readonly RunEvent[];
  /** Lines that are no event, such as one that a crash cut in two. */
  readonly damagedLines: number;
  /** The first of them. */
  readonly damage?: JournalDamage;
}

/** Undefined when there is no such run. Damaged lines are left out, counted, and the first one is told. */
export async function readJournal(files: Files, workflow: string, runId: string): Promise<Journal | undefined> {
  const text = await files.read(journalPath(workflow, runId));
  return text === undefined ? undefined : journalFromText(workflow, runId, text);
}

export function journalFromText(workflow: string, runId: string, text: string): Journal {
  const events: RunEvent[] = [];
  let damagedLines = 0;
  let damage: JournalDamage | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    if (line === '') continue;
    const read = eventFromLine(line);
    if ('event' in read) events.push(read.event);
    else {
      damagedLines += 1;
      damage ??= { file: journalPath(workflow, runId), line: index + 1, field: read.wrong };
    }
  }
  return { runId, workflow, events, damagedLines, ...(damage !== undefined && { damage }) };
}

/** The line of a list that this journal makes; undefined for one without a beginning. */
export function summaryOf(journal: Journal): RunSummary | undefined {
  const started = journal.events.find((event) => event.type === 'run:started');
  if (started === undefined) return undefined;
  const end = journal.events.find(isTerminal);
  const error = end?.type === 'run:failed' ? problemText(end.problem) : undefined;
  return {
    runId: journal.runId,
    workflow: journal.workflow,
    version: started.version,
    status: end !== undefined ? statusOf(end.type) : journal.events.at(-1)?.type === 'run:paused' ? 'paused' : 'running',
    target: started.target.label,
    startedAt: started.timestamp,
    ...(end !== undefined && 'durationMs' in end ? { durationMs: end.durationMs } : {}),
    ...(error === undefined ? {} : { error }),
    ...(end !== undefined && isPartial(end) ? { partial: true as const } : {}),
    ...(journal.damage !== undefined && { damage: journal.damage }),
  };
}

function statusOf(type: RunEvent['type']): RunStatus {
  if (type === 'run:completed') return 'completed';
  return type === 'run:cancelled' ? 'cancelled' : 'failed';
}

/** Runs of a workflow, newest first; `limit` is 10 when not given and never more than 100. */
export async function listRuns(files: Files, workflow: string, limit = 10): Promise<readonly RunSummary[]> {
  const ids = await runIds(files, workflow);
  const found: RunSummary[] = [];
  for (const runId of ids.slice(0, Math.max(0, Math.min(limit, 100)))) {
    const journal = await readJournal(files, workflow, runId);
    const summary = journal === undefined ? undefined : summaryOf(journal);
    if (summary !== undefined) found.push(summary);
  }
  return found;
}

/** Newest first. */
export async function runIds(files: Files, workflow: string): Promise<readonly string[]> {
  const names = await files.list(`${runsFolder}/${workflow}`);
  return names
    .filter((entry) => !entry.folder && entry.name.endsWith('.ndjson'))
    .map((entry) => entry.name.slice(0, -'.ndjson'.length))
    .sort()
    .reverse();
}
