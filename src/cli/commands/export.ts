import { dirname, basename, resolve } from 'node:path';
import { Command } from 'commander';
import type { Export, RenderedObject } from '../../engine/index';
import { nodeFiles } from '../../node/nodeFiles';
import { failure } from '../../shared/problem';
import type { ExitCode } from '../exitCodes';
import { exitCodes } from '../exitCodes';
import type { Invocation, Run } from '../invocation';
import { refuseErrors, renderFile } from '../planFile';
import { plainLine } from '../printers/plainText';
import type { SourceOptions } from '../sources';
import { withSourceOptions } from '../sources';
import type { WorkflowFile } from '../workflowFile';
import { readOpenApi, readWorkflowFile } from '../workflowFile';

interface FolderOptions extends SourceOptions {
  readonly out: string;
  readonly force?: true;
  readonly env?: string;
}

interface ArgoOptions {
  readonly repo: string;
  readonly path: string;
  readonly revision: string;
  readonly project: string;
  readonly argocdNamespace: string;
  readonly server: string;
  readonly autoSync?: true;
  readonly env?: string;
  readonly out?: string;
  readonly force?: true;
}

export function exportCommand(run: Run): Command {
  const intoFolder = (command: Command): Command =>
    withSourceOptions(command)
      .argument('<file>', 'workflow file')
      .requiredOption('--out <folder>', 'where to')
      .option('--force', 'replace files that are there');
  const manifests = intoFolder(new Command('manifests'))
    .description('write each Kubernetes object of a workflow to a file of its own; Secrets, whose values are in no file, are left out and told')
    .option('--env <name>', 'an environment of the file: its namespace and its overrides')
    .action((file: string, options: FolderOptions) => run((invocation) => exportManifests(invocation, file, options)));
  const kustomize = intoFolder(new Command('kustomize'))
    .description("write a Kustomize base, and an overlay for each of the file's environments")
    .action((file: string, options: FolderOptions) => run((invocation) => exportKustomize(invocation, file, options)));
  const argocd = new Command('argocd')
    .description('write the Application by which Argo CD deploys a folder that was exported and pushed')
    .argument('<file>', 'workflow file')
    .requiredOption('--repo <url>', 'the repository, as Argo CD reaches it')
    .requiredOption('--path <folder>', 'the folder in the repository, such as deploy/overlays/prod')
    .option('--revision <ref>', 'branch, tag or commit', 'HEAD')
    .option('--env <name>', 'an environment of the file: its namespace, and part of the name')
    .option('--project <name>', 'the project of Argo CD', 'default')
    .option('--argocd-namespace <name>', 'where Argo CD keeps its Applications', 'argocd')
    .option('--server <url>', 'the API server that Argo CD deploys to', 'https://kubernetes.default.svc')
    .option('--auto-sync', 'Argo CD deploys whatever is pushed; nothing is pruned')
    .option('--out <file>', 'where to; standard output when left out')
    .option('--force', 'replace the file of --out when it is there')
    .action((file: string, options: ArgoOptions) => run((invocation) => exportArgo(invocation, file, options)));
  return new Command('export').description('write a workflow for other tools').addCommand(manifests).addCommand(kustomize).addCommand(argocd);
}

async function soundFile(invocation: Invocation, path: string): Promise<WorkflowFile> {
  const file = await readWorkflowFile(invocation, path);
  await refuseErrors(invocation, file);
  return file;
}

async function objectsFor(
  invocation: Invocation,
  file: WorkflowFile,
  environment: string | undefined,
  options: SourceOptions,
): Promise<{ readonly name: string; readonly namespace: string | undefined; readonly objects: readonly RenderedObject[] }> {
  const engine = await import('../../engine/index');
  const namespace = engine.namespaceOf(file.parsed.workflow, environment);
  return { name: environment ?? '', namespace, objects: (await renderFile(invocation, file, { namespace, environment }, options)).objects };
}

async function exportManifests(invocation: Invocation, path: string, options: FolderOptions): Promise<ExitCode> {
  const engine = await import('../../engine/index');
  const file = await soundFile(invocation, path);
  const { objects } = await objectsFor(invocation, file, options.env, options);
  return writeExport(invocation, engine.exportManifests(objects), options);
}

async function exportKustomize(invocation: Invocation, path: string, options: FolderOptions): Promise<ExitCode> {
  const engine = await import('../../engine/index');
  const file = await soundFile(invocation, path);
  const base = await objectsFor(invocation, file, undefined, options);
  const environments = [];
  for (const name of Object.keys(file.parsed.workflow.environments)) environments.push(await objectsFor(invocation, file, name, options));
  return writeExport(invocation, engine.exportKustomize(base, environments, await readOpenApi(invocation)), options);
}

async function exportArgo(invocation: Invocation, path: string, options: ArgoOptions): Promise<ExitCode> {
  const engine = await import('../../engine/index');
  const { workflow } = (await soundFile(invocation, path)).parsed;
  const { text } = engine.argoApplicationOf(workflow, options.env, {
    repository: options.repo,
    path: options.path,
    revision: options.revision,
    project: options.project,
    argoNamespace: options.argocdNamespace,
    server: options.server,
    automated: options.autoSync === true,
  });
  if (options.out === undefined) await invocation.out(text);
  else
    await writeExport(
      invocation,
      { files: [{ path: basename(options.out), text }], leftOut: [] },
      { out: dirname(options.out), ...(options.force === true ? { force: true } : {}) },
    );
  return exitCodes.done;
}

/** Writes all files or, when one of them is there and may not be replaced, none. */
async function writeExport(invocation: Invocation, { files, leftOut }: Export, { out, force }: Pick<FolderOptions, 'out' | 'force'>): Promise<ExitCode> {
  const folder = nodeFiles(resolve(invocation.workingFolder, out));
  if (force !== true) {
    for (const { path } of files) if ((await folder.read(path)) !== undefined) throw failure('import.exists', { file: `${out}/${path}` });
  }
  for (const { path, text } of files) {
    if (force === true) await folder.replace(path, text);
    else if (!(await folder.createExclusive(path, text))) throw failure('import.exists', { file: `${out}/${path}` });
    await invocation.out(plainLine(`${out}/${path}`) + '\n');
  }
  for (const { kind, name } of leftOut)
    await invocation.err(
      plainLine(
        `${kind}/${name} is left out: its values are in no file. Make it on the cluster, or with a tool that seals secrets, before the rest is applied.`,
      ) + '\n',
    );
  return exitCodes.done;
}
