import { Command } from 'commander';
import { oneOf } from '../args';
import type { ExitCode } from '../exitCodes';
import { exitCodes } from '../exitCodes';
import type { Invocation, Run } from '../invocation';
import { countLine, hasErrors, problemsText } from '../printers/problems';
import { renderFile } from '../planFile';
import type { SourceOptions } from '../sources';
import { withSourceOptions } from '../sources';
import { problemsOf, readWorkflowFile } from '../workflowFile';

interface Options extends SourceOptions {
  readonly output: 'yaml' | 'json';
  readonly env?: string;
}

export function renderCommand(run: Run): Command {
  return withSourceOptions(new Command('render'))
    .description('print the Kubernetes objects of a workflow in the order they are applied; no cluster is asked, and Secrets come without values')
    .argument('<file>', 'workflow file')
    .option('-o, --output <format>', 'yaml or json', oneOf('yaml', 'json'), 'yaml')
    .option('--env <name>', 'an environment of the file: its namespace and its overrides')
    .action((file: string, options: Options) => run((invocation) => render(invocation, file, options)));
}

async function render(invocation: Invocation, path: string, options: Options): Promise<ExitCode> {
  const engine = await import('../../engine/index');
  const file = await readWorkflowFile(invocation, path);
  const { workflow } = file.parsed;
  const namespace = engine.namespaceOf(workflow, options.env);
  const found = await problemsOf(invocation, file);
  if (hasErrors(found)) {
    await invocation.err(problemsText(found, false) + countLine(found));
    return exitCodes.invalid;
  }
  const { objects: sorted } = await renderFile(invocation, file, { namespace, environment: options.env }, options);
  await invocation.out(options.output === 'json' ? engine.manifestJson(sorted) : engine.manifestYaml(sorted));
  return exitCodes.done;
}
