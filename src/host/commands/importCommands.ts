import * as vscode from 'vscode';
import type { Files } from '../../engine/ports';
import { failure } from '../../shared/problem';
import { readOnlyFiles } from '../files';
import type { Engine } from '../rooms';
import type { CommandTable } from './commands';
import { offerImport, serviceRows } from './importOffer';
import { pickFolder } from './workflowCommands';

interface Parts {
  readonly engine: Engine;
  readonly filesOf: (folder: vscode.Uri) => Files;
  readonly extensionUri: vscode.Uri;
}

/** Compose files by the names that compose itself looks for, and by what people call them. */
const composeFiles = '**/{compose,docker-compose,*.compose,compose.*,docker-compose.*}.{yml,yaml}';

/** Makes a workflow of compose files: what would come is shown first, and written only when that is accepted. */
export function importCommands({ engine, filesOf, extensionUri }: Parts): CommandTable {
  const pickFiles = async (): Promise<readonly vscode.Uri[]> => {
    const found = await vscode.workspace.findFiles(composeFiles, '**/{node_modules,.git}/**', 200);
    if (found.length === 0) throw new Error(vscode.l10n.t('There is no compose file in the open folders.'));
    if (found.length === 1) return found;
    const items = found.map((uri) => ({ label: vscode.workspace.asRelativePath(uri), uri })).sort((a, b) => (a.label < b.label ? -1 : 1));
    const picked = await vscode.window.showQuickPick(items, {
      canPickMany: true,
      title: vscode.l10n.t('Import Compose File'),
      placeHolder: vscode.l10n.t('Which files? Later ones override earlier ones.'),
    });
    return (picked ?? []).map((item) => item.uri);
  };

  return {
    importCompose: async (subject) => {
      const files = subject?.type === 'workflow' ? [subject.uri] : await pickFiles();
      const [first] = files;
      if (first === undefined) return;
      const folder = vscode.workspace.getWorkspaceFolder(first)?.uri ?? (await pickFolder());
      if (folder === undefined) throw new Error(vscode.l10n.t('Open a folder first: a workflow is a file in it.'));
      const loaded = await engine.loadCatalog([engine.coreTemplates(readOnlyFiles(vscode.Uri.joinPath(extensionUri, 'templates')))]);
      const made = await engine.importCompose({
        files: filesOf(folder),
        folder: folder.path,
        paths: files.map((file) => inFolder(folder, file)),
        catalog: loaded.catalog,
      });
      await offerImport(filesOf, folder, {
        title: vscode.l10n.t('Import Compose File'),
        ...made,
        rows: serviceRows(made),
        placeOf: ({ file, line, column }) => `${vscode.workspace.asRelativePath(vscode.Uri.joinPath(folder, file))}:${line}:${column}`,
      });
    },
  };
}

function inFolder(folder: vscode.Uri, file: vscode.Uri): string {
  const start = folder.path.endsWith('/') ? folder.path : `${folder.path}/`;
  if (file.scheme !== folder.scheme || !file.path.startsWith(start)) throw failure('compose.outside', { place: folder.path, path: file.path });
  return file.path.slice(start.length);
}
