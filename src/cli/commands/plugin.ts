import { dirname, join, relative, resolve } from 'node:path';
import { Command } from 'commander';
import type { CustomDefinitionSource } from '../../engine/index';
import { nodeFiles } from '../../node/nodeFiles';
import type { JsonObject } from '../../shared/json';
import { pluginsFolder } from '../../shared/plugin';
import { failure } from '../../shared/problem';
import { emptyWorkflow } from '../../shared/workflow';
import type { ExitCode } from '../exitCodes';
import { exitCodes } from '../exitCodes';
import type { Invocation, Run } from '../invocation';
import { readText } from '../readText';
import type { TargetOptions } from '../target';
import { connectTarget } from '../target';

interface Options extends TargetOptions {
  readonly kind?: string;
  readonly out?: string;
}

export function pluginCommand(run: Run): Command {
  const generate = new Command('generate')
    .description('write a plugin file for a custom kind, from its definition in a file or on a cluster')
    .argument('<source>', 'a file with CustomResourceDefinitions; with a cluster, GROUP/KIND')
    .option('--sandbox', 'the sandbox of this folder')
    .option('--context <name>', 'a context of the kubeconfig')
    .option('--kubeconfig <file>', 'a kubeconfig file; without --context its current context')
    .option('--kind <kind>', 'which of the definitions in the file')
    .option('--out <file>', `where to; ${pluginsFolder}/<name>.yaml when left out, - for standard output`)
    .action((source: string, options: Options) => run((invocation) => generatePlugin(invocation, source, options)));
  return new Command('plugin').description('plugins, which make custom resources nodes').addCommand(generate);
}

async function generatePlugin(invocation: Invocation, source: string, options: Options): Promise<ExitCode> {
  const engine = await import('../../engine/index');
  const isOnCluster = options.sandbox === true || options.context !== undefined || options.kubeconfig !== undefined;
  const definition = isOnCluster ? await fromCluster(invocation, source, options) : await fromFile(invocation, source, options.kind);
  const { name, text } = engine.generatedPlugin(definition);
  if (options.out === '-') {
    await invocation.out(text);
    return exitCodes.done;
  }
  const path = resolve(invocation.workingFolder, options.out ?? join(pluginsFolder, `${name}.yaml`));
  const folder = dirname(path);
  const shown = relative(invocation.workingFolder, path);
  if (!(await nodeFiles(folder).createExclusive(relative(folder, path), text))) throw failure('plugin.exists', { file: shown });
  await invocation.out(`${shown}\n`);
  return exitCodes.done;
}

async function fromCluster(invocation: Invocation, name: string, options: Options): Promise<CustomDefinitionSource> {
  const engine = await import('../../engine/index');
  const { cluster } = await connectTarget(invocation, invocation.workingFolder, emptyWorkflow('plugin'), options);
  try {
    return await engine.definitionFromCluster(cluster, name, invocation.signal);
  } finally {
    cluster.dispose();
  }
}

async function fromFile(invocation: Invocation, file: string, kind: string | undefined): Promise<CustomDefinitionSource> {
  const engine = await import('../../engine/index');
  const found = engine
    .objectsFromManifest(await readText(invocation, file))
    .map((object) => object as unknown as JsonObject)
    .filter((object) => engine.isCustomDefinition(object))
    .map((object) => engine.definitionFromCrd(object));
  const meant = kind === undefined ? found : found.filter((one) => one.kind === kind || `${one.group}/${one.kind}` === kind);
  const [first] = meant;
  if (first === undefined)
    throw failure('plugin.noDefinition', { detail: `${file} holds no CustomResourceDefinition${kind === undefined ? '' : ` of ${kind}`}` });
  if (meant.length > 1) throw failure('plugin.noDefinition', { detail: `${file} holds several: choose by --kind ${meant.map((one) => one.kind).join(', ')}` });
  return first;
}
