import * as vscode from 'vscode';
import type { Disposable } from '../../shared/disposables';

/** What the open workflows' runs come to. */
export interface RunsNow {
  readonly running: number;
  /** Gates without an answer. */
  readonly waiting: number;
}

/** The runs of this window in the status bar: hidden when nothing runs, a bell when a run waits for an answer. */
export class RunItem implements Disposable {
  readonly #item: vscode.StatusBarItem;

  constructor() {
    this.#item = vscode.window.createStatusBarItem('kubeorch.runs', vscode.StatusBarAlignment.Right, 100);
    this.#item.name = vscode.l10n.t('KubeOrch Runs');
  }

  show({ running, waiting }: RunsNow): void {
    if (running + waiting === 0) return this.#item.hide();
    const words = waiting > 0 ? vscode.l10n.t('Answers needed: {0}', waiting) : vscode.l10n.t('Runs: {0}', running);
    this.#item.text = `$(${waiting > 0 ? 'bell' : 'sync~spin'}) ${words}`;
    this.#item.tooltip = waiting > 0 ? vscode.l10n.t('A run waits for an answer. Answer…') : vscode.l10n.t('Show the runs');
    this.#item.command = waiting > 0 ? 'kubeorch.answerGates' : 'kubeorch.runs.focus';
    this.#item.backgroundColor = waiting > 0 ? new vscode.ThemeColor('statusBarItem.warningBackground') : undefined;
    this.#item.accessibilityInformation = { label: `KubeOrch: ${words}`, role: 'button' };
    this.#item.show();
  }

  dispose(): void {
    this.#item.dispose();
  }
}
