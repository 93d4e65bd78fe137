import * as vscode from 'vscode';
import type { Disposable } from '../../shared/disposables';
import type { Sandboxes } from '../clusters/sandboxes';
import type { Targets } from '../clusters/targets';
import { failureWords } from '../words';
import type { TreeNode, TreeSource } from './treeNode';
import { treeOf } from './treeNode';

/** The sandbox and the contexts of the kubeconfig, the chosen one marked. Showing this view contacts no cluster and starts no program. */
export function clustersTree(targets: Targets, sandboxes: Sandboxes, onDidChange: (listener: () => void) => Disposable): TreeSource {
  return treeOf(async () => {
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
    if (folder === undefined) return [];
    const chosen = targets.choiceFor(folder);
    const check = (isChosen: boolean, icon: string): vscode.ThemeIcon =>
      isChosen ? new vscode.ThemeIcon('pass-filled', new vscode.ThemeColor('charts.green')) : new vscode.ThemeIcon(icon);
    const running = await sandboxes.find(folder);
    const sandbox = new vscode.TreeItem(vscode.l10n.t('Sandbox'));
    sandbox.id = 'sandbox';
    sandbox.description = running === undefined ? vscode.l10n.t('stopped') : vscode.l10n.t('running · nothing real');
    sandbox.tooltip = vscode.l10n.t('An embedded API server for trying things out. It runs no containers; all of it is gone when it stops.');
    sandbox.iconPath = check(chosen?.type === 'sandbox', running === undefined ? 'vm-outline' : 'vm-running');
    sandbox.contextValue = running === undefined ? 'sandbox-stopped' : 'sandbox-running';
    const rows: TreeNode[] = [{ item: sandbox, subject: { type: 'target', uri: folder, choice: { type: 'sandbox' } } }];
    try {
      for (const context of await targets.contexts(folder)) {
        const item = new vscode.TreeItem(context.name);
        item.id = `context:${context.name}`;
        item.description = context.namespace === 'default' ? context.server : `${context.server} · ${context.namespace}`;
        item.iconPath = check(chosen?.type === 'context' && chosen.context === context.name, 'server');
        item.contextValue = 'context';
        rows.push({ item, subject: { type: 'target', uri: folder, choice: { type: 'context', context: context.name } } });
      }
    } catch (error) {
      // A broken kubeconfig is one row that says so; the sandbox above it still works.
      const item = new vscode.TreeItem(failureWords(error));
      item.iconPath = new vscode.ThemeIcon('warning');
      item.tooltip = failureWords(error);
      rows.push({ item });
    }
    return rows;
  }, onDidChange);
}
