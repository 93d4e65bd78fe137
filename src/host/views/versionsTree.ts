import * as vscode from 'vscode';
import type { VersionEntry } from '../../engine/index';
import type { Files } from '../../engine/ports';
import type { Disposable } from '../../shared/disposables';
import type { Engine } from '../rooms';
import { failureWords } from '../words';
import { runIcon } from './runsTree';
import type { TreeNode, TreeSource } from './treeNode';
import { treeOf } from './treeNode';
import { projectFolder, workflowFiles } from './workflowFiles';

/** Rows shown at once for each workflow; a "more" row asks for the next ones. */
const pageSize = 10;

/** The versions of each workflow, newest first: when each was made, by whom, what it is called, and how its last run went. */
export function versionsTree(engine: Engine, filesOf: (folder: vscode.Uri) => Files, onDidChange: (listener: () => void) => Disposable): TreeSource {
  return treeOf(async () => {
    const groups: TreeNode[] = [];
    for (const { uri, name } of await workflowFiles()) {
      const item = new vscode.TreeItem(name, vscode.TreeItemCollapsibleState.Expanded);
      item.id = `versions:${uri.toString()}`;
      item.contextValue = 'versions';
      try {
        const entries = await engine.versionEntries(filesOf(projectFolder(uri)), name);
        if (entries.length === 0) continue;
        item.iconPath = new vscode.ThemeIcon('versions');
        groups.push({ item, subject: { type: 'workflow', uri }, children: () => page(entries, 0, uri) });
      } catch (error) {
        // The versions of one folder say nothing of the others'.
        const words = failureWords(error);
        item.collapsibleState = vscode.TreeItemCollapsibleState.None;
        item.iconPath = new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground'));
        item.description = words;
        item.tooltip = words;
        groups.push({ item });
      }
    }
    return groups;
  }, onDidChange);
}

function page(entries: readonly VersionEntry[], from: number, uri: vscode.Uri): readonly TreeNode[] {
  const rows = entries.slice(from, from + pageSize).map((entry): TreeNode => {
    const subject = { type: 'version' as const, uri, ref: entry.ref };
    const item = rowOf(entry, uri);
    item.command = { command: 'kubeorch.openVersion', title: vscode.l10n.t('Open Version'), arguments: [{ item, subject }] };
    return { item, subject };
  });
  const left = entries.length - from - pageSize;
  if (left <= 0) return rows;
  const more = new vscode.TreeItem(vscode.l10n.t('{0} more…', left), vscode.TreeItemCollapsibleState.Collapsed);
  more.id = `versions:${uri.toString()}:more:${String(from)}`;
  return [...rows, { item: more, children: () => page(entries, from + pageSize, uri) }];
}

function rowOf({ ref, meta }: VersionEntry, uri: vscode.Uri): vscode.TreeItem {
  const made = new Date(meta.createdAt);
  const when = Number.isNaN(made.getTime()) ? '' : made.toLocaleString();
  const last = meta.runs.at(-1);
  const label = [vscode.l10n.t('Version {0}', ref), meta.tag, meta.name].filter((part) => part !== undefined && part !== '').join(' · ');
  const item = new vscode.TreeItem(label);
  item.id = `version:${uri.toString()}:${ref}`;
  item.description = [when, meta.createdBy].filter((part) => part !== undefined && part !== '').join(' · ');
  item.iconPath = last === undefined ? new vscode.ThemeIcon(meta.restoredFrom === undefined ? 'tag' : 'discard') : runIcon(last.status);
  item.tooltip = [label, meta.description, when, meta.createdBy, ...meta.runs.map((run) => `${run.status} → ${run.target}`)]
    .filter((part) => part !== undefined && part !== '')
    .join('\n');
  item.accessibilityInformation = {
    label: [label, when, last === undefined ? undefined : `${last.status}, ${last.target}`].filter((part) => part !== undefined).join(', '),
  };
  item.contextValue = 'version';
  return item;
}
