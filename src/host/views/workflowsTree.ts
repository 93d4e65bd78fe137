import * as vscode from 'vscode';
import type { Disposable } from '../../shared/disposables';
import type { WorkflowStatus } from '../../shared/workflow';
import type { Files } from '../../engine/ports';
import type { Engine } from '../rooms';
import { failureWords } from '../words';
import type { TreeNode, TreeSource } from './treeNode';
import { treeOf } from './treeNode';
import { fileName, projectFolder, workflowFiles } from './workflowFiles';

const icons: Readonly<Record<WorkflowStatus, string>> = { draft: 'edit', published: 'type-hierarchy-sub', archived: 'archive' };

/** The workflows of the open folders with their environments. A file is read only when its row is shown. */
export function workflowsTree(engine: Engine, filesOf: (folder: vscode.Uri) => Files, onDidChange: (listener: () => void) => Disposable): TreeSource {
  return treeOf(async () => {
    const files = await workflowFiles();
    return Promise.all(
      files.map(async ({ uri, name }): Promise<TreeNode> => {
        let text = '';
        let unreadable: string | undefined;
        try {
          text = (await filesOf(projectFolder(uri)).read(`.kubeorch/${fileName(uri)}`)) ?? '';
        } catch (error) {
          // Its own row says so; the others are read all the same.
          unreadable = failureWords(error);
        }
        const { workflow, problems } = engine.parseWorkflow(text);
        const errors = problems.filter((problem) => problem.severity === 'error').length;
        const environments = Object.entries(workflow.environments);
        const item = new vscode.TreeItem(name, environments.length === 0 ? vscode.TreeItemCollapsibleState.None : vscode.TreeItemCollapsibleState.Expanded);
        item.id = uri.toString();
        item.resourceUri = uri;
        item.iconPath = new vscode.ThemeIcon(icons[workflow.status]);
        const words = workflow.status === 'published' ? workflow.description : workflow.status;
        item.description = unreadable ?? (errors > 0 ? vscode.l10n.t('{0} problems', errors) : words);
        item.tooltip = unreadable ?? (workflow.description === '' ? vscode.workspace.asRelativePath(uri) : workflow.description);
        item.contextValue = 'workflow';
        item.command = { command: 'vscode.openWith', title: vscode.l10n.t('Open Canvas'), arguments: [uri, 'kubeorch.canvas'] };
        return {
          item,
          subject: { type: 'workflow', uri },
          children: () =>
            environments.map(([environmentName, environment]): TreeNode => {
              const row = new vscode.TreeItem(environmentName);
              row.id = `${uri.toString()}#${environmentName}`;
              row.iconPath =
                environment.protected === true
                  ? new vscode.ThemeIcon('shield', new vscode.ThemeColor('list.warningForeground'))
                  : new vscode.ThemeIcon('server-environment');
              row.description = [environment.context, environment.namespace].filter((part) => part !== undefined).join(' · ');
              row.contextValue = 'environment';
              return { item: row, subject: { type: 'target', uri: projectFolder(uri), choice: { type: 'environment', name: environmentName } } };
            }),
        };
      }),
    );
  }, onDidChange);
}
