import * as vscode from 'vscode';
import type { Identity } from '../../engine/ports';
import type { Disposable } from '../../shared/disposables';
import type { Target } from '../../shared/plan';
import { expiryOf } from '../identity/whoAmI';
import { expiryWords, methodWords } from '../identity/identityWords';
import type { TargetChoice } from './targets';
import { choiceName } from './targets';

/**
 * The target of the active workflow in the status bar, with who we are there. A protected one stands out, and so do credentials
 * that are about to end. Shown only while a workflow is in view.
 */
export class TargetItem implements Disposable {
  readonly #item: vscode.StatusBarItem;

  constructor() {
    this.#item = vscode.window.createStatusBarItem('kubeorch.target', vscode.StatusBarAlignment.Left, 50);
    this.#item.name = vscode.l10n.t('KubeOrch Target');
    this.#item.command = 'kubeorch.selectTarget';
  }

  show(choice: TargetChoice | undefined, target: Target | null, isProtected: boolean, identity: Identity | undefined, nowMs: number): void {
    const name = choice === undefined ? vscode.l10n.t('No target') : choiceName(choice);
    const expiry = identity === undefined ? 'none' : expiryOf(identity, nowMs);
    const ends = expiry === 'soon' || expiry === 'over';
    const icon = ends ? 'warning' : choice?.type === 'sandbox' ? 'vm' : isProtected ? 'shield' : 'server-environment';
    this.#item.text = `$(${icon}) ${name}${target === null ? '' : ` · ${target.namespace}`}`;
    const lines = [
      target === null
        ? vscode.l10n.t('KubeOrch target: {0}. Select another…', name)
        : vscode.l10n.t('KubeOrch target: {0}, namespace {1}, {2}. Select another…', name, target.namespace, target.server),
      ...(isProtected ? [vscode.l10n.t('This environment is protected.')] : []),
      ...(identity === undefined ? [] : identityLines(identity, nowMs)),
    ];
    // Names come from the cluster: they are text here and never Markdown.
    this.#item.tooltip = lines.join('\n');
    this.#item.backgroundColor = isProtected || ends ? new vscode.ThemeColor('statusBarItem.warningBackground') : undefined;
    this.#item.accessibilityInformation = { label: lines.join('. '), role: 'button' };
    this.#item.show();
  }

  hide(): void {
    this.#item.hide();
  }

  dispose(): void {
    this.#item.dispose();
  }
}

/** A tooltip is no list of a directory's groups. */
const shownGroups = 8;

function identityLines(identity: Identity, nowMs: number): readonly string[] {
  const { groups } = identity;
  const more = groups.length > shownGroups ? `, +${groups.length - shownGroups}` : '';
  const expiry = expiryWords(identity, nowMs);
  return [
    vscode.l10n.t('User: {0}', identity.user),
    ...(groups.length === 0 ? [] : [vscode.l10n.t('Groups: {0}', groups.slice(0, shownGroups).join(', ') + more)]),
    vscode.l10n.t('Signed in by: {0}', methodWords(identity)),
    ...(expiry === undefined ? [] : [expiry]),
  ];
}
