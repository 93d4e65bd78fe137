// The program behind `kubeorch`. A command is one file under commands/, added to the list below.
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { text as allOf } from 'node:stream/consumers';
import { problemText, ProblemError } from '../shared/problem';
import { runProgram } from './args';
import type { ExitCode } from './exitCodes';
import { exitCodes } from './exitCodes';
import type { Invocation } from './invocation';
import { exitCodeOf } from './outcome';
import { diagnoseCommand } from './commands/diagnose';
import { deleteCommand } from './commands/delete';
import { deployCommand } from './commands/deploy';
import { diffCommand } from './commands/diff';
import { healthCommand } from './commands/health';
import { planCommand } from './commands/plan';
import { pluginCommand } from './commands/plugin';
import { renderCommand } from './commands/render';
import { resolveCommand } from './commands/resolve';
import { resumeCommand } from './commands/resume';
import { sandboxCommand } from './commands/sandbox';
import { statusCommand } from './commands/status';
import { validateCommand } from './commands/validate';
import { versionsCommand } from './commands/versions';

const commands = [
  validateCommand,
  renderCommand,
  planCommand,
  deployCommand,
  deleteCommand,
  resolveCommand,
  resumeCommand,
  diffCommand,
  versionsCommand,
  statusCommand,
  diagnoseCommand,
  healthCommand,
  pluginCommand,
  sandboxCommand,
];

async function main(): Promise<ExitCode> {
  const cancelling = new AbortController();
  const programFolder = dirname(__filename);
  const invocation: Invocation = {
    workingFolder: process.cwd(),
    environment: process.env,
    templatesFolder: join(programFolder, '..', 'templates'),
    openApiFile: join(programFolder, 'openapi.json'),
    programFolder,
    signal: cancelling.signal,
    colours: process.stdout.isTTY && (process.env['NO_COLOR'] ?? '') === '',
    interactive: process.stdin.isTTY && process.stderr.isTTY,
    ask: (question) => asked(question, cancelling.signal),
    input: () => allOf(process.stdin),
    out: (text) => written(process.stdout, text),
    err: (text) => written(process.stderr, text),
  };
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      // The second time the person means it: what is not finished is left as it is.
      if (cancelling.signal.aborted) process.exit(exitCodes.cancelled);
      cancelling.abort();
    });
  }
  // A reader that closes its end early (`| head`) wants no more output; that is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? exitCodes.done : exitCodes.failed));

  let answer: ExitCode = exitCodes.done;
  const usage = await runProgram(process.argv.slice(2), commands, async (action) => {
    try {
      answer = await action(invocation);
    } catch (error) {
      if (cancelling.signal.aborted) answer = exitCodes.cancelled;
      else {
        answer = error instanceof ProblemError ? exitCodeOf(error.problem) : exitCodes.failed;
        await invocation.err(`kubeorch: ${error instanceof ProblemError ? problemText(error.problem) : inWords(error)}\n`);
      }
    }
  });
  return usage ?? answer;
}

/** The question goes to stderr, so that stdout holds results only. */
async function asked(question: string, signal: AbortSignal): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const over = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
  try {
    return await Promise.race([lines.question(question, { signal }), over]);
  } finally {
    lines.close();
  }
}

function inWords(error: unknown): string {
  return problemText({ code: 'internal', args: { detail: error instanceof Error ? error.message : String(error) } });
}

function written(stream: NodeJS.WriteStream, text: string): Promise<void> {
  return new Promise((resolve, reject) => stream.write(text, (error) => (error ? reject(error) : resolve())));
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.exitCode = exitCodes.failed;
    process.stderr.write(`kubeorch: ${inWords(error)}\n`);
  },
);
