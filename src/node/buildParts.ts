import type { Clock, SourceFiles } from '../engine/ports';
import type { BuildToolOptions } from './buildTools';
import { nodeBuildTools } from './buildTools';
import { cloneRepository } from './cloneRepository';
import { nodeFiles } from './nodeFiles';
import { nodeProcesses } from './nodeProcesses';
import { programTerminal } from './programTerminal';
import { nodeSourceFiles } from './sourceFiles';

interface Options extends BuildToolOptions {
  /** The folder that holds `.kubeorch`. */
  readonly folder: string;
  /** Where a copy of `node-pty` may lie. */
  readonly terminals: readonly string[];
  readonly clock: Clock;
  readonly clean: (text: string, limit: number) => string;
}

/** Of a build's thirty minutes. */
const cloneLimitMs = 10 * 60_000;

/** What a build has of this machine. */
export function nodeBuildParts({ folder, terminals, clock, clean, ...tools }: Options) {
  return {
    tools: nodeBuildTools(tools),
    source: nodeSourceFiles(folder),
    clone: async (request: {
      readonly url: string;
      readonly branch?: string;
      readonly into: string;
      readonly signal: AbortSignal;
    }): Promise<{ readonly source: Pick<SourceFiles, 'look'>; readonly commitSha: string; readonly branch?: string }> => {
      const cloned = await cloneRepository({ ...request, environment: await tools.environment(), clock, limitMs: cloneLimitMs });
      return { ...cloned, source: nodeSourceFiles(request.into) };
    },
    filesAt: nodeFiles,
    processes: nodeProcesses(clock),
    pty: programTerminal(clock, terminals),
    clock,
    clean,
  };
}
