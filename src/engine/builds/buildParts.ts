import type { BuildTools, Clock, Files, Processes, Pty, SourceFiles } from '../ports';

/** What a build has of the outside world. */
export interface BuildParts {
  readonly tools: BuildTools;
  /** Rooted at the folder that holds `.kubeorch`; nothing outside of it is built. */
  readonly source: SourceFiles;
  readonly filesAt: (place: string) => Files;
  readonly processes: Processes;
  readonly pty: Pty;
  readonly clock: Clock;
  /** Text of programs as it may be shown: one line, without escapes and credentials. */
  readonly clean: (text: string, limit: number) => string;
}
