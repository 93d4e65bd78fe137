// The commands of the program. Each is one file under commands/, added to the list below.
import { problemText, ProblemError } from '../shared/problem';
import type { UsageOutput } from './args';
import { runProgram } from './args';
import { buildCommand, buildsCommand } from './commands/build';
import { deleteCommand } from './commands/delete';
import { deployCommand } from './commands/deploy';
import { diagnoseCommand } from './commands/diagnose';
import { diffCommand } from './commands/diff';
import { driftCommand } from './commands/drift';
import { healthCommand } from './commands/health';
import { exportCommand } from './commands/export';
import { importCommand } from './commands/import';
import { planCommand } from './commands/plan';
import { pluginCommand } from './commands/plugin';
import { registryCommand } from './commands/registry';
import { renderCommand } from './commands/render';
import { resolveCommand } from './commands/resolve';
import { resumeCommand } from './commands/resume';
import { runsCommand } from './commands/runs';
import { plainLine } from './printers/plainText';
import { sandboxCommand } from './commands/sandbox';
import { statusCommand } from './commands/status';
import { validateCommand } from './commands/validate';
import { versionsCommand } from './commands/versions';
import type { ExitCode } from './exitCodes';
import { exitCodes } from './exitCodes';
import type { Invocation } from './invocation';
import { exitCodeOf } from './outcome';

const commands = [
  validateCommand,
  renderCommand,
  planCommand,
  deployCommand,
  deleteCommand,
  resolveCommand,
  resumeCommand,
  runsCommand,
  diffCommand,
  driftCommand,
  versionsCommand,
  statusCommand,
  diagnoseCommand,
  healthCommand,
  importCommand,
  exportCommand,
  pluginCommand,
  buildCommand,
  buildsCommand,
  registryCommand,
  sandboxCommand,
];

/**
 * Runs what a command line says, and tells on `invocation.err` what went wrong; it throws nothing that a command throws.
 * @param args the words after the program's name
 * @param usage where help and the words about wrong usage go
 * @returns the exit code
 */
export async function runCommandLine(args: readonly string[], invocation: Invocation, usage: UsageOutput): Promise<ExitCode> {
  let answer: ExitCode = exitCodes.done;
  const code = await runProgram(args, commands, usage, async (action) => {
    try {
      answer = await action(invocation);
    } catch (error) {
      if (invocation.signal.aborted) answer = exitCodes.cancelled;
      else {
        answer = error instanceof ProblemError ? exitCodeOf(error.problem) : exitCodes.failed;
        await invocation.err(`kubeorch: ${messageOf(error instanceof ProblemError ? problemText(error.problem) : inWords(error))}\n`);
      }
    }
  });
  return code ?? answer;
}

/** Longest message; what is quoted in one may be a whole file of somebody's. */
const maxMessage = 1500;

/** A message that cannot steer a terminal, whatever is quoted in it. */
function messageOf(words: string): string {
  const shown = words.length > maxMessage ? `${words.slice(0, maxMessage - 1)}…` : words;
  return shown.split('\n').map(plainLine).join('\n');
}

/** An error that no command foresaw, as a sentence. */
export function inWords(error: unknown): string {
  return problemText({ code: 'internal', args: { detail: error instanceof Error ? error.message : String(error) } });
}
