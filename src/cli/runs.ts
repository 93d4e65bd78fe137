import { appendFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import type { GatePaused, PausedRun, PreparedPlan } from '../engine/index';
import type { Secrets } from '../engine/ports';
import { nodeFiles } from '../node/nodeFiles';
import { whoRuns } from '../node/whoRuns';
import type { ApprovalClass } from '../shared/plan';
import { approvalClasses, hasChanges, isBlocked } from '../shared/plan';
import type { GateAnswer, RunEvent } from '../shared/runEvent';
import { durationMs, oneOf } from './args';
import type { ExitCode } from './exitCodes';
import { exitCodes } from './exitCodes';
import type { Invocation } from './invocation';
import { exitCodeOf } from './outcome';
import { planAgain } from './planFile';
import { plainLine } from './printers/plainText';
import { planText } from './printers/plan';
import { runEventText } from './printers/run';
import type { RegistryOptions } from './registries';
import type { SourceOptions } from './sources';
import type { ConnectedTarget } from './target';
import type { WorkflowFile } from './workflowFile';

export interface RunOptions {
  readonly yes?: true;
  readonly approve?: string;
  readonly allow: readonly ApprovalClass[];
  readonly timeout: number;
  readonly gateTimeout?: number;
  readonly waitForLock?: number;
  readonly journal?: string;
  readonly output: 'text' | 'ndjson';
}

/** Adds the options that say what a run may do without being asked, and where it is told. */
export function withRunOptions(command: Command): Command {
  return withEventOptions(
    command
      .option('--yes', 'accept every change that destroys nothing; a run that comes to others pauses before them (exit 3)')
      .option('--approve <digest>', 'accept exactly the plan with this digest, whatever it does')
      .option('--allow <classes>', `accept more with --yes: ${approvalClasses.join(', ')}; separated by commas`, classes, [])
      .option('--wait-for-lock <duration>', 'while another run is going on here, wait for its end so long, then plan', durationMs)
      .option('--gate-timeout <duration>', 'what is not approved within so long is rejected', durationMs),
  );
}

/** Adds the options that say where a run is told and how long it waits. */
export function withEventOptions(command: Command): Command {
  return command
    .option('--timeout <duration>', 'how long to wait, such as 90s or 5m', durationMs, 300_000)
    .option('--journal <file>', 'append every event to this file too')
    .option('-o, --output <format>', 'text or ndjson', oneOf('text', 'ndjson'), 'text');
}

function classes(text: string): readonly ApprovalClass[] {
  return text.split(',').map((word) => {
    const found = approvalClasses.find((one) => one === word.trim());
    if (found === undefined) throw new InvalidArgumentError(`Use some of: ${approvalClasses.join(', ')}.`);
    return found;
  });
}

export interface CliRun {
  readonly invocation: Invocation;
  readonly file: WorkflowFile;
  readonly connected: ConnectedTarget;
  readonly prepared: PreparedPlan;
  readonly secrets: Secrets;
  readonly options: RunOptions & SourceOptions & RegistryOptions;
  readonly wait: boolean;
  /** The run to go on with. */
  readonly resumed?: PausedRun;
}

/**
 * Makes the plan, shows it, asks, and carries it out. With `--wait-for-lock` runs of others are waited for: before the plan, and again when one
 * began between the plan and the run, which is then planned anew.
 */
export async function planAndRun(run: Omit<CliRun, 'prepared'>, plan: () => Promise<PreparedPlan>): Promise<ExitCode> {
  const { invocation, connected, file, options } = run;
  const { cluster, clock, target } = connected;
  const { waitForLock } = await import('../engine/index');
  const untilMs = clock.now() + (options.waitForLock ?? 0);
  for (;;) {
    if (options.waitForLock !== undefined) {
      await waitForLock({
        ...{ cluster, clock, untilMs, workflow: file.parsed.workflow.name, namespace: target.namespace, signal: invocation.signal },
        onWait: ({ runId, by = 'unknown' }) => invocation.err(`Waiting for run ${plainLine(runId)} by ${plainLine(by)} to end.\n`),
      });
    }
    const end = await acceptAndRun({ ...run, prepared: await plan() });
    if (end.locked !== true || clock.now() >= untilMs) return end.code;
  }
}

/** Shows the plan, asks where a person sits, and carries it out. Exit code 3 when nobody accepted it. */
async function acceptAndRun(run: CliRun): Promise<CliRunEnd> {
  const { invocation, prepared, options } = run;
  const text = planText(prepared.plan, invocation.colours && options.output === 'text');
  await (options.output === 'text' ? invocation.out(text) : invocation.err(text));
  if (!(await isAccepted(invocation, prepared, options))) return { code: exitCodes.gate };
  const answer = await carryOut(run);
  return invocation.interactive && options.yes !== true && answer.paused !== undefined ? { code: await askGates(run, answer.paused) } : answer;
}

/** Asks the person at the terminal gate by gate, and goes on with what was answered. No answer leaves the run paused. */
async function askGates(run: CliRun, { runId }: { readonly runId: string }): Promise<ExitCode> {
  const { invocation, file, connected, secrets, options } = run;
  const engine = await import('../engine/index');
  const files = nodeFiles(file.workspaceFolder);
  const workflow = file.parsed.workflow.name;
  const { user, groups } = await connected.cluster.whoAmI(invocation.signal);
  for (const gate of (await engine.readPausedRun(files, workflow, runId)).gates) {
    const answer = await askGate(invocation, gate);
    if (answer === undefined) return exitCodes.gate;
    await engine.resolveGate(files, connected.clock, { workflow, runId, gateId: gate.gateId }, { ...answer, decidedBy: user, groups });
  }
  const resumed = await engine.readPausedRun(files, workflow, runId);
  const prepared = await planAgain(invocation, file, connected, secrets, options, resumed.started.asked ?? {});
  return (await carryOut({ ...run, prepared, resumed })).code;
}

/** Asks about one gate, and for what its answer needs; undefined for neither yes nor no. */
async function askGate(invocation: Invocation, gate: GatePaused): Promise<Pick<GateAnswer, 'decision' | 'comment' | 'payload'> | undefined> {
  const { gateId, gateType, message, inputs = [] } = gate;
  const question = `${gateType === 'input' ? 'Answer' : 'Approve'} gate ${plainLine(gateId)}${message === undefined ? '' : ` (${plainLine(message)})`}?`;
  const words = (await invocation.ask(`${question} [yes/no, anything else waits] `)).trim().toLowerCase();
  if (words !== 'yes' && words !== 'no') return undefined;
  const decision = words === 'no' ? 'rejected' : gateType === 'input' ? 'input_provided' : 'approved';
  if (gateType === 'review') return { decision, comment: (await invocation.ask('Comment: ')).trim() };
  if (decision !== 'input_provided') return { decision };
  const payload: Record<string, string> = {};
  for (const { name, label, options } of inputs) {
    const value = (await invocation.ask(`${plainLine(label)}${options.length === 0 ? '' : ` [${options.map(plainLine).join('/')}]`}: `)).trim();
    if (value !== '') payload[name] = value;
  }
  return { decision, payload };
}

/** Who reads events gets an end, also of a run that was cancelled before it had begun. Throws what is no cancel. */
export async function endOfCancelled(invocation: Invocation, connected: ConnectedTarget, options: RunOptions, error: unknown): Promise<ExitCode> {
  if (!invocation.signal.aborted || options.output !== 'ndjson') throw error;
  const engine = await import('../engine/index');
  const timestamp = new Date(connected.clock.now()).toISOString();
  const cancelled: RunEvent = { runId: engine.newRunId(connected.clock), timestamp, sequenceNumber: 1, type: 'run:cancelled', durationMs: 0 };
  await invocation.out(`${JSON.stringify(cancelled)}\n`);
  return exitCodes.cancelled;
}

/** A plan that changes nothing, or that cannot be run, needs no word from a person: the run itself says so. */
async function isAccepted(invocation: Invocation, prepared: PreparedPlan, options: RunOptions): Promise<boolean> {
  const { plan } = prepared;
  if (options.yes === true || options.approve !== undefined || !hasChanges(plan) || isBlocked(plan)) return true;
  if (!invocation.interactive) {
    await invocation.err('Nothing was applied. Add --yes to accept changes that destroy nothing, or --approve with the digest above.\n');
    return false;
  }
  const answer = await invocation.ask(`Apply this to ${plainLine(plan.target.label)}, namespace ${plainLine(plan.target.namespace)}? [y/N] `);
  return /^y(es)?$/i.test(answer.trim());
}

/** How a run, or a part of it, ended: `paused` is its last event when it waits for answers. */
export interface CliRunEnd {
  readonly code: ExitCode;
  readonly paused?: Extract<RunEvent, { type: 'run:paused' }>;
  /** Another run held the lock, so this one did nothing. */
  readonly locked?: true;
}

export async function carryOut({ invocation, file, connected, prepared, secrets, options, wait, resumed }: CliRun): Promise<CliRunEnd> {
  const engine = await import('../engine/index');
  const { cluster, clock, logger } = connected;
  const journal = options.journal === undefined ? undefined : resolve(invocation.workingFolder, options.journal);
  const events = engine.runPlan({
    cluster,
    clock,
    files: nodeFiles(file.workspaceFolder),
    logger,
    secrets,
    prepared,
    workflow: file.parsed.workflow,
    text: file.text,
    by: whoRuns(),
    triggeredBy: 'cli',
    allow: options.allow,
    ...(options.approve === undefined ? {} : { approvedDigest: options.approve }),
    ...(resumed === undefined ? {} : { resumed }),
    ...(options.gateTimeout === undefined ? {} : { gateTimeoutMs: options.gateTimeout }),
    wait,
    timeoutMs: options.timeout,
    ...(journal === undefined ? {} : { alsoAppend: (line: string) => appendFile(journal, line) }),
    signal: invocation.signal,
  });
  let code: ExitCode = exitCodes.failed;
  let paused: CliRunEnd['paused'];
  let locked = false;
  for await (const event of events) {
    const text = options.output === 'ndjson' ? `${JSON.stringify(event)}\n` : runEventText(event, invocation.colours);
    if (text !== undefined) await invocation.out(text);
    code = exitCodeAfter(event, wait) ?? code;
    if (event.type === 'run:paused') paused = event;
    if (event.type === 'run:failed' && event.problem.code === 'run.locked') locked = true;
  }
  return { ...(locked ? { locked } : {}), code, ...(paused === undefined ? {} : { paused }) };
}

function exitCodeAfter(event: RunEvent, waited: boolean): ExitCode | undefined {
  if (event.type === 'run:paused') return exitCodes.gate;
  // What an answer left out is a change that is still pending.
  if (event.type === 'run:completed') return (waited && !event.ready) || event.leftOut !== undefined ? exitCodes.pending : exitCodes.done;
  if (event.type === 'run:cancelled') return exitCodes.cancelled;
  return event.type === 'run:failed' ? exitCodeOf(event.problem) : undefined;
}
