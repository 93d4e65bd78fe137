import * as vscode from 'vscode';
import type { ComposeImport, ImportLoss } from '../../engine/index';
import type { Files } from '../../engine/ports';
import { failure } from '../../shared/problem';
import { readOnlyFiles } from '../files';
import type { Engine } from '../rooms';
import type { CommandTable } from './commands';
import { openCanvas, pickFolder } from './workflowCommands';

interface Parts {
  readonly engine: Engine;
  readonly filesOf: (folder: vscode.Uri) => Files;
  readonly extensionUri: vscode.Uri;
}

/** Compose files by the names that compose itself looks for, and by what people call them. */
const composeFiles = '**/{compose,docker-compose,*.compose,compose.*,docker-compose.*}.{yml,yaml}';

interface Choice extends vscode.QuickPickItem {
  readonly act?: 'create' | 'losses';
}

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
      await offer(made, folder);
    },
  };

  async function offer(made: ComposeImport, folder: vscode.Uri): Promise<void> {
    const file = `.kubeorch/${made.workflow.name}.workflow.yaml`;
    const lost = made.losses.filter((loss) => loss.kind === 'lost').length;
    const choices: readonly Choice[] = [
      {
        label: vscode.l10n.t('Create {0}', file),
        description: vscode.l10n.t('{0} nodes', made.workflow.nodes.length),
        iconPath: new vscode.ThemeIcon('check'),
        act: 'create',
      },
      {
        label: vscode.l10n.t('Show Losses'),
        description: vscode.l10n.t('{0} lost, {1} to look at', lost, made.losses.length - lost),
        iconPath: new vscode.ThemeIcon('list-unordered'),
        act: 'losses',
      },
      { label: vscode.l10n.t('What would come'), kind: vscode.QuickPickItemKind.Separator },
      ...made.services.map(({ service, workload, services }) => ({
        label: service,
        description: [workload?.kind ?? vscode.l10n.t('not carried'), ...services.map((name) => vscode.l10n.t('service {0}', name))].join(', '),
      })),
      ...made.secrets.map(({ node, keys }) => ({ label: node, description: vscode.l10n.t('secret; asked for later: {0}', keys.join(', ')) })),
    ];
    const picked = await vscode.window.showQuickPick(choices, {
      title: vscode.l10n.t('Import Compose File'),
      placeHolder: vscode.l10n.t('Nothing is written before you create it.'),
      ignoreFocusOut: true,
    });
    if (picked === undefined) return;
    if (picked.act === 'losses') return showLosses(made.losses, folder);
    if (!(await filesOf(folder).createExclusive(file, made.text))) throw failure('import.taken', { file });
    await openCanvas(vscode.Uri.joinPath(folder, file));
    if (made.losses.length > 0) await showLosses(made.losses, folder);
  }
}

function inFolder(folder: vscode.Uri, file: vscode.Uri): string {
  const start = folder.path.endsWith('/') ? folder.path : `${folder.path}/`;
  if (file.scheme !== folder.scheme || !file.path.startsWith(start)) throw failure('compose.outside', { place: folder.path, path: file.path });
  return file.path.slice(start.length);
}

/** The losses as a document beside the canvas, with links to their places. */
async function showLosses(losses: readonly ImportLoss[], folder: vscode.Uri): Promise<void> {
  const words: Readonly<Record<ImportLoss['kind'], string>> = {
    lost: vscode.l10n.t('Lost'),
    changed: vscode.l10n.t('Changed'),
    note: vscode.l10n.t('Good to know'),
  };
  const sections = (['lost', 'changed', 'note'] as const).flatMap((kind) => {
    const of = losses.filter((loss) => loss.kind === kind);
    return of.length === 0 ? [] : [`## ${words[kind]}`, '', ...of.map((loss) => lossLines(loss, folder)), ''];
  });
  const document = await vscode.workspace.openTextDocument({ language: 'markdown', content: ['# Import', '', ...sections].join('\n') });
  await vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true, preview: true });
}

function lossLines({ path, file, line, column, reason, todo }: ImportLoss, folder: vscode.Uri): string {
  return `- \`${path}\` (${vscode.workspace.asRelativePath(vscode.Uri.joinPath(folder, file))}:${line}:${column})\n  ${reason}\n  → ${todo}`;
}
