import { Command } from 'commander';
import type { ExitCode } from '../exitCodes';
import { exitCodes } from '../exitCodes';
import type { Invocation, Run } from '../invocation';
import { findPausedRun } from '../pausedRuns';
import { plainLine } from '../printers/plainText';
import type { TargetOptions } from '../target';
import { withTargetOptions } from '../target';

interface Options extends TargetOptions {
  readonly approve?: true;
  readonly reject?: true;
  readonly comment?: string;
}

export function resolveCommand(run: Run): Command {
  const command = withTargetOptions(new Command('resolve'));
  return command
    .description('answer a gate of a paused run of this folder, as the person that the cluster takes you for; the run goes on with "resume"')
    .argument('<run>', 'id of the run')
    .argument('<gate>', 'id of the gate, as the run told it')
    .option('--approve', 'what is behind the gate may be done')
    .option('--reject', 'it may not, and is left out')
    .option('--comment <text>', 'kept with the answer')
    .action((runId: string, gateId: string, options: Options) => {
      if ((options.approve === true) === (options.reject === true))
        command.error('error: answer with --approve or with --reject', { exitCode: exitCodes.invalid });
      return run((invocation) => resolveOne(invocation, runId, gateId, options));
    });
}

async function resolveOne(invocation: Invocation, runId: string, gateId: string, options: Options): Promise<ExitCode> {
  const engine = await import('../../engine/index');
  const { files, paused, connected } = await findPausedRun(invocation, runId, options);
  try {
    const { user } = await connected.cluster.whoAmI(invocation.signal);
    const decision = options.approve === true ? 'approved' : 'rejected';
    const comment = options.comment === undefined ? {} : { comment: options.comment };
    const answer = await engine.resolveGate(files, connected.clock, { workflow: paused.workflow, runId, gateId }, { decision, decidedBy: user, ...comment });
    await invocation.out(`Gate ${plainLine(gateId)}: ${answer.decision} by ${plainLine(answer.decidedBy)}. Go on with: kubeorch resume ${runId}\n`);
    return exitCodes.done;
  } finally {
    connected.cluster.dispose();
  }
}
