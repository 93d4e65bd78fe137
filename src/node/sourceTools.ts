import { isAbsolute } from 'node:path';
import type { SourceProgram, SourceTools } from '../engine/ports';
import { findProgram, ProgramDigests, searchedPath } from './programFile';
import type { ProcessEnvironment } from './shellEnvironment';

export interface SourceToolOptions {
  /** Asked before each start: false in a workspace that is not trusted. */
  readonly isAllowed: () => boolean;
  readonly isRemoteAllowed: () => boolean;
  /** The file that a person chose for a program; empty or absent to look for it along PATH. */
  readonly chosen: (program: SourceProgram) => string | undefined;
  readonly environment: () => Promise<ProcessEnvironment>;
}

/** The SourceTools port of this machine. */
export function nodeSourceTools({ isAllowed, isRemoteAllowed, chosen, environment }: SourceToolOptions): SourceTools {
  const digests = new ProgramDigests();
  return {
    isAllowed,
    isRemoteAllowed,
    environment,
    find: async (program) => {
      const own = chosen(program)?.trim() ?? '';
      const surroundings = await environment();
      // A relative path would let the folder that happens to be open decide what runs.
      const path = own === '' ? await findProgram(program, surroundings) : isAbsolute(own) ? await findProgram(own, surroundings) : undefined;
      if (path === undefined) return { searched: own === '' ? `PATH: ${searchedPath(surroundings)}` : own, chosen: own !== '' };
      return { path, digest: await digests.of(path) };
    },
  };
}
