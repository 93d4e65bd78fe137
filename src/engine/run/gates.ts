import type { JsonValue } from '../../shared/json';
import { isJsonObject } from '../../shared/json';
import type { ObjectRef } from '../../shared/kubeObject';
import type { ApprovalClass } from '../../shared/plan';
import { approvalOf } from '../../shared/plan';
import { failure } from '../../shared/problem';
import type { GateAnswer, GateDecision } from '../../shared/runEvent';
import { gateDecisions } from '../../shared/runEvent';
import { runFilePath } from '../journal';
import type { Clock, Files } from '../ports';
import type { PreparedPlan } from '../plan/planWorkflow';
import { textAt } from '../status/verdict';
import type { PausedRun } from './pausedRun';
import { readPausedRun } from './pausedRun';

/** A question that must be answered before a plan's destroying steps are carried out. */
export interface Gate {
  /** Unique in a plan, and part of a file's name. */
  readonly id: string;
  /** Empty for what no node makes any more. */
  readonly nodeId: string;
  readonly approval: ApprovalClass;
  readonly refs: readonly ObjectRef[];
  /** The wave that is not begun before the answer. */
  readonly wave: number;
}

/** The gates of a plan: one for each node that is replaced, one for all deletions, one for all deletions that lose data. */
export function gatesOf(prepared: Pick<PreparedPlan, 'steps'>): readonly Gate[] {
  const gates = new Map<string, Gate>();
  for (const { step } of prepared.steps) {
    const approval = approvalOf(step);
    if (approval === undefined) continue;
    const id = step.nodeId === '' ? approval : `${approval}-${step.nodeId}`;
    const known = gates.get(id);
    gates.set(id, { id, nodeId: step.nodeId, approval, refs: [...(known?.refs ?? []), step.ref], wave: Math.min(known?.wave ?? step.wave, step.wave) });
  }
  return [...gates.values()];
}

function answerPath(workflow: string, runId: string, gateId: string): string {
  return runFilePath(workflow, runId, `gate-${gateId}.json`);
}

/** The answer to a gate of a run; undefined while there is none. */
export async function readAnswer(files: Files, workflow: string, runId: string, gateId: string): Promise<GateAnswer | undefined> {
  const text = await files.read(answerPath(workflow, runId, gateId));
  if (text === undefined) return undefined;
  let found: JsonValue;
  try {
    found = JSON.parse(text) as JsonValue;
  } catch {
    // A file that a crash cut short is no answer; it cannot be told what it would have said.
    return undefined;
  }
  const decision = gateDecisions.find((one) => one === textAt(found, ['decision']));
  const decidedBy = textAt(found, ['decidedBy']);
  if (!isJsonObject(found) || decision === undefined || decidedBy === undefined) return undefined;
  const comment = textAt(found, ['comment']);
  return { decision, decidedBy, decidedAt: textAt(found, ['decidedAt']) ?? '', ...(comment === undefined ? {} : { comment }) };
}

/**
 * Answers a gate of a paused run, once: the same decision again is no error and changes nothing, another one is refused with
 * `run.gateAnswered`. `decidedBy` is who the cluster takes the person for. Throws `run.notPaused`, `run.unknownGate`,
 * `run.gateTimeout`.
 */
export async function resolveGate(
  files: Files,
  clock: Clock,
  question: { readonly workflow: string; readonly runId: string; readonly gateId: string },
  answer: { readonly decision: GateDecision; readonly decidedBy: string; readonly comment?: string },
): Promise<GateAnswer> {
  const { workflow, runId, gateId } = question;
  const paused = await readPausedRun(files, workflow, runId);
  const gate = paused.gates.find((one) => one.gateId === gateId);
  if (gate === undefined) throw failure('run.unknownGate', { run: runId, gate: gateId, gates: paused.gates.map((one) => one.gateId).join(', ') });
  const made: GateAnswer = { ...answer, decidedAt: new Date(clock.now()).toISOString() };
  const before = await readAnswer(files, workflow, runId, gateId);
  if (before === undefined && gate.expiresAt !== undefined && Date.parse(gate.expiresAt) <= clock.now())
    throw failure('run.gateTimeout', { gate: gateId, until: gate.expiresAt });
  if (before === undefined && (await files.createExclusive(answerPath(workflow, runId, gateId), `${JSON.stringify(made)}\n`))) return made;
  const stands = before ?? (await readAnswer(files, workflow, runId, gateId));
  if (stands === undefined) {
    // A crash cut the file short before it said anything.
    await files.replace(answerPath(workflow, runId, gateId), `${JSON.stringify(made)}\n`);
    return made;
  }
  if (stands.decision === answer.decision) return stands;
  throw failure('run.gateAnswered', { gate: gateId, decision: stands.decision, by: stands.decidedBy });
}

/**
 * The decisions that gates of a paused run have, by their ids, while others still wait for theirs; undefined once nothing holds the run any
 * more. A gate whose time is over waits for nobody: the run itself ends with it.
 */
export async function decisionsSoFar(
  files: Files,
  clock: Clock,
  { workflow, runId, gates }: Pick<PausedRun, 'workflow' | 'runId' | 'gates'>,
): Promise<Readonly<Record<string, GateDecision>> | undefined> {
  const made: Record<string, GateDecision> = {};
  let open = 0;
  for (const { gateId, expiresAt } of gates) {
    const answer = await readAnswer(files, workflow, runId, gateId);
    if (answer !== undefined) made[gateId] = answer.decision;
    else if (expiresAt === undefined || Date.parse(expiresAt) > clock.now()) open++;
  }
  return open === 0 ? undefined : made;
}
