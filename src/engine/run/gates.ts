import type { JsonValue } from '../../shared/json';
import { isJsonObject } from '../../shared/json';
import type { ObjectRef } from '../../shared/kubeObject';
import type { ApprovalClass, GateInput } from '../../shared/plan';
import { approvalOf } from '../../shared/plan';
import { failure } from '../../shared/problem';
import type { GateAnswer, GateDecision } from '../../shared/runEvent';
import { gateDecisions } from '../../shared/runEvent';
import type { GatePaused } from '../journal';
import { answerPath } from '../journal';
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
  const values = found['payload'];
  const payload = isJsonObject(values)
    ? Object.fromEntries(Object.entries(values).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])))
    : undefined;
  return {
    decision,
    decidedBy,
    decidedAt: textAt(found, ['decidedAt']) ?? '',
    ...(comment === undefined ? {} : { comment }),
    ...(payload === undefined ? {} : { payload }),
  };
}

/** What a person answers a gate with. */
export interface GivenAnswer extends Omit<GateAnswer, 'decidedAt'> {
  /** Groups of the person, as the cluster knows them. */
  readonly groups?: readonly string[];
}

/** Longest value and comment that an answer keeps, in characters. */
const longestText = 1000;

/**
 * Answers a gate of a paused run, once: the same decision again is no error and changes nothing, another one is refused with
 * `run.gateAnswered`. `decidedBy` is who the cluster takes the person for. Throws `run.notPaused`, `run.unknownGate`,
 * `run.invalidDecision` for an answer that the gate does not ask for, `run.gateAssignee`, `run.gateTimeout`.
 */
export async function resolveGate(
  files: Files,
  clock: Clock,
  question: { readonly workflow: string; readonly runId: string; readonly gateId: string },
  { groups = [], ...answer }: GivenAnswer,
): Promise<GateAnswer> {
  const { workflow, runId, gateId } = question;
  const paused = await readPausedRun(files, workflow, runId);
  const gate = paused.gates.find((one) => one.gateId === gateId);
  if (gate === undefined) throw failure('run.unknownGate', { run: runId, gate: gateId, gates: paused.gates.map((one) => one.gateId).join(', ') });
  const { assignee } = gate;
  if (assignee !== undefined && assignee !== answer.decidedBy && !groups.includes(assignee))
    throw failure('run.gateAssignee', { gate: gateId, assignee, user: answer.decidedBy });
  const wanted = missingIn(gate, answer);
  if (wanted !== undefined) throw failure('run.invalidDecision', { gate: gateId, wanted });
  const made: GateAnswer = { ...answer, decidedAt: new Date(clock.now()).toISOString() };
  const before = (await readAnswer(files, workflow, runId, gateId)) ?? timeoutAnswer(gate, clock.now());
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

/** The answer that a gate gives itself when its time is over and it says so; undefined for every other gate. */
export function timeoutAnswer({ expiresAt, timeoutAction }: GatePaused, nowMs: number): GateAnswer | undefined {
  if (timeoutAction !== 'approve' || expiresAt === undefined || Date.parse(expiresAt) > nowMs) return undefined;
  return { decision: 'approved', decidedBy: 'timeout', decidedAt: expiresAt };
}

/** What an answer to this gate must be and is not, in words; undefined when it is fine. A no is taken by every gate. */
function missingIn(gate: GatePaused, { decision, comment, payload = {} }: GivenAnswer): string | undefined {
  if ((comment ?? '').length > longestText) return `a comment of at most ${String(longestText)} characters`;
  if (gate.gateType === 'review' && (comment ?? '').trim() === '') return 'a comment with the answer';
  if (gate.gateType !== 'input') {
    if (decision === 'input_provided' || Object.keys(payload).length > 0) return 'a yes or a no, and for no values';
    return undefined;
  }
  const inputs = gate.inputs ?? [];
  if (decision === 'rejected') return undefined;
  const names = inputs.map(({ name }) => name);
  if (decision !== 'input_provided') return `values for ${names.join(', ')}`;
  const foreign = Object.keys(payload).find((name) => !names.includes(name));
  if (foreign !== undefined) return `values for ${names.join(', ')} and for no other`;
  return inputs.map((input) => missingValue(input, Object.hasOwn(payload, input.name) ? payload[input.name] : undefined)).find((words) => words !== undefined);
}

function missingValue({ name, required, options }: GateInput, value: string | undefined): string | undefined {
  if (value === undefined || value === '') return required ? `a value for ${name}` : undefined;
  if (value.length > longestText) return `a value for ${name} of at most ${String(longestText)} characters`;
  return options.length === 0 || options.includes(value) ? undefined : `one of ${options.join(', ')} for ${name}`;
}
