import * as vscode from 'vscode';
import type { Disposable } from '../../shared/disposables';
import type { RunStatus, RunSummary } from '../../shared/runEvent';
import type { Files } from '../../engine/ports';
import type { Engine } from '../rooms';
import { failureWords } from '../words';
import type { TreeNode, TreeSource } from './treeNode';
import { treeOf } from './treeNode';
import { projectFolder, workflowFiles } from './workflowFiles';

const icons: Readonly<Record<RunStatus, readonly [icon: string, colour?: string]>> = {
  pending: ['clock'],
  running: ['sync~spin'],
  paused: ['debug-pause', 'list.warningForeground'],
  completed: ['pass', 'charts.green'],
  failed: ['error', 'list.errorForeground'],
  cancelled: ['circle-slash'],
};

/** Rows shown at once for each workflow; a "more" row asks for the next ones. */
const pageSize = 10;

/** The runs of each workflow, newest first, out of their journals. */
export function runsTree(engine: Engine, filesOf: (folder: vscode.Uri) => Files, onDidChange: (listener: () => void) => Disposable): TreeSource {
  return treeOf(async () => {
    const workflows = await workflowFiles();
    const groups: TreeNode[] = [];
    for (const { uri, name } of workflows) {
      let runs: readonly RunSummary[];
      try {
        runs = await engine.listRuns(filesOf(projectFolder(uri)), name, 100);
      } catch (error) {
        // The journals of one folder say nothing of the others'.
        groups.push({ item: unreadable(uri, name, failureWords(error)) });
        continue;
      }
      if (runs.length === 0) continue;
      const item = new vscode.TreeItem(name, vscode.TreeItemCollapsibleState.Expanded);
      item.id = `runs:${uri.toString()}`;
      item.iconPath = new vscode.ThemeIcon('history');
      item.contextValue = 'runs';
      groups.push({ item, children: () => page(runs, 0, uri, name) });
    }
    return groups;
  }, onDidChange);
}

function unreadable(uri: vscode.Uri, name: string, words: string): vscode.TreeItem {
  const item = new vscode.TreeItem(name, vscode.TreeItemCollapsibleState.None);
  item.id = `runs:${uri.toString()}`;
  item.iconPath = new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground'));
  item.description = words;
  item.tooltip = words;
  item.accessibilityInformation = { label: `${name}, ${words}` };
  return item;
}

function page(runs: readonly RunSummary[], from: number, workflow: vscode.Uri, name: string): readonly TreeNode[] {
  const rows = runs.slice(from, from + pageSize).map((run): TreeNode => {
    const started = new Date(run.startedAt);
    const label = `${vscode.l10n.t('version {0}', run.version)} → ${run.target}`;
    const item = new vscode.TreeItem(label);
    item.id = `${workflow.toString()}:${run.runId}`;
    item.description = `${Number.isNaN(started.getTime()) ? '' : started.toLocaleString()}${run.durationMs === undefined ? '' : ` · ${(run.durationMs / 1000).toFixed(1)} s`}`;
    const [icon, colour] = icons[run.status];
    item.iconPath = new vscode.ThemeIcon(icon, colour === undefined ? undefined : new vscode.ThemeColor(colour));
    item.tooltip = run.error ?? run.status;
    item.accessibilityInformation = { label: `${run.status}, ${label}` };
    item.contextValue = `run-${run.status}`;
    const journal = vscode.Uri.joinPath(projectFolder(workflow), '.kubeorch', 'runs', name, `${run.runId}.ndjson`);
    item.command = { command: 'kubeorch.openRun', title: vscode.l10n.t('Open Run Journal'), arguments: [{ item, subject: { type: 'run', uri: journal } }] };
    return { item, subject: { type: 'run', uri: journal } };
  });
  if (runs.length <= from + pageSize) return rows;
  const more = new vscode.TreeItem(vscode.l10n.t('{0} more…', runs.length - from - pageSize), vscode.TreeItemCollapsibleState.Collapsed);
  more.id = `${workflow.toString()}:more:${from}`;
  return [...rows, { item: more, children: () => page(runs, from + pageSize, workflow, name) }];
}
