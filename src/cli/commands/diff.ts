import { Command } from 'commander';
import { nodeFiles } from '../../node/nodeFiles';
import { failure } from '../../shared/problem';
import type { WorkflowDiff } from '../../shared/workflowDiff';
import { isSameMeaning, reversedDiff, workflowDiff } from '../../shared/workflowDiff';
import { oneOf } from '../args';
import { chosenFile, comparedSide } from '../compareRefs';
import type { ExitCode } from '../exitCodes';
import { exitCodes } from '../exitCodes';
import type { Invocation, Run } from '../invocation';
import type { SecretOptions } from '../planFile';
import { planFile, refuseErrors, secretsOf, withSecretOptions } from '../planFile';
import { diffText } from '../printers/diff';
import type { SourceOptions } from '../sources';
import { withSourceOptions } from '../sources';
import type { TargetOptions } from '../target';
import { connectTarget, withTargetOptions } from '../target';
import type { WorkflowFile } from '../workflowFile';
import { workflowFileOf } from '../workflowFile';

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
  const side = before.kind === 'text' ? before : after;
  if (side.kind === 'live') throw failure('diff.live');
  const live = await diffWithCluster(invocation, side.file, file, options);
  const found = before.kind === 'text' ? live : reversedDiff(live);
  await invocation.out(options.output === 'json' ? `${JSON.stringify(found, undefined, 2)}\n` : diffText(found, invocation.colours));
  return isSameMeaning(found) ? exitCodes.done : exitCodes.pending;
}

/** What the cluster says otherwise than a side; with the version that was run last there, where it is in this folder. */
async function diffWithCluster(invocation: Invocation, side: WorkflowFile, file: WorkflowFile, options: Options): Promise<WorkflowDiff> {
  const engine = await import('../../engine/index');
  await refuseErrors(invocation, side);
  const { name } = file.parsed.workflow;
  const secrets = await secretsOf(invocation, options);
  const connected = await connectTarget(invocation, side.workspaceFolder, side.parsed.workflow, options);
  try {
    const { cluster, target } = connected;
    const files = nodeFiles(file.workspaceFolder);
    const { lastRun } = await engine.readInventory(cluster, name, target.namespace, invocation.signal);
    const last = lastRun === undefined ? undefined : await engine.versionOfDigest(files, name, lastRun.digest);
    const planned = await planFile(invocation, side, connected, secrets, options, { takesAll: true });
    if (last === undefined) return engine.liveDiff(planned);
    const lastFile = await workflowFileOf(invocation, file.path, last.text, file.workspaceFolder);
    return engine.liveDiff(planned, (await planFile(invocation, lastFile, connected, secrets, options, { takesAll: true })).plan);
  } finally {
    connected.cluster.dispose();
  }
}
