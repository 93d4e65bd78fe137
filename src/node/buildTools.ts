import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { BuildProgram, BuildTools } from '../engine/ports';
import { findProgram } from './programFile';
import type { ProcessEnvironment } from './shellEnvironment';

export interface BuildToolOptions {
  /** Asked before each start: false in a workspace that is not trusted. */
  readonly isAllowed: () => boolean;
  /** The file that a person chose for a program; empty or absent to look for it. */
  readonly chosen: (program: BuildProgram) => string | undefined;
  readonly environment: () => Promise<ProcessEnvironment>;
}

/** Where an installer puts a program that PATH need not know of. */
const usualPlaces: readonly string[] = process.platform === 'win32' ? [] : ['/usr/local/bin', '/usr/bin'];

/** The BuildTools port of this machine. */
export function nodeBuildTools({ isAllowed, chosen, environment }: BuildToolOptions): BuildTools {
  return {
    isAllowed,
    environment,
    find: async (program) => {
      const own = chosen(program)?.trim() ?? '';
      const surroundings = await environment();
      // What a person chose is never silently another program, and a relative path would let an open folder decide what runs.
      if (own !== '') return isAbsolute(own) ? findProgram(own, surroundings) : undefined;
      const found = await findProgram(program, surroundings);
      if (found !== undefined || program !== 'nixpacks') return found;
      for (const folder of [...usualPlaces, join(homedir(), '.cargo', 'bin')]) {
        const there = await findProgram(join(folder, program), surroundings);
        if (there !== undefined) return there;
      }
      return undefined;
    },
  };
}
