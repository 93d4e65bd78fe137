import { Command } from 'commander';
import { hasChanges } from '../../shared/plan';
import { failure } from '../../shared/problem';
import { isSameMeaning, workflowDiff } from '../../shared/workflowDiff';
import { oneOf } from '../args';
import { chosenFile, comparedSide } from '../compareRefs';
import type { ExitCode } from '../exitCodes';
import { exitCodes } from '../exitCodes';
import type { Invocation, Run } from '../invocation';
import type { SecretOptions } from '../planFile';
import { planFile, refuseErrors, secretsOf, withSecretOptions } from '../planFile';
import { diffText } from '../printers/diff';
import { planJson, planText } from '../printers/plan';
import type { SourceOptions } from '../sources';
import { withSourceOptions } from '../sources';
import type { TargetOptions } from '../target';
import { connectTarget, withTargetOptions } from '../target';
import type { WorkflowFile } from '../workflowFile';

interface Options extends TargetOptions, SecretOptions, SourceOptions {
  readonly file?: string;
  readonly output: 'text' | 'json';
}

export function diffCommand(run: Run): Command {
  return withSecretOptions(withSourceOptions(withTargetOptions(new Command('diff'))))
    .description(
      'what one side means otherwise than the other, by nodes, fields and edges; each is version:7, git:REF, file:PATH or live (exit 4 when they differ)',
    )
    .argument('<before>', 'the one side')
    .argument('<after>', 'the other side')
    .option('-f, --file <file>', 'the workflow file that is meant; else the only one of this folder')
    .option('-o, --output <format>', 'text or json', oneOf('text', 'json'), 'text')
    .action((before: string, after: string, options: Options) => run((invocation) => diff(invocation, before, after, options)));
}

async function diff(invocation: Invocation, first: string, second: string, options: Options): Promise<ExitCode> {
  const file = await chosenFile(invocation, options.file);
  const [before, after] = [await comparedSide(invocation, first, file), await comparedSide(invocation, second, file)];
  if (before.kind === 'text' && after.kind === 'text') {
    const found = workflowDiff(before.workflow, after.workflow);
    await invocation.out(options.output === 'json' ? `${JSON.stringify(found, undefined, 2)}\n` : diffText(found, invocation.colours));
    return isSameMeaning(found) ? exitCodes.done : exitCodes.pending;
  }
  // Of the cluster only objects are known; what the other side would make of them is what its plan says.
  const side = before.kind === 'text' ? before : after;
  if (side.kind === 'live') throw failure('diff.live');
  await invocation.err(`What a deployment of ${before.kind === 'text' ? first : second} would change on the cluster:\n`);
  return diffWithCluster(invocation, side.file, options);
}

async function diffWithCluster(invocation: Invocation, file: WorkflowFile, options: Options): Promise<ExitCode> {
  await refuseErrors(invocation, file);
  const secrets = await secretsOf(invocation, options);
  const connected = await connectTarget(invocation, file.workspaceFolder, file.parsed.workflow, options);
  try {
    const { plan } = await planFile(invocation, file, connected, secrets, options);
    await invocation.out(options.output === 'json' ? planJson(plan) : planText(plan, invocation.colours));
    return hasChanges(plan) || plan.counts['left-running'] > 0 ? exitCodes.pending : exitCodes.done;
  } finally {
    connected.cluster.dispose();
  }
}
