import * as vscode from 'vscode';
import { askForText } from '../messages';
import type { Engine } from '../rooms';
import { failureWords } from '../words';

/** Where a repository is: an address that is cloned, or a folder that is here. */
export type RepositorySource =
  | { readonly type: 'address'; readonly url: string; readonly branch?: string; readonly within?: string; readonly name: string }
  | { readonly type: 'folder'; readonly uri: vscode.Uri; readonly name: string };

/** Asks for an address or a folder; undefined when the person gave up. */
export async function askForRepository(engine: Engine): Promise<RepositorySource | undefined> {
  const title = vscode.l10n.t('Import Repository');
  const address = { label: `$(repo-clone) ${vscode.l10n.t('Address of a Git Repository…')}`, description: vscode.l10n.t('by https or ssh'), type: 'address' };
  const open = (vscode.workspace.workspaceFolders ?? []).map(({ name, uri }) => ({
    label: `$(folder) ${name}`,
    description: vscode.l10n.t('the open folder'),
    type: 'open',
    uri,
  }));
  const other = { label: `$(folder-opened) ${vscode.l10n.t('Another Folder…')}`, type: 'other' };
  const items: readonly (vscode.QuickPickItem & { readonly type: string; readonly uri?: vscode.Uri })[] = [address, ...open, other];
  const picked = await vscode.window.showQuickPick(items, { title, placeHolder: vscode.l10n.t('Where is it? Nothing in it is run.') });
  if (picked === undefined) return undefined;
  if (picked.type === 'address') return askForAddress(engine, title);
  const uri = picked.uri ?? (await openFolder(title));
  return uri === undefined ? undefined : { type: 'folder', uri, name: uri.path.split('/').findLast((part) => part !== '') ?? 'imported' };
}

async function openFolder(title: string): Promise<vscode.Uri | undefined> {
  const [uri] = (await vscode.window.showOpenDialog({ canSelectFolders: true, canSelectFiles: false, title, openLabel: vscode.l10n.t('Import') })) ?? [];
  return uri;
}

/** Asks for an address and, where it names none, a branch; undefined when the person gave up. */
export async function askForAddress(engine: Engine, title: string): Promise<Extract<RepositorySource, { readonly type: 'address' }> | undefined> {
  const typed = await askForText({
    title,
    prompt: vscode.l10n.t('Its address, or that of a branch or folder as the browser shows it. Your own git signs in to private ones.'),
    placeHolder: 'https://github.com/acme/shop.git',
    ignoreFocusOut: true,
    validateInput: (text) => (text.trim() === '' ? vscode.l10n.t('It cannot be empty.') : wrongIn(() => engine.repositoryPlace(text.trim()))),
  });
  if (typed === undefined) return undefined;
  const { url, name, folder, branch } = engine.repositoryPlace(typed.trim());
  const place = { type: 'address' as const, url, name, ...(folder === undefined ? {} : { within: folder }) };
  if (branch !== undefined) return { ...place, branch };
  const wished = await askForText({
    title,
    prompt: vscode.l10n.t('A branch or tag. Empty: the default branch.'),
    ignoreFocusOut: true,
    validateInput: (text) => (text.trim() === '' ? undefined : wrongIn(() => engine.branchOf(text.trim()))),
  });
  if (wished === undefined) return undefined;
  return wished.trim() === '' ? place : { ...place, branch: engine.branchOf(wished.trim()) };
}

/** What is wrong with an answer, in words. */
function wrongIn(read: () => unknown): string | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    return failureWords(error);
  }
}
