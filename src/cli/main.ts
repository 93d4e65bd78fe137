// The program behind `kubeorch`: what it has of its process, handed to the commands.
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { text as allOf } from 'node:stream/consumers';
import type { ExitCode } from './exitCodes';
import { exitCodes } from './exitCodes';
import type { Invocation } from './invocation';
import { inWords, runCommandLine } from './program';

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

  const usage = { out: (text: string) => void process.stdout.write(text), err: (text: string) => void process.stderr.write(text) };
  return runCommandLine(process.argv.slice(2), invocation, usage);
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
