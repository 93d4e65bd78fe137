import * as vscode from 'vscode';
import type { Disposable } from '../../shared/disposables';
import { refKey } from '../../shared/kubeObject';
import type { NodeState, NodeStatus } from '../../shared/nodeStatus';
import type { Workflow, WorkflowStatus } from '../../shared/workflow';
import { statusWords } from '../commands/workflowCommands';
import type { Files } from '../../engine/ports';
import type { LiveDocument } from '../live/liveDocument';
import type { Engine } from '../rooms';
import { settings } from '../settings';
import { failureWords } from '../words';
import type { TreeNode, TreeSource, TreeSubject } from './treeNode';
import { treeOf } from './treeNode';
import { fileName, projectFolder, workflowFiles } from './workflowFiles';

const icons: Readonly<Record<WorkflowStatus, string>> = { draft: 'edit', published: 'type-hierarchy-sub', archived: 'archive' };

/** The nodes of a workflow that is open, and what is known of them. */
export type FollowedNodes = Pick<LiveDocument, 'statusOf' | 'objectStatusesOf'>;
type FollowedObject = ReturnType<FollowedNodes['objectStatusesOf']>[number];

/** The workflows of the open folders with their environments and nodes. A file is read only when its row is shown. */
export function workflowsTree(
  engine: Engine,
  filesOf: (folder: vscode.Uri) => Files,
  followed: (workflow: vscode.Uri) => FollowedNodes | undefined,
  onDidChange: (listener: () => void) => Disposable,
): TreeSource {
  return treeOf(async () => {
    const files = settings.workflowOrder() === 'changed' ? await byLastChange(await workflowFiles()) : await workflowFiles();
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
        const hasRows = environments.length + workflow.nodes.length > 0;
        const item = new vscode.TreeItem(
          name,
          hasRows
            ? environments.length === 0
              ? vscode.TreeItemCollapsibleState.Collapsed
              : vscode.TreeItemCollapsibleState.Expanded
            : vscode.TreeItemCollapsibleState.None,
        );
        item.id = uri.toString();
        item.resourceUri = uri;
        item.iconPath = new vscode.ThemeIcon(icons[workflow.status]);
        const words = workflow.status === 'published' ? workflow.description : statusWords[workflow.status]();
        item.description = unreadable ?? (errors > 0 ? vscode.l10n.t('{0} problems', errors) : words);
        item.tooltip = unreadable ?? (workflow.description === '' ? vscode.workspace.asRelativePath(uri) : workflow.description);
        item.contextValue = `workflow-${workflow.status}`;
        item.command = { command: 'vscode.openWith', title: vscode.l10n.t('Open Canvas'), arguments: [uri, 'kubeorch.canvas'] };
        return {
          item,
          subject: { type: 'workflow', uri },
          children: () => [
            ...environments.map(([environmentName, environment]): TreeNode => {
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
            ...(workflow.nodes.length === 0 ? [] : [nodesRow(uri, workflow, () => followed(uri))]),
          ],
        };
      }),
    );
  }, onDidChange);
}

const stateIcons: Readonly<Record<NodeState, readonly [icon: string, colour: string]>> = {
  healthy: ['pass-filled', 'testing.iconPassed'],
  partial: ['warning', 'list.warningForeground'],
  pending: ['sync', 'charts.blue'],
  error: ['error', 'testing.iconFailed'],
  suspended: ['debug-pause', 'disabledForeground'],
  missing: ['circle-slash', 'testing.iconFailed'],
  unknown: ['question', 'disabledForeground'],
};

const stateWords: Readonly<Record<NodeState, () => string>> = {
  healthy: () => vscode.l10n.t('Healthy'),
  partial: () => vscode.l10n.t('Partly healthy'),
  pending: () => vscode.l10n.t('Pending'),
  error: () => vscode.l10n.t('Error'),
  suspended: () => vscode.l10n.t('Suspended'),
  missing: () => vscode.l10n.t('Missing'),
  unknown: () => vscode.l10n.t('Unknown'),
};

/** The canvas as a list: each node with how it does, as far as some view follows it. */
function nodesRow(uri: vscode.Uri, workflow: Workflow, followed: () => FollowedNodes | undefined): TreeNode {
  const item = new vscode.TreeItem(vscode.l10n.t('Nodes'), vscode.TreeItemCollapsibleState.Collapsed);
  item.id = `${uri.toString()}#/nodes`;
  item.description = String(workflow.nodes.length);
  item.iconPath = new vscode.ThemeIcon('symbol-misc');
  item.contextValue = 'nodes';
  return {
    item,
    children: () => {
      const nodes = followed();
      return workflow.nodes.map(({ id, type }): TreeNode => {
        const status = nodes?.statusOf(id);
        // What a program made of a chart or base has rows of its own.
        const objects = status?.objects === undefined ? [] : (nodes?.objectStatusesOf(id) ?? []);
        const row = new vscode.TreeItem(id, objects.length === 0 ? vscode.TreeItemCollapsibleState.None : vscode.TreeItemCollapsibleState.Collapsed);
        row.id = `${uri.toString()}#/nodes/${id}`;
        row.iconPath = iconOf(status);
        const word = wordOf(status);
        const leadsTo = workflow.edges.flatMap(({ from, to }) => (from === id ? [to] : []));
        row.description = [type, word].filter((part) => part !== '').join(' · ');
        row.tooltip = [
          ...(status === undefined || status.message === '' ? [] : [status.message]),
          ...(leadsTo.length === 0 ? [] : [vscode.l10n.t('Leads to {0}', leadsTo.join(', '))]),
        ].join('\n');
        row.accessibilityInformation = { label: [id, type, word, row.tooltip].filter((part) => part !== '').join(', ') };
        row.contextValue = 'node';
        const subject = { type: 'node', uri, nodeId: id } as const;
        row.command = { command: 'kubeorch.openNode', title: vscode.l10n.t('Show on the Canvas'), arguments: [{ item: row, subject }] };
        return { item: row, subject, ...(objects.length === 0 ? {} : { children: () => objects.map((object) => objectRow(row, subject, object)) }) };
      });
    },
  };
}

/** One object of a chart or base. It leads to its node, as that is what the file has. */
function objectRow(node: vscode.TreeItem, subject: TreeSubject, { ref, status }: FollowedObject): TreeNode {
  const item = new vscode.TreeItem(ref.name);
  item.id = `${node.id ?? ''}/${refKey(ref)}`;
  item.iconPath = iconOf(status);
  const word = wordOf(status);
  item.description = [ref.kind, word].filter((part) => part !== '').join(' · ');
  item.tooltip = [...(ref.namespace === '' ? [] : [ref.namespace]), ...(status.message === '' ? [] : [status.message])].join('\n');
  item.accessibilityInformation = { label: [ref.name, ref.kind, word, status.message].filter((part) => part !== '').join(', ') };
  item.contextValue = 'nodeObject';
  item.command = { command: 'kubeorch.openNode', title: vscode.l10n.t('Show on the Canvas'), arguments: [{ item, subject }] };
  return { item, subject };
}

function isAwaited(status: NodeStatus | undefined): boolean {
  return status === undefined || (status.state === 'missing' && status.reason === undefined && status.staleSince === undefined);
}

function iconOf(status: NodeStatus | undefined): vscode.ThemeIcon {
  const [icon, colour] = status === undefined || isAwaited(status) ? ['circle-large', 'disabledForeground'] : stateIcons[status.state];
  return new vscode.ThemeIcon(status?.staleSince === undefined ? icon : 'history', new vscode.ThemeColor(colour));
}

function wordOf(status: NodeStatus | undefined): string {
  if (status === undefined) return '';
  return isAwaited(status) ? vscode.l10n.t('Not deployed') : stateWords[status.state]();
}

/** The file that was changed last first; those of the same moment by name. */
async function byLastChange<F extends { readonly uri: vscode.Uri }>(files: readonly F[]): Promise<readonly F[]> {
  const dated = await Promise.all(
    files.map(async (file) => {
      try {
        return { file, changedMs: (await vscode.workspace.fs.stat(file.uri)).mtime };
      } catch {
        // Gone since it was listed; its own row says what became of it.
        return { file, changedMs: 0 };
      }
    }),
  );
  return dated.sort((a, b) => b.changedMs - a.changedMs).map(({ file }) => file);
}
