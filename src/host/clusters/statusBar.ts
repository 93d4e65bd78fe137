import * as vscode from 'vscode';
import type { Disposable } from '../../shared/disposables';
import type { Target } from '../../shared/plan';
import type { TargetChoice } from './targets';

/** The target of the active workflow in the status bar; a protected one stands out. Shown only while a workflow is in view. */
export class TargetItem implements Disposable {
  readonly #item: vscode.StatusBarItem;

  constructor() {
    this.#item = vscode.window.createStatusBarItem('kubeorch.target', vscode.StatusBarAlignment.Left, 50);
    this.#item.name = vscode.l10n.t('KubeOrch Target');
    this.#item.command = 'kubeorch.selectTarget';
  }

  show(choice: TargetChoice | undefined, target: Target | null, isProtected: boolean): void {
    const name =
      choice === undefined
        ? vscode.l10n.t('No target')
        : choice.type === 'sandbox'
          ? vscode.l10n.t('Sandbox')
          : choice.type === 'environment'
            ? choice.name
            : choice.type === 'added'
              ? choice.id
              : choice.context;
    this.#item.text = `$(${choice?.type === 'sandbox' ? 'vm' : 'server-environment'}) ${name}${target === null ? '' : ` · ${target.namespace}`}`;
    this.#item.tooltip =
      target === null
        ? vscode.l10n.t('KubeOrch target: {0}. Select another…', name)
        : vscode.l10n.t('KubeOrch target: {0}, namespace {1}, {2}. Select another…', name, target.namespace, target.server);
    this.#item.backgroundColor = isProtected ? new vscode.ThemeColor('statusBarItem.warningBackground') : undefined;
    this.#item.show();
  }

  hide(): void {
    this.#item.hide();
  }

  dispose(): void {
    this.#item.dispose();
  }
}
