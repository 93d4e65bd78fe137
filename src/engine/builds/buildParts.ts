import type { BuildTools, Clock, Files, Processes, Pty, SourceFiles } from '../ports';

/** A repository that was brought to this machine. */
export interface ClonedSource {
  readonly source: Pick<SourceFiles, 'look'>;
  readonly commitSha: string;
  /** The branch that was asked for, else the one that the repository begins with. */
  readonly branch?: string;
}

/** What a build has of the outside world. */
export interface BuildParts {
  readonly tools: BuildTools;
  /** Rooted at the folder that holds `.kubeorch`; nothing outside of it is built. */
  readonly source: SourceFiles;
  /** Brings the newest commit of a branch into the folder `into`, which is not there yet. */
  readonly clone: (request: { readonly url: string; readonly branch?: string; readonly into: string; readonly signal: AbortSignal }) => Promise<ClonedSource>;
  readonly filesAt: (place: string) => Files;
  readonly processes: Processes;
  readonly pty: Pty;
  readonly clock: Clock;
  /** Text of programs as it may be shown: one line, without escapes and credentials. */
  readonly clean: (text: string, limit: number) => string;
}
