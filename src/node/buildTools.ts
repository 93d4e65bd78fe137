import { homedir } from 'node:os';
import { join } from 'node:path';
import type { BuildTools } from '../engine/ports';
import { findProgram } from './programFile';
import type { ProcessEnvironment } from './shellEnvironment';

export interface BuildToolOptions {
  /** Asked before each start: false in a workspace that is not trusted. */
  readonly isAllowed: () => boolean;
  readonly environment: () => Promise<ProcessEnvironment>;
}

/** Where an installer puts a program that PATH need not know of. */
const usualPlaces: readonly string[] = process.platform === 'win32' ? [] : ['/usr/local/bin', '/usr/bin'];

/** The BuildTools port of this machine. */
export function nodeBuildTools({ isAllowed, environment }: BuildToolOptions): BuildTools {
  return {
    isAllowed,
    environment,
    find: async (program) => {
      const surroundings = await environment();
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
