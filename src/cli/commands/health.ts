import { Command } from 'commander';
import { oneOf } from '../args';
import type { ExitCode } from '../exitCodes';
import type { Invocation, Run } from '../invocation';
import { problemsText } from '../printers/problems';
import type { StatusRow } from '../printers/status';
import { statusText, whyJson } from '../printers/status';
import { readText } from '../readText';
import { problemsOfCatalog, readCatalog } from '../workflowFile';
import { exitCodeOfRows } from './status';

interface Options {
  readonly filename: readonly string[];
  readonly output: 'text' | 'json';
}

export function healthCommand(run: Run): Command {
  return new Command('health')
    .description(
      'the verdict on Kubernetes objects in files, with the status that they have there, by the rules of the plugins of this folder too; no cluster is asked',
    )
    .requiredOption(
      '-f, --filename <file>',
      'YAML or JSON with objects, as kubectl get -o yaml prints them; - for standard input; may be repeated',
      (file: string, before: readonly string[] | undefined) => [...(before ?? []), file],
    )
    .option('-o, --output <format>', 'text or json', oneOf('text', 'json'), 'text')
    .action((options: Options) => run((invocation) => health(invocation, options)));
}

async function health(invocation: Invocation, options: Options): Promise<ExitCode> {
  const engine = await import('../../engine/index');
  const loaded = await readCatalog(invocation, invocation.workingFolder);
  // A broken plugin counts as absent; its objects are judged by the rules of any kind.
  await invocation.err(problemsText(problemsOfCatalog(invocation, invocation.workingFolder, loaded), invocation.colours));
  const byPlugin = engine.pluginHealth(loaded);
  const rows: (StatusRow & { readonly apiVersion: string })[] = [];
  for (const file of options.filename) {
    for (const object of engine.objectsFromManifest(await readText(invocation, file))) {
      const { apiVersion, kind, metadata } = object;
      rows.push({
        apiVersion,
        kind,
        id: metadata.name,
        namespace: metadata.namespace ?? '',
        name: metadata.name,
        status: byPlugin(object) ?? engine.healthOf(object, { nowMs: Date.now() }),
      });
    }
  }
  if (options.output === 'json') {
    const verdicts = rows.map(({ apiVersion, kind, name, namespace, status }) => ({
      apiVersion,
      kind,
      namespace,
      name,
      state: status.state,
      message: status.message,
      ...whyJson(status),
    }));
    await invocation.out(`${JSON.stringify(verdicts, undefined, 2)}\n`);
  } else await invocation.out(statusText(rows, invocation.colours));
  return exitCodeOfRows(rows);
}
