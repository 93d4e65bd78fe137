import { stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { Command } from 'commander';
import type { ComposeImport, ManifestText } from '../../engine/index';
import { leaves, nodeFiles } from '../../node/nodeFiles';
import { failure } from '../../shared/problem';
import { oneOf } from '../args';
import type { ExitCode } from '../exitCodes';
import { exitCodes } from '../exitCodes';
import type { Invocation, Run } from '../invocation';
import { lossesJson, lossesText, lossLine } from '../printers/losses';
import { readText } from '../readText';
import { readOpenApi } from '../workflowFile';

interface OutputOptions {
  readonly out?: string;
  readonly force?: boolean;
  readonly report?: string;
  readonly name?: string;
  readonly output: 'text' | 'json';
}

interface ComposeOptions extends OutputOptions {
  readonly profile: readonly string[];
  readonly envFile: readonly string[];
}

const several = (value: string, before: readonly string[]): readonly string[] => [...before, value];

export function importCommand(run: Run): Command {
  const compose = new Command('compose')
    .description('make a workflow of compose files; what has no equal is told with its place, the reason and what to do')
    .argument('<file...>', 'compose files; later ones override earlier ones')
    .option('--out <file>', 'where to; standard output when left out')
    .option('--force', 'replace the file of --out when it is there')
    .option('--report <file>', 'where the losses go too: JSON for a name in .json, else text')
    .option('--name <name>', "the workflow's name; that of the project when left out")
    .option('--profile <name>', 'a profile whose services take part; may be given several times', several, [])
    .option('--env-file <file>', 'a file with variables in place of .env; may be given several times', several, [])
    .option('-o, --output <format>', 'text or json', oneOf('text', 'json'), 'text')
    .action((files: readonly string[], options: ComposeOptions) => run((invocation) => importComposeFiles(invocation, files, options)));
  const manifests = new Command('manifests')
    .description('make a workflow of Kubernetes objects, as kustomize, helm template and kubectl write them')
    .argument('<place...>', 'files with YAML or JSON, folders of such, or - for standard input')
    .option('--out <file>', 'where to; standard output when left out')
    .option('--force', 'replace the file of --out when it is there')
    .option('--report <file>', 'where the losses go too: JSON for a name in .json, else text')
    .option('--name <name>', "the workflow's name; what the objects say they are part of when left out")
    .option('-o, --output <format>', 'text or json', oneOf('text', 'json'), 'text')
    .action((places: readonly string[], options: OutputOptions) => run((invocation) => importManifestFiles(invocation, places, options)));
  return new Command('import').description('make a workflow of what is there already').addCommand(compose).addCommand(manifests);
}

async function importManifestFiles(invocation: Invocation, places: readonly string[], options: OutputOptions): Promise<ExitCode> {
  const engine = await import('../../engine/index');
  const loaded = await engine.loadCatalog([engine.coreTemplates(nodeFiles(invocation.templatesFolder))]);
  const texts: ManifestText[] = [];
  for (const place of places) texts.push(...(await manifestTexts(invocation, place)));
  const made = engine.importManifests({ texts, loaded, openApi: await readOpenApi(invocation), ...(options.name === undefined ? {} : { name: options.name }) });
  return finishImport(invocation, made, { objects: made.objects }, options);
}

/** Most files of a folder that are read, and how deep folders may lie in one another. */
const maxManifestFiles = 5000;
const maxFolderDepth = 20;

/** What is in a file, on standard input, or in the YAML and JSON files of a folder and those in it. Nothing that a link leads to outside. */
async function manifestTexts(invocation: Invocation, place: string): Promise<readonly ManifestText[]> {
  const path = resolve(invocation.workingFolder, place);
  const isFolder = place !== '-' && (await stat(path).catch(() => undefined))?.isDirectory() === true;
  if (!isFolder) return [{ file: place === '-' ? 'stdin' : place, text: await readText(invocation, place) }];
  const files = nodeFiles(path);
  const texts: ManifestText[] = [];
  const look = async (folder: string, depth: number): Promise<void> => {
    for (const { name, folder: isInner } of await files.list(folder === '' ? '.' : folder)) {
      const inside = folder === '' ? name : `${folder}/${name}`;
      if (isInner && depth < maxFolderDepth && !name.startsWith('.') && name !== 'node_modules') await look(inside, depth + 1);
      if (isInner || !/\.(?:ya?ml|json)$/i.test(name)) continue;
      if (texts.length >= maxManifestFiles) throw failure('import.tooManyFiles', { folder: place, limit: String(maxManifestFiles) });
      const text = leaves(path, join(path, inside)) ? undefined : await files.read(inside);
      if (text !== undefined) texts.push({ file: join(place, inside), text });
    }
  };
  await look('', 0);
  return texts;
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
  const made = await engine.importCompose({
    files: nodeFiles(folder),
    folder: folder.split(sep).join('/'),
    paths: paths.map(inFolder),
    ...(options.profile.length > 0 ? { profiles: options.profile } : {}),
    ...(envFiles.length > 0 ? { envFiles: envFiles.map(inFolder) } : {}),
    ...(options.name === undefined ? {} : { name: options.name }),
    catalog: loaded.catalog,
  });
  return finishImport(invocation, made, { services: made.services }, options);
}

/** Writes what was asked for: the workflow, the report, and what goes to standard output. */
async function finishImport(
  invocation: Invocation,
  made: Pick<ComposeImport, 'workflow' | 'text' | 'secrets' | 'losses'>,
  parts: object,
  options: OutputOptions,
): Promise<ExitCode> {
  const toStdout = options.out === undefined || options.out === '-';
  if (!toStdout) await writeFile(invocation, options.out ?? '', made.text, options.force === true);
  if (options.report !== undefined)
    await writeFile(invocation, options.report, options.report.endsWith('.json') ? lossesJson(made.losses) : lossesText(made.losses, false), true);
  if (options.output === 'json') {
    const { workflow, text, secrets, losses } = made;
    await invocation.out(
      `${JSON.stringify({ name: workflow.name, ...(toStdout ? { text } : { file: options.out }), ...parts, secrets, losses }, undefined, 2)}\n`,
    );
    return exitCodes.done;
  }
  if (toStdout) await invocation.out(made.text);
  else await invocation.out(`${options.out ?? ''}\n`);
  await invocation.err(lossesText(made.losses, invocation.colours) + lossLine(made.losses));
  return exitCodes.done;
}

async function writeFile(invocation: Invocation, file: string, text: string, replace: boolean): Promise<void> {
  const path = resolve(invocation.workingFolder, file);
  const files = nodeFiles(dirname(path));
  if (replace) await files.replace(basename(path), text);
  else if (!(await files.createExclusive(basename(path), text))) throw failure('import.exists', { file: join(file) });
}
