import { Command } from 'commander';
import type { PreparedPlan } from '../../engine/index';
import { nodeFiles } from '../../node/nodeFiles';
import type { ExitCode } from '../exitCodes';
import type { Invocation, Run } from '../invocation';
import type { ChangeOptions, SecretOptions } from '../planFile';
import { changesAsked, planFile, refuseErrors, secretsOf, withChangeOptions, withSecretOptions } from '../planFile';
import type { RunOptions } from '../runs';
import { endOfCancelled, planAndRun, withRunOptions } from '../runs';
import type { SourceOptions } from '../sources';
import { withSourceOptions } from '../sources';
import type { TargetOptions } from '../target';
import { closeCrashed } from './runs';
import type { ConnectedTarget } from '../target';
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
  const file = await readWorkflowFile(invocation, path);
  await refuseErrors(invocation, file);
  const secrets = await secretsOf(invocation, options);
  const connected = await connectTarget(invocation, file.workspaceFolder, file.parsed.workflow, options);
  try {
    await closeCrashed(invocation, nodeFiles(file.workspaceFolder), file.parsed.workflow.name);
    const asked = changesAsked(options);
    const plan = async (): Promise<PreparedPlan> => {
      const prepared = await planFile(invocation, file, connected, secrets, options, asked);
      return withNamespaces(invocation, connected, options, prepared, () => planFile(invocation, file, connected, secrets, options, asked));
    };
    return await planAndRun({ invocation, file, connected, secrets, options, wait: options.wait === true }, plan);
  } catch (error) {
    return await endOfCancelled(invocation, connected, options, error);
  } finally {
    connected.cluster.dispose();
  }
}

/** Makes the namespaces that a plan misses, where that is asked for, and plans again; else says how they are made. */
async function withNamespaces(
  invocation: Invocation,
  { cluster }: ConnectedTarget,
  options: Options,
  prepared: PreparedPlan,
  again: () => Promise<PreparedPlan>,
): Promise<PreparedPlan> {
  const { fieldManager } = await import('../../engine/index');
  const missing = prepared.plan.problems.flatMap(({ code, args }) => (code === 'cluster.namespaceMissing' ? [String(args['namespace'])] : []));
  if (missing.length === 0) return prepared;
  if (options.createNamespace !== true) {
    await invocation.err('A namespace that is missing is created first with --create-namespace.\n');
    return prepared;
  }
  for (const name of missing) {
    await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }, { fieldManager });
    await invocation.err(`The namespace "${name}" was created.\n`);
  }
  return again();
}
