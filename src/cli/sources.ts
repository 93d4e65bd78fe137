import type { Command } from 'commander';
import type { SourceResults } from '../engine/index';
import type { Cluster } from '../engine/ports';
import { nodeProcesses } from '../node/nodeProcesses';
import { nodeSourceFiles } from '../node/sourceFiles';
import { nodeSourceTools } from '../node/sourceTools';
import { systemClock } from '../node/systemClock';
import { ProblemError, problemText } from '../shared/problem';
import type { Invocation } from './invocation';
import { plainLine } from './printers/plainText';
import type { WorkflowFile } from './workflowFile';

export interface SourceOptions {
  readonly allowRemote?: true;
}

/** Adds the option that lets charts and bases come from the network. */
export function withSourceOptions(command: Command): Command {
  return command.option('--allow-remote', 'charts and bases may be fetched from the network');
}

/** Where the objects of charts and bases will go, as far as it is known. */
export interface SourcePlace {
  readonly namespace: string | undefined;
  readonly environment: string | undefined;
  /** Charts are told what it can do. */
  readonly cluster?: Cluster;
}

/**
 * Renders the charts and bases of a file with the programs on PATH; who names a file on a command line wants them run. What
 * there is to know of them goes to stderr. Throws the first error.
 */
export async function sourcesOf(invocation: Invocation, file: WorkflowFile, place: SourcePlace, options: SourceOptions): Promise<SourceResults> {
  const { workflow } = file.parsed;
  const { kinds } = file.loaded.catalog;
  const isRendered = new Set(kinds.flatMap((kind) => (kind.renderedBy === undefined ? [] : [kind.type])));
  if (!workflow.nodes.some((node) => isRendered.has(node.type))) return new Map();
  const [engine, { cleanLine, redactText }] = await Promise.all([import('../engine/index'), import('../kube/index')]);
  const clock = systemClock();
  const renderer = new engine.SourceRenderer({
    tools: nodeSourceTools({
      isAllowed: () => true,
      isRemoteAllowed: () => options.allowRemote === true,
      chosen: () => undefined,
      environment: () => Promise.resolve(invocation.environment),
    }),
    files: nodeSourceFiles(file.workspaceFolder),
    processes: nodeProcesses(clock),
    clock,
    clean: (text, limit) => cleanLine(redactText(text), limit),
  });
  const { cluster, namespace, environment } = place;
  const results = await renderer.render({
    workflow,
    loaded: file.loaded,
    namespace,
    signal: invocation.signal,
    ...(environment === undefined ? {} : { environment }),
    ...(cluster === undefined ? {} : { capabilities: await engine.capabilitiesOf(cluster, invocation.signal) }),
  });
  const problems = [...results.values()].flatMap((result) => result.problems);
  const error = problems.find((problem) => problem.severity === 'error');
  if (error !== undefined) throw new ProblemError(error);
  for (const problem of problems) await invocation.err(`kubeorch: ${plainLine(problemText(problem))}\n`);
  return results;
}
