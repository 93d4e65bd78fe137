import { readFile } from 'node:fs/promises';
import { basename, dirname, relative, resolve } from 'node:path';
import type { FileProblem, LoadedCatalog, ParsedWorkflow } from '../engine/index';
import type { OpenApi, OpenApiData } from '../openapi/index';
import { failure } from '../shared/problem';
import { hasErrorCode, nodeFiles } from '../node/nodeFiles';
import type { Invocation } from './invocation';
import type { FileProblems } from './printers/problems';

/** A workflow file with everything that its meaning depends on. */
export interface WorkflowFile {
  /** As the caller would name it: relative to the working folder where it lies below it. */
  readonly shownPath: string;
  readonly path: string;
  readonly fileName: string;
  /** The folder that holds `.kubeorch`; the file's own folder when it lies elsewhere. */
  readonly workspaceFolder: string;
  readonly text: string;
  readonly parsed: ParsedWorkflow;
  readonly loaded: LoadedCatalog;
}

/** Reads a workflow file. Throws `file.unreadable`; whatever is wrong inside the file is among its problems. */
export async function readWorkflowFile(invocation: Invocation, argument: string): Promise<WorkflowFile> {
  const path = resolve(invocation.workingFolder, argument);
  const shownPath = shown(invocation, path);
  const text = await readText(path, shownPath);
  const folder = dirname(path);
  return workflowFileOf(invocation, path, text, basename(folder) === '.kubeorch' ? dirname(folder) : folder);
}

/** A workflow file with another text than the one that lies there: that of a version. */
export async function workflowFileOf(invocation: Invocation, path: string, text: string, workspaceFolder: string): Promise<WorkflowFile> {
  const engine = await import('../engine/index');
  const loaded = await readCatalog(invocation, workspaceFolder);
  return { shownPath: shown(invocation, path), path, fileName: basename(path), workspaceFolder, text, parsed: engine.parseWorkflow(text), loaded };
}

/** The shipped kinds with the plugins and templates of a folder; what is wrong with these is among its problems. */
export async function readCatalog(invocation: Invocation, workspaceFolder: string): Promise<LoadedCatalog> {
  const engine = await import('../engine/index');
  return engine.loadCatalog([engine.coreTemplates(nodeFiles(invocation.templatesFolder)), engine.workspaceTemplates(nodeFiles(workspaceFolder))]);
}

/** All problems of a workflow file and of the plugins and templates that it is understood by, those first and each with its own file. */
export async function problemsOf(invocation: Invocation, file: WorkflowFile): Promise<readonly FileProblems[]> {
  const engine = await import('../engine/index');
  const { parsed, loaded, fileName, shownPath, text, workspaceFolder } = file;
  const own = engine.checkWorkflow({ parsed, loaded, fileName, openApi: await readOpenApi(invocation) });
  return [...problemsOfCatalog(invocation, workspaceFolder, loaded), { file: shownPath, text, problems: own }];
}

/** Problems of the plugins and templates of a folder, each with its own file. */
export function problemsOfCatalog(invocation: Invocation, workspaceFolder: string, loaded: LoadedCatalog): readonly FileProblems[] {
  const byFile = new Map<string, FileProblem[]>();
  for (const problem of loaded.problems) byFile.set(problem.file, [...(byFile.get(problem.file) ?? []), problem]);
  return [...byFile].map(([name, problems]) => {
    const path = problems[0]?.inWorkspace === true ? shown(invocation, resolve(workspaceFolder, name)) : name;
    return { file: path, text: undefined, problems };
  });
}

/** The structure of the Kubernetes API that this program was built with. */
export async function readOpenApi(invocation: Invocation): Promise<OpenApi> {
  const { openApiFromJson } = await import('../openapi/index');
  return openApiFromJson(JSON.parse(await readText(invocation.openApiFile, invocation.openApiFile)) as OpenApiData);
}

function shown(invocation: Invocation, path: string): string {
  const short = relative(invocation.workingFolder, path);
  return short.startsWith('..') ? path : short;
}

async function readText(path: string, shownPath: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const detail = hasErrorCode(error, 'ENOENT')
      ? 'there is no such file'
      : hasErrorCode(error, 'EISDIR')
        ? 'it is a folder'
        : error instanceof Error
          ? error.message
          : String(error);
    throw failure('file.unreadable', { file: shownPath, detail }, { cause: error });
  }
}
