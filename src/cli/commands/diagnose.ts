import { Command } from 'commander';
import type { JudgedCheck } from '../../engine/index';
import { overallStatus } from '../../shared/diagnosis';
import { failure } from '../../shared/problem';
import { oneOf } from '../args';
import type { ExitCode } from '../exitCodes';
import { exitCodes } from '../exitCodes';
import type { Invocation, Run } from '../invocation';
import { refuseErrors, renderFile } from '../planFile';
import type { Diagnosed } from '../printers/diagnosis';
import { diagnosisJson, diagnosisTexts } from '../printers/diagnosis';
import type { SourceOptions } from '../sources';
import { withSourceOptions } from '../sources';
import type { TargetOptions } from '../target';
import { connectTarget, withTargetOptions } from '../target';
import { readWorkflowFile } from '../workflowFile';

interface Options extends TargetOptions, SourceOptions {
  readonly output: 'text' | 'json';
}

export function diagnoseCommand(run: Run): Command {
  return withSourceOptions(withTargetOptions(new Command('diagnose')))
    .description('whether traffic gets through, hop by hop (exit 0 when every hop holds, 1 when one is broken, 4 when one is a warning or cannot be told)')
    .argument('<file>', 'workflow file')
    .argument('[node]', 'only this node, with everything behind it')
    .option('-o, --output <format>', 'text or json', oneOf('text', 'json'), 'text')
    .action((file: string, node: string | undefined, options: Options) => run((invocation) => diagnose(invocation, file, node, options)));
}

async function diagnose(invocation: Invocation, path: string, node: string | undefined, options: Options): Promise<ExitCode> {
  const engine = await import('../../engine/index');
  const file = await readWorkflowFile(invocation, path);
  await refuseErrors(invocation, file);
  const { workflow } = file.parsed;
  if (node !== undefined && !workflow.nodes.some((one) => one.id === node)) throw failure('document.reservedNode', { id: node });
  const { cluster, clock, logger, target } = await connectTarget(invocation, file.workspaceFolder, workflow, options);
  try {
    const { objects, resolved } = await renderFile(invocation, file, { namespace: target.namespace, environment: options.env, cluster }, options);
    const environment = options.env === undefined ? {} : { environment: options.env };
    const live = new engine.LiveDiagnostics({
      cluster,
      clock,
      logger,
      workflow: workflow.name,
      intent: engine.intentOf({ resolved, objects, ...environment }),
    });
    try {
      await live.settled(invocation.signal);
      const found = live.snapshot().nodes;
      const ids = workflow.nodes.map(({ id }) => id).filter((id) => Object.hasOwn(found, id) && (node === undefined || id === node));
      const rows = ids.flatMap((id): readonly Diagnosed[] => {
        const diagnosis = found[id];
        return diagnosis === undefined ? [] : [{ id, diagnosis, checks: live.checksOf(id) }];
      });
      if (options.output === 'text') await invocation.out(diagnosisTexts(rows, invocation.colours));
      else await invocation.out(`${JSON.stringify(diagnosisJson(rows, new Date(clock.now()).toISOString()), undefined, 2)}\n`);
      return exitCodeOfChecks(rows.flatMap((row) => row.checks));
    } finally {
      live.dispose();
    }
  } finally {
    cluster.dispose();
  }
}

function exitCodeOfChecks(checks: readonly JudgedCheck[]): ExitCode {
  const status = overallStatus(checks);
  if (status === 'error') return exitCodes.failed;
  return status === 'healthy' ? exitCodes.done : exitCodes.pending;
}
