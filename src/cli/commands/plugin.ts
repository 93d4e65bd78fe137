import { rm } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { Command } from 'commander';
import type { CataloguePlugin, CustomDefinitionSource } from '../../engine/index';
import { nodeFiles } from '../../node/nodeFiles';
import { pluginsFolder } from '../../shared/plugin';
import { failure } from '../../shared/problem';
import { emptyWorkflow } from '../../shared/workflow';
import { oneOf } from '../args';
import type { ExitCode } from '../exitCodes';
import { exitCodes } from '../exitCodes';
import type { Invocation, Run } from '../invocation';
import { tableText } from '../printers/table';
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
  const list = new Command('list')
    .description('list the plugins that come along, and which of them this folder has')
    .option('-o, --output <format>', 'text or json', oneOf('text', 'json'), 'text')
    .action((options: { readonly output: 'text' | 'json' }) => run((invocation) => listPlugins(invocation, options.output)));
  const enable = new Command('enable')
    .description('put plugins that come along into this folder')
    .argument('<name...>')
    .action((names: readonly string[]) => run((invocation) => enablePlugins(invocation, names)));
  const disable = new Command('disable')
    .description('take plugins that came along, and were not changed, out of this folder')
    .argument('<name...>')
    .action((names: readonly string[]) => run((invocation) => disablePlugins(invocation, names)));
  return [generate, list, enable, disable].reduce(
    (command, inner) => command.addCommand(inner),
    new Command('plugin').description('plugins, which make custom resources nodes'),
  );
}

async function listPlugins(invocation: Invocation, output: 'text' | 'json'): Promise<ExitCode> {
  const engine = await import('../../engine/index');
  const workspace = nodeFiles(invocation.workingFolder);
  const rows = await Promise.all(
    (await engine.readCatalogue(nodeFiles(invocation.templatesFolder))).map(async (plugin) => ({ plugin, state: await engine.pluginState(workspace, plugin) })),
  );
  if (output === 'json') {
    const shown = rows.map(({ plugin: { name, displayName, category, types }, state }) => ({
      ...{ name, displayName, category, state },
      types: types.map(({ type, kind, group, version }) => ({ type, kind, group, version })),
    }));
    await invocation.out(`${JSON.stringify(shown, undefined, 2)}\n`);
  } else {
    await invocation.out(
      tableText(
        rows.map(({ plugin, state }) => [plugin.name, plugin.category, state === 'disabled' ? '' : state, plugin.types.map(({ type }) => type).join(', ')]),
      ),
    );
  }
  return exitCodes.done;
}

/** The plugins of these names. Throws `plugin.unknown` before anything is written. */
async function pluginsNamed(invocation: Invocation, names: readonly string[]): Promise<readonly CataloguePlugin[]> {
  const catalogue = await (await import('../../engine/index')).readCatalogue(nodeFiles(invocation.templatesFolder));
  return names.map((name) => {
    const found = catalogue.find((plugin) => plugin.name === name);
    if (found === undefined) throw failure('plugin.unknown', { name, known: catalogue.map((plugin) => plugin.name).join(', ') });
    return found;
  });
}

async function enablePlugins(invocation: Invocation, names: readonly string[]): Promise<ExitCode> {
  const { enablePlugin } = await import('../../engine/index');
  const workspace = nodeFiles(invocation.workingFolder);
  for (const plugin of await pluginsNamed(invocation, names)) {
    const written = await enablePlugin(workspace, plugin);
    await invocation.out(written.map((path) => `${path}\n`).join(''));
    if (written.length === 0) await invocation.err(`kubeorch: ${plugin.name} is here already\n`);
  }
  return exitCodes.done;
}

async function disablePlugins(invocation: Invocation, names: readonly string[]): Promise<ExitCode> {
  const { filesToDisable } = await import('../../engine/index');
  const plugins = await pluginsNamed(invocation, names);
  const paths = [];
  for (const plugin of plugins) paths.push(...(await filesToDisable(nodeFiles(invocation.workingFolder), plugin)));
  for (const path of paths) {
    await rm(join(invocation.workingFolder, path));
    await invocation.out(`${path}\n`);
  }
  return exitCodes.done;
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
  const found = engine.definitionsInManifest(await readText(invocation, file), file);
  const meant = kind === undefined ? found : found.filter((one) => one.kind === kind || `${one.group}/${one.kind}` === kind);
  const [first] = meant;
  if (first === undefined) throw failure('plugin.noDefinitionIn', { file, detail: `it holds no CustomResourceDefinition of ${kind ?? ''}` });
  if (meant.length > 1)
    throw failure('plugin.noDefinitionIn', { file, detail: `it holds several, choose by --kind ${meant.map((one) => `${one.group}/${one.kind}`).join(', ')}` });
  return first.read();
}
