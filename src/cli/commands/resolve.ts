import { Command } from 'commander';
import type { ExitCode } from '../exitCodes';
import { exitCodes } from '../exitCodes';
import type { Invocation, Run } from '../invocation';
import { findPausedRun } from '../pausedRuns';
import { collected } from '../planFile';
import { plainLine } from '../printers/plainText';
import { decisionWords } from '../printers/run';
import type { TargetOptions } from '../target';
import { withTargetOptions } from '../target';

interface Options extends TargetOptions {
  readonly approve?: true;
  readonly reject?: true;
  readonly input: readonly string[];
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
    .option('--input <name=value>', 'a value that an input gate asks for, kept in the journal; may be repeated', collected, [])
    .option('--comment <text>', 'kept with the answer; a review needs one')
    .action((runId: string, gateId: string, options: Options) => {
      const given = [options.approve === true, options.reject === true, options.input.length > 0].filter(Boolean);
      if (given.length !== 1) command.error('error: answer with --approve, with --reject or with --input', { exitCode: exitCodes.invalid });
      return run((invocation) => resolveOne(invocation, runId, gateId, options));
    });
}

async function resolveOne(invocation: Invocation, runId: string, gateId: string, options: Options): Promise<ExitCode> {
  const engine = await import('../../engine/index');
  const { files, paused, connected } = await findPausedRun(invocation, runId, options);
  try {
    const { user, groups } = await connected.cluster.whoAmI(invocation.signal);
    const decision = options.approve === true ? 'approved' : options.reject === true ? 'rejected' : 'input_provided';
    const words = {
      ...(options.comment === undefined ? {} : { comment: options.comment }),
      ...(options.input.length === 0 ? {} : { payload: Object.fromEntries(options.input.map(nameAndValue)) }),
    };
    const question = { workflow: paused.workflow, runId, gateId };
    const answer = await engine.resolveGate(files, connected.clock, question, { decision, decidedBy: user, groups, ...words });
    await invocation.out(
      `Gate ${plainLine(gateId)}: ${decisionWords[answer.decision]} by ${plainLine(answer.decidedBy)}. Go on with: kubeorch resume ${runId}\n`,
    );
    return exitCodes.done;
  } finally {
    connected.cluster.dispose();
  }
}

/** `name=value`; one without a value is an empty one, which the gate refuses where it is needed. */
function nameAndValue(text: string): readonly [string, string] {
  const at = text.indexOf('=');
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
