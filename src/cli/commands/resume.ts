import { Command } from 'commander';
import type { ExitCode } from '../exitCodes';
import type { Invocation, Run } from '../invocation';
import { findPausedRun } from '../pausedRuns';
import type { SecretOptions } from '../planFile';
import { planAgain, secretsOf, withSecretOptions } from '../planFile';
import type { RunOptions } from '../runs';
import { carryOut, withEventOptions } from '../runs';
import type { SourceOptions } from '../sources';
import { withSourceOptions } from '../sources';
import type { TargetOptions } from '../target';
import { withTargetOptions } from '../target';

interface Options extends TargetOptions, SecretOptions, SourceOptions, Pick<RunOptions, 'timeout' | 'journal' | 'output'> {
  readonly wait?: true;
}

export function resumeCommand(run: Run): Command {
  return withEventOptions(withSecretOptions(withSourceOptions(withTargetOptions(new Command('resume')))))
    .description('go on with a paused run of this folder: what was approved is done, if what is left to do is still what was asked about')
    .argument('<run>', 'id of the run')
    .option('--wait', 'go on until workloads are healthy')
    .action((runId: string, options: Options) => run((invocation) => resume(invocation, runId, options)));
}

async function resume(invocation: Invocation, runId: string, options: Options): Promise<ExitCode> {
  const secrets = await secretsOf(invocation, options);
  const { paused, file, connected } = await findPausedRun(invocation, runId, options);
  try {
    const prepared = await planAgain(invocation, file, connected, secrets, options, paused.started.asked ?? {});
    const run = { invocation, file, connected, prepared, secrets, options: { ...options, allow: [] }, wait: options.wait === true, resumed: paused };
    return (await carryOut(run)).code;
  } finally {
    connected.cluster.dispose();
  }
}
