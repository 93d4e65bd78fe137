import { stat } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import type { ManifestText } from '../../engine/index';
import { leaves, nodeFiles } from '../../node/nodeFiles';
import { failure } from '../../shared/problem';
import { adoptCommand } from './adopt';
import { repositoryCommand } from './importRepository';
import type { ExitCode } from '../exitCodes';
import type { OutputOptions } from '../importOutput';
import { finishImport, withOutputOptions } from '../importOutput';
import type { Invocation, Run } from '../invocation';
import { readText } from '../readText';
import { readOpenApi } from '../workflowFile';

interface ComposeOptions extends OutputOptions {
  readonly profile: readonly string[];
  readonly envFile: readonly string[];
  readonly choose: Readonly<Record<string, string>>;
}

const several = (value: string, before: readonly string[]): readonly string[] => [...before, value];

/** `mount:web./data=emptyDir`: the last `=` counts, since paths may have some. */
const withChoice = (value: string, before: Readonly<Record<string, string>>): Readonly<Record<string, string>> => {
  const cut = value.lastIndexOf('=');
  if (cut < 1) throw new InvalidArgumentError('a choice is a key and a value with "=" between them.');
  return { ...before, [value.slice(0, cut)]: value.slice(cut + 1) };
};

export function importCommand(run: Run): Command {
  const compose = withOutputOptions(new Command('compose'))
    .description('make a workflow of compose files; what has no equal is told with its place, the reason and what to do')
    .argument('<file...>', 'compose files; later ones override earlier ones')
    .option('--name <name>', "the workflow's name; that of the project when left out")
    .option('--profile <name>', 'a profile whose services take part; may be given several times', several, [])
    .option('--env-file <file>', 'a file with variables in place of .env; may be given several times', several, [])
    .option('--choose <key=value>', 'decide something otherwise, by a key of "choices" in the JSON; may be given several times', withChoice, {})
    .action((files: readonly string[], options: ComposeOptions) => run((invocation) => importComposeFiles(invocation, files, options)));
  const manifests = withOutputOptions(new Command('manifests'))
    .description('make a workflow of Kubernetes objects, as kustomize, helm template and kubectl write them')
    .argument('<place...>', 'files with YAML or JSON, folders of such, or - for standard input')
    .option('--name <name>', "the workflow's name; what the objects say they are part of when left out")
    .action((places: readonly string[], options: OutputOptions) => run((invocation) => importManifestFiles(invocation, places, options)));
  return new Command('import')
    .description('make a workflow of what is there already')
    .addCommand(compose)
    .addCommand(manifests)
    .addCommand(adoptCommand(run))
    .addCommand(repositoryCommand(run));
}

async function importManifestFiles(invocation: Invocation, places: readonly string[], options: OutputOptions): Promise<ExitCode> {
  const engine = await import('../../engine/index');
  const loaded = await engine.loadCatalog([engine.coreTemplates(nodeFiles(invocation.templatesFolder))]);
  const texts: ManifestText[] = [];
  for (const place of places) texts.push(...(await manifestTexts(invocation, place)));
  const made = engine.importManifests({ texts, loaded, openApi: await readOpenApi(invocation), ...(options.name === undefined ? {} : { name: options.name }) });
  return finishImport(invocation, made, { objects: made.objects }, options);
}

/** What is in a file, on standard input, or in the YAML and JSON files of a folder and those in it. Nothing that a link leads to outside. */
async function manifestTexts(invocation: Invocation, place: string): Promise<readonly ManifestText[]> {
  const path = resolve(invocation.workingFolder, place);
  const isFolder = place !== '-' && (await stat(path).catch(() => undefined))?.isDirectory() === true;
  if (!isFolder) return [{ file: place === '-' ? 'stdin' : place, text: await readText(invocation, place) }];
  const engine = await import('../../engine/index');
  return engine.manifestTextsBelow(nodeFiles(path), place, (inside) => join(place, inside));
}

async function importComposeFiles(invocation: Invocation, files: readonly string[], options: ComposeOptions): Promise<ExitCode> {
  const engine = await import('../../engine/index');
  const loaded = await engine.loadCatalog([engine.coreTemplates(nodeFiles(invocation.templatesFolder))]);
  const paths = files.map((file) => resolve(invocation.workingFolder, file));
  const envFiles = options.envFile.map((file) => resolve(invocation.workingFolder, file));
  const first = paths[0] ?? invocation.workingFolder;
  // Everything is held inside of one folder: the one that the caller stands in, or that of a file elsewhere.
  const folder = leaves(invocation.workingFolder, first) ? dirname(first) : invocation.workingFolder;
  const inFolder = (path: string): string => {
    if (leaves(folder, path)) throw failure('compose.outside', { place: folder, path });
    return relative(folder, path).split(sep).join('/');
  };
  const { choose: choices } = options;
  const made = await engine.importCompose({
    files: nodeFiles(folder),
    folder: folder.split(sep).join('/'),
    paths: paths.map(inFolder),
    ...(options.profile.length > 0 ? { profiles: options.profile } : {}),
    ...(envFiles.length > 0 ? { envFiles: envFiles.map(inFolder) } : {}),
    ...(options.name === undefined ? {} : { name: options.name }),
    catalog: loaded.catalog,
    choices,
  });
  engine.checkChoices(choices, made.choices);
  return finishImport(invocation, made, { services: made.services, choices: made.choices }, options);
}
