import type { Files } from '../engine/ports';
import type { PausedRun } from '../engine/index';
import { nodeFiles } from '../node/nodeFiles';
import { failure } from '../shared/problem';
import type { Invocation } from './invocation';
import type { ConnectedTarget, TargetOptions } from './target';
import { connectTarget } from './target';
import type { WorkflowFile } from './workflowFile';
import { workflowFileOf } from './workflowFile';
import { join } from 'node:path';

/** A paused run of the working folder with the text that it runs, on the cluster that it runs on. */
export interface FoundRun {
  readonly files: Files;
  readonly paused: PausedRun;
  readonly file: WorkflowFile;
  readonly connected: ConnectedTarget;
}

/**
 * Finds a run that waits for answers and connects to its target; the options say how to get there, and what they leave open
 * is as when the run began. Throws `run.unknown`, `run.notPaused`, `target.wrongCluster`. The caller disposes the cluster.
 */
export async function findPausedRun(invocation: Invocation, runId: string, options: TargetOptions): Promise<FoundRun> {
  const engine = await import('../engine/index');
  const folder = invocation.workingFolder;
  const files = nodeFiles(folder);
  const workflow = await engine.workflowOfRun(files, runId);
  if (workflow === undefined) throw failure('run.unknown', { run: runId });
  const paused = await engine.readPausedRun(files, workflow, runId);
  const file = await workflowFileOf(invocation, join(folder, '.kubeorch', `${workflow}.workflow.yaml`), paused.text, folder);
  const { target } = paused.started;
  const connected = await connectTarget(invocation, folder, file.parsed.workflow, { ...wayTo(paused, options), namespace: target.namespace });
  const { clusterUid } = connected.target;
  if (clusterUid === target.clusterUid) return { files, paused, file, connected };
  connected.cluster.dispose();
  throw failure('target.wrongCluster', { context: connected.target.context, environment: target.label, pinned: target.clusterUid, found: clusterUid });
}

function wayTo({ started: { target } }: PausedRun, options: TargetOptions): TargetOptions {
  const environment = target.environment === undefined ? {} : { env: target.environment };
  if (options.sandbox === true || options.kubeconfig !== undefined || options.context !== undefined) return { ...environment, ...options };
  return { ...environment, ...(target.sandbox ? { sandbox: true } : { context: target.context }) };
}
