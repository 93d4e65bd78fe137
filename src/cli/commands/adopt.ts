import { Command } from 'commander';
import type { AdoptedNamespace } from '../../engine/index';
import { emptyWorkflow } from '../../shared/workflow';
import type { ExitCode } from '../exitCodes';
import type { OutputOptions } from '../importOutput';
import { finishImport, withOutputOptions } from '../importOutput';
import type { Invocation, Run } from '../invocation';
import { plainLine } from '../printers/plainText';
import type { TargetOptions } from '../target';
import { connectTarget } from '../target';
import { readCatalog, readOpenApi } from '../workflowFile';

interface Options extends OutputOptions, Pick<TargetOptions, 'sandbox' | 'context' | 'kubeconfig'> {}

export function adoptCommand(run: Run): Command {
  return withOutputOptions(new Command('namespace'))
    .description('make a workflow of what is in a namespace, proved by a dry-run that would change nothing; Secrets stay on the cluster')
    .argument('<namespace>', 'the namespace')
    .option('--sandbox', 'the sandbox of this folder; it is started when it does not run')
    .option('--context <name>', 'a context of the kubeconfig')
    .option('--kubeconfig <file>', 'a kubeconfig file; without --context its current context')
    .option('--name <name>', "the workflow's name; what the objects say they are part of, else the namespace's, when left out")
    .action((namespace: string, options: Options) => run((invocation) => adopt(invocation, namespace, options)));
}

async function adopt(invocation: Invocation, namespace: string, options: Options): Promise<ExitCode> {
  const engine = await import('../../engine/index');
  const loaded = await readCatalog(invocation, invocation.workingFolder);
  const openApi = await readOpenApi(invocation);
  const { cluster, clock, target } = await connectTarget(invocation, invocation.workingFolder, emptyWorkflow('adopted'), { ...options, namespace });
  try {
    const { signal } = invocation;
    const made = await engine.adoptNamespace({
      cluster,
      clock,
      target,
      loaded,
      openApi,
      signal,
      ...(options.name === undefined ? {} : { name: options.name }),
    });
    const { objects, unproven, adopts, takes } = made;
    const code = await finishImport(invocation, made, { objects, unproven, adopts, takes }, options);
    if (options.output === 'text') await invocation.err(proofText(made, options.out));
    return code;
  } finally {
    cluster.dispose();
  }
}

/** What was proved, and how the objects are taken over when the workflow is deployed. */
function proofText({ workflow, objects, unproven, adopts, takes, madeByOthers }: AdoptedNamespace, file: string | undefined): string {
  const counts = `${String(objects.length)} objects became ${String(workflow.nodes.length)} nodes; ${String(madeByOthers)} that others make were left out.`;
  const proof =
    unproven.length === 0
      ? 'Proved by a dry-run: deploying it changes nothing but labels.'
      : `A dry-run would change ${unproven.map(({ object }) => plainLine(object)).join(', ')}: see above.`;
  const named = [...adopts.map((one) => ` --adopt ${plainLine(one)}`), ...takes.map((one) => ` --take '${plainLine(one)}'`)].join('');
  return `${counts}\n${proof}\nTo take the objects over: publish it, and kubeorch deploy ${plainLine(file ?? 'FILE')}${named}\n`;
}
