import { Command } from 'commander';
import { ProblemError } from '../../shared/problem';
import { oneOf } from '../args';
import type { ExitCode } from '../exitCodes';
import { exitCodes } from '../exitCodes';
import type { Invocation, Run } from '../invocation';
import type { FileProblems } from '../printers/problems';
import { countLine, hasErrors, problemsJson, problemsText } from '../printers/problems';
import { problemsOf, readWorkflowFile } from '../workflowFile';

type Format = 'text' | 'json';

export function validateCommand(run: Run): Command {
  return new Command('validate')
    .description('check workflow files; no cluster is asked')
    .argument('<file...>', 'workflow files')
    .option('-o, --output <format>', 'text or json', oneOf('text', 'json'), 'text')
    .action((files: readonly string[], options: { readonly output: Format }) => run((invocation) => validate(invocation, files, options.output)));
}

async function validate(invocation: Invocation, paths: readonly string[], format: Format): Promise<ExitCode> {
  const files: FileProblems[] = [];
  for (const path of paths) for (const found of await problemsOfFile(invocation, path)) if (!files.some((one) => one.file === found.file)) files.push(found);
  if (format === 'json') await invocation.out(problemsJson(files));
  else {
    await invocation.out(problemsText(files, invocation.colours));
    await invocation.err(countLine(files));
  }
  return hasErrors(files) ? exitCodes.invalid : exitCodes.done;
}

/** A file that cannot be read is one problem; the others are still checked. */
async function problemsOfFile(invocation: Invocation, path: string): Promise<readonly FileProblems[]> {
  try {
    return await problemsOf(invocation, await readWorkflowFile(invocation, path));
  } catch (error) {
    if (!(error instanceof ProblemError) || error.problem.code !== 'file.unreadable') throw error;
    return [{ file: path, text: undefined, problems: [error.problem] }];
  }
}
