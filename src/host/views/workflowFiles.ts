import * as vscode from 'vscode';
import { isMissing } from '../files';

const suffix = '.workflow.yaml';

/** The workflow files of all workspace folders, sorted by name. Only `.kubeorch` at a folder's top is looked at: no search. */
export async function workflowFiles(): Promise<readonly { readonly uri: vscode.Uri; readonly name: string }[]> {
  const found: { uri: vscode.Uri; name: string }[] = [];
  for (const folder of vscode.workspace.workspaceFolders ?? []) {
    const place = vscode.Uri.joinPath(folder.uri, '.kubeorch');
    try {
      for (const [name, type] of await vscode.workspace.fs.readDirectory(place)) {
        if ((type & vscode.FileType.File) !== 0 && name.endsWith(suffix))
          found.push({ uri: vscode.Uri.joinPath(place, name), name: name.slice(0, -suffix.length) });
      }
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

export function isWorkflowFile(uri: vscode.Uri): boolean {
  return /\/\.kubeorch\/[^/]+\.workflow\.yaml$/.test(uri.path);
}

/**
 * Whether a document can be changed where it is. A side of a comparison, such as a file as git has it, cannot: VS Code shows it in the same
 * editor, up to 1.128 also in every diff of a workflow.
 */
export function isChangeable(uri: vscode.Uri): boolean {
  return uri.scheme === 'file' || uri.scheme === 'untitled' || vscode.workspace.fs.isWritableFileSystem(uri.scheme) === true;
}

/** Files that kinds of nodes come from: plugins, templates and what these share. */
export const catalogFilesGlob = '**/.kubeorch/{plugins,templates}/**';

export function isCatalogFile(uri: vscode.Uri): boolean {
  return catalogFile.test(uri.path);
}

/** The folder that holds `.kubeorch`, for a plugin's or template's uri. */
export function catalogFolder(uri: vscode.Uri): vscode.Uri {
  return uri.with({ path: uri.path.replace(catalogFile, '') || '/' });
}

const catalogFile = /\/\.kubeorch\/(?:plugins|templates)\/.*$/;

/** The folder that holds `.kubeorch`, for a workflow file's uri. */
export function projectFolder(uri: vscode.Uri): vscode.Uri {
  return vscode.Uri.joinPath(uri, '..', '..');
}

/** The last part of a uri's path. */
export function fileName(uri: vscode.Uri): string {
  return uri.path.slice(uri.path.lastIndexOf('/') + 1);
}
