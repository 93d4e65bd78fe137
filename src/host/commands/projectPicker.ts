import * as vscode from 'vscode';
import type { ProjectChoice } from '../../engine/index';
import { unlinked } from '../messages';

type Part = vscode.QuickPickItem & { readonly index: number };

/** Which of the projects of a repository, and which parts of it; undefined when the person gave up. */
export async function pickProject(name: string, projects: readonly ProjectChoice[], token: vscode.CancellationToken): Promise<ProjectChoice | undefined> {
  const title = unlinked(vscode.l10n.t('Import Repository {0}', name));
  const [only] = projects;
  const picked =
    projects.length <= 1
      ? only
      : (
          await vscode.window.showQuickPick(
            projects.map((project) => ({ ...itemOf(project), project })),
            { title, placeHolder: vscode.l10n.t('Which of what was found?'), matchOnDescription: true, ignoreFocusOut: true },
            token,
          )
        )?.project;
  if (picked === undefined) return undefined;
  return picked.type === 'compose' ? pickFiles(title, picked, token) : pickFolders(title, picked, token);
}

async function pickFiles(
  title: string,
  project: Extract<ProjectChoice, { readonly type: 'compose' }>,
  token: vscode.CancellationToken,
): Promise<ProjectChoice | undefined> {
  if (project.others.length === 0) return project;
  const all = [...project.paths, ...project.others];
  const items = all.map((label, index) => ({ label, index, picked: index < project.paths.length }));
  const parts = await pickParts(title, vscode.l10n.t('Which files? Later ones override earlier ones.'), items, token);
  if (parts === undefined) return undefined;
  const paths = all.filter((_, index) => parts.has(index));
  return { type: 'compose', paths, others: all.filter((_, index) => !parts.has(index)) };
}

async function pickFolders(
  title: string,
  project: Extract<ProjectChoice, { readonly type: 'sources' }>,
  token: vscode.CancellationToken,
): Promise<ProjectChoice | undefined> {
  if (project.folders.length <= 1) return project;
  const items = project.folders.map(({ folder, dockerfile, source }, index) => ({
    label: folder,
    description: dockerfile ?? vscode.l10n.t('{0}, by {1}', source?.language ?? '', source?.found ?? ''),
    index,
    picked: true,
  }));
  const parts = await pickParts(title, vscode.l10n.t('Which folders? Each becomes a service with an image of its own.'), items, token);
  return parts === undefined ? undefined : { type: 'sources', folders: project.folders.filter((_, index) => parts.has(index)) };
}

/** Nothing ticked is no answer: it gives up as Escape does. */
async function pickParts(
  title: string,
  placeHolder: string,
  items: readonly Part[],
  token: vscode.CancellationToken,
): Promise<ReadonlySet<number> | undefined> {
  const picked = await vscode.window.showQuickPick(items, { title, placeHolder, canPickMany: true, ignoreFocusOut: true }, token);
  return picked === undefined || picked.length === 0 ? undefined : new Set(picked.map(({ index }) => index));
}

function itemOf(project: ProjectChoice): vscode.QuickPickItem {
  if (project.type === 'compose') {
    const { paths, others } = project;
    return {
      label: `$(layers) ${paths.join(', ')}`,
      description: others.length === 0 ? vscode.l10n.t('compose') : vscode.l10n.t('compose; more files: {0}', others.length),
    };
  }
  const { folders } = project;
  const isDocker = folders.some(({ dockerfile }) => dockerfile !== undefined);
  return {
    label: isDocker ? `$(package) ${vscode.l10n.t('Dockerfiles')}` : `$(code) ${vscode.l10n.t('Languages')}`,
    description: folders.map(({ folder, source }) => (source === undefined ? folder : `${folder}: ${source.language}`)).join(', '),
  };
}
