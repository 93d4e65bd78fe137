import { Command } from 'commander';
import { nodeFiles } from '../../node/nodeFiles';
import type { ExitCode } from '../exitCodes';
import type { Invocation, Run } from '../invocation';
import { collected, planDeletion } from '../planFile';
import type { RunOptions } from '../runs';
import { endOfCancelled, planAndRun, withRunOptions } from '../runs';
import type { TargetOptions } from '../target';
import { closeCrashed } from './runs';
import { connectTarget, withTargetOptions } from '../target';
import { readWorkflowFile } from '../workflowFile';

interface Options extends TargetOptions, RunOptions {
  readonly deleteAlso: readonly string[];
}

export function deleteCommand(run: Run): Command {
  return withRunOptions(withTargetOptions(new Command('delete')))
    .description('plan, ask, and delete from the cluster what runs of a workflow made there; the file stays as it is')
    .argument('<file>', 'workflow file')
    .option('--delete-also <Kind/name>', 'delete this Secret, claim, namespace or definition as well; may be repeated', collected, [])
    .action((file: string, options: Options) => run((invocation) => deleteAll(invocation, file, options)));
}

async function deleteAll(invocation: Invocation, path: string, options: Options): Promise<ExitCode> {
  const file = await readWorkflowFile(invocation, path);
  const connected = await connectTarget(invocation, file.workspaceFolder, file.parsed.workflow, options);
  // Nothing is applied, so no value of a Secret is ever asked for.
  const secrets = { get: () => Promise.resolve(undefined) };
  try {
    await closeCrashed(invocation, nodeFiles(file.workspaceFolder), file.parsed.workflow.name);
    return await planAndRun({ invocation, file, connected, secrets, options, wait: false }, () =>
      planDeletion(invocation, file, connected, secrets, options.deleteAlso),
    );
  } catch (error) {
    return await endOfCancelled(invocation, connected, options, error);
  } finally {
    connected.cluster.dispose();
  }
}
