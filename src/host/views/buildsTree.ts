import * as vscode from 'vscode';
import { buildRow } from '../builds/buildRow';
import type { ImageBuilds, ListedBuild } from '../builds/imageBuilds';
import { stageWords } from '../builds/imageBuilds';
import type { TreeNode, TreeSource } from './treeNode';
import { treeOf } from './treeNode';

/** Rows shown at once; a "more" row asks for the next ones. */
const pageSize = 20;

/** The builds of the open folders, newest first: those that go on with their stage, and what is kept of the others. */
export function buildsTree(builds: ImageBuilds, onDidChange: TreeSource['onDidChange']): TreeSource {
  return treeOf(async () => {
    const folders = vscode.workspace.workspaceFolders ?? [];
    const all = (await Promise.all(folders.map(({ uri }) => builds.list(uri)))).flat();
    const sorted = all.toSorted((a, b) => (a.record.createdAt === b.record.createdAt ? 0 : a.record.createdAt < b.record.createdAt ? 1 : -1));
    return page(sorted, 0);
  }, onDidChange);
}

function page(builds: readonly ListedBuild[], from: number): readonly TreeNode[] {
  const rows = builds.slice(from, from + pageSize).map(rowOf);
  const left = builds.length - from - pageSize;
  if (left <= 0) return rows;
  const more = new vscode.TreeItem(vscode.l10n.t('{0} more…', left), vscode.TreeItemCollapsibleState.Collapsed);
  more.id = `builds:more:${from}`;
  return [...rows, { item: more, children: () => page(builds, from + pageSize) }];
}

function rowOf(build: ListedBuild): TreeNode {
  const { folder, record, isRunning } = build;
  const { state, icon, colour, label, description, detail } = buildRow(build);
  const item = new vscode.TreeItem(label);
  item.id = `${folder.toString()}:${record.id}`;
  item.description = description;
  item.iconPath = new vscode.ThemeIcon(icon, colour === undefined ? undefined : new vscode.ThemeColor(colour));
  const { repoUrl, branch, commitSha, errorStage, imageDigest } = record;
  const source =
    repoUrl === undefined
      ? undefined
      : `${repoUrl}${branch === undefined ? '' : ` · ${branch}`}${commitSha === undefined ? '' : ` · ${commitSha.slice(0, 12)}`}`;
  const at = state === 'failed' && errorStage !== undefined ? [vscode.l10n.t('It failed while {0}.', stageWords()[errorStage])] : [];
  item.tooltip = [
    `${record.imageName}:${record.imageTag}`,
    ...(source === undefined ? [] : [source]),
    detail,
    ...at,
    ...(imageDigest === undefined ? [] : [imageDigest]),
  ].join('\n');
  item.accessibilityInformation = { label: [label, isRunning ? description : detail, ...at].join(', ') };
  item.contextValue = `build-${isRunning ? 'running' : state}`;
  const subject = { type: 'build' as const, build };
  item.command = { command: 'kubeorch.showBuildLog', title: vscode.l10n.t('Show Build Log'), arguments: [{ item, subject }] };
  return { item, subject };
}
