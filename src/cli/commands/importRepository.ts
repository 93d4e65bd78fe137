import { stat } from 'node:fs/promises';
import { basename, resolve, sep } from 'node:path';
import { Command } from 'commander';
import type { RepositoryImport, RepositoryImportRequest } from '../../engine/index';
import { withClone } from '../../node/cloneRepository';
import { nodeFiles } from '../../node/nodeFiles';
import { systemClock } from '../../node/systemClock';
import { failure } from '../../shared/problem';
import type { ExitCode } from '../exitCodes';
import type { OutputOptions } from '../importOutput';
import { finishImport, withOutputOptions } from '../importOutput';
import type { Invocation, Run } from '../invocation';
import { plainLine } from '../printers/plainText';

interface Options extends OutputOptions {
  readonly branch?: string;
  readonly folder?: string;
}

export function repositoryCommand(run: Run): Command {
  return withOutputOptions(new Command('repo'))
    .description('make a workflow of a repository: of its compose files, else its Dockerfiles, else the languages that are found; nothing in it is run')
    .argument('<place>', 'a folder, or an address by https or ssh, which is cloned with git')
    .option('--branch <name>', 'a branch or tag of the address')
    .option('--folder <path>', 'a folder of the repository, in which is looked')
    .option('--name <name>', "the workflow's name; the repository's when left out")
    .action((place: string, options: Options) => run((invocation) => importRepository(invocation, place, options)));
}

async function importRepository(invocation: Invocation, place: string, options: Options): Promise<ExitCode> {
  const engine = await import('../../engine/index');
  if (!engine.isRepositoryUrl(place)) {
    const root = resolve(invocation.workingFolder, place);
    if ((await stat(root).catch(() => undefined))?.isDirectory() !== true) throw failure('file.unreadable', { file: place, detail: 'there is no such folder' });
    if (options.branch !== undefined) throw failure('import.invalidUrl', { detail: 'a folder has no branches: check the branch out, or give an address' });
    const within = options.folder === undefined ? undefined : engine.folderInRepository(options.folder);
    return finish(invocation, await analysed(invocation, root, basename(root), within, options.name), options);
  }
  const found = engine.repositoryPlace(place);
  const branch = options.branch === undefined ? found.branch : engine.branchOf(options.branch);
  const within = options.folder === undefined ? found.folder : engine.folderInRepository(options.folder);
  await invocation.err(`cloning ${plainLine(found.url)}\n`);
  const { environment, signal } = invocation;
  const made = await withClone({ url: found.url, ...(branch === undefined ? {} : { branch }), environment, clock: systemClock(), signal }, (root) =>
    analysed(invocation, root, found.name, within, options.name, { url: found.url, ...(branch === undefined ? {} : { branch }) }),
  );
  return finish(invocation, made, options);
}

async function analysed(
  invocation: Invocation,
  root: string,
  repository: string,
  within: string | undefined,
  name: string | undefined,
  cloned?: RepositoryImportRequest['repository'],
): Promise<RepositoryImport> {
  const engine = await import('../../engine/index');
  await invocation.err('analyzing\n');
  const loaded = await engine.loadCatalog([engine.coreTemplates(nodeFiles(invocation.templatesFolder))]);
  const { signal } = invocation;
  const folder = root.split(sep).join('/');
  return engine.importRepository({
    files: nodeFiles(root),
    folder,
    catalog: loaded.catalog,
    name: name ?? repository,
    signal,
    ...(within === undefined ? {} : { within }),
    ...(cloned === undefined ? {} : { repository: cloned }),
  });
}

async function finish(invocation: Invocation, made: RepositoryImport, options: OutputOptions): Promise<ExitCode> {
  const { found, services, builds } = made;
  if (found.type === 'compose') {
    await invocation.err(`Compose files: ${plainLine(found.paths.join(', '))}\n`);
    if (found.others.length > 0)
      await invocation.err(`Not read: ${plainLine(found.others.join(', '))}. Import them with "kubeorch import compose", or give --folder.\n`);
  } else
    for (const { folder, dockerfile, source } of found.folders)
      await invocation.err(`${plainLine(folder)}: ${plainLine(dockerfile ?? `${source?.language ?? ''}, by ${source?.found ?? ''}`)}\n`);
  return finishImport(invocation, made, { found, services, builds }, options);
}
