import * as vscode from 'vscode';
import type { Disposable } from '../../shared/disposables';
import { DisposableList } from '../../shared/disposables';
import type { OpenWorkflow, OpenWorkflows } from '../openWorkflows';

/**
 * Says of workflow files, wherever the editor lists them, that their cluster has something otherwise than it was applied, and of the
 * active one in the status bar.
 */
export class DriftMarks implements vscode.FileDecorationProvider, Disposable {
  readonly #workflows: Pick<OpenWorkflows, 'all'>;
  readonly #active: () => OpenWorkflow | undefined;
  readonly #item: vscode.StatusBarItem;
  readonly #changed = new vscode.EventEmitter<vscode.Uri[]>();
  readonly onDidChangeFileDecorations = this.#changed.event;
  readonly #lifetime = new DisposableList();
  /** How many nodes differed when the editor was told last, by file. */
  #told = new Map<string, { readonly uri: vscode.Uri; readonly count: number }>();

  constructor(workflows: Pick<OpenWorkflows, 'all'>, active: () => OpenWorkflow | undefined) {
    this.#workflows = workflows;
    this.#active = active;
    this.#item = this.#lifetime.add(vscode.window.createStatusBarItem('kubeorch.drift', vscode.StatusBarAlignment.Left, 49));
    this.#item.name = vscode.l10n.t('KubeOrch Drift');
    this.#item.command = 'kubeorch.showDrift';
    this.#lifetime.add(this.#changed);
    this.#lifetime.add(vscode.window.registerFileDecorationProvider(this));
    const look = (): void => this.#show();
    this.#lifetime.add(vscode.window.onDidChangeActiveTextEditor(look));
    this.#lifetime.add(vscode.window.tabGroups.onDidChangeTabs(look));
  }

  provideFileDecoration(uri: vscode.Uri): vscode.FileDecoration | undefined {
    const count = this.#told.get(uri.toString())?.count ?? 0;
    if (count === 0) return undefined;
    return new vscode.FileDecoration('≠', words(count), new vscode.ThemeColor('list.warningForeground'));
  }

  /** What differs is other than it was, or a workflow was opened or closed. */
  refresh(): void {
    const now = new Map(
      [...this.#workflows.all].map(({ open, drift }) => [open.document.uri.toString(), { uri: open.document.uri, count: drift.nodes.size }] as const),
    );
    const changed = [...new Map([...this.#told, ...now])].filter(([key]) => (this.#told.get(key)?.count ?? 0) !== (now.get(key)?.count ?? 0));
    this.#told = now;
    if (changed.length > 0) this.#changed.fire(changed.map(([, { uri }]) => uri));
    this.#show();
  }

  dispose(): void {
    this.#lifetime.dispose();
  }

  #show(): void {
    const count = this.#active()?.drift.nodes.size ?? 0;
    if (count === 0) {
      this.#item.hide();
      return;
    }
    this.#item.text = `$(diff) ${count}`;
    this.#item.tooltip = words(count);
    this.#item.accessibilityInformation = { label: `KubeOrch: ${words(count)}`, role: 'button' };
    this.#item.show();
  }
}

function words(count: number): string {
  return count === 1
    ? vscode.l10n.t('1 node differs on the cluster from what was applied')
    : vscode.l10n.t('{0} nodes differ on the cluster from what was applied', count);
}
