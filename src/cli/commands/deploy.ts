import { appendFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import type { PreparedPlan } from '../../engine/index';
import type { Secrets } from '../../engine/ports';
import { nodeFiles } from '../../node/nodeFiles';
import { hasChanges, isBlocked } from '../../shared/plan';
import type { RunEvent } from '../../shared/runEvent';
import { durationMs, oneOf } from '../args';
import type { ExitCode } from '../exitCodes';
import { exitCodes } from '../exitCodes';
import type { Invocation, Run } from '../invocation';
import { exitCodeOf } from '../outcome';
import type { SecretOptions } from '../planFile';
import { planFile, refuseErrors, secretsOf, withSecretOptions } from '../planFile';
import { plainLine } from '../printers/plainText';
import { planText } from '../printers/plan';
import { runEventText } from '../printers/run';
import type { SourceOptions } from '../sources';
import { withSourceOptions } from '../sources';
import type { ConnectedTarget, TargetOptions } from '../target';
import { connectTarget, withTargetOptions } from '../target';
import type { WorkflowFile } from '../workflowFile';
import { readWorkflowFile } from '../workflowFile';

const approvals = ['replace', 'prune', 'data-loss'] as const;

interface Options extends TargetOptions, SecretOptions, SourceOptions {
  readonly yes?: true;
  readonly approve?: string;
  readonly allow: readonly (typeof approvals)[number][];
  readonly wait?: true;
  readonly createNamespace?: true;
  readonly timeout: number;
  readonly journal?: string;
  readonly output: 'text' | 'ndjson';
}

export function deployCommand(run: Run): Command {
  return withSecretOptions(withSourceOptions(withTargetOptions(new Command('deploy'))))
    .description('plan, ask, and carry the plan out')
    .argument('<file>', 'workflow file')
    .option('--yes', 'accept every change that destroys nothing')
    .option('--approve <digest>', 'accept exactly the plan with this digest, whatever it does')
    .option('--allow <classes>', `accept more with --yes: ${approvals.join(', ')}; separated by commas`, classes, [])
    .option('--create-namespace', 'make the namespaces that the workflow needs and nothing in it makes, before the plan')
    .option('--wait', 'go on until workloads are healthy')
    .option('--timeout <duration>', 'how long to wait, such as 90s or 5m', durationMs, 300_000)
    .option('--journal <file>', 'append every event to this file too')
    .option('-o, --output <format>', 'text or ndjson', oneOf('text', 'ndjson'), 'text')
    .action((file: string, options: Options) => run((invocation) => deploy(invocation, file, options)));
}

function classes(text: string): readonly (typeof approvals)[number][] {
  return text.split(',').map((word) => {
    const found = approvals.find((one) => one === word.trim());
    if (found === undefined) throw new InvalidArgumentError(`Use some of: ${approvals.join(', ')}.`);
    return found;
  });
}

async function deploy(invocation: Invocation, path: string, options: Options): Promise<ExitCode> {
  const engine = await import('../../engine/index');
  const file = await readWorkflowFile(invocation, path);
  await refuseErrors(invocation, file);
  const secrets = await secretsOf(invocation, options);
  const connected = await connectTarget(invocation, file.workspaceFolder, file.parsed.workflow, options);
  try {
    await engine.closeCrashedRuns(nodeFiles(file.workspaceFolder), connected.clock, file.parsed.workflow.name);
    let prepared = await planFile(invocation, file, connected, secrets, options);
    const missing = prepared.plan.problems.flatMap(({ code, args }) => (code === 'cluster.namespaceMissing' ? [String(args['namespace'])] : []));
    if (missing.length > 0 && options.createNamespace === true) {
      for (const name of missing) {
        await connected.cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }, { fieldManager: engine.fieldManager });
        await invocation.err(`The namespace "${name}" was created.\n`);
      }
      prepared = await planFile(invocation, file, connected, secrets, options);
    } else if (missing.length > 0) await invocation.err('A namespace that is missing is created first with --create-namespace.\n');
    const text = planText(prepared.plan, invocation.colours && options.output === 'text');
    await (options.output === 'text' ? invocation.out(text) : invocation.err(text));
    if (!(await isAccepted(invocation, prepared, options))) return exitCodes.gate;
    return await carryOut(invocation, file, connected, prepared, secrets, options);
  } catch (error) {
    if (!invocation.signal.aborted || options.output !== 'ndjson') throw error;
    // Who reads events gets an end, also of a run that was cancelled before it had begun.
    const cancelled: RunEvent = {
      runId: engine.newRunId(connected.clock),
      timestamp: new Date(connected.clock.now()).toISOString(),
      sequenceNumber: 1,
      type: 'run:cancelled',
      durationMs: 0,
    };
    await invocation.out(`${JSON.stringify(cancelled)}\n`);
    return exitCodes.cancelled;
  } finally {
    connected.cluster.dispose();
  }
}

/** A plan that changes nothing, or that cannot be run, needs no word from a person: the run itself says so. */
async function isAccepted(invocation: Invocation, prepared: PreparedPlan, options: Options): Promise<boolean> {
  const { plan } = prepared;
  if (options.yes === true || options.approve !== undefined || !hasChanges(plan) || isBlocked(plan)) return true;
  if (!invocation.interactive) {
    await invocation.err('Nothing was applied. Add --yes to accept changes that destroy nothing, or --approve with the digest above.\n');
    return false;
  }
  const answer = await invocation.ask(`Apply this to ${plainLine(plan.target.label)}, namespace ${plainLine(plan.target.namespace)}? [y/N] `);
  return /^y(es)?$/i.test(answer.trim());
}

async function carryOut(
  invocation: Invocation,
  file: WorkflowFile,
  connected: ConnectedTarget,
  prepared: PreparedPlan,
  secrets: Secrets,
  options: Options,
): Promise<ExitCode> {
  const engine = await import('../../engine/index');
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
    wait: options.wait === true,
    timeoutMs: options.timeout,
    ...(journal === undefined ? {} : { alsoAppend: (line: string) => appendFile(journal, line) }),
    signal: invocation.signal,
  });
  let answer: ExitCode = exitCodes.failed;
  for await (const event of events) {
    const text = options.output === 'ndjson' ? `${JSON.stringify(event)}\n` : runEventText(event, invocation.colours);
    if (text !== undefined) await invocation.out(text);
    answer = exitCodeAfter(event, options.wait === true) ?? answer;
  }
  return answer;
}

function exitCodeAfter(event: RunEvent, waited: boolean): ExitCode | undefined {
  if (event.type === 'run:completed') return waited && !event.ready ? exitCodes.pending : exitCodes.done;
  if (event.type === 'run:cancelled') return exitCodes.cancelled;
  return event.type === 'run:failed' ? exitCodeOf(event.problem) : undefined;
}
