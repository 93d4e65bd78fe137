import { Command } from 'commander';
import { hasChanges, isBlocked } from '../../shared/plan';
import { oneOf } from '../args';
import type { ExitCode } from '../exitCodes';
import { exitCodes } from '../exitCodes';
import type { Invocation, Run } from '../invocation';
import { exitCodeOf } from '../outcome';
import type { ChangeOptions, SecretOptions } from '../planFile';
import { changesAsked, planFile, refuseErrors, secretsOf, withChangeOptions, withSecretOptions } from '../planFile';
import { planJson, planText } from '../printers/plan';
import type { SourceOptions } from '../sources';
import { withSourceOptions } from '../sources';
import type { TargetOptions } from '../target';
import { connectTarget, withTargetOptions } from '../target';
import { readWorkflowFile } from '../workflowFile';

interface Options extends TargetOptions, SecretOptions, SourceOptions, ChangeOptions {
  readonly output: 'text' | 'json';
}

export function planCommand(run: Run): Command {
  return withChangeOptions(withSecretOptions(withSourceOptions(withTargetOptions(new Command('plan')))))
    .description('show what a deployment would change, field by field, as the cluster itself answers; nothing is written (exit 4 when there are changes)')
    .argument('<file>', 'workflow file')
    .option('-o, --output <format>', 'text or json', oneOf('text', 'json'), 'text')
    .action((file: string, options: Options) => run((invocation) => plan(invocation, file, options)));
}

async function plan(invocation: Invocation, path: string, options: Options): Promise<ExitCode> {
  const engine = await import('../../engine/index');
  const file = await readWorkflowFile(invocation, path);
  await refuseErrors(invocation, file);
  const secrets = await secretsOf(invocation, options);
  const connected = await connectTarget(invocation, file.workspaceFolder, file.parsed.workflow, options);
  try {
    const prepared = await planFile(invocation, file, connected, secrets, options, changesAsked(options));
    await invocation.out(options.output === 'json' ? planJson(prepared.plan) : planText(prepared.plan, invocation.colours));
    const problem = engine.firstError(prepared.plan);
    if (isBlocked(prepared.plan)) return problem === undefined ? exitCodes.failed : exitCodeOf(problem);
    return hasChanges(prepared.plan) ? exitCodes.pending : exitCodes.done;
  } finally {
    connected.cluster.dispose();
  }
}
