import { Command } from 'commander';
import { nodeFiles } from '../../node/nodeFiles';
import type { ExitCode } from '../exitCodes';
import type { Invocation, Run } from '../invocation';
import type { ChangeOptions, SecretOptions } from '../planFile';
import { changesAsked, planFile, refuseErrors, secretsOf, withChangeOptions, withSecretOptions } from '../planFile';
import type { RunOptions } from '../runs';
import { acceptAndRun, endOfCancelled, withRunOptions } from '../runs';
import type { SourceOptions } from '../sources';
import { withSourceOptions } from '../sources';
import type { TargetOptions } from '../target';
import { connectTarget, withTargetOptions } from '../target';
import { readWorkflowFile } from '../workflowFile';

interface Options extends TargetOptions, SecretOptions, SourceOptions, ChangeOptions, RunOptions {
  readonly wait?: true;
  readonly createNamespace?: true;
}

export function deployCommand(run: Run): Command {
  return withRunOptions(withChangeOptions(withSecretOptions(withSourceOptions(withTargetOptions(new Command('deploy'))))))
    .description('plan, ask, and carry the plan out')
    .argument('<file>', 'workflow file')
    .option('--create-namespace', 'make the namespaces that the workflow needs and nothing in it makes, before the plan')
    .option('--wait', 'go on until workloads are healthy')
    .action((file: string, options: Options) => run((invocation) => deploy(invocation, file, options)));
}

async function deploy(invocation: Invocation, path: string, options: Options): Promise<ExitCode> {
  const engine = await import('../../engine/index');
  const file = await readWorkflowFile(invocation, path);
  await refuseErrors(invocation, file);
  const secrets = await secretsOf(invocation, options);
  const connected = await connectTarget(invocation, file.workspaceFolder, file.parsed.workflow, options);
  try {
    await engine.closeCrashedRuns(nodeFiles(file.workspaceFolder), connected.clock, file.parsed.workflow.name);
    const asked = changesAsked(options);
    let prepared = await planFile(invocation, file, connected, secrets, options, asked);
    const missing = prepared.plan.problems.flatMap(({ code, args }) => (code === 'cluster.namespaceMissing' ? [String(args['namespace'])] : []));
    if (missing.length > 0 && options.createNamespace === true) {
      for (const name of missing) {
        await connected.cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }, { fieldManager: engine.fieldManager });
        await invocation.err(`The namespace "${name}" was created.\n`);
      }
      prepared = await planFile(invocation, file, connected, secrets, options, asked);
    } else if (missing.length > 0) await invocation.err('A namespace that is missing is created first with --create-namespace.\n');
    return await acceptAndRun({ invocation, file, connected, prepared, secrets, options, wait: options.wait === true });
  } catch (error) {
    return await endOfCancelled(invocation, connected, options, error);
  } finally {
    connected.cluster.dispose();
  }
}
