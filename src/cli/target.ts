import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { Clock, Cluster, Logger } from '../engine/ports';
import { systemClock } from '../node/systemClock';
import { sandboxStateDir, startSandbox } from '../sandbox/index';
import type { Target } from '../shared/plan';
import { failure, ProblemError } from '../shared/problem';
import type { Workflow } from '../shared/workflow';
import type { Invocation } from './invocation';
import { plainLine } from './printers/plainText';

export interface TargetOptions {
  readonly sandbox?: true;
  readonly env?: string;
  readonly context?: string;
  readonly kubeconfig?: string;
  readonly namespace?: string;
}

/** Adds the options that say where a command acts. */
export function withTargetOptions(command: Command): Command {
  return command
    .option('--sandbox', 'the sandbox of this folder; it is started when it does not run')
    .option('--env <name>', 'an environment of the file: its context, namespace and overrides')
    .option('--context <name>', 'a context of the kubeconfig')
    .option('--kubeconfig <file>', 'a kubeconfig file; without --context its current context')
    .option('--namespace <name>', 'instead of the namespace that the file or the context names');
}

export interface ConnectedTarget {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly target: Target;
}

/**
 * Connects to the cluster that the options name. A cluster is never guessed: without a name there is `target.none`, and an
 * environment that is pinned to a cluster refuses every other one. The caller disposes the cluster.
 */
export async function connectTarget(invocation: Invocation, workspaceFolder: string, workflow: Workflow, options: TargetOptions): Promise<ConnectedTarget> {
  const [engine, kube] = await Promise.all([import('../engine/index'), import('../kube/index')]);
  const environment = engine.environmentOf(workflow, options.env);
  const clock = systemClock();
  const logger = errorLogger(invocation);
  const context = options.context ?? (options.sandbox === true ? undefined : environment?.context);
  if (options.sandbox !== true && options.kubeconfig === undefined && context === undefined) throw failure('target.none');
  if (options.sandbox === true && (options.kubeconfig !== undefined || options.context !== undefined)) throw failure('target.two');
  const path = options.sandbox === true ? await sandboxKubeconfig(invocation, workspaceFolder) : options.kubeconfig;
  const cluster = await kube.clusterFromKubeconfig({
    ...(path === undefined ? {} : { path: resolve(invocation.workingFolder, path) }),
    ...(context === undefined ? {} : { context }),
    environment: invocation.environment,
    // Who names a kubeconfig on a command line asks for its credentials, programs included, as with kubectl.
    allowPrograms: () => Promise.resolve(true),
    clock,
    logger,
  });
  try {
    const clusterUid = await cluster.clusterUid(invocation.signal);
    const pinned = options.sandbox === true ? undefined : environment?.clusterUid;
    if (pinned !== undefined && pinned !== clusterUid)
      throw failure('target.wrongCluster', { context: cluster.label, environment: options.env ?? '', pinned, found: clusterUid });
    const target: Target = {
      label: options.env ?? (options.sandbox === true ? 'sandbox' : cluster.label),
      sandbox: options.sandbox === true,
      context: cluster.label,
      server: cluster.server,
      clusterUid,
      namespace: options.namespace ?? engine.namespaceOf(workflow, options.env) ?? cluster.defaultNamespace,
      ...(options.env === undefined ? {} : { environment: options.env }),
      protected: environment?.protected === true,
    };
    return { cluster, clock, logger, target };
  } catch (error) {
    cluster.dispose();
    throw error instanceof ProblemError ? error : new ProblemError(engine.clusterProblem(error, { server: cluster.server, verb: 'get' }), { cause: error });
  }
}

async function sandboxKubeconfig(invocation: Invocation, workspaceFolder: string): Promise<string> {
  const { kubeconfigPath } = await startSandbox({
    stateDir: sandboxStateDir(workspaceFolder),
    entry: join(invocation.programFolder, 'sandbox.js'),
    execPath: process.execPath,
    signal: invocation.signal,
  });
  return kubeconfigPath;
}

/** Only what a person must know reaches stderr; connections that come and go are told by the commands themselves. */
function errorLogger(invocation: Invocation): Logger {
  return {
    debug: () => undefined,
    info: () => undefined,
    warn: () => undefined,
    error: (message, error) => void invocation.err(`kubeorch: ${plainLine(message)}${error instanceof Error ? `: ${plainLine(error.message)}` : ''}\n`),
  };
}
