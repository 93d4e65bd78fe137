import { writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import type { VersionEntry, VersionWords } from '../../engine/index';
import { nodeFiles } from '../../node/nodeFiles';
import { systemClock } from '../../node/systemClock';
import { whoRuns } from '../../node/whoRuns';
import { between, oneOf } from '../args';
import type { ExitCode } from '../exitCodes';
import { exitCodes } from '../exitCodes';
import type { Invocation, Run } from '../invocation';
import { tableText } from '../printers/table';
import { readWorkflowFile } from '../workflowFile';

interface ListOptions {
  readonly output: 'text' | 'json';
  readonly limit: number;
  readonly page: number;
}

export function versionsCommand(run: Run): Command {
  const words = (command: Command): Command =>
    command.option('--name <name>', 'a name').option('--tag <tag>', 'a tag').option('--description <text>', 'a description');
  return new Command('versions')
    .description('the versions of a workflow: what was run or kept, byte by byte')
    .addCommand(
      new Command('list')
        .description('list versions, newest first')
        .argument('<file>', 'workflow file')
        .option('--limit <number>', 'so many at a time, at most 50', between(1, 50), 10)
        .option('--page <number>', 'which of them, from 1', between(1, Number.MAX_SAFE_INTEGER), 1)
        .option('-o, --output <format>', 'text or json', oneOf('text', 'json'), 'text')
        .action((file: string, options: ListOptions) => run((invocation) => list(invocation, file, options))),
    )
    .addCommand(
      new Command('show')
        .description('print a version as it was')
        .argument('<file>', 'workflow file')
        .argument('<version>', 'its number')
        .action((file: string, version: string) => run((invocation) => show(invocation, file, version))),
    )
    .addCommand(
      words(new Command('create').description('keep the file as it is now as a version').argument('<file>', 'workflow file')).action(
        (file: string, options: VersionWords) => run((invocation) => create(invocation, file, options)),
      ),
    )
    .addCommand(
      words(
        new Command('describe')
          .description('change the name, tag or description of a version')
          .argument('<file>', 'workflow file')
          .argument('<version>', 'its number'),
      ).action((file: string, version: string, options: VersionWords) => run((invocation) => describe(invocation, file, version, options))),
    )
    .addCommand(
      new Command('restore')
        .description('put an old version into the file, as a new version; what the file says now is kept as one, too')
        .argument('<file>', 'workflow file')
        .argument('<version>', 'its number')
        .action((file: string, version: string) => run((invocation) => restore(invocation, file, version))),
    );
}

async function list(invocation: Invocation, path: string, { output, limit, page }: ListOptions): Promise<ExitCode> {
  const engine = await import('../../engine/index');
  const file = await readWorkflowFile(invocation, path);
  const all = await engine.versionEntries(nodeFiles(file.workspaceFolder), file.parsed.workflow.name);
  const versions = all.slice((page - 1) * limit, page * limit);
  await invocation.out(output === 'json' ? `${JSON.stringify({ versions, total: all.length, page, limit }, undefined, 2)}\n` : tableText(versions.map(row)));
  if (output === 'text' && all.length > page * limit) await invocation.err(`${String(all.length - page * limit)} more: --page ${String(page + 1)}\n`);
  return exitCodes.done;
}

function row({ ref, meta }: VersionEntry): readonly string[] {
  const last = meta.runs.at(-1);
  return [
    ref,
    meta.createdAt,
    meta.createdBy ?? '',
    meta.tag ?? '',
    last === undefined ? '' : `${last.status} on ${last.target}`,
    [meta.name, meta.description].filter(Boolean).join(': '),
  ];
}

async function show(invocation: Invocation, path: string, version: string): Promise<ExitCode> {
  const engine = await import('../../engine/index');
  const file = await readWorkflowFile(invocation, path);
  await invocation.out((await engine.readVersion(nodeFiles(file.workspaceFolder), file.parsed.workflow.name, version)).text);
  return exitCodes.done;
}

async function create(invocation: Invocation, path: string, words: VersionWords): Promise<ExitCode> {
  const engine = await import('../../engine/index');
  const file = await readWorkflowFile(invocation, path);
  const made = await engine.createVersion(nodeFiles(file.workspaceFolder), systemClock(), file.parsed.workflow.name, file.text, words, whoRuns());
  await invocation.out(`Version ${String(made.version)}\n`);
  return exitCodes.done;
}

async function describe(invocation: Invocation, path: string, version: string, words: VersionWords): Promise<ExitCode> {
  const engine = await import('../../engine/index');
  const file = await readWorkflowFile(invocation, path);
  await engine.describeVersion(nodeFiles(file.workspaceFolder), file.parsed.workflow.name, version, words);
  return exitCodes.done;
}

async function restore(invocation: Invocation, path: string, version: string): Promise<ExitCode> {
  const engine = await import('../../engine/index');
  const file = await readWorkflowFile(invocation, path);
  const made = await engine.restoreVersion(nodeFiles(file.workspaceFolder), systemClock(), file.parsed.workflow.name, version, file.text, whoRuns());
  await writeFile(file.path, made.text);
  await invocation.out(`Version ${String(made.version)} is version ${version} again, and so is ${file.shownPath}. Nothing was deployed.\n`);
  return exitCodes.done;
}
