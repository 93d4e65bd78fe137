import type { ExitCode } from './exitCodes';

/** What one call of the program reaches: commands take everything from here, so that nothing else touches the process. */
export interface Invocation {
  /** Absolute; relative file arguments start here. */
  readonly workingFolder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The folder that holds `core` and `partials`. */
  readonly templatesFolder: string;
  /** The structure of the Kubernetes API, as a file. */
  readonly openApiFile: string;
  /** The bundle's own folder, for the programs that lie beside it. */
  readonly programFolder: string;
  /** Aborted by Ctrl+C and by termination. */
  readonly signal: AbortSignal;
  readonly colours: boolean;
  /** Whether a person sits at the terminal, who can be asked. */
  readonly interactive: boolean;
  /** Asks on the terminal; answers the line without its end, empty when the input is over. */
  ask(question: string): Promise<string>;
  /** Everything on standard input. */
  input(): Promise<string>;
  /** Results. Resolves when the text has left, so that a slow pipe is waited for. */
  out(text: string): Promise<void>;
  /** Everything that is no result: progress, logs, warnings. */
  err(text: string): Promise<void>;
}

/** What a command does once its arguments are read; answers the exit code. */
export type CommandAction = (invocation: Invocation) => Promise<ExitCode>;

/** Given to each command of the program; a command's action ends in a call of it. */
export type Run = (action: CommandAction) => Promise<void>;
