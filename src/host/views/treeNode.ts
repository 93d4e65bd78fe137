import type * as vscode from 'vscode';
import type { Disposable } from '../../shared/disposables';
import type { ObjectRef } from '../../shared/kubeObject';
import type { GateType } from '../../shared/plan';

/** One row of a view with what is below it, asked for only when the row is opened. */
export interface TreeNode {
  readonly item: vscode.TreeItem;
  readonly children?: () => Promise<readonly TreeNode[]> | readonly TreeNode[];
  /** What a command on this row acts on. */
  readonly subject?: TreeSubject;
}

export type TreeSubject =
  | { readonly type: 'workflow'; readonly uri: vscode.Uri }
  /** A node of a workflow. */
  | { readonly type: 'node'; readonly uri: vscode.Uri; readonly nodeId: string }
  | { readonly type: 'target'; readonly choice: import('../clusters/targets').TargetChoice; readonly uri?: vscode.Uri }
  /** A run: `uri` is its journal, `workflow` the file that was run. */
  | { readonly type: 'run'; readonly uri: vscode.Uri; readonly workflow: vscode.Uri; readonly runId: string }
  /** A gate at which a run waits. */
  | { readonly type: 'gate'; readonly workflow: vscode.Uri; readonly runId: string; readonly gateId: string; readonly gateType: GateType }
  /** A version of the workflow of a file. */
  | { readonly type: 'version'; readonly uri: vscode.Uri; readonly ref: string }
  /** One object of a cluster, as the resources view lists it. */
  | { readonly type: 'resource'; readonly cluster: import('../clusters/targets').ClusterChoice; readonly folder: vscode.Uri; readonly ref: ObjectRef }
  /** A row of the resources view that is no object: a cluster, a namespace, a kind. */
  | { readonly type: 'resources'; readonly row: import('../resources/resourceRows').Row }
  /** A build of a folder. */
  | { readonly type: 'build'; readonly build: import('../builds/imageBuilds').ListedBuild }
  /** A registry that was added, by its name. */
  | { readonly type: 'registry'; readonly name: string }
  /** An image of a registry, by its whole name. */
  | { readonly type: 'image'; readonly reference: string }
  /** A forwarded port, by the id that the list of forwards gave it. */
  | { readonly type: 'forward'; readonly id: string };

export interface TreeSource {
  children(node: TreeNode | undefined): Promise<readonly TreeNode[]>;
  /** Tells a row that changed, by the very object that was given for it, or nothing when all of them may have. */
  readonly onDidChange: (listener: (changed?: TreeNode) => void) => Disposable;
  /** Told when the view comes into sight and when it goes. */
  setVisible?(visible: boolean): void;
  /** Called once with the view itself, for sources that follow what is open in it and describe it. */
  readonly attach?: (view: vscode.TreeView<TreeNode>) => Disposable;
}

/** A source whose rows carry their own children. */
export function treeOf(roots: () => Promise<readonly TreeNode[]>, onDidChange: TreeSource['onDidChange']): TreeSource {
  return { children: async (node) => (node === undefined ? roots() : ((await node.children?.()) ?? [])), onDidChange };
}
