import { appendFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import type { PreparedPlan } from '../engine/index';
import type { Secrets } from '../engine/ports';
import { nodeFiles } from '../node/nodeFiles';
import type { ApprovalClass } from '../shared/plan';
import { approvalClasses, hasChanges, isBlocked } from '../shared/plan';
import type { RunEvent } from '../shared/runEvent';
import { durationMs, oneOf } from './args';
import type { ExitCode } from './exitCodes';
import { exitCodes } from './exitCodes';
import type { Invocation } from './invocation';
import { exitCodeOf } from './outcome';
import { plainLine } from './printers/plainText';
import { planText } from './printers/plan';
import { runEventText } from './printers/run';
import type { ConnectedTarget } from './target';
import type { WorkflowFile } from './workflowFile';

export interface RunOptions {
  readonly yes?: true;
  readonly approve?: string;
  readonly allow: readonly ApprovalClass[];
  readonly timeout: number;
  readonly journal?: string;
  readonly output: 'text' | 'ndjson';
}

/** Adds the options that say what a run may do without being asked, and where it is told. */
export function withRunOptions(command: Command): Command {
  return command
    .option('--yes', 'accept every change that destroys nothing')
    .option('--approve <digest>', 'accept exactly the plan with this digest, whatever it does')
    .option('--allow <classes>', `accept more with --yes: ${approvalClasses.join(', ')}; separated by commas`, classes, [])
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
  readonly options: RunOptions;
  readonly wait: boolean;
}

/** Shows the plan, asks where a person sits, and carries it out. Exit code 3 when nobody accepted it. */
export async function acceptAndRun(run: CliRun): Promise<ExitCode> {
  const { invocation, prepared, options } = run;
  const text = planText(prepared.plan, invocation.colours && options.output === 'text');
  await (options.output === 'text' ? invocation.out(text) : invocation.err(text));
  return (await isAccepted(invocation, prepared, options)) ? carryOut(run) : exitCodes.gate;
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

async function carryOut({ invocation, file, connected, prepared, secrets, options, wait }: CliRun): Promise<ExitCode> {
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
    triggeredBy: 'cli',
    allow: options.allow,
    ...(options.approve === undefined ? {} : { approvedDigest: options.approve }),
    wait,
    timeoutMs: options.timeout,
    ...(journal === undefined ? {} : { alsoAppend: (line: string) => appendFile(journal, line) }),
    signal: invocation.signal,
  });
  let answer: ExitCode = exitCodes.failed;
  for await (const event of events) {
    const text = options.output === 'ndjson' ? `${JSON.stringify(event)}\n` : runEventText(event, invocation.colours);
    if (text !== undefined) await invocation.out(text);
    answer = exitCodeAfter(event, wait) ?? answer;
  }
  return answer;
}

function exitCodeAfter(event: RunEvent, waited: boolean): ExitCode | undefined {
  if (event.type === 'run:completed') return waited && !event.ready ? exitCodes.pending : exitCodes.done;
  if (event.type === 'run:cancelled') return exitCodes.cancelled;
  return event.type === 'run:failed' ? exitCodeOf(event.problem) : undefined;
}
