import type * as vscode from 'vscode';
import type { Disposable } from '../../shared/disposables';

/** One row of a view with what is below it, asked for only when the row is opened. */
export interface TreeNode {
  readonly item: vscode.TreeItem;
  readonly children?: () => Promise<readonly TreeNode[]> | readonly TreeNode[];
  /** What a command on this row acts on. */
  readonly subject?: TreeSubject;
}

export type TreeSubject =
  | { readonly type: 'workflow'; readonly uri: vscode.Uri }
  | { readonly type: 'target'; readonly choice: import('../clusters/targets').TargetChoice; readonly uri?: vscode.Uri }
  | { readonly type: 'run'; readonly uri: vscode.Uri };

export interface TreeSource {
  children(node: TreeNode | undefined): Promise<readonly TreeNode[]>;
  readonly onDidChange: (listener: () => void) => Disposable;
}

/** A source whose rows carry their own children. */
export function treeOf(roots: () => Promise<readonly TreeNode[]>, onDidChange: TreeSource['onDidChange']): TreeSource {
  return { children: async (node) => (node === undefined ? roots() : ((await node.children?.()) ?? [])), onDidChange };
}
