import { Command } from 'commander';
import type { Files } from '../../engine/ports';
import { nodeFiles } from '../../node/nodeFiles';
import { systemClock } from '../../node/systemClock';
import { failure } from '../../shared/problem';
import type { RunSummary } from '../../shared/runEvent';
import { between, oneOf } from '../args';
import type { ExitCode } from '../exitCodes';
import { exitCodes } from '../exitCodes';
import type { Invocation, Run } from '../invocation';
import { plainLine } from '../printers/plainText';
import { runDetailText, runsText } from '../printers/runDetail';
import { readWorkflowFile } from '../workflowFile';

interface Options {
  readonly output: 'text' | 'json';
}

export function runsCommand(run: Run): Command {
  const withOutput = (command: Command): Command => command.option('-o, --output <format>', 'text or json', oneOf('text', 'json'), 'text');
  return new Command('runs')
    .description('what runs did, as their journals tell it; no cluster is asked')
    .addCommand(
      withOutput(
        new Command('list')
          .description('list runs, newest first: of one workflow, or of all in this folder')
          .argument('[file]', 'workflow file')
          .option('--limit <number>', 'at most so many, up to 100', between(1, 100), 10),
      ).action((file: string | undefined, options: Options & { readonly limit: number }) => run((invocation) => list(invocation, file, options))),
    )
    .addCommand(
      withOutput(
        new Command('show')
          .description('show a run of this folder: its nodes with what they took, its gates and their answers, and its log')
          .argument('<run>', 'id of the run'),
      ).action((runId: string, options: Options) => run((invocation) => show(invocation, runId, options))),
    );
}

/** Ends runs that a crash left without an end, and tells which. */
export async function closeCrashed(invocation: Invocation, files: Files, workflow: string): Promise<void> {
  const engine = await import('../../engine/index');
  for (const runId of await engine.closeCrashedRuns(files, systemClock(), workflow))
    await invocation.err(`Run ${plainLine(runId)} of ${plainLine(workflow)} was left without an end and is closed as failed.\n`);
}

async function list(invocation: Invocation, path: string | undefined, { output, limit }: Options & { readonly limit: number }): Promise<ExitCode> {
  const engine = await import('../../engine/index');
  const file = path === undefined ? undefined : await readWorkflowFile(invocation, path);
  const files = nodeFiles(file?.workspaceFolder ?? invocation.workingFolder);
  const workflows = file === undefined ? await engine.workflowsWithRuns(files) : [file.parsed.workflow.name];
  const found: RunSummary[] = [];
  for (const workflow of workflows) {
    await closeCrashed(invocation, files, workflow);
    found.push(...(await engine.listRuns(files, workflow, limit)));
  }
  const runs = found.sort((a, b) => (a.runId < b.runId ? 1 : -1)).slice(0, limit);
  await invocation.out(output === 'json' ? `${JSON.stringify({ runs, limit }, undefined, 2)}\n` : runsText(runs));
  return exitCodes.done;
}

async function show(invocation: Invocation, runId: string, { output }: Options): Promise<ExitCode> {
  const engine = await import('../../engine/index');
  const files = nodeFiles(invocation.workingFolder);
  const workflow = await engine.workflowOfRun(files, runId);
  if (workflow === undefined) throw failure('run.unknown', { run: runId });
  await closeCrashed(invocation, files, workflow);
  const journal = await engine.readJournal(files, workflow, runId);
  const detail = journal === undefined ? undefined : engine.runDetail(journal);
  if (journal?.damage !== undefined && detail === undefined) {
    const { file, line, field } = journal.damage;
    throw failure('run.journalDamaged', { run: runId, file, line: String(line), field: field === '' ? '' : `, ${field}` });
  }
  if (detail === undefined) throw failure('run.unknown', { run: runId });
  await invocation.out(output === 'json' ? `${JSON.stringify(detail, undefined, 2)}\n` : runDetailText(detail, invocation.colours));
  return exitCodes.done;
}
