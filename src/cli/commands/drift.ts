import { Command } from 'commander';
import type { DriftedField, DriftedObject } from '../../engine/index';
import { nodeFiles } from '../../node/nodeFiles';
import type { JsonValue } from '../../shared/json';
import { failure } from '../../shared/problem';
import { oneOf } from '../args';
import type { ExitCode } from '../exitCodes';
import { exitCodes } from '../exitCodes';
import type { Invocation, Run } from '../invocation';
import type { SecretOptions } from '../planFile';
import { planFile, refuseErrors, secretsOf, withSecretOptions } from '../planFile';
import { plainLine } from '../printers/plainText';
import type { SourceOptions } from '../sources';
import { withSourceOptions } from '../sources';
import type { TargetOptions } from '../target';
import { connectTarget, withTargetOptions } from '../target';
import { readWorkflowFile, workflowFileOf } from '../workflowFile';

interface Options extends TargetOptions, SecretOptions, SourceOptions {
  readonly output: 'text' | 'json';
}

export function driftCommand(run: Run): Command {
  return withSecretOptions(withSourceOptions(withTargetOptions(new Command('drift'))))
    .description('where the cluster has left what was applied last: each field as it is, as it was applied, as the file says, and who changed it (exit 4)')
    .argument('<file>', 'workflow file')
    .option('-o, --output <format>', 'text or json', oneOf('text', 'json'), 'text')
    .action((file: string, options: Options) => run((invocation) => drift(invocation, file, options)));
}

async function drift(invocation: Invocation, path: string, options: Options): Promise<ExitCode> {
  const engine = await import('../../engine/index');
  const file = await readWorkflowFile(invocation, path);
  await refuseErrors(invocation, file);
  const { name } = file.parsed.workflow;
  const secrets = await secretsOf(invocation, options);
  const connected = await connectTarget(invocation, file.workspaceFolder, file.parsed.workflow, options);
  try {
    const { cluster, target } = connected;
    const { lastRun } = await engine.readInventory(cluster, name, target.namespace, invocation.signal);
    if (lastRun === undefined) throw failure('drift.neverRun', { workflow: name });
    const files = nodeFiles(file.workspaceFolder);
    const ref = (await engine.versionEntries(files, name)).find((entry) => entry.path.includes(`-${lastRun.digest.slice(0, 8)}.yaml`))?.ref;
    if (ref === undefined) throw failure('drift.noVersion', { version: String(lastRun.version) });
    if (lastRun.status !== 'completed') await invocation.err(`The last run here is ${lastRun.status}: what it did not apply shows as drift, too.\n`);
    const appliedFile = await workflowFileOf(invocation, file.path, (await engine.readVersion(files, name, ref)).text, file.workspaceFolder);
    const applied = await planFile(invocation, appliedFile, connected, secrets, options, { takesAll: true });
    const now = await planFile(invocation, file, connected, secrets, options, { takesAll: true });
    const changed = Object.entries(now.sourceDigests).flatMap(([nodeId, digest]) =>
      (lastRun.sources?.[nodeId] ?? digest) === digest ? [] : [plainLine(nodeId)],
    );
    if (changed.length > 0) await invocation.err(`Rendered otherwise than it was applied, which shows as drift, too: ${changed.join(', ')}\n`);
    const found = engine.driftOf(applied.plan, now.plan);
    await invocation.out(options.output === 'json' ? `${JSON.stringify(found, undefined, 2)}\n` : driftText(found, ref));
    return found.length === 0 ? exitCodes.done : exitCodes.pending;
  } finally {
    connected.cluster.dispose();
  }
}

function driftText(found: readonly DriftedObject[], ref: string): string {
  if (found.length === 0) return `The cluster is as version ${ref} was applied.\n`;
  const blocks = found.map(
    (one) => `${plainLine(`${one.ref.kind}/${one.ref.name}`)}${one.missing ? ' is gone' : ''}\n${one.fields.map((field) => fieldText(one, field)).join('')}`,
  );
  return `${blocks.join('')}Deploy to bring back what was applied (fields of others with --take), or write the live value into the file.\n`;
}

function fieldText({ ref }: DriftedObject, { path, live, applied, file, owner, hidden }: DriftedField): string {
  const sides = hidden === true ? ': changed' : `: live ${shown(live)}, applied ${shown(applied)}, file ${shown(file)}`;
  const take = owner === '' ? '' : ` (${owner}; --take ${ref.kind}/${ref.name}:${path})`;
  return `  ${plainLine(`${path}${sides}${take}`)}\n`;
}

function shown(value: JsonValue | undefined): string {
  return value === undefined ? 'absent' : JSON.stringify(value);
}
