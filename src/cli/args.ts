import { Command, CommanderError, InvalidArgumentError } from 'commander';
import type { ExitCode } from './exitCodes';
import { exitCodes } from './exitCodes';
import type { Run } from './invocation';

/** Makes one command of the program; its action ends in `run`. */
export type CommandMaker = (run: Run) => Command;

const exitCodeHelp = `
Exit codes: 0 done or healthy, 1 failed, 2 invalid input or usage, 3 waiting for an approval,
4 changes pending or not yet healthy, 130 cancelled.`;

/** Where help goes, and the words about wrong usage. */
export interface UsageOutput {
  out(text: string): void;
  err(text: string): void;
}

/** Reads `args` and runs the command that they name; answers a code of its own for help (done) and wrong usage (invalid). */
export async function runProgram(args: readonly string[], commands: readonly CommandMaker[], usage: UsageOutput, run: Run): Promise<ExitCode | undefined> {
  const root = new Command('kubeorch')
    .description('Checks, plans, deploys and watches workflows on Kubernetes.')
    .helpCommand('help [command]', 'show help for a command')
    .showHelpAfterError('(add --help for the options)')
    .addHelpText('after', exitCodeHelp)
    .configureOutput({ writeOut: (text) => usage.out(text), writeErr: (text) => usage.err(text) })
    .exitOverride();
  for (const make of commands) root.addCommand(inheriting(make(run), root));
  try {
    await root.parseAsync([...args], { from: 'user' });
    return undefined;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? exitCodes.done : exitCodes.invalid;
  }
}

/** Gives a command, and those inside it, the ways of its parent: where words go, and how wrong usage ends. */
function inheriting(command: Command, parent: Command): Command {
  command.copyInheritedSettings(parent);
  for (const inner of command.commands) inheriting(inner, command);
  return command;
}

/** A reader of durations such as `90s`, `5m`, `1h` or `1m30s`, in milliseconds. */
export function durationMs(text: string): number {
  const parts = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(text);
  if (parts === null || text === '') throw new InvalidArgumentError('A duration is written like 90s, 5m or 1h30m.');
  const [, hours = '0', minutes = '0', seconds = '0'] = parts;
  return ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
}

/** A reader that takes one of some words. */
export function oneOf<const T extends string>(...words: readonly T[]): (text: string) => T {
  return (text) => {
    const found = words.find((word) => word === text);
    if (found === undefined) throw new InvalidArgumentError(`Use one of: ${words.join(', ')}.`);
    return found;
  };
}

/** A reader of whole numbers in a range. */
export function between(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : 0;
    if (value < least || value > most) throw new InvalidArgumentError(`Use a whole number from ${least} to ${most}.`);
    return value;
  };
}
