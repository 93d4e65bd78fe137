import { Command } from 'commander';
import type { LiveWorkflow, RenderedObject } from '../../engine/index';
import type { NodeStatus } from '../../shared/nodeStatus';
import { ProblemError } from '../../shared/problem';
import { oneOf } from '../args';
import type { ExitCode } from '../exitCodes';
import { exitCodes } from '../exitCodes';
import type { Invocation, Run } from '../invocation';
import { refuseErrors, renderFile } from '../planFile';
import type { StatusRow } from '../printers/status';
import { statusJson, statusText } from '../printers/status';
import type { SourceOptions } from '../sources';
import { withSourceOptions } from '../sources';
import type { TargetOptions } from '../target';
import { connectTarget, withTargetOptions } from '../target';
import { readWorkflowFile } from '../workflowFile';

interface Options extends TargetOptions, SourceOptions {
  readonly output: 'text' | 'json';
  readonly watch?: true;
}

export function statusCommand(run: Run): Command {
  return withSourceOptions(withTargetOptions(new Command('status')))
    .description('how each node does on the cluster (exit 0 when all are healthy, 1 when one has an error, 4 when one is not there yet)')
    .argument('<file>', 'workflow file')
    .option('--watch', 'go on and tell every change; with -o json one object a line')
    .option('-o, --output <format>', 'text or json', oneOf('text', 'json'), 'text')
    .action((file: string, options: Options) => run((invocation) => status(invocation, file, options)));
}

async function status(invocation: Invocation, path: string, options: Options): Promise<ExitCode> {
  const engine = await import('../../engine/index');
  const file = await readWorkflowFile(invocation, path);
  await refuseErrors(invocation, file);
  const { cluster, clock, logger, target } = await connectTarget(invocation, file.workspaceFolder, file.parsed.workflow, options);
  try {
    const { objects } = await renderFile(invocation, file, { namespace: target.namespace, environment: options.env, cluster }, options);
    const live = new engine.LiveWorkflow({ cluster, clock, logger, workflow: file.parsed.workflow.name, objects });
    try {
      await live.settled(invocation.signal);
      refuseDeadCluster(live, objects);
      const rows = rowsOf(objects, live.snapshot().nodes);
      await tell(invocation, rows, options);
      if (options.watch === true) await follow(invocation, live, objects, options);
      return exitCodeOfRows(rowsOf(objects, live.snapshot().nodes));
    } finally {
      live.dispose();
    }
  } finally {
    cluster.dispose();
  }
}

/** When nothing at all could be asked, there is no status to show, only a reason. */
function refuseDeadCluster(live: LiveWorkflow, objects: readonly RenderedObject[]): void {
  const problem = live.failures()[0]?.problem;
  const states = Object.values(live.snapshot().nodes);
  if (problem !== undefined && objects.length > 0 && states.every((one) => one.state === 'unknown')) throw new ProblemError(problem);
}

function rowsOf(objects: readonly RenderedObject[], nodes: Readonly<Record<string, NodeStatus>>): readonly StatusRow[] {
  return objects.flatMap(({ nodeId, object, namespaced }) => {
    const found = nodes[nodeId];
    const { kind, metadata } = object;
    return found === undefined ? [] : [{ id: nodeId, kind, namespace: namespaced ? (metadata.namespace ?? '') : '', name: metadata.name, status: found }];
  });
}

async function tell(invocation: Invocation, rows: readonly StatusRow[], options: Options): Promise<void> {
  if (options.output === 'text') await invocation.out(statusText(rows, invocation.colours));
  else if (options.watch === true) await invocation.out(rows.map((row) => `${JSON.stringify(statusJson(row))}\n`).join(''));
  else await invocation.out(`${JSON.stringify(rows.map(statusJson), undefined, 2)}\n`);
}

/** Until the caller has enough: a watch has no end of its own. */
async function follow(invocation: Invocation, live: LiveWorkflow, objects: readonly RenderedObject[], options: Options): Promise<void> {
  let writing = Promise.resolve();
  const subscription = live.onPatch((patch) => {
    const rows = rowsOf(objects, patch.nodes);
    if (rows.length > 0) writing = writing.then(() => tell(invocation, rows, options));
  });
  try {
    await live.until(() => false, invocation.signal);
  } finally {
    subscription.dispose();
    await writing;
  }
}

export function exitCodeOfRows(rows: readonly StatusRow[]): ExitCode {
  if (rows.some(({ status: { state } }) => state === 'error')) return exitCodes.failed;
  return rows.every(({ status: { state } }) => state === 'healthy' || state === 'suspended') ? exitCodes.done : exitCodes.pending;
}
