import * as vscode from 'vscode';
import type { Disposable } from '../../shared/disposables';
import { DisposableList } from '../../shared/disposables';
import { Emitter } from '../../shared/emitter';
import type { Engine } from '../rooms';
import type { TreeNode, TreeSource } from '../views/treeNode';
import type { Row } from './resourceRows';
import type { ResourceTree } from './resourceTree';
import { nodeOf } from './rowItems';
import type { ViewState } from './viewState';

/** The resource tree as a view of the editor: rows become items, opening and closing of rows begins and ends what is followed. */
export class ResourcesView implements TreeSource, Disposable {
  readonly #parts: {
    readonly tree: ResourceTree;
    readonly state: ViewState;
    readonly engine: Engine;
    readonly shown: () => readonly string[];
  };
  readonly #lifetime = new DisposableList();
  /** The editor knows rows by identity: each keeps its node as long as it is listed, or commands on it would reach nothing. */
  readonly #nodes = new Map<string, TreeNode>();
  /** What was listed below a row last, by their ids; the top has an empty one. */
  readonly #listed = new Map<string, readonly string[]>();
  readonly #rows = new WeakMap<TreeNode, Row>();
  readonly #changed: Emitter<TreeNode | undefined>;
  readonly onDidChange: Emitter<TreeNode | undefined>['on'];

  constructor(parts: { tree: ResourceTree; state: ViewState; engine: Engine; shown: () => readonly string[]; onError: (error: unknown) => void }) {
    this.#parts = parts;
    this.#changed = this.#lifetime.add(new Emitter<TreeNode | undefined>(parts.onError));
    this.onDidChange = this.#changed.on;
    this.#lifetime.add(
      parts.tree.onDidChange((row) => {
        const node = row === undefined ? undefined : this.#nodes.get(row.id);
        if (row !== undefined && node === undefined) return;
        if (row !== undefined && node !== undefined) this.#redraw(node, row);
        this.#changed.emit(node);
      }),
    );
  }

  async children(node: TreeNode | undefined): Promise<readonly TreeNode[]> {
    const row = node === undefined ? undefined : this.#rows.get(node);
    if (node !== undefined && row === undefined) return [];
    const rows = await this.#parts.tree.children(row);
    const ids = rows.map(({ id }) => id);
    const present = new Set(ids);
    for (const id of this.#listed.get(row?.id ?? '') ?? []) if (!present.has(id)) this.#forget(id);
    this.#listed.set(row?.id ?? '', ids);
    return rows.map((child) => this.#nodeOf(child));
  }

  readonly attach = (view: vscode.TreeView<TreeNode>): Disposable => {
    const list = new DisposableList();
    const withRow =
      (act: (row: Row) => void) =>
      ({ element }: vscode.TreeViewExpansionEvent<TreeNode>): void => {
        const row = this.#rows.get(element);
        if (row !== undefined) act(row);
      };
    list.add(view.onDidExpandElement(withRow((row) => this.#parts.tree.expanded(row))));
    list.add(view.onDidCollapseElement(withRow((row) => this.#parts.tree.collapsed(row))));
    list.add(view.onDidChangeVisibility(({ visible }) => this.#parts.tree.setVisible(visible)));
    const describe = (): void => {
      const { text, kinds, hideSystem } = this.#parts.state.view();
      view.description = [
        text === '' ? '' : `"${text}"`,
        kinds.length === 0 ? '' : vscode.l10n.t('{0} kinds', kinds.length),
        hideSystem ? vscode.l10n.t('without system') : '',
      ]
        .filter((part) => part !== '')
        .join(' · ');
      void vscode.commands.executeCommand('setContext', 'kubeorch.resourcesFiltered', text !== '' || kinds.length > 0);
    };
    describe();
    list.add(this.onDidChange((node) => node === undefined && describe()));
    return this.#lifetime.add(list);
  };

  dispose(): void {
    this.#lifetime.dispose();
  }

  #nodeOf(row: Row): TreeNode {
    const known = this.#nodes.get(row.id);
    if (known !== undefined) {
      this.#redraw(known, row);
      return known;
    }
    const node = { ...nodeOf(row, this.#parts.engine, this.#parts.shown()) };
    this.#rows.set(node, row);
    this.#nodes.set(row.id, node);
    return node;
  }

  #forget(id: string): void {
    this.#nodes.delete(id);
    for (const below of this.#listed.get(id) ?? []) this.#forget(below);
    this.#listed.delete(id);
  }

  #redraw(node: TreeNode, row: Row): void {
    Object.assign(node, nodeOf(row, this.#parts.engine, this.#parts.shown()));
    this.#rows.set(node, row);
  }
}
