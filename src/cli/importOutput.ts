import { basename, dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { ComposeImport } from '../engine/index';
import { nodeFiles } from '../node/nodeFiles';
import { failure } from '../shared/problem';
import { oneOf } from './args';
import type { ExitCode } from './exitCodes';
import { exitCodes } from './exitCodes';
import type { Invocation } from './invocation';
import { lossesJson, lossesText, lossLine } from './printers/losses';

export interface OutputOptions {
  readonly out?: string;
  readonly force?: boolean;
  readonly report?: string;
  readonly name?: string;
  readonly output: 'text' | 'json';
}

/** Adds the options that say where an import goes. */
export function withOutputOptions(command: Command): Command {
  return command
    .option('--out <file>', 'where to; standard output when left out')
    .option('--force', 'replace the file of --out when it is there')
    .option('--report <file>', 'where the losses go too: JSON for a name in .json, else text')
    .option('-o, --output <format>', 'text or json', oneOf('text', 'json'), 'text');
}

/** Writes what was asked for: the workflow, the report, and what goes to standard output. */
export async function finishImport(
  invocation: Invocation,
  made: Pick<ComposeImport, 'workflow' | 'text' | 'secrets' | 'losses'>,
  parts: object,
  options: OutputOptions,
): Promise<ExitCode> {
  const toStdout = options.out === undefined || options.out === '-';
  if (!toStdout) await writeFile(invocation, options.out ?? '', made.text, options.force === true);
  if (options.report !== undefined)
    await writeFile(invocation, options.report, options.report.endsWith('.json') ? lossesJson(made.losses) : lossesText(made.losses, false), true);
  if (options.output === 'json') {
    const { workflow, text, secrets, losses } = made;
    await invocation.out(
      `${JSON.stringify({ name: workflow.name, ...(toStdout ? { text } : { file: options.out }), ...parts, secrets, losses }, undefined, 2)}\n`,
    );
    return exitCodes.done;
  }
  if (toStdout) await invocation.out(made.text);
  else await invocation.out(`${options.out ?? ''}\n`);
  await invocation.err(lossesText(made.losses, invocation.colours) + lossLine(made.losses));
  return exitCodes.done;
}

async function writeFile(invocation: Invocation, file: string, text: string, replace: boolean): Promise<void> {
  const path = resolve(invocation.workingFolder, file);
  const files = nodeFiles(dirname(path));
  if (replace) await files.replace(basename(path), text);
  else if (!(await files.createExclusive(basename(path), text))) throw failure('import.exists', { file: join(file) });
}
